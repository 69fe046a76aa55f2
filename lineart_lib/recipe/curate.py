"""Filters that keep a set of drawings clean: each one measures, a recipe's threshold decides.

Every measure takes uint8 RGB of shape (height, width, 3) and returns one number that does not
depend on the size of the picture, so that a threshold can be read off a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import imagehash
import numpy as np
from PIL import Image

from lineart_lib.recipe.decode import RefusedError

HASH_BITS = 64
_MOST_DISTANCE = 16
_LOOKED_UP = 1 << 18  # hashes at a time


@dataclass(frozen=True)
class Thresholds:
    """What a picture must be to be taken in; a recipe sets each of them."""

    min_side_px: int = 256
    """Least length of the shorter side, in pixels."""
    min_colour_share: float = 0.02
    """Least share of pixels that are not grey, in [0, 1]; below it a picture is monochrome."""
    min_flat_share: float = 0.3
    """Least share of pixels without texture, in [0, 1]; below it a picture is a photo."""
    max_panels: int = 2
    """Most panels; with more a picture is a comic page."""
    max_blockiness: float = 1.6
    """Most that steps on JPEG's grid exceed those off it, as a ratio."""
    min_sharpness: float = 0.2
    """Least part of the picture's contrast that the strongest steps make in one pixel."""
    duplicate_distance: int = 4
    """Pictures whose 64-bit hashes differ in at most so many bits are near-duplicates, 0 to 16."""

    def __post_init__(self) -> None:
        for field in ("min_colour_share", "min_flat_share", "min_sharpness"):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(f"{field}: expected 0 to 1; got {getattr(self, field)}")
        for field, least in (("min_side_px", 1), ("max_panels", 1), ("max_blockiness", 1.0)):
            if not getattr(self, field) >= least:
                raise ValueError(f"{field}: expected at least {least}; got {getattr(self, field)}")
        if not 0 <= self.duplicate_distance <= _MOST_DISTANCE:
            raise ValueError(
                f"duplicate_distance: expected 0 to {_MOST_DISTANCE}; got {self.duplicate_distance}"
            )


def shorter_side(rgb: np.ndarray) -> int:
    """Return the shorter side in pixels."""
    return int(min(rgb.shape[:2]))


def colour_share(rgb: np.ndarray, tolerance: int = 24) -> float:
    """Return the share of pixels whose largest and smallest channels differ by more."""
    spread = rgb.max(axis=-1).astype(np.int16) - rgb.min(axis=-1)
    return float((spread > tolerance).mean())


def flat_share(rgb: np.ndarray, tolerance: int = 6) -> float:
    """Return the share of pixels whose 3 x 3 neighbours differ by at most `tolerance` levels.

    Paint is even or changes slowly; a photo has grain nearly everywhere. A soft photo with an even
    backdrop passes, and a drawing on rough paper is refused: the filter sees texture, not content.
    """
    square = np.ones((3, 3), np.uint8)
    span = cv2.dilate(rgb, square).astype(np.int16) - cv2.erode(rgb, square)
    return float((span.max(axis=-1) <= tolerance).mean())


def panels(rgb: np.ndarray, min_gutter: float = 0.008, min_panel: float = 0.12) -> int:
    """Count the panels of a comic page by cutting it along its straight gutters.

    Parameters
    ----------
    rgb : ndarray
        The page.
    min_gutter, min_panel : float
        Least width of a gutter and least side of a panel, as shares of the page's longer side.

    Returns
    -------
    int
        1 for a picture that no gutter crosses from edge to edge. A sheet of separate figures on
        white counts like a page: both hold several pictures.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    longer = max(grey.shape)
    gutter, panel = max(2.0, min_gutter * longer), min_panel * longer

    def cut(area: np.ndarray) -> int:
        for axis in (0, 1):
            pieces = _cut_once(area, axis, gutter, panel)
            if len(pieces) > 1:
                return sum(cut(piece) for piece in pieces)
        return 1

    return max(cut(grey > 235), cut(grey < 20))  # gutters of white or of black paper


def _cut_once(empty: np.ndarray, axis: int, gutter: float, panel: float) -> list[np.ndarray]:
    """Cut a mask of empty pixels where whole rows (axis 0) or columns (axis 1) are empty."""
    clear = empty.mean(axis=1 - axis) >= 0.995
    edges = np.flatnonzero(np.diff(np.concatenate([[True], clear, [True]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)  # [start, end) of each stretch with content
    joined: list[list[int]] = []
    for start, end in runs.tolist():
        if joined and start - joined[-1][1] < gutter:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    wide = [(start, end) for start, end in joined if end - start >= panel]
    return [np.take(empty, range(start, end), axis=axis) for start, end in wide]


def blockiness(rgb: np.ndarray) -> float:
    """Return how much larger steps on JPEG's 8-pixel grid are than the steps beside them.

    About 1 without JPEG; a flat drawing at quality 50 gives about 1.3, a smooth slope gives 2 at
    quality 90, since nothing hides its blocks. The steps are second differences, so that slopes do
    not count, in absolute value and cut at 16 levels, so that outlines do not decide.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    ratios = []
    for picture in (grey, grey.T):
        if picture.shape[1] < 24:
            continue
        steps = np.diff(picture, axis=1)
        bend = np.abs(steps[:, 1:-1] - 0.5 * (steps[:, :-2] + steps[:, 2:]))
        mean = np.minimum(bend, 16).mean(axis=0)  # mean[i] is the step from column i + 1 to i + 2
        on_grid = np.arange(mean.size) % 8 == 6
        ratios.append((mean[on_grid].mean() + 0.05) / (mean[~on_grid].mean() + 0.05))
    return float(np.mean(ratios)) if ratios else 1.0


