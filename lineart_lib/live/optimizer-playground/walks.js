import { lowestCost } from "./landscapes.js";
import { HYPER, optimizers } from "./optimizers.js";

// The whole walk: positions x_0 … x_steps. It stops early once a coordinate is not finite.
export function run(name, fn, start, hyper, steps) {
  const x = [...start];
  const memory = {};
  const path = [[...x]];
  for (let t = 0; t < steps; t++) {
    optimizers[name].step(x, fn.grad(x), memory, { ...HYPER, ...hyper });
    path.push([...x]);
    if (!x.every((c) => Math.abs(c) < 1e150)) break;
  }
  return path;
}

// What became of a walk, in one word, and where.
export function verdict(path, fn) {
  const last = path.at(-1);
  const span = fn.x[1] - fn.x[0];
  if (hasLeft(path, fn)) return { word: "diverged" };
  if (path.length < 3) return { word: "on its way" };
  if (last.some((_, axis) => isBouncing(path, axis, span))) return { word: "bouncing" };
  const step = Math.hypot(...last.map((c, i) => c - path.at(-2)[i]));
  const distance = (m) => Math.hypot(...m.map((c, i) => c - last[i]));
  const near = fn.minima.find((m) => distance(m) < 0.01 * span);
  if (near && step < 0.004 * span) {
    const place = fn.f(near) <= lowestCost(fn) + 1e-9 ? "global minimum" : "local minimum";
    return { word: "converged", place };
  }
  if (step < 2e-5 * span) return { word: "stuck", place: "almost no slope here" };
  return { word: "on its way" };
}

// Out of the picture, and higher than at the start.
function hasLeft(path, fn) {
  const [first, last] = [path[0], path.at(-1)];
  const cost = fn.f(last);
  const axes = [fn.x, fn.y ?? fn.x];
  const outside = last.some((c, i) => !(c >= axes[i][0] && c <= axes[i][1]));
  return !Number.isFinite(cost) || (outside && cost > fn.f(first));
}

// The last four moves along an axis go to and fro, and hardly get shorter.
function isBouncing(path, axis, span) {
  if (path.length < 5) return false;
  const moves = [1, 2, 3, 4].map((k) => path.at(-k)[axis] - path.at(-k - 1)[axis]);
  return (
    moves.every((m, k) => k === 0 || m * moves[k - 1] < 0) &&
    Math.abs(moves[0]) > 0.002 * span &&
    Math.abs(moves[0]) > 0.95 * Math.abs(moves[2])
  );
}
