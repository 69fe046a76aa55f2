// Decision boundary: a small network learns to separate two classes while you watch.
import { animation, workFor } from "../parts/animation.js";
import { onThemeChange } from "../parts/colours.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { button, clock } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { activations, forward } from "../parts/network.js";
import { onWidth } from "../parts/size.js";
import { createAdding } from "./adding.js";
import { createChart, lossText } from "./chart.js";
import {
  countParameters,
  lossAndGradients,
  makeNetwork,
  probabilities,
  trainStep,
} from "./classifier.js";
import { datasets, makePoints } from "./datasets.js";
import { createPicture } from "./picture.js";
import { createSettings } from "./settings.js";
import { createTraining } from "./training.js";

const LONGEST = 5000; // Steps after which training pauses.
const KEYS = [
  "dataset",
  "hidden",
  "activation",
  "learning_rate",
  "l2",
  "noise",
  "samples",
  "seed",
];
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

// Loss, accuracy and the number of parameters.
function createMeasures() {
  const names = ["Loss", "Accuracy", "Parameters"];
  const cells = Object.fromEntries(names.map((name) => [name, html("strong")]));
  const node = html(
    "div",
    { class: "ll-readout" },
    ...names.map((name) =>
      html("div", {}, html("span", { class: "ll-name" }, name), cells[name]),
    ),
  );
  return {
    node,
    draw(now, parameters) {
      cells.Loss.textContent = now ? lossText(now.loss) : "–";
      cells.Accuracy.textContent = now ? `${(100 * now.accuracy).toFixed(1)} %` : "–";
      cells.Parameters.textContent = parameters.toLocaleString("en");
    },
    describe: () => `loss ${cells.Loss.textContent}, accuracy ${cells.Accuracy.textContent}`,
  };
}

function render({ model, el }) {
  const uid = uniqueId(el);
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
  const adding = createAdding(uid, {
    onundo: undo,
    onclear: () => {
      training.clear();
      restart();
    },
  });
  const picture = createPicture(`${uid}-help`, { onadd: add, onundo: undo });
  const chart = createChart();
  const measures = createMeasures();
  const playButton = button("Train", () => (motion.running ? pause() : play()), "ll-primary");
  const stepButton = button("Step", () => {
    pause();
    training.step();
    draw();
  });
  const steps = clock();
  const news = announcer();
  const root = html(
    "div",
    { class: "lineart-live ll-boundary" },
    html(
      "div",
      { class: "ll-columns ll-even" },
      html(
        "div",
        {},
        picture.node,
        adding.node,
        html("p", { class: "ll-hint", id: `${uid}-help` }, HELP),
      ),
      html(
        "div",
        { class: "ll-controls" },
        html(
          "div",
          { class: "ll-transport" },
          playButton,
          stepButton,
          button("Reset", restart),
          steps,
        ),
        measures.node,
        chart.node,
        ...settings.fields,
      ),
    ),
    news,
  );
  el.append(root);

  function draw() {
    const { network, losses } = training;
    picture.draw(network, training.points());
    chart.draw(losses, network.t);
    measures.draw(training.measure(), training.parameters());
    steps.textContent = `step ${network.t.toLocaleString("en")}`;
    playButton.textContent = motion.running ? "Pause" : "Train";
    playButton.setAttribute("aria-pressed", String(motion.running));
    adding.allowUndo(training.hasDrawn);
  }

  // -------------------------------------------------------------- training
  const motion = animation(root, {
    everyMs: 45,
    advance() {
      workFor(8, () => training.step());
      return training.network.t < LONGEST;
    },
    draw,
    ended: pause,
  });

  function play() {
    if (training.points().length) return motion.start();
    news.textContent = "There is no point to learn from: add some first.";
    steps.textContent = "add points first";
  }

  function pause() {
    const was = motion.stop();
    draw();
    if (was && training.losses.length) {
      news.textContent = `Paused at step ${training.network.t}: ${measures.describe()}.`;
    }
  }

  function restart() {
    motion.stop();
    training.restart();
    showSettings();
    draw();
  }

  function newPoints() {
    training.makePoints();
    restart();
  }

  function showSettings() {
    settings.show(training.sizes());
    link.save(state);
  }

  // -------------------------------------------------------------- points by hand
  function add(place, which) {
    const c = { chosen: adding.chosen, other: 1 - adding.chosen }[which] ?? which;
    training.add(place, c);
    picture.moveCursor(place);
    draw();
    news.textContent = `Added a point of class ${"AB"[c]}.`;
  }

  function undo() {
    training.undo();
    draw();
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
    motion.stop();
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
