"""Bits per character and the loop that lowers them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.models.gpt import GPT
from lineart_lib.recipe.markdown import ALPHABET
from lineart_lib.runtime import generator
from lineart_lib.training.language import bits, decode, encode, fit

VERSE = "the fox that the artist drew was orange. " * 20


def small(tokens: int = 16, dropout: float = 0.0) -> GPT:
    """Build a small network over the alphabet."""
    return GPT(len(ALPHABET), tokens, 16, 2, 1, dropout, generator=generator(0))


def train(model: GPT, seed: int = 1, **changed) -> list:
    """Train for a moment."""
    settings = {"steps": 20, "batch_size": 4, "learning_rate": 1e-2, "weight_decay": 0.1}
    settings |= {"checks": 4} | changed
    return fit(model, [VERSE], [VERSE[:60]], generator=generator(seed), **settings)


@given(st.text(ALPHABET, max_size=60))
def test_signs_come_back(text):
    """Round trip: encoded and decoded, a text is the same."""
    assert decode(encode(text)) == text


def test_bits_of_a_short_text_are_its_log_probabilities():
    """Equivalence: one window, the softmax written out, sign by sign, in float64."""
    model, text = small().double(), "A fox."
    ids = encode("\n" + text)
    expected = []
    with torch.no_grad():
        for end in range(1, len(ids)):
            chances = model(ids[None, :end])[0, -1].softmax(0)
            expected.append(-math.log2(chances[ids[end]]))
    # float64: a few thousand additions of numbers near 1 round to about 1e-13.
    np.testing.assert_allclose(bits(model, text), expected, atol=1e-11)


def test_bits_of_a_long_text_see_half_a_window_or_more():
    """Equivalence: each sign is guessed from the window that the docstring says it is."""
    model, text = small(tokens=8).double(), VERSE[:45]
    ids = encode("\n" + text)
    expected = []
    with torch.no_grad():
        for end in range(1, len(ids)):
            # Windows of 8 begin at 0, 4, 8, …; each but the first adds the last four signs.
            begin = 0 if end <= 8 else 4 * ((end - 9) // 4 + 1)
            logits = model(ids[None, begin:end])[0, -1]
            expected.append(-logits.log_softmax(0)[ids[end]].item() / math.log(2))
            assert end <= 8 or end - begin >= 4
    np.testing.assert_allclose(bits(model, text), expected, atol=1e-11)


def test_training_learns_a_verse():
    """Learning: the repeated verse costs 6.6 bits a sign at first, and less than 1 at the end."""
    model = small()
    before = bits(model, VERSE[:60]).mean()
    history = train(model, steps=200)
    assert before == pytest.approx(math.log2(96), rel=0.05)
    assert history[-1].validation_bits < 1
    assert history[-1].train_bits < history[0].train_bits


def test_the_best_weights_are_kept():
    """Property: afterwards the model scores as at its best look, not as at its last.

    It is trained on one verse and looked at on another, so that it soon gets worse.
    """
    model = small()
    other = "Quartz jugs, big waxy vamps! " * 3
    history = fit(
        model,
        [VERSE],
        [other],
        steps=60,
        batch_size=4,
        learning_rate=3e-2,
        weight_decay=0.0,
        generator=generator(1),
        checks=12,
    )
    found = [check.validation_bits for check in history]
    assert min(found) < found[-1]
    assert not model.training
    assert bits(model, other).mean() == pytest.approx(min(found), rel=1e-6)


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_the_same_seed_gives_the_same_model(dropout):
    """Property: on one machine weights are equal, dropout and all; another seed gives others."""
    runs = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(runs))  # The world's seed plays no part,
        model = small(dropout=dropout)
        state = torch.get_rng_state()
        history = train(model, seed)
        assert torch.equal(state, torch.get_rng_state())  # and is left as it was.
        runs.append((history, model.head.weight.detach()))
    assert runs[0][0] == runs[1][0]
    assert torch.equal(runs[0][1], runs[1][1])
    assert runs[0][0] != runs[2][0]


def test_looks_are_spread_over_the_steps():
    """Property: as many looks as asked for, the last after the last step."""
    assert [check.step for check in train(small())] == [5, 10, 15, 20]
    assert [check.step for check in train(small(), steps=2, checks=5)] == [1, 2]


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"checks": 0}], ids=["no step", "no look"])
def test_nothing_to_do_is_refused(wrong):
    """Property: the message names all three numbers."""
    with pytest.raises(ValueError, match="steps >= 1, checks >= 1 and more than 16 signs"):
        train(small(), **wrong)


def test_too_little_text_is_refused():
    """Property: a text must be longer than a window."""
    with pytest.raises(ValueError, match="more than 1000 signs"):
        train(small(tokens=1000))
