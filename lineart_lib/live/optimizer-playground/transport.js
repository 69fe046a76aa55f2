import { animation, motionIsReduced } from "../parts/animation.js";
import { html } from "../parts/elements.js";
import { button, clock } from "../parts/fields.js";
import { clamp } from "../parts/numbers.js";

// Plays the walks step by step. `draw` shows them as far as `shown`, `onrest` hears when they stop,
// `onlonger` that the state's steps have grown.
export function createTransport(place, state, { draw, onrest, onlonger }) {
  let shown = state.steps; // Steps to be seen; the whole walk at rest.
  let due = 0; // The part of a step that has passed while playing.
  const playButton = button("Play", () => (motion.running ? pause() : play()), "ll-primary");
  const steps = clock();
  const motion = animation(place, {
    everyMs: 0,
    calmMs: 0,
    advance(ms) {
      const stepsPerSecond = motionIsReduced() ? 3 : clamp(state.steps / 5, 6, 90);
      due += (ms / 1000) * stepsPerSecond;
      shown += Math.floor(due);
      due %= 1;
      return shown < state.steps;
    },
    draw,
    ended: pause,
  });

  function play() {
    [shown, due] = [0, 0];
    motion.start();
  }

  function pause() {
    motion.stop();
    shown = Math.min(shown, state.steps);
    draw();
    onrest();
  }

  function stepOnce() {
    pause();
    const next = shown + 1;
    state.steps = Math.max(state.steps, next);
    onlonger();
    shown = next;
    draw();
  }

  function rewind() {
    pause();
    shown = 0;
    draw();
  }

  return {
    node: html(
      "div",
      { class: "ll-transport" },
      playButton,
      button("Step", stepOnce),
      button("Rewind", rewind),
      steps,
      html("span", { class: "ll-hint" }, "Drag the ring to start elsewhere"),
    ),
    get shown() {
      return shown;
    },
    play,
    pause,
    // Show the whole walk, unless it plays.
    finish() {
      if (!motion.running) shown = state.steps;
    },
    show() {
      steps.textContent = `step ${Math.min(shown, state.steps)} of ${state.steps}`;
      playButton.textContent = motion.running ? "Pause" : "Play";
      playButton.setAttribute("aria-pressed", String(motion.running));
    },
    stop: () => motion.stop(),
  };
}
