"""Drawings made smaller keep what they are: means, exact colours, regions without holes."""

import numpy as np
import pytest

from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.smaller import smaller


def a_drawing(side=16, seed=0):
    """Draw noise, four regions of squares, and one of a single pixel that no sampling meets."""
    rng = np.random.default_rng(seed)
    pixels = lambda *depth: rng.integers(0, 256, (1, side, side, *depth), dtype=np.uint8)  # noqa: E731
    half = side // 2
    regions = np.zeros((1, side, side), np.int32)
    regions[:, :half, :half], regions[:, :half, half:] = 1, 2
    regions[:, half:, :half], regions[:, half:, half:] = 4, 5
    regions[0, 0, 0] = 3
    return Pictures(
        pixels(), pixels(3), pixels(3), pixels(3), regions, pixels(), ("a",), ("a",), ((),), ("x",)
    )


def test_what_blends_is_averaged():
    """Equivalence: the mean over squares, to the nearest byte."""
    art = a_drawing()
    small = smaller(art, 8)
    means = art.colour.reshape(1, 8, 2, 8, 2, 3).mean((2, 4))
    assert np.abs(small.colour - means).max() <= 0.5
    means = art.lineart.reshape(1, 8, 2, 8, 2).mean((2, 4))
    assert np.abs(small.lineart - means).max() <= 0.5


def test_regions_are_numbered_without_holes_and_colours_stay_exact():
    """Property: labels 1 to n, each present, in the old order; flats are picked, not blended."""
    art = a_drawing()
    small = smaller(art, 8)
    assert np.unique(small.regions).tolist() == [1, 2, 3, 4]
    assert small.regions[0, 0, 7] == 2
    assert small.regions[0, 7, 0] == 3
    known = {tuple(colour) for colour in art.flats.reshape(-1, 3).tolist()}
    assert {tuple(colour) for colour in small.flats.reshape(-1, 3).tolist()} <= known


def test_the_same_size_is_the_same_drawing():
    """Property: nothing is copied or changed; other sizes are refused."""
    art = a_drawing()
    assert smaller(art, 16) is art
    with pytest.raises(ValueError, match="choose a side that divides"):
        smaller(art, 6)
