"""Drawings that are made for a fill to fail on: each breaks what that fill trusts.

They are as simple as they can be, so that a picture of the answer explains the fill.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.evaluation.scores import Case

SIDE_PX = 48
RED, BLUE, WHITE = (0.8, -0.3, -0.4), (-0.5, 0.0, 0.7), (1.0, 1.0, 1.0)
Box = tuple[slice, slice]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Trap:
    """A case, hints for it, and what is broken."""

    case: Case
    hints: NDArray[np.float32]
    """(4, H, W)."""
    words: str
    """What the fill trusts, and what happens."""


def traps() -> dict[str, Trap]:
    """Return a trap for each fill, by the names of `lineart_lib.evaluation.fills.FILLS`."""
    left, right = _box(10, 38, 6, 24), _box(10, 38, 24, 42)
    house = _box(10, 38, 10, 38)
    two = [(left, RED), (right, BLUE)]
    return {
        "lineart as is": _trap(
            "as is", [(house, RED)], [(24, 24, RED)], "It trusts nothing, and does nothing."
        ),
        "nearest hint": _trap(
            "nearest",
            two,
            [(24, 21, RED), (24, 39, BLUE)],
            "It trusts distance alone: the colour of a mark beside a line is on both sides.",
        ),
        "watershed": _trap(
            "gap",
            [(house, RED)],
            [(24, 14, RED)],
            "It trusts that lines are closed: through a gap two floods meet where they please.",
            gap=(24, 37, 4),
        ),
        "trapped ball": _trap(
            "wide gap",
            [(house, RED)],
            [(24, 14, RED)],
            "It trusts that gaps are narrower than a ball of nine pixels: this one is wider.",
            gap=(24, 37, 10),
        ),
        "min-cut": _trap(
            "short cut",
            [(house, RED)],
            [(24, 14, RED)],
            "It trusts the shortest border: to cut the mark out is cheaper than to close the gap.",
            gap=(24, 37, 14),
        ),
        "optimization": _trap(
            "no line",
            two,
            [(24, 10, RED), (24, 38, BLUE)],
            "It trusts that colour changes slowly where there is no line: it blends.",
            outlines=(_box(10, 38, 6, 42),),
        ),
        "random walker": _trap(
            "eye",
            [(house, RED), (_box(18, 30, 18, 30), WHITE)],
            [(24, 14, RED)],
            "It trusts that every area belongs to a mark: one without takes its neighbour's.",
        ),
    }


def _box(top: int, bottom: int, left: int, right: int) -> Box:
    return slice(top, bottom), slice(left, right)


def _trap(
    name: str,
    areas: list[tuple[Box, Colour]],
    marks: list[tuple[int, int, Colour]],
    words: str,
    gap: tuple[int, int, int] | None = None,
    outlines: tuple[Box, ...] = (),
) -> Trap:
    """Draw areas, their outlines or others, an opening if asked for, and marks of 3 × 3 pixels.

    A gap is the row and column of its middle, and how many pixels long it is.
    """
    size = (SIDE_PX, SIDE_PX)
    lineart, regions = np.ones(size, np.float32), np.zeros(size, np.int32)
    colour, painted = np.ones((3, *size), np.float32), np.zeros((3, *size), np.float32)
    for number, (box, paint) in enumerate(areas):
        regions[box] = number + 1
        colour[(slice(None), *box)] = np.array(paint, np.float32)[:, None, None]
    for rows, columns in outlines or [box for box, _ in areas]:
        lineart[[rows.start, rows.stop - 1], columns] = -1
        lineart[rows, [columns.start, columns.stop - 1]] = -1
    if gap:
        row, column, length = gap
        lineart[row - length // 2 : row - length // 2 + length, column] = 1
    present = np.zeros(size, bool)
    for row, column, paint in marks:
        there = _box(row - 1, row + 2, column - 1, column + 2)
        present[there] = True
        painted[(slice(None), *there)] = np.array(paint, np.float32)[:, None, None]
    hints = images.join_hints(painted, images.to_mask(present))
    return Trap(Case(name, lineart[None], lineart[None], colour, regions), hints, words)
