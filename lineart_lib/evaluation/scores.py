"""How far one coloured picture is from the artist's: a number for each question asked of it.

Pixels on or beside a line say little of colour, so most scores look at bare paper only: where both
the artist's lineart and the one that was coloured are white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from lineart_lib import images
from lineart_lib.recipe.flats import median_colours

SAME = 5.0
"""ΔE00 below which two colours count as the same."""
PAPER = 0.99
"""From here on, in [-1, 1], a pixel of a lineart is bare paper."""


@dataclass(frozen=True)
class Case:
    """A lineart to be coloured, and what the artist painted."""

    name: str
    lineart: NDArray[np.float32]
    """(1, H, W), in [-1, 1]: what a method is given, damaged or extracted lines perhaps."""
    artist: NDArray[np.float32]
    """(1, H, W), in [-1, 1]: the artist's own lines."""
    colour: NDArray[np.float32]
    """(3, H, W), in [-1, 1]: what is under the lines, with its shading."""
    regions: NDArray[np.int32]
    """(H, W): 1 to n are the areas of one flat colour, 0 is bare paper."""

    @property
    def bare(self) -> NDArray[np.bool_]:
        """Where scores look: (H, W), no ink of either lineart."""
        return (self.lineart[0] >= PAPER) & (self.artist[0] >= PAPER)


@dataclass(frozen=True)
class Scores:
    """Of one picture. A score that asks for what is not there, a hint for example, is NaN."""

    difference: float
    """Mean ΔE00 outside lines."""
    error: float
    """Mean squared error outside lines, of values in [0, 1]."""
    similarity: float
    """SSIM of the whole pictures, lines laid over both, at most 1."""
    regions: float
    """Share of the regions whose majority colour is right."""
    purity: float
    """Mean share of a region that has its majority colour."""
    leak: float
    """Share of the pixels in regions that have another region's colour and not their own."""
    obeyed: float
    """Mean ΔE00 under the hints, where they lie on bare paper."""
    obeyed_95: float
    """95th percentile of the same."""


NAMES = tuple(field.name for field in fields(Scores))


def score(
    picture: NDArray[np.floating], case: Case, hints: NDArray[np.floating] | None = None
) -> Scores:
    """Score a picture.

    Parameters
    ----------
    picture : ndarray
        (3, H, W), in [-1, 1], lines laid over it, as `lineart_lib.evaluation.fills` return it.
    case : Case
        Of the same size.
    hints : ndarray, optional
        (4, H, W), the hints that it was made from.

    Raises
    ------
    ValueError
        The sizes differ or a value leaves its range.
    """
    truth, bare = _comparable(picture, case)
    difference = _apart(picture[:, bare], truth[:, bare])
    square = ((images.to_unit(picture) - images.to_unit(truth)) ** 2).mean(axis=0)
    similarity = structural_similarity(
        images.to_unit(picture).astype(np.float64),
        images.to_unit(truth).astype(np.float64),
        channel_axis=0,
        data_range=1.0,
    )
    obeyed = _under_hints(picture, hints, bare) if hints is not None else np.empty(0)
    return Scores(
        float(difference.mean()),
        float(square[bare].mean()),
        float(similarity),
        *_of_regions(picture, case, bare),
        float(obeyed.mean()) if len(obeyed) else np.nan,
        float(np.percentile(obeyed, 95)) if len(obeyed) else np.nan,
    )


def nearness(
    picture: NDArray[np.floating], case: Case, hints: NDArray[np.floating]
) -> tuple[float, float]:
    """Return `difference` and `obeyed` alone, for whoever scores thousands of pictures.

    Arguments and errors are those of `score`, which takes about four times as long.
    """
    truth, bare = _comparable(picture, case)
    obeyed = _under_hints(picture, hints, bare)
    return (
        float(_apart(picture[:, bare], truth[:, bare]).mean()),
        float(obeyed.mean()) if len(obeyed) else np.nan,
    )


def laid_under(colour: NDArray[np.floating], lineart: NDArray[np.floating]) -> NDArray[np.float32]:
    """Lay lines over colours by multiplying light, as fills do; (3, H, W), in [-1, 1]."""
    both = images.from_unit(images.to_unit(colour) * images.to_unit(lineart))
    return np.asarray(both, np.float32)


def exactness(
    picture: NDArray[np.floating], case: Case, mask: NDArray[np.floating]
) -> tuple[float, float]:
    """Return how much was changed that must not be: outside the mask, and on full ink.

    Returns
    -------
    tuple of float
        Largest absolute difference to the lineart outside the mask, and on pixels of full ink, in
        units of the range [-1, 1]. A method that keeps its promise has exactly 0 twice.
    """
    change = np.abs(picture - case.lineart).max(axis=0)
    outside, ink = mask[0] == 0, case.lineart[0] == -1
    return tuple(float(change[where].max()) if where.any() else 0.0 for where in (outside, ink))


