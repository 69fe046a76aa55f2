// Small networks of fully connected layers. A layer holds the weights w (outputs × inputs, row by
// row) and the biases b. Batches are flat arrays, one example after the other.

// What stands between two layers, with its derivative written in terms of the output a.
export const activations = {
  identity: { label: "identity", f: (z) => z, slope: () => 1 },
  sigmoid: { label: "sigmoid", f: (z) => 1 / (1 + Math.exp(-z)), slope: (a) => a * (1 - a) },
  tanh: { label: "tanh", f: Math.tanh, slope: (a) => 1 - a * a },
  relu: { label: "ReLU", f: (z) => (z > 0 ? z : 0), slope: (a) => (a > 0 ? 1 : 0) },
};

// Layers between widths, their weights and biases uniform in ±1/√inputs.
export function network(widths, uniform) {
  return widths.slice(1).map((outputs, k) => {
    const inputs = widths[k];
    const bound = 1 / Math.sqrt(inputs);
    const draw = () => bound * (2 * uniform() - 1);
    return {
      inputs,
      outputs,
      w: Float64Array.from({ length: outputs * inputs }, draw),
      b: Float64Array.from({ length: outputs }, draw),
    };
  });
}

// The values after each layer, the input first; the last layer has no activation.
export function forward(layers, x, { f } = activations.relu) {
  const values = [x];
  layers.forEach(({ inputs, outputs, w, b }, k) => {
    const [from, n] = [values[k], values[k].length / inputs];
    const to = new Float64Array(n * outputs);
    for (let r = 0; r < n; r++) {
      for (let o = 0; o < outputs; o++) {
        let sum = b[o];
        for (let i = 0; i < inputs; i++) sum += w[o * inputs + i] * from[r * inputs + i];
        to[r * outputs + o] = k < layers.length - 1 ? f(sum) : sum;
      }
    }
    values.push(to);
  });
  return values;
}

// Zeros in the shape of the layers.
export const blank = (layers) =>
  layers.map(({ w, b }) => ({ w: new Float64Array(w.length), b: new Float64Array(b.length) }));

// Pass a gradient of the output back to the input, which is returned; add those of the weights and
// the biases to `sums`, if given.
export function backward(layers, values, gradient, sums, { slope } = activations.relu) {
  let g = gradient;
  for (let k = layers.length - 1; k >= 0; k--) {
    const { inputs, outputs, w } = layers[k];
    const [from, to, n] = [values[k], values[k + 1], values[k].length / inputs];
    const back = new Float64Array(from.length);
    for (let r = 0; r < n; r++) {
      for (let o = 0; o < outputs; o++) {
        const at = r * outputs + o;
        const d = k < layers.length - 1 ? g[at] * slope(to[at]) : g[at];
        if (d === 0) continue;
        if (sums) sums[k].b[o] += d;
        for (let i = 0; i < inputs; i++) {
          if (sums) sums[k].w[o * inputs + i] += d * from[r * inputs + i];
          back[r * inputs + i] += d * w[o * inputs + i];
        }
      }
    }
    g = back;
  }
  return g;
}

// Adam for these layers: each call moves them by the gradients, at a learning rate.
export function adam(layers, { beta1, beta2 }) {
  const [mean, square] = [blank(layers), blank(layers)];
  let t = 0;
  return (gradients, rate) => {
    t += 1;
    layers.forEach((layer, k) => {
      for (const part of ["w", "b"]) {
        const [x, g, m, v] = [layer[part], gradients[k][part], mean[k][part], square[k][part]];
        for (let i = 0; i < x.length; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * g[i];
          v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
          const step = m[i] / (1 - beta1 ** t) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + 1e-8);
          x[i] -= rate * step;
        }
      }
    });
  };
}
