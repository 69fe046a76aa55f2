import { countParameters, lossAndGradients, makeNetwork, trainStep } from "./classifier.js";
import { keep, makePoints } from "./datasets.js";

const CURVE = 800; // Losses kept, more than a screen can show.

// The points, the network that learns them, and its losses so far. `state` is read, never changed.
export function createTraining(state) {
  let made = [];
  let drawn = []; // Points added by hand, kept apart so that they can be taken back.
  let net;
  let losses = [];
  const sizes = () => [2, ...state.hidden.filter((n) => n > 0), 1];
  const points = () => [...made, ...drawn];

  return {
    sizes,
    points,
    get network() {
      return net;
    },
    get losses() {
      return losses;
    },
    get hasDrawn() {
      return drawn.length > 0;
    },
    makePoints() {
      made = makePoints(state.dataset, state.samples, state.noise, state.seed);
      if (state.dataset === "empty") drawn = [];
    },
    restart() {
      net = makeNetwork(sizes(), state.activation, state.seed);
      losses = [];
    },
    step() {
      const data = points();
      if (!data.length) return;
      const { loss } = trainStep(net, data, { learningRate: state.learning_rate, l2: state.l2 });
      losses.push({ t: net.t, loss });
      // Thin the curve, never the training.
      if (losses.length > CURVE) losses = losses.filter((_, i) => i % 2 === 0);
    },
    // Loss and accuracy now, null without points.
    measure: () => (points().length ? lossAndGradients(net, points(), state.l2) : null),
    parameters: () => countParameters(sizes()),
    add: ([x, y], c) => drawn.push([keep(x), keep(y), c]),
    undo: () => drawn.pop(),
    clear() {
      [made, drawn] = [[], []];
    },
  };
}
