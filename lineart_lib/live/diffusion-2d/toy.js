// Diffusion in the plane: noise flows to a cloud of points, each a small Gaussian, by the exact score.
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
// Clouds are flat arrays x, y, x, y, … inside the square [-VIEW, VIEW]².
const VIEW = 3;
const curve = (count, place) =>
  Float64Array.from(
    { length: 2 * count },
    (_, i) => place((Math.floor(i / 2) + 0.5) / count)[i % 2],
  );
const clouds = {
  spiral: {
    label: "Spiral",
    points: () =>
      curve(48, (s) => {
        const [angle, r] = [0.5 + 3.6 * Math.PI * Math.sqrt(s), 0.25 + 1.6 * Math.sqrt(s)];
        return [r * Math.cos(angle), r * Math.sin(angle)];
      }),
  },
  moons: {
    label: "Two moons",
    points: () =>
      curve(40, (s) => {
        const [c, angle] = [s < 0.5 ? 1 : -1, 2 * Math.PI * s];
        return [1.3 * Math.cos(angle) - 0.65 * c, 1.3 * Math.sin(angle) - 0.35 * c];
      }),
  },
  ring: {
    label: "Eight on a ring",
    points: () =>
      curve(8, (s) => [1.6 * Math.cos(2 * Math.PI * s), 1.6 * Math.sin(2 * Math.PI * s)]),
  },
  letter: {
    label: "A letter",
    points: () =>
      curve(40, (s) =>
        s < 0.4
          ? [-0.9, 4.5 * (2 * s) - 1.8]
          : s < 0.8
            ? [0.9, 4.5 * (2 * s - 0.8) - 1.8]
            : [4.5 * 2 * (s - 0.9), 0],
      ),
  },
  empty: { label: "Nothing: draw your own", points: () => new Float64Array(0) },
};

// Weights of the points and the mean of the clean place, given a noised one.
// A point p became a Gaussian around sqrt(a) p with variance a spread² + 1 - a.
function denoiser(points, spread) {
  const count = points.length / 2;
  return (x, a) => {
    const signal = Math.sqrt(a);
    const variance = a * spread ** 2 + 1 - a;
    const gain = (signal * spread ** 2) / variance;
    const result = new Float64Array(x.length);
    const logs = new Float64Array(count);
    for (let i = 0; i < x.length; i += 2) {
      let most = -Infinity;
      for (let k = 0; k < count; k++) {
        const dx = x[i] - signal * points[2 * k];
        const dy = x[i + 1] - signal * points[2 * k + 1];
        logs[k] = -(dx * dx + dy * dy) / (2 * variance);
        if (logs[k] > most) most = logs[k];
      }
      let [total, sx, sy] = [0, 0, 0];
      for (let k = 0; k < count; k++) {
        const share = Math.exp(logs[k] - most);
        total += share;
        sx += share * points[2 * k];
        sy += share * points[2 * k + 1];
      }
      const keep = 1 - gain * signal; // x0 = mean of p + gain (x - signal p)
      result[i] = count ? (keep * sx) / total + gain * x[i] : gain * x[i];
      result[i + 1] = count ? (keep * sy) / total + gain * x[i + 1] : gain * x[i + 1];
    }
    return result;
  };
}

// The density of the noised cloud at (x, y).
function density(points, spread, x, y, a) {
  const signal = Math.sqrt(a);
  const variance = a * spread ** 2 + 1 - a;
  let sum = 0;
  for (let k = 0; k < points.length; k += 2) {
    const [dx, dy] = [x - signal * points[k], y - signal * points[k + 1]];
    sum += Math.exp(-(dx * dx + dy * dy) / (2 * variance));
  }
  return (2 * sum) / points.length / (2 * Math.PI * variance);
}

