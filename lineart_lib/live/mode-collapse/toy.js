// Mode collapse: a small generator and a small critic play on a ring of Gaussians.
// One file, no dependency: the same code runs as an anywidget front end and inside a static page.

// ---------------------------------------------------------------- chance
// Mulberry32: a seeded generator, so that one seed always gives one game.
function generator(seed) {
  let a = seed >>> 0;
  const uniform = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

// ---------------------------------------------------------------- networks
// A layer holds w (outputs × inputs, row by row) and b. Batches are flat arrays, one row after the
// other. Between layers stands a ReLU.
function network(widths, uniform) {
  return widths.slice(1).map((outputs, k) => {
    const bound = 1 / Math.sqrt(widths[k]);
    const draw = () => bound * (2 * uniform() - 1);
    return {
      inputs: widths[k],
      outputs,
      w: Float64Array.from({ length: outputs * widths[k] }, draw),
      b: Float64Array.from({ length: outputs }, draw),
    };
  });
}

// The values after each layer, the input first.
function forward(layers, x) {
  const values = [x];
  layers.forEach(({ inputs, outputs, w, b }, k) => {
    const [from, n] = [values[k], values[k].length / inputs];
    const to = new Float64Array(n * outputs);
    for (let r = 0; r < n; r++) {
      for (let o = 0; o < outputs; o++) {
        let sum = b[o];
        for (let i = 0; i < inputs; i++) sum += w[o * inputs + i] * from[r * inputs + i];
        to[r * outputs + o] = sum > 0 || k === layers.length - 1 ? sum : 0;
      }
    }
    values.push(to);
  });
  return values;
}

const blank = (layers) =>
  layers.map(({ w, b }) => ({ w: new Float64Array(w.length), b: new Float64Array(b.length) }));

// Pass a gradient of the output back to the input; add those of the weights to `sums`, if given.
function backward(layers, values, gradient, sums) {
  let g = gradient;
  for (let k = layers.length - 1; k >= 0; k--) {
    const { inputs, outputs, w } = layers[k];
    const [from, n] = [values[k], values[k].length / inputs];
    const back = new Float64Array(from.length);
    for (let r = 0; r < n; r++) {
      for (let o = 0; o < outputs; o++) {
        const d = g[r * outputs + o];
        if (d === 0 || (k < layers.length - 1 && values[k + 1][r * outputs + o] === 0)) continue;
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

// Add the gradient of weight · mean (‖slope‖ - 1)² at the points. The slope's length is the rate of
// change along its own direction u, and u may be held fixed while differentiating. So the gradient
// of a gradient is a difference of two gradients, a short way ahead along u and a short way behind.
function penaltyGradient(critic, points, weight, sums) {
  const n = points.length / 2;
  const reach = 1e-5;
  const slope = backward(critic, forward(critic, points), new Float64Array(n).fill(1));
  const [ahead, behind] = [points.slice(), points.slice()];
  const pull = new Float64Array(n);
  for (let r = 0; r < n; r++) {
    const length = Math.hypot(slope[2 * r], slope[2 * r + 1]);
    if (length === 0) continue; // No direction: a kink of the penalty, where zero is a fair choice.
    for (const i of [2 * r, 2 * r + 1]) {
      ahead[i] += (reach * slope[i]) / length;
      behind[i] -= (reach * slope[i]) / length;
    }
    pull[r] = (weight * 2 * (length - 1)) / n / (2 * reach);
  }
  backward(critic, forward(critic, ahead), pull, sums);
  backward(critic, forward(critic, behind), pull.map((p) => -p), sums);
}

function adam(layers, rate) {
  const [mean, square] = [blank(layers), blank(layers)];
  const [beta1, beta2] = [0.5, 0.99];
  let t = 0;
  return (sums) => {
    t += 1;
    layers.forEach((layer, k) => {
      for (const part of ["w", "b"]) {
        const [x, g, m, v] = [layer[part], sums[k][part], mean[k][part], square[k][part]];
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

// ---------------------------------------------------------------- the game
const SPREAD = 0.05;
const BATCH = 64;
const HIDDEN = 32;
const SHOWN = 256;
const sigmoid = (s) => 1 / (1 + Math.exp(-s));
// Slopes of the losses by the scores: of real points, of made ones, and of those for the generator.
const objectives = {
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

const centres = (modes) =>
  Array.from({ length: modes }, (_, k) => (2 * Math.PI * k) / modes).map((a) => [Math.cos(a), Math.sin(a)]);

function game({ objective, modes, learning_rate: rate, seed }) {
  const rule = objectives[objective];
  const { uniform, normal } = generator(7919 * seed + 17);
  const maker = network([2, HIDDEN, HIDDEN, 2], uniform);
  const critic = network([2, HIDDEN, HIDDEN, 1], uniform);
  const [moveMaker, moveCritic] = [adam(maker, rate), adam(critic, rate)];
  const middles = centres(modes);
  const noise = (n) => Float64Array.from({ length: 2 * n }, normal);
  const gaze = noise(SHOWN);
  const real = () => {
    const points = noise(BATCH);
    for (let r = 0; r < BATCH; r++) {
      const [x, y] = middles[Math.floor(uniform() * modes)];
      points[2 * r] = x + SPREAD * points[2 * r];
      points[2 * r + 1] = y + SPREAD * points[2 * r + 1];
    }
    return points;
  };
  const made = (z) => forward(maker, z).at(-1);
  const learn = (points, slope, sums) => {
    const values = forward(critic, points);
    return backward(critic, values, values.at(-1).map((s) => slope(s) / BATCH), sums);
  };
  return {
    steps: 0,
    step() {
      for (let k = 0; k < rule.criticSteps; k++) {
        const [data, fakes, sums] = [real(), made(noise(BATCH)), blank(critic)];
        learn(data, rule.real, sums);
        learn(fakes, rule.fake, sums);
        if (rule.penalty) {
          const between = data.slice();
          for (let r = 0; r < BATCH; r++) {
            const alpha = uniform();
            for (const i of [2 * r, 2 * r + 1])
              between[i] = alpha * data[i] + (1 - alpha) * fakes[i];
          }
          penaltyGradient(critic, between, rule.penalty, sums);
        }
        moveCritic(sums);
      }
      const sums = blank(maker);
      const values = forward(maker, noise(BATCH));
      backward(maker, values, learn(values.at(-1), rule.generator), sums);
      moveMaker(sums);
      this.steps += 1;
    },
    points: () => made(gaze),
    scores: (points) => forward(critic, points).at(-1),
  };
}

// Modes that got a fifth of an even share or more, and the share of points near any mode.
function quality(points, modes) {
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

// ---------------------------------------------------------------- page parts
function create(tag, attributes = {}, ...children) {
  const svg = /^(svg|path|circle)$/.test(tag);
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const VIEW = 1.5;
const CELLS = 48;
const HINT =
  "Rings: where the data are. Dots: what the generator makes. Blue ground: the critic calls it more " +
  "real than the median of the square; orange: less.";

// ---------------------------------------------------------------- the toy
function render({ model, el }) {
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const given = (key, fallback) => model.get(key) ?? fallback;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const state = {};
  const read = () =>
    Object.assign(state, {
      objective: objectives[given("objective")] ? given("objective") : "non-saturating",
      modes: Math.min(12, Math.max(2, Math.round(given("modes", 8)))),
      learning_rate: Math.min(0.1, Math.max(1e-5, given("learning_rate", 2e-3))),
      seed: given("seed", 1),
    });
  read();
  let [play, running] = [null, 0];

  const field = (label, control, ...rest) => {
    control.id = `${uid}-${label.replace(/\W+/g, "")}`;
    return create("div", { class: "ll-field" }, create("label", { for: control.id }, label), control, ...rest);
  };
  const button = (text, onclick, look) =>
    create("button", { type: "button", class: look, onclick }, text);
  const change = (key, value) => ((state[key] = value), restart());
  const objective = create("select", { onchange: () => change("objective", objective.value) });
  for (const [value, { label }] of Object.entries(objectives))
    objective.append(create("option", { value }, label));
  const slider = (min, max, step, oninput) =>
    create("input", { type: "range", min, max, step, oninput });
  const modes = slider(2, 12, 1, () => change("modes", +modes.value));
  const faster = () => change("learning_rate", +(10 ** rate.value).toPrecision(2));
  const rate = slider(-4, -1.5, 0.05, faster);
  const [modesText, rateText] = [0, 1].map(() => create("output", { class: "ll-value" }));
  const playButton = button("Play", () => (running ? pause() : start()), "ll-primary");
  const once = button("10 steps", () => {
    pause();
    for (let k = 0; k < 10; k++) play.step();
    paint();
  });
  const again = button("New game", () => change("seed", state.seed + 1));
  const clock = create("output", { class: "ll-clock" });
  const cells = {};
  const readout = create("dl", { class: "ll-readout" });
  for (const name of ["Modes hit", "Points near a mode"]) {
    cells[name] = create("dd");
    readout.append(create("div", {}, create("dt", {}, name), cells[name]));
  }
  const ground = create("canvas", { "aria-hidden": "true", width: CELLS, height: CELLS });
  const marks = create("svg", { role: "img", viewBox: "0 0 300 300" });
  const news = create("div", { class: "ll-hidden", "aria-live": "polite" });
  const hint = create("p", { class: "ll-hint" }, HINT);
  const box = (look, ...children) => create("div", { class: look }, ...children);
  const picture = box("", box("ll-stage", ground, marks), hint);
  const controls = box(
    "ll-controls",
    box("ll-transport", playButton, once, again, clock),
    readout,
    field("Loss", objective),
    field("Modes", modes, modesText),
    field("Learning rate", rate, rateText),
  );
  const root = box(
    "lineart-live ll-mode-collapse",
    box("ll-columns ll-even", picture, controls),
    news,
  );
  el.append(root);

  const grid = Float64Array.from({ length: 2 * CELLS * CELLS }, (_, i) => {
    const cell = Math.floor(i / 2);
    const at = i % 2 ? CELLS - 1 - Math.floor(cell / CELLS) : cell % CELLS;
    return ((at + 0.5) / CELLS) * 2 * VIEW - VIEW;
  });
  const place = (v) => ((v + VIEW) / (2 * VIEW)) * 300;
  const dot = (x, y, r) =>
    `M${(place(x) - r).toFixed(1)} ${place(-y).toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

  function paint() {
    const points = play.points();
    const { hit, near } = quality(points, state.modes);
    const scores = play.scores(grid);
    const middle = Float64Array.from(scores).sort()[scores.length / 2];
    const most = Math.max(...scores.map((s) => Math.abs(s - middle))) || 1;
    const context = ground.getContext("2d");
    const image = context.createImageData(CELLS, CELLS);
    scores.forEach((s, i) => {
      const v = (s - middle) / most;
      image.data.set(v > 0 ? [43, 134, 217] : [201, 86, 26], 4 * i); // The figures' blue and orange.
      image.data[4 * i + 3] = 150 * Math.abs(v) ** 0.7;
    });
    context.putImageData(image, 0, 0);
    let dots = "";
    for (let i = 0; i < points.length; i += 2) dots += dot(points[i], points[i + 1], 2);
    const rings = centres(state.modes).map(([x, y]) => dot(x, y, 4 * SPREAD * (150 / VIEW)));
    marks.replaceChildren(
      create("path", { class: "ll-mode", d: rings.join("") }),
      create("path", { class: "ll-made", d: dots }),
    );
    cells["Modes hit"].textContent = `${hit} of ${state.modes}`;
    cells["Points near a mode"].textContent = `${Math.round(100 * near)} %`;
    clock.textContent = `step ${play.steps}`;
    playButton.textContent = running ? "Pause" : "Play";
    marks.setAttribute("aria-label", describe());
  }
  const describe = () =>
    `After ${play.steps} steps with the loss ${objectives[state.objective].label} the generator hits ` +
    `${cells["Modes hit"].textContent} modes; ${cells["Points near a mode"].textContent} of its points lie near one.`;

  function restart() {
    cancelAnimationFrame(running);
    running = 0;
    play = game(state);
    objective.value = state.objective;
    modes.value = modesText.textContent = state.modes;
    rate.value = Math.log10(state.learning_rate);
    rateText.textContent = state.learning_rate;
    save();
    paint();
  }

  function start() {
    let drew = 0;
    const frame = (moment) => {
      if (!root.isConnected) return;
      const end = performance.now() + 14; // The rest of the frame belongs to the page.
      do play.step();
      while (performance.now() < end);
      running = requestAnimationFrame(frame);
      // Under reduced motion the picture changes twice a second instead of continuously.
      if (moment - drew > (reduced.matches ? 500 : 60)) {
        drew = moment;
        paint();
      }
    };
    running = requestAnimationFrame(frame);
    paint();
  }

  function pause() {
    const was = running;
    cancelAnimationFrame(running);
    running = 0;
    paint();
    if (was) news.textContent = describe();
  }

  let saving = false;
  const keys = ["objective", "modes", "learning_rate", "seed"];
  function save() {
    saving = true;
    for (const key of keys) model.set(key, state[key]);
    model.save_changes();
    saving = false;
  }
  const pull = () => saving || (read(), restart());
  for (const key of keys) model.on(`change:${key}`, pull);
  restart();
  return () => {
    cancelAnimationFrame(running);
    for (const key of keys) model.off(`change:${key}`, pull);
  };
}

export default { render, network, forward, backward, blank, penaltyGradient, game, quality };
