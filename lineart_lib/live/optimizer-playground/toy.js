// Optimizer playground: first-order optimizers walk down a curve or a surface.
// One file, no dependency: the same code runs as an anywidget front end and inside a static page.

// ---------------------------------------------------------------- optimizers
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

const optimizers = {
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

const HYPER = { momentum: 0.9, rho: 0.99, beta1: 0.9, beta2: 0.999, decay: 0.01 };

// ---------------------------------------------------------------- functions
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
  const minima = [];
  const cells = 4000;
  for (let i = 0; i < cells; i++) {
    let a = low + ((high - low) * i) / cells;
    let b = low + ((high - low) * (i + 1)) / cells;
    if (!(grad([a])[0] < 0 && grad([b])[0] >= 0)) continue;
    for (let k = 0; k < 60; k++) {
      const middle = (a + b) / 2;
      if (grad([middle])[0] < 0) a = middle;
      else b = middle;
    }
    minima.push([(a + b) / 2]);
  }
  return { f, grad, minima, x: [low, high] };
}

function makeFunctions(mixture = MIXTURE, condition = 10) {
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
        [-3.779310253377747, -3.283185991286170],
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

// The whole walk: positions x_0 … x_steps. It stops early once a coordinate is not finite.
function run(name, fn, start, hyper, steps) {
  const x = [...start];
  const memory = {};
  const path = [[...x]];
  for (let t = 0; t < steps; t++) {
    optimizers[name].step(x, fn.grad(x), memory, { ...HYPER, ...hyper });
    path.push([...x]);
    if (!x.every((c) => Math.abs(c) < 1e150)) break;
  }
  return path;
}

// What became of a walk, in one word, and where.
function verdict(path, fn) {
  const last = path[path.length - 1];
  const span = fn.x[1] - fn.x[0];
  const axes = [fn.x, fn.y ?? fn.x].slice(0, last.length);
  const cost = fn.f(last);
  const outside = last.some((c, i) => !(c >= axes[i][0] && c <= axes[i][1]));
  if (!Number.isFinite(cost) || (outside && cost > fn.f(path[0]))) return { word: "diverged" };
  if (path.length < 3) return { word: "on its way" };
  const move = (t, i) => path[t][i] - path[t - 1][i];
  const end = path.length - 1;
  if (end >= 4) {
    const bounces = last.some((_, i) => {
      const moves = [0, 1, 2, 3].map((k) => move(end - k, i));
      const alternates = moves.every((m, k) => k === 0 || m * moves[k - 1] < 0);
      return (
        alternates &&
        Math.abs(moves[0]) > 0.002 * span &&
        Math.abs(moves[0]) > 0.95 * Math.abs(moves[2])
      );
    });
    if (bounces) return { word: "bouncing" };
  }
  const step = Math.hypot(...last.map((_, i) => move(end, i)));
  const distance = (m) => Math.hypot(...m.map((c, i) => c - last[i]));
  const best = Math.min(...fn.minima.map((m) => fn.f(m)));
  const near = fn.minima.find((m) => distance(m) < 0.01 * span);
  if (near && step < 0.004 * span) {
    const place = fn.f(near) <= best + 1e-9 ? "global minimum" : "local minimum";
    return { word: "converged", place };
  }
  if (step < 2e-5 * span) return { word: "stuck", place: "almost no slope here" };
  return { word: "on its way" };
}

// ---------------------------------------------------------------- drawing
const LOOK = {
  sgd: { colour: "var(--ll-blue)", dash: "", mark: "circle" },
  momentum: { colour: "var(--ll-orange)", dash: "7 3", mark: "square" },
  adagrad: { colour: "var(--ll-green)", dash: "2 3", mark: "triangle" },
  rmsprop: { colour: "var(--ll-red)", dash: "9 3 2 3", mark: "cross" },
  adam: { colour: "var(--ll-purple)", dash: "5 5", mark: "diamond" },
  adamw: { colour: "var(--ll-teal)", dash: "1 5", mark: "plus" },
};

function markPath(mark, x, y, r) {
  const at = (dx, dy) => `${(x + dx * r).toFixed(1)} ${(y + dy * r).toFixed(1)}`;
  const ring = (points) => `M${points.map(([a, b]) => at(a, b)).join("L")}Z`;
  if (mark === "circle") {
    return `M${at(-1, 0)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
  if (mark === "square") return ring([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]);
  if (mark === "triangle") return ring([[0, -1.15], [1.1, 0.85], [-1.1, 0.85]]);
  if (mark === "diamond") return ring([[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]]);
  const w = 0.34;
  const plus = [
    [-w, -1.2], [w, -1.2], [w, -w], [1.2, -w], [1.2, w], [w, w],
    [w, 1.2], [-w, 1.2], [-w, w], [-1.2, w], [-1.2, -w], [-w, -w],
  ];
  if (mark === "plus") return ring(plus);
  const c = Math.SQRT1_2;
  return ring(plus.map(([a, b]) => [c * (a - b), c * (a + b)]));
}

// Filled regions {f < level} and their borders, by marching squares with linear interpolation.
function contours(values, columns, rows, level, px, py) {
  let area = "";
  let line = "";
  const at = (i, j) => values[j * (columns + 1) + i];
  const point = (a, b) => `${px(a).toFixed(1)} ${py(b).toFixed(1)}`;
  for (let j = 0; j < rows; j++) {
    let from = -1; // Runs of cells that lie wholly below the level become one rectangle.
    for (let i = 0; i <= columns; i++) {
      const corners =
        i < columns && [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map((c) => [...c, at(...c)]);
      const below = corners ? corners.filter((c) => c[2] < level).length : 0;
      if (below === 4) {
        if (from < 0) from = i;
        continue;
      }
      if (from >= 0) {
        area += `M${point(from, j)}L${point(i, j)}L${point(i, j + 1)}L${point(from, j + 1)}Z`;
        from = -1;
      }
      if (!below) continue;
      const ring = [];
      const cuts = [];
      corners.forEach((a, k) => {
        const b = corners[(k + 1) % 4];
        if (a[2] < level) ring.push(point(a[0], a[1]));
        if (a[2] < level !== b[2] < level) {
          const t = (level - a[2]) / (b[2] - a[2]);
          const cut = point(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]));
          ring.push(cut);
          cuts.push(cut);
        }
      });
      area += `M${ring.join("L")}Z`;
      for (let k = 0; k + 1 < cuts.length; k += 2) line += `M${cuts[k]}L${cuts[k + 1]}`;
    }
  }
  return { area, line };
}

function niceTicks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  const ticks = [];
  for (let t = Math.ceil(low / step) * step; t <= high + 1e-9; t += step) {
    ticks.push(Math.abs(t) < step * 1e-6 ? 0 : t);
  }
  return ticks;
}

const show = (v) => {
  if (!Number.isFinite(v)) return v > 0 ? "∞" : v < 0 ? "−∞" : "–";
  const size = Math.abs(v);
  const text =
    size !== 0 && (size >= 1e4 || size < 1e-3) ? v.toExponential(1) : String(+v.toPrecision(3));
  return text.replace("e+", "e").replaceAll("-", "−");
};

function create(tag, attributes = {}, ...children) {
  const svg = /^(svg|g|path|line|text|rect|clipPath|defs|circle|polyline|title)$/.test(tag);
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

// ---------------------------------------------------------------- the toy
function render({ model, el }) {
  // Unique in the page: the place's own id, or, in a notebook, chance.
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const given = (key, fallback) => model.get(key) ?? fallback;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  let condition = given("condition", 10);
  let functions = makeFunctions(given("mixture"), condition);
  const state = {
    function: functions[given("function")] ? given("function") : "square",
    optimizers: new Set(given("optimizers", ["sgd"]).filter((name) => optimizers[name])),
    hyper: { ...HYPER },
  };
  const opening = functions[state.function];
  state.start = [...given("start", opening.start)];
  state.lr = given("learning_rate", opening.lr);
  state.steps = given("steps", opening.steps);
  if (state.start.length !== opening.start.length) state.start = [...opening.start];
  let shown = state.steps; // Steps drawn so far; the whole walk at rest.
  let playing = 0;
  let paths = {};
  let scene = null;

  // Controls. Every control sits inside or beside its own label.
  const slider = (label, attributes, oninput) => {
    const range = create("input", { type: "range", ...attributes.range, oninput });
    const number = create("input", { type: "number", ...attributes.number, onchange: oninput });
    const box = create("div", { class: "ll-field" });
    const id = `${uid}-${label.replace(/\W+/g, "")}`;
    range.id = id;
    number.setAttribute("aria-label", `${label}, as a number`);
    box.append(create("label", { for: id }, label), range, number);
    return { box, range, number };
  };

  const select = create("select", { onchange: () => choose(select.value) });
  for (const [key, fn] of Object.entries(functions)) {
    select.append(create("option", { value: key }, fn.label));
  }
  const rate = slider(
    "Learning rate ε",
    {
      range: { min: -4, max: 1, step: 0.01 },
      number: { min: 0.000001, max: 100, step: "any", inputmode: "decimal" },
    },
    (event) => {
      const value = event.target === rate.range ? 10 ** +rate.range.value : +rate.number.value;
      if (value > 0) state.lr = +value.toPrecision(3);
      changed();
    },
  );
  const steps = slider(
    "Steps",
    { range: { min: 1, max: 500, step: 1 }, number: { min: 1, max: 5000, step: 1 } },
    (event) => {
      state.steps = Math.min(5000, Math.max(1, Math.round(+event.target.value) || 1));
      changed();
    },
  );
  const bowl = slider(
    "Condition number",
    { range: { min: 0, max: 2, step: 0.01 }, number: { min: 1, max: 100, step: "any" } },
    (event) => {
      const value = event.target === bowl.range ? 10 ** +bowl.range.value : +event.target.value;
      condition = Math.min(100, Math.max(1, +value.toPrecision(3) || 1));
      functions = makeFunctions(given("mixture"), condition);
      changed();
    },
  );
  const places = ["x", "y"].map((axis, i) => {
    const input = create("input", {
      type: "number",
      step: "any",
      "aria-label": `Start, ${axis}`,
      onchange: () => {
        if (Number.isFinite(input.valueAsNumber)) move(i, input.valueAsNumber);
        changed();
      },
    });
    return { input, box: create("label", { class: "ll-short" }, axis, input) };
  });
  const startBox = create(
    "div",
    { class: "ll-field ll-start", role: "group", "aria-label": "Starting point" },
    create("span", { class: "ll-name" }, "Start"),
    ...places.map((p) => p.box),
  );
  const memory = create("details", { class: "ll-more" }, create("summary", {}, "Decay rates"));
  const grid = create("div", { class: "ll-grid" });
  const symbols = {
    momentum: ["Momentum α", 0, 1],
    rho: ["RMSProp ρ", 0, 1],
    beta1: ["Adam β₁", 0, 1],
    beta2: ["Adam β₂", 0, 1],
    decay: ["AdamW weight decay", 0, 10],
  };
  for (const [key, [label, min, max]] of Object.entries(symbols)) {
    const input = create("input", {
      type: "number",
      min,
      max,
      step: "any",
      value: HYPER[key],
      onchange: () => {
        const value = input.valueAsNumber;
        const fits = value >= min && (key === "decay" ? value <= max : value < max);
        if (fits) state.hyper[key] = value;
        else input.value = state.hyper[key];
        changed();
      },
    });
    grid.append(create("label", { class: "ll-short" }, label, input));
  }
  memory.append(grid);

  const presets = create(
    "div",
    { class: "ll-presets", role: "group", "aria-label": "Ready-made experiments" },
    create("span", { class: "ll-name" }, "Try"),
  );
  const five = ["sgd", "momentum", "adagrad", "rmsprop", "adam"];
  const ready = [
    ["ε = 2", { function: "square", start: [-1], lr: 2, steps: 20, optimizers: ["sgd"] }],
    ["ε = 1", { function: "square", start: [-1], lr: 1, steps: 20, optimizers: ["sgd"] }],
    ["ε = 0.1", { function: "square", start: [-1], lr: 0.1, steps: 40, optimizers: ["sgd"] }],
    ["Five optimizers", { function: "mixture", start: [1], lr: 0.5, steps: 100, optimizers: five }],
    ["Valley", { function: "rosenbrock", start: [-1.5, 2], lr: 0.001, steps: 500, optimizers: ["sgd", "momentum"] }],
    ["Saddle", { function: "saddle", start: [-2, 0.01], lr: 0.1, steps: 60, optimizers: ["sgd", "momentum", "adam"] }],
  ];
  for (const [label, preset] of ready) {
    const where = functions[preset.function].label;
    const title = `${where}, start ${preset.start.join(", ")}, ε = ${preset.lr}`;
    const onclick = () => {
      Object.assign(state, preset, {
        optimizers: new Set(preset.optimizers),
        start: [...preset.start],
      });
      changed();
      if (!reduced.matches) play();
    };
    presets.append(create("button", { type: "button", title, onclick }, label));
  }

  const playButton = create("button", {
    type: "button",
    class: "ll-primary",
    onclick: () => (playing ? pause() : play()),
  });
  const stepButton = create(
    "button",
    {
      type: "button",
      onclick: () => {
        pause();
        if (shown >= state.steps) state.steps = shown + 1;
        const next = shown + 1;
        changed();
        shown = next;
        drawWalks();
      },
    },
    "Step",
  );
  const resetButton = create(
    "button",
    {
      type: "button",
      onclick: () => {
        pause();
        shown = 0;
        drawWalks();
      },
    },
    "Rewind",
  );
  const clock = create("output", { class: "ll-clock" });
  const transport = create(
    "div",
    { class: "ll-transport" },
    playButton,
    stepButton,
    resetButton,
    clock,
    create("span", { class: "ll-hint" }, "Drag the ring to start elsewhere"),
  );

  const plot = create("svg", { class: "ll-plot", role: "group" });
  const curve = create("svg", { class: "ll-plot ll-costs", role: "img" });
  const rows = {};
  const body = create("tbody");
  for (const [name, { label }] of Object.entries(optimizers)) {
    const look = LOOK[name];
    const box = create("input", {
      type: "checkbox",
      onchange: () => {
        if (box.checked) state.optimizers.add(name);
        else state.optimizers.delete(name);
        changed();
      },
    });
    const swatch = create(
      "svg",
      { class: "ll-swatch", viewBox: "0 0 34 14", "aria-hidden": "true", style: `color:${look.colour}` },
      create("path", { d: "M1 7H33", class: "ll-walk", "stroke-dasharray": look.dash }),
      create("path", { d: markPath(look.mark, 17, 7, 4.4), class: "ll-mark" }),
    );
    const cells = [0, 1, 2].map(() => create("td"));
    rows[name] = { box, cells };
    const head = create("th", { scope: "row" }, create("label", {}, box, swatch, label));
    body.append(create("tr", { "data-optimizer": name }, head, ...cells));
  }
  const columnHeads = ["Optimizer", "x", "Cost", "Verdict"].map((text) =>
    create("th", { scope: "col" }, text),
  );
  const table = create(
    "table",
    { class: "ll-table" },
    create("caption", { class: "ll-hidden" }, "Where each optimizer is after the steps shown"),
    create("thead", {}, create("tr", {}, ...columnHeads)),
    body,
  );
  const news = create("div", { class: "ll-hidden", "aria-live": "polite" });
  const root = create(
    "div",
    { class: "lineart-live ll-optimizer" },
    create(
      "div",
      { class: "ll-top" },
      create("label", { class: "ll-short" }, "Function", select),
      presets,
    ),
    plot,
    transport,
    create(
      "div",
      { class: "ll-columns" },
      create("div", {}, rate.box, steps.box, bowl.box, startBox, memory, curve),
      create("div", { class: "ll-scroll", tabindex: 0, role: "region", "aria-label": "Results" }, table),
    ),
    news,
  );
  el.append(root);

  // -------------------------------------------------------------- the plane of the plot
  const fn = () => functions[state.function];
  const flat = () => fn().start.length === 1;
  function move(axis, value) {
    const [low, high] = axis === 0 ? fn().x : fn().y;
    state.start[axis] = +Math.min(high, Math.max(low, value)).toPrecision(3);
  }

  function buildScene() {
    const width = Math.max(240, plot.clientWidth || 640);
    const height = Math.round(Math.min(430, Math.max(230, width * 0.56)));
    const edge = { left: 40, right: 10, top: 10, bottom: 26 };
    const f = fn();
    let [low, high] = f.y ?? [Infinity, -Infinity];
    const samples = [];
    if (flat()) {
      for (let i = 0; i <= 400; i++) {
        const x = f.x[0] + ((f.x[1] - f.x[0]) * i) / 400;
        samples.push([x, f.f([x])]);
      }
      if (!f.y) {
        for (const [, y] of samples) [low, high] = [Math.min(low, y), Math.max(high, y)];
        [low, high] = [low - 0.1 * (high - low), high + 0.15 * (high - low)];
      }
    }
    const inner = { w: width - edge.left - edge.right, h: height - edge.top - edge.bottom };
    const px = (x) => edge.left + ((x - f.x[0]) / (f.x[1] - f.x[0])) * inner.w;
    const py = (y) => edge.top + ((high - y) / (high - low)) * inner.h;
    const back = (x, y) => [
      f.x[0] + ((x - edge.left) / inner.w) * (f.x[1] - f.x[0]),
      high - ((y - edge.top) / inner.h) * (high - low),
    ];
    plot.replaceChildren();
    plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    plot.style.height = `${height}px`;
    const frame = { x: edge.left, y: edge.top, width: inner.w, height: inner.h };
    plot.append(
      create("defs", {}, create("clipPath", { id: `${uid}-clip` }, create("rect", frame))),
      create("rect", { ...frame, class: "ll-frame" }),
    );
    const clipped = create("g", { "clip-path": `url(#${uid}-clip)` });
    plot.append(clipped);
    if (flat()) {
      const line = samples.map(([x, y]) => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join("L");
      clipped.append(create("path", { d: `M${line}`, class: "ll-curve" }));
    } else {
      const [columns, lines] = [110, 80];
      const values = [];
      for (let j = 0; j <= lines; j++) {
        for (let i = 0; i <= columns; i++) {
          values.push(
            f.f([
              f.x[0] + ((f.x[1] - f.x[0]) * i) / columns,
              low + ((high - low) * j) / lines,
            ]),
          );
        }
      }
      const bottom = Math.min(...f.minima.map((m) => f.f(m)));
      const top = values.reduce((a, b) => Math.max(a, b));
      const cx = (i) => edge.left + (i / columns) * inner.w;
      const cy = (j) => edge.top + inner.h - (j / lines) * inner.h;
      for (let k = 1; k <= 13; k++) {
        const level = bottom + (top - bottom) * (k / 13.5) ** f.power;
        const { area, line } = contours(values, columns, lines, level, cx, cy);
        clipped.append(
          create("path", { d: area, class: "ll-band" }),
          create("path", { d: line, class: "ll-isoline" }),
        );
      }
    }
    for (const t of niceTicks(f.x[0], f.x[1], Math.max(3, width / 110))) {
      const label = create("text", { x: px(t), y: height - 8, class: "ll-tick" }, show(t));
      label.setAttribute("text-anchor", "middle");
      plot.append(label);
    }
    for (const t of niceTicks(low, high, 4)) {
      const label = create("text", { x: edge.left - 6, y: py(t) + 4, class: "ll-tick" }, show(t));
      label.setAttribute("text-anchor", "end");
      plot.append(label);
    }
    for (const m of f.minima) {
      const at = [px(m[0]), py(flat() ? f.f(m) : m[1])];
      clipped.append(create("path", { d: markPath("cross", ...at, 4), class: "ll-minimum" }));
    }
    const walks = create("g", { "clip-path": `url(#${uid}-clip)` });
    const heads = create("g");
    const handle = create(
      "g",
      { class: "ll-handle", tabindex: 0, role: "slider" },
      create("circle", { r: 22, class: "ll-reach" }),
      create("circle", { r: 9, class: "ll-ring" }),
    );
    handle.addEventListener("keydown", onKey);
    plot.append(walks, heads, handle);
    scene = { px, py, back, walks, heads, handle, frame, width };
  }

  function onKey(event) {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    const axis = flat() ? 0 : way[0];
    const [low, high] = axis === 0 ? fn().x : fn().y;
    move(axis, state.start[axis] + way[1] * (high - low) * (event.shiftKey ? 0.05 : 0.01));
    changed();
  }

  let dragging = false;
  const drag = (event) => {
    const box = plot.getBoundingClientRect();
    const at = scene.back(event.clientX - box.left, event.clientY - box.top);
    move(0, at[0]);
    if (!flat()) move(1, at[1]);
    changed();
  };
  plot.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dragging = true;
    plot.setPointerCapture(event.pointerId);
    drag(event);
    scene.handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  plot.addEventListener("pointermove", (event) => dragging && drag(event));
  for (const end of ["pointerup", "pointercancel"]) {
    plot.addEventListener(end, () => (dragging = false));
  }

  // -------------------------------------------------------------- redraw
  function drawWalks() {
    const f = fn();
    const y = (p) => (flat() ? f.f(p) : p[1]);
    const far = (v) => Math.max(-1e5, Math.min(1e5, v)); // Browsers dislike larger coordinates.
    scene.walks.replaceChildren();
    scene.heads.replaceChildren();
    for (const [name, path] of Object.entries(paths)) {
      const look = LOOK[name];
      const part = path.slice(0, shown + 1).filter((p) => p.every(Number.isFinite));
      const points = part.map((p) => [far(scene.px(p[0])), far(scene.py(y(p)))]);
      const group = create("g", { style: `color:${look.colour}` });
      const line = points.map((p) => p.map((c) => c.toFixed(1)).join(" ")).join("L");
      group.append(
        create("path", { d: `M${line}`, class: "ll-walk", "stroke-dasharray": look.dash }),
      );
      // A mark where the walk has moved on by some pixels, so that slow walks stay legible.
      let marks = "";
      let previous = points[0];
      for (const p of points.slice(1)) {
        if (Math.hypot(p[0] - previous[0], p[1] - previous[1]) < 7) continue;
        marks += markPath(look.mark, ...p, 3);
        previous = p;
      }
      group.append(create("path", { d: marks, class: "ll-mark" }));
      scene.walks.append(group);
      const [hx, hy] = points[points.length - 1];
      const { x, y: top, width, height } = scene.frame;
      const inside = [
        Math.max(x + 7, Math.min(x + width - 7, hx)),
        Math.max(top + 7, Math.min(top + height - 7, hy)),
      ];
      const hidden = Math.hypot(inside[0] - hx, inside[1] - hy) > 8;
      const head = { d: markPath(look.mark, ...inside, 6), class: hidden ? "ll-head ll-off" : "ll-head" };
      head.style = `color:${look.colour}`;
      scene.heads.append(create("path", head));
    }
    const [sx, sy] = [scene.px(state.start[0]), scene.py(y(state.start))];
    const inView = Math.max(scene.frame.y, Math.min(scene.frame.y + scene.frame.height, sy));
    scene.handle.setAttribute("transform", `translate(${sx.toFixed(1)} ${inView.toFixed(1)})`);
    drawTable();
    drawCosts();
    clock.textContent = `step ${Math.min(shown, state.steps)} of ${state.steps}`;
    playButton.textContent = playing ? "Pause" : "Play";
    playButton.setAttribute("aria-pressed", String(Boolean(playing)));
  }

  function drawTable() {
    for (const [name, { box, cells }] of Object.entries(rows)) {
      const path = paths[name]?.slice(0, shown + 1);
      box.checked = Boolean(path);
      cells[0].parentNode.classList.toggle("ll-idle", !path);
      if (!path) {
        for (const cell of cells) cell.textContent = "";
        continue;
      }
      const last = path[path.length - 1];
      const said = verdict(path, fn());
      cells[0].textContent = last.map(show).join(", ");
      cells[1].textContent = show(fn().f(last));
      const place = said.place && create("span", { class: "ll-place" }, ` ${said.place}`);
      cells[2].replaceChildren(create("strong", {}, said.word), ...(place ? [place] : []));
      cells[2].dataset.verdict = said.word;
    }
  }

  function drawCosts() {
    const width = Math.max(200, curve.clientWidth || 300);
    const height = 104;
    curve.setAttribute("viewBox", `0 0 ${width} ${height}`);
    curve.style.height = `${height}px`;
    curve.replaceChildren();
    const f = fn();
    const bottom = Math.min(...f.minima.map((m) => f.f(m)));
    const first = f.f(state.start) - bottom;
    // How far above the lowest cost, as powers of ten from the start down to a millionth of it.
    const unit = (cost) => {
      const share = (cost - bottom) / (first || 1);
      if (!Number.isFinite(share)) return 1;
      return Math.max(0, Math.min(1, (Math.log10(Math.max(share, 1e-6)) + 6) / 7));
    };
    const [left, right, top, base] = [8, width - 8, 18, height - 8];
    const x = (t) => left + ((right - left) * t) / Math.max(1, state.steps);
    curve.append(
      create("text", { x: left, y: 11, class: "ll-tick" }, "Cost above the minimum (log) by step"),
      create("rect", { x: left, y: top, width: right - left, height: base - top, class: "ll-frame" }),
    );
    for (const [name, path] of Object.entries(paths)) {
      const look = LOOK[name];
      const points = path
        .slice(0, shown + 1)
        .map((p, t) => `${x(t).toFixed(1)} ${(base - (base - top) * unit(f.f(p))).toFixed(1)}`);
      const style = `color:${look.colour}`;
      const d = `M${points.join("L")}`;
      curve.append(create("path", { d, class: "ll-walk", "stroke-dasharray": look.dash, style }));
    }
    curve.setAttribute("aria-label", "Cost of each optimizer by step; the table gives the values.");
  }

  let announced = 0;
  function announce() {
    clearTimeout(announced);
    announced = setTimeout(() => {
      const said = Object.entries(paths).map(([name, path]) => {
        const { word, place } = verdict(path.slice(0, shown + 1), fn());
        return `${optimizers[name].label} ${word}${place ? ` (${place})` : ""}`;
      });
      news.textContent = `After ${Math.min(shown, state.steps)} steps: ${said.join(", ")}.`;
    }, 700);
  }

  function changed() {
    if (!playing) shown = state.steps;
    compute();
    save();
    announce();
  }

  function compute() {
    const f = fn();
    if (!scene || scene.key !== `${state.function} ${condition}`) {
      buildScene();
      scene.key = `${state.function} ${condition}`;
    }
    paths = {};
    for (const name of Object.keys(optimizers)) {
      if (!state.optimizers.has(name)) continue;
      paths[name] = run(name, f, state.start, { ...state.hyper, lr: state.lr }, state.steps);
    }
    if (select.value !== state.function) select.value = state.function;
    rate.range.value = Math.log10(state.lr);
    rate.range.setAttribute("aria-valuetext", String(state.lr));
    rate.number.value = state.lr;
    steps.range.value = state.steps;
    steps.number.value = state.steps;
    columnHeads[1].textContent = flat() ? "x" : "x, y";
    bowl.box.hidden = state.function !== "bowl";
    bowl.range.value = Math.log10(condition);
    bowl.range.setAttribute("aria-valuetext", String(condition));
    bowl.number.value = condition;
    places[1].box.hidden = flat();
    places.forEach(({ input }, i) => (input.value = state.start[i] ?? ""));
    const where = state.start.map((c, i) => `${"xy"[i]} = ${show(c)}`).join(", ");
    const handle = scene.handle;
    handle.setAttribute("aria-label", "Starting point: arrow keys move it, Shift moves further");
    handle.setAttribute("aria-valuemin", f.x[0]);
    handle.setAttribute("aria-valuemax", f.x[1]);
    handle.setAttribute("aria-valuenow", state.start[0]);
    handle.setAttribute("aria-valuetext", `${where}, cost ${show(f.f(state.start))}`);
    plot.setAttribute("aria-label", `${f.label}: paths of the chosen optimizers`);
    drawWalks();
  }

  // -------------------------------------------------------------- playing
  function play() {
    shown = 0;
    let last = performance.now();
    let due = 0;
    const speed = reduced.matches ? 3 : Math.max(6, Math.min(90, state.steps / 5)); // steps a second
    const frame = (now) => {
      if (!root.isConnected) return;
      due += (Math.min(200, now - last) / 1000) * speed;
      last = now;
      if (due >= 1) {
        shown += Math.floor(due);
        due %= 1;
      }
      if (shown >= state.steps) return pause();
      drawWalks();
      playing = requestAnimationFrame(frame);
    };
    cancelAnimationFrame(playing);
    playing = requestAnimationFrame(frame);
    drawWalks();
  }

  function pause() {
    cancelAnimationFrame(playing);
    playing = 0;
    shown = Math.min(shown, state.steps);
    drawWalks();
    announce();
  }

  function choose(name) {
    pause();
    const f = functions[name];
    Object.assign(state, { function: name, start: [...f.start], lr: f.lr, steps: f.steps });
    changed();
  }

  // -------------------------------------------------------------- model (kernel or page)
  let saving = false;
  function save() {
    saving = true;
    model.set("function", state.function);
    model.set("start", [...state.start]);
    model.set("learning_rate", state.lr);
    model.set("steps", state.steps);
    model.set("optimizers", [...state.optimizers]);
    model.set("condition", condition);
    model.save_changes();
    saving = false;
  }
  const pull = () => {
    if (saving) return;
    condition = given("condition", condition);
    functions = makeFunctions(given("mixture"), condition);
    if (functions[model.get("function")]) state.function = model.get("function");
    const start = given("start", []);
    state.start = start.length === fn().start.length ? [...start] : [...fn().start];
    state.lr = given("learning_rate", state.lr);
    state.steps = given("steps", state.steps);
    state.optimizers = new Set(given("optimizers", [...state.optimizers]));
    scene = null;
    shown = state.steps;
    compute();
  };
  const keys = ["function", "start", "learning_rate", "steps", "optimizers", "condition", "mixture"];
  for (const key of keys) model.on(`change:${key}`, pull);

  let before = 0;
  const resize = new ResizeObserver(() => {
    if (plot.clientWidth === before) return;
    before = plot.clientWidth;
    scene = null;
    compute();
  });
  resize.observe(plot);
  compute();
  return () => {
    resize.disconnect();
    cancelAnimationFrame(playing);
    for (const key of keys) model.off(`change:${key}`, pull);
  };
}

export default { render, optimizers, makeFunctions, run, verdict };
