// Optimizer playground: first-order optimizers walk down a curve or a surface.
import { animation, motionIsReduced } from "../parts/animation.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { button, clock, menu } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { clamp } from "../parts/numbers.js";
import { onWidth } from "../parts/size.js";
import { makeFunctions } from "./landscapes.js";
import { HYPER, optimizers } from "./optimizers.js";
import { createPlot } from "./plot.js";
import { presetButtons } from "./presets.js";
import { createCosts, createTable } from "./results.js";
import { createSettings } from "./settings.js";
import { run, verdict } from "./walks.js";

const KEYS = [
  "function",
  "start",
  "learning_rate",
  "steps",
  "optimizers",
  "condition",
  "mixture",
];
const QUIET_MS = 700; // Results are read aloud once nothing has changed for so long.

function readState(given, hyper) {
  const condition = given("condition", 10);
  const functions = makeFunctions(given("mixture"), condition);
  const name = functions[given("function")] ? given("function") : "square";
  const opening = functions[name];
  const start = given("start", opening.start);
  return {
    function: name,
    start: [...(start.length === opening.start.length ? start : opening.start)],
    learning_rate: given("learning_rate", opening.lr),
    steps: given("steps", opening.steps),
    optimizers: new Set(given("optimizers", ["sgd"]).filter((chosen) => optimizers[chosen])),
    condition,
    hyper,
  };
}

// A place, moved into the part of the function that is shown, in three digits.
const inside = (fn, place) =>
  place.map((v, axis) => +clamp(v, ...(axis === 0 ? fn.x : fn.y)).toPrecision(3));

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  const state = readState(given, { ...HYPER });
  let functions = makeFunctions(given("mixture"), state.condition);
  let paths = {}; // By optimizer, the whole walk.
  let shown = state.steps; // Steps to be seen; the whole walk at rest.
  let due = 0; // The part of a step that has passed while playing.
  let built = ""; // What the plot was built for.
  const fn = () => functions[state.function];

  const choice = menu(functions, choose);
  const presets = presetButtons(functions, (preset) => {
    Object.assign(state, preset);
    changed();
    if (!motionIsReduced()) play();
  });
  const settings = createSettings(uid, state, (key, value) => {
    state[key] = key === "start" ? inside(fn(), value) : value;
    changed();
  });
  const plot = createPlot(uid, {
    onstart: (place) => {
      state.start = inside(fn(), place);
      changed();
    },
  });
  const table = createTable((name, chosen) => {
    if (chosen) state.optimizers.add(name);
    else state.optimizers.delete(name);
    changed();
  });
  const costs = createCosts();
  const playButton = button("Play", () => (motion.running ? pause() : play()), "ll-primary");
  const steps = clock();
  const news = announcer();
  const root = html(
    "div",
    { class: "lineart-live ll-optimizer" },
    html(
      "div",
      { class: "ll-top" },
      html("label", { class: "ll-short" }, "Function", choice),
      presets,
    ),
    plot.node,
    html(
      "div",
      { class: "ll-transport" },
      playButton,
      button("Step", stepOnce),
      button("Rewind", rewind),
      steps,
      html("span", { class: "ll-hint" }, "Drag the ring to start elsewhere"),
    ),
    html(
      "div",
      { class: "ll-columns" },
      html("div", {}, ...settings.fields, costs.node),
      table.node,
    ),
    news,
  );
  el.append(root);

  // -------------------------------------------------------------- from the state to the picture
  function compute() {
    const wanted = `${state.function} ${state.condition}`;
    if (built !== wanted) {
      built = wanted;
      functions = makeFunctions(given("mixture"), state.condition);
      plot.build(fn());
    }
    const hyper = { ...state.hyper, lr: state.learning_rate };
    const chosen = Object.keys(optimizers).filter((name) => state.optimizers.has(name));
    paths = Object.fromEntries(
      chosen.map((name) => [name, run(name, fn(), state.start, hyper, state.steps)]),
    );
    choice.value = state.function;
    settings.show();
    plot.moveStart(state.start);
    draw();
  }

  const soFar = () =>
    Object.fromEntries(
      Object.entries(paths).map(([name, path]) => [name, path.slice(0, shown + 1)]),
    );

  function draw() {
    const seen = soFar();
    plot.draw(seen);
    table.draw(seen, fn());
    costs.draw(seen, fn(), state.start, state.steps);
    steps.textContent = `step ${Math.min(shown, state.steps)} of ${state.steps}`;
    playButton.textContent = motion.running ? "Pause" : "Play";
    playButton.setAttribute("aria-pressed", String(motion.running));
  }

  let announcement = 0;
  function announce() {
    clearTimeout(announcement);
    announcement = setTimeout(() => {
      const said = Object.entries(soFar()).map(([name, path]) => {
        const { word, place } = verdict(path, fn());
        return `${optimizers[name].label} ${word}${place ? ` (${place})` : ""}`;
      });
      news.textContent = `After ${Math.min(shown, state.steps)} steps: ${said.join(", ")}.`;
    }, QUIET_MS);
  }

  function changed() {
    if (!motion.running) shown = state.steps;
    compute();
    const { hyper, ...saved } = state;
    link.save({ ...saved, optimizers: [...state.optimizers] });
    announce();
  }

  function choose(name) {
    pause();
    const { start, lr, steps: count } = functions[name];
    Object.assign(state, {
      function: name,
      start: [...start],
      learning_rate: lr,
      steps: count,
    });
    changed();
  }

  // -------------------------------------------------------------- playing
  const motion = animation(root, {
    everyMs: 0,
    calmMs: 0,
    advance(ms) {
      const stepsPerSecond = motionIsReduced() ? 3 : clamp(state.steps / 5, 6, 90);
      due += (ms / 1000) * stepsPerSecond;
      shown += Math.floor(due);
      due %= 1;
      return shown < state.steps;
    },
    draw,
    ended: pause,
  });

  function play() {
    [shown, due] = [0, 0];
    motion.start();
  }

  function pause() {
    motion.stop();
    shown = Math.min(shown, state.steps);
    draw();
    announce();
  }

  function stepOnce() {
    pause();
    const next = shown + 1;
    state.steps = Math.max(state.steps, next);
    changed();
    shown = next;
    draw();
  }

  function rewind() {
    pause();
    shown = 0;
    draw();
  }

  // -------------------------------------------------------------- what comes from outside
  const link = follow(model, KEYS, () => {
    Object.assign(state, readState(given, state.hyper));
    built = "";
    shown = state.steps;
    compute();
  });
  const stopResizing = onWidth(plot.node, () => {
    built = "";
    compute();
  });
  compute();
  return () => {
    motion.stop();
    link.stop();
    stopResizing();
    clearTimeout(announcement);
  };
}

export default { render, optimizers, makeFunctions, run, verdict };