// How near the particles end to a point on average, and which share of the points is nearest to some.
function quality(points, particles) {
  const reached = new Set();
  let sum = 0;
  for (let i = 0; i < particles.length; i += 2) {
    let [best, least] = [0, Infinity];
    for (let k = 0; k < points.length; k += 2) {
      const d = Math.hypot(particles[i] - points[k], particles[i + 1] - points[k + 1]);
      if (d < least) [best, least] = [k, d];
    }
    reached.add(best);
    sum += least;
  }
  return { distance: (2 * sum) / particles.length, reached: (2 * reached.size) / points.length };
}

// The particles' walk, and walks of the two kinds from one chosen start.
const SIBLINGS = 4;
function simulate({ points, spread, schedule, sampler, steps, particles, seed, start }) {
  const denoise = denoiser(points, spread);
  const { normal } = generator(seed * 7919 + 17);
  const noise = Float64Array.from({ length: 2 * particles }, normal);
  const cloud = walk(denoise, schedule, sampler, steps, noise, normal);
  const one = Float64Array.from(start);
  const many = Float64Array.from({ length: 2 * SIBLINGS }, (_, i) => start[i % 2]);
  const chance = generator(seed * 104729 + 3).normal;
  return {
    ...cloud,
    ddim: walk(denoise, schedule, "ddim", steps, one, chance).path,
    ddpm: walk(denoise, schedule, "ddpm", steps, many, chance).path,
  };
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


// ---------------------------------------------------------------- the toy
function render({ model, el }) {
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const given = (key, fallback) => model.get(key) ?? fallback;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const state = {};
  const read = () =>
    Object.assign(state, {
      data: clouds[given("data")] ? given("data") : "spiral",
      sampler: samplers[given("sampler")] ? given("sampler") : "ddim",
      schedule: schedules[given("schedule")] ? given("schedule") : "cosine",
      steps: Math.min(200, Math.max(1, given("steps", 60))),
      spread: Math.min(0.5, Math.max(0.01, given("spread", 0.06))),
      particles: given("particles", 300),
      start: given("start", [1.2, -0.4]),
      seed: given("seed", 0),
    });
  read();
  let drawn = []; // Points added by hand.
  let points;
  let run;
  let shown = 1; // How far the walk has come, in [0, 1].
  let playing = 0;
  let side = 0;
  let cursor = [0, 0];

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
  const menu = (entries, key, before) => {
    const node = create("select", {
      onchange: () => {
        state[key] = node.value;
        before?.();
        restart();
      },
    });
    for (const [value, { label }] of Object.entries(entries)) {
      node.append(create("option", { value }, label));
    }
    return node;
  };
  const slider = (from, to, change) =>
    create("input", {
      type: "range",
      min: from,
      max: to,
      step: 0.001,
      oninput: (event) => change(+event.target.value),
    });
  const data = menu(clouds, "data", () => (drawn = []));
  const sampler = menu(samplers, "sampler");
  const schedule = menu(schedules, "schedule");
  const steps = slider(0, Math.log(200), (v) => {
    state.steps = Math.round(Math.exp(v));
    restart();
  });
  const spread = slider(Math.log(0.01), Math.log(0.5), (v) => {
    state.spread = +Math.exp(v).toPrecision(2);
    restart();
  });
  const time = slider(0, 1, (v) => {
    pause();
    shown = v;
    paint();
  });
  const [stepsText, spreadText, timeText] = [0, 1, 2].map(() =>
    create("output", { class: "ll-value" }),
  );
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
  const clear = create(
    "button",
    {
      type: "button",
      onclick: () => {
        state.data = "empty";
        drawn = [];
        restart();
      },
    },
    "Clear points",
  );
  const clock = create("output", { class: "ll-clock" });
  const readout = create("dl", { class: "ll-readout" });
  const cells = {};
  for (const name of ["To the nearest point", "A perfect sample", "Points reached"]) {
    cells[name] = create("dd");
    readout.append(create("div", {}, create("dt", {}, name), cells[name]));
  }
  const key = (kind, text) =>
    create(
      "span",
      { class: "ll-choice" },
      create(
        "svg",
        { class: "ll-swatch", viewBox: "0 0 34 14", "aria-hidden": "true" },
        create("path", { d: "M1 7H33", class: `ll-way ll-${kind}` }),
      ),
      text,
    );
  const canvas = create("canvas", { "aria-hidden": "true" });
  const overlay = create("svg", {
    class: "ll-plot",
    tabindex: 0,
    role: "application",
    "aria-describedby": `${uid}-help`,
  });
  const stage = create("div", { class: "ll-stage" }, canvas, overlay);
  const help = create(
    "p",
    { class: "ll-hint", id: `${uid}-help` },
    "Drag the ring: both kinds of walk begin there. Click elsewhere to add a point to the data. By " +
      "keyboard: focus the picture, arrow keys move the ring, with Ctrl the cross; Enter adds a " +
      "point at the cross, Delete takes the last one back.",
  );
  const news = create("div", { class: "ll-hidden", "aria-live": "polite" });
  const root = create(
    "div",
    { class: "lineart-live ll-diffusion-2d" },
    create(
      "div",
      { class: "ll-columns ll-even" },
      create("div", {}, stage, help),
      create(
        "div",
        { class: "ll-controls" },
        create("div", { class: "ll-transport" }, playButton, again, clear, clock),
        field("Time", time, timeText),
        create(
          "div",
          { class: "ll-choices" },
          key("ddim", "DDIM, one way"),
          key("ddpm", `DDPM, ${SIBLINGS} ways`),
        ),
        readout,
        field("Data", data),
        field("Spread", spread, spreadText),
        field("Particles by", sampler),
        field("Steps", steps, stepsText),
        field("Schedule", schedule),
      ),
    ),
    news,
  );
  el.append(root);

  let palette = {};
  function colours() {
    const probe = create("span", { hidden: true });
    root.append(probe);
    for (const name of ["blue", "ink"]) {
      probe.style.color = `var(--ll-${name})`;
      palette[name] = getComputedStyle(probe).color;
    }
    probe.remove();
  }

  // -------------------------------------------------------------- the picture
  const px = (x) => ((x + VIEW) / (2 * VIEW)) * side;
  const py = (y) => ((VIEW - y) / (2 * VIEW)) * side;
  const at = (x, y) => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
  const cloudMarks = create("path", { class: "ll-datum" });
  const ways = { ddpm: [], ddim: [] };
  for (const kind of ["ddpm", "ddim"]) {
    const count = kind === "ddpm" ? SIBLINGS : 1;
    ways[kind] = Array.from({ length: count }, () => ({
      line: create("path", { class: `ll-way ll-${kind}` }),
      end: create("path", { class: `ll-way-end ll-${kind}` }),
    }));
  }
  const ring = create("circle", { r: 9, class: "ll-ring" });
  const reach = create("circle", { r: 20, class: "ll-reach" });
  const handle = create("g", { class: "ll-handle" }, reach, ring);
  const cross = create("path", { class: "ll-cross" });
  overlay.append(
    cloudMarks,
    ...ways.ddpm.map((w) => w.line),
    ...ways.ddim.map((w) => w.line),
    ...ways.ddpm.map((w) => w.end),
    ...ways.ddim.map((w) => w.end),
    handle,
    cross,
  );

  function now() {
    const place = shown * state.steps;
    const k = Math.min(state.steps - 1, Math.floor(place));
    const share = place - k;
    return { k, share, t: run.times[k] + share * (run.times[k + 1] - run.times[k]) };
  }
  const between = (path, k, share, i) => path[k][i] + share * (path[k + 1][i] - path[k][i]);

  const GRID = 60;
  const small = document.createElement("canvas");
  small.width = small.height = GRID;
  function paint() {
    if (!side) return;
    const { k, share, t } = now();
    const a = alphaBarAt(state.schedule, Math.round(t));
    const ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(side * ratio);
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, side, side);
    if (points.length) {
      const heights = new Float64Array(GRID * GRID);
      for (let i = 0; i < heights.length; i++) {
        const x = -VIEW + (((i % GRID) + 0.5) / GRID) * 2 * VIEW;
        const y = VIEW - ((Math.floor(i / GRID) + 0.5) / GRID) * 2 * VIEW;
        heights[i] = density(points, Math.max(state.spread, 0.08), x, y, a);
      }
      const most = Math.max(...heights);
      const [r, g, b] = palette.blue.match(/[\d.]+/g).map(Number);
      const image = new ImageData(GRID, GRID);
      heights.forEach((h, i) => image.data.set([r, g, b, 110 * (h / most) ** 0.6], 4 * i));
      small.getContext("2d").putImageData(image, 0, 0);
      context.imageSmoothingQuality = "high";
      context.drawImage(small, 0, 0, side, side);
    }
    context.fillStyle = palette.ink;
    context.globalAlpha = 0.75;
    for (let i = 0; i < 2 * state.particles; i += 2) {
      context.beginPath();
      const [x, y] = [0, 1].map((c) => between(run.path, k, share, i + c));
      context.arc(px(x), py(y), 1.7, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;

    const marks = [];
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [px(points[i]), py(points[i + 1])];
      marks.push(`M${x - 4} ${y}L${x} ${y - 4}L${x + 4} ${y}L${x} ${y + 4}Z`);
    }
    cloudMarks.setAttribute("d", marks.join(""));
    for (const kind of ["ddpm", "ddim"]) {
      ways[kind].forEach(({ line, end }, w) => {
        const path = run[kind];
        const places = [];
        for (let j = 0; j <= k; j++) places.push(at(path[j][2 * w], path[j][2 * w + 1]));
        const [x, y] = [0, 1].map((c) => between(path, k, share, 2 * w + c));
        places.push(at(x, y));
        line.setAttribute("d", `M${places.join("L")}`);
        const r = kind === "ddim" ? 5.5 : 5;
        const [u, v] = [px(x), py(y)];
        end.setAttribute(
          "d",
          kind === "ddim"
            ? `M${u - r} ${v}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`
            : `M${u} ${v - 1.2 * r}L${u + 1.1 * r} ${v + 0.8 * r}L${u - 1.1 * r} ${v + 0.8 * r}Z`,
        );
      });
    }
    handle.setAttribute("transform", `translate(${at(...state.start).replace(" ", ",")})`);
    const [cx, cy] = [px(cursor[0]), py(cursor[1])];
    cross.setAttribute("d", `M${cx - 9} ${cy}H${cx + 9}M${cx} ${cy - 9}V${cy + 9}`);
    overlay.setAttribute("aria-label", describe());
    time.value = shown;
    timeText.textContent = `t = ${Math.max(0, Math.round(t) + 1)}`;
    time.setAttribute("aria-valuetext", `${timeText.textContent} of ${STEPS}, 0 is clean`);
    clock.textContent = `step ${Math.round(shown * state.steps)} of ${state.steps}`;
    playButton.textContent = playing ? "Pause" : "Play";
  }

  const describe = () =>
    `${state.particles} particles, ${points.length / 2} points; ring at ` +
    `${state.start.map((v) => v.toFixed(1)).join(", ")}, cross at ` +
    `${cursor.map((v) => v.toFixed(1)).join(", ")}; to the nearest point ` +
    `${cells["To the nearest point"].textContent}, reached ${cells["Points reached"].textContent}`;

  function restart() {
    cancelAnimationFrame(playing);
    playing = 0;
    points = Float64Array.from([...clouds[state.data].points(), ...drawn.flat()]);
    run = simulate({ ...state, points });
    shown = 1;
    data.value = state.data;
    sampler.value = state.sampler;
    schedule.value = state.schedule;
    steps.value = Math.log(state.steps);
    stepsText.textContent = state.steps;
    steps.setAttribute("aria-valuetext", `${state.steps} steps`);
    spread.value = Math.log(state.spread);
    spreadText.textContent = state.spread;
    spread.setAttribute("aria-valuetext", `standard deviation ${state.spread}`);
    const found = points.length ? quality(points, run.path.at(-1)) : null;
    cells["To the nearest point"].textContent = found ? found.distance.toFixed(3) : "–";
    cells["A perfect sample"].textContent = found ? perfect().toFixed(3) : "–";
    cells["Points reached"].textContent = found ? `${Math.round(100 * found.reached)} %` : "–";
    save();
    paint();
  }

  // What the first number would be for particles drawn from the cloud itself.
  function perfect() {
    const { uniform, normal } = generator(state.seed * 6151 + 11);
    const sample = new Float64Array(2 * state.particles);
    for (let i = 0; i < sample.length; i += 2) {
      const k = 2 * Math.floor((uniform() * points.length) / 2);
      sample[i] = points[k] + state.spread * normal();
      sample[i + 1] = points[k + 1] + state.spread * normal();
    }
    return quality(points, sample).distance;
  }

  // -------------------------------------------------------------- playing
  function play() {
    shown = shown >= 1 ? 0 : shown;
    let last = performance.now();
    let drew = 0;
    const frame = (moment) => {
      if (!root.isConnected) return;
      shown = Math.min(1, shown + Math.min(200, moment - last) / 5000);
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

  // -------------------------------------------------------------- dragging and adding
  const keep = (v) => Math.max(-VIEW, Math.min(VIEW, v));
  const place = (event) => {
    const box = overlay.getBoundingClientRect();
    return [
      keep(((event.clientX - box.left) / box.width) * 2 * VIEW - VIEW),
      keep(VIEW - ((event.clientY - box.top) / box.height) * 2 * VIEW),
    ];
  };
  function add(at) {
    drawn.push(at);
    cursor = at;
    restart();
    news.textContent = `Added a point; there are ${points.length / 2}.`;
  }
  let dragging = false;
  handle.addEventListener("pointerdown", (event) => {
    dragging = true;
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!dragging) return;
    state.start = place(event);
    restart();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    handle.addEventListener(end, () => (dragging = false));
  }
  handle.addEventListener("click", (event) => event.stopPropagation());
  overlay.addEventListener("click", (event) => add(place(event)));
  overlay.addEventListener("keydown", (event) => {
    if (event.metaKey || event.altKey) return;
    const name = event.key.toLowerCase();
    const way = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, 1], arrowdown: [0, -1] }[
      name
    ];
    if (way) {
      const size = event.shiftKey ? 0.5 : 0.1;
      const moved = (v, i) => keep(v + way[i] * size);
      if (event.ctrlKey) cursor = cursor.map(moved);
      else state.start = state.start.map(moved);
      if (event.ctrlKey) paint();
      else restart();
    } else if (name === "enter") add([...cursor]);
    else if ((name === "delete" || name === "backspace") && drawn.length) {
      drawn.pop();
      restart();
    } else return;
    event.preventDefault();
  });

  // -------------------------------------------------------------- model (kernel or page)
  let saving = false;
  const keys = ["data", "sampler", "schedule", "steps", "spread", "particles", "start", "seed"];
  function save() {
    saving = true;
    for (const name of keys) model.set(name, name === "start" ? [...state.start] : state[name]);
    model.save_changes();
    saving = false;
  }
  const pull = () => {
    if (saving) return;
    read();
    restart();
  };
  for (const name of keys) model.on(`change:${name}`, pull);

  // -------------------------------------------------------------- size and theme
  const resize = new ResizeObserver(() => {
    const next = Math.round(stage.clientWidth);
    if (next === side) return;
    side = next;
    overlay.setAttribute("viewBox", `0 0 ${side} ${side}`);
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
    for (const name of keys) model.off(`change:${name}`, pull);
  };
}

export default {
  render,
  schedules,
  samplers,
  timesteps,
  walk,
  clouds,
  denoiser,
  density,
  quality,
  simulate,
};
