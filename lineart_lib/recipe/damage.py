"""Damage to lines, as scans, hurried hands and extractors do it: gaps, loss, jitter, width.

Every function takes a lineart, floating, (1, H, W), in [-1, 1], where below 0 is ink, and returns
a new one, float32, of the same size. The NumPy generator draws everything: equal states give equal
damage. A lineart of another shape or range raises ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from lineart_lib import images
from lineart_lib.recipe.regions import nearest_value

Lineart = NDArray[np.float32]


@dataclass(frozen=True)
class Damage:
    """How much of each damage; ranges include both ends."""

    gap_share: tuple[float, float] = (0.01, 0.08)
    """Share of the ink that gaps take."""
    gap_radius_px: tuple[int, int] = (1, 3)
    """Radius of a gap."""
    lost_share: tuple[float, float] = (0.0, 0.1)
    """Share of the ink that goes with lost strokes."""
    jitter_px: float = 1.0
    """Farthest that a line may move."""
    width_px: int = 1
    """Most pixels by which a line grows or shrinks on each side."""
    scale_px: float = 12.0
    """Size of the waves of jitter and width: smaller is more nervous."""

    def __post_init__(self):
        for name in ("gap_share", "lost_share"):
            low, high = getattr(self, name)
            if not 0 <= low <= high <= 1:
                raise ValueError(
                    f"{name} must be (low, high) with 0 <= low <= high <= 1; got {(low, high)}"
                )
        if not 0 <= self.gap_radius_px[0] <= self.gap_radius_px[1]:
            raise ValueError(f"gap_radius_px must be (low, high); got {self.gap_radius_px}")
        if self.jitter_px < 0 or self.width_px < 0 or self.scale_px <= 0:
            raise ValueError(
                f"jitter_px and width_px must be 0 or more, and scale_px above 0; got {self}"
            )


def damaged(
    lineart: NDArray[np.floating], generator: np.random.Generator, settings: Damage | None = None
) -> Lineart:
    """Damage a lineart in all four ways, one after the other: width, jitter, strokes, gaps."""
    settings = settings or Damage()
    art = uneven_width(lineart, generator, settings.width_px, settings.scale_px)
    art = jitter(art, generator, settings.jitter_px, settings.scale_px)
    art = lose_strokes(art, generator, settings.lost_share)
    return cut_gaps(art, generator, settings.gap_share, settings.gap_radius_px)


def cut_gaps(
    lineart: NDArray[np.floating],
    generator: np.random.Generator,
    share: tuple[float, float] = (0.01, 0.08),
    radius_px: tuple[int, int] = (1, 3),
) -> Lineart:
    """Open the lines at random places, across their whole width, until a share of the ink is gone.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W).
    generator : numpy.random.Generator
        Draws the share, the places on the middle of the lines, and the radii.
    share : tuple of float
        Least and most of the ink that goes. The last gap is cut short to meet the drawn share to
        a pixel.
    radius_px : tuple of int
        Least and largest half of a gap's length, along the line.

    Returns
    -------
    ndarray
        float32, (1, H, W); erased pixels are paper, the others untouched.
    """
    ink = _ink(lineart)
    left = _target(ink, generator, share)
    erased = np.zeros_like(ink)
    middle = skeletonize(ink)
    if left == 0 or not middle.any():
        return _without(lineart, erased)
    places = np.argwhere(middle)
    # Each pixel of ink is cut with the point of the middle that is nearest to it.
    number = nearest_value(middle, np.arange(len(places)))
    own = places[number]  # (H, W, 2)
    for place in generator.permutation(places):
        radius = generator.integers(*radius_px, endpoint=True)
        away = ((own - place) ** 2).sum(axis=-1)
        left -= _erase(erased, ink & (away <= radius**2), away, left)
        if left == 0:
            break
    return _without(lineart, erased)


def lose_strokes(
    lineart: NDArray[np.floating],
    generator: np.random.Generator,
    share: tuple[float, float] = (0.0, 0.1),
) -> Lineart:
    """Erase whole strokes, in random order, until a share of the ink is gone.

    A stroke is what lies between two crossings or ends of the lines' middle. Each pixel of ink
    belongs to the nearest one.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W).
    generator : numpy.random.Generator
        Draws the share and the order.
    share : tuple of float
        Least and most of the ink that goes. Strokes that are too long for what is left to erase
        are passed over; when none is short enough, the shortest loses only its first part.

    Returns
    -------
    ndarray
        float32, (1, H, W); erased pixels are paper, the others untouched.
    """
    ink = _ink(lineart)
    left = _target(ink, generator, share)
    strokes = strokes_of(lineart)
    lengths = np.bincount(strokes.ravel())
    order = generator.permutation(np.arange(1, len(lengths)))
    lost = np.zeros(len(lengths), bool)
    for stroke in order:
        if 0 < lengths[stroke] <= left:
            lost[stroke] = True
            left -= lengths[stroke]
    erased = lost[strokes]
    remaining = [stroke for stroke in order if not lost[stroke] and lengths[stroke]]
    if left and remaining:
        part = strokes == min(remaining, key=lambda stroke: lengths[stroke])
        reading = np.arange(part.size).reshape(part.shape)
        _erase(erased, part, reading, left)
    return _without(lineart, erased)


def strokes_of(lineart: NDArray[np.floating]) -> NDArray[np.int32]:
    """Number the strokes: int32, (H, W), 1 to n on ink, 0 on paper.

    The skeleton of the ink is cut at its crossings, and each pixel of ink goes to the nearest
    piece.
    """
    ink = _ink(lineart)
    if not ink.any():
        return np.zeros(ink.shape, np.int32)
    skeleton = skeletonize(ink)
    kernel = np.ones((3, 3), np.float32)
    single = skeleton.astype(np.float32)
    around = cv2.filter2D(single, -1, kernel, borderType=cv2.BORDER_CONSTANT) - single
    crossing = cv2.dilate((skeleton & (around > 2)).astype(np.uint8), kernel.astype(np.uint8))
    middles = skeleton & (crossing == 0)
    # A piece that is all crossing, or a speck without a skeleton, keeps what it has.
    _, bodies = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)
    served = np.bincount(bodies[middles], minlength=bodies.max() + 1) > 0
    middles |= ink & ~served[bodies]
    _, pieces = cv2.connectedComponents(middles.astype(np.uint8), connectivity=8)
    return np.where(ink, nearest_value(middles, pieces[middles]), 0).astype(np.int32)


def jitter(
    lineart: NDArray[np.floating],
    generator: np.random.Generator,
    amplitude_px: float = 1.0,
    scale_px: float = 12.0,
) -> Lineart:
    """Let lines waver: move every pixel by a smooth random field.

    Parameters
    ----------
    lineart, generator
        The generator draws the field.
    amplitude_px : float
        Length of the longest move.
    scale_px : float
        Size of the field's waves.

    Returns
    -------
    ndarray
        float32, (1, H, W), in [-1, 1]; in between pixels it is interpolated.
    """
    images.check(lineart, "lineart", channels=1)
    height, width = lineart.shape[1:]
    field = np.stack([_waves(generator, (height, width), scale_px) for _ in range(2)])
    longest = np.sqrt((field**2).sum(axis=0)).max()
    field *= amplitude_px / max(longest, 1e-12)
    y, x = np.mgrid[:height, :width]
    moved = cv2.remap(
        np.asarray(lineart[0], np.float32),
        (x + field[0]).astype(np.float32),
        (y + field[1]).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(moved, -1, 1)[None]


def uneven_width(
    lineart: NDArray[np.floating],
    generator: np.random.Generator,
    change_px: int = 1,
    scale_px: float = 12.0,
) -> Lineart:
    """Make lines thicker here and thinner there, without breaking them.

    A smooth random field says by how many pixels, up to `change_px`, ink grows or shrinks on each
    side. The middle of a line always stays.

    Parameters
    ----------
    lineart, generator
        The generator draws the field.
    change_px : int
        Most pixels on each side; 0 changes nothing.
    scale_px : float
        Size of the field's waves.
    """
    ink = _ink(lineart)
    art = np.asarray(lineart[0], np.float32)
    field = _waves(generator, art.shape, scale_px)
    # Thirds of the field shrink, keep and grow, whatever its spread.
    ranks = field.ravel().argsort().argsort().reshape(art.shape) / art.size
    change = np.floor(ranks * (2 * change_px + 1)).astype(int) - change_px
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    result = art.copy()
    for steps in range(1, change_px + 1):
        thicker = cv2.erode(art, cross, iterations=steps)  # The darkest around: ink grows.
        thinner = cv2.dilate(art, cross, iterations=steps)
        result = np.where(change == steps, thicker, result)
        result = np.where(change == -steps, thinner, result)
    middle = skeletonize(ink)
    return np.where(middle, np.minimum(result, art), result)[None]


def _ink(lineart: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Check a lineart and return where its ink is."""
    images.check(lineart, "lineart", channels=1)
    return lineart[0] < 0


