import { animation, workFor } from "../parts/animation.js";
import { html } from "../parts/elements.js";
import { button, clock } from "../parts/fields.js";

const LONGEST = 5000; // Steps after which training pauses.
const BUSY_MS = 8; // Of each frame; the rest belongs to the page.

// Trains, pauses, and starts again. `draw` shows where training is, `onrest` hears when it pauses,
// `onempty` that there is no point to learn from.
export function createTransport(place, training, { draw, onrest, onempty, onreset }) {
  const playButton = button("Train", () => (motion.running ? pause() : play()), "ll-primary");
  const steps = clock();
  const motion = animation(place, {
    everyMs: 45,
    advance() {
      workFor(BUSY_MS, () => training.step());
      return training.network.t < LONGEST;
    },
    draw,
    ended: pause,
  });

  function play() {
    if (training.points().length) return motion.start();
    steps.textContent = "add points first";
    onempty();
  }

  function pause() {
    const was = motion.stop();
    draw();
    if (was && training.losses.length) onrest();
  }

  function stepOnce() {
    pause();
    training.step();
    draw();
  }

  return {
    node: html(
      "div",
      { class: "ll-transport" },
      playButton,
      button("Step", stepOnce),
      button("Reset", onreset),
      steps,
    ),
    show() {
      steps.textContent = `step ${training.network.t.toLocaleString("en")}`;
      playButton.textContent = motion.running ? "Pause" : "Train";
      playButton.setAttribute("aria-pressed", String(motion.running));
    },
    stop: () => motion.stop(),
  };
}
