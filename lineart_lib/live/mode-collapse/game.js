import { adam, backward, blank, forward, network } from "../parts/network.js";
import { generator } from "../parts/random.js";
import { penaltyGradient } from "./penalty.js";

export const SPREAD = 0.05; // Standard deviation of each Gaussian.
const BATCH = 64;
const HIDDEN = 32;
const SHOWN = 256;
const MOMENTS = { beta1: 0.5, beta2: 0.99 }; // Of Adam: a short memory suits a moving opponent.

const sigmoid = (s) => 1 / (1 + Math.exp(-s));

// Slopes of the losses by the scores: of real points, of made ones, and of those for the generator.
export const objectives = {
  "non-saturating": {
    label: "Non-saturating",
    real: (s) => -sigmoid(-s),
    fake: (s) => sigmoid(s),
    generator: (s) => -sigmoid(-s),
    penalty: 0,
    criticSteps: 1,
  },
  "wgan-gp": {
    label: "WGAN with gradient penalty",
    real: () => -1,
    fake: () => 1,
    generator: () => -1,
    penalty: 0.1, // Light: the clusters are narrow, and telling them apart takes steep slopes.
    criticSteps: 3,
  },
};

export const centres = (modes) =>
  Array.from({ length: modes }, (_, k) => {
    const angle = (2 * Math.PI * k) / modes;
    return [Math.cos(angle), Math.sin(angle)];
  });

// A generator and a critic at the beginning of their game; `step` is one move of both.
export function game({ objective, modes, learning_rate: rate, seed }) {
  const rule = objectives[objective];
  const { uniform, normal } = generator(7919 * seed + 17);
  const maker = network([2, HIDDEN, HIDDEN, 2], uniform);
  const critic = network([2, HIDDEN, HIDDEN, 1], uniform);
  const [moveMaker, moveCritic] = [adam(maker, MOMENTS), adam(critic, MOMENTS)];
  const middles = centres(modes);
  const noise = (n) => Float64Array.from({ length: 2 * n }, normal);
  const made = (z) => forward(maker, z).at(-1);
  const gaze = noise(SHOWN);

  function real() {
    const points = noise(BATCH);
    for (let r = 0; r < BATCH; r++) {
      const [x, y] = middles[Math.floor(uniform() * modes)];
      points[2 * r] = x + SPREAD * points[2 * r];
      points[2 * r + 1] = y + SPREAD * points[2 * r + 1];
    }
    return points;
  }

  // Points between real and made ones, each at a random share of the way.
  function between(data, fakes) {
    const points = data.slice();
    for (let r = 0; r < BATCH; r++) {
      const alpha = uniform();
      for (const i of [2 * r, 2 * r + 1]) points[i] = alpha * data[i] + (1 - alpha) * fakes[i];
    }
    return points;
  }

  // Pass the slopes of the critic's scores back to the points, and to its weights where `sums` is
  // given.
  function judge(points, slope, sums) {
    const values = forward(critic, points);
    const slopes = values.at(-1).map((s) => slope(s) / BATCH);
    return backward(critic, values, slopes, sums);
  }

  function stepCritic() {
    const [data, fakes, sums] = [real(), made(noise(BATCH)), blank(critic)];
    judge(data, rule.real, sums);
    judge(fakes, rule.fake, sums);
    if (rule.penalty) penaltyGradient(critic, between(data, fakes), rule.penalty, sums);
    moveCritic(sums, rate);
  }

  function stepMaker() {
    const sums = blank(maker);
    const values = forward(maker, noise(BATCH));
    backward(maker, values, judge(values.at(-1), rule.generator), sums);
    moveMaker(sums, rate);
  }

  return {
    steps: 0,
    step() {
      for (let k = 0; k < rule.criticSteps; k++) stepCritic();
      stepMaker();
      this.steps += 1;
    },
    points: () => made(gaze),
    scores: (points) => forward(critic, points).at(-1),
  };
}

// Modes that got a fifth of an even share or more, and the share of points near any mode.
export function quality(points, modes) {
  const counts = new Array(modes).fill(0);
  const middles = centres(modes);
  for (let i = 0; i < points.length; i += 2) {
    const near = ([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y) <= 4 * SPREAD;
    const k = middles.findIndex(near);
    if (k >= 0) counts[k] += 1;
  }
  const n = points.length / 2;
  return {
    hit: counts.filter((c) => c >= (0.2 * n) / modes).length,
    near: counts.reduce((a, b) => a + b) / n,
  };
}
