"""Marks stray as far as their settings say, and not at all when told so."""

from dataclasses import replace

import numpy as np
import pytest

from lineart_lib.recipe.carelessness import Carelessness, careless_mark

NEAT = Carelessness(shift_px=0, overshoot_share=0, overshoot_px=(0, 0), lost_share=0)


def stroke():
    """Return a level stroke of seven pixels in the middle of a picture."""
    mark = np.zeros((20, 30), bool)
    mark[10, 8:15] = True
    return mark


def test_a_careful_hand_changes_nothing():
    """Property: without any carelessness the mark comes back."""
    found = careless_mark(stroke(), np.random.default_rng(0), NEAT)
    np.testing.assert_array_equal(found, stroke())


def test_a_shift_moves_the_whole_mark_within_its_range():
    """Property: the same shape elsewhere, each shift of -2 to 2 in turn; cut at the border."""
    settings, seen = replace(NEAT, shift_px=2), set()
    for seed in range(200):
        found = careless_mark(stroke(), np.random.default_rng(seed), settings)
        places = np.argwhere(found)
        down, right = places[0] - (10, 8)
        assert (places - np.argwhere(stroke()) == (down, right)).all()
        seen.add((int(down), int(right)))
    assert seen == {(down, right) for down in range(-2, 3) for right in range(-2, 3)}
    edge = np.zeros((5, 5), bool)
    edge[0] = True
    counts = {int(careless_mark(edge, np.random.default_rng(s), settings).sum()) for s in range(99)}
    assert counts == {0, 3, 4, 5}


def test_an_overshoot_goes_on_in_the_direction_of_the_stroke():
    """Equivalence: four pixels more on its row, at one end; a dot goes on anywhere."""
    settings = replace(NEAT, overshoot_share=1, overshoot_px=(4, 4))
    found = careless_mark(stroke(), np.random.default_rng(0), settings)
    assert found[10].sum() == found.sum() == 7 + 4
    assert found[stroke()].all()
    dot = np.zeros((20, 30), bool)
    dot[10, 15] = True
    for seed in range(20):
        places = np.argwhere(careless_mark(dot, np.random.default_rng(seed), settings))
        assert np.hypot(*(places - (10, 15)).T).max() == pytest.approx(4, abs=0.71)


def test_so_many_are_lost_and_the_rest_does_not_notice():
    """Property: about the share is lost, and the others are moved as if none were."""
    some, none = Carelessness(), Carelessness(lost_share=0)
    lost = 0
    for seed in range(1000):
        found = careless_mark(stroke(), np.random.default_rng(seed), some)
        if found.any():
            again = careless_mark(stroke(), np.random.default_rng(seed), none)
            np.testing.assert_array_equal(found, again)
        lost += not found.any()
    assert 160 <= lost <= 240  # 200 ± 3 standard deviations of 12.6.


@pytest.mark.parametrize("wrong", [{"lost_share": 1.2}, {"shift_px": -1}, {"overshoot_px": (4, 2)}])
def test_refuses_impossible_settings(wrong):
    """Error: the field is named."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Carelessness(**wrong)
