"""Where a person would mark an area: along its middle, or at its deepest point."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from skimage.morphology import skeletonize


def deepest_dot(inside: NDArray[np.bool_], radius_px: int = 1) -> NDArray[np.bool_]:
    """Return a disc around the point that is farthest from the border of an area (H, W).

    The border of the picture counts as one. Of several such points the first in reading order is
    taken; the disc is cut at the area's border.
    """
    padded = np.pad(inside, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    y, x = np.ogrid[: inside.shape[0], : inside.shape[1]]
    return inside & ((y - row) ** 2 + (x - column) ** 2 <= radius_px**2)


def longest_path(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the longest of the shortest paths along the skeleton of an area.

    Two sweeps find it: from any point to the farthest, and from there to the farthest again. That
    is exact where the skeleton has no loop. An area of several parts gets the path of the part
    that holds its deepest point.

    Parameters
    ----------
    inside : ndarray
        bool, (H, W), at least one True.

    Returns
    -------
    ndarray
        bool, (H, W), one pixel wide and within the area.
    """
    rows, columns = np.nonzero(inside)
    top, left = rows.min(), columns.min()
    box = (slice(top, rows.max() + 1), slice(left, columns.max() + 1))
    cut = inside[box]
    deepest = deepest_dot(cut, 0)
    _, parts = cv2.connectedComponents(cut.astype(np.uint8), connectivity=8)
    skeleton = skeletonize(cut & (parts == parts[deepest]))
    number = np.full(cut.shape, -1)
    count = int(skeleton.sum())
    path = np.zeros_like(inside)
    if count < 2:
        path[box] = skeleton if count else deepest
        return path
    number[skeleton] = np.arange(count)
    starts, ends, lengths = [], [], []
    padded = np.pad(number, 1, constant_values=-1)
    height, width = cut.shape
    for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
        other = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        linked = (number >= 0) & (other >= 0)
        starts.append(number[linked])
        ends.append(other[linked])
        lengths.append(np.full(int(linked.sum()), np.hypot(dy, dx)))
    edges = (np.concatenate(starts), np.concatenate(ends))
    graph = coo_array((np.concatenate(lengths), edges), shape=(count, count)).tocsr()
    away = dijkstra(graph, directed=False, indices=0)
    first = int(np.where(np.isfinite(away), away, -1).argmax())
    away, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
    here = int(np.where(np.isfinite(away), away, -1).argmax())
    along = [here]
    while here != first:
        here = int(before[here])
        along.append(here)
    path[box] = np.isin(number, along)
    return path
