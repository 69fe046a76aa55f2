"""F1's labels say what the recipe says, and a tiny network learns them from lines."""

import math

import numpy as np
import pytest
import torch

from lineart_lib.models.line_features import LineFeatures, LineLabels, LineSize
from lineart_lib.runtime import generator
from lineart_lib.training.line_features import (
    Labelled,
    fit,
    label_loss,
    part_shares,
    vocabulary,
    word_labels,
)


def test_vocabulary_keeps_words_that_can_be_told():
    """Property: phrases are taken apart; what is rare, always there, or never visible is left."""
    words = [
        ("smiling face", "Red cat"),
        ("face with dog",),
        ("the face", "cat"),
        (),
        ("car face",),
    ]
    assert vocabulary(words, least=1) == ("cat", "car", "dog", "smiling")
    assert vocabulary(words, least=2) == ("cat",)
    assert vocabulary(words, least=1, most=2) == ("cat", "car")
    with pytest.raises(ValueError, match="lower `least`"):
        vocabulary(words, least=3)


def test_labels_of_drawings_nothing_is_known_of():
    """Property: no word at all is "unknown", not "none of them"."""
    labels = word_labels([("cat",), (), ("red dog",)], ("cat", "dog"))
    assert labels[0].tolist() == [1, 0]
    assert labels[1].isnan().all()
    assert labels[2].tolist() == [0, 1]


def test_shares_are_counted_pixels():
    """Equivalence: counting by hand, square by square."""
    parts = np.random.default_rng(0).integers(0, 5, (3, 32, 48)).astype(np.uint8)
    shares = part_shares(parts)
    square = parts[1, 16:32, 32:48]
    expected = [np.count_nonzero(square == part) / 256 for part in range(5)]
    assert shares[1, :, 1, 2].tolist() == pytest.approx(expected)
    torch.testing.assert_close(shares.sum(1), torch.ones(3, 2, 3))
    with pytest.raises(ValueError, match="multiples of 16"):
        part_shares(parts[:, :20])


def test_losses_are_the_written_cross_entropies():
    """Equivalence: by hand for two words and one square; unknown rows weigh nothing."""
    told = LineLabels(
        torch.tensor([[0.0, 2.0], [9.0, 9.0]]), torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1)
    )
    words = torch.tensor([[1.0, 0.0], [math.nan, math.nan]])
    parts = torch.tensor([0.25, 0.75]).reshape(1, 2, 1, 1)
    by_word, by_part = label_loss(told, words, parts)
    assert by_word.item() == pytest.approx((math.log(2) + math.log1p(math.exp(2))) / 2)
    total = math.log(math.e + 1)
    assert by_part.item() == pytest.approx(0.25 * (total - 1) + 0.75 * total)
    nothing, _ = label_loss(told, torch.full((2, 2), math.nan), parts)
    assert nothing.item() == 0


def crosses_and_bars(count, rng):
    """Draw linearts: a cross in one of four squares of 16 pixels, or a bar; parts say where."""
    lineart = torch.full((count, 1, 32, 32), 255, dtype=torch.uint8)
    parts = torch.zeros(count, 2, 2, 2)
    parts[:, 0] = 1
    cross = torch.rand(count, generator=rng) < 0.5
    for row, (y, x) in enumerate(torch.randint(2, (count, 2), generator=rng).tolist()):
        square = lineart[row, 0, 16 * y : 16 * y + 16, 16 * x : 16 * x + 16]
        square[7:9, 2:14] = 0
        if cross[row]:
            square[2:14, 7:9] = 0
        parts[row, :, y, x] = torch.tensor([0.0, 1.0])
    return Labelled(lineart, torch.stack([cross, ~cross], 1).float(), parts)


def test_words_and_places_are_learned_from_lines():
    """Learning: drawings never seen before are named and placed by a network of seconds."""
    train, test = crosses_and_bars(64, generator(0)), crosses_and_bars(40, generator(1))
    model = LineFeatures(LineSize((8, 8, 16, 16), words=2, parts=2), generator(2))
    history = fit(
        model, train, updates=90, batch_size=16, learning_rate=5e-3, rng=generator(3), every=30
    )
    assert [entry.update for entry in history] == [30, 60, 90]
    assert history[-1].parts < history[0].parts
    with torch.no_grad():
        told = model.eval()(test.lineart / 127.5 - 1)
    assert ((told.words > 0) == test.words.bool()).float().mean() > 0.95
    assert (told.parts.argmax(1) == test.parts.argmax(1)).float().mean() > 0.95


def test_same_seed_same_training():
    """Property: two trainings from the same seeds end with the same history and weights."""

    def train():
        model = LineFeatures(LineSize((8, 8, 8, 8), words=2, parts=2), generator(0))
        data = crosses_and_bars(8, generator(1))
        history = fit(model, data, updates=3, batch_size=4, learning_rate=1e-3, rng=generator(2))
        return history, model.parts.weight

    (first, weights), (again, same) = train(), train()
    assert first == again
    assert torch.equal(weights, same)
    with pytest.raises(ValueError, match="at least 1"):
        fit(
            LineFeatures(LineSize(words=2)),
            crosses_and_bars(2, generator(0)),
            updates=0,
            batch_size=1,
            learning_rate=1e-3,
            rng=generator(0),
        )
