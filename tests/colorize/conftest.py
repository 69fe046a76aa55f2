"""A drawing of two rooms at any scale, and painters of our own."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from lineart_lib.recipe.flats import paint
from lineart_lib.recipe.regions import watershed_fill

RED, BLUE = (200, 30, 40), (20, 90, 220)


@dataclass
class Flooding:
    """A watershed that remembers what it was given."""

    size_px: int = 64
    step: int = 1
    lines: bool = False
    key: str = "flooding"
    seen: list = field(default_factory=list)

    def paint(self, lineart, hints, mask, composite, seeds):
        """Flood each picture."""
        self.seen.append((lineart, hints, mask, composite, list(seeds)))
        found = [watershed_fill(art, given) for art, given in zip(lineart, hints, strict=True)]
        return np.stack([paint(one.labels, one.colours) for one in found])


@dataclass
class Steady:
    """Return a picture that does not depend on the drawing: a function of its size and seeds."""

    make: object
    size_px: int = 64
    step: int = 1
    lines: bool = False
    key: str = "steady"

    def paint(self, lineart, hints, mask, composite, seeds):
        """Make one picture for each seed."""
        return np.stack([self.make(*lineart.shape[2:], seed) for seed in seeds]).astype(np.float32)


def drawn(scale: int = 8):
    """Two closed rooms side by side on white, and a stroke in each: (H, W) and (H, W, 4)."""
    lines = np.full((40 * scale, 64 * scale), 255, np.uint8)
    corners = [((6, 6), (31, 33)), ((31, 6), (57, 33))]
    for first, second in corners:
        first, second = (tuple(scale * v for v in corner) for corner in (first, second))
        cv2.rectangle(lines, first, second, 0, max(1, scale // 2), cv2.LINE_AA)
    strokes = np.zeros((*lines.shape, 4), np.uint8)
    for colour, left in ((RED, 12), (BLUE, 40)):
        ends = [(scale * x, scale * 20) for x in (left, left + 10)]
        cv2.line(strokes, *ends, (*colour, 255), max(1, scale))
    return lines, strokes


@pytest.fixture
def rooms():
    """Return a function of the scale that draws lines and strokes."""
    return drawn


@pytest.fixture
def flooding():
    """Return a new one."""
    return Flooding()


@pytest.fixture
def steady():
    """Return the class: it takes a function of height, width and seed."""
    return Steady
