// Clear a canvas at the resolution of the screen; its context counts in pixels of the page.
export function clearedContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== columns || canvas.height !== rows) {
    Object.assign(canvas, { width: columns, height: rows });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  return context;
}

// A small picture to be drawn larger, smoothly.
export function smallCanvas(columns, rows) {
  return Object.assign(document.createElement("canvas"), { width: columns, height: rows });
}

// Paint each pixel of a canvas: `pixel` gives [red, green, blue, opacity], each 0 … 255, of the
// k-th one, counted line by line.
export function paintPixels(canvas, pixel) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let k = 0; 4 * k < image.data.length; k++) image.data.set(pixel(k), 4 * k);
  context.putImageData(image, 0, 0);
}
