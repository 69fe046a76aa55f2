// Optimizer playground: first-order optimizers walk down a curve or a surface.
import { motionIsReduced } from "../parts/animation.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { menu } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { onWidth } from "../parts/size.js";
import { createExperiment } from "./experiment.js";
import { makeFunctions } from "./landscapes.js";
import { optimizers } from "./optimizers.js";
import { createPlot } from "./plot.js";
import { presetButtons } from "./presets.js";
import { createCosts, createTable } from "./results.js";
import { createSettings } from "./settings.js";
import { createTransport } from "./transport.js";
import { run, verdict } from "./walks.js";

const KEYS = ["function", "start", "learning_rate", "steps", "optimizers", "condition", "mixture"];
const QUIET_MS = 700; // Results are read aloud once nothing has changed for so long.

const layOut = ({ choice, presets, plot, transport, settings, costs, table, news }) =>
  html(
    "div",
    { class: "lineart-live ll-optimizer" },
    html(
      "div",
      { class: "ll-top" },
      html("label", { class: "ll-short" }, "Function", choice),
      presets,
    ),
    plot.node,
    transport.node,
    html(
      "div",
      { class: "ll-columns" },
      html("div", {}, ...settings.fields, costs.node),
      table.node,
    ),
    news,
  );

function render({ model, el }) {
  const uid = uniqueId(el);
  const experiment = createExperiment(reader(model));
  const { state } = experiment;
  let built = ""; // What the plot was built for.
  let announcement = 0;

  const set = (key, value) => {
    experiment.set(key, value);
    changed();
  };
  const choice = menu(experiment.functions, (name) => {
    transport.pause();
    experiment.choose(name);
    changed();
  });
  const presets = presetButtons(experiment.functions, (preset) => {
    Object.assign(state, preset);
    changed();
    if (!motionIsReduced()) transport.play();
  });
  const plot = createPlot(uid, { onstart: (place) => set("start", place) });
  const transport = createTransport(el, state, { draw, onrest: announce, onlonger: changed });
  const settings = createSettings(uid, state, set);
  const costs = createCosts();
  const table = createTable((name, chosen) => {
    if (chosen) state.optimizers.add(name);
    else state.optimizers.delete(name);
    changed();
  });
  const news = announcer();
  el.append(layOut({ choice, presets, plot, transport, settings, costs, table, news }));

  function changed() {
    transport.finish();
    compute();
    link.save(experiment.toSave());
    announce();
  }

  function compute() {
    const wanted = `${state.function} ${state.condition}`;
    if (built !== wanted) plot.build(experiment.fn);
    built = wanted;
    experiment.walk();
    choice.value = state.function;
    settings.show();
    plot.moveStart(state.start);
    draw();
  }

  function draw() {
    const paths = experiment.after(transport.shown);
    plot.draw(paths);
    table.draw(paths, experiment.fn);
    costs.draw(paths, experiment.fn, state.start, state.steps);
    transport.show();
  }

  function announce() {
    clearTimeout(announcement);
    announcement = setTimeout(() => {
      news.textContent = experiment.describe(transport.shown);
    }, QUIET_MS);
  }

  const link = follow(model, KEYS, () => {
    experiment.read();
    built = "";
    transport.finish();
    compute();
  });
  const stopResizing = onWidth(plot.node, () => {
    built = "";
    compute();
  });
  compute();
  return () => {
    transport.stop();
    link.stop();
    stopResizing();
    clearTimeout(announcement);
  };
}

export default { render, optimizers, makeFunctions, run, verdict };
