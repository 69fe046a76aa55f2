"""Simulated raters whose true ranking is known: the analysis must find it, and know its limits."""

from itertools import combinations

import numpy as np
import pytest

from lineart_lib.evaluation.study.analysis import analyse, redraws
from lineart_lib.evaluation.study.answers import Key, Opinion, Sheet
from lineart_lib.evaluation.study.report import as_text
from lineart_lib.evaluation.study.simulated import Crowd, simulated_sheets

METHODS = ("best", "good", "fair", "poor")
TRUE = np.array([1.2, 0.5, -0.3, -1.4])
"""Strengths in log odds, mean 0."""


def a_key(pictures=12):
    """Codes for every method and picture."""
    names = tuple(f"p{k}" for k in range(pictures))
    images = {f"{m}-{p}": (m, p) for m in range(len(METHODS)) for p in range(pictures)}
    return Key("s", "Simulated", ("opinion", "pairs"), METHODS, names, images)


def a_study(raters=14, seed=0, strengths=TRUE, **ways):
    """Let a crowd answer, and analyse."""
    key, draw = a_key(), np.random.default_rng(seed)
    sheets = simulated_sheets(key, Crowd(tuple(strengths), **ways), raters, draw)
    return key, sheets, analyse(key, sheets, np.random.default_rng(1), 300)


def test_the_true_ranking_is_recovered():
    """Learning: order by strength and by opinion, and strengths near the true ones."""
    _, _, found = a_study()
    assert [row["method"] for row in found["pairs"]["methods"]] == list(METHODS)
    assert [row["method"] for row in found["opinion"]["methods"]] == list(METHODS)
    values = np.array([row["value"] for row in found["pairs"]["methods"]])
    np.testing.assert_allclose(values, TRUE, atol=0.35)
    assert [row["rank"] for row in found["pairs"]["methods"]] == [[k, k] for k in (1, 2, 3, 4)]
    for kind in ("pairs", "opinion"):
        pairs = found[kind]["differences"]
        order = [(row["better"], row["worse"]) for row in pairs]
        assert order == list(combinations(METHODS, 2))
        assert all(row["apart"] for row in pairs)


def test_a_difference_is_taken_in_each_draw():
    """Equivalence: both methods see the same raters and pictures again, drawn by hand here."""
    key, sheets, found = a_study(raters=9, by_rater=0.3, by_picture=0.3)
    marks = np.empty((9, len(METHODS), len(key.pictures)))
    for rater, sheet in enumerate(sheets):
        for opinion in sheet.opinions:
            marks[rater, *key.images[opinion.image]] = opinion.score
    raters, pictures = redraws(np.random.default_rng(1), 300, 9, len(key.pictures))
    again = np.einsum("br,bp,rmp->bm", raters, pictures, marks) / (9 * len(key.pictures))
    for row in found["opinion"]["differences"]:
        one, two = METHODS.index(row["better"]), METHODS.index(row["worse"])
        expected = np.quantile(again[:, one] - again[:, two], [0.025, 0.975])
        np.testing.assert_allclose([row["low"], row["high"]], expected)
    of = {row["method"]: row["value"] for row in found["pairs"]["methods"]}
    for row in found["pairs"]["differences"]:
        assert row["value"] == pytest.approx(of[row["better"]] - of[row["worse"]])
        assert row["apart"] == (row["low"] > 0)


def test_intervals_hold_the_true_strengths():
    """Property: over six studies at most a few of the 24 intervals miss."""
    missed = 0
    for seed in range(6):
        _, _, found = a_study(raters=10, seed=seed)
        for row in found["pairs"]["methods"]:
            true = TRUE[METHODS.index(row["method"])]
            missed += not row["low"] <= true <= row["high"]
    assert missed <= 4


def test_raters_without_a_taste_agree_on_nothing():
    """Property: random answers agree on nothing, and hold zero; clear tastes agree."""
    _, _, nothing = a_study(strengths=0 * TRUE)
    _, _, taste = a_study(strengths=2 * TRUE)
    assert abs(nothing["pairs"]["alpha"]) < 0.1
    assert taste["pairs"]["alpha"] > 0.4
    assert taste["opinion"]["alpha"] > nothing["opinion"]["alpha"] + 0.3
    held = sum(r["low"] <= 0 <= r["high"] for r in nothing["pairs"]["methods"])
    assert held >= 3
    assert sum(row["apart"] for row in nothing["pairs"]["differences"]) <= 1


def test_a_side_that_is_preferred_is_noticed():
    """Property: raters who lean to the left are told of, honest ones are not."""
    _, _, leaning = a_study(left=1.5)
    _, _, honest = a_study()
    assert any("left side" in note for note in leaning["notes"])
    assert not any("side was chosen" in note for note in honest["notes"])


def test_consistency_counts_repeats_and_nothing_else():
    """Equivalence: two of three answers given again are the same; repeats change no mean."""
    key, sheets, before = a_study(raters=2)
    first = sheets[0]
    again = [Opinion(o.image, o.score, True) for o in first.opinions[:2]]
    other = first.opinions[2]
    again.append(Opinion(other.image, 1 if other.score > 2 else 5, True))
    more = Sheet(first.rater, (*first.opinions, *again), first.choices, first.asked + 3)
    after = analyse(key, [more, sheets[1]], np.random.default_rng(1), 300)
    assert after["opinion"]["same_again"]["value"] == pytest.approx(2 / 3)
    assert after["opinion"]["methods"] == before["opinion"]["methods"]
    assert after["by_rater"][0]["same_again"] == 2


def test_small_and_unfinished_studies_say_so():
    """Property: few raters and missing answers are named in the notes."""
    key, sheets, _ = a_study(raters=1)
    half = Sheet("r0", sheets[0].opinions[:5], (), sheets[0].asked)
    found = analyse(key, [half], np.random.default_rng(1), 100)
    assert found["pairs"] is None
    assert any(note.startswith("Small: 1 rater") for note in found["notes"])
    assert any(note.startswith("Not finished: 5 of") for note in found["notes"])
    with pytest.raises(ValueError, match="no answer"):
        analyse(key, [Sheet("r0", (), (), 3)], np.random.default_rng(1), 100)
    with pytest.raises(ValueError, match="100 draws"):
        analyse(key, [half], np.random.default_rng(1), 10)


def test_the_text_holds_every_method_and_number():
    """Property: a table for the terminal, aligned, with what was found."""
    _, _, found = a_study()
    text = as_text(found)
    for row in found["pairs"]["methods"]:
        assert any(
            row["method"] in line and f"{row['value']:.2f}" in line for line in text.splitlines()
        )
    for row in found["opinion"]["differences"] + found["pairs"]["differences"]:
        assert any(
            line.split()[:2] == [row["better"], row["worse"]] and line.endswith("yes")
            for line in text.splitlines()
        )
    assert "14 raters, 12 pictures" in text
    assert "Krippendorff" in text
