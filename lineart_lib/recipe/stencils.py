"""Masks to train in-painting with: the whole picture, a window, or broad strokes.

A user who goes on with a picture opens what is wrong and keeps the rest. How, nobody knows before;
the dissertation does not say what its masks look like. These three are simple, and each holds a
case that a tool meets: a first pass, a rectangle that is dragged, and a brush.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Stencils:
    """How masks are drawn; ranges include both ends, and are shares of the shorter side."""

    whole: float = 0.4
    """Share of the masks that are open everywhere, in [0, 1]."""
    window: float = 0.3
    """Share of those with one open window, in [0, 1]; the others are strokes."""
    side: tuple[float, float] = (0.25, 0.9)
    """Of a window, each of its two sides for itself."""
    strokes: tuple[int, int] = (1, 3)
    """How many strokes."""
    waypoints: tuple[int, int] = (2, 4)
    """Points that a stroke goes through."""
    thickness: tuple[float, float] = (0.15, 0.4)
    """Of the round brush."""

    def __post_init__(self) -> None:
        if not (self.whole >= 0 and self.window >= 0 and self.whole + self.window <= 1):
            raise ValueError(
                "whole and window must be shares that sum to 1 at most; got "
                f"{self.whole} and {self.window}"
            )
        for name, least in (("side", 0), ("thickness", 0), ("strokes", 1), ("waypoints", 2)):
            low, high = getattr(self, name)
            if not (least <= low <= high and high > 0):
                raise ValueError(
                    f"{name} must be (low, high) with {least} <= low <= high and high above 0; got "
                    f"{(low, high)}"
                )


def stencil(
    shape: tuple[int, int], generator: np.random.Generator, settings: Stencils | None = None
) -> NDArray[np.float32]:
    """Draw a mask.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.
    generator : numpy.random.Generator
        Draws everything; equal states give equal masks.
    settings : Stencils, optional

    Returns
    -------
    ndarray
        float32 (1, H, W), in {0, 1}: 1 where to paint, at least at one pixel.
    """
    settings = settings or Stencils()
    height, width = shape
    kind = generator.random()
    if kind < settings.whole:
        return np.ones((1, height, width), np.float32)
    mask = np.zeros(shape, np.uint8)
    shorter = min(shape)
    if kind < settings.whole + settings.window:
        down, across = (
            min(most, max(1, round(share * shorter)))
            for share, most in zip(generator.uniform(*settings.side, 2), shape, strict=True)
        )
        top, left = generator.integers(height - down + 1), generator.integers(width - across + 1)
        mask[top : top + down, left : left + across] = 1
    else:
        for _ in range(generator.integers(*settings.strokes, endpoint=True)):
            count = generator.integers(*settings.waypoints, endpoint=True)
            points = generator.integers((width, height), size=(count, 2)).astype(np.int32)
            thick = max(1, round(generator.uniform(*settings.thickness) * shorter))
            cv2.polylines(mask, [points.reshape(-1, 1, 2)], False, 1, thick)
    return mask[None].astype(np.float32)
