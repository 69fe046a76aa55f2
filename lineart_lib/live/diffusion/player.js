import { animation } from "../parts/animation.js";
import { button, clock, field, slider, valueText } from "../parts/fields.js";
import { STEPS } from "./schedules.js";

// Plays a walk from noise to data, in `seconds`, or shows it at the time of a slider. `draw` shows
// where it is; `onrest` is told a word when it stops by itself or by the button; `onnew` makes
// another walk.
export function createPlayer(uid, place, { seconds, draw, onrest, onnew }) {
  let passed = 1; // The share of the walk that is shown.
  const playButton = button("Play", () => (motion.running ? pause() : play()), "ll-primary");
  const newButton = button("New noise", () => {
    onnew();
    play();
  });
  const steps = clock();
  const time = slider({ min: 0, max: 1, step: 0.001 }, (value) => {
    pause();
    passed = value;
    draw();
  });
  const timeText = valueText();
  const motion = animation(place, {
    everyMs: 30,
    advance(ms) {
      passed = Math.min(1, passed + ms / (1000 * seconds));
      return passed < 1;
    },
    draw,
    ended: pause,
  });

  function play() {
    if (passed >= 1) passed = 0;
    motion.start();
  }

  function pause() {
    const was = motion.stop();
    draw();
    if (was) onrest(passed >= 1 ? "Arrived" : "Paused");
  }

  return {
    buttons: [playButton, newButton],
    clock: steps,
    field: field(uid, "Time", time, timeText),
    get passed() {
      return passed;
    },
    show(t, count) {
      time.value = passed;
      timeText.textContent = `t = ${Math.max(0, Math.round(t) + 1)}`;
      time.setAttribute("aria-valuetext", `${timeText.textContent} of ${STEPS}, 0 is clean`);
      steps.textContent = `step ${Math.round(passed * count)} of ${count}`;
      playButton.textContent = motion.running ? "Pause" : "Play";
    },
    finish() {
      motion.stop();
      passed = 1;
    },
    stop: () => motion.stop(),
  };
}
