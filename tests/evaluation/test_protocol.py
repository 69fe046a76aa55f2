"""Curves, areas and intervals are right where the answer is known; hints need no luck."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lineart_lib import images
from lineart_lib.evaluation import protocol
from lineart_lib.evaluation.cases import (
    artist_cases,
    damaged_cases,
    extracted_cases,
    extractor,
)
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.evaluation.protocol import Curve
from lineart_lib.evaluation.scores import NAMES, Case, laid_under
from lineart_lib.evaluation.user import strokes_needed
from lineart_lib.models.line_extractor import LineExtractor, extract_lines
from lineart_lib.recipe.lineart import extract
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.training import lines
from lineart_lib.training.runs import Run

RED, BLUE, GREEN = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0)


def a_case(name="rooms", gap=0):
    """Three closed rooms side by side, red, blue and green; a gap in the wall of the first two."""
    lines = np.ones((1, 32, 48), np.float32)
    lines[:, 4:28, [4, 18, 32, 44]] = -1
    lines[:, [4, 27], 4:45] = -1
    if gap:
        lines[:, 14 : 14 + gap, 18] = 1
    colour, regions = np.ones((3, 32, 48), np.float32), np.zeros((32, 48), np.int32)
    for number, (left, right, paint) in enumerate(((5, 18, RED), (18, 32, BLUE), (32, 44, GREEN))):
        colour[:, 5:27, left:right] = np.array(paint)[:, None, None]
        regions[5:27, left:right] = number + 1
    return Case(name, lines, lines, colour, regions)


def a_curve(errors, ratios=(0.0, 0.5, 1.0)):
    """Return a curve whose every score is the given (ratios, cases)."""
    scores = np.repeat(np.asarray(errors, float)[..., None], len(NAMES), axis=2)
    return Curve(scores, ratios)


def test_a_fill_on_closed_rooms_climbs_to_a_perfect_score():
    """Equivalence: a share of 2/3 colours two of three rooms, and 1 all of them, exactly."""
    curve = protocol.measure(FILLS["trapped ball"], [a_case(), a_case("again")], (0.0, 0.5, 1.0))
    assert curve.of("regions").tolist() == [[0, 0], [2 / 3, 2 / 3], [1, 1]]
    assert curve.of("difference")[2].max() < 1e-6
    assert np.isnan(curve.of("obeyed")[0]).all()
    assert curve.of("obeyed")[1:].max() < 1e-6


def test_areas_are_trapezia_over_the_shares_above_zero():
    """Equivalence: by hand, from unevenly spaced shares; what no hint gives does not count."""
    curve = a_curve([[9, 9], [1, 3], [2, 6], [4, 4]], (0.0, 0.1, 0.2, 1.0))
    by_hand = ((2 + 4) / 2 * 0.1 + (4 + 4) / 2 * 0.8) / 0.9
    assert protocol.area(curve, "mean ΔE00")[0] == pytest.approx(by_hand)


def test_three_kinds_of_psnr_differ_as_they_should():
    """Equivalence: one perfect picture lifts the mean of logarithms and not the pooled one."""
    curve = a_curve([[0.1, 0.1, 0.0]], (1.0,))
    assert protocol.summary(curve, "pooled PSNR")[0, 0] == pytest.approx(-10 * np.log10(0.2 / 3))
    assert protocol.summary(curve, "mean PSNR")[0, 0] == pytest.approx((10 + 10 + 50) / 3)
    assert protocol.summary(curve, "median PSNR")[0, 0] == pytest.approx(10)


def test_weights_count_pictures_as_often_as_they_were_drawn():
    """Equivalence: a weighted statistic is the plain one of repeated pictures."""
    numbers = np.random.default_rng(0)
    errors = numbers.uniform(0.01, 0.5, (2, 7))
    weights = np.array([[2, 0, 1, 3, 1, 0, 0], [1, 1, 1, 1, 1, 1, 1]])
    for statistic in protocol.STATISTICS:
        found = protocol.summary(a_curve(errors, (0.5, 1.0)), statistic, weights)
        for row, counts in enumerate(weights):
            repeated = a_curve(np.repeat(errors, counts, axis=1), (0.5, 1.0))
            np.testing.assert_allclose(found[row], protocol.summary(repeated, statistic)[0])


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Property: of 200 samples of a known mean, about 95 % of the intervals hold it."""
    numbers = np.random.default_rng(1)
    weights = protocol.draws(60, numbers, 400)
    held = 0
    for _ in range(200):
        curve = a_curve(numbers.normal(3.0, 1.0, (1, 60)), (1.0,))
        found = protocol.estimate(curve, "mean ΔE00", weights)
        held += found.low <= 3.0 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_a_paired_difference_is_surer_than_two_intervals():
    """Property: what both methods share cancels, so a small lead on every picture is certain."""
    numbers = np.random.default_rng(2)
    hard = numbers.normal(10, 5, (1, 40))
    ahead, behind = a_curve(hard - 0.5, (1.0,)), a_curve(hard, (1.0,))
    weights = protocol.draws(40, numbers, 400)
    alone = protocol.estimate(ahead, "mean ΔE00", weights)
    lead = protocol.difference(ahead, behind, "mean ΔE00", weights)
    assert lead.low == pytest.approx(lead.high) == pytest.approx(-0.5)
    assert alone.high - alone.low > 1


