"""A drawing at the size at which a model works, and what each of its pixels stands for."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
_SHORT_PX = 32
_MOST_AREA = 16
_PROBES = 4
_LEAST_RANGE = 48
INK = 128
"""Greys below it are ink, which parts areas."""


class Ground(NamedTuple):
    """The areas between the lines, and which of them a pixel of the small picture belongs to."""

    areas: NDArray[np.int32]
    """(H, W), at full size: 0 is ink, the areas are 1 to n; those that meet at a corner are two."""
    owner: NDArray[np.int32]
    """(h, w): the area that is deepest in the footprint of a small pixel; 0 if all of it is ink."""
    sure: NDArray[np.bool_]
    """(h, w): the owner covers half of the footprint, so its colour is that of the owner."""


def working_size(size: tuple[int, int], size_px: int) -> tuple[int, int]:
    """Return the height and width at which a model that was made for `size_px` sees a drawing.

    The longer side becomes `size_px`; small drawings stay as they are. The shorter side keeps 32
    pixels, if it has them, so that narrow strips keep their lines, but the picture has no more
    than sixteen times the pixels of a square.
    """
    height, width = size
    scale = size_px / max(size)
    scale = max(
        scale, min(_SHORT_PX / min(size), (_MOST_AREA * size_px**2 / (height * width)) ** 0.5)
    )
    if scale >= 1:
        return size
    return max(1, round(height * scale)), max(1, round(width * scale))


def contrasted(grey: Bytes) -> Bytes:
    """Return a drawing as a model should see it: its paper white, its ink black.

    The paper is the most frequent of the greys that are no ink, the ink as dark as the darkest
    five-hundredth. So pencil parts areas as ink does. Black on white stays what it is, as does a
    sheet without lines.

    Parameters
    ----------
    grey : ndarray
        uint8, (H, W).

    Returns
    -------
    ndarray
        uint8, (H, W).
    """
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    white = INK + int(counts[INK:].argmax())
    black = int(np.searchsorted(np.cumsum(counts), 0.002 * grey.size))
    if white - black < _LEAST_RANGE:
        return grey
    table = (np.arange(256) - black) * (255 / (white - black))
    return cv2.LUT(grey, np.rint(np.clip(table, 0, 255)).astype(np.uint8))


def ground(grey: Bytes, size: tuple[int, int]) -> Ground:
    """Find the areas of a drawing, and which of them each pixel of a smaller one stands for.

    Parameters
    ----------
    grey : ndarray
        uint8, (H, W); below 128 is ink.
    size : (int, int)
        Height and width, h and w, of the small picture.

    Notes
    -----
    Sixteen probes stand for the footprint of a small pixel. The owner is the area under the probe
    that is farthest from ink.
    """
    paper = (grey >= INK).astype(np.uint8)
    areas = cv2.connectedComponents(paper, connectivity=4, ltype=cv2.CV_32S)[1]
    depth = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_3)
    rows, columns = (
        ((np.arange(new * _PROBES) + 0.5) * old / (new * _PROBES)).astype(np.intp)
        for new, old in zip(size, grey.shape, strict=True)
    )

    def probed(plane: NDArray) -> NDArray:  # (H, W) to (h, w, 16)
        blocks = plane[rows][:, columns].reshape(size[0], _PROBES, size[1], _PROBES)
        return blocks.swapaxes(1, 2).reshape(*size, _PROBES**2)

    here = probed(areas)
    deepest = probed(depth).argmax(axis=-1)[..., None]
    owner = np.take_along_axis(here, deepest, axis=-1)
    sure = ((here == owner).mean(axis=-1) >= 0.5) & (owner[..., 0] > 0)
    return Ground(areas, owner[..., 0], sure)


def shrunk_lines(grey: Bytes, size: tuple[int, int]) -> Bytes:
    """Make a drawing smaller so that thin lines stay closed: the mean of mean and darkest.

    Parameters
    ----------
    grey : ndarray
        uint8, (H, W).
    size : (int, int)
        Not larger.

    Returns
    -------
    ndarray
        uint8, (h, w).
    """
    if size == grey.shape:
        return grey
    reach = [max(1, round(old / new)) for new, old in zip(size, grey.shape, strict=True)]
    mean = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    darkest = cv2.erode(grey, np.ones(reach, np.uint8), borderType=cv2.BORDER_REPLICATE)
    darkest = cv2.resize(darkest, size[::-1], interpolation=cv2.INTER_AREA)
    return cv2.addWeighted(mean, 0.5, darkest, 0.5, 0)


def shrunk_hints(labels: Bytes, ground: Ground) -> Bytes:
    """Bring strokes to the size of the small picture, each to the area in which it was painted.

    Parameters
    ----------
    labels : ndarray
        uint8, (H, W): the number of a colour, 0 where nothing is painted.
    ground : Ground
        Of the drawing.

    Returns
    -------
    ndarray
        uint8, (h, w): the colour that covers most of the hinted pixels of the owner; 0 without one.
        Hints on ink are left out, as is paint that ran over a line into a pixel of another area. A
        colour that an area would lose so is set at its nearest small pixel.
    """
    size = ground.owner.shape
    if size == labels.shape:
        return labels
    y, x = np.nonzero(labels)
    area, label = ground.areas[y, x], labels[y, x]
    cell = (y * size[0] // labels.shape[0]) * size[1] + x * size[1] // labels.shape[1]
    same = area == ground.owner.ravel()[cell]
    pairs, counts = np.unique(cell[same].astype(np.int64) << 8 | label[same], return_counts=True)
    made = np.zeros(size, np.uint8)
    order = np.argsort(counts, kind="stable")  # The most frequent is written last.
    made.ravel()[pairs[order] >> 8] = (pairs[order] & 255).astype(np.uint8)
    wanted = np.unique(area.astype(np.int64) << 8 | label)
    kept = np.unique(ground.owner.astype(np.int64) << 8 | made)
    for lost in np.setdiff1d(wanted[wanted >> 8 > 0], kept):
        painted = (area == lost >> 8) & (label == lost & 255)
        rows, columns = np.nonzero((ground.owner == lost >> 8) & (made == 0))
        if len(rows):
            down = (rows + 0.5) * labels.shape[0] / size[0] - y[painted].mean()
            across = (columns + 0.5) * labels.shape[1] / size[1] - x[painted].mean()
            nearest = (down**2 + across**2).argmin()
            made[rows[nearest], columns[nearest]] = lost & 255
    return made
