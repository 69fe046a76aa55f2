import { clamp } from "../parts/numbers.js";
import { isCurve } from "./landscapes.js";

const EDGE = { left: 40, right: 10, top: 10, bottom: 26 };
const SAMPLES = 400; // Of a curve.

// Where the values of a function lie in a picture of this width, and the way back.
export function frameFor(fn, width) {
  const height = Math.round(clamp(width * 0.56, 230, 430));
  const box = {
    x: EDGE.left,
    y: EDGE.top,
    width: width - EDGE.left - EDGE.right,
    height: height - EDGE.top - EDGE.bottom,
  };
  const samples = isCurve(fn) ? sampled(fn) : [];
  const [left, right] = fn.x;
  const [low, high] = fn.y ?? roomFor(samples.map(([, y]) => y));
  const px = (x) => box.x + ((x - left) / (right - left)) * box.width;
  const py = (y) => box.y + ((high - y) / (high - low)) * box.height;
  return {
    width,
    height,
    box,
    samples, // Points [x, y] of a curve.
    low,
    high,
    px,
    py,
    // Pixels of a place; a curve is drawn at its cost.
    at: (place) => [px(place[0]), py(isCurve(fn) ? fn.f(place) : place[1])],
    back: (x, y) => [
      left + ((x - box.x) / box.width) * (right - left),
      high - ((y - box.y) / box.height) * (high - low),
    ],
  };
}

function sampled(fn) {
  const [left, right] = fn.x;
  return Array.from({ length: SAMPLES + 1 }, (_, i) => {
    const x = left + ((right - left) * i) / SAMPLES;
    return [x, fn.f([x])];
  });
}

function roomFor(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [low - 0.1 * (high - low), high + 0.15 * (high - low)];
}
