"""Scores are what they say on pictures whose answer is known by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.scores import (
    Case,
    best_of,
    diversity,
    exactness,
    laid_under,
    nearness,
    score,
    signal_to_noise,
)

RED, BLUE, WHITE = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (1.0, 1.0, 1.0)


def filled(*blocks):
    """Return a white picture (3, 20, 20) with blocks: (rows, columns, colour)."""
    picture = np.ones((3, 20, 20), np.float32)
    for rows, columns, colour in blocks:
        picture[:, rows, columns] = np.array(colour, np.float32)[:, None, None]
    return picture


LEFT, RIGHT = (slice(2, 18), slice(2, 10)), (slice(2, 18), slice(11, 18))


@pytest.fixture
def case():
    """A red and a blue area with a line between them, on white paper."""
    lines = np.ones((1, 20, 20), np.float32)
    lines[:, 2:18, 10] = -1
    regions = np.zeros((20, 20), np.int32)
    regions[LEFT], regions[RIGHT] = 1, 2
    colour = filled((*LEFT, RED), (*RIGHT, BLUE))
    return Case("two areas", lines, lines, colour, regions)


def test_the_artists_own_picture_has_every_score_at_its_best(case):
    """Equivalence: no difference, no error, every region right and pure, nothing leaks."""
    truth = laid_under(case.colour, case.artist)
    found = score(truth, case, images.join_hints(case.colour, np.ones((1, 20, 20))))
    assert found.difference == found.error == found.leak == found.obeyed == found.obeyed_95 == 0
    assert found.regions == found.purity == 1
    assert found.similarity == pytest.approx(1)
    assert signal_to_noise(found.error) == 50


def test_one_wrong_region_is_half_wrong(case):
    """Equivalence: blue painted red is one of two regions, pure, and all of it leaked."""
    wrong = laid_under(filled((*LEFT, RED), (*RIGHT, RED)), case.artist)
    found = score(wrong, case)
    assert (found.regions, found.purity) == (0.5, 1)
    assert found.leak == 16 * 7 / (16 * 15)
    each = images.delta_e(
        np.full((3, 1, 1), 1.0) * np.array(RED)[:, None, None],
        filled((slice(1), slice(1), BLUE))[:, :1, :1],
    )
    assert found.difference == pytest.approx(float(each[0, 0]) * 16 * 7 / (400 - 16))
    assert found.error == pytest.approx(2 / 3 * 16 * 7 / (400 - 16))  # Two of three channels.
    assert np.isnan(found.obeyed)


def test_a_leak_of_known_size_is_counted(case):
    """Equivalence: four columns of blue in red are their share of all pixels in regions."""
    leaked = filled((*LEFT, RED), (*RIGHT, BLUE), (slice(2, 18), slice(6, 10), BLUE))
    found = score(laid_under(leaked, case.artist), case)
    assert found.leak == 16 * 4 / (16 * 15)
    assert found.purity == pytest.approx((0.5 + 1) / 2)
    other = filled((*LEFT, RED), (*RIGHT, BLUE), (slice(2, 18), slice(6, 10), (0, 1, 0)))
    assert score(laid_under(other, case.artist), case).leak == 0  # Wrong, but of no region.


def test_what_lies_on_lines_does_not_count(case):
    """Property: colours on the ink change neither difference nor error, of both linearts."""
    picture = laid_under(case.colour, case.artist)
    picture[:, 2:18, 10] = np.array((0, 1, 0))[:, None]
    assert score(picture, case).difference == 0
    lines = case.lineart.copy()
    lines[:, 5, :] = -1  # A line that only the given lineart has.
    picture[:, 5, :] = -1
    assert score(picture, replace(case, lineart=lines)).error == 0


def test_obedience_looks_under_the_hints_alone(case):
    """Equivalence: of two hinted pixels one is wrong; a hint on the line is not asked for."""
    mask = np.zeros((1, 20, 20), np.float32)
    mask[0, [5, 5, 6], [4, 14, 10]] = 1
    hints = images.join_hints(case.colour, mask)
    wrong = laid_under(filled((*LEFT, RED), (*RIGHT, RED)), case.artist)
    red, blue = filled((slice(1), slice(1), RED))[:, :1, :1], filled((slice(1), slice(1), BLUE))
    apart = float(images.delta_e(red, blue[:, :1, :1])[0, 0])
    assert score(wrong, case, hints).obeyed == pytest.approx(apart / 2)


def test_promises_of_mask_and_ink_are_measured(case):
    """Equivalence: the largest change outside the mask, and on ink, in units of [-1, 1]."""
    mask = np.zeros((1, 20, 20), np.float32)
    mask[:, 4:16, 4:16] = 1
    picture = np.repeat(case.lineart, 3, axis=0)
    picture[0, 6, 6] = -1  # Inside: allowed.
    assert exactness(picture, case, mask) == (0, 0)
    picture[1, 0, 0] = 0.75
    picture[2, 5, 10] = -0.5
    assert exactness(picture, case, mask) == (0.25, 0.5)


def test_an_area_under_ink_is_no_region(case):
    """Property: a region that no bare pixel shows is left out, others keep their colours."""
    lines = case.lineart.copy()
    lines[0][LEFT] = -1
    hidden = replace(case, lineart=lines)
    found = score(laid_under(case.colour, hidden.lineart), hidden)
    assert (found.regions, found.purity, found.leak) == (1, 1, 0)
    lines[:] = -1
    with pytest.raises(ValueError, match="two areas is all ink"):
        score(laid_under(case.colour, lines), replace(case, lineart=lines))


def test_refuses_a_picture_of_another_size(case):
    """Error: the size is named."""
    with pytest.raises(ValueError, match=r"two areas: the picture must be \(3, 20, 20\)"):
        score(np.ones((3, 10, 10), np.float32), case)


def test_diversity_is_the_mean_over_pairs(case):
    """Equivalence: of three answers two are equal, so two of three pairs are apart."""
    right = laid_under(case.colour, case.artist)
    other = laid_under(filled((*LEFT, RED), (*RIGHT, RED)), case.artist)
    assert diversity([right, right.copy()], case) == 0
    one_pair = score(other, case).difference  # To the artist's picture, which is `right`.
    assert diversity([right, right, other], case) == pytest.approx(2 / 3 * one_pair)
    with pytest.raises(ValueError, match="2 pictures at least; got 1"):
        diversity([right], case)


def test_nearness_is_two_of_the_scores(case):
    """Equivalence: with `score`, to the bit; without a hint nothing is obeyed; sizes must fit."""
    noise = np.random.default_rng(3).uniform(-1, 1, case.colour.shape).astype(np.float32)
    hints = np.zeros((4, *case.regions.shape), np.float32)
    assert np.isnan(nearness(noise, case, hints)[1])
    where = np.argwhere(case.bare)[::7]
    hints[:, where[:, 0], where[:, 1]] = np.array([0.5, -0.5, 0.25, 1], np.float32)[:, None]
    whole = score(noise, case, hints)
    assert nearness(noise, case, hints) == (whole.difference, whole.obeyed)
    assert whole.obeyed > 0
    with pytest.raises(ValueError, match="picture must be"):
        nearness(noise[:, 1:], case, hints)


def test_the_best_of_several_is_the_nearest(case):
    """Equivalence: the artist's picture among others scores as it does alone."""
    right = laid_under(case.colour, case.artist)
    others = [
        laid_under(filled((*LEFT, paint), (*RIGHT, RED)), case.artist) for paint in (RED, BLUE)
    ]
    assert best_of([others[0], right, others[1]], case).difference == 0
    assert best_of(others, case).difference == score(others[0], case).difference
    with pytest.raises(ValueError, match="no picture"):
        best_of([], case)
