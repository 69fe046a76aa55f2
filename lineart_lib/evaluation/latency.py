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

from lineart_lib.evaluation.hinting import neat_marks
from lineart_lib.evaluation.protocol import Method
from lineart_lib.evaluation.scores import Case


@dataclass(frozen=True)
class StrokeCost:
    """Of one method at one size."""

    strokes: int
    """How many were timed."""
    median_ms: float
    """Half of the strokes took less."""
    late_ms: float
    """Nineteen of twenty took less."""
    peak_mb: float
    """Most resident memory of the process while it was called; NaN where the system does not say.
    Take away that of a method that does nothing, measured in a process of its own."""


def stroke_cost(
    method: Method,
    cases: Sequence[Case],
    clock: Callable[[], float] = time.process_time,
    most: int = 8,
) -> StrokeCost:
    """Time every stroke of a user who marks the largest regions one after the other.

    Parameters
    ----------
    method : callable
        ``colorize(lineart, hints, mask) -> picture``. It is called once before the clock runs,
        since a first call may import or compile.
    cases : sequence of Case
        All of one size.
    clock : callable
        Returns seconds. Processor time by default, which other programs disturb little; where the
        work is done by another device, take `time.perf_counter` and wait for it in the method.
    most : int
        Strokes on each case, at most.

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
            hints = marks.drawn(range(stroke))
            if not times:
                method(case.lineart, hints, mask)
            start = clock()
            method(case.lineart, hints, mask)
            times.append(1000 * (clock() - start))
    if not times:
        raise ValueError(f"none of the {len(cases)} cases has a region to mark")
    median, late = np.quantile(times, [0.5, 0.95])
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
