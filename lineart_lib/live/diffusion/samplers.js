import { alphaBarAt, timesteps } from "./schedules.js";

// Each rule goes from x at one step to x at the next, given x0, the estimate of the clean data.
// a and b are alphaBar before and after.
export const samplers = {
  ddpm: {
    label: "DDPM",
    rule(x, x0, a, b, normal) {
      const left = (1 - b) / (1 - a);
      const keep = Math.sqrt(a / b) * left;
      const pull = (Math.sqrt(b) * (1 - a / b)) / (1 - a);
      const fresh = b < 1 ? Math.sqrt(left * (1 - a / b)) : 0;
      return x.map((v, i) => pull * x0[i] + keep * v + (fresh ? fresh * normal() : 0));
    },
  },
  ddim: {
    label: "DDIM",
    rule(x, x0, a, b) {
      const keep = Math.sqrt((1 - b) / (1 - a));
      return x.map((v, i) => Math.sqrt(b) * x0[i] + keep * (v - Math.sqrt(a) * x0[i]));
    },
  },
  dpm: {
    label: "DPM-Solver++(2M)",
    rule(x, x0, a, b, normal, memory) {
      if (b === 1) return x0;
      const step = (Math.log(b / (1 - b)) - Math.log(a / (1 - a))) / 2; // of half the log-SNR
      const slope = memory.x0 ? step / (2 * memory.step) : 0;
      const before = memory.x0 ?? x0;
      const gain = -Math.sqrt(b) * Math.expm1(-step);
      const shrink = Math.sqrt((1 - b) / (1 - a));
      Object.assign(memory, { x0, step });
      return x.map((v, i) => shrink * v + gain * (x0[i] + slope * (x0[i] - before[i])));
    },
  },
};

// The whole walk: the steps visited, and where every particle was at each of them.
export function walk(denoise, schedule, sampler, n, start, normal) {
  const times = timesteps(n);
  const memory = {};
  const path = [start];
  for (let k = 0; k < n; k++) {
    const [a, b] = [alphaBarAt(schedule, times[k]), alphaBarAt(schedule, times[k + 1])];
    const x = path[k];
    path.push(samplers[sampler].rule(x, denoise(x, a), a, b, normal, memory));
  }
  return { times, path };
}

// Where a walk is when a share of it has passed: between its steps k and k + 1, at the time t.
export function placeOf({ times }, passed) {
  const steps = times.length - 1;
  const k = Math.min(steps - 1, Math.floor(passed * steps));
  const share = passed * steps - k;
  return { k, share, t: times[k] + share * (times[k + 1] - times[k]) };
}

// The i-th value of a path there, on a straight line between the two steps.
export const valueAt = (path, { k, share }, i) =>
  path[k][i] + share * (path[k + 1][i] - path[k][i]);
