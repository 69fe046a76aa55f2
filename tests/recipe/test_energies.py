"""The energies have their least value, their equation holds, and the walk is Grady's."""

import numpy as np
import pytest
from scipy import ndimage

from lineart_lib import images
from lineart_lib.recipe import energies
from lineart_lib.recipe.regions import hint_markers

RED, BLUE, WHITE = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (1.0, 1.0, 1.0)


def dots(*placed, shape):
    """Return hints of one pixel each: (row, column, colour)."""
    colour, mask = np.zeros((3, *shape)), np.zeros((1, *shape))
    for row, column, value in placed:
        colour[:, row, column], mask[0, row, column] = value, 1
    return images.join_hints(colour, mask)


def test_the_min_cut_has_the_least_cost():
    """Equivalence: on a tiny drawing no labelling, of all that exist, is cheaper."""
    art = np.random.default_rng(0).uniform(-1, 1, (1, 3, 4))
    markers = hint_markers(art, dots((0, 0, RED), (2, 3, BLUE), shape=(3, 4)), border=False)
    light, most = images.to_unit(art[0]), 2.0 * (3 + 4)

    def cost(labels):
        across = labels[:, 1:] != labels[:, :-1]
        down = labels[1:] != labels[:-1]
        right = 1 + most * np.minimum(light[:, 1:], light[:, :-1]) ** 2
        below = 1 + most * np.minimum(light[1:], light[:-1]) ** 2
        return (right * across).sum() + (below * down).sum()

    free = np.flatnonzero(markers.labels.ravel() == 0)
    costs = []
    for code in range(2 ** len(free)):
        labels = markers.labels.ravel().copy()
        labels[free] = 1 + (code >> np.arange(len(free)) & 1)
        costs.append(cost(labels.reshape(3, 4)))
    found = energies.min_cut(art, markers)
    assert cost(found.labels) == pytest.approx(min(costs))
    assert (found.labels[markers.labels > 0] == markers.labels[markers.labels > 0]).all()


def test_the_optimization_satisfies_its_equation():
    """Equivalence: each pixel is the mean of its neighbours, weighted one pixel at a time."""
    rng = np.random.default_rng(1)
    art = rng.uniform(-1, 1, (1, 6, 7))
    markers = hint_markers(art, dots((1, 1, RED), (4, 5, BLUE), shape=(6, 7)), border=False)
    found = energies.least_squares(art, markers).astype(np.float64)
    light = images.to_unit(art[0])
    for row in range(6):
        for column in range(7):
            if markers.labels[row, column]:
                continue
            window = [
                (y, x)
                for y in range(max(0, row - 1), min(6, row + 2))
                for x in range(max(0, column - 1), min(7, column + 2))
            ]
            spread = 0.6 * np.var([light[place] for place in window])
            window.remove((row, column))
            squared = np.array([(light[place] - light[row, column]) ** 2 for place in window])
            weights = np.exp(-squared / max(spread, squared.min() / np.log(100), 2e-6))
            mean = sum(w * found[:, y, x] for w, (y, x) in zip(weights, window, strict=True))
            assert np.allclose(mean / weights.sum(), found[:, row, column], atol=1e-5)


def test_the_random_walker_is_gradys():
    """Equivalence: probabilities from a dense Laplacian give the same colours."""
    rng = np.random.default_rng(2)
    art = ndimage.gaussian_filter(rng.uniform(-1, 1, (1, 12, 13)), (0, 1, 1)) * 2
    placed = dots((1, 1, RED), (10, 11, BLUE), (2, 11, WHITE), shape=(12, 13))
    markers = hint_markers(art, placed, border=False)
    light = images.to_unit(art[0]).ravel()
    scale = 130 / (10 * light.std())
    number = np.arange(light.size).reshape(12, 13)
    laplacian = np.zeros((light.size, light.size))
    for first, second in ((number[:, :-1], number[:, 1:]), (number[:-1], number[1:])):
        for a, b in zip(first.ravel(), second.ravel(), strict=True):
            weight = np.exp(-scale * (light[a] - light[b]) ** 2)
            laplacian[[a, b], [b, a]] -= weight
            laplacian[[a, b], [a, b]] += weight
    given = markers.labels.ravel() > 0
    known = np.eye(3)[markers.labels.ravel()[given] - 1]
    right = -laplacian[np.ix_(~given, given)] @ known
    reached = np.linalg.solve(laplacian[np.ix_(~given, ~given)], right)
    labels = energies.random_walk(art, markers).labels.ravel()
    ahead = np.sort(reached, axis=1)
    clear = ahead[:, -1] - ahead[:, -2] > 1e-4
    assert clear.mean() > 0.9
    assert np.array_equal(labels[~given][clear], reached.argmax(axis=1)[clear] + 1)
