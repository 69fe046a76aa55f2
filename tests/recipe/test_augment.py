"""Augmentation: what belongs together moves together, greys stay grey, nothing else changes."""

import math

import numpy as np
import pytest
import torch

from lineart_lib.recipe.augment import (
    PLAIN,
    Augmentation,
    augment,
    cropped,
    recoloured,
    with_coloured_ink,
)
from lineart_lib.runtime import generator


def pairs(count: int = 6, side: int = 16, seed: int = 0):
    """Return a batch of noise whose lineart is the red channel of the picture."""
    picture = torch.rand(count, 3, side, side, generator=generator(seed)) * 2 - 1
    return picture[:, :1].clone(), picture


def test_nothing_changes_when_nothing_is_asked():
    """Identity: the plain setting gives back what it got."""
    lineart, picture = pairs()
    found = augment(lineart, picture, PLAIN, generator(1))
    assert torch.equal(found[0], lineart)
    assert torch.equal(found[1], picture)


def test_lines_and_colours_move_together():
    """Property: after crops and mirrors the lineart still is the red channel."""
    lineart, picture = pairs(20)
    moves = Augmentation(mirror=0.5, least_scale=0.5, hue_turns=0, saturation=0)
    lines, colours = augment(lineart, picture, moves, generator(2))
    assert torch.equal(lines, colours[:, :1])
    assert not torch.equal(lines, lineart)


def test_a_mirror_is_exact():
    """Property: each picture is itself or its mirror image; both occur, at about their share."""
    lineart, picture = pairs(60, 8)
    mirror = Augmentation(mirror=0.3, least_scale=1, hue_turns=0, saturation=0)
    _, found = augment(lineart, picture, mirror, generator(3))
    same = (found == picture).all(dim=(1, 2, 3))
    turned = (found == picture.flip(3)).all(dim=(1, 2, 3))
    assert (same ^ turned).all()
    assert 9 <= turned.sum() <= 27  # 18 expected; outside with probability below 2 %, seeded


def test_a_crop_of_a_ramp_is_a_flatter_ramp():
    """Equivalence: a linear picture stays linear; its slope is the side of the window."""
    side = 32
    ramp = ((torch.arange(side) + 0.5) / side * 2 - 1).expand(50, 1, side, side).contiguous()
    turned = torch.arange(50) % 2 == 0
    found = cropped(ramp, 0.5, turned, generator(4))
    found = torch.where(turned[:, None, None, None], found.flip(3), found)
    steps = found[:, 0, :, 2:-2].diff(dim=2) * side / 2  # the border repeats its last value
    scale = steps.mean(dim=(1, 2))
    assert torch.allclose(steps, scale[:, None, None].expand_as(steps), atol=1e-4)
    assert (scale >= 0.5 - 1e-4).all()
    assert (scale <= 1 + 1e-4).all()
    assert scale.max() - scale.min() > 0.3
    assert (found.abs() <= 1).all()


def test_hues_turn_by_one_angle_a_picture():
    """Equivalence: in the plane across the grey axis, every colour turns and stretches alike."""
    picture = (torch.rand(40, 3, 5, 5, generator=generator(5)) - 0.5) * 0.4  # nothing is cut
    found = recoloured(picture, 0.2, 0.5, generator(6))
    assert torch.allclose(found.mean(dim=1), picture.mean(dim=1), atol=1e-6)

    def across(colours):
        red, green, blue = colours.unbind(1)
        return torch.complex((2 * red - green - blue) / math.sqrt(6), (green - blue) / math.sqrt(2))

    ratio = across(found) / across(picture)
    assert torch.allclose(ratio, ratio[:, :1, :1].expand_as(ratio), atol=1e-4)
    turns = ratio[:, 0, 0].angle() / (2 * math.pi)
    factors = ratio[:, 0, 0].abs()
    assert (turns.abs() <= 0.2 + 1e-5).all()
    assert turns.abs().max() > 0.15
    assert (factors.sub(1).abs() <= 0.5 + 1e-5).all()
    assert factors.max() - factors.min() > 0.5


def test_greys_stay():
    """Property: black, white and grey come back within rounding, so lines stay black."""
    grey = torch.linspace(-1, 1, 25).view(1, 1, 5, 5).expand(8, 3, 5, 5)
    assert torch.allclose(recoloured(grey, 0.5, 1.0, generator(7)), grey, atol=1e-6)


def test_damage_touches_some_linearts_alone():
    """Property: about the asked share of linearts changes, and no picture does."""
    lineart = torch.ones(40, 1, 32, 32)
    lineart[:, :, 15:18, 4:28] = -1
    picture = lineart.expand(-1, 3, -1, -1).contiguous()
    harm = Augmentation(mirror=0, least_scale=1, hue_turns=0, saturation=0, damage=0.5)
    lines, colours = augment(lineart, picture, harm, generator(8))
    changed = (lines != lineart).any(dim=(1, 2, 3)).sum()
    assert 10 <= changed <= 30
    assert torch.equal(colours, picture)
    assert lineart[:, :, 15:18, 4:28].eq(-1).all()


def test_the_generator_decides():
    """Determinism: equal states, equal batches; another state, another batch."""
    first, again, other = (augment(*pairs(), Augmentation(), generator(s))[1] for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("field", "value"), [("mirror", 1.2), ("least_scale", 0.0), ("hue_turns", 0.6)]
)
def test_says_what_is_out_of_range(field, value):
    """Error: the field, its range and what came."""
    with pytest.raises(ValueError, match=rf"{field} must lie in .*; got {value}"):
        Augmentation(**{field: value})


@pytest.mark.parametrize("kind", [torch.asarray, np.asarray])
def test_coloured_ink_is_ink_laid_over_what_is_under_it(kind):
    """Closed form: (1 - a) under + a ink, for black ink and for any other; arrays and tensors."""
    draw = np.random.default_rng(0)
    share, under = draw.random((2, 1, 5, 6)), draw.random((2, 3, 5, 6))
    ink = draw.random((2, 3, 1, 1))
    lineart, black, expected = (
        kind(2 * unit - 1)
        for unit in (1 - share, (1 - share) * under, (1 - share) * under + share * ink)
    )
    found = with_coloured_ink(lineart, black, kind(ink))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_array_equal(with_coloured_ink(lineart, black, kind(0 * ink)), black)
