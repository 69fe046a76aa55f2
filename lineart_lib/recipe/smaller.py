"""Prepared drawings at a smaller size, for networks that learn in minutes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib.recipe.pictures import Pictures


def smaller(pictures: Pictures, size_px: int) -> Pictures:
    """Make square drawings smaller by a whole number.

    What blends is averaged over squares: lineart, illustration and colour. What does not is picked:
    flats, regions and parts have the value of one pixel of each square. A region that no picked
    pixel shows is gone, and the others are numbered anew in the same order.

    Parameters
    ----------
    pictures : Pictures
    size_px : int
        The new side; it divides the old one.

    Returns
    -------
    Pictures
        The same one, if it has that size.

    Raises
    ------
    ValueError
        The drawings are not square, or the side does not divide.
    """
    height, width = pictures.lineart.shape[1:]
    if height != width or size_px < 1 or height % size_px:
        raise ValueError(
            f"drawings of {height} x {width} cannot be brought to {size_px} x {size_px} by a whole "
            "number: choose a side that divides"
        )
    step = height // size_px
    if step == 1:
        return pictures
    blended = {
        plane: _averaged(getattr(pictures, plane), size_px)
        for plane in ("lineart", "illustration", "colour")
    }
    first = step // 2
    picked = {
        plane: np.ascontiguousarray(getattr(pictures, plane)[:, first::step, first::step])
        for plane in ("flats", "parts")
    }
    regions = np.stack([_numbered(one[first::step, first::step]) for one in pictures.regions])
    return replace(pictures, **blended, **picked, regions=regions)


def _averaged(planes: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """Average (N, H, W) or (N, H, W, 3) over squares."""
    size = (size_px, size_px)
    return np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in planes])


def _numbered(regions: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number labels 1 to n without holes; 0 stays 0."""
    present = np.unique(regions)
    present = present[present > 0]
    table = np.zeros(int(regions.max()) + 1, np.int32)
    table[present] = np.arange(1, len(present) + 1)
    return table[regions]
