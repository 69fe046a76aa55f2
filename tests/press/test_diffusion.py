"""The grids of small pictures."""

import numpy as np
import pytest
from matplotlib import pyplot

from lineart_lib.press.diffusion import draw_grid, mosaic


def test_every_picture_is_in_the_mosaic():
    """Round trip: cut out again, each picture is what was laid in; the gaps are empty."""
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 3, 5, 4)).astype(np.float32)
    whole = mosaic(pictures, gap_px=2)
    assert whole.shape == (2 * 7 - 2, 3 * 6 - 2)
    for row in range(2):
        for column in range(3):
            cut = whole[7 * row : 7 * row + 5, 6 * column : 6 * column + 4]
            np.testing.assert_array_equal(cut, pictures[row, column])
    assert np.isnan(whole).sum() == whole.size - pictures.size


def test_noise_is_clipped_to_what_can_be_shown():
    """Property: values outside [-1, 1] become black or white."""
    whole = mosaic(np.array([[[[-3.0, 0.5, 3.0]]]]))
    np.testing.assert_array_equal(whole, [[-1.0, 0.5, 1.0]])


def test_words_stand_at_their_pictures():
    """Property: each word is level with its row, or above its column."""
    figure = draw_grid(np.zeros((2, 3, 8, 8)), rows=["up", "down"], columns=["a", "b", "c"])
    places = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert places["up"][1] == 4
    assert places["down"][1] == 15
    assert [places[name][0] for name in "abc"] == [4, 15, 26]
    pyplot.close(figure)


def test_what_does_not_fit_is_refused():
    """Property: a missing word or a channel too many is named."""
    with pytest.raises(ValueError, match="words"):
        draw_grid(np.zeros((2, 3, 8, 8)), rows=["one"], columns=["a", "b", "c"])
    with pytest.raises(ValueError, match="leave the channel out"):
        mosaic(np.zeros((2, 3, 1, 8, 8)))
