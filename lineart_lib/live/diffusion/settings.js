import { field, menu, slider, valueText } from "../parts/fields.js";
import { samplers } from "./samplers.js";
import { schedules } from "./schedules.js";

// How to walk: the sampler under a label of its own, the number of steps up to `most`, and the
// schedule. `change` takes a key of the state and its new value.
export function createWalkSettings(uid, { samplerLabel, most, change }) {
  const sampler = menu(samplers, (value) => change("sampler", value));
  const schedule = menu(schedules, (value) => change("schedule", value));
  const steps = slider({ min: 0, max: Math.log(most), step: 0.01 }, (power) =>
    change("steps", Math.round(Math.exp(power))),
  );
  const stepsText = valueText();
  return {
    sampler: field(uid, samplerLabel, sampler),
    steps: field(uid, "Steps", steps, stepsText),
    schedule: field(uid, "Schedule", schedule),
    show(state) {
      sampler.value = state.sampler;
      schedule.value = state.schedule;
      steps.value = Math.log(state.steps);
      stepsText.textContent = state.steps;
      steps.setAttribute("aria-valuetext", `${state.steps} steps`);
    },
  };
}
