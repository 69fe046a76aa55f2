"""The cost of a stroke is that of each call, by whatever clock, and of the memory it takes."""

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lineart_lib.evaluation.latency import stroke_cost
from lineart_lib.evaluation.traps import traps

CASES = [traps()["nearest hint"].case, traps()["random walker"].case]
"""Two regions each."""


def white(lineart, hints, mask):
    """Colour nothing."""
    return np.repeat(lineart, 3, axis=0)


def test_each_stroke_is_timed_once_and_the_first_call_is_not():
    """Equivalence: four strokes on two cases, five calls; a clock of our own gives the times."""
    seen = []

    def method(lineart, hints, mask):
        seen.append(int(hints[3].sum()))
        return white(lineart, hints, mask)

    ticks = iter([0.0, 0.001, 0.0, 0.002, 0.0, 0.003, 0.0, 0.104])
    cost = stroke_cost(method, CASES, clock=lambda: next(ticks))
    assert cost.strokes == 4
    assert cost.median_ms == pytest.approx(2.5)
    assert cost.late_ms == pytest.approx(3 + 0.7 * 101)
    assert len(seen) == 5
    assert seen[0] == seen[1] < seen[2]
    assert stroke_cost(white, CASES, most=1).strokes == 2


def test_a_drawing_is_handed_over_as_the_method_takes_it():
    """Property: the method gets what `given` makes of each drawing, and the clock stands still
    meanwhile."""
    now = 0.0

    def given(lineart, hints, mask):
        nonlocal now
        now += 60
        return lineart.shape, int(hints[3].sum())

    def method(size, hinted):
        nonlocal now
        assert size == CASES[0].lineart.shape
        assert hinted > 0
        now += 0.005

    cost = stroke_cost(method, CASES[:1], clock=lambda: now, given=given)
    assert (cost.median_ms, cost.late_ms) == pytest.approx((5, 5))


def hungry(lineart, hints, mask):
    """Fill 160 MB on the way."""
    np.ones(20_000_000)
    return white(lineart, hints, mask)


def peaks():
    """Measure a call that takes little, one that takes much, and the first again."""
    return [stroke_cost(method, CASES[:1]).peak_mb for method in (white, hungry, white)]


def test_memory_is_what_a_call_takes():
    """Property: 160 MB that a call fills are seen, within the noise of an allocator; a system that
    cannot tell the peak gives no number for any call.

    In a process of its own: this one may have been told to keep what it frees.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        before, much, after = alone.submit(peaks).result()
    if not Path("/proc/self/clear_refs").exists():  # Linux alone tells the peak.
        assert np.isnan([before, much, after]).all()
        return
    assert much - before == pytest.approx(160, abs=16)
    assert after - before < 16


def test_a_system_that_says_nothing_gives_no_number(monkeypatch):
    """Property: NaN, not zero."""
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: (_ for _ in ()).throw(OSError()))
    assert math.isnan(stroke_cost(white, CASES[:1]).peak_mb)


def test_nothing_to_mark_is_refused():
    """Error: without regions there is no stroke."""
    with pytest.raises(ValueError, match="none of the 0 cases"):
        stroke_cost(white, [])
