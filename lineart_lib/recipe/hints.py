"""Colour hints: strokes and pixels drawn at random for training, marks on regions for measuring.

All are float32, (4, H, W): colour in [-1, 1] multiplied by the mask, then the mask.

References
----------
.. [1] Hati, Jouet, Rousseaux, Duhart, "PaintsTorch: a User-Guided Anime Line Art Colorization Tool
   with Double Generator Conditional Adversarial Network", CVMP 2019: strokes as hints.
.. [2] Madono, Yuan, Simo-Serra, "Hint-AUC", IEEE Transactions on Visualization and Computer
   Graphics, 2026, doi 10.1109/TVCG.2026.3738401: hints from regions, largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.recipe.flats import median_colours, paint
from lineart_lib.recipe.marks import deepest_dot, longest_path

RATIOS = (0.0, 0.01, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Shares of the regions that get a hint in the measurements."""


@dataclass(frozen=True)
class Strokes:
    """Ranges of the stroke simulator, both ends included; the defaults are the dissertation's."""

    strokes: tuple[int, int] = (0, 10)
    """How many strokes."""
    thickness_px: tuple[int, int] = (1, 4)
    """Width of the round brush, in pixels of the reduced picture."""
    waypoints: tuple[int, int] = (1, 5)
    """Points that a stroke goes through; one makes a dot."""
    reach_px: tuple[int, int] = (0, 10)
    """How far, across and down, a point may lie from the one before."""
    reduction: int = 4
    """The strokes are drawn on a picture this many times smaller."""

    def __post_init__(self):
        lowest = {"strokes": 0, "thickness_px": 1, "waypoints": 1, "reach_px": 0}
        for name, least in lowest.items():
            low, high = getattr(self, name)
            if not least <= low <= high:
                raise ValueError(
                    f"{name} must be (low, high) with {least} <= low <= high; got {(low, high)}"
                )
        if self.reduction < 1:
            raise ValueError(f"reduction must be 1 or more; got {self.reduction}")


def stroke_hints(
    picture: NDArray[np.floating], generator: np.random.Generator, settings: Strokes | None = None
) -> NDArray[np.float32]:
    """Draw random strokes in the colours of a picture [1]_.

    A stroke has one width and one colour, that of the reduced picture under its first point.
    Later strokes lie over earlier ones.

    Parameters
    ----------
    picture : ndarray
        (3, H, W), in [-1, 1]; both sides divide by the reduction.
    generator : numpy.random.Generator
        Draws everything; equal states give equal hints.
    settings : Strokes, optional
        The dissertation's by default.

    Returns
    -------
    ndarray
        float32, (4, H / reduction, W / reduction), mask in {0, 1}.

    Raises
    ------
    ValueError
        The picture is not as the contract says or does not divide.
    """
    settings = settings or Strokes()
    small = _pooled(picture, settings.reduction)
    _, height, width = small.shape
    count = generator.integers(*settings.strokes, endpoint=True)
    colours = np.zeros((count, 3), np.float32)
    segments: list[tuple[int, int, int, int]] = []  # x and y of the start, then of the end
    widths: list[int] = []
    numbers: list[int] = []
    for stroke in range(count):
        thickness = int(generator.integers(*settings.thickness_px, endpoint=True))
        waypoints = generator.integers(*settings.waypoints, endpoint=True)
        reach = generator.integers(*settings.reach_px, endpoint=True)
        x, y = generator.integers((width, height)).tolist()
        steps = generator.integers(-reach, reach, size=(waypoints - 1, 2), endpoint=True)
        colours[stroke] = small[:, y, x]
        points = [(x, y)]
        for across, down in steps.tolist():
            x, y = min(max(x + across, 0), width - 1), min(max(y + down, 0), height - 1)
            points.append((x, y))
        pairs = pairwise(points) if len(points) > 1 else [(points[0], points[0])]
        segments += [(*start, *end) for start, end in pairs]
        widths += [thickness] * max(1, len(points) - 1)
        numbers += [stroke + 1] * max(1, len(points) - 1)
    labels = _brushed((height, width), segments, widths, numbers)
    return images.join_hints(paint(labels, colours), images.to_mask(labels > 0))


def _brushed(
    shape: tuple[int, int],
    segments: Sequence[tuple[int, int, int, int]],
    widths: Sequence[int],
    labels: Sequence[int],
) -> NDArray[np.int32]:
    """Draw segments with round brushes, later ones over earlier ones.

    A pixel belongs to a segment when its centre is no farther than half the width from it. All
    distances are computed together, in windows that are as large as the largest segment needs.
    """
    drawn = np.zeros(shape, np.int32)
    if not segments:
        return drawn
    ends = np.array(segments)
    half = np.array(widths) / 2
    low = np.minimum(ends[:, :2], ends[:, 2:]) - np.int64(half.max())
    side = np.arange((np.maximum(ends[:, :2], ends[:, 2:]) - low).max() + half.max() + 1)
    x, y = (low[:, axis, None] - ends[:, axis, None] + side for axis in (0, 1))  # (S, side)
    across, down = (ends[:, 2:] - ends[:, :2]).T[..., None, None]  # (S, 1, 1)
    x, y = x[:, None, :], y[:, :, None]
    along = (x * across + y * down) / np.maximum(across**2 + down**2, 1)  # (S, side, side)
    share = np.minimum(np.maximum(along, 0), 1)
    inside = (x - share * across) ** 2 + (y - share * down) ** 2 <= half[:, None, None] ** 2
    for (left, top), window, label in zip(low.tolist(), inside, labels, strict=True):
        x_cut, y_cut = max(0, -left), max(0, -top)
        box = drawn[top + y_cut : top + len(side), left + x_cut : left + len(side)]
        box[window[y_cut : y_cut + box.shape[0], x_cut : x_cut + box.shape[1]]] = label
    return drawn


