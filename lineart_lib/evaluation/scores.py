"""How far one coloured picture is from the artist's: a number for each question asked of it.

Pixels on or beside a line say little of colour, so most scores look at bare paper only: where both
the artist's lineart and the one that was coloured are white.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.metrics import structural_similarity

from lineart_lib import images
from lineart_lib.recipe.flats import median_colours, paint

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
    images.check(picture, "picture", channels=3)
    if picture.shape != case.colour.shape:
        raise ValueError(
            f"{case.name}: the picture must be {case.colour.shape}; got {picture.shape}"
        )
    truth = laid_under(case.colour, case.artist)
    bare = case.bare
    if not bare.any():
        raise ValueError(f"{case.name} is all ink: there is nothing to compare")
    difference = images.delta_e(picture, truth)
    square = ((images.to_unit(picture) - images.to_unit(truth)) ** 2).mean(axis=0)
    similarity = structural_similarity(
        images.to_unit(picture).astype(np.float64),
        images.to_unit(truth).astype(np.float64),
        channel_axis=0,
        data_range=1.0,
    )
    obeyed = _under_hints(picture, hints, bare) if hints is not None else np.empty(0)
    return Scores(
        float(difference[bare].mean()),
        float(square[bare].mean()),
        float(similarity),
        *_of_regions(picture, case, bare),
        float(obeyed.mean()) if len(obeyed) else np.nan,
        float(np.percentile(obeyed, 95)) if len(obeyed) else np.nan,
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


def signal_to_noise(error: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn mean squared errors into decibels, 50 at most: PSNR of values in [0, 1].

    A picture that is right in every pixel would be infinitely good, and one such would rule any
    mean. 50 dB are an error of 0.3 %, which nobody sees.
    """
    return -10 * np.log10(np.maximum(np.asarray(error, np.float64), 1e-5))


def _under_hints(
    picture: NDArray[np.floating], hints: NDArray[np.floating], bare: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return ΔE00 to the hints at each of their pixels that is off the lines."""
    where = (hints[3] > 0) & bare
    wanted = np.where(where, hints[:3] / np.maximum(hints[3], 1e-6), 0)
    return images.delta_e(picture, np.clip(wanted, -1, 1))[where]


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
    wanted = median_colours(case.colour, regions)
    majority = np.stack([_majority(picture[:, regions == n]) for n in range(1, count + 1)])
    right = images.delta_e(_as_row(majority), _as_row(wanted))[0] < SAME
    inside = regions > 0
    to_majority = images.delta_e(np.asarray(picture), paint(regions, majority))
    pure = ndimage.mean(to_majority < SAME, regions, range(1, count + 1))
    off = inside & (images.delta_e(np.asarray(picture), paint(regions, wanted)) >= SAME)
    taken = _matches_any(picture[:, off], wanted)
    return float(right.mean()), float(np.mean(pure)), float(taken.sum() / inside.sum())


def _majority(pixels: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the commonest colour of pixels (3, n), told apart in steps of 8 bits."""
    steps = images.to_bytes(np.clip(pixels, -1, 1)) // 8
    codes = steps.astype(np.int64).T @ np.array([1 << 16, 1 << 8, 1])
    _, first, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return np.median(pixels[:, first == counts.argmax()], axis=1).astype(np.float32)


def _as_row(colours: NDArray[np.floating]) -> NDArray[np.floating]:
    """Lay colours (n, 3) out as a picture (3, 1, n)."""
    return colours.T[:, None, :]


def _matches_any(pixels: NDArray[np.floating], colours: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which of the pixels (3, n) are the same as any of the colours (m, 3)."""
    found = np.zeros(pixels.shape[1], bool)
    if pixels.size:
        row = pixels[:, None, :]
        for colour in colours:
            there = np.broadcast_to(colour[:, None, None].astype(row.dtype), row.shape)
            found |= images.delta_e(row, there)[0] < SAME
    return found
