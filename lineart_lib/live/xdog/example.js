// What a page shows that was given no picture: a lit ball with an outline on a ground of two greys.
const [BACK, GROUND, OUTLINE] = [0.95, 0.75, 0.08];

export function example(side) {
  const [grey, lines] = [[], []];
  const [middle, radius] = [side / 2, 0.36 * side];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [(x + 0.5 - middle) / radius, (y + 0.5 - middle) / radius];
      const away = Math.hypot(dx, dy);
      const line = Math.abs(away - 1) * radius < 1.5;
      const lit = 0.8 - 0.28 * (dx + dy);
      const behind = y > 0.72 * side ? GROUND : BACK;
      grey.push(line ? OUTLINE : away < 1 ? Math.min(1, lit) : behind);
      lines.push(line ? 0 : 1);
    }
  }
  return { grey, lines };
}

// Bytes, written in base64, as numbers in [0, 1].
export const decoded = (text) => Array.from(atob(text), (sign) => sign.charCodeAt(0) / 255);