def sharpness(rgb: np.ndarray) -> float:
    """Return the strongest steps of one pixel as a part of the picture's contrast, in [0, 1].

    The mean of the largest 0.2 % of the differences between neighbours, over the difference between
    the darkest and the lightest grey. A line with soft edges of one pixel gives about 0.5, one
    blurred by a Gaussian of standard deviation s pixels at most 0.4 / s. An even picture gives 0.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = float(grey.max() - grey.min())
    if contrast == 0:
        return 0.0
    steps = np.concatenate([np.abs(np.diff(grey, axis=axis)).ravel() for axis in (0, 1)])
    count = max(1, steps.size // 500)
    return float(np.partition(steps, steps.size - count)[-count:].mean() / contrast)


def check(rgb: np.ndarray, thresholds: Thresholds) -> None:
    """Refuse a picture that misses a threshold; the cheapest measures come first.

    Raises
    ------
    RefusedError
        `too_small`, `monochrome`, `photo`, `low_quality` or `comic_page`, with the number measured.
    """
    tests: list[tuple[str, Callable[[np.ndarray], float], float, bool]] = [
        ("too_small", shorter_side, thresholds.min_side_px, True),
        ("monochrome", colour_share, thresholds.min_colour_share, True),
        ("photo", flat_share, thresholds.min_flat_share, True),
        ("low_quality", sharpness, thresholds.min_sharpness, True),
        ("low_quality", blockiness, thresholds.max_blockiness, False),
        ("comic_page", panels, thresholds.max_panels, False),
    ]
    for reason, measure, threshold, at_least in tests:
        found = measure(rgb)
        if found < threshold if at_least else found > threshold:
            name = measure.__name__.replace("_", " ")
            bound = "at least" if at_least else "at most"
            raise RefusedError(reason, f"{name} is {found:.4g}; {bound} {threshold:g} is taken")


def perceptual_hash(rgb: np.ndarray) -> int:
    """Return the 64-bit perceptual hash of a picture: signs of the low cosine coefficients.

    Colour does not count. A mirror-symmetric drawing has coefficients near 0, whose signs are
    arbitrary: drawn at another size, its hash may move by several bits.

    References
    ----------
    ImageHash's `phash`, which follows N. Krawetz, "Looks Like It", 2011.
    """
    return int(str(imagehash.phash(Image.fromarray(rgb))), 16)


def near_duplicates(hashes: Sequence[int] | np.ndarray, max_distance: int) -> list[list[int]]:
    """Group pictures whose hashes are close.

    Two hashes that differ in at most d bits differ in at most one bit in one of ceil((d + 1) / 2)
    bands. So only pairs that meet in a band, exactly or but for one bit, are compared.

    Parameters
    ----------
    hashes : sequence of int, or ndarray
        64-bit hashes, (N,); an array is uint64.
    max_distance : int
        Most bits in which a pair may differ, 0 to 16.

    Returns
    -------
    list of list of int
        Indices of each group of two or more, ascending. Groups are closed: a picture close to one
        of a group is in it.

    References
    ----------
    Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012.
    """
    if not 0 <= max_distance <= _MOST_DISTANCE:
        raise ValueError(f"max_distance must lie in 0 to {_MOST_DISTANCE}; got {max_distance}")
    if len(hashes) == 0:
        return []
    unique, which = np.unique(np.array(hashes, dtype=np.uint64), return_inverse=True)
    parent = np.arange(unique.size)

    def top(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    bands = (max_distance + 2) // 2
    borders = [HASH_BITS * band // bands for band in range(bands + 1)]
    for low, high in pairwise(borders) if max_distance else ():
        mask = np.uint64((1 << (high - low)) - 1)
        keys = (unique >> np.uint64(low)) & mask
        order = np.argsort(keys, kind="stable")
        for one, other in _meetings(keys[order], unique[order], high - low, max_distance):
            for a, b in zip(order[one].tolist(), order[other].tolist(), strict=True):
                parent[top(a)] = top(b)
    moved = np.flatnonzero(parent != np.arange(unique.size))
    root = np.arange(unique.size)
    root[moved] = [top(node) for node in moved.tolist()]
    group = root[which]
    shared = np.flatnonzero(np.bincount(group)[group] > 1)
    shared = shared[np.argsort(group[shared], kind="stable")]
    borders = np.flatnonzero(np.diff(group[shared])) + 1
    return sorted(members.tolist() for members in np.split(shared, borders) if members.size)


def _meetings(
    ranked: np.ndarray, hashes: np.ndarray, bits: int, max_distance: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield close pairs of hashes whose bands are equal but for one bit at most.

    The bands come sorted, and are looked up in that order: neighbours look at neighbours, which a
    processor's caches like. Some at a time, so that memory does not grow with the pairs.
    """
    for flip in (0, *(1 << bit for bit in range(bits))):
        for start in range(0, len(ranked), _LOOKED_UP):
            wanted = ranked[start : start + _LOOKED_UP] ^ np.uint64(flip)
            first = np.searchsorted(ranked, wanted, "left")
            counts = np.searchsorted(ranked, wanted, "right") - first
            one = np.repeat(np.arange(start, start + wanted.size), counts)
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            other = np.repeat(first, counts) + within
            one, other = one[one < other], other[one < other]
            close = np.bitwise_count(hashes[one] ^ hashes[other]) <= max_distance
            yield one[close], other[close]