def diversity(pictures: Sequence[NDArray[np.floating]], case: Case) -> float:
    """Return how far answers to the same lines and hints differ, by seed for example.

    It says nothing of how good they are: noise is diverse. Put it beside a score of fidelity.

    Parameters
    ----------
    pictures : sequence of ndarray
        (3, H, W) each, in [-1, 1]; two at least.
    case : Case
        Says where lines are.

    Returns
    -------
    float
        Mean ΔE00 outside lines over all pairs; 0 for a method without chance.

    Raises
    ------
    ValueError
        There is one picture or none.
    """
    if len(pictures) < 2:
        raise ValueError(f"diversity compares 2 pictures at least; got {len(pictures)}")
    seen = [images.to_lab(np.asarray(picture)[:, None, case.bare]) for picture in pictures]
    apart = [deltaE_ciede2000(*pair, channel_axis=0).mean() for pair in combinations(seen, 2)]
    return float(np.mean(apart))


def best_of(
    pictures: Sequence[NDArray[np.floating]],
    case: Case,
    hints: NDArray[np.floating] | None = None,
) -> Scores:
    """Score the answer that is nearest to the artist's, of several.

    Without hints many answers are right and one was painted: the best of k seeds asks whether that
    one can be had at all. Say k beside the number, since it gets better with k.
    """
    if not len(pictures):
        raise ValueError("there is no picture to score")
    return min((score(picture, case, hints) for picture in pictures), key=lambda s: s.difference)


def signal_to_noise(error: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn mean squared errors into decibels, 50 at most: PSNR of values in [0, 1].

    A picture that is right in every pixel would be infinitely good, and one such would rule any
    mean. 50 dB are an error of 0.3 %, which nobody sees.
    """
    return -10 * np.log10(np.maximum(np.asarray(error, np.float64), 1e-5))


def _comparable(
    picture: NDArray[np.floating], case: Case
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the artist's picture with its lines, and where scores look; refuse what misfits."""
    images.check(picture, "picture", channels=3)
    if picture.shape != case.colour.shape:
        raise ValueError(
            f"{case.name}: the picture must be {case.colour.shape}; got {picture.shape}"
        )
    bare = case.bare
    if not bare.any():
        raise ValueError(f"{case.name} is all ink: there is nothing to compare")
    return laid_under(case.colour, case.artist), bare


def _under_hints(
    picture: NDArray[np.floating], hints: NDArray[np.floating], bare: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return ΔE00 to the hints at each of their pixels that is off the lines."""
    where = (hints[3] > 0) & bare
    wanted = np.clip(hints[:3, where] / hints[3, where], -1, 1)
    return _apart(picture[:, where], wanted.astype(picture.dtype))


def _of_regions(
    picture: NDArray[np.floating], case: Case, bare: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Return the share of regions with the right majority colour, their purity, and the leak."""
    regions = np.where(bare, case.regions, 0)
    numbers = np.unique(regions)
    regions = np.searchsorted(numbers, regions)  # 1 to n without holes: ink may hide a region.
    regions += int(numbers[0] > 0)
    count = int(regions.max())
    if not count:
        return np.nan, np.nan, np.nan
    inside = regions > 0
    number = regions[inside] - 1  # (n,), of each pixel.
    pixels, wanted = np.asarray(picture)[:, inside], median_colours(case.colour, regions).T
    majority = np.stack([_majority(pixels[:, number == k]) for k in range(count)], axis=1)
    right = _apart(majority, wanted) < SAME
    pure = np.bincount(number, _apart(pixels, majority[:, number]) < SAME, minlength=count)
    off = _apart(pixels, wanted[:, number]) >= SAME
    taken = _matches_any(pixels[:, off], wanted)
    purity = pure / np.bincount(number, minlength=count)
    return float(right.mean()), float(purity.mean()), float(taken.sum() / len(number))


def _apart(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ΔE00 of pairs of colours (3, n); equal ones, which fills make often, cost nothing."""
    found = np.zeros(first.shape[1])
    where = (first != second).any(axis=0)
    if where.any():
        found[where] = images.delta_e(first[:, None, where], second[:, None, where])[0]
    return found


def _majority(pixels: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the commonest colour of pixels (3, n), told apart in steps of 8 bits."""
    steps = images.to_bytes(np.clip(pixels, -1, 1)) // 8
    codes = steps.astype(np.int64).T @ np.array([1 << 16, 1 << 8, 1])
    _, first, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return np.median(pixels[:, first == counts.argmax()], axis=1).astype(np.float32)


def _matches_any(pixels: NDArray[np.floating], colours: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which of the pixels (3, n) are the same as any of the colours (3, m)."""
    different, number = np.unique(pixels, axis=1, return_inverse=True)
    found = np.zeros(different.shape[1], bool)
    for colour in colours.T:
        found |= _apart(different, np.broadcast_to(colour[:, None], different.shape)) < SAME
    return found[number.ravel()]
