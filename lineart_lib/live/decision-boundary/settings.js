import { html } from "../parts/elements.js";
import { field, menu, slider, valueText } from "../parts/fields.js";
import { activations } from "../parts/network.js";
import { datasets } from "./datasets.js";

const UNITS = 64; // At most in a layer.
const OFF = -5; // The power of ten at which the slider of the penalty means none.

// A whole number from 0 to a limit; anything else is turned down.
function wholeNumber(limit, attributes, onchange) {
  const node = html("input", {
    type: "number",
    min: 0,
    max: limit,
    step: 1,
    ...attributes,
    onchange: () => {
      const value = Math.round(node.valueAsNumber);
      onchange(value >= 0 && value <= limit ? value : null);
    },
  });
  return node;
}

// Everything that shapes the data and the network. `change` gets a key of the state and its new
// value, null for one that was turned down.
export function createSettings(uid, state, change) {
  const twoDigits = (power) => +(10 ** power).toPrecision(2);
  const dataset = menu(datasets, (value) => change("dataset", value));
  const noise = slider({ min: 0, max: 0.5, step: 0.01 }, (value) => change("noise", value));
  const layers = [0, 1].map((k) =>
    wholeNumber(
      UNITS,
      { "aria-label": `Units in hidden layer ${k + 1}; 0 leaves the layer out` },
      (units) => {
        if (units !== null) state.hidden[k] = units;
        change("hidden", state.hidden);
      },
    ),
  );
  const shape = html("output", { class: "ll-shape" });
  const activation = menu(activations, (value) => change("activation", value));
  const rate = slider({ min: -4, max: 0, step: 0.05 }, (power) =>
    change("learning_rate", twoDigits(power)),
  );
  const penalty = slider({ min: OFF, max: -1, step: 0.1 }, (power) =>
    change("l2", power <= OFF ? 0 : twoDigits(power)),
  );
  const seed = wholeNumber(1e6, {}, (value) => change("seed", value ?? state.seed));
  const [noiseText, rateText, penaltyText] = [valueText(), valueText(), valueText()];

  return {
    fields: [
      field(uid, "Data", dataset),
      field(uid, "Noise", noise, noiseText),
      html(
        "div",
        { class: "ll-field", role: "group", "aria-label": "Hidden layers" },
        html("span", { class: "ll-name" }, "Hidden units"),
        ...layers,
      ),
      shape,
      field(uid, "Activation", activation),
      field(uid, "Learning rate", rate, rateText),
      field(uid, "L2 penalty", penalty, penaltyText),
      field(uid, "Seed", seed),
    ],
    show(sizes) {
      dataset.value = state.dataset;
      activation.value = state.activation;
      noise.value = state.noise;
      noiseText.textContent = state.noise.toFixed(2);
      layers.forEach((node, k) => (node.value = state.hidden[k] ?? 0));
      shape.textContent = `${sizes.join("-")}: a weight per link, a bias per unit`;
      rate.value = Math.log10(state.learning_rate);
      rateText.textContent = state.learning_rate;
      rate.setAttribute("aria-valuetext", rateText.textContent);
      penalty.value = state.l2 ? Math.log10(state.l2) : OFF;
      penaltyText.textContent = state.l2 || "off";
      penalty.setAttribute("aria-valuetext", penaltyText.textContent);
      seed.value = state.seed;
    },
  };
}
