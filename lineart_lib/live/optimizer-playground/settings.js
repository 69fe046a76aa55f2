import { html } from "../parts/elements.js";
import { field, slider } from "../parts/fields.js";
import { clamp } from "../parts/numbers.js";
import { HYPER } from "./optimizers.js";

const MOST_STEPS = 5000;
const MOST_CONDITION = 100;

// The numbers that an optimizer remembers by: label, smallest, largest.
const DECAYS = {
  momentum: ["Momentum α", 0, 1],
  rho: ["RMSProp ρ", 0, 1],
  beta1: ["Adam β₁", 0, 1],
  beta2: ["Adam β₂", 0, 1],
  decay: ["AdamW weight decay", 0, 10],
};

const threeDigits = (v) => +v.toPrecision(3);
const power = (v) => 10 ** v;

function numberInput(attributes, onchange) {
  const node = html("input", {
    type: "number",
    step: "any",
    ...attributes,
    onchange: () => onchange(node.valueAsNumber),
  });
  return node;
}

// A slider and the same value as a number. `fromSlider` turns the slider's value into it.
function scale(uid, label, { range, number, fromSlider = (v) => v }, change) {
  const bar = slider(range, (value) => change(fromSlider(value)));
  const exact = numberInput({ ...number, "aria-label": `${label}, as a number` }, change);
  return { box: field(uid, label, bar, exact), bar, exact };
}

// The rate, the steps, the shape of the bowl, the starting point, and the decay rates. `change` gets
// a key of the state and its new value, or the old one for a value that was turned down.
export function createSettings(uid, state, change) {
  const rate = scale(
    uid,
    "Learning rate ε",
    {
      range: { min: -4, max: 1, step: 0.01 },
      number: { min: 0.000001, max: 100, inputmode: "decimal" },
      fromSlider: power,
    },
    (value) => change("learning_rate", value > 0 ? threeDigits(value) : state.learning_rate),
  );
  const steps = scale(
    uid,
    "Steps",
    { range: { min: 1, max: 500, step: 1 }, number: { min: 1, max: MOST_STEPS, step: 1 } },
    (value) => change("steps", clamp(Math.round(value) || 1, 1, MOST_STEPS)),
  );
  const condition = scale(
    uid,
    "Condition number",
    {
      range: { min: 0, max: Math.log10(MOST_CONDITION), step: 0.01 },
      number: { min: 1, max: MOST_CONDITION },
      fromSlider: power,
    },
    (value) => change("condition", clamp(threeDigits(value) || 1, 1, MOST_CONDITION)),
  );
  const places = ["x", "y"].map((axis, i) => {
    const input = numberInput({ "aria-label": `Start, ${axis}` }, (value) => {
      const moved = Number.isFinite(value) ? value : state.start[i];
      change("start", state.start.with(i, moved));
    });
    return { input, box: html("label", { class: "ll-short" }, axis, input) };
  });
  const start = html(
    "div",
    { class: "ll-field ll-start", role: "group", "aria-label": "Starting point" },
    html("span", { class: "ll-name" }, "Start"),
    ...places.map((place) => place.box),
  );

  return {
    fields: [rate.box, steps.box, condition.box, start, decayRates(state, change)],
    show() {
      rate.bar.value = Math.log10(state.learning_rate);
      rate.bar.setAttribute("aria-valuetext", String(state.learning_rate));
      rate.exact.value = state.learning_rate;
      steps.bar.value = steps.exact.value = state.steps;
      condition.box.hidden = state.function !== "bowl";
      condition.bar.value = Math.log10(state.condition);
      condition.bar.setAttribute("aria-valuetext", String(state.condition));
      condition.exact.value = state.condition;
      places[1].box.hidden = state.start.length === 1;
      places.forEach(({ input }, i) => (input.value = state.start[i] ?? ""));
    },
  };
}

function decayRates(state, change) {
  const fields = Object.entries(DECAYS).map(([key, [label, min, max]]) => {
    const input = numberInput({ min, max, value: HYPER[key] }, (value) => {
      const fits = value >= min && (key === "decay" ? value <= max : value < max);
      if (!fits) input.value = state.hyper[key];
      change("hyper", fits ? { ...state.hyper, [key]: value } : state.hyper);
    });
    return html("label", { class: "ll-short" }, label, input);
  });
  return html(
    "details",
    { class: "ll-more" },
    html("summary", {}, "Decay rates"),
    html("div", { class: "ll-grid" }, ...fields),
  );
}
