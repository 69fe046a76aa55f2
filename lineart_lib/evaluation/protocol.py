"""The measuring protocol: curves over the share of hinted regions, and how sure they are.

A method is a function ``colorize(lineart, hints, mask) -> picture`` as in
`lineart_lib.evaluation.fills`. It colours every case at every share of hinted regions; each score
becomes a curve over that share, and the area under it is one number [1]_.

A network may have more: an attribute ``batch(lineart, hints, mask) -> picture``, whose arrays have
a first axis that counts pictures, and it is called once a case; and an attribute ``key``, a string
that names its weights and code, so that what was measured can be kept (see
`lineart_lib.evaluation.evaluate`).

References
----------
.. [1] Madono, Yuan, Simo-Serra, "Hint-AUC", IEEE Transactions on Visualization and Computer
   Graphics, 2026, doi 10.1109/TVCG.2026.3738401.
.. [2] Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13: percentile
   intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from lineart_lib.evaluation.hinting import Marks, neat_marks
from lineart_lib.evaluation.scores import NAMES, Case, score, signal_to_noise
from lineart_lib.recipe.hints import RATIOS

Method = Callable[
    [NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]], NDArray[np.float32]
]


@dataclass(frozen=True)
class Curve:
    """What one method scored: every case at every share of hinted regions."""

    scores: NDArray[np.float64]
    """(ratios, cases, scores), the last axis in the order of `lineart_lib.evaluation.scores.NAMES`.
    """
    ratios: tuple[float, ...] = RATIOS

    def of(self, name: str) -> NDArray[np.float64]:
        """Return one score, (ratios, cases)."""
        return self.scores[..., NAMES.index(name)]


def measure(
    method: Method,
    cases: Sequence[Case],
    ratios: Sequence[float] = RATIOS,
    marks: Callable[[Case], Marks] = neat_marks,
    done: Callable[[], None] = lambda: None,
) -> Curve:
    """Let a method colour every case at every share, and score what it makes.

    Parameters
    ----------
    method : callable
    cases : sequence of Case
    ratios : sequence of float
        Shares of the regions that are hinted, in [0, 1].
    marks : callable
        `neat_marks` or `careless_marks`.
    done : callable
        Called after each case, for a progress bar.
    """
    found = []
    for case in cases:
        found.append(measure_case(method, case, marks(case), ratios))
        done()
    return Curve(np.stack(found, axis=1), tuple(ratios))


def measure_case(
    method: Method, case: Case, marks: Marks, ratios: Sequence[float] = RATIOS
) -> NDArray[np.float64]:
    """Score what a method makes of one case at every share: (ratios, scores).

    Where two shares show the same hints, since the case has few regions, it is coloured once.
    """
    return score_case(case, marks, ratios, colour_case(method, case, marks, ratios))


def colour_case(
    method: Method, case: Case, marks: Marks, ratios: Sequence[float] = RATIOS
) -> list[NDArray[np.float32]]:
    """Colour one case under the different hints of the shares, in their order."""
    return colour_together(method, case, list(_shown(marks, ratios).values()))


def score_case(
    case: Case, marks: Marks, ratios: Sequence[float], pictures: Sequence[NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Score the pictures of `colour_case` at every share: (ratios, scores)."""
    scored = {
        key: astuple(score(picture, case, hints))
        for (key, hints), picture in zip(_shown(marks, ratios).items(), pictures, strict=True)
    }
    return np.array([scored[marks.hints(ratio).tobytes()] for ratio in ratios])


def _shown(marks: Marks, ratios: Sequence[float]) -> dict[bytes, NDArray[np.float32]]:
    """Return the different hints that the shares show, by their bytes."""
    return {hints.tobytes(): hints for hints in map(marks.hints, ratios)}


