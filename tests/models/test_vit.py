"""The vision transformer: patches, the written formula, what its positions are for, learning."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lineart_lib.models.mlp import parameter_count
from lineart_lib.models.vit import ViT, from_patches, to_patches
from lineart_lib.runtime import generator

# float64: a few thousand additions of numbers near 1 round to about 1e-13.
EXACT = {"rtol": 0, "atol": 1e-11}


def pictures(batch: int, side: int, seed: int = 0) -> torch.Tensor:
    """Draw grey pictures."""
    return torch.rand(batch, 1, side, side, generator=generator(seed), dtype=torch.float64)


def small(seed: int = 0) -> ViT:
    """Build a network of 9 patches."""
    return ViT(6, 2, width=8, heads=2, layers=2, classes=3, generator=generator(seed)).double()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_patches_are_put_together_again(size, rows, columns, channels):
    """Round trip: cut and joined, a picture of any proportions is the same."""
    images = torch.rand(2, channels, size * rows, size * columns, generator=generator(0))
    patches = to_patches(images, size)
    assert patches.shape == (2, rows * columns, channels * size**2)
    assert torch.equal(from_patches(patches, size, size * rows), images)


def test_patches_are_those_of_torch():
    """Equivalence: `nn.functional.unfold` with a stride as wide as its window."""
    images = torch.rand(3, 2, 12, 8, generator=generator(0))
    expected = nn.functional.unfold(images, 4, stride=4).mT
    assert torch.equal(to_patches(images, 4), expected)


def test_a_patch_and_a_linear_layer_are_a_convolution():
    """Equivalence: embedding patches is a convolution whose stride is its kernel."""
    images = pictures(2, 12)
    linear = nn.Linear(16, 5, dtype=torch.float64)
    conv = nn.Conv2d(1, 5, 4, stride=4, dtype=torch.float64)
    with torch.no_grad():
        conv.weight.copy_(linear.weight.view(5, 1, 4, 4))
        conv.bias.copy_(linear.bias)
    expected = conv(images).flatten(2).mT
    torch.testing.assert_close(linear(to_patches(images, 4)), expected, **EXACT)


def test_the_network_is_the_written_one():
    """Equivalence: embed, put the class token in front, add positions, blocks, norm, head."""
    model, images = small(), pictures(4, 6)
    x = model.embed(to_patches(images, 2))
    x = torch.cat([model.class_token.expand(4, 1, 8), x], dim=1) + model.positions.vectors
    for block in model.blocks:
        read = block.norm_attention(x)
        x = x + block.attention(read)
        x = x + block.mlp(block.norm_mlp(x))
    torch.testing.assert_close(model(images), model.head(model.norm(x)[:, 0]), **EXACT)


def test_parameters_are_the_closed_form():
    """Equivalence: 12 w² + 13 w for a block, one vector for each token, two norms' worth."""
    w, patches = 64, 16
    block = 12 * w**2 + 13 * w
    embed = (49 + 1) * w + (w + 1) * w
    expected = embed + w + (patches + 1) * w + 3 * block + 2 * w + (w + 1) * 10
    assert parameter_count(ViT(28, 7, width=w, heads=4, layers=3)) == expected


def test_maps_are_rows_of_shares_and_are_used():
    """Property: rows sum to 1, and the maps of the first block mix what the first block reads."""
    model, images = small(), pictures(3, 6)
    maps = model.attention_maps(images)
    assert maps.shape == (3, 2, 2, 10, 10)
    torch.testing.assert_close(maps.sum(-1), torch.ones(3, 2, 2, 10).double(), **EXACT)
    block, x = model.blocks[0], model.tokens(images)
    value = block.attention.enter(block.norm_attention(x))[..., 16:].unflatten(-1, (2, 4))
    mixed = torch.einsum("bhqk,bkhd->bqhd", maps[:, 0], value).flatten(2)
    expected = block.attention(block.norm_attention(x))
    torch.testing.assert_close(block.attention.leave(mixed), expected, **EXACT)


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(9)))
def test_without_its_positions_it_sees_a_bag_of_patches(order):
    """Property: positions apart, shuffled patches give the same answer; with them, another."""
    model, images = small(), pictures(2, 6)
    shuffled = from_patches(to_patches(images, 2)[:, order], 2, 6)
    with_positions = (model(shuffled) - model(images)).abs().max()
    assert (with_positions > 1e-6) == (list(order) != sorted(order))
    with torch.no_grad():
        model.positions.vectors.zero_()
    torch.testing.assert_close(model(shuffled), model(images), **EXACT)


def test_gradients_are_right():
    """Gradient: torch's gradcheck in float64 from the logits to the pixels."""
    model = ViT(4, 2, width=4, heads=2, layers=1, classes=2, generator=generator(1)).double()
    assert torch.autograd.gradcheck(model, (pictures(2, 4).requires_grad_(),))


def test_one_batch_is_overfitted():
    """Learning: 32 noise pictures with random labels are learned by heart."""
    draw = generator(0)
    model = ViT(28, 7, width=32, heads=4, layers=2, generator=draw)
    images = torch.rand(32, 1, 28, 28, generator=draw)
    labels = torch.randint(10, (32,), generator=draw)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(120):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model(images).argmax(1) == labels).all()


def test_the_same_seed_draws_the_same_network():
    """Property: the generator decides every weight."""
    first, again, other = small(0), small(0), small(1)
    pairs = list(zip(first.parameters(), again.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first.head.weight, other.head.weight)


def test_errors_say_what_was_expected():
    """Property: patches that do not tile and networks without a block are refused."""
    with pytest.raises(ValueError, match=r"multiples of 5; got \(2, 1, 6, 6\)"):
        to_patches(torch.zeros(2, 1, 6, 6), 5)
    with pytest.raises(ValueError, match="got side 28, patch 5"):
        ViT(28, 5)
    with pytest.raises(ValueError, match="at least one block; got 0"):
        ViT(28, 7, layers=0)
