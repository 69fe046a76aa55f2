"""The measuring protocol: test sets, hints without chance, curves, and how sure they are.

A method is a function ``colorize(lineart, hints, mask) -> picture`` as in
`lineart_lib.evaluation.fills`. It colours every case at every share of hinted regions; each score
becomes a curve over that share, and the area under it is one number [1]_.

References
----------
.. [1] Madono, Yuan, Simo-Serra, "Hint-AUC", IEEE Transactions on Visualization and Computer
   Graphics, 2026, doi 10.1109/TVCG.2026.3738401.
.. [2] Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13: percentile
   intervals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.evaluation.scores import NAMES, Case, score, signal_to_noise
from lineart_lib.recipe.damage import damaged
from lineart_lib.recipe.hints import RATIOS, region_hints
from lineart_lib.recipe.lineart import extract
from lineart_lib.recipe.pictures import Pictures

Method = Callable[
    [NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]], NDArray[np.float32]
]
Extractor = Callable[[NDArray[np.floating]], NDArray[np.float32]]
"""Draws lines (1, H, W) from an illustration (3, H, W)."""

SETS = {
    "T1": "OpenMoji, the artists' lines",
    "T2": "DiceBear, styles that nobody trained on",
    "T3": "both, lines extracted from the picture",
    "T4": "both, lines and hints damaged",
}
"""The test sets, by the names that tables give them."""
REACH_PX = 3
"""Farthest that a damaged hint may be moved, across and down."""


def artist_cases(pictures: Pictures) -> list[Case]:
    """Take drawings as they are: the lines are the artist's (T1, T2)."""
    cases = []
    for number in range(len(pictures)):
        art = pictures.row(number)
        lines = images.to_lineart(art.lineart)
        cases.append(Case(art.name, lines, lines, images.to_picture(art.colour), art.regions))
    return cases


def extracted_cases(pictures: Pictures, extractor: Extractor | None = None) -> list[Case]:
    """Draw the lines anew from the finished picture, as for scraped art (T3).

    Parameters
    ----------
    pictures : Pictures
    extractor : callable, optional
        The recipe's XDoG by default.
    """
    extractor = extractor or extract
    return [
        replace(case, lineart=extractor(images.to_picture(pictures.illustration[number])))
        for number, case in enumerate(artist_cases(pictures))
    ]


def damaged_cases(pictures: Pictures, seed: int = 0) -> list[Case]:
    """Damage the lines: gaps, lost strokes, jitter, uneven width (T4).

    Each drawing draws from a generator of its own name, so that a subset is damaged alike.
    """
    return [
        replace(case, lineart=damaged(case.lineart, _generator(case.name, seed)))
        for case in artist_cases(pictures)
    ]


def hints_of(case: Case, ratio: float, shape: str = "scribble") -> NDArray[np.float32]:
    """Hint the largest regions, as `lineart_lib.recipe.hints.region_hints` does."""
    return region_hints(case.colour, case.regions, ratio, shape)


def careless_hints(case: Case, ratio: float, shape: str = "scribble") -> NDArray[np.float32]:
    """Hint as a hurried hand does: all strokes moved by up to `REACH_PX`, and every fifth lost.

    So a stroke may overshoot its border, or lie in the neighbour's region.
    """
    draw = _generator(case.name, 1)
    hints = hints_of(case, ratio, shape)
    moved = np.zeros_like(hints)
    codes = images.to_bytes(np.clip(hints[:3], -1, 1)).astype(np.int64)
    codes = (codes[0] << 16 | codes[1] << 8 | codes[2]) * (hints[3] > 0)
    for code in np.unique(codes[hints[3] > 0]):
        stroke = hints * ((codes == code) & (hints[3] > 0))
        shift = draw.integers(-REACH_PX, REACH_PX, 2, endpoint=True)
        stroke = _shifted(stroke, int(shift[0]), int(shift[1]))
        if draw.random() < 0.8 or not moved[3].any():
            moved = np.where(stroke[3] > 0, stroke, moved)
    return moved.astype(np.float32)


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
    hints: Callable[[Case, float], NDArray[np.float32]] = hints_of,
    done: Callable[[], None] = lambda: None,
) -> Curve:
    """Let a method colour every case at every share, and score what it makes.

    Parameters
    ----------
    method : callable
    cases : sequence of Case
    ratios : sequence of float
        Shares of the regions that are hinted, in [0, 1].
    hints : callable
        `hints_of` or `careless_hints`.
    done : callable
        Called after each case, for a progress bar.

    Notes
    -----
    Where two shares hint the same regions of a case, since it has few, it is coloured once.
    """
    found = np.empty((len(ratios), len(cases), len(NAMES)))
    for column, case in enumerate(cases):
        mask = np.ones_like(case.lineart)
        known: dict[bytes, tuple[float, ...]] = {}
        for row, ratio in enumerate(ratios):
            given = hints(case, ratio)
            key = given.tobytes()
            if key not in known:
                known[key] = astuple(score(method(case.lineart, given, mask), case, given))
            found[row, column] = known[key]
        done()
    return Curve(found, tuple(ratios))


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
    return _interval(float(area(curve, statistic)[0]), area(curve, statistic, weights))


def difference(
    first: Curve, second: Curve, statistic: str, weights: NDArray[np.floating]
) -> Estimate:
    """Return by how much the first area is above the second; both see the same redrawn pictures."""
    value = area(first, statistic)[0] - area(second, statistic)[0]
    return _interval(
        float(value), area(first, statistic, weights) - area(second, statistic, weights)
    )


def _interval(value: float, redrawn: NDArray[np.float64]) -> Estimate:
    low, high = np.nanpercentile(redrawn, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


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


def _generator(name: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _shifted(planes: NDArray[np.floating], down: int, right: int) -> NDArray[np.floating]:
    """Move planes (C, H, W); what leaves the picture is lost."""
    found = np.zeros_like(planes)
    height, width = planes.shape[1:]
    to = [slice(max(0, n), min(side, side + n)) for n, side in ((down, height), (right, width))]
    of = [slice(max(0, -n), min(side, side - n)) for n, side in ((down, height), (right, width))]
    found[:, to[0], to[1]] = planes[:, of[0], of[1]]
    return found
