import { walk } from "../diffusion/samplers.js";
import { generator } from "../parts/random.js";

// A mixture of Gaussians stays one under noise, so that nothing has to be learned.
export const mixtures = {
  three: {
    label: "Three peaks",
    weights: [0.5, 0.2, 0.3],
    means: [-1.5, 0.1, 1.4],
    stds: [0.12, 0.3, 0.1],
  },
  two: { label: "Two peaks", weights: [0.35, 0.65], means: [-1.2, 0.9], stds: [0.15, 0.25] },
  spikes: {
    label: "Five spikes",
    weights: [0.2, 0.2, 0.2, 0.2, 0.2],
    means: [-1.7, -0.85, 0, 0.85, 1.7],
    stds: [0.04, 0.04, 0.04, 0.04, 0.04],
  },
  one: { label: "One bump", weights: [1], means: [0.5], stds: [0.4] },
};

const bell = (x, mean, variance) =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

// The density of the noised data, where alphaBar = a.
export function density({ weights, means, stds }, x, a) {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) {
    sum += weights[k] * bell(x, Math.sqrt(a) * means[k], a * stds[k] ** 2 + 1 - a);
  }
  return sum;
}

// The exact denoiser: the mean of the clean value given the noised one.
export function denoiser({ weights, means, stds }) {
  return (x, a) => {
    const signal = Math.sqrt(a);
    const parts = weights.map((w, k) => {
      const variance = a * stds[k] ** 2 + 1 - a;
      return {
        w: Math.log(w) - Math.log(variance) / 2,
        m: means[k],
        variance,
        gain: (signal * stds[k] ** 2) / variance,
      };
    });
    return x.map((v) => {
      // Shares of the peaks, by logarithms: far from all of them every density is zero.
      const logs = parts.map(({ w, m, variance }) => w - (v - signal * m) ** 2 / (2 * variance));
      const most = Math.max(...logs);
      let [sum, total] = [0, 0];
      parts.forEach(({ m, gain }, k) => {
        const share = Math.exp(logs[k] - most);
        total += share;
        sum += share * (m + gain * (v - signal * m));
      });
      return sum / total;
    });
  };
}

// Wasserstein-1 distance of particles to the mixture: the mean way between sorted partners.
export function distance(mixture, particles) {
  const [from, to, cells] = [-8, 8, 8000];
  const width = (to - from) / cells;
  const sorted = Float64Array.from(particles).sort();
  let [sum, cell, below, mass] = [0, 0, 0, density(mixture, from + width / 2, 1) * width];
  sorted.forEach((v, i) => {
    const rank = (i + 0.5) / sorted.length;
    while (below + mass < rank && cell < cells - 1) {
      below += mass;
      cell += 1;
      mass = density(mixture, from + (cell + 0.5) * width, 1) * width;
    }
    const quantile = from + (cell + Math.min(1, (rank - below) / mass)) * width;
    sum += Math.abs(v - quantile);
  });
  return sum / sorted.length;
}

// A perfect sample.
export function draw({ weights, means, stds }, count, seed) {
  const { uniform, normal } = generator(seed * 6151 + 11);
  return Float64Array.from({ length: count }, () => {
    let left = uniform();
    let k = 0;
    while (k < weights.length - 1 && left > weights[k]) left -= weights[k++];
    return means[k] + stds[k] * normal();
  });
}

// Particles start from one set of noise per seed; every sampler gets the same.
export function simulate({ mixture, schedule, sampler, steps, particles, seed }) {
  const { normal } = generator(seed * 7919 + 17);
  const start = Float64Array.from({ length: particles }, normal);
  return walk(denoiser(mixture), schedule, sampler, steps, start, normal);
}