def _target(
    ink: NDArray[np.bool_], generator: np.random.Generator, share: tuple[float, float]
) -> int:
    """Draw how many pixels of ink go; within the range whenever a whole number of pixels is."""
    low, high = share
    if not 0 <= low <= high <= 1:
        raise ValueError(f"share must be (low, high) with 0 <= low <= high <= 1; got {share}")
    total = int(ink.sum())
    pixels = round(generator.uniform(low, high) * total)
    return min(max(pixels, int(np.ceil(low * total))), int(high * total))


def _erase(
    erased: NDArray[np.bool_], chosen: NDArray[np.bool_], order: NDArray[np.integer], most: int
) -> int:
    """Mark chosen pixels as erased, in place, the first of an order; return how many are new."""
    new = np.flatnonzero(chosen & ~erased)
    new = new[np.argsort(order.ravel()[new], kind="stable")][:most]
    erased[np.unravel_index(new, erased.shape)] = True
    return len(new)


def _without(lineart: NDArray[np.floating], erased: NDArray[np.bool_]) -> Lineart:
    """Return the lineart with paper where ink was erased, and its soft edge with it."""
    art = np.asarray(lineart[0], np.float32)
    if erased.any():
        ink = art < 0
        soft = (art < 1) & ~ink
        erased = erased | (soft & (nearest_value(ink, erased[ink]) == 1))
    return np.where(erased, np.float32(1), art)[None]


def _waves(
    generator: np.random.Generator, size: tuple[int, int], scale_px: float
) -> NDArray[np.float64]:
    """Return smooth noise: white noise on a coarse grid, interpolated."""
    coarse = [max(2, int(np.ceil(side / scale_px)) + 1) for side in size]
    noise = generator.normal(size=coarse)
    return cv2.resize(noise, size[::-1], interpolation=cv2.INTER_CUBIC)
