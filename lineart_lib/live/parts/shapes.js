// Shapes as paths around (x, y), of about the radius r.
export const disc = (x, y, r) =>
  `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;

export const triangle = (x, y, r) =>
  polygon(x, y, r, [
    [0, -1.25],
    [1.15, 0.85],
    [-1.15, 0.85],
  ]);

export const square = (x, y, r) =>
  polygon(x, y, r, [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ]);

export const diamond = (x, y, r) =>
  polygon(x, y, r, [
    [0, -1.3],
    [1.1, 0],
    [0, 1.3],
    [-1.1, 0],
  ]);

const WIDTH = 0.34; // Half the width of a plus's arms.
const PLUS = [
  [-WIDTH, -1.2],
  [WIDTH, -1.2],
  [WIDTH, -WIDTH],
  [1.2, -WIDTH],
  [1.2, WIDTH],
  [WIDTH, WIDTH],
  [WIDTH, 1.2],
  [-WIDTH, 1.2],
  [-WIDTH, WIDTH],
  [-1.2, WIDTH],
  [-1.2, -WIDTH],
  [-WIDTH, -WIDTH],
];

export const plus = (x, y, r) => polygon(x, y, r, PLUS);

// A plus, turned by an eighth.
export const cross = (x, y, r) =>
  polygon(
    x,
    y,
    r,
    PLUS.map(([a, b]) => [Math.SQRT1_2 * (a - b), Math.SQRT1_2 * (a + b)]),
  );

// Two thin lines, to aim with.
export const crosshair = (x, y, r) => `M${x - r} ${y}H${x + r}M${x} ${y - r}V${y + r}`;

function polygon(x, y, r, corners) {
  return `M${corners.map(([a, b]) => `${(x + a * r).toFixed(1)} ${(y + b * r).toFixed(1)}`).join("L")}Z`;
}
