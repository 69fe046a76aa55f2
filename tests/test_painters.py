"""Painters are the fills that they name, keep lines and surroundings, and take any size."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.painters import DIALS, PAINTERS, FillPainter, Method, load_painter
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


@pytest.mark.parametrize(
    ("name", "strength", "said"),
    [
        ("min-cut", 0.5, "min-cut has no dial: leave strength out"),
        ("copying", 0.0, "copying has no dial"),
        ("stablepaint", 1.5, r"strength must lie in \[0, 1\]; got 1.5"),
        ("varied", -0.1, "got -0.1"),
        ("fewsteps", float("nan"), "got nan"),
    ],
)
def test_a_dial_is_there_and_has_two_ends(name, strength, said):
    """Error: said before any weights are looked for."""
    with pytest.raises(ValueError, match=said):
        load_painter(name, "smoke", strength)


def test_the_dial_stands_where_it_is_set(monkeypatch):
    """Property: the strength that was given, else a default of one or of several paintings, in
    range, and above 0 for several, so that they differ."""
    for name, (alone, several) in DIALS.items():
        monkeypatch.setitem(PAINTERS, name, lambda profile, strength: (profile, strength))
        assert load_painter(name, "smoke", 0.0, 4) == ("smoke", 0.0)
        assert load_painter(name, "smoke", 0.75) == ("smoke", 0.75)
        assert load_painter(name) == ("book", alone)
        assert load_painter(name, variations=4) == ("book", several)
        assert 0 <= alone <= several <= 1
        assert several > 0


def test_an_unknown_painter_is_named_with_those_there_are():
    """The message says what came and what there is."""
    with pytest.raises(ValueError, match=r"watershed.*got 'magic'"):
        load_painter("magic")
    assert set(PAINTERS) >= {"watershed", "trapped ball", "min-cut"}
