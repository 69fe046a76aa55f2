// A mixture of Gaussians turned upside down, so that its highest mode is the lowest cost.
// The example of the chapter (lineart_lib.autodiff.landscapes).
const MIXTURE = {
  weights: [0.55, 0.24, 0.21],
  means: [1.23, 2.0, 1.12],
  stds: [0.55, 0.25, 0.8],
  domain: [-2, 4],
};

function gaussians({ weights, means, stds, domain }) {
  const parts = weights.map((w, k) => ({ w, m: means[k], s: stds[k] }));
  const density = ({ w, m, s }, x) =>
    (w * Math.exp(-0.5 * ((x - m) / s) ** 2)) / (s * Math.sqrt(2 * Math.PI));
  const f = ([x]) => -parts.reduce((sum, p) => sum + density(p, x), 0);
  const grad = ([x]) => [parts.reduce((sum, p) => sum + (density(p, x) * (x - p.m)) / p.s ** 2, 0)];
  const low = domain?.[0] ?? Math.min(-3, ...parts.map((p) => p.m - 4 * p.s));
  const high = domain?.[1] ?? Math.max(3, ...parts.map((p) => p.m + 4 * p.s));
  return { f, grad, minima: minimaOf((x) => grad([x])[0], low, high), x: [low, high] };
}

// The places where a slope turns from falling to rising, by bisection.
function minimaOf(slope, low, high) {
  const cells = 4000;
  const minima = [];
  for (let i = 0; i < cells; i++) {
    let a = low + ((high - low) * i) / cells;
    let b = low + ((high - low) * (i + 1)) / cells;
    if (!(slope(a) < 0 && slope(b) >= 0)) continue;
    for (let k = 0; k < 60; k++) {
      const middle = (a + b) / 2;
      if (slope(middle) < 0) a = middle;
      else b = middle;
    }
    minima.push([(a + b) / 2]);
  }
  return minima;
}

export const lowestCost = (fn) => Math.min(...fn.minima.map((m) => fn.f(m)));

export const isCurve = (fn) => fn.start.length === 1;

// Every function with its gradient and its minima; the part to show, x and y; where a walk begins,
// at which rate and for how many steps. `power` spaces the contours of a surface.
export function makeFunctions(mixture = MIXTURE, condition = 10) {
  return {
    square: {
      label: "y = x²",
      f: ([x]) => x * x,
      grad: ([x]) => [2 * x],
      minima: [[0]],
      x: [-4, 4],
      y: [-0.7, 10],
      start: [-1],
      lr: 0.1,
      steps: 30,
    },
    mixture: {
      label: "Mixture of Gaussians (1-D)",
      ...gaussians(mixture),
      start: [1],
      lr: 0.5,
      steps: 100,
    },
    bowl: {
      label: "Quadratic bowl (2-D)",
      f: ([x, y]) => 0.5 * (x * x + condition * y * y),
      grad: ([x, y]) => [x, condition * y],
      minima: [[0, 0]],
      x: [-3, 3],
      y: [-1.8, 1.8],
      start: [-2.6, 1],
      lr: 0.1,
      steps: 60,
      power: 2,
    },
    rosenbrock: {
      label: "Rosenbrock’s valley (2-D)",
      f: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
      grad: ([x, y]) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
      minima: [[1, 1]],
      x: [-2.2, 2.2],
      y: [-1, 3],
      start: [-1.5, 2],
      lr: 0.001,
      steps: 500,
      power: 4,
    },
    himmelblau: {
      label: "Himmelblau’s four minima (2-D)",
      f: ([x, y]) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
      grad: ([x, y]) => [
        4 * x * (x * x + y - 11) + 2 * (x + y * y - 7),
        2 * (x * x + y - 11) + 4 * y * (x + y * y - 7),
      ],
      minima: [
        [3, 2],
        [-2.805118086952745, 3.131312518250573],
        [-3.779310253377747, -3.28318599128617],
        [3.584428340330492, -1.848126526964404],
      ],
      x: [-6, 6],
      y: [-5, 5],
      start: [-0.5, -1],
      lr: 0.01,
      steps: 100,
      power: 2.5,
    },
    saddle: {
      label: "Saddle between two minima (2-D)",
      f: ([x, y]) => x * x - y * y + 0.25 * y ** 4,
      grad: ([x, y]) => [2 * x, -2 * y + y ** 3],
      minima: [
        [0, Math.SQRT2],
        [0, -Math.SQRT2],
      ],
      x: [-3, 3],
      y: [-2.2, 2.2],
      start: [-2, 0.01],
      lr: 0.1,
      steps: 60,
      power: 1.6,
    },
  };
}