def colour_together(
    method: Method, case: Case, hints: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Colour a case under several hints, (4, H, W) each, in one batch if the method knows how.

    Raises
    ------
    ValueError
        A batch came back with another number of pictures.
    """
    mask = np.ones_like(case.lineart)
    batch = getattr(method, "batch", None)
    if batch is None:
        return [method(case.lineart, given, mask) for given in hints]
    repeated = (np.repeat(plane[None], len(hints), axis=0) for plane in (case.lineart, mask))
    lineart, masks = repeated
    pictures = list(batch(lineart, np.stack(hints), masks))
    if len(pictures) != len(hints):
        raise ValueError(f"the batch has {len(hints)} pictures; {len(pictures)} came back")
    return pictures


STATISTICS: dict[str, tuple[str, str]] = {
    "mean ΔE00": ("difference", "mean"),
    "median ΔE00": ("difference", "median"),
    "90th percentile of ΔE00": ("difference", "90"),
    "pooled PSNR": ("error", "pooled"),
    "mean PSNR": ("error", "mean PSNR"),
    "median PSNR": ("error", "median PSNR"),
    "SSIM": ("similarity", "mean"),
    "right regions": ("regions", "mean"),
    "purity": ("purity", "mean"),
    "leak": ("leak", "mean"),
    "ΔE00 under hints": ("obeyed", "mean"),
}
"""Numbers of a table: which score each is of, and how it sums up the pictures."""


def summary(
    curve: Curve, statistic: str, weights: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Sum up the pictures at each share.

    Parameters
    ----------
    curve : Curve
    statistic : str
        One of `STATISTICS`.
    weights : ndarray, optional
        (draws, cases): how often each case counts. Once by default.

    Returns
    -------
    ndarray
        (draws, ratios); one draw without weights. NaN where no case has the score.
    """
    name, how = STATISTICS[statistic]
    values = curve.of(name)
    if weights is None:
        weights = np.ones((1, values.shape[1]))
    if how == "pooled":
        return signal_to_noise(_mean(values, weights))
    if how.endswith("PSNR"):
        values = signal_to_noise(values)
    if how.startswith("mean"):
        return _mean(values, weights)
    return _quantile(values, weights, 0.5 if how.startswith("median") else 0.9)


def area(curve: Curve, statistic: str, weights: NDArray[np.floating] | None = None):
    """Return the area under the curve of a statistic over the shares above 0, by their span.

    Trapezia; the result is a mean value of the statistic, in its own unit. The share 0, where a
    fill does nothing, is reported by itself and left out here.

    Returns
    -------
    ndarray
        (draws,).
    """
    ratios = np.array(curve.ratios)
    above = ratios > 0
    heights = summary(curve, statistic, weights)[:, above]
    span = ratios[above][-1] - ratios[above][0]
    return np.trapezoid(heights, ratios[above], axis=1) / span if span else heights[:, 0]


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def draws(cases: int, generator: np.random.Generator, count: int = 1000) -> NDArray[np.float64]:
    """Draw cases with replacement; return (count, cases), how often each came [2]_."""
    if cases < 2 or count < 100:
        raise ValueError(f"expected 2 cases and 100 draws at least; got {cases} and {count}")
    return generator.multinomial(cases, np.full(cases, 1 / cases), size=count).astype(float)


def estimate(curve: Curve, statistic: str, weights: NDArray[np.floating]) -> Estimate:
    """Return the area under a curve and its interval under redrawn pictures."""
    return interval(float(area(curve, statistic)[0]), area(curve, statistic, weights))


def difference(
    first: Curve, second: Curve, statistic: str, weights: NDArray[np.floating]
) -> Estimate:
    """Return by how much the first area is above the second; both see the same redrawn pictures."""
    value = area(first, statistic)[0] - area(second, statistic)[0]
    return interval(
        float(value), area(first, statistic, weights) - area(second, statistic, weights)
    )


def interval(value: float, redrawn: NDArray[np.float64]) -> Estimate:
    """Put the 95 % of the redrawn values beside a value; NaN where the score never occurs."""
    if np.isnan(redrawn).all():
        return Estimate(value, np.nan, np.nan)
    low, high = np.nanpercentile(redrawn, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def mean_of(values: NDArray[np.floating], weights: NDArray[np.floating]) -> Estimate:
    """Return the mean over pictures, and its 95 % interval under redrawn pictures.

    Parameters
    ----------
    values : ndarray
        (pictures,): a score, or the difference of two methods on the same pictures.
    weights : ndarray
        (draws, pictures), as `draws` makes them.
    """
    return interval(float(values.mean()), weights @ values / weights.sum(axis=1))


def _mean(values: NDArray[np.float64], weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return weighted means over cases that have a value: (draws, ratios)."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return (weights @ np.where(there, values, 0).T) / (weights @ there.T)


def _quantile(
    values: NDArray[np.float64], weights: NDArray[np.floating], share: float
) -> NDArray[np.float64]:
    """Return the least value with that share of the weight at or below it: (draws, ratios)."""
    found = np.empty((len(weights), len(values)))
    for row, line in enumerate(values):
        order = np.argsort(line)
        order = order[: np.count_nonzero(~np.isnan(line))]
        if not len(order):
            found[:, row] = np.nan
            continue
        below = np.cumsum(weights[:, order], axis=1)
        reached = (below >= share * below[:, -1:] - 1e-9).argmax(axis=1)
        found[:, row] = line[order][reached]
    return found
