"""Where VGG16 comes from, and what is kept of its layers."""

import socket

import pytest
import torch
from torch import nn

from lineart_lib.models.features import (
    MEAN,
    STD,
    activations,
    fetched_vgg16,
    kept_vgg16,
    standardised,
    vgg16_features,
)
from lineart_lib.runtime import generator


def test_sources_are_tried_in_order_until_one_has_it():
    """Property: a source that is out of reach passes on to the next; the rest are not asked."""
    asked, layers = [], nn.Sequential(nn.ReLU())

    def absent():
        asked.append("absent")
        raise FileNotFoundError("not here")

    def present():
        asked.append("present")
        return layers

    assert vgg16_features((absent, present, absent)) is layers
    assert asked == ["absent", "present"]
    assert vgg16_features((absent,)) is None


def test_other_errors_are_not_hidden():
    """Property: only what is out of reach is passed over; a broken file is an error."""

    def broken():
        raise RuntimeError("the file is damaged")

    with pytest.raises(RuntimeError, match="damaged"):
        vgg16_features((broken,))


def test_an_empty_cache_and_a_silent_server_are_out_of_reach(tmp_path, monkeypatch):
    """Property: without a file and without an answer, both sources raise OSError, and soon."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(FileNotFoundError, match="no weights"):
        kept_vgg16()
    before = socket.getdefaulttimeout()
    seen = []

    def refuse(*arguments, **options):
        seen.append(socket.getdefaulttimeout())
        raise TimeoutError("nobody answers")

    monkeypatch.setattr(torch.hub, "urlopen", refuse)
    with pytest.raises(OSError, match="nobody answers"):
        fetched_vgg16(silence_s=0.25)
    assert seen == [0.25]
    assert socket.getdefaulttimeout() == before


def test_standardised_pictures_have_the_mean_and_spread_of_imagenet():
    """Equivalence: the mean colour becomes 0, and one standard deviation above it 1."""
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    picture = torch.stack([mean, mean + std], dim=1).reshape(3, 1, 2)
    expected = torch.tensor([0.0, 1.0]).expand(1, 3, 1, 2)
    # float32: one subtraction and one division of numbers below 1.
    torch.testing.assert_close(standardised(picture), expected, atol=1e-6, rtol=0)


def test_activations_are_what_leaves_the_layers():
    """Equivalence: as run by hand, also before a layer that works in place."""
    layers = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Hardtanh(0, 0.1, inplace=True))
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.uniform_(-1, 1, generator=generator(0))
    x = torch.randn(1, 1, 6, 6, generator=generator(1))
    (kept,) = activations(layers, x)
    assert torch.equal(kept, torch.relu(layers[0](x)))
    assert kept.max() > 0.1
    assert not kept.requires_grad