@pytest.fixture
def pictures():
    """The three rooms as loaded pictures."""
    case = a_case()
    to = lambda planes: images.to_bytes(planes).transpose(1, 2, 0)[None]  # noqa: E731
    return Pictures(
        images.to_bytes(case.lineart),
        to(laid_under(case.colour, case.lineart)),
        to(case.colour),
        to(case.colour),
        case.regions[None],
        np.zeros((1, 32, 48), np.uint8),
        ("rooms",),
        ("rooms",),
        (("room",),),
        ("artist",),
    )


def test_test_sets_change_the_lines_and_nothing_else(pictures, monkeypatch):
    """Property: the colours and the artist's lines stay; given lines are as each set says."""
    [plain] = artist_cases(pictures)
    np.testing.assert_array_equal(plain.lineart, a_case().lineart)
    [extracted] = extracted_cases(pictures)
    [hurt] = damaged_cases(pictures)
    for case in (extracted, hurt):
        np.testing.assert_array_equal(case.artist, plain.artist)
        np.testing.assert_array_equal(case.colour, plain.colour)
        assert not np.array_equal(case.lineart, plain.lineart)
    np.testing.assert_array_equal(hurt.lineart, damaged_cases(pictures)[0].lineart)
    [given] = extracted_cases(pictures, lambda picture: picture[:1])
    np.testing.assert_allclose(given.lineart[0], images.to_picture(pictures.illustration[0])[0])


def test_lines_come_from_the_extractor_that_is_named(monkeypatch):
    """Equivalence: XDoG is the recipe's; the learned one is the network of that profile."""
    picture = np.random.default_rng(0).uniform(-1, 1, (3, 12, 20)).astype(np.float32)
    np.testing.assert_array_equal(extractor("xdog", "smoke")(picture), extract(picture))
    asked, model = [], LineExtractor((8, 16), torch.Generator().manual_seed(0)).eval()

    def trained(profile):
        asked.append(profile)
        return Run(model, {}, [], Path(), trained=False)

    monkeypatch.setattr(lines, "line_extractor", trained)
    found = extractor("learned", "smoke")(picture)
    np.testing.assert_array_equal(found, extract_lines(picture, model))
    assert asked == ["smoke"]
    with pytest.raises(ValueError, match="extractor must be one of xdog, learned; got 'blue'"):
        extractor("blue", "smoke")


def test_a_user_needs_a_stroke_a_room_and_fewer_with_a_clever_method():
    """Equivalence: three closed rooms take three strokes; a method that knows takes none."""
    case = a_case()
    assert strokes_needed(FILLS["trapped ball"], case) == 3
    truth = laid_under(case.colour, case.artist)
    assert strokes_needed(lambda *_: truth, case) == 0


def test_a_user_gives_up_where_hints_do_not_help():
    """Property: a method that ignores hints costs one more than the most."""
    case = a_case()
    assert strokes_needed(FILLS["lineart as is"], case, most=7) == 8
    assert strokes_needed(FILLS["lineart as is"], case, most=1) == 2


def test_a_user_sees_colour_that_ran_over_the_paper():
    """Property: red on the paper is wrong, and a white stroke there mends it."""
    case = a_case()
    truth = laid_under(case.colour, case.artist)
    spilt = np.where(case.regions == 0, np.array(RED, np.float32)[:, None, None], truth)
    spilt = laid_under(spilt, case.lineart)

    def spilling(lineart, hints, mask):
        paper = (hints[3] > 0) & (case.regions == 0)
        return truth if paper.any() else spilt

    assert strokes_needed(spilling, case) == 1


@pytest.mark.parametrize(("columns", "strokes"), [(3, 0), (4, 1)])
def test_a_user_minds_more_than_a_quarter(columns, strokes):
    """Equivalence: of thirteen columns three may be wrong, four may not."""
    case = a_case()
    truth = laid_under(case.colour, case.artist)
    stained = truth.copy()
    stained[:, 5:27, 5 : 5 + columns] = 0
    red = case.regions == 1

    def staining(lineart, hints, mask):
        return truth if (hints[3] > 0)[red].any() else stained

    assert strokes_needed(staining, case) == strokes


def test_a_single_picture_has_no_interval():
    """Error: one case cannot be redrawn, and is refused."""
    with pytest.raises(ValueError, match="2 cases"):
        protocol.draws(1, np.random.default_rng(0))
