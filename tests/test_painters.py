"""Painters are the fills that they name, keep lines and surroundings, and take any size."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.painters import PAINTERS, FillPainter, Method, load_painter
from lineart_lib.recipe.regions import watershed_fill


@pytest.fixture
def drawing():
    """Two rooms that share a wall with a gap, one hint in each, and an odd size."""
    lineart = np.ones((1, 22, 31), np.float32)
    lineart[:, [2, 19], 2:29] = -1
    lineart[:, 2:20, [2, 15, 28]] = -1
    lineart[:, 10, 15] = 0.2
    hints = np.zeros((4, 22, 31), np.float32)
    hints[:, 6, 5:9] = np.array([1, -1, -1, 1], np.float32)[:, None]
    hints[:, 6, 20:24] = np.array([-1, 0, 1, 1], np.float32)[:, None]
    return lineart, hints, np.ones_like(lineart)


@pytest.mark.parametrize("name", ["watershed", "trapped ball", "min-cut"])
def test_a_painter_is_the_fill_of_its_name(name, drawing):
    """Equivalence: its method makes the picture of that fill, with hints and without."""
    lineart, hints, mask = drawing
    method = Method(load_painter(name))
    np.testing.assert_array_equal(method(*drawing), FILLS[name](*drawing))
    none = np.zeros_like(hints)
    bare = FILLS["lineart as is"](lineart, none, mask)
    # To [0, 1] and back costs a rounding of float32.
    np.testing.assert_allclose(method(lineart, none, mask), bare, rtol=0, atol=2e-7)


def test_outside_the_mask_the_picture_is_the_lineart(drawing):
    """Property: exactly, whatever is painted inside."""
    lineart, hints, mask = drawing
    mask[..., 16:] = 0
    made = Method(load_painter("watershed"))(lineart, hints, mask)
    assert (made[:, mask[0] == 0] == lineart[0][mask[0] == 0]).all()
    assert (made[0] != lineart[0]).any()


def test_sides_are_padded_and_cut_back(drawing):
    """Property: a painter that wants multiples of 8 gets them, and the size stays."""
    seen = []

    class Watching(FillPainter):
        def paint(self, lineart, *rest):
            seen.append(lineart.shape[2:])
            return super().paint(lineart, *rest)

    method = Method(Watching("watching", watershed_fill, step=8))
    made = method(*drawing)
    assert seen == [(24, 32)]
    assert made.shape == (3, 22, 31)
    images.check(made, "picture", channels=3)


def test_a_painter_that_draws_lines_is_taken_as_it_is(drawing):
    """Property: its lines are not multiplied by ours."""
    white = FillPainter("white", watershed_fill, lines=True)
    lineart, hints, mask = drawing
    made = Method(white)(lineart, np.zeros_like(hints), mask)
    assert (made == 1).all()


def test_an_unknown_painter_is_named_with_those_there_are():
    """The message says what came and what there is."""
    with pytest.raises(ValueError, match=r"watershed.*got 'magic'"):
        load_painter("magic")
    assert set(PAINTERS) >= {"watershed", "trapped ball", "min-cut"}
