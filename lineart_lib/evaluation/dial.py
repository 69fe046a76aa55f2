"""How a painter with a dial trades fidelity for variety: both at every setting, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineart_lib.evaluation.hinting import neat_marks
from lineart_lib.evaluation.protocol import Estimate, interval
from lineart_lib.evaluation.scores import Case, diversity, nearness

Varying = Callable[
    [NDArray[np.float32], NDArray[np.float32], float, Sequence[int]], NDArray[np.floating]
]
"""``paint(lineart, hints, setting, seeds) -> pictures``: (B, 1, H, W), (B, 4, H, W), the dial and K
seeds give (B, K, 3, H, W), in [-1, 1], with lines. At setting 0 there is no chance: all seeds give
one picture."""


@dataclass(frozen=True)
class Turned:
    """What a painter scored; the axes of each are settings, ratios and cases."""

    settings: tuple[float, ...]
    ratios: tuple[float, ...]
    seeds: int
    """Pictures of each case, ratio and setting above 0."""
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
    most: int = 32,
) -> Turned:
    """Let a painter colour every case at every setting and ratio, once for each seed.

    At setting 0, where all seeds agree, it is asked for one of them.

    Parameters
    ----------
    paint : callable
        As `Varying`.
    cases : sequence of Case
        Of one size, since several are painted together.
    settings : sequence of float
        Of the dial, at least 0.
    ratios : sequence of float
        Shares of the regions that are hinted, as in the protocol.
    seeds : sequence of int
        Two at least.
    most : int
        Pictures that are painted together, unless there are more seeds: all of a case are.

    Raises
    ------
    ValueError
        There are fewer than two seeds.
    """
    if len(seeds) < 2:
        raise ValueError(f"variety is between two seeds at least; got {len(seeds)}")
    found = np.full((4, len(settings), len(ratios), len(cases)), np.nan)
    marks = [neat_marks(case) for case in cases]
    for row, ratio in enumerate(ratios):
        hints = [one.hints(ratio) for one in marks]
        for number, setting in enumerate(settings):
            asked = seeds if setting > 0 else seeds[:1]
            together = max(1, most // len(asked))
            for first in range(0, len(cases), together):
                part = range(first, min(first + together, len(cases)))
                lineart = np.stack([cases[column].lineart for column in part])
                made = paint(lineart, np.stack([hints[column] for column in part]), setting, asked)
                for column, pictures in zip(part, made, strict=True):
                    found[:, number, row, column] = _scored(pictures, cases[column], hints[column])
    return Turned(tuple(settings), tuple(ratios), len(seeds), *found)


def _scored(
    pictures: NDArray[np.floating], case: Case, hints: NDArray[np.floating]
) -> tuple[float, float, float, float]:
    """Return what `Turned` holds of the pictures (K, 3, H, W) of one case."""
    difference, obeyed = np.transpose([nearness(picture, case, hints) for picture in pictures])
    apart = diversity(pictures, case) if len(pictures) > 1 else 0.0
    return difference.mean(), difference.min(), apart, obeyed.mean()
