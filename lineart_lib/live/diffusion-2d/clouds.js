import { walk } from "../diffusion/samplers.js";
import { generator } from "../parts/random.js";

export const SIBLINGS = 4; // Walks by DDPM from the one start.

// Clouds are flat arrays x, y, x, y, …
const curve = (count, place) =>
  Float64Array.from(
    { length: 2 * count },
    (_, i) => place((Math.floor(i / 2) + 0.5) / count)[i % 2],
  );

export const clouds = {
  spiral: {
    label: "Spiral",
    points: () =>
      curve(48, (s) => {
        const [angle, r] = [0.5 + 3.6 * Math.PI * Math.sqrt(s), 0.25 + 1.6 * Math.sqrt(s)];
        return [r * Math.cos(angle), r * Math.sin(angle)];
      }),
  },
  moons: {
    label: "Two moons",
    points: () =>
      curve(40, (s) => {
        const [c, angle] = [s < 0.5 ? 1 : -1, 2 * Math.PI * s];
        return [1.3 * Math.cos(angle) - 0.65 * c, 1.3 * Math.sin(angle) - 0.35 * c];
      }),
  },
  ring: {
    label: "Eight on a ring",
    points: () =>
      curve(8, (s) => [1.6 * Math.cos(2 * Math.PI * s), 1.6 * Math.sin(2 * Math.PI * s)]),
  },
  letter: {
    label: "A letter",
    points: () =>
      curve(40, (s) => {
        if (s < 0.4) return [-0.9, 4.5 * (2 * s) - 1.8];
        if (s < 0.8) return [0.9, 4.5 * (2 * s - 0.8) - 1.8];
        return [4.5 * 2 * (s - 0.9), 0];
      }),
  },
  empty: { label: "Nothing: draw your own", points: () => new Float64Array(0) },
};

// The exact denoiser: the mean of the clean place given the noised one. Each point p stands for a
// Gaussian of its own, and under noise for one around sqrt(a) p with variance a spread² + 1 - a.
export function denoiser(points, spread) {
  const count = points.length / 2;
  return (x, a) => {
    const signal = Math.sqrt(a);
    const variance = a * spread ** 2 + 1 - a;
    const gain = (signal * spread ** 2) / variance;
    const keep = 1 - gain * signal; // x0 = mean of p + gain (x - signal p)
    const result = new Float64Array(x.length);
    const logs = new Float64Array(count);
    for (let i = 0; i < x.length; i += 2) {
      let most = -Infinity;
      for (let k = 0; k < count; k++) {
        const dx = x[i] - signal * points[2 * k];
        const dy = x[i + 1] - signal * points[2 * k + 1];
        logs[k] = -(dx * dx + dy * dy) / (2 * variance);
        if (logs[k] > most) most = logs[k];
      }
      let [total, sx, sy] = [0, 0, 0];
      for (let k = 0; k < count; k++) {
        const share = Math.exp(logs[k] - most);
        total += share;
        sx += share * points[2 * k];
        sy += share * points[2 * k + 1];
      }
      result[i] = count ? (keep * sx) / total + gain * x[i] : gain * x[i];
      result[i + 1] = count ? (keep * sy) / total + gain * x[i + 1] : gain * x[i + 1];
    }
    return result;
  };
}

// The density of the noised cloud at (x, y).
export function density(points, spread, x, y, a) {
  const signal = Math.sqrt(a);
  const variance = a * spread ** 2 + 1 - a;
  let sum = 0;
  for (let k = 0; k < points.length; k += 2) {
    const [dx, dy] = [x - signal * points[k], y - signal * points[k + 1]];
    sum += Math.exp(-(dx * dx + dy * dy) / (2 * variance));
  }
  return (2 * sum) / points.length / (2 * Math.PI * variance);
}

// How near the particles are to a point on average, and which share of the points is the nearest of
// some particle.
export function quality(points, particles) {
  const reached = new Set();
  let sum = 0;
  for (let i = 0; i < particles.length; i += 2) {
    let [best, least] = [0, Infinity];
    for (let k = 0; k < points.length; k += 2) {
      const d = Math.hypot(particles[i] - points[k], particles[i + 1] - points[k + 1]);
      if (d < least) [best, least] = [k, d];
    }
    reached.add(best);
    sum += least;
  }
  return { distance: (2 * sum) / particles.length, reached: (2 * reached.size) / points.length };
}

// Particles drawn from the cloud itself.
export function perfectSample(points, { spread, particles, seed }) {
  const { uniform, normal } = generator(seed * 6151 + 11);
  const sample = new Float64Array(2 * particles);
  for (let i = 0; i < sample.length; i += 2) {
    const k = 2 * Math.floor((uniform() * points.length) / 2);
    sample[i] = points[k] + spread * normal();
    sample[i + 1] = points[k + 1] + spread * normal();
  }
  return sample;
}

// The particles' walk, and walks of the two kinds from one chosen start.
export function simulate({ points, spread, schedule, sampler, steps, particles, seed, start }) {
  const denoise = denoiser(points, spread);
  const { normal } = generator(seed * 7919 + 17);
  const noise = Float64Array.from({ length: 2 * particles }, normal);
  const cloud = walk(denoise, schedule, sampler, steps, noise, normal);
  const one = Float64Array.from(start);
  const many = Float64Array.from({ length: 2 * SIBLINGS }, (_, i) => start[i % 2]);
  const chance = generator(seed * 104729 + 3).normal;
  return {
    ...cloud,
    ddim: walk(denoise, schedule, "ddim", steps, one, chance).path,
    ddpm: walk(denoise, schedule, "ddpm", steps, many, chance).path,
  };
}
