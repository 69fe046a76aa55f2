"""How a painter with a dial trades fidelity for variety: both at every setting, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineart_lib.evaluation.hinting import neat_marks
from lineart_lib.evaluation.protocol import Estimate, interval
from lineart_lib.evaluation.scores import Case, diversity, score

Varying = Callable[
    [NDArray[np.float32], NDArray[np.float32], float, Sequence[int]], NDArray[np.floating]
]
"""``paint(lineart, hints, setting, seeds) -> pictures``: (1, H, W), (4, H, W), the dial and K seeds
give (K, 3, H, W), in [-1, 1], with lines."""


@dataclass(frozen=True)
class Turned:
    """What a painter scored; the axes of each are settings, ratios and cases."""

    settings: tuple[float, ...]
    ratios: tuple[float, ...]
    seeds: int
    """Pictures of each case, ratio and setting."""
    mean: NDArray[np.float64]
    """ΔE00 outside lines, in the mean over the seeds."""
    best: NDArray[np.float64]
    """The same of the seed that is nearest to the artist's picture."""
    apart: NDArray[np.float64]
    """Mean ΔE00 between two seeds."""
    obeyed: NDArray[np.float64]
    """Mean ΔE00 under the hints; NaN where there is none."""

    def estimate(
        self, name: str, setting: float, ratio: float, weights: NDArray[np.floating]
    ) -> Estimate:
        """Return the mean over cases of one score, and its interval under redrawn cases.

        Parameters
        ----------
        name : {"mean", "best", "apart", "obeyed"}
        setting, ratio : float
            One of each.
        weights : ndarray
            (draws, cases), of `lineart_lib.evaluation.protocol.draws`.
        """
        values = getattr(self, name)[self.settings.index(setting), self.ratios.index(ratio)]
        known = ~np.isnan(values)
        if not known.any():
            return Estimate(np.nan, np.nan, np.nan)
        with np.errstate(invalid="ignore"):
            redrawn = weights[:, known] @ values[known] / weights[:, known].sum(1)
        return interval(float(values[known].mean()), redrawn)


def turn_dial(
    paint: Varying,
    cases: Sequence[Case],
    settings: Sequence[float],
    ratios: Sequence[float],
    seeds: Sequence[int],
) -> Turned:
    """Let a painter colour every case at every setting and ratio, once for each seed.

    Parameters
    ----------
    paint : callable
        As `Varying`.
    cases : sequence of Case
    settings : sequence of float
        Of the dial.
    ratios : sequence of float
        Shares of the regions that are hinted, as in the protocol.
    seeds : sequence of int
        Two at least.
    """
    found = np.full((4, len(settings), len(ratios), len(cases)), np.nan)
    for column, case in enumerate(cases):
        marks = neat_marks(case)
        for row, ratio in enumerate(ratios):
            hints = marks.hints(ratio)
            for number, setting in enumerate(settings):
                pictures = list(paint(case.lineart, hints, setting, seeds))
                scored = [score(picture, case, hints) for picture in pictures]
                differences = [one.difference for one in scored]
                obeyed = (
                    scored[0].obeyed
                    if np.isnan(scored[0].obeyed)
                    else np.mean([one.obeyed for one in scored])
                )
                found[:, number, row, column] = (
                    np.mean(differences),
                    np.min(differences),
                    diversity(pictures, case),
                    obeyed,
                )
    return Turned(tuple(settings), tuple(ratios), len(seeds), *found)
