"""A simulated user: hints the region that is worst, again and again, until all are right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lineart_lib import images
from lineart_lib.evaluation.protocol import Method
from lineart_lib.evaluation.scores import SAME, Case, laid_under
from lineart_lib.recipe.hints import region_hints

LEAST_PX = 16
"""Regions with fewer bare pixels are too small for anyone to care."""


def strokes_needed(
    method: Method, case: Case, most: int = 30, done: Callable[[], None] = lambda: None
) -> int:
    """Count the strokes until every region is right.

    The user starts with the picture that the method makes of no hint. A region is right when its
    median ΔE00 to the artist's colour is below `SAME`. Of those that are not, the user hints the
    one with the largest sum of ΔE00, by one scribble in its colour. A region that stays wrong
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
    hints = np.zeros((4, *case.regions.shape), np.float32)
    regions = np.where(case.bare, case.regions, 0)
    sizes = np.bincount(regions.ravel(), minlength=int(case.regions.max()) + 1)
    looked_at = [n for n in range(1, len(sizes)) if sizes[n] >= LEAST_PX]
    hinted: set[int] = set()
    while True:
        picture = method(case.lineart, hints, mask)
        done()
        far = images.delta_e(picture, truth)
        medians = np.asarray(ndimage.median(far, regions, looked_at))
        sums = np.asarray(ndimage.sum(far, regions, looked_at))
        wrong = [k for k, n in enumerate(looked_at) if medians[k] >= SAME]
        if not wrong:
            return len(hinted)
        open_to_hints = [k for k in wrong if looked_at[k] not in hinted]
        if not open_to_hints or len(hinted) == most:
            return most + 1
        worst = looked_at[max(open_to_hints, key=lambda k: sums[k])]
        hints = np.where(hints[3] > 0, hints, _stroke(case, worst))
        hinted.add(worst)


def _stroke(case: Case, region: int) -> NDArray[np.float32]:
    """Scribble on one region in its colour."""
    return region_hints(case.colour, (case.regions == region).astype(np.int32), 1.0)
