// What a page counts that was given no text.
export const EXAMPLE = `A drawing begins with a line. The line goes where the hand goes, and the hand
goes where the eye has been. Then come the colours. A colour begins where a line ends, and it ends
where the next line begins. The fox is orange. The sky behind the fox is blue, and the grass below
the fox is green. Who draws a fox draws lines first and colours last. Who writes a line about a fox
writes letters first and thinks about the fox last. The letters go where the letters have been.`
  .split("\n")
  .join(" ");
