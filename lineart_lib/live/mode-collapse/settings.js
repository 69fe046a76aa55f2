import { field, menu, slider, valueText } from "../parts/fields.js";
import { objectives } from "./game.js";

// The sliders and the menu; `change` takes a key of the state and its new value.
export function createSettings(uid, change) {
  const objective = menu(objectives, (value) => change("objective", value));
  const modes = slider({ min: 2, max: 12, step: 1 }, (value) => change("modes", value));
  const rate = slider({ min: -4, max: -1.5, step: 0.05 }, (power) =>
    change("learning_rate", +(10 ** power).toPrecision(2)),
  );
  const [modesText, rateText] = [valueText(), valueText()];
  return {
    fields: [
      field(uid, "Loss", objective),
      field(uid, "Modes", modes, modesText),
      field(uid, "Learning rate", rate, rateText),
    ],
    show(state) {
      objective.value = state.objective;
      modes.value = modesText.textContent = state.modes;
      rate.value = Math.log10(state.learning_rate);
      rateText.textContent = state.learning_rate;
    },
  };
}
