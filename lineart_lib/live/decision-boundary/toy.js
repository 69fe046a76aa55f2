// Decision boundary: a small network learns to separate two classes while you watch.
// One file, no dependency: the same code runs as an anywidget front end and inside a static page.

// ---------------------------------------------------------------- chance
// Mulberry32: a seeded generator, so that one seed always gives one picture.
function generator(seed) {
  let a = seed >>> 0;
  const uniform = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

// ---------------------------------------------------------------- data
// Points are [x, y, class], class 0 or 1, inside the square [-2, 2]².
const VIEW = 2;
const datasets = {
  moons: {
    label: "Two moons",
    point(i, n, c, u) {
      const t = Math.PI * ((Math.floor(i / 2) + 0.5) / Math.ceil(n / 2));
      const x = c ? 1 - Math.cos(t) : Math.cos(t);
      const y = c ? 0.5 - Math.sin(t) : Math.sin(t);
      return [1.1 * (x - 0.5), 1.5 * (y - 0.25)];
    },
  },
  circles: {
    label: "Circles",
    point(i, n, c, u) {
      const t = 2 * Math.PI * u();
      const r = c ? 0.65 : 1.45;
      return [r * Math.cos(t), r * Math.sin(t)];
    },
  },
  xor: {
    label: "XOR",
    point(i, n, c, u) {
      const x = 0.15 + 1.35 * u();
      const y = 0.15 + 1.35 * u();
      const left = u() < 0.5 ? -1 : 1;
      return [left * x, (c ? -left : left) * y];
    },
  },
  spiral: {
    label: "Spirals",
    point(i, n, c) {
      const t = (Math.floor(i / 2) + 0.5) / Math.ceil(n / 2);
      const angle = 0.6 + 3.4 * Math.PI * t ** 0.8 * 0.75 + c * Math.PI;
      const r = 0.15 + 1.5 * t;
      return [r * Math.cos(angle), r * Math.sin(angle)];
    },
  },
  empty: { label: "Nothing: draw your own", point: null },
};

function makePoints(name, samples, noise, seed) {
  const { uniform, normal } = generator(seed * 7919 + 17);
  const { point } = datasets[name];
  if (!point) return [];
  return Array.from({ length: samples }, (_, i) => {
    const c = i % 2;
    const [x, y] = point(i, samples, c, uniform);
    const keep = (v) => Math.max(-VIEW, Math.min(VIEW, v));
    return [keep(x + noise * normal()), keep(y + noise * normal()), c];
  });
}

// ---------------------------------------------------------------- network
// Activations with their derivative written in terms of the output a.
const activations = {
  identity: { label: "identity", f: (z) => z, slope: () => 1 },
  sigmoid: { label: "sigmoid", f: (z) => 1 / (1 + Math.exp(-z)), slope: (a) => a * (1 - a) },
  tanh: { label: "tanh", f: Math.tanh, slope: (a) => 1 - a * a },
  relu: { label: "ReLU", f: (z) => (z > 0 ? z : 0), slope: (a) => (a > 0 ? 1 : 0) },
};

// Layers of weights W (outputs × inputs, row by row) and biases b, uniform in ±1/√inputs.
function makeNetwork(sizes, activation, seed) {
  const { uniform } = generator(seed * 104729 + 3);
  const layers = [];
  for (let k = 0; k + 1 < sizes.length; k++) {
    const [inputs, outputs] = [sizes[k], sizes[k + 1]];
    const bound = 1 / Math.sqrt(inputs);
    const draw = () => (2 * uniform() - 1) * bound;
    layers.push({
      inputs,
      outputs,
      W: Float64Array.from({ length: inputs * outputs }, draw),
      b: Float64Array.from({ length: outputs }, draw),
    });
  }
  return { sizes, activation, layers, t: 0 };
}

const countParameters = (sizes) =>
  sizes.slice(1).reduce((sum, outputs, k) => sum + (sizes[k] + 1) * outputs, 0);

// Outputs of every layer for a batch: flat arrays, one row an example; the last holds logits.
function forward(network, inputs) {
  const { f } = activations[network.activation];
  const count = inputs.length / network.sizes[0];
  const outputs = [inputs];
  network.layers.forEach(({ inputs: width, outputs: n, W, b }, k) => {
    const before = outputs[k];
    const after = new Float64Array(count * n);
    for (let p = 0; p < count; p++) {
      const row = p * width;
      for (let i = 0; i < n; i++) {
        let z = b[i];
        for (let j = 0, w = i * width; j < width; j++, w++) z += W[w] * before[row + j];
        after[p * n + i] = z;
      }
    }
    if (k < network.layers.length - 1) for (let i = 0; i < after.length; i++) after[i] = f(after[i]);
    outputs.push(after);
  });
  return outputs;
}

// The probability of class 1 (B) for each row of inputs.
const probabilities = (network, inputs) =>
  forward(network, inputs)
    .at(-1)
    .map((z) => 1 / (1 + Math.exp(-z)));

// Mean cross-entropy over the points plus l2/2 · ΣW², and its gradient by backpropagation.
function lossAndGradients(network, points, l2) {
  const { layers } = network;
  const { slope } = activations[network.activation];
  const count = points.length;
  const outputs = forward(network, Float64Array.from(points.flatMap(([x, y]) => [x, y])));
  const gradients = layers.map(({ W, b }) => ({
    W: new Float64Array(W.length),
    b: new Float64Array(b.length),
  }));
  let loss = 0;
  let right = 0;
  let delta = new Float64Array(count); // Of the loss with respect to the sums of a layer.
  points.forEach(([, , c], p) => {
    const z = outputs.at(-1)[p];
    // -log p(c) = softplus(z) - c·z, written so that it never overflows.
    loss += (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - c * z) / count;
    right += z > 0 === (c === 1);
    delta[p] = (1 / (1 + Math.exp(-z)) - c) / count;
  });
  for (let k = layers.length - 1; k >= 0; k--) {
    const { inputs, outputs: n, W } = layers[k];
    const before = outputs[k];
    const { W: gW, b: gb } = gradients[k];
    const next = new Float64Array(count * inputs);
    for (let p = 0; p < count; p++) {
      const row = p * inputs;
      for (let i = 0; i < n; i++) {
        const d = delta[p * n + i];
        if (d === 0) continue;
        gb[i] += d;
        for (let j = 0, w = i * inputs; j < inputs; j++, w++) {
          gW[w] += d * before[row + j];
          next[row + j] += d * W[w];
        }
      }
    }
    if (k > 0) for (let i = 0; i < next.length; i++) next[i] *= slope(before[i]);
    delta = next;
  }
  layers.forEach(({ W }, k) => {
    for (let i = 0; i < W.length; i++) {
      loss += 0.5 * l2 * W[i] * W[i];
      gradients[k].W[i] += l2 * W[i];
    }
  });
  return { loss, gradients, accuracy: count ? right / count : 0 };
}

// One step of Adam over all points at once; returns the loss before the step.
function trainStep(network, points, { learningRate, l2 }) {
  const result = lossAndGradients(network, points, l2);
  network.t += 1;
  const [c1, c2] = [1 - 0.9 ** network.t, 1 - 0.999 ** network.t];
  network.layers.forEach((layer, k) => {
    layer.memory ??= {};
    for (const name of ["W", "b"]) {
      const values = layer[name];
      const g = result.gradients[k][name];
      layer.memory[name] ??= { m: new Float64Array(g.length), v: new Float64Array(g.length) };
      const { m, v } = layer.memory[name];
      for (let i = 0; i < g.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        values[i] -= (learningRate * m[i]) / c1 / (Math.sqrt(v[i] / c2) + 1e-8);
      }
    }
  });
  return result;
}

// ---------------------------------------------------------------- page parts
function create(tag, attributes = {}, ...children) {
  const svg = /^(svg|g|path|line|text|rect|circle)$/.test(tag);
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}

// Segments of the curve {value = level} through a square grid of n + 1 values a side.
function isoline(values, n, level, place) {
  let d = "";
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const v = corners.map(([a, b]) => values[b * (n + 1) + a] - level);
      const cuts = [];
      for (let k = 0; k < 4; k++) {
        const [p, q] = [v[k], v[(k + 1) % 4]];
        if (p < 0 === q < 0) continue;
        const t = p / (p - q);
        const [a, b] = [corners[k], corners[(k + 1) % 4]];
        cuts.push(place(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])));
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) d += `M${cuts[k]}L${cuts[k + 1]}`;
    }
  }
  return d;
}

