import { html } from "../parts/elements.js";
import { button } from "../parts/fields.js";

const FIVE = ["sgd", "momentum", "adagrad", "rmsprop", "adam"];
const SQUARE = { function: "square", start: [-1], optimizers: ["sgd"] };

// Ready-made experiments, by the text of their button.
const PRESETS = {
  "ε = 2": { ...SQUARE, learning_rate: 2, steps: 20 },
  "ε = 1": { ...SQUARE, learning_rate: 1, steps: 20 },
  "ε = 0.1": { ...SQUARE, learning_rate: 0.1, steps: 40 },
  "Five optimizers": {
    function: "mixture",
    start: [1],
    learning_rate: 0.5,
    steps: 100,
    optimizers: FIVE,
  },
  Valley: {
    function: "rosenbrock",
    start: [-1.5, 2],
    learning_rate: 0.001,
    steps: 500,
    optimizers: ["sgd", "momentum"],
  },
  Saddle: {
    function: "saddle",
    start: [-2, 0.01],
    learning_rate: 0.1,
    steps: 60,
    optimizers: ["sgd", "momentum", "adam"],
  },
};

// Their buttons; `onchoose` gets the part of the state that a preset sets.
export function presetButtons(functions, onchoose) {
  const buttons = Object.entries(PRESETS).map(([text, preset]) => {
    const node = button(text, () =>
      onchoose({
        ...preset,
        start: [...preset.start],
        optimizers: new Set(preset.optimizers),
      }),
    );
    const where = functions[preset.function].label;
    node.title = `${where}, start ${preset.start.join(", ")}, ε = ${preset.learning_rate}`;
    return node;
  });
  return html(
    "div",
    { class: "ll-presets", role: "group", "aria-label": "Ready-made experiments" },
    html("span", { class: "ll-name" }, "Try"),
    ...buttons,
  );
}
