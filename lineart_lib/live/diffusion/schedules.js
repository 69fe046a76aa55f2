export const STEPS = 1000; // Of the noise; step -1 is the clean data.

// alphaBar: the share of the signal's variance that is left after each step.
const fromBeta = (beta) => {
  let left = 1;
  return Float64Array.from({ length: STEPS }, (_, t) => (left *= 1 - beta(t)));
};
const cosine = (t) => Math.cos((((t / STEPS + 0.008) / 1.008) * Math.PI) / 2) ** 2;

export const schedules = {
  cosine: {
    label: "cosine",
    alphaBar: fromBeta((t) => Math.min(0.999, 1 - cosine(t + 1) / cosine(t))),
  },
  linear: {
    label: "linear",
    alphaBar: fromBeta((t) => 1e-4 + ((0.02 - 1e-4) * t) / (STEPS - 1)),
  },
};

export const alphaBarAt = (schedule, t) => (t < 0 ? 1 : schedules[schedule].alphaBar[t]);

// n of all steps, from the noisiest down, then -1.
export function timesteps(n) {
  const even = (v) => (v % 1 === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
  const steps = Array.from({ length: n }, (_, i) => even(((n - i) * STEPS) / n) - 1);
  return [...steps, -1];
}
