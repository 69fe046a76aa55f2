"""A simulated user: hints the region that is worst, again and again, until all are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lineart_lib import images
from lineart_lib.evaluation.hinting import neat_marks
from lineart_lib.evaluation.protocol import Method
from lineart_lib.evaluation.scores import SAME, Case, laid_under

LEAST_PX = 16
"""Regions with fewer bare pixels are too small for anyone to care."""
TOLERATED = 0.25
"""Share of a region that may have another colour before the user minds."""


def strokes_needed(
    method: Method, case: Case, most: int = 30, done: Callable[[], None] = lambda: None
) -> int:
    """Count the strokes until every region is right.

    The user starts with the picture that the method makes of no hint. A region, or the bare paper,
    is right when at most `TOLERATED` of it has a ΔE00 of `SAME` or more. Of those that are not, the
    user hints the one with the largest sum of ΔE00, by one scribble in its colour. What stays wrong
    although it was hinted is left as it is: a second stroke of that colour would not help.

    Parameters
    ----------
    method : callable
        ``colorize(lineart, hints, mask) -> picture``.
    case : Case
    most : int
        The user gives up after that many strokes.
    done : callable
        Called after each picture that the method made.

    Returns
    -------
    int
        Strokes given, or `most` + 1 when regions are wrong at the end.
    """
    truth = laid_under(case.colour, case.artist)
    mask = np.ones_like(case.lineart)
    paper = case.regions.max() + 1 if (case.regions == 0).any() else 0
    seen = replace(case, regions=np.where(case.regions == 0, paper, case.regions))
    marks = neat_marks(seen)
    number = {region: k for k, region in enumerate(marks.regions)}
    regions = np.where(case.bare, seen.regions, 0)
    sizes = np.bincount(regions.ravel(), minlength=int(seen.regions.max()) + 1)
    looked_at = [n for n in range(1, len(sizes)) if sizes[n] >= LEAST_PX]
    hinted: list[int] = []
    while True:
        picture = method(case.lineart, marks.drawn([number[n] for n in hinted]), mask)
        done()
        far = images.delta_e(picture, truth)
        sums = np.bincount(regions.ravel(), far.ravel(), minlength=len(sizes))
        off = np.bincount(regions[far >= SAME], minlength=len(sizes))
        wrong = [n for n in looked_at if off[n] > TOLERATED * sizes[n]]
        if not wrong:
            return len(hinted)
        open_to_hints = [n for n in wrong if n not in hinted]
        if not open_to_hints or len(hinted) == most:
            return most + 1
        hinted.append(max(open_to_hints, key=lambda n: sums[n]))
