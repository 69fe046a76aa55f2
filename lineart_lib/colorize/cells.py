"""Where pixels of a drawing lie among those of a smaller one.

A cell lies between the centres of four small pixels; at the border the outermost repeats.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Down and across, of the small pixels around a cell."""


def corners(padded: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Return, for each corner, the part of a plane, padded by one, that holds it for all cells."""
    height, width = padded[0] - 1, padded[1] - 1
    return [(slice(i, i + height), slice(j, j + width)) for i, j in CORNERS]


def places(new: int, old: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return, along one side, the cell of each of `new` pixels, 0 to `old`, and how far it lies
    in it, in [0, 1)."""
    along = (np.arange(new) + 0.5) * old / new + 0.5
    cell = along.astype(np.intp)
    return cell, (along - cell).astype(np.float32)


def spread(plane: NDArray, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray:
    """Give every pixel the value of its cell.

    Columns are copied first, while there are few rows; whole rows are quick to copy.
    """
    return plane[:, columns][rows]
