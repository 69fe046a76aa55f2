"""The few colours of which a picture, or a layer of strokes, is made."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.color import rgb2lab

Bytes = NDArray[np.uint8]
_OWN_SHARE = 0.002
_OWN_PIXELS = 4
_COVERED = 0.8
_APART = 6.0


class Swatches(NamedTuple):
    """Colours, and which of them each pixel has."""

    labels: NDArray[np.uint8]
    """(n,): a row of the colours."""
    colours: Bytes
    """uint8, (k, 3), each different."""


def swatches(pixels: Bytes, most: int = 48) -> Swatches:
    """Find the colours of pixels.

    Up to `most` different colours are all kept, exactly. If there are more, soft edges and noise
    have mixed them. Then those that fill the picture as they are remain: each covers a
    five-hundredth of it, and together they cover four fifths. If there are none such, the picture
    has gradients: the most frequent colours remain that differ by 6 or more in CIELAB, and cover
    a thousandth. Every other colour counts as the nearest of these.

    Parameters
    ----------
    pixels : ndarray
        uint8, (n, 3), sRGB, at least one.
    most : int
        1 to 255.

    Returns
    -------
    Swatches
    """
    codes = pixels.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    known, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    table = np.stack([known >> 16, known >> 8 & 255, known & 255], axis=-1).astype(np.uint8)
    if len(known) <= most:
        return Swatches(inverse.astype(np.uint8), table)
    lab = rgb2lab(table[:, None] / 255.0)[:, 0]
    own = np.flatnonzero(counts >= max(_OWN_PIXELS, _OWN_SHARE * len(pixels)))
    if not (len(own) <= most and counts[own].sum() >= _COVERED * len(pixels)):
        own = _modes(table, lab, counts, most)
    _, nearest = cKDTree(lab[own]).query(lab)
    return Swatches(nearest.astype(np.uint8)[inverse], table[own])


def _modes(table: Bytes, lab: NDArray, counts: NDArray, most: int) -> NDArray[np.intp]:
    """Return the rows of the most frequent colours that lie apart."""
    rough = table.astype(np.int32) >> 3
    cells = rough @ np.array([1 << 10, 1 << 5, 1], np.int32)
    order = np.argsort(-counts, kind="stable")
    _, first, inverse = np.unique(cells[order], return_index=True, return_inverse=True)
    covered = np.bincount(inverse, counts[order])
    kept: list[int] = []
    for cell in np.argsort(-covered, kind="stable"):
        row = order[first[cell]]  # The most frequent colour of the cell.
        if kept and (len(kept) == most or covered[cell] < 0.001 * counts.sum()):
            break
        if not kept or ((lab[kept] - lab[row]) ** 2).sum(axis=-1).min() >= _APART**2:
            kept.append(int(row))
    return np.array(kept)
