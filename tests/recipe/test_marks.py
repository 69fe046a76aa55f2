"""Marks lie where a person would put them."""

import numpy as np
import pytest
from scipy import ndimage

from lineart_lib.recipe.marks import deepest_dot, longest_path


def test_the_path_of_a_bar_runs_along_its_middle():
    """Equivalence: the middle row, nearly from end to end."""
    inside = np.zeros((21, 60), bool)
    inside[5:14, 5:55] = True
    path = longest_path(inside)
    rows, columns = np.nonzero(path)
    assert set(rows[(columns > 12) & (columns < 47)]) == {9}
    assert np.ptp(columns) > 38


@pytest.mark.parametrize("legs", [(30, 12), (12, 30), (25, 25)])
def test_the_longest_arms_are_followed(legs):
    """Property: of an L both legs; of a T whose stem is short, the bar and not the stem."""
    inside = np.zeros((45, 45), bool)
    inside[3 : 3 + legs[0], 3:6] = inside[3:6, 3 : 3 + legs[1]] = True
    rows, columns = np.nonzero(longest_path(inside))
    assert rows.max() >= legs[0] - 1
    assert columns.max() >= legs[1] - 1
    inside = np.zeros((45, 45), bool)
    inside[20:23, 2:43] = inside[23:30, 21:24] = True
    rows, columns = np.nonzero(longest_path(inside))
    assert rows.max() <= 23
    assert np.ptp(columns) >= 36


def test_a_diagonal_step_is_longer():
    """Equivalence: of two straight arms of 12 and a diagonal one of 10, the diagonal is taken."""
    inside = np.zeros((30, 30), bool)
    inside[15, 3:28] = True
    inside[np.arange(5, 15), np.arange(25, 15, -1)] = True
    path = longest_path(inside)
    assert path[5, 25]
    assert path[15, 3] ^ path[15, 27]


def test_a_path_is_one_pixel_wide_connected_and_inside():
    """Property: on random areas, every pixel has at most two neighbours, but for corners."""
    rng = np.random.default_rng(0)
    eight = np.ones((3, 3))
    for _ in range(20):
        areas, count = ndimage.label(ndimage.gaussian_filter(rng.normal(size=(50, 50)), 3) > 0.01)
        for label in range(1, count + 1):
            inside = areas == label
            path = longest_path(inside)
            assert path.any()
            assert not (path & ~inside).any()
            assert ndimage.label(path, eight)[1] == 1
            neighbours = ndimage.convolve(path.astype(int), eight.astype(int), mode="constant")
            assert (neighbours[path] - 1 <= 3).all()
            assert (neighbours[path] - 1 <= 2).mean() > 0.8


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 2), (3, 3)])
def test_the_smallest_areas_get_a_mark(shape):
    """Property: no area is too small for a path or a dot."""
    inside = np.zeros((7, 7), bool)
    inside[2 : 2 + shape[0], 2 : 2 + shape[1]] = True
    for mark in (longest_path(inside), deepest_dot(inside)):
        assert mark.any()
        assert not (mark & ~inside).any()


def test_an_area_of_two_parts_gets_one_path():
    """Property: the path stays in the part with the deepest point."""
    inside = np.zeros((20, 40), bool)
    inside[2:4, 2:30] = inside[8:18, 5:15] = True
    rows, _ = np.nonzero(longest_path(inside))
    assert rows.min() >= 8


def test_a_dot_lies_at_the_deepest_point():
    """Equivalence: SciPy's exact distance to the border, the picture's border being one."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        inside = ndimage.gaussian_filter(rng.normal(size=(30, 31)), 2) > 0
        depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
        point = deepest_dot(inside, 0)
        assert point.sum() == 1
        assert depth[point].item() == pytest.approx(depth.max(), abs=1e-4)  # Single precision.
        disc = deepest_dot(inside, 2)
        away = ndimage.distance_transform_edt(~point)
        assert np.array_equal(disc, inside & (away <= 2))
