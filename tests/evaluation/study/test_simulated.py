"""Simulated raters: their odds are those asked for, and intervals hold what they say."""

import numpy as np
import pytest

from lineart_lib.evaluation.study.analysis import analyse, redraws
from lineart_lib.evaluation.study.answers import Key
from lineart_lib.evaluation.study.simulated import (
    Crowd,
    felt,
    lead,
    simulated_leads,
    simulated_sheets,
    two_methods,
)


def a_key(pictures, asks=("opinion", "pairs")):
    """Two methods."""
    names = tuple(f"p{k}" for k in range(pictures))
    images = {f"{m}-{p}": (m, p) for m in range(2) for p in range(pictures)}
    return Key("s", "Simulated", asks, ("one", "two"), names, images)


def test_a_feeling_has_the_mean_and_spread_asked_for():
    """Equivalence: means are the strengths, and each spread is where it belongs."""
    drawn = felt(Crowd((1.0, -1.0), 0.5, 0.25), 4000, 4000, np.random.default_rng(0))
    # 4,000 draws of a spread of 0.5: the mean is known to 0.008, the spread to 0.006.
    np.testing.assert_allclose(drawn.mean(axis=(0, 2)), [1, -1], atol=0.03)
    np.testing.assert_allclose(drawn.mean(axis=2).std(axis=0), 0.5, atol=0.02)
    np.testing.assert_allclose(drawn.mean(axis=0).std(axis=1), 0.25, atol=0.02)


@pytest.mark.parametrize("spreads", [(0, 0), (0.5, 1.0), (2.0, 0.0)])
def test_the_share_of_all_answers_is_the_one_asked_for(spreads):
    """Equivalence: the mean of very many choices is the share; without spread it is the odds."""
    crowd = two_methods(0.7, *spreads)
    rng = np.random.default_rng(0)
    feeling = np.concatenate([felt(crowd, 1, 1, rng) for _ in range(20_000)])[..., 0]
    chosen = 1 / (1 + np.exp(feeling[:, 1] - feeling[:, 0]))
    # 20,000 independent answers whose spread is at most 0.45: known to 0.0032.
    assert chosen.mean() == pytest.approx(0.7, abs=0.013)
    difference = crowd.strengths[0] - crowd.strengths[1]
    assert difference >= np.log(0.7 / 0.3) - 1e-9
    if spreads == (0, 0):
        assert difference == pytest.approx(np.log(0.7 / 0.3))


def test_a_lead_is_what_the_analysis_finds():
    """Equivalence: value and interval of the difference, from the sheets, in the same draws."""
    key = a_key(7)
    sheets = simulated_sheets(key, two_methods(0.65, 0.5, 0.5), 9, np.random.default_rng(0))
    wins = np.zeros((9, 7))
    for rater, sheet in enumerate(sheets):
        for choice in sheet.choices:
            method, picture = key.images[choice.chosen]
            wins[rater, picture] = method == 0
    [row] = analyse(key, sheets, np.random.default_rng(3), 200)["pairs"]["differences"]
    expected = lead(wins, redraws(np.random.default_rng(3), 200, 9, 7))
    if row["better"] == "two":
        expected = -expected[[0, 2, 1]]
    # The analysis stops its steps at 1e-6 of a strength.
    np.testing.assert_allclose([row["value"], row["low"], row["high"]], expected, atol=1e-4)


def test_intervals_hold_the_truth_where_raters_and_pictures_differ():
    """Property: about 95 % of the studies hold the true odds, and equal methods stay equal."""
    truth = np.log(0.6 / 0.4)
    found = simulated_leads(two_methods(0.6, 0.5, 0.8), 25, 25, np.random.default_rng(0), 400)
    held = ((found[:, 1] <= truth) & (truth <= found[:, 2])).mean()
    # 400 studies know 95 % to 1.1 points; with 25 pictures a bootstrap is a little too narrow.
    assert 0.9 <= held <= 0.99
    equal = simulated_leads(two_methods(0.5, 0.5, 0.8), 25, 25, np.random.default_rng(1), 400)
    told = (equal[:, 1] > 0) | (equal[:, 2] < 0)
    assert told.mean() < 0.1


def test_where_pictures_differ_more_raters_do_not_replace_them():
    """Learning: ten times the raters help little with 5 pictures; ten times the pictures do."""
    crowd = two_methods(0.65, 0.3, 1.0)
    power = {
        size: (simulated_leads(crowd, *size, np.random.default_rng(0), 200)[:, 1] > 0).mean()
        for size in ((8, 5), (80, 5), (8, 50))
    }
    assert power[8, 50] > power[80, 5] + 0.2
    assert power[80, 5] > power[8, 5]


def test_sheets_answer_what_is_asked_and_say_that_they_are_simulated():
    """Property: no answer to a question that the study lacks; no rater has a person's name."""
    crowd, rng = Crowd((0.0, 1.0)), np.random.default_rng(0)
    for asks, opinions, choices in ((("pairs",), 0, 3), (("opinion",), 6, 0)):
        sheets = simulated_sheets(a_key(3, asks), crowd, 2, rng)
        assert [s.rater for s in sheets] == ["simulated-1", "simulated-2"]
        for sheet in sheets:
            assert (len(sheet.opinions), len(sheet.choices)) == (opinions, choices)
            assert sheet.asked == opinions + choices


def test_what_makes_no_crowd_is_refused():
    """Error: too few strengths, a negative spread, a share without odds."""
    with pytest.raises(ValueError, match="two methods"):
        Crowd((1.0,))
    with pytest.raises(ValueError, match="by_rater=-1"):
        Crowd((1.0, 0.0), by_rater=-1)
    with pytest.raises(ValueError, match=r"\(0, 1\); got 1"):
        two_methods(1.0)
    with pytest.raises(ValueError, match="2 methods need as many"):
        simulated_sheets(a_key(2), Crowd((0.0, 1.0, 2.0)), 1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="two strengths; got 3"):
        simulated_leads(Crowd((0.0, 1.0, 2.0)), 2, 2, np.random.default_rng(0))
