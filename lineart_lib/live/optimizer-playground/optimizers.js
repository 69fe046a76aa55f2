// Each changes the position x in place. g: gradient, s: its own memory ({} at the start),
// h: hyperparameters. The rules and the constants are those of torch.optim.
const zeros = (x) => new Array(x.length).fill(0);

function adamStep(x, g, s, h) {
  s.t = (s.t ?? 0) + 1;
  s.m ??= zeros(x);
  s.v ??= zeros(x);
  for (let i = 0; i < x.length; i++) {
    s.m[i] = h.beta1 * s.m[i] + (1 - h.beta1) * g[i];
    s.v[i] = h.beta2 * s.v[i] + (1 - h.beta2) * g[i] * g[i];
    const mean = s.m[i] / (1 - h.beta1 ** s.t);
    const second = s.v[i] / (1 - h.beta2 ** s.t);
    x[i] -= (h.lr * mean) / (Math.sqrt(second) + 1e-8);
  }
}

export const optimizers = {
  sgd: {
    label: "SGD",
    step(x, g, s, h) {
      for (let i = 0; i < x.length; i++) x[i] -= h.lr * g[i];
    },
  },
  momentum: {
    label: "Momentum",
    step(x, g, s, h) {
      s.v ??= zeros(x);
      for (let i = 0; i < x.length; i++) {
        s.v[i] = h.momentum * s.v[i] + g[i];
        x[i] -= h.lr * s.v[i];
      }
    },
  },
  adagrad: {
    label: "Adagrad",
    step(x, g, s, h) {
      s.r ??= zeros(x);
      for (let i = 0; i < x.length; i++) {
        s.r[i] += g[i] * g[i];
        x[i] -= (h.lr * g[i]) / (Math.sqrt(s.r[i]) + 1e-10);
      }
    },
  },
  rmsprop: {
    label: "RMSProp",
    step(x, g, s, h) {
      s.r ??= zeros(x);
      for (let i = 0; i < x.length; i++) {
        s.r[i] = h.rho * s.r[i] + (1 - h.rho) * g[i] * g[i];
        x[i] -= (h.lr * g[i]) / (Math.sqrt(s.r[i]) + 1e-8);
      }
    },
  },
  adam: { label: "Adam", step: adamStep },
  adamw: {
    label: "AdamW",
    step(x, g, s, h) {
      for (let i = 0; i < x.length; i++) x[i] *= 1 - h.lr * h.decay;
      adamStep(x, g, s, h);
    },
  },
};

export const HYPER = { momentum: 0.9, rho: 0.99, beta1: 0.9, beta2: 0.999, decay: 0.01 };
