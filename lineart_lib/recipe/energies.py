"""Spread colours from hints by minimising an energy: min-cut, least squares, random walk.

References
----------
.. [1] Sýkora, Dingliana, Collins, "LazyBrush: Flexible Painting Tool for Hand-drawn Cartoons",
   Computer Graphics Forum 28(2), 2009.
.. [2] Levin, Lischinski, Weiss, "Colorization using Optimization", ACM Transactions on Graphics
   23(3), 2004, equations 1 and 2.
.. [3] Grady, "Random Walks for Image Segmentation", IEEE Transactions on Pattern Analysis and
   Machine Intelligence 28(11), 2006.
"""

from __future__ import annotations

import maxflow
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import spsolve
from skimage.segmentation import random_walker

from lineart_lib import images
from lineart_lib.recipe.flats import paint
from lineart_lib.recipe.regions import Propagation

_TO_RIGHT = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]])
_TO_BELOW = _TO_RIGHT.T


def min_cut(lineart: NDArray[np.floating], markers: Propagation) -> Propagation:
    """Part the drawing between colours where the cut crosses the least light [1]_.

    A cut between two neighbours costs ``1 + K l²``, where l in [0, 1] is the light of the darker
    one and K is twice the sum of the sides: any way round through ink is cheaper than a pixel of
    paper. The colours are parted from all others one after the other, as in the paper. We leave
    out its filter for pencil drawings, since lines are given, and take every hint for certain.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    markers : Propagation
        Hints by colour, at least one, as `hint_markers` makes them.

    Returns
    -------
    Propagation
        Every pixel has a colour.
    """
    light = images.to_unit(np.asarray(lineart[0], np.float64))
    most = 2.0 * sum(light.shape)
    certain = 8 * most * light.size  # More than any cut.
    across, down = np.zeros_like(light), np.zeros_like(light)
    across[:, :-1] = 1 + most * np.minimum(light[:, :-1], light[:, 1:]) ** 2
    down[:-1] = 1 + most * np.minimum(light[:-1], light[1:]) ** 2
    labels = np.zeros(light.shape, np.int32)
    free = np.ones(light.shape, bool)
    count = len(markers.colours)
    for label in range(1, count):
        right, below = across * free, down * free
        right[:, :-1] *= free[:, 1:]
        below[:-1] *= free[1:]
        graph = maxflow.Graph[float](light.size, 2 * light.size)
        nodes = graph.add_grid_nodes(light.shape)
        graph.add_grid_edges(nodes, right, _TO_RIGHT, symmetric=True)
        graph.add_grid_edges(nodes, below, _TO_BELOW, symmetric=True)
        here, later = markers.labels == label, markers.labels > label
        graph.add_grid_tedges(nodes, certain * here, certain * later)
        graph.maxflow()
        won = free & ~graph.get_grid_segments(nodes)
        labels[won] = label
        free &= ~won
    labels[free] = count
    return markers._replace(labels=labels)


def least_squares(lineart: NDArray[np.floating], markers: Propagation) -> NDArray[np.float32]:
    """Colour so that each pixel is the weighted mean of those around it [2]_.

    Neighbours of like grey weigh more: ``exp(-(difference)² / (0.6 variance))``, the variance being
    that of the 3 × 3 pixels around, with the floor of the authors' program. The paper spreads the
    chroma of a grey photograph; a lineart has no luma to keep, so that we spread all of the colour.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    markers : Propagation
        Hints by colour, at least one.

    Returns
    -------
    ndarray
        float32, (3, H, W), in [-1, 1]: the colour under the lines.
    """
    if (markers.labels > 0).all():
        return paint(markers.labels, markers.colours)
    light = images.to_unit(np.asarray(lineart[0], np.float64))
    height, width = light.shape
    number = np.arange(light.size).reshape(height, width)
    padded = np.pad(light, 1, constant_values=np.nan)
    index = np.pad(number, 1, constant_values=-1)
    shifts = [(dy, dx) for dy in (0, 1, 2) for dx in (0, 1, 2) if (dy, dx) != (1, 1)]
    around = np.stack([padded[dy : dy + height, dx : dx + width] for dy, dx in shifts])
    others = np.stack([index[dy : dy + height, dx : dx + width] for dy, dx in shifts])
    squared = (around - light) ** 2  # (8, H, W); NaN outside the picture.
    variance = np.nanvar(np.concatenate([around, light[None]]), axis=0)
    # The most similar neighbour weighs at least a hundredth, and flat windows weigh evenly.
    spread = np.maximum(0.6 * variance, np.nanmin(squared, axis=0) / np.log(100))
    weights = np.exp(-squared / np.maximum(spread, 2e-6))
    weights /= np.nansum(weights, axis=0)
    given = markers.labels.ravel() > 0
    used = (others >= 0) & ~given.reshape(height, width)
    rows = np.broadcast_to(number, others.shape)[used]
    links = coo_array((weights[used], (rows, others[used])), shape=(light.size,) * 2)
    target = np.zeros((light.size, 3))
    target[given] = markers.colours[markers.labels.ravel()[given] - 1]
    system = (diags_array(np.ones(light.size)) - links).tocsc()
    solved = spsolve(system, target, permc_spec="MMD_AT_PLUS_A")
    return np.clip(solved.T.reshape(3, height, width), -1, 1).astype(np.float32)


def random_walk(
    lineart: NDArray[np.floating], markers: Propagation, beta: float = 130.0
) -> Propagation:
    """Give each pixel the colour whose hints a random walker reaches first most often [3]_.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    markers : Propagation
        Hints by colour, at least one.
    beta : float
        How hard it is to step over a difference of grey; scikit-image's default, which scales it
        by the spread of the picture.

    Returns
    -------
    Propagation
        Every pixel has a colour.
    """
    if len(markers.colours) == 1 or (markers.labels > 0).all():
        return markers._replace(labels=np.maximum(markers.labels, 1))
    light = images.to_unit(np.asarray(lineart[0], np.float64))
    if light.std() == 0:  # Every step is as easy, but the scale would be a division by zero.
        light, beta = np.arange(light.size, dtype=float).reshape(light.shape), 0.0
    labels = random_walker(light, markers.labels, beta=beta, mode="bf")
    return markers._replace(labels=labels.astype(np.int32))
