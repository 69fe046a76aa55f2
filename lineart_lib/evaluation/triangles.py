"""A fill over the Delaunay triangulation of the ink: colours go through wide doors first.

References
----------
.. [1] Parakkat, Memari, Cani, "Delaunay Painting: Perceptual Image Colouring from Raster Contours
   with Gaps", Computer Graphics Forum 41(6), 2022: the idea. What follows is a plain form of it.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from lineart_lib import images
from lineart_lib.recipe.flats import paint
from lineart_lib.recipe.regions import hint_markers

_FEWEST = 3


def triangles(lineart: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Triangulate the ink of a drawing and the corners of its picture.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1]; below 0 is ink.

    Returns
    -------
    points, corners : ndarray
        float64, (n, 2): x and y of each pixel of ink and of the four corners. int32, (m, 3): the
        points of each triangle.
    """
    found = _triangulation(lineart)
    return found.points, found.simplices


def _triangulation(lineart: NDArray[np.floating]) -> Delaunay:
    images.check(lineart, "lineart", channels=1)
    height, width = lineart.shape[1:]
    ink = lineart[0] < 0
    ink[[0, 0, -1, -1], [0, -1, 0, -1]] = True
    if min(height, width) < _FEWEST:
        raise ValueError(f"the sides must be {_FEWEST} pixels or more; got {height} x {width}")
    return Delaunay(np.argwhere(ink)[:, ::-1].astype(np.float64))


def delaunay_fill(
    lineart: NDArray[np.floating],
    hints: NDArray[np.floating],
    mask: NDArray[np.floating],
    *,
    border: bool = True,
) -> NDArray[np.float32]:
    """Spread colours from triangle to triangle, over the longest shared side first [1]_.

    A side between two pixels of ink is a door as wide as it is long. Each triangle takes the colour
    that reaches it through doors of which the narrowest is as wide as can be. So the parts of an
    area fill before a gap lets anything through, and a gap of any width does.

    Parameters
    ----------
    lineart, hints, mask, border
        As in `lineart_lib.evaluation.fills`.

    Returns
    -------
    ndarray
        float32, (3, H, W): the colours, with the lines laid over them inside the mask; outside of
        it, and everywhere without a hint, the lineart.
    """
    markers = hint_markers(lineart, hints, border=border)
    images.check_mask(mask)
    uncoloured = np.repeat(np.asarray(lineart, np.float32), 3, axis=0)
    if not len(markers.colours):
        return uncoloured
    found = _triangulation(lineart)
    rows, columns = np.indices(lineart.shape[1:])
    inside = found.find_simplex(np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(float))
    labels = _spread(found, inside, markers.labels.ravel())
    painted = paint(labels[inside].reshape(lineart.shape[1:]), markers.colours)
    under = images.from_unit(images.to_unit(painted) * images.to_unit(lineart))
    return np.where(mask > 0, under, uncoloured).astype(np.float32)


def _spread(
    found: Delaunay, inside: NDArray[np.integer], seeds: NDArray[np.integer]
) -> NDArray[np.int32]:
    """Label each triangle: those under a hint by it, the others over the widest doors."""
    labels = np.zeros(len(found.simplices), np.int32)
    hinted = np.flatnonzero(seeds)
    labels[inside[hinted[::-1]]] = seeds[hinted[::-1]]  # Of several in one, the first in reading.
    corners = found.points[found.simplices]  # (m, 3, 2)
    # Side k lies opposite to corner k, and leads to neighbour k.
    sides = np.linalg.norm(np.roll(corners, -1, 1) - np.roll(corners, -2, 1), axis=2)
    queue = [
        (-sides[triangle, k], int(triangle), int(neighbour))
        for triangle in np.flatnonzero(labels)
        for k, neighbour in enumerate(found.neighbors[triangle])
    ]
    heapq.heapify(queue)
    while queue:
        _, source, triangle = heapq.heappop(queue)
        if triangle < 0 or labels[triangle]:
            continue
        labels[triangle] = labels[source]
        for k, neighbour in enumerate(found.neighbors[triangle]):
            if neighbour >= 0 and not labels[neighbour]:
                heapq.heappush(queue, (-sides[triangle, k], triangle, int(neighbour)))
    return labels
