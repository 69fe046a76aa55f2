"""Hints of the protocol are those of the recipe, nested, and careless in the same way each time."""

from dataclasses import replace

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.hinting import careless_marks, neat_marks
from lineart_lib.evaluation.scores import Case
from lineart_lib.recipe.carelessness import Carelessness
from lineart_lib.recipe.hints import RATIOS, region_hints


@pytest.fixture
def case():
    """Twelve areas of different sizes and colours."""
    numbers = np.random.default_rng(0)
    lines, regions = np.ones((1, 48, 64), np.float32), np.zeros((48, 64), np.int32)
    colour = np.ones((3, 48, 64), np.float32)
    for number in range(12):
        top, left = 16 * (number // 4), 16 * (number % 4)
        there = slice(top + 1, top + 5 + number % 10), slice(left + 1, left + 14)
        regions[there] = number + 1
        colour[:, regions == number + 1] = numbers.uniform(-1, 1, (3, 1))
    return Case("twelve", lines, lines, colour, regions)


@pytest.mark.parametrize("shape", ["scribble", "dot"])
def test_neat_marks_are_the_hints_of_the_recipe(case, shape):
    """Equivalence: at every share, in both shapes."""
    marks = neat_marks(case, shape)
    for ratio in RATIOS:
        expected = region_hints(case.colour, case.regions, ratio, shape)
        np.testing.assert_array_equal(marks.hints(ratio), expected)


def test_careless_marks_grow_with_the_share_and_keep_what_was_there(case):
    """Property: a larger share adds pixels, and changes only those that a later mark covers."""
    marks = careless_marks(case)
    before = marks.hints(0)
    assert not before.any()
    for ratio in RATIOS[1:]:
        hints = marks.hints(ratio)
        images.check_hints(hints)
        assert hints[3].any()
        assert (hints[3] >= before[3]).all()
        kept = (hints == before).all(axis=0) | (before[3] == 0)
        added = set(np.concatenate(marks.places).tolist())
        assert set(np.flatnonzero(~kept).tolist()) <= added
        before = hints


def test_careless_marks_hang_on_name_and_region_alone(case):
    """Property: the same again for the same name; and each region strays by itself."""
    first, again = careless_marks(case), careless_marks(case)
    assert all(map(np.array_equal, first.places, again.places))
    other = careless_marks(replace(case, name="another"))
    assert not all(map(np.array_equal, first.places, other.places))
    fewer = careless_marks(replace(case, regions=np.where(case.regions > 11, 0, case.regions)))
    known = dict(zip(first.regions, first.places, strict=True))
    for region, place in zip(fewer.regions, fewer.places, strict=True):
        np.testing.assert_array_equal(place, known[region])


def test_the_largest_region_keeps_a_hint_whatever_is_lost(case):
    """Property: where all are lost, one neat mark stays."""
    marks = careless_marks(case, settings=Carelessness(lost_share=1))
    np.testing.assert_array_equal(marks.hints(1), neat_marks(case).hints(0.01))


def test_refuses_percent(case):
    """Error: a share of 5 is not 5 %."""
    with pytest.raises(ValueError, match=r"5 % is 0\.05"):
        neat_marks(case).hints(5)