const show = (v) =>
  (v < 1e-3 ? v.toExponential(v === 1e-4 || v === 1e-5 ? 0 : 1) : String(+v.toPrecision(3))).replace("-", "−");

// ---------------------------------------------------------------- the toy
function render({ model, el }) {
  // Unique in the page: the place's own id, or, in a notebook, chance.
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const given = (key, fallback) => model.get(key) ?? fallback;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const state = {};
  const read = () =>
    Object.assign(state, {
      dataset: datasets[given("dataset")] ? given("dataset") : "moons",
      hidden: given("hidden", [32, 32]).slice(0, 2),
      activation: activations[given("activation")] ? given("activation") : "relu",
      learningRate: given("learning_rate", 0.01),
      l2: given("l2", 0),
      noise: given("noise", 0.12),
      samples: given("samples", 250),
      seed: given("seed", 0),
    });
  read();
  let points = [];
  let drawn = []; // Points added by hand, kept apart so that Undo knows them.
  let network;
  let history = [];
  let last = null;
  let running = 0;
  let brush = 0;
  let cursor = [0, 0];
  let side = 0;

  const sizes = () => [2, ...state.hidden.filter((n) => n > 0), 1];
  const all = () => points.concat(drawn);

  // -------------------------------------------------------------- controls
  const field = (label, control, ...rest) => {
    control.id = `${uid}-${label.replace(/\W+/g, "")}`;
    return create(
      "div",
      { class: "ll-field" },
      create("label", { for: control.id }, label),
      control,
      ...rest,
    );
  };
  const menu = (entries, key, after) => {
    const node = create("select", {
      onchange: () => {
        state[key] = node.value;
        after();
      },
    });
    for (const [value, { label }] of Object.entries(entries)) {
      node.append(create("option", { value }, label));
    }
    return node;
  };
  const number = (key, attributes, after) => {
    const node = create("input", {
      type: "number",
      ...attributes,
      onchange: () => {
        const value = node.valueAsNumber;
        if (value >= attributes.min && value <= attributes.max) {
          state[key] = attributes.step === 1 ? Math.round(value) : value;
        }
        node.value = state[key];
        after();
      },
    });
    return node;
  };
  const dataset = menu(datasets, "dataset", () => newData());
  const activation = menu(activations, "activation", () => restart());
  const noise = create("input", {
    type: "range",
    min: 0,
    max: 0.5,
    step: 0.01,
    oninput: () => {
      state.noise = +noise.value;
      newData();
    },
  });
  const layerInputs = [0, 1].map((k) => {
    const node = create("input", {
      type: "number",
      min: 0,
      max: 64,
      step: 1,
      "aria-label": `Units in hidden layer ${k + 1}; 0 leaves the layer out`,
      onchange: () => {
        const value = Math.round(node.valueAsNumber);
        if (value >= 0 && value <= 64) state.hidden[k] = value;
        node.value = state.hidden[k] ?? 0;
        restart();
      },
    });
    return node;
  });
  const shape = create("output", { class: "ll-shape" });
  const hidden = create(
    "div",
    { class: "ll-field", role: "group", "aria-label": "Hidden layers" },
    create("span", { class: "ll-name" }, "Hidden units"),
    ...layerInputs,
  );
  const rate = create("input", {
    type: "range",
    min: -4,
    max: 0,
    step: 0.05,
    oninput: () => {
      state.learningRate = +(10 ** +rate.value).toPrecision(2);
      refresh();
    },
  });
  const rateText = create("output", { class: "ll-value" });
  const penalty = create("input", {
    type: "range",
    min: -5,
    max: -1,
    step: 0.1,
    oninput: () => {
      state.l2 = +penalty.value <= -5 ? 0 : +(10 ** +penalty.value).toPrecision(2);
      refresh();
    },
  });
  const penaltyText = create("output", { class: "ll-value" });
  const noiseText = create("output", { class: "ll-value" });
  const seed = number("seed", { min: 0, max: 1e6, step: 1 }, () => newData());

  const playButton = create("button", {
    type: "button",
    class: "ll-primary",
    onclick: () => (running ? pause() : play()),
  });
  const stepButton = create(
    "button",
    {
      type: "button",
      onclick: () => {
        pause();
        train(1);
        draw();
      },
    },
    "Step",
  );
  const resetButton = create("button", { type: "button", onclick: () => restart() }, "Reset");
  const clock = create("output", { class: "ll-clock" });

  const brushes = [0, 1].map((c) => {
    const input = create("input", {
      type: "radio",
      name: `${uid}-class`,
      value: c,
      onchange: () => (brush = c),
    });
    const mark = create(
      "svg",
      { class: "ll-swatch ll-small", viewBox: "-7 -7 14 14", "aria-hidden": "true" },
      create("path", { d: markOf(c, 0, 0, 5), class: `ll-point ll-class-${c}` }),
    );
    return { input, box: create("label", { class: "ll-choice" }, input, mark, "AB"[c]) };
  });
  const undo = create(
    "button",
    {
      type: "button",
      onclick: () => {
        drawn.pop();
        draw();
      },
    },
    "Undo point",
  );
  const clear = create(
    "button",
    {
      type: "button",
      onclick: () => {
        [points, drawn] = [[], []];
        restart();
      },
    },
    "Clear points",
  );

  function markOf(c, x, y, r) {
    if (c === 0) return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    return `M${x} ${y - 1.25 * r}L${x + 1.15 * r} ${y + 0.85 * r}L${x - 1.15 * r} ${y + 0.85 * r}Z`;
  }

  // -------------------------------------------------------------- the picture
  const canvas = create("canvas", { "aria-hidden": "true" });
  const overlay = create("svg", {
    class: "ll-plot",
    tabindex: 0,
    role: "application",
    "aria-describedby": `${uid}-help`,
  });
  const help = create(
    "p",
    { class: "ll-hint", id: `${uid}-help` },
    "Click to add a point of the chosen class, with Shift of the other one. By keyboard: focus the " +
      "picture, arrow keys move the cross, A or B adds a point, Delete takes the last one back.",
  );
  const stage = create("div", { class: "ll-stage" }, canvas, overlay);
  const adding = create(
    "div",
    { class: "ll-transport" },
    create(
      "div",
      { class: "ll-choices", role: "radiogroup", "aria-label": "Class of the points you add" },
      create("span", { class: "ll-name" }, "Add class"),
      ...brushes.map((b) => b.box),
    ),
    undo,
    clear,
  );
  const chart = create("svg", { class: "ll-plot ll-costs", role: "img" });
  const readout = create("div", { class: "ll-readout" });
  const cells = {};
  for (const name of ["Loss", "Accuracy", "Parameters"]) {
    cells[name] = create("strong");
    readout.append(create("div", {}, create("span", { class: "ll-name" }, name), cells[name]));
  }
  const news = create("div", { class: "ll-hidden", "aria-live": "polite" });
  const root = create(
    "div",
    { class: "lineart-live ll-boundary" },
    create(
      "div",
      { class: "ll-columns ll-even" },
      create("div", {}, stage, adding, help),
      create(
        "div",
        { class: "ll-controls" },
        create("div", { class: "ll-transport" }, playButton, stepButton, resetButton, clock),
        readout,
        chart,
        field("Data", dataset),
        field("Noise", noise, noiseText),
        hidden,
        shape,
        field("Activation", activation),
        field("Learning rate", rate, rateText),
        field("L2 penalty", penalty, penaltyText),
        field("Seed", seed),
      ),
    ),
    news,
  );
  el.append(root);

  const px = (x) => ((x + VIEW) / (2 * VIEW)) * side;
  const py = (y) => ((VIEW - y) / (2 * VIEW)) * side;
  const GRID = 56;
  const marks = [0, 1].map((c) => create("path", { class: `ll-point ll-class-${c}` }));
  const border = create("path", { class: "ll-boundary-line" });
  const cross = create("path", { class: "ll-cross" });
  overlay.append(border, ...marks, cross);

  let palette = null; // The two class colours as RGB, read again when the theme changes.
  function colours() {
    const probe = create("span", { hidden: true });
    root.append(probe);
    palette = ["--ll-blue", "--ll-orange"].map((name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
    });
    probe.remove();
  }

  const small = document.createElement("canvas");
  small.width = small.height = GRID + 1;
  const lattice = new Float64Array(2 * (GRID + 1) ** 2);
  for (let k = 0; k < (GRID + 1) ** 2; k++) {
    lattice[2 * k] = -VIEW + (2 * VIEW * (k % (GRID + 1))) / GRID;
    lattice[2 * k + 1] = VIEW - (2 * VIEW * Math.floor(k / (GRID + 1))) / GRID;
  }
  function drawField() {
    const values = probabilities(network, lattice);
    const context = small.getContext("2d");
    const image = context.createImageData(GRID + 1, GRID + 1);
    values.forEach((p, k) => {
      const [r, g, b] = palette[p > 0.5 ? 1 : 0];
      image.data.set([r, g, b, 255 * 0.62 * Math.abs(2 * p - 1)], 4 * k);
    });
    context.putImageData(image, 0, 0);
    const pixels = Math.round(side * (window.devicePixelRatio || 1));
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const target = canvas.getContext("2d");
    target.clearRect(0, 0, pixels, pixels);
    target.imageSmoothingEnabled = true;
    target.imageSmoothingQuality = "high";
    // Grid values sit on the corners of the picture: cut half a small pixel off each side.
    target.drawImage(small, 0.5, 0.5, GRID, GRID, 0, 0, pixels, pixels);
    const place = (i, j) => `${((i / GRID) * side).toFixed(1)} ${((j / GRID) * side).toFixed(1)}`;
    border.setAttribute("d", isoline(values, GRID, 0.5, place));
  }

  function drawPoints() {
    const radius = side < 330 ? 3.4 : 4.2;
    for (const c of [0, 1]) {
      const d = all()
        .filter((p) => p[2] === c)
        .map((p) => markOf(c, +px(p[0]).toFixed(1), +py(p[1]).toFixed(1), radius));
      marks[c].setAttribute("d", d.join(""));
    }
    const [x, y] = [px(cursor[0]), py(cursor[1])];
    cross.setAttribute("d", `M${x - 9} ${y}H${x + 9}M${x} ${y - 9}V${y + 9}`);
    const count = (c) => all().filter((p) => p[2] === c).length;
    overlay.setAttribute(
      "aria-label",
      `Decision boundary with ${count(0)} points of class A, ${count(1)} of class B; ` +
        `cross at ${cursor.map((v) => v.toFixed(1)).join(", ")}`,
    );
  }

  function drawChart() {
    const width = Math.max(180, chart.clientWidth || 260);
    const height = 96;
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.style.height = `${height}px`;
    const [left, right, top, base] = [34, width - 6, 18, height - 8];
    const most = Math.max(0.7, ...history.map((h) => h.loss));
    const least = Math.max(1e-6, Math.min(0.02, ...history.map((h) => h.loss)));
    const [low, high] = [Math.log10(least) - 0.15, Math.log10(most * 1.1)];
    const y = (v) => base - ((Math.log10(Math.max(v, least)) - low) / (high - low)) * (base - top);
    const end = Math.max(50, network.t);
    const line = history.map(
      (h) => `${(left + (h.t / end) * (right - left)).toFixed(1)} ${y(h.loss).toFixed(1)}`,
    );
    const powers = [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5].filter((v) => v < most * 1.1 && v > least);
    const ticks = powers.length > 3 ? powers.filter((_, i) => i % 2 === 0) : powers;
    chart.replaceChildren(
      create("text", { x: left, y: 11, class: "ll-tick" }, "Training loss (log) by step"),
      create("rect", { x: left, y: top, width: right - left, height: base - top, class: "ll-frame" }),
      ...ticks.map((v) =>
        create("text", { x: left - 5, y: y(v) + 4, class: "ll-tick ll-end" }, show(v)),
      ),
      create("path", { d: line.length ? `M${line.join("L")}` : "", class: "ll-loss" }),
    );
    const text = last ? `now ${show(last.loss)}` : "not trained yet";
    chart.setAttribute("aria-label", `Training loss by step, ${text}`);
  }

  function draw() {
    if (!side) return;
    drawField();
    drawPoints();
    drawChart();
    const now = all().length ? lossAndGradients(network, all(), state.l2) : null;
    cells.Loss.textContent = now ? show(now.loss) : "–";
    cells.Accuracy.textContent = now ? `${(100 * now.accuracy).toFixed(1)} %` : "–";
    cells.Parameters.textContent = countParameters(sizes()).toLocaleString("en");
    clock.textContent = `step ${network.t.toLocaleString("en")}`;
    playButton.textContent = running ? "Pause" : "Train";
    playButton.setAttribute("aria-pressed", String(Boolean(running)));
    undo.disabled = !drawn.length;
  }

  function refresh() {
    dataset.value = state.dataset;
    activation.value = state.activation;
    noise.value = state.noise;
    noiseText.textContent = state.noise.toFixed(2);
    layerInputs.forEach((node, k) => (node.value = state.hidden[k] ?? 0));
    shape.textContent = `${sizes().join("-")}: a weight per link, a bias per unit`;
    rate.value = Math.log10(state.learningRate);
    rateText.textContent = state.learningRate;
    rate.setAttribute("aria-valuetext", rateText.textContent);
    penalty.value = state.l2 ? Math.log10(state.l2) : -5;
    penaltyText.textContent = state.l2 || "off";
    penalty.setAttribute("aria-valuetext", penaltyText.textContent);
    seed.value = state.seed;
    brushes.forEach(({ input }, c) => (input.checked = brush === c));
    save();
  }

  // -------------------------------------------------------------- training
  function train(count) {
    if (!all().length) return;
    const data = all();
    for (let k = 0; k < count; k++) {
      last = trainStep(network, data, state);
      history.push({ t: network.t, loss: last.loss });
      // Thin the curve, never the training, once it holds more than a screen can show.
      if (history.length > 800) history = history.filter((_, i) => i % 2 === 0);
    }
  }

  function play() {
    if (!all().length) {
      news.textContent = "There is no point to learn from: add some first.";
      clock.textContent = "add points first";
      return;
    }
    let drew = 0;
    const frame = (now) => {
      if (!root.isConnected) return;
      const start = performance.now();
      do train(1);
      while (performance.now() - start < 8);
      // Under reduced motion the picture changes twice a second instead of continuously.
      if (now - drew > (reduced.matches ? 500 : 45)) {
        drew = now;
        draw();
      }
      if (network.t >= 5000) return pause();
      running = requestAnimationFrame(frame);
    };
    running = requestAnimationFrame(frame);
    draw();
  }

  function pause() {
    const was = running;
    cancelAnimationFrame(running);
    running = 0;
    draw();
    if (was && last) {
      news.textContent =
        `Paused at step ${network.t}: loss ${cells.Loss.textContent}, ` +
        `accuracy ${cells.Accuracy.textContent}.`;
    }
  }

  function restart() {
    cancelAnimationFrame(running);
    running = 0;
    network = makeNetwork(sizes(), state.activation, state.seed);
    history = [];
    last = null;
    refresh();
    draw();
  }

  function newData() {
    points = makePoints(state.dataset, state.samples, state.noise, state.seed);
    if (state.dataset === "empty") drawn = [];
    restart();
  }

  // -------------------------------------------------------------- adding points
  function add(x, y, c) {
    const keep = (v) => Math.max(-VIEW, Math.min(VIEW, v));
    drawn.push([keep(x), keep(y), c]);
    cursor = [keep(x), keep(y)];
    draw();
    news.textContent = `Added a point of class ${"AB"[c]}.`;
  }
  overlay.addEventListener("click", (event) => {
    const box = overlay.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 2 * VIEW - VIEW;
    const y = VIEW - ((event.clientY - box.top) / box.height) * 2 * VIEW;
    add(x, y, event.shiftKey ? 1 - brush : brush);
  });
  overlay.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const way = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, 1], arrowdown: [0, -1] }[key];
    if (way) {
      const size = event.shiftKey ? 0.5 : 0.1;
      cursor = cursor.map((v, i) => Math.max(-VIEW, Math.min(VIEW, v + way[i] * size)));
      drawPoints();
    } else if (key === "a" || key === "b") add(...cursor, key === "a" ? 0 : 1);
    else if (key === "enter" || key === " ") add(...cursor, brush);
    else if (key === "delete" || key === "backspace") undo.click();
    else return;
    event.preventDefault();
  });

  // -------------------------------------------------------------- model (kernel or page)
  let saving = false;
  const names = {
    dataset: "dataset",
    hidden: "hidden",
    activation: "activation",
    learning_rate: "learningRate",
    l2: "l2",
    noise: "noise",
    samples: "samples",
    seed: "seed",
  };
  function save() {
    saving = true;
    for (const [key, name] of Object.entries(names)) {
      model.set(key, Array.isArray(state[name]) ? [...state[name]] : state[name]);
    }
    model.save_changes();
    saving = false;
  }
  const pull = () => {
    if (saving) return;
    read();
    newData();
  };
  for (const key of Object.keys(names)) model.on(`change:${key}`, pull);

  // -------------------------------------------------------------- size and theme
  const resize = new ResizeObserver(() => {
    const width = Math.round(stage.clientWidth);
    if (width === side) return;
    side = width;
    overlay.setAttribute("viewBox", `0 0 ${side} ${side}`);
    draw();
  });
  resize.observe(stage);
  const recolour = () => {
    colours();
    draw();
  };
  const theme = new MutationObserver(recolour);
  for (const node of [document.documentElement, document.body]) {
    theme.observe(node, {
      attributes: true,
      attributeFilter: ["data-theme", "data-mode", "data-jp-theme-light", "class"],
    });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", recolour);

  colours();
  newData();
  return () => {
    resize.disconnect();
    theme.disconnect();
    dark.removeEventListener("change", recolour);
    cancelAnimationFrame(running);
    for (const key of Object.keys(names)) model.off(`change:${key}`, pull);
  };
}

export default {
  render,
  datasets,
  makePoints,
  makeNetwork,
  countParameters,
  forward,
  probabilities,
  lossAndGradients,
  trainStep,
};
