"""Rows of pictures: what is shown is what was given, and a sieve says what its rule says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lineart_lib.press.gallery import coloured, draw_gallery, draw_sieve, on_grey_paper


def test_labels_become_colours_and_nothing_stays_white():
    """Property: 0 is white, equal labels are equal, and neighbouring numbers differ."""
    shown = coloured(np.array([[0, 1, 2], [1, 10, 11]]))
    assert shown.dtype == np.uint8
    assert (shown[0, 0] == 255).all()
    np.testing.assert_array_equal(shown[0, 1], shown[1, 0])
    assert (shown[0, 1] != shown[0, 2]).any()
    assert (shown[1, 1] != shown[1, 2]).any()


def test_a_gallery_shows_each_picture_in_its_place():
    """Round trip: the pixels of a panel are those of the picture, row by row."""
    generator = np.random.default_rng(0)
    rows = [[generator.integers(0, 256, (5, 4, 3), np.uint8) for _ in range(3)] for _ in range(2)]
    figure = draw_gallery(rows, ["a", "b", "c"], ["first", "second"])
    shown = [axes.images[0].get_array() for axes in figure.axes]
    plt.close(figure)
    for found, given in zip(shown, [p for row in rows for p in row], strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize(
    ("at_least", "kept"), [(True, ["3", "2"]), (False, ["1", "2"])], ids=["least", "most"]
)
def test_a_sieve_keeps_what_its_rule_keeps(at_least, kept):
    """Property: best first; the edge of the threshold is kept; the words say which is which."""
    pictures = [np.full((2, 2), 100, np.uint8)] * 3
    figure = draw_sieve(pictures, [1, 3, 2], 2, at_least=at_least, measure="x", form=".0f")
    words = [axes.get_xlabel().split("\n") for axes in figure.axes]
    plt.close(figure)
    assert [value for value, word in words if word == "kept"] == kept
    assert [word for _, word in words] == ["kept", "kept", "dropped"]


def test_what_does_not_fit_is_refused():
    """Property: rows of unequal length, values too few and floats are named."""
    picture = np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="2 pictures a row"):
        draw_gallery([[picture, picture], [picture]])
    with pytest.raises(ValueError, match="got 1 and 0"):
        draw_sieve([picture] * 2, [1.0], 0, at_least=True, measure="x")
    with pytest.raises(ValueError, match="float64"):
        draw_gallery([[np.zeros((2, 2))]])


def test_hints_lie_on_grey_paper_in_their_own_colour():
    """Equivalence: by hand; half a pixel's hint shows its whole colour, a quarter-size one four."""
    lineart = np.ones((1, 2, 4), np.float32)
    lineart[0, 0, 3] = -1
    hints = np.zeros((4, 1, 2), np.float32)
    hints[:, 0, 0] = [0.5, -0.5, 0.5, 0.5]
    shown = on_grey_paper(lineart, hints)
    assert (shown[:, :2] == [255, 0, 255]).all()
    assert (shown[1, 2:] == 209).all()
    assert (shown[0, 3] == 0).all()
    assert (on_grey_paper(lineart)[:, :2] == 209).all()
