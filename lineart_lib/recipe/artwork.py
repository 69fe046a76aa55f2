"""A drawing with everything that its vector layers tell: lines, colours, flats, regions, parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from skimage.measure import label

PARTS = ("paper", "other", "skin", "hair", "clothes")
"""Names of the part labels, by number. `paper` is where nothing is painted."""
PLANES = ("lineart", "illustration", "colour", "flats", "regions", "parts")
"""Names of the arrays of a drawing."""


@dataclass(frozen=True)
class Artwork:
    """One drawing in pixel form; every array has the same height and width."""

    name: str
    """Unique in its source."""
    design: str
    """Drawings of one design are variants of each other, and stay in one part of the split."""
    lineart: np.ndarray
    """uint8 (height, width): 0 is ink, 255 is paper."""
    illustration: np.ndarray
    """uint8 (height, width, 3): the picture with its lines and its shading."""
    colour: np.ndarray
    """uint8 (height, width, 3): the picture with its shading, without lines, on white."""
    flats: np.ndarray
    """uint8 (height, width, 3): one exact colour a region: no line, no shading, no blended edge."""
    regions: np.ndarray
    """int32 (height, width): 0 is bare paper, 1 to n are the connected areas of one flat colour."""
    parts: np.ndarray
    """uint8 (height, width): indices into `PARTS`."""
    words: tuple[str, ...]
    """What is known of its content, in words."""
    lines: str
    """`artist`: the lines are the artist's own. `contours`: drawn by rule around the shapes.
    `extracted`: computed from the finished picture."""

    def __post_init__(self) -> None:
        shape = self.lineart.shape
        for field, depth in (("illustration", 3), ("colour", 3), ("flats", 3)):
            found = getattr(self, field)
            if found.shape != (*shape, depth) or found.dtype != np.uint8:
                raise ValueError(
                    f"{field} must be uint8 {(*shape, depth)}; got {found.dtype} {found.shape}"
                )
        for field, kind in (("lineart", np.uint8), ("regions", np.int32), ("parts", np.uint8)):
            found = getattr(self, field)
            if found.shape != shape or found.dtype != kind:
                raise ValueError(
                    f"{field} must be {np.dtype(kind)} {shape}; got {found.dtype} {found.shape}"
                )


def connected_regions(flat: np.ndarray) -> np.ndarray:
    """Number the connected areas of one colour.

    Parameters
    ----------
    flat : ndarray
        uint8 of shape (height, width, 4): RGBA without blended edges.

    Returns
    -------
    ndarray
        int32 of shape (height, width). Pixels with alpha 0 have label 0. Areas that touch only at
        a corner are two. Labels follow the order of reading.
    """
    wide = flat.astype(np.int64)
    packed = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    packed = np.where(flat[..., 3] > 0, packed + 1, 0)
    return label(packed, connectivity=1, background=0).astype(np.int32)
