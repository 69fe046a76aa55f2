// What a page shows that was given no digits: a ring. Nothing is learned; head 1 prefers what is
// near, head 2 what looks alike, both by softmax of a formula.
export function example() {
  const [side, patch] = [28, 7];
  const cells = side / patch;
  const image = drawRing(side);
  const ink = inkOfPatches(image, side, patch);
  const row = (p) => Math.floor(p / cells);
  const near = (a, b) => -Math.hypot((a % cells) - (b % cells), row(a) - row(b));
  const alike = (a, b) => -Math.abs(ink[a] - ink[b]);
  const weights = [near, alike].flatMap((score) => softmaxRows(score, cells * cells + 1));
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const digit = { label: "ring", guess: "", image: base64(image), weights: base64(weights) };
  return { digits: [digit], side, patch, layers: 1, heads: 2 };
}

function drawRing(side) {
  return Uint8Array.from({ length: side * side }, (_, k) => {
    const far = Math.hypot((k % side) - 13.5, Math.floor(k / side) - 13.5);
    return Math.round(255 * Math.max(0, Math.min(1, 3 - Math.abs(far - 8.5))));
  });
}

// How much ink each patch holds, in patch sides.
function inkOfPatches(image, side, patch) {
  const cells = side / patch;
  return Array.from({ length: cells * cells }, (_, p) => {
    let sum = 0;
    for (let k = 0; k < patch * patch; k++) {
      const x = (p % cells) * patch + (k % patch);
      const y = Math.floor(p / cells) * patch + Math.floor(k / patch);
      sum += image[y * side + x];
    }
    return sum / 255 / patch;
  });
}

// The softmax over each row of scores, in 255ths, row after row; token 0, the class token, scores 0.
function softmaxRows(score, tokens) {
  return Array.from({ length: tokens }, (_, a) => {
    const row = Array.from({ length: tokens }, (_, b) =>
      Math.exp(a && b ? 1.5 * score(a - 1, b - 1) : 0),
    );
    const sum = row.reduce((total, w) => total + w, 0);
    return row.map((w) => Math.round((255 * w) / sum));
  }).flat();
}
