"""Drawings of attention: they show the numbers they are given, and refuse what cannot fit."""

import numpy as np
import pytest
from matplotlib import colors
from matplotlib import pyplot as plt

from lineart_lib.press import save_figure
from lineart_lib.press.attention import draw_cells, draw_maps, draw_matrices, draw_patches
from lineart_lib.press.style import PALETTE
from lineart_lib.press.transformer import core_nn_transformer_block

ALT = "A drawing that the test looks at instead of a reader."


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_cells_say_their_numbers_and_are_stronger_where_larger():
    """Property: each finite number is written; opacity rises with it; hidden cells are empty."""
    matrix = np.array([[0.25, -np.inf], [1.0, -0.5]])
    axes = plt.figure().subplots()
    draw_cells(axes, matrix)
    assert [words.get_text() for words in axes.texts] == ["0.25", "", "1.00", "-0.50"]
    opacity = axes.images[0].get_array()[..., 3]
    assert opacity[1, 0] > opacity[0, 0] > opacity[1, 1] == opacity[0, 1] == 0
    assert np.allclose(axes.images[0].get_array()[0, 0, :3], colors.to_rgb(PALETTE["orange"]))


def test_patches_stand_in_the_order_of_the_network():
    """Equivalence: the drawn patches, in order, are those that `to_patches` makes."""
    import torch

    from lineart_lib.models.vit import to_patches

    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    sequence = draw_patches(image, 7).axes[1]
    drawn = np.stack([np.asarray(shown.get_array()) for shown in sequence.images])
    expected = to_patches(torch.tensor(image)[None, None], 7)[0].reshape(16, 7, 7)
    assert np.array_equal(drawn, expected)


def test_maps_tint_the_patch_that_is_looked_at():
    """Property: the strongest tint lies on the strongest patch; the first column is the mean."""
    maps = np.full((1, 2, 4, 4), 0.01)
    maps[0, 0, 1, 2], maps[0, 1, 3, 0] = 0.9, 0.3
    mean, first, second = draw_maps(
        np.zeros((28, 28), dtype=np.uint8), maps, rows="layer", columns="head"
    ).axes
    for axes, (row, column) in ((mean, (1, 2)), (first, (1, 2)), (second, (3, 0))):
        tint = axes.images[1].get_array()[..., 3]
        at = np.argwhere(tint == tint.max())
        assert set(map(tuple, at // 7)) == {(row, column)}


@pytest.mark.parametrize("name", ["block", "matrices", "patches", "maps"])
def test_all_can_be_published(publication, name):
    """Property: what is drawn passes the checks of a figure and follows the theme."""
    image = np.zeros((28, 28), dtype=np.uint8)
    drawn = {
        "block": core_nn_transformer_block,
        "matrices": lambda: draw_matrices([np.eye(2)], ["I"], rows=["a", "b"], columns=["ab"]),
        "patches": lambda: draw_patches(image, 7),
        "maps": lambda: draw_maps(image, np.ones((2, 2, 4, 4)), rows="layer", columns="head"),
    }[name]()
    saved = save_figure(f"shown_{name}", drawn, caption="What it shows.", alt=ALT)
    assert "var(--lineart-ink" in saved.inline()


def test_what_does_not_fit_is_refused():
    """Property: the error says what came."""
    with pytest.raises(ValueError, match="1 titles, 3 rows"):
        draw_matrices([np.eye(2)], ["I"], rows=["a", "b", "c"], columns=["ab"])
    with pytest.raises(ValueError, match="5 px patches"):
        draw_patches(np.zeros((28, 28), dtype=np.uint8), 5)
