import { contours } from "../parts/contours.js";
import { svg } from "../parts/elements.js";
import { shortNumber, ticks } from "../parts/numbers.js";
import { cross } from "../parts/shapes.js";
import { isCurve, lowestCost } from "./landscapes.js";

const [COLUMNS, ROWS] = [110, 80]; // Cells in which a surface is computed.
const BANDS = 13;

// What the walks are drawn over, without the axes: the curve or the contours, and the minima.
export function ground(fn, frame) {
  const minima = fn.minima.map((m) =>
    svg("path", { d: cross(...frame.at(m), 4), class: "ll-minimum" }),
  );
  return [...(isCurve(fn) ? [curve(frame)] : bands(fn, frame)), ...minima];
}

function curve({ samples, px, py }) {
  const line = samples.map(([x, y]) => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join("L");
  return svg("path", { d: `M${line}`, class: "ll-curve" });
}

// Where the cost is below each of some levels. They lie closer together where it is low, by the
// function's own power.
function bands(fn, { low, high, box }) {
  const [left, right] = fn.x;
  const values = Array.from({ length: (COLUMNS + 1) * (ROWS + 1) }, (_, k) => {
    const [i, j] = [k % (COLUMNS + 1), Math.floor(k / (COLUMNS + 1))];
    return fn.f([left + ((right - left) * i) / COLUMNS, low + ((high - low) * j) / ROWS]);
  });
  const bottom = lowestCost(fn);
  const top = values.reduce((a, b) => Math.max(a, b));
  const px = (i) => box.x + (i / COLUMNS) * box.width;
  const py = (j) => box.y + box.height - (j / ROWS) * box.height;
  return Array.from({ length: BANDS }, (_, k) => {
    const level = bottom + (top - bottom) * ((k + 1) / (BANDS + 0.5)) ** fn.power;
    const { area, line } = contours(values, COLUMNS, ROWS, level, px, py);
    return [
      svg("path", { d: area, class: "ll-band" }),
      svg("path", { d: line, class: "ll-isoline" }),
    ];
  }).flat();
}

export function axes(fn, { width, height, low, high, box, px, py }) {
  const across = ticks(...fn.x, Math.max(3, width / 110)).map((t) => {
    const attributes = { x: px(t), y: height - 8, class: "ll-tick", "text-anchor": "middle" };
    return svg("text", attributes, shortNumber(t));
  });
  const upwards = ticks(low, high, 4).map((t) => {
    const attributes = { x: box.x - 6, y: py(t) + 4, class: "ll-tick", "text-anchor": "end" };
    return svg("text", attributes, shortNumber(t));
  });
  return [...across, ...upwards];
}
