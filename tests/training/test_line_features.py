"""F1's labels say what the recipe says, and a tiny network learns them from lines."""

import math

import numpy as np
import pytest
import torch

from lineart_lib.models.line_features import LineFeatures, LineLabels, LineSize
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.runtime import generator
from lineart_lib.training.line_features import (
    PROFILES,
    FeatureSettings,
    label_loss,
    line_features,
    measure,
    train_features,
    trained_line_features,
)
from lineart_lib.training.line_labels import (
    Labelled,
    joined,
    labelled,
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


def tiny(updates):
    """Settings of seconds."""
    return FeatureSettings((8, 8, 16, 16), 2, updates=updates, batch_size=16, learning_rate=5e-3)


def network(words=2):
    """A small network of two parts with drawn weights."""
    return LineFeatures(LineSize((8, 8, 16, 16), words=words, parts=2), generator(2))


def test_words_and_places_are_learned_from_lines(tmp_path):
    """Learning: drawings never seen before are named and placed by a network of seconds."""
    train, test = crosses_and_bars(64, generator(0)), crosses_and_bars(40, generator(1))
    model = network()
    metrics = train_features(model, lambda: (train, test), tiny(90), tmp_path / "run", {}).metrics
    assert [entry["step"] for entry in metrics] == list(range(9, 91, 9))
    assert metrics[-1]["parts"] < metrics[0]["parts"]
    assert metrics[-1]["watch_right"] > 0.95
    with torch.no_grad():
        told = model(test.lineart / 127.5 - 1)
    assert ((told.words > 0) == test.words.bool()).float().mean() > 0.95


def test_measured_numbers_are_those_of_all_drawings_at_once():
    """Equivalence: in chunks or whole, and the network is left as it was."""
    data, model = crosses_and_bars(10, generator(0)), network().train()
    found = measure(model, data, batch_size=3)
    by_word, by_part = label_loss(model.eval()(data.lineart / 127.5 - 1), data.words, data.parts)
    assert found["watch_words"] == pytest.approx(by_word.item(), rel=1e-5)
    assert found["watch_parts"] == pytest.approx(by_part.item(), rel=1e-5)
    measure(model, data)
    assert not model.training


def test_same_seed_same_training(tmp_path):
    """Property: two trainings from the same seeds end with the same weights to the bit."""
    data = crosses_and_bars(8, generator(1))
    first, again = (
        train_features(network(), lambda: (data, data), tiny(3), tmp_path / name, {})
        for name in ("first", "again")
    )
    assert torch.equal(first.model.parts.weight, again.model.parts.weight)
    assert not torch.equal(first.model.parts.weight, network().parts.weight)


def pictures(words, side=32, seed=0):
    """Make prepared drawings with drawn lines and parts, and these words."""
    draw, count = np.random.default_rng(seed), len(words)
    grey = draw.integers(0, 256, (count, side, side), np.uint8)
    colour = np.repeat(grey[..., None], 3, axis=3)
    parts = draw.integers(0, 5, (count, side, side)).astype(np.uint8)
    names = tuple(f"drawing {number}" for number in range(count))
    regions = np.ones((count, side, side), np.int32)
    lines = ("artist",) * count
    return Pictures(grey, colour, colour, colour, regions, parts, names, names, tuple(words), lines)


def test_drawings_of_several_sources_are_labelled_alike():
    """Property: columns beyond the vocabulary are unknown; sources stand behind each other."""
    first, second = pictures([("cat",), ()]), pictures([("red dog", "cat")], seed=1)
    both = joined([labelled(part, ("cat", "dog"), 3) for part in (first, second)])
    assert both.lineart.shape == (3, 1, 32, 32)
    assert both.words[:, :2].nan_to_num(-1).tolist() == [[1, 0], [-1, -1], [1, 1]]
    assert both.words[:, 2].isnan().all()
    torch.testing.assert_close(both.parts[2], part_shares(second.parts)[0])
    with pytest.raises(ValueError, match="choose fewer"):
        labelled(first, ("cat", "dog"), 1)


def test_a_run_is_kept_and_found(tmp_path, monkeypatch):
    """Property: the smoke profile trains once on both sources and is then loaded, weights and all;
    what is missing is named."""
    from lineart_lib.training import line_features as module

    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    with pytest.raises(FileNotFoundError, match="lineart prepare openmoji --profile smoke"):
        line_features("smoke")
    with pytest.raises(ValueError, match="profile must be one of smoke, book, paper"):
        line_features("huge")
    words = [("cat",), ("dog",), ("cat",), ("dog",), (), ("cat", "dog")]
    monkeypatch.setattr(module, "prepared_manifest", lambda *_: {"sha256": "0"})
    monkeypatch.setattr(module, "load_pictures", lambda source, *_: pictures(words))
    first, again = line_features("smoke", updates=2), line_features("smoke", updates=2)
    assert (first.trained, again.trained) == (True, False)
    assert again.metrics[-1]["step"] == 2
    assert trained_line_features("smoke")[1] == first.config
    given = torch.zeros(1, 1, 32, 32)
    assert torch.equal(first.model(given).parts, again.model(given).parts)
    assert first.model.size.words == PROFILES["smoke"].words


def test_settings_out_of_range_are_named():
    """Error: numbers below their least value."""
    with pytest.raises(ValueError, match="updates must be at least 1"):
        FeatureSettings(updates=0)
    with pytest.raises(ValueError, match="learning_rate must be above 0"):
        FeatureSettings(learning_rate=0.0)
