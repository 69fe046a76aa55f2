import { generator } from "../parts/random.js";
import { clamp } from "../parts/numbers.js";

export const REACH = 2; // All points lie in the square [-REACH, REACH]².
export const keep = (v) => clamp(v, -REACH, REACH);

// Each gives the i-th of n points, of class c, from uniform draws u.
export const datasets = {
  moons: {
    label: "Two moons",
    point(i, n, c) {
      const t = Math.PI * ((Math.floor(i / 2) + 0.5) / Math.ceil(n / 2));
      const x = c ? 1 - Math.cos(t) : Math.cos(t);
      const y = c ? 0.5 - Math.sin(t) : Math.sin(t);
      return [1.1 * (x - 0.5), 1.5 * (y - 0.25)];
    },
  },
  circles: {
    label: "Circles",
    point(i, n, c, u) {
      const t = 2 * Math.PI * u();
      const r = c ? 0.65 : 1.45;
      return [r * Math.cos(t), r * Math.sin(t)];
    },
  },
  xor: {
    label: "XOR",
    point(i, n, c, u) {
      const x = 0.15 + 1.35 * u();
      const y = 0.15 + 1.35 * u();
      const left = u() < 0.5 ? -1 : 1;
      return [left * x, (c ? -left : left) * y];
    },
  },
  spiral: {
    label: "Spirals",
    point(i, n, c) {
      const t = (Math.floor(i / 2) + 0.5) / Math.ceil(n / 2);
      const angle = 0.6 + 3.4 * Math.PI * t ** 0.8 * 0.75 + c * Math.PI;
      const r = 0.15 + 1.5 * t;
      return [r * Math.cos(angle), r * Math.sin(angle)];
    },
  },
  empty: { label: "Nothing: draw your own", point: null },
};

// Points [x, y, class], class 0 or 1, half of each.
export function makePoints(name, samples, noise, seed) {
  const { uniform, normal } = generator(seed * 7919 + 17);
  const { point } = datasets[name];
  if (!point) return [];
  return Array.from({ length: samples }, (_, i) => {
    const c = i % 2;
    const [x, y] = point(i, samples, c, uniform);
    return [keep(x + noise * normal()), keep(y + noise * normal()), c];
  });
}