def pixel_hints(
    picture: NDArray[np.floating],
    generator: np.random.Generator,
    pixels: tuple[int, int] = (0, 50),
    reduction: int = 4,
) -> NDArray[np.float32]:
    """Reveal single pixels at random: the ablation to strokes.

    Parameters
    ----------
    picture : ndarray
        (3, H, W), in [-1, 1]; both sides divide by the reduction.
    generator : numpy.random.Generator
        Draws the number, then the places, none of them twice.
    pixels : tuple of int
        Least and most pixels; both ends included.
    reduction : int
        The pixels are those of a picture this many times smaller.

    Returns
    -------
    ndarray
        float32, (4, H / reduction, W / reduction), mask in {0, 1}.

    Raises
    ------
    ValueError
        There are not that many pixels, or the picture does not divide.
    """
    small = _pooled(picture, reduction)
    size = small[0].size
    if not 0 <= pixels[0] <= pixels[1] <= size:
        raise ValueError(f"pixels must be (low, high) within 0..{size}; got {pixels}")
    count = generator.integers(*pixels, endpoint=True)
    present = np.zeros(size, bool)
    present[generator.choice(size, count, replace=False)] = True
    return images.join_hints(small, images.to_mask(present.reshape(small.shape[1:])))


def region_hints(
    picture: NDArray[np.floating],
    labels: NDArray[np.integer],
    ratio: float,
    shape: Literal["scribble", "dot"] = "scribble",
    radius_px: int = 1,
) -> NDArray[np.float32]:
    """Mark the largest regions in their median colour; nothing is drawn by chance [2]_.

    Parameters
    ----------
    picture : ndarray
        (3, H, W), in [-1, 1].
    labels : ndarray
        Integer, (H, W), the regions, 1 to n, each present; 0 belongs to none.
    ratio : float
        Share of the regions to mark, in [0, 1]; rounded up, so that any ratio above 0 marks one.
        Regions of equal area come in the order of their labels.
    shape : {"scribble", "dot"}
        The longest path of the region's skeleton, one pixel wide, or a disc at the point that is
        farthest from its border.
    radius_px : int
        Of the disc, which is cut at the border of the region; 0 is one pixel.

    Returns
    -------
    ndarray
        float32, (4, H, W), mask in {0, 1}.

    Raises
    ------
    ValueError
        The ratio or the shape does not exist, the sizes differ or a label is missing.
    """
    images.check(picture, "picture", channels=3)
    if not 0 <= ratio <= 1:
        raise ValueError(f"ratio must be in [0, 1]; got {ratio}: 5 % is 0.05")
    if shape not in ("scribble", "dot"):
        raise ValueError(f'shape must be "scribble" or "dot"; got {shape!r}')
    colours = median_colours(picture, labels)
    areas = np.bincount(labels.ravel(), minlength=1)[1:]
    # Rounding must not push 0.1 × 10 above 1.
    marked = np.argsort(-areas, kind="stable")[: int(np.ceil(ratio * len(areas) - 1e-9))] + 1
    marks = np.zeros(labels.shape, np.int32)
    for label in marked:
        inside = labels == label
        mark = longest_path(inside) if shape == "scribble" else deepest_dot(inside, radius_px)
        marks[mark] = label
    return images.join_hints(paint(marks, colours), images.to_mask(marks > 0))


def pool_hints(hints: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    """Make hints smaller: each new pixel is the mean, by area, of what it covers.

    Because the colour is multiplied by the mask, the colour of a pooled pixel, once divided by its
    mask, is the mean of the colours of the hints in it, and of nothing else.

    Parameters
    ----------
    hints : ndarray
        (4, H, W).
    size : tuple of int
        New height and width, neither larger than the old; any ratio.

    Returns
    -------
    ndarray
        float32, (4, height, width), mask in [0, 1].

    Raises
    ------
    ValueError
        The new size is larger, or empty.
    """
    images.check_hints(hints)
    return _shrunk(hints, size)


def _pooled(picture: NDArray[np.floating], reduction: int) -> NDArray[np.float32]:
    """Return the picture, a whole number of times smaller, by means over squares."""
    images.check(picture, "picture", channels=3)
    height, width = picture.shape[1:]
    if reduction < 1 or height % reduction or width % reduction:
        raise ValueError(
            f"the sides of the picture must divide by {reduction}; got {height} x {width}: crop it"
        )
    return _shrunk(picture, (height // reduction, width // reduction))


def _shrunk(channels: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    """Average (C, H, W) over the area of each new pixel, which may cut old ones."""
    old = channels.shape[1:]
    if not (1 <= size[0] <= old[0] and 1 <= size[1] <= old[1]):
        raise ValueError(f"pooling goes from {old} to less; got {size}")
    single = np.asarray(channels, np.float32)
    # A channel at a time: OpenCV wants no more than four, last in memory.
    return np.stack([cv2.resize(c, size[::-1], interpolation=cv2.INTER_AREA) for c in single])
