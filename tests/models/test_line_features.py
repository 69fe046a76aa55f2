"""F1: the paper's size, a place for each feature, and gradients."""

import pytest
import torch

from lineart_lib.models.blocks import parameters
from lineart_lib.models.line_features import BOOK, PAPER, LineFeatures, LineSize
from lineart_lib.runtime import generator

TINY = LineSize((8, 8, 8, 16), words=3, parts=2)


def test_sizes_and_shapes():
    """Property: features as the colorizers want them, and the stated numbers of parameters."""
    with torch.device("meta"):
        paper = LineFeatures(PAPER)
        assert paper.features(torch.empty(1, 1, 512, 512)).shape == (1, 512, 32, 32)
        told = paper(torch.empty(2, 1, 64, 96))
        assert told.words.shape == (2, 32)
        assert told.parts.shape == (2, 5, 4, 6)
        assert [parameters(paper), parameters(LineFeatures(BOOK))] == [6_981_733, 162_501]


def test_the_heads_read_the_features():
    """Equivalence: words from the mean of the features, parts from each place by itself."""
    model = LineFeatures(TINY, generator(0))
    lineart = 2 * torch.rand(2, 1, 32, 48, generator=generator(1)) - 1
    features = model.features(lineart)
    told = model(lineart)
    torch.testing.assert_close(told.words, model.words(features.flatten(2).mean(2)))
    place = model.parts.weight[:, :, 0, 0] @ features[1, :, 1, 2] + model.parts.bias
    torch.testing.assert_close(told.parts[1, :, 1, 2], place)
    assert [tuple(found.shape[1:]) for found in model.maps(lineart)] == [
        (8, 16, 24),
        (8, 8, 12),
        (8, 4, 6),
        (16, 2, 3),
    ]


def test_every_weight_gets_a_gradient():
    """Gradient: from both heads down to the first stage."""
    model = LineFeatures(TINY, generator(0))
    told = model(2 * torch.rand(2, 1, 32, 32, generator=generator(1)) - 1)
    (told.words.square().mean() + told.parts.square().mean()).backward()
    for name, weight in model.named_parameters():
        assert float(weight.grad.abs().sum()) > 0, name


def test_what_does_not_fit_is_named():
    """Error: sides, channels and sizes that it does not take."""
    model = LineFeatures(TINY)
    for shape in [(1, 1, 30, 32), (1, 3, 32, 32), (1, 32, 32)]:
        with pytest.raises(ValueError, match="lineart must be"):
            model(torch.zeros(shape))
    with pytest.raises(ValueError, match="four multiples"):
        LineSize((8, 8, 8, 12))
    with pytest.raises(ValueError, match="2 parts"):
        LineSize(parts=1)
