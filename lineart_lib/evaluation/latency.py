"""What one stroke costs: the time until the picture is there, and the memory it takes.

A user who paints waits once a stroke. So a method is called as a user would call it, with one hint
more each time, on a drawing of the size that the user has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lineart_lib.evaluation.hinting import neat_marks
from lineart_lib.evaluation.scores import Case

Array = NDArray[np.floating]


@dataclass(frozen=True)
class StrokeCost:
    """Of one method at one size."""

    strokes: int
    """How many were timed."""
    median_ms: float
    """Half of the strokes took less."""
    late_ms: float
    """Nine of ten took less."""
    peak_mb: float
    """Most resident memory of the process while it was called; NaN where the system does not say.
    That of a method that does nothing, measured in a process of its own, is the floor."""


def as_planes(lineart: Array, hints: Array, mask: Array) -> tuple[Array, ...]:
    """Give them as they are."""
    return lineart, hints, mask


def stroke_cost(
    method: Callable[..., object],
    cases: Sequence[Case],
    clock: Callable[[], float] = time.perf_counter,
    most: int = 8,
    given: Callable[[Array, Array, Array], tuple[Array, ...]] = as_planes,
) -> StrokeCost:
    """Time every stroke of a user who marks the largest regions one after the other.

    Parameters
    ----------
    method : callable
        Takes what `given` returns, and returns when the picture is there. It is called once before
        the clock runs, since a first call may import or compile.
    cases : sequence of Case
        All of one size.
    clock : callable
        Returns seconds. By default those of the clock on the wall, which are what a user waits.
    most : int
        Strokes on each case, at most.
    given : callable
        Makes of lineart (1, H, W), hints (4, H, W) and mask (1, H, W) what the method takes, while
        no clock runs; by default nothing is changed.

    Raises
    ------
    ValueError
        No case has a region to mark.
    """
    times: list[float] = []
    _forget_peak()
    for case in cases:
        mask, marks = np.ones_like(case.lineart), neat_marks(case)
        for stroke in range(1, min(most, len(marks.regions)) + 1):
            drawing = given(case.lineart, marks.drawn(range(stroke)), mask)
            if not times:
                method(*drawing)
            start = clock()
            method(*drawing)
            times.append(1000 * (clock() - start))
    if not times:
        raise ValueError(f"none of the {len(cases)} cases has a region to mark")
    median, late = np.quantile(times, [0.5, 0.9])
    return StrokeCost(len(times), float(median), float(late), _peak_mb())


def _forget_peak() -> None:
    """Let Linux count the peak of this process anew; elsewhere nothing happens."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    """Read the peak that Linux counted, in MB; NaN elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("nan")
    [kib] = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kib) * 1024 / 1e6
