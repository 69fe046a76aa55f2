// Diffusion in one dimension: particles flow from noise to a mixture whose score is known exactly.
// One file, no dependency: the same code runs as an anywidget front end and inside a static page.

// ---------------------------------------------------------------- diffusion
// The same text stands in both diffusion toys, and a test keeps it the same.
// Mulberry32: a seeded generator, so that one seed always gives one picture.
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

// alphaBar: the share of the signal's variance that is left after each of the thousand steps.
const STEPS = 1000;
const fromBeta = (beta) => {
  let left = 1;
  return Float64Array.from({ length: STEPS }, (_, t) => (left *= 1 - beta(t)));
};
const cosine = (t) => Math.cos((((t / STEPS + 0.008) / 1.008) * Math.PI) / 2) ** 2;
const schedules = {
  cosine: {
    label: "cosine",
    alphaBar: fromBeta((t) => Math.min(0.999, 1 - cosine(t + 1) / cosine(t))),
  },
  linear: {
    label: "linear",
    alphaBar: fromBeta((t) => 1e-4 + ((0.02 - 1e-4) * t) / (STEPS - 1)),
  },
};
const alphaBarAt = (schedule, t) => (t < 0 ? 1 : schedules[schedule].alphaBar[t]);

// n of the thousand steps, from the noisiest down, then -1: the clean picture.
function timesteps(n) {
  const even = (v) => (v % 1 === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
  const steps = Array.from({ length: n }, (_, i) => even(((n - i) * STEPS) / n) - 1);
  return [...steps, -1];
}

// Each rule goes from x at one step to x at the next, given x0, the estimate of the clean data.
// a and b are alphaBar before and after.
const samplers = {
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
function walk(denoise, schedule, sampler, n, start, normal) {
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

// ---------------------------------------------------------------- data
// A mixture of Gaussians stays one under noise, so that nothing has to be learned.
const mixtures = {
  three: {
    label: "Three peaks",
    weights: [0.5, 0.2, 0.3],
    means: [-1.5, 0.1, 1.4],
    stds: [0.12, 0.3, 0.1],
  },
  two: { label: "Two peaks", weights: [0.35, 0.65], means: [-1.2, 0.9], stds: [0.15, 0.25] },
  spikes: {
    label: "Five spikes",
    weights: [0.2, 0.2, 0.2, 0.2, 0.2],
    means: [-1.7, -0.85, 0, 0.85, 1.7],
    stds: [0.04, 0.04, 0.04, 0.04, 0.04],
  },
  one: { label: "One bump", weights: [1], means: [0.5], stds: [0.4] },
};

const bell = (x, mean, variance) =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

// The density of the noised data, where alphaBar = a.
function density({ weights, means, stds }, x, a) {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) {
    sum += weights[k] * bell(x, Math.sqrt(a) * means[k], a * stds[k] ** 2 + 1 - a);
  }
  return sum;
}

// The exact denoiser: the mean of the clean value given the noised one.
function denoiser({ weights, means, stds }) {
  return (x, a) => {
    const signal = Math.sqrt(a);
    const parts = weights.map((w, k) => {
      const variance = a * stds[k] ** 2 + 1 - a;
      return {
        w: Math.log(w) - Math.log(variance) / 2,
        m: means[k],
        variance,
        gain: (signal * stds[k] ** 2) / variance,
      };
    });
    return x.map((v) => {
      // Shares of the peaks, by logarithms: far from all of them every density is zero.
      const logs = parts.map(({ w, m, variance }) => w - (v - signal * m) ** 2 / (2 * variance));
      const most = Math.max(...logs);
      let [sum, total] = [0, 0];
      parts.forEach(({ m, gain }, k) => {
        const share = Math.exp(logs[k] - most);
        total += share;
        sum += share * (m + gain * (v - signal * m));
      });
      return sum / total;
    });
  };
}

// Wasserstein-1 distance of particles to the mixture: the mean way between sorted partners.
function distance(mixture, particles) {
  const [from, to, cells] = [-8, 8, 8000];
  const width = (to - from) / cells;
  const sorted = Float64Array.from(particles).sort();
  let [sum, cell, below, mass] = [0, 0, 0, density(mixture, from + width / 2, 1) * width];
  sorted.forEach((v, i) => {
    const rank = (i + 0.5) / sorted.length;
    while (below + mass < rank && cell < cells - 1) {
      below += mass;
      cell += 1;
      mass = density(mixture, from + (cell + 0.5) * width, 1) * width;
    }
    const quantile = from + (cell + Math.min(1, (rank - below) / mass)) * width;
    sum += Math.abs(v - quantile);
  });
  return sum / sorted.length;
}

function draw({ weights, means, stds }, count, seed) {
  const { uniform, normal } = generator(seed * 6151 + 11);
  return Float64Array.from({ length: count }, () => {
    let left = uniform();
    let k = 0;
    while (k < weights.length - 1 && left > weights[k]) left -= weights[k++];
    return means[k] + stds[k] * normal();
  });
}

// Particles start from one set of noise per seed; every sampler gets the same.
function simulate({ mixture, schedule, sampler, steps, particles, seed }) {
  const { normal } = generator(seed * 7919 + 17);
  const start = Float64Array.from({ length: particles }, normal);
  return walk(denoiser(mixture), schedule, sampler, steps, start, normal);
}

// ---------------------------------------------------------------- page parts
function create(tag, attributes = {}, ...children) {
  const svg = /^(svg|g|path|line|text|rect)$/.test(tag);
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

const VIEW = 3.2; // The values shown: [-VIEW, VIEW].
const LINES = 48; // Particles whose whole way is drawn.
const BINS = 64;


// ---------------------------------------------------------------- the toy
function render({ model, el }) {
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const given = (key, fallback) => model.get(key) ?? fallback;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const state = {};
  const read = () =>
    Object.assign(state, {
      data: mixtures[given("data")] ? given("data") : "three",
      sampler: samplers[given("sampler")] ? given("sampler") : "ddpm",
      schedule: schedules[given("schedule")] ? given("schedule") : "cosine",
      steps: Math.min(250, Math.max(1, given("steps", 50))),
      particles: given("particles", 1000),
      seed: given("seed", 0),
    });
  read();
  const data = () => mixtures[state.data];
  let run;
  let shown = 1; // How far the walk has come, in [0, 1].
  let playing = 0;
  let width = 0;

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
  const menu = (entries, key) => {
    const node = create("select", {
      onchange: () => {
        state[key] = node.value;
        restart();
      },
    });
    for (const [value, { label }] of Object.entries(entries))
      node.append(create("option", { value }, label));
    return node;
  };
  const mixture = menu(mixtures, "data");
  const sampler = menu(samplers, "sampler");
  const schedule = menu(schedules, "schedule");
  const steps = create("input", {
    type: "range",
    min: 0,
    max: Math.log(250),
    step: 0.01,
    oninput: () => {
      state.steps = Math.round(Math.exp(+steps.value));
      restart();
    },
  });
  const stepsText = create("output", { class: "ll-value" });
  const time = create("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.001,
    oninput: () => {
      pause();
      shown = +time.value;
      paint();
    },
  });
  const timeText = create("output", { class: "ll-value" });
  const playButton = create("button", {
    type: "button",
    class: "ll-primary",
    onclick: () => (playing ? pause() : play()),
  });
  const again = create(
    "button",
    {
      type: "button",
      onclick: () => {
        state.seed += 1;
        restart();
        play();
      },
    },
    "New noise",
  );
  const clock = create("output", { class: "ll-clock" });
  const readout = create("dl", { class: "ll-readout" });
  const cells = {};
  for (const name of ["Distance to the data", "A perfect sample", "Calls of the denoiser"]) {
    cells[name] = create("dd");
    readout.append(create("div", {}, create("dt", {}, name), cells[name]));
  }
  const canvas = create("canvas", { "aria-hidden": "true" });
  const plot = create("svg", { class: "ll-plot", role: "img" });
  const stage = create("div", { class: "ll-flow" }, canvas, plot);
  const news = create("div", { class: "ll-hidden", "aria-live": "polite" });
  const root = create(
    "div",
    { class: "lineart-live ll-diffusion-1d" },
    create("div", { class: "ll-transport" }, playButton, again, clock),
    stage,
    field("Time", time, timeText),
    create(
      "div",
      { class: "ll-columns ll-even" },
      create("div", {}, field("Data", mixture), field("Sampler", sampler)),
      create("div", {}, field("Steps", steps, stepsText), field("Schedule", schedule)),
    ),
    readout,
    create(
      "p",
      { class: "ll-hint" },
      "Left: noise. Middle: the ways of some particles over the exact density at each step. Right: " +
        "bars for where all particles are, a line for where they should be at that step. The distance " +
        "is Wasserstein-1, in units of the axis.",
    ),
    news,
  );
  el.append(root);

  let palette = {};
  function colours() {
    const probe = create("span", { hidden: true });
    root.append(probe);
    for (const name of ["blue", "ink", "orange"]) {
      probe.style.color = `var(--ll-${name})`;
      palette[name] = getComputedStyle(probe).color;
    }
    probe.remove();
  }

  // -------------------------------------------------------------- the picture
  const HEIGHT = 300;
  const area = () => ({
    left: 30,
    right: width - Math.max(90, 0.2 * width) - 12,
    top: 8,
    base: HEIGHT - 26,
    end: width - 8,
  });
  const y = (v) => {
    const { top, base } = area();
    return base - ((v + VIEW) / (2 * VIEW)) * (base - top);
  };
  const x = (t) => {
    const { left, right } = area();
    return right - ((t + 1) / STEPS) * (right - left);
  };
  // The place of the walk at `shown`: between two of its steps, on a straight line.
  function now() {
    const at = shown * state.steps;
    const k = Math.min(state.steps - 1, Math.floor(at));
    const share = at - k;
    return { k, share, t: run.times[k] + share * (run.times[k + 1] - run.times[k]) };
  }
  const between = (k, share, i) => run.path[k][i] + share * (run.path[k + 1][i] - run.path[k][i]);

  // The exact density at each step, in a small picture of its own; kept while nothing changes it.
  const small = document.createElement("canvas");
  let kept = "";
  function heat() {
    const key = `${state.data} ${state.schedule} ${palette.blue}`;
    if (key === kept) return small;
    kept = key;
    const [columns, rows] = [120, 100];
    Object.assign(small, { width: columns, height: rows });
    const [r, g, b] = palette.blue.match(/[\d.]+/g).map(Number);
    const image = new ImageData(columns, rows);
    for (let c = 0; c < columns; c++) {
      const a = alphaBarAt(state.schedule, Math.round(STEPS * (1 - (c + 0.5) / columns)) - 1);
      for (let i = 0; i < rows; i++) {
        const p = density(data(), VIEW - ((i + 0.5) / rows) * 2 * VIEW, a);
        image.data.set([r, g, b, 130 * Math.min(1, p) ** 0.6], 4 * (i * columns + c));
      }
    }
    small.getContext("2d").putImageData(image, 0, 0);
    return small;
  }

  function paint() {
    if (!width) return;
    const ratio = window.devicePixelRatio || 1;
    const [pixels, lines] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    if (canvas.width !== pixels || canvas.height !== lines)
      Object.assign(canvas, { width: pixels, height: lines });
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    const { left, right, top, base, end } = area();
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, base - top);
    context.clip();
    context.imageSmoothingQuality = "high";
    context.drawImage(heat(), left, top, right - left, base - top);
    const { k, share, t } = now();
    context.strokeStyle = palette.ink;
    context.lineWidth = 0.9;
    context.globalAlpha = 0.45;
    const count = Math.min(LINES, state.particles);
    for (let i = 0; i < count; i++) {
      context.beginPath();
      for (let j = 0; j <= k; j++) context.lineTo(x(run.times[j]), y(run.path[j][i]));
      context.lineTo(x(t), y(between(k, share, i)));
      context.stroke();
    }
    context.globalAlpha = 1;
    context.fillStyle = palette.orange;
    for (let i = 0; i < count; i++) {
      context.beginPath();
      context.arc(x(t), y(between(k, share, i)), 2.6, 0, 2 * Math.PI);
      context.fill();
    }
    context.restore();

    // The bars and the curve on the right, on a common scale.
    const a = alphaBarAt(state.schedule, Math.round(t));
    const bars = new Float64Array(BINS);
    for (let i = 0; i < state.particles; i++) {
      const bin = Math.floor(((between(k, share, i) + VIEW) / (2 * VIEW)) * BINS);
      if (bin >= 0 && bin < BINS) bars[bin] += BINS / (2 * VIEW) / state.particles;
    }
    const curve = Array.from({ length: 241 }, (_, i) => -VIEW + (2 * VIEW * i) / 240);
    const heights = curve.map((v) => density(data(), v, a));
    const most = Math.max(...heights, ...bars) * 1.05;
    const [foot, reach] = [right + 14, end - right - 14];
    const thick = (base - top) / BINS;
    plot.replaceChildren(
      create("rect", {
        x: left,
        y: top,
        width: right - left,
        height: base - top,
        class: "ll-frame",
      }),
      ...[-3, -2, -1, 0, 1, 2, 3].map((v) =>
        create(
          "text",
          { x: left - 6, y: y(v) + 4, class: "ll-tick ll-end" },
          String(v).replace("-", "−"),
        ),
      ),
      ...[1000, 750, 500, 250, 0].map((s) =>
        create(
          "text",
          { x: x(s - 1), y: base + 17, class: "ll-tick", "text-anchor": "middle" },
          String(s),
        ),
      ),
      create("path", {
        class: "ll-bars",
        d: [...bars]
          .map((v, i) =>
            v
              ? `M${foot} ${(base - i * thick).toFixed(1)}h${((v / most) * reach).toFixed(1)}v${(-thick).toFixed(2)}H${foot}Z`
              : "",
          )
          .join(""),
      }),
      create("path", {
        class: "ll-curve",
        d: `M${curve.map((v, i) => `${(foot + (heights[i] / most) * reach).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`,
      }),
      create("line", { x1: foot, x2: foot, y1: top, y2: base, class: "ll-frame" }),
      create(
        "text",
        { x: (foot + end) / 2, y: base + 17, class: "ll-tick", "text-anchor": "middle" },
        shown === 1 ? "arrived" : "now",
      ),
    );
    plot.setAttribute("aria-label", describe());
    time.value = shown;
    timeText.textContent = `t = ${Math.max(0, Math.round(t) + 1)}`;
    time.setAttribute("aria-valuetext", `${timeText.textContent} of ${STEPS}, 0 is clean`);
    clock.textContent = `step ${Math.round(shown * state.steps)} of ${state.steps}`;
    playButton.textContent = playing ? "Pause" : "Play";
  }

  const describe = () =>
    `${state.particles} particles under ${samplers[state.sampler].label} with ${state.steps} steps ` +
    `and the ${state.schedule} schedule; distance to the data ${cells["Distance to the data"].textContent}`;

  function restart() {
    cancelAnimationFrame(playing);
    playing = 0;
    run = simulate({ ...state, mixture: data() });
    shown = 1;
    mixture.value = state.data;
    sampler.value = state.sampler;
    schedule.value = state.schedule;
    steps.value = Math.log(state.steps);
    stepsText.textContent = state.steps;
    steps.setAttribute("aria-valuetext", `${state.steps} steps`);
    cells["Distance to the data"].textContent = distance(data(), run.path.at(-1)).toFixed(3);
    cells["A perfect sample"].textContent = distance(
      data(),
      draw(data(), state.particles, state.seed),
    ).toFixed(3);
    cells["Calls of the denoiser"].textContent = state.steps;
    save();
    paint();
  }

  // -------------------------------------------------------------- playing
  function play() {
    shown = shown >= 1 ? 0 : shown;
    let last = performance.now();
    let drew = 0;
    const frame = (moment) => {
      if (!root.isConnected) return;
      shown = Math.min(1, shown + Math.min(200, moment - last) / 4500);
      last = moment;
      if (shown >= 1) return pause();
      // Under reduced motion the picture changes twice a second instead of continuously.
      if (moment - drew > (reduced.matches ? 500 : 30)) {
        drew = moment;
        paint();
      }
      playing = requestAnimationFrame(frame);
    };
    playing = requestAnimationFrame(frame);
    paint();
  }

  function pause() {
    const was = playing;
    cancelAnimationFrame(playing);
    playing = 0;
    paint();
    if (was) news.textContent = `${shown >= 1 ? "Arrived" : "Paused"}: ${describe()}.`;
  }

  // -------------------------------------------------------------- model (kernel or page)
  let saving = false;
  const keys = ["data", "sampler", "schedule", "steps", "particles", "seed"];
  function save() {
    saving = true;
    for (const key of keys) model.set(key, state[key]);
    model.save_changes();
    saving = false;
  }
  const pull = () => {
    if (saving) return;
    read();
    restart();
  };
  for (const key of keys) model.on(`change:${key}`, pull);

  // -------------------------------------------------------------- size and theme
  const resize = new ResizeObserver(() => {
    const next = Math.round(stage.clientWidth);
    if (next === width) return;
    width = next;
    plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    paint();
  });
  resize.observe(stage);
  const recolour = () => {
    colours();
    paint();
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
  restart();
  return () => {
    resize.disconnect();
    theme.disconnect();
    dark.removeEventListener("change", recolour);
    cancelAnimationFrame(playing);
    for (const key of keys) model.off(`change:${key}`, pull);
  };
}

export default {
  render,
  schedules,
  samplers,
  timesteps,
  walk,
  mixtures,
  density,
  denoiser,
  distance,
  draw,
  simulate,
};
