"""Shapes that are read off a network are those that it makes, whatever its size."""

import pytest
import torch
from torch import nn

from lineart_lib.models.hinted_unet import BOOK, PAPER
from lineart_lib.models.inputs import Inputs
from lineart_lib.models.paintstorch import ColourGenerator
from lineart_lib.models.shapes import parts_of, unet_maps
from lineart_lib.models.stenciltorch import GuidedStencilTorch
from lineart_lib.press.colorizers import Maps


def planes(side=64, features=64):
    """Inputs of a colorizer, and F1."""
    mask = torch.ones(1, 1, side, side)
    hints = torch.zeros(1, 4, side // 4, side // 4)
    given = Inputs(mask, hints, mask, mask.expand(1, 3, side, side))
    return given, torch.zeros(1, features, side // 16, side // 16)


def test_parts_have_the_shapes_of_a_real_pass():
    """Equivalence: hooks on the real network at work; the network keeps its numbers."""
    model, names = ColourGenerator(BOOK), ["unet.enter", "unet.down.3", "unet.deepest", "unet"]
    parts, seen = parts_of(model, names, *planes()), {}
    modules = dict(model.named_modules())
    for name in names:
        modules[name].register_forward_hook(
            # It returns None, else it would replace the output.
            lambda module, given, output, name=name: seen.update({name: tuple(output.shape[1:])})
        )
    model(*planes())
    assert {name: part.shape for name, part in parts.items()} == seen
    assert parts["unet"].parameters == sum(p.numel() for p in model.parameters())
    assert next(model.parameters()).device.type == "cpu"


def test_a_huge_network_is_read_at_once():
    """Property: no number is computed, so a product of 10^16 terms takes no time."""
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.AvgPool2d(2))
    parts = parts_of(model, ["0", "1"], torch.empty(1, 1, 10**7, 10**7, device="meta"))
    assert parts["1"].shape == (4, 5 * 10**6, 5 * 10**6)


def test_parts_that_are_not_there_or_idle_are_named():
    """Error: a wrong name, and a part that the pass does not reach."""
    model = ColourGenerator(BOOK)
    with pytest.raises(ValueError, match=r"has no unet\.up"):
        parts_of(model, ["unet.up"], *planes())

    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ValueError, match="unused did not run"):
        parts_of(Idle(), ["used", "unused"], torch.zeros(1, 2))


def test_a_unet_is_read_as_its_size_says():
    """Equivalence: widths and blocks of the paper's size, written down by hand; the guide's last
    stage has three blocks."""
    maps = unet_maps(GuidedStencilTorch(PAPER), *planes(512, 512))
    widths, sides = (32, 64, 128, 256, 512), (512, 256, 128, 64, 32)
    assert maps.down == [Maps(*one) for one in zip(widths, sides, strict=True)]
    assert maps.code == Maps(256, 64, "20 blocks")
    assert maps.hints == Maps(64, 128)
    picture, guide = maps.up
    assert picture == [
        Maps(128, 128, "8 blocks"),
        Maps(64, 256, "8 blocks"),
        Maps(32, 512, "5 blocks"),
        Maps(3, 512),
    ]
    assert guide == [*picture[:2], Maps(32, 512, "3 blocks"), Maps(3, 512)]
