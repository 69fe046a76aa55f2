import { activations, adam, backward, blank, forward, network } from "../parts/network.js";
import { generator } from "../parts/random.js";

// A network from two coordinates to one logit, and the Adam that moves it.
export function makeNetwork(sizes, activation, seed) {
  const layers = network(sizes, generator(seed * 104729 + 3).uniform);
  const move = adam(layers, { beta1: 0.9, beta2: 0.999 });
  return { sizes, activation, layers, move, t: 0 };
}

export const countParameters = (sizes) =>
  sizes.slice(1).reduce((sum, outputs, k) => sum + (sizes[k] + 1) * outputs, 0);

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

// The probability of class 1 (B) for each row of inputs.
export const probabilities = ({ layers, activation }, inputs) =>
  forward(layers, inputs, activations[activation]).at(-1).map(sigmoid);

// Mean cross-entropy over the points plus l2/2 · Σw², and its gradient by backpropagation.
export function lossAndGradients({ layers, activation }, points, l2) {
  const count = points.length;
  const inputs = Float64Array.from(points.flatMap(([x, y]) => [x, y]));
  const values = forward(layers, inputs, activations[activation]);
  const slopes = new Float64Array(count);
  let loss = 0;
  let right = 0;
  points.forEach(([, , c], p) => {
    const z = values.at(-1)[p];
    // -log p(c) = softplus(z) - c·z, written so that it never overflows.
    loss += (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - c * z) / count;
    right += z > 0 === (c === 1);
    slopes[p] = (sigmoid(z) - c) / count;
  });
  const gradients = blank(layers);
  backward(layers, values, slopes, gradients, activations[activation]);
  layers.forEach(({ w }, k) => {
    for (let i = 0; i < w.length; i++) {
      loss += 0.5 * l2 * w[i] * w[i];
      gradients[k].w[i] += l2 * w[i];
    }
  });
  return { loss, gradients, accuracy: count ? right / count : 0 };
}

// One step of Adam over all points at once; returns the loss before the step.
export function trainStep(net, points, { learningRate, l2 }) {
  const result = lossAndGradients(net, points, l2);
  net.t += 1;
  net.move(result.gradients, learningRate);
  return result;
}
