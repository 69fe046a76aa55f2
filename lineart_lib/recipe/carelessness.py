"""Damage to hints, as a hurried hand does it: aside, too far, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Carelessness:
    """How far marks stray; ranges include both ends. The measurements use the defaults."""

    shift_px: int = 3
    """Farthest that a whole mark may be moved, across and down: off its region, if that is thin."""
    overshoot_share: float = 0.3
    """Share of the marks that go on beyond their end, over a line perhaps."""
    overshoot_px: tuple[int, int] = (2, 6)
    """How far they go on."""
    lost_share: float = 0.2
    """Share of the marks that are forgotten."""

    def __post_init__(self):
        for name in ("overshoot_share", "lost_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be in [0, 1]; got {getattr(self, name)}")
        low, high = self.overshoot_px
        if self.shift_px < 0 or not 0 <= low <= high:
            raise ValueError(
                "shift_px must be 0 or more and overshoot_px (low, high) with 0 <= low <= high; "
                f"got {self.shift_px} and {self.overshoot_px}"
            )


def careless_mark(
    mark: NDArray[np.bool_], generator: np.random.Generator, settings: Carelessness | None = None
) -> NDArray[np.bool_]:
    """Let one mark overshoot, move it, or lose it.

    Parameters
    ----------
    mark : ndarray
        bool, (H, W): the pixels of a scribble or a dot.
    generator : numpy.random.Generator
        Draws everything. Equal states give equal carelessness, and each mark draws as much, so
        that what is lost of one does not change the next.
    settings : Carelessness, optional

    Returns
    -------
    ndarray
        bool, (H, W), new. What leaves the picture is cut; a lost mark is empty.
    """
    settings = settings or Carelessness()
    lost, long = generator.random(2) < (settings.lost_share, settings.overshoot_share)
    beyond = int(generator.integers(*settings.overshoot_px, endpoint=True))
    shift = generator.integers(-settings.shift_px, settings.shift_px, 2, endpoint=True)
    turn = generator.uniform(0, 2 * np.pi)
    if lost or not mark.any():
        return np.zeros_like(mark)
    places = np.argwhere(mark)
    drawn = mark.astype(np.uint8)
    if long:
        middle = places.mean(axis=0)
        end = places[((places - middle) ** 2).sum(axis=1).argmax()]
        way = end - middle
        length = float(np.hypot(*way))
        # A dot has no direction of its own.
        way = way / length if length > 0.5 else np.array([np.sin(turn), np.cos(turn)])
        goal = np.rint(end + beyond * way).astype(int)
        cv2.line(drawn, end[::-1].tolist(), goal[::-1].tolist(), 1)
    places = np.argwhere(drawn) + shift
    inside = ((places >= 0) & (places < mark.shape)).all(axis=1)
    moved = np.zeros_like(mark)
    moved[tuple(places[inside].T)] = True
    return moved
