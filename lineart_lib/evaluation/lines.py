"""How well lines are found: against the artist's own, pixel by pixel with one pixel of grace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.recipe.augment import with_coloured_ink
from lineart_lib.recipe.lineart import lines_agree
from lineart_lib.recipe.pictures import Pictures

SCORES = ("precision", "recall", "F")
"""What the last axis of the measured scores holds."""

Extractor = Callable[[NDArray[np.floating]], NDArray[np.floating]]
"""Draws lines (1, H, W) from an illustration (3, H, W)."""


@dataclass(frozen=True)
class LineTest:
    """Finished pictures, and the lines that are in them."""

    illustrations: tuple[NDArray[np.float32], ...]
    """(3, H, W), in [-1, 1]."""
    lines: tuple[NDArray[np.float32], ...]
    """(1, H, W), in [-1, 1]."""

    def __post_init__(self) -> None:
        if not 2 <= len(self.illustrations) == len(self.lines):
            raise ValueError(
                "expected as many lines as illustrations, and 2 at least; "
                f"got {len(self.lines)} and {len(self.illustrations)}"
            )


def line_test(pictures: Pictures, brightest_ink: float = 0.0, seed: int = 0) -> LineTest:
    """Make a test of prepared drawings.

    Parameters
    ----------
    pictures : Pictures
    brightest_ink : float
        0 leaves black lines black. Above 0, up to 1, the lines of each drawing are drawn in a
        colour of its own, whose channels go up to this: artists often do so.
    seed : int
        Draws the colours.
    """
    if not 0 <= brightest_ink <= 1:
        raise ValueError(f"brightest_ink must lie in [0, 1]; got {brightest_ink}")
    draw = np.random.default_rng(seed)
    lines = [images.to_lineart(pixels) for pixels in pictures.lineart]
    drawn = [images.to_picture(pixels) for pixels in pictures.illustration]
    if brightest_ink:
        inks = brightest_ink * draw.random((len(pictures), 3, 1, 1), np.float32)
        drawn = [
            with_coloured_ink(art, picture, ink)
            for art, picture, ink in zip(lines, drawn, inks, strict=True)
        ]
    return LineTest(tuple(drawn), tuple(lines))


def measure(
    extractor: Extractor,
    test: LineTest,
    levels: Sequence[float] = (0.0,),
    tolerance_px: float = 1.0,
) -> NDArray[np.float64]:
    """Let an extractor draw the lines of every picture, and compare them with the true ones.

    Parameters
    ----------
    extractor : callable
    test : LineTest
    levels : sequence of float
        Below each of them, in [-1, 1], what was drawn counts as ink. The true lines are ink below
        0, always.
    tolerance_px : float
        As in `lineart_lib.recipe.lineart.lines_agree`.

    Returns
    -------
    ndarray
        (levels, pictures, 3), in the order of `SCORES`.
    """
    found = np.empty((len(levels), len(test.lines), len(SCORES)))
    for number, (picture, true) in enumerate(zip(test.illustrations, test.lines, strict=True)):
        drawn = extractor(picture)
        for row, level in enumerate(levels):
            ink = np.where(drawn < level, np.float32(-1), np.float32(1))
            found[row, number] = astuple(lines_agree(ink, true, tolerance_px))
    return found
