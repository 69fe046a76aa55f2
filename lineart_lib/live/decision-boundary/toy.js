// Decision boundary: a small network learns to separate two classes while you watch.
import { onThemeChange } from "../parts/colours.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { follow, reader } from "../parts/model.js";
import { activations, forward } from "../parts/network.js";
import { onWidth } from "../parts/size.js";
import { createAdding } from "./adding.js";
import { createChart } from "./chart.js";
import {
  countParameters,
  lossAndGradients,
  makeNetwork,
  probabilities,
  trainStep,
} from "./classifier.js";
import { datasets, makePoints } from "./datasets.js";
import { createMeasures } from "./measures.js";
import { createPicture } from "./picture.js";
import { createSettings } from "./settings.js";
import { createTraining } from "./training.js";
import { createTransport } from "./transport.js";

const KEYS = ["dataset", "hidden", "activation", "learning_rate", "l2", "noise", "samples", "seed"];
const HELP =
  "Click to add a point of the chosen class, with Shift of the other one. By keyboard: focus the " +
  "picture, arrow keys move the cross, A or B adds a point, Delete takes the last one back.";

function readState(given) {
  return {
    dataset: datasets[given("dataset")] ? given("dataset") : "moons",
    hidden: given("hidden", [32, 32]).slice(0, 2),
    activation: activations[given("activation")] ? given("activation") : "relu",
    learning_rate: given("learning_rate", 0.01),
    l2: given("l2", 0),
    noise: given("noise", 0.12),
    samples: given("samples", 250),
    seed: given("seed", 0),
  };
}

const layOut = (helpId, { picture, adding, transport, measures, chart, settings, news }) =>
  html(
    "div",
    { class: "lineart-live ll-boundary" },
    html(
      "div",
      { class: "ll-columns ll-even" },
      html("div", {}, picture.node, adding.node, html("p", { class: "ll-hint", id: helpId }, HELP)),
      html(
        "div",
        { class: "ll-controls" },
        transport.node,
        measures.node,
        chart.node,
        ...settings.fields,
      ),
    ),
    news,
  );

function render({ model, el }) {
  const uid = uniqueId(el);
  const helpId = `${uid}-help`;
  const given = reader(model);
  const state = readState(given);
  const training = createTraining(state);

  // What a change of a setting does over again.
  const after = {
    dataset: newPoints,
    noise: newPoints,
    seed: newPoints,
    hidden: restart,
    activation: restart,
    learning_rate: showSettings,
    l2: showSettings,
  };
  const settings = createSettings(uid, state, (key, value) => {
    state[key] = value;
    after[key]();
  });
  const adding = createAdding(uid, { onundo: undo, onclear: clear });
  const picture = createPicture(helpId, { onadd: add, onundo: undo });
  const chart = createChart();
  const measures = createMeasures();
  const news = announcer();
  const transport = createTransport(el, training, {
    draw,
    onrest: () => say(`Paused at step ${training.network.t}: ${measures.describe()}.`),
    onempty: () => say("There is no point to learn from: add some first."),
    onreset: restart,
  });
  const root = layOut(helpId, { picture, adding, transport, measures, chart, settings, news });
  el.append(root);

  function say(text) {
    news.textContent = text;
  }

  function draw() {
    picture.draw(training.network, training.points());
    chart.draw(training.losses, training.network.t);
    measures.draw(training);
    transport.show();
    adding.allowUndo(training.hasDrawn);
  }

  function showSettings() {
    settings.show(training.sizes());
    link.save(state);
  }

  function restart() {
    transport.stop();
    training.restart();
    showSettings();
    draw();
  }

  function newPoints() {
    training.makePoints();
    restart();
  }

  // -------------------------------------------------------------- points by hand
  function add(place, which) {
    const c = { chosen: adding.chosen, other: 1 - adding.chosen }[which] ?? which;
    training.add(place, c);
    picture.moveCursor(place);
    draw();
    say(`Added a point of class ${"AB"[c]}.`);
  }

  function undo() {
    training.undo();
    draw();
  }

  function clear() {
    training.clear();
    restart();
  }

  // -------------------------------------------------------------- what comes from outside
  const link = follow(model, KEYS, () => {
    Object.assign(state, readState(given));
    newPoints();
  });
  picture.recolour(root);
  newPoints();
  const stopResizing = onWidth(picture.node, (width) => {
    picture.resize(width);
    draw();
  });
  const stopRecolouring = onThemeChange(() => {
    picture.recolour(root);
    draw();
  });
  return () => {
    transport.stop();
    link.stop();
    stopResizing();
    stopRecolouring();
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
