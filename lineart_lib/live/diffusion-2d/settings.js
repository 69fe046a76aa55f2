import { createWalkSettings } from "../diffusion/settings.js";
import { field, menu, slider, valueText } from "../parts/fields.js";
import { clouds } from "./clouds.js";

export const MOST_STEPS = 200;
// The spread of a point lies between.
export const NARROWEST = 0.01;
export const WIDEST = 0.5;

// What the particles are drawn to, and how they walk there.
export function createSettings(uid, change) {
  const data = menu(clouds, (value) => change("data", value));
  const spread = slider({ min: Math.log(NARROWEST), max: Math.log(WIDEST), step: 0.001 }, (power) =>
    change("spread", +Math.exp(power).toPrecision(2)),
  );
  const spreadText = valueText();
  const how = createWalkSettings(uid, { samplerLabel: "Particles by", most: MOST_STEPS, change });
  return {
    fields: [
      field(uid, "Data", data),
      field(uid, "Spread", spread, spreadText),
      how.sampler,
      how.steps,
      how.schedule,
    ],
    show(state) {
      data.value = state.data;
      spread.value = Math.log(state.spread);
      spreadText.textContent = state.spread;
      spread.setAttribute("aria-valuetext", `standard deviation ${state.spread}`);
      how.show(state);
    },
  };
}
