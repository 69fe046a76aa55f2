import { clamp } from "./numbers.js";

const LONGEST_MS = 200; // That one frame counts for: a hidden page stands still.

export const motionIsReduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Run the toy in a place frame by frame. `advance` moves it on by the milliseconds since the last frame and says
// whether there is more to come; else `ended` is called. `draw` shows it, once in `everyMs`; under
// reduced motion once in `calmMs`, so that the picture does not change continuously.
export function animation(place, { advance, draw, ended, everyMs, calmMs = 500 }) {
  let request = 0;
  let last = 0;
  let drawn = 0;
  const frame = (now) => {
    if (!place.isConnected) return;
    // A frame may have begun before the click that started this one.
    const more = advance(clamp(now - last, 0, LONGEST_MS));
    last = Math.max(last, now);
    if (!more) return ended();
    if (now - drawn > (motionIsReduced() ? calmMs : everyMs)) {
      drawn = now;
      draw();
    }
    request = requestAnimationFrame(frame);
  };
  return {
    get running() {
      return request !== 0;
    },
    start() {
      cancelAnimationFrame(request);
      last = performance.now();
      drawn = 0;
      request = requestAnimationFrame(frame);
      draw();
    },
    // Tells whether it was running.
    stop() {
      const was = request !== 0;
      cancelAnimationFrame(request);
      request = 0;
      return was;
    },
  };
}

// Repeat some work for about `ms` milliseconds, at least once.
export function workFor(ms, work) {
  const end = performance.now() + ms;
  do work();
  while (performance.now() < end);
}
