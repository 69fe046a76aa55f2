"""Measures of text: an interval that covers, and copies found by hand and by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.evaluation.text import bootstrap_mean, copied_share, known_words, longest_copy

words = st.text("ab", max_size=14)


def test_the_mean_weighs_signs_and_not_blocks():
    """Equivalence: the mean of all signs together, whatever the blocks' lengths."""
    blocks = [np.array([1.0, 3.0]), np.array([8.0])]
    mean, low, high = bootstrap_mean(blocks, np.random.default_rng(0))
    assert mean == 4
    assert (low, high) == (2, 8)  # Both drawn twice: a quarter of the resamples each.


def test_the_interval_covers():
    """Property: of 200 intervals over blocks that differ, about 95 % hold the truth."""
    rng, covered = np.random.default_rng(1), 0
    for _ in range(200):
        blocks = [rng.normal(rng.normal(), 1, size=rng.integers(5, 15)) for _ in range(40)]
        _, low, high = bootstrap_mean(blocks, rng, resamples=300)
        covered += low <= 0 <= high
    # 190 expected, deviation 3; percentiles of 40 blocks are a little too narrow.
    assert 178 <= covered <= 199


def test_signs_alone_would_be_too_sure():
    """Property: where signs of a block are alike, drawing signs gives a much narrower interval."""
    rng = np.random.default_rng(2)
    blocks = [np.full(50, rng.normal()) for _ in range(20)]
    _, low, high = bootstrap_mean(blocks, rng)
    signs = [np.array([value]) for block in blocks for value in block]
    _, near, far = bootstrap_mean(signs, rng)
    assert (high - low) > 4 * (far - near)  # √50 = 7 in the limit.


def test_the_same_generator_gives_the_same_interval():
    """Property: chance comes from the generator alone."""
    blocks = [np.arange(4.0), np.arange(7.0)]
    first, second = (bootstrap_mean(blocks, np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_a_copy_by_hand():
    """Equivalence: the longest run in common, and the share of runs of four signs."""
    assert longest_copy("a red fox ran", "the red fox sat") == " red fox "
    assert longest_copy("xyz", "abc") == ""
    assert copied_share("abcdxbcd", "abcde", 4) == 1 / 5  # abcd, of five runs.
    assert copied_share("abcd", "abcd", 4) == 1


@given(words, words)
def test_the_longest_copy_is_that_of_brute_force(text, source):
    """Equivalence: all runs of the text, tried one by one."""
    runs = {text[a:b] for a in range(len(text)) for b in range(a, len(text) + 1)}
    expected = max((len(run) for run in runs if run in source), default=0)
    found = longest_copy(text, source)
    assert found in text
    assert found in source
    assert len(found) == expected


@given(st.text("ab", min_size=3, max_size=14), st.text("ab", min_size=3, max_size=14))
def test_shares_shrink_with_the_length(text, source):
    """Property: in [0, 1], and 1 for a text that is a piece of its source."""
    shares = [copied_share(text, source, length) for length in (1, 2, 3)]
    assert all(0 <= share <= 1 for share in shares)
    assert copied_share(text, source + text, 3) == 1
    assert (longest_copy(text, source) == "") == (shares[0] == 0)


def test_words_by_hand():
    """Equivalence: of three words of four letters or more, two stand in the source."""
    source = "The fox draws. Lines are drawn."
    assert known_words("A FOX draws lines, linez in a fo", source) == 2 / 3
    with pytest.raises(ValueError, match="no word of at least 4"):
        known_words("a fox", source)


@pytest.mark.parametrize("length", [0, 4])
def test_a_length_without_runs_is_refused(length):
    """Property: the message names what is possible."""
    with pytest.raises(ValueError, match=rf"\[1, 3\]; got {length}"):
        copied_share("abc", "abcd", length)
