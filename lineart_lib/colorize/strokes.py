"""Strokes as numbers: which colour each hinted pixel was painted in, soft edges or not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib.colorize.swatches import swatches

Bytes = NDArray[np.uint8]
_SOFT_PX = 8.0
"""Soft edges are no wider."""


def numbered(marks: Bytes) -> tuple[Bytes, Bytes]:
    """Number the colours of strokes.

    A pixel whose hinted neighbours all have its colour lies inside a stroke. At a soft edge, or
    where two strokes touch, a brush mixes colours that nobody chose: such pixels take the colour of
    the nearest pixel inside. Strokes that are mixed everywhere keep their most frequent colours.

    Parameters
    ----------
    marks : ndarray
        uint8, (H, W, 4), as `lineart_lib.colorize.reading.read_hints` returns them.

    Returns
    -------
    numbers, colours : ndarray
        uint8, (H, W): from 1, 0 where nothing is painted; uint8, (n, 3), sRGB, each different.
    """
    numbers = np.zeros(marks.shape[:2], np.uint8)
    present = marks[..., 3] > 0
    rows, columns = (np.flatnonzero(present.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return numbers, np.empty((0, 3), np.uint8)
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    marks, present = np.ascontiguousarray(marks[box]), present[box]
    inner = present & _alike(marks.view(np.uint32)[..., 0])
    if inner.any() and not inner[present].all():
        away, near = cv2.distanceTransformWithLabels(
            (~inner).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        edge = present & ~inner & (away <= _SOFT_PX)
        colours = np.zeros((int(near.max()) + 1, 4), np.uint8)
        colours[near[inner]] = marks[inner]
        marks[edge] = colours[near[edge]]
    found = swatches(marks[present][:, :3])
    numbers[box][present] = found.labels + 1
    return numbers, found.colours


def _alike(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell where all four neighbours have the same code, or none, which is 0."""
    made = np.ones(codes.shape, bool)
    for axis in (0, 1):
        first, second = np.swapaxes(codes, 0, axis)[:-1], np.swapaxes(codes, 0, axis)[1:]
        fits = (first == second) | (first == 0) | (second == 0)
        np.swapaxes(made, 0, axis)[:-1] &= fits
        np.swapaxes(made, 0, axis)[1:] &= fits
    return made
