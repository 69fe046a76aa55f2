"""n-grams: estimates that are probabilities, an example by hand, and what counting can learn."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib.models.ngram import NGram

SIGNS = "\nabc"
texts = st.lists(st.text(SIGNS, max_size=30), max_size=4)


@given(texts, st.integers(0, 5), st.text(SIGNS, max_size=8))
def test_estimates_are_probabilities(given_texts, order, history):
    """Property: all above 0, sum 1 (five mixings of four numbers round to about 1e-16)."""
    found = NGram(order, SIGNS).fit(given_texts).probabilities(history)
    assert (found > 0).all()
    assert found.sum() == pytest.approx(1, abs=1e-12)


@settings(deadline=None)
@given(texts, st.integers(0, 5), st.text(SIGNS, min_size=1, max_size=12))
def test_bits_are_those_of_whole_histories(given_texts, order, text):
    """Equivalence: the short way gives what the full distributions give, sign by sign."""
    model = NGram(order, SIGNS).fit(given_texts)
    started = "\n" + text
    expected = [
        -math.log2(model.probabilities(started[:end])[SIGNS.index(started[end])])
        for end in range(1, len(started))
    ]
    np.testing.assert_allclose(model.bits(text), expected, atol=1e-12)


def test_an_example_by_hand():
    """Equivalence: "aab" by Witten and Bell, method C, worked out on paper."""
    model = NGram(2, SIGNS).fit(["aab"])
    # Single signs: 3 seen, 2 different: (count + 2 · 1/4) / 5.
    single = {"a": 2.5 / 5, "b": 1.5 / 5, "c": 0.5 / 5, "\n": 0.5 / 5}
    # After "a": "a" once and "b" once, 2 different: (count + 2 · single) / 4.
    for sign, count in {"a": 1, "b": 1, "c": 0, "\n": 0}.items():
        assert model.probability("ca", sign) == pytest.approx((count + 2 * single[sign]) / 4)
    # After a line break stood "a", once: (1 + single) / 2; after "c" nothing ever stood.
    assert model.probability("\n", "a") == pytest.approx((1 + 0.5) / 2)
    assert model.probability("c", "a") == pytest.approx(single["a"])


def test_order_zero_is_uniform():
    """Property: without counts every sign costs log2 of their number."""
    model = NGram(0, SIGNS).fit(["aaaa"])
    np.testing.assert_array_equal(model.bits("abc"), np.full(3, 2.0))
    assert model.entries() == 0


def test_order_one_counts_signs_alone():
    """Property: the history does not matter to single signs; entries are what was seen."""
    model = NGram(1, SIGNS).fit(["abca", "b"])
    np.testing.assert_array_equal(model.probabilities("a"), model.probabilities("cb"))
    assert model.entries() == 3


def written(count: int, seed: int) -> str:
    """Write by a rule: after "a" mostly "b", after "b" mostly "c", after "c" mostly "a"."""
    rng, text = random.Random(seed), "a"
    for _ in range(count):
        text += "bca"["abc".index(text[-1])] if rng.random() < 0.9 else rng.choice("abc")
    return text


def test_more_text_is_learned_from():
    """Learning: on unseen text, bits fall with the text counted, towards the rule's entropy."""
    unseen = written(2000, seed=1)
    means = [
        NGram(2, SIGNS).fit([written(count, seed=0)]).bits(unseen).mean()
        for count in (10, 100, 10_000)
    ]
    assert means[0] > means[1] > means[2]
    likely, other = 0.9 + 0.1 / 3, 0.1 / 3
    entropy = -(likely * math.log2(likely) + 2 * other * math.log2(other))
    # 2,000 signs of deviation 1.2 bits: a standard error of 0.027, taken four times.
    assert means[2] == pytest.approx(entropy, abs=0.11)


def test_an_order_too_many_does_harm_with_little_text():
    """Learning: longer histories need more text than there is; the best order is in between."""
    unseen = written(1000, seed=1)
    means = [NGram(n, SIGNS).fit([written(200, 0)]).bits(unseen).mean() for n in range(8)]
    assert 0 < int(np.argmin(means)) < 7


def test_what_it_writes_follows_what_it_counted():
    """Property: signs come as often as they are likely, within five standard errors."""
    model = NGram(2, SIGNS).fit([written(300, seed=0)])
    text = model.write(4000, np.random.default_rng(0), start="a")
    assert text == model.write(4000, np.random.default_rng(0), start="a")
    after = [text[place + 1] for place in range(len(text) - 1) if text[place] == "b"]
    expected = model.probabilities("b")
    shares = np.array([after.count(sign) / len(after) for sign in SIGNS])
    error = np.sqrt(expected * (1 - expected) / len(after))
    assert (np.abs(shares - expected) < 5 * error).all()


@pytest.mark.parametrize(("order", "alphabet"), [(-1, "ab"), (2, ""), (2, "aba")])
def test_a_wrong_model_is_refused(order, alphabet):
    """Property: the message names what came."""
    with pytest.raises(ValueError, match=f"got order {order}"):
        NGram(order, alphabet)
