"""Scores of found lines: right on cases whose answer is known."""

import numpy as np
import pytest

from lineart_lib.evaluation.lines import LineTest, line_test, measure
from lineart_lib.evaluation.protocol import draws, mean_of
from lineart_lib.recipe.lineart import extract, lines_agree
from lineart_lib.recipe.openmoji import draw_openmoji
from lineart_lib.recipe.pictures import Pictures


@pytest.fixture(scope="module")
def foxes():
    """Two drawings, as if they had been prepared."""
    arts = [draw_openmoji(code, 48) for code in ("1F98A", "1F99C")]
    planes = ("lineart", "illustration", "colour", "flats", "regions", "parts")
    return Pictures(
        **{plane: np.stack([getattr(art, plane) for art in arts]) for plane in planes},
        **{
            column: tuple(getattr(art, field) for art in arts)
            for column, field in (("names", "name"), ("designs", "design"), ("words", "words"))
        },
        lines=("artist", "artist"),
    )


def test_the_true_lines_are_found_perfectly(foxes):
    """Closed form: 1 for the truth; recall 0 for blank paper; precision falls for all ink."""
    test = line_test(foxes)
    true = iter(test.lines)
    assert (measure(lambda _: next(true), test) == 1).all()
    blank = measure(np.ones_like, LineTest(test.lines, test.lines))
    assert (blank[0] == [1, 0, 0]).all()
    black = measure(lambda lines: -np.ones_like(lines), LineTest(test.lines, test.lines))
    assert (black[..., 1] == 1).all()
    assert (black[..., 0] < 0.6).all()


def test_it_is_the_agreement_of_each_picture(foxes):
    """Equivalence: with `lines_agree`, picture by picture."""
    test = line_test(foxes)
    found = measure(extract, test)[0]
    for row, (picture, true) in enumerate(zip(test.illustrations, test.lines, strict=True)):
        one = lines_agree(extract(picture), true)
        assert found[row].tolist() == [one.precision, one.recall, one.f]


def test_levels_trade_precision_for_recall(foxes):
    """Property: as more counts as ink, recall never falls."""
    test = line_test(foxes)
    soft = [lines + 0.3 for lines in test.lines]
    drawn = iter([np.clip(lines, -1, 1) for lines in soft])
    found = measure(lambda _: next(drawn), test, levels=(-0.6, 0.0, 0.6, 0.99))
    assert (np.diff(found[..., 1], axis=0) >= 0).all()
    assert (found[0, :, 1] < found[-1, :, 1]).all()


def test_coloured_ink_changes_the_lines_alone(foxes):
    """Property: where there is no ink the picture stays; where there is, it becomes lighter."""
    black, coloured = line_test(foxes), line_test(foxes, brightest_ink=0.6)
    for before, after, lines in zip(
        black.illustrations, coloured.illustrations, black.lines, strict=True
    ):
        paper = np.broadcast_to(lines == 1, before.shape)
        np.testing.assert_array_equal(before[paper], after[paper])
        assert (after >= before).all()
        ink = after[:, (lines < -0.999)[0]]
        assert ink.max() <= 2 * 0.6 - 1 + 0.02
        assert ink.max() > before[:, (lines < -0.999)[0]].max() + 0.1
    again = line_test(foxes, brightest_ink=0.6)
    np.testing.assert_array_equal(again.illustrations[1], coloured.illustrations[1])


def test_the_interval_is_that_of_a_mean():
    """Closed form: the interval of a mean of n normal scores is near ± 1.96 standard errors."""
    values = np.random.default_rng(0).normal(0.9, 0.1, 400)
    found = mean_of(values, draws(400, np.random.default_rng(1), 4000))
    error = values.std() / 20
    assert found.value == pytest.approx(values.mean())
    # 4,000 draws know each end to about 5 % of the half width.
    assert found.high - found.value == pytest.approx(1.96 * error, rel=0.1)
    assert found.value - found.low == pytest.approx(1.96 * error, rel=0.1)


def test_a_test_needs_pictures():
    """Error: as many lines as pictures, two at least."""
    with pytest.raises(ValueError, match="2 at least"):
        LineTest((np.zeros((3, 4, 4)),), (np.zeros((1, 4, 4)),))
