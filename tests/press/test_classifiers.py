"""Drawings of a classifier: they show the numbers that they were given."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lineart_lib.press import save_figure
from lineart_lib.press.classifiers import draw_confusion, draw_history, draw_pictures

DRAW = np.random.default_rng(0)


def test_pictures_keep_their_pixels_words_and_order():
    """Equivalence: pictures are embedded as they are, row by row, each over its words."""
    images = DRAW.integers(0, 256, (5, 4, 6), dtype=np.uint8)
    words = [f"picture {number}\nof five" for number in range(5)]
    (axes,) = draw_pictures(images, words, columns=2).axes
    assert [text.get_text() for text in axes.texts] == words
    corners = []
    for shown, image, text in zip(axes.images, images, axes.texts, strict=True):
        assert np.array_equal(shown.get_array(), image)
        left, right, bottom, top = shown.get_extent()
        assert bottom > top, "the first row of pixels is drawn on top"
        assert text.get_position()[0] == pytest.approx((left + right) / 2)
        assert text.get_position()[1] > bottom
        corners.append((top, left))
    assert corners == sorted(corners)
    assert len({top for top, _ in corners}) == 3


def history(runs: int, epochs: int) -> dict[str, np.ndarray]:
    """Return made-up measurements."""
    return {
        "train": DRAW.random((runs, epochs)),
        "validation": DRAW.random((runs, epochs)),
        "test": DRAW.random(runs),
    }


@pytest.mark.parametrize(("runs", "epochs"), [(1, 1), (5, 10), (3, 25)])
def test_history_draws_means_and_ranges(runs, epochs):
    """Equivalence: lines are means over runs, bands reach from the least to the most."""
    given = history(runs, epochs)
    for axes in draw_history(given, given).axes:
        for line, band, name in zip(
            axes.lines, axes.collections, ("train", "validation"), strict=False
        ):
            assert line.get_xdata().tolist() == list(range(1, epochs + 1))
            np.testing.assert_allclose(line.get_ydata(), given[name].mean(0))
            heights = band.get_paths()[0].vertices[:, 1]
            assert heights.min() == pytest.approx(given[name].min())
            assert heights.max() == pytest.approx(given[name].max())
        (bar,) = axes.containers
        assert bar.lines[0].get_ydata() == pytest.approx([given["test"].mean()])
        (reach,) = bar.lines[2][0].get_segments()
        assert reach[:, 1] == pytest.approx([given["test"].min(), given["test"].max()])
        ticks = axes.get_xticks()
        assert ticks[-1] == epochs
        assert len(ticks) <= 10


def test_confusion_writes_percent_and_per_thousand():
    """Equivalence: the diagonal is recall in percent; beside it stand errors in a thousand."""
    counts = np.array([[90.0, 10.0, 0.0], [1.0, 199.0, 0.0], [3.0, 0.0, 7.0]])
    (axes,) = draw_confusion(counts).axes
    written = {text.get_position(): text.get_text() for text in axes.texts}  # (guess, digit)
    assert written == {
        (0, 0): "90.0",
        (1, 0): "100.0",
        (0, 1): "5.0",
        (1, 1): "99.5",
        (0, 2): "300.0",
        (2, 2): "70.0",
    }


def test_confusion_colours_by_the_share_of_errors():
    """Property: the worse an error, the stronger its colour, and no colour hides the number."""
    counts = np.array([[90, 10, 0], [1, 199, 0], [3, 0, 7]])
    (axes,) = draw_confusion(counts).axes
    cells = [cell for cell in axes.patches if isinstance(cell, Rectangle)]
    opacity = np.array([cell.get_alpha() for cell in cells]).reshape(3, 3)
    assert opacity[2, 0] > opacity[0, 1] > opacity[1, 0] > opacity[0, 2] == 0
    assert opacity.max() < 0.7


def test_no_error_at_all_can_be_drawn():
    """Property: a perfect classifier has a matrix too."""
    (axes,) = draw_confusion(np.eye(4)).axes
    assert [text.get_text() for text in axes.texts] == ["100.0"] * 4


def test_all_can_be_published(tmp_path, monkeypatch):
    """Property: each drawing passes what the press asks of a figure."""
    monkeypatch.setenv("LINEART_PUBLICATION", str(tmp_path))
    given = history(2, 3)
    drawn = {
        "a_pictures": draw_pictures(np.zeros((2, 3, 3), np.uint8), ["a", "b"], columns=2),
        "a_history": draw_history(given, given),
        "a_confusion": draw_confusion(np.ones((3, 3))),
    }
    for name, figure in drawn.items():
        alt = "A drawing that a test has made from noise."
        saved = save_figure(name, figure, caption="A test.", alt=alt)
        assert alt in saved.inline()


@pytest.mark.parametrize(("images", "words", "columns"), [(0, 0, 1), (2, 1, 1), (2, 2, 0)])
def test_pictures_need_words_and_columns(images, words, columns):
    """Property: nothing to draw, or a picture without words, is refused."""
    with pytest.raises(ValueError, match="as many words as pictures"):
        draw_pictures(np.zeros((images, 2, 2), np.uint8), ["x"] * words, columns=columns)


def test_history_needs_every_part():
    """Property: a part that is missing or of another shape is refused."""
    whole = history(2, 3)
    for wrong in ({"train": whole["train"]}, {**whole, "test": np.zeros(3)}):
        with pytest.raises(ValueError, match=r"test as \(runs,\)"):
            draw_history(whole, wrong)


@pytest.mark.parametrize(
    "counts", [np.ones((2, 3)), -np.ones((2, 2)), np.zeros((2, 2)), np.ones(4)]
)
def test_confusion_needs_counts(counts):
    """Property: what is no matrix of counts is refused."""
    with pytest.raises(ValueError, match="expected a square matrix of counts"):
        draw_confusion(counts)
