"""Attention over maps: equal to torch's own, and the slips of the public code as they were."""

import pytest
import torch
from torch import nn

from lineart_lib.models.attention import attend
from lineart_lib.models.latent_blocks import (
    ContextTransformer,
    CrossAttention,
    Double,
    Halve,
    MapAttention,
    NormBlock,
)
from lineart_lib.runtime import generator


def tokens(seed, count, width=8, batch=2):
    """Draw tokens in float64."""
    return torch.randn(batch, count, width, generator=generator(seed), dtype=torch.float64)


def test_cross_attention_is_torchs():
    """Equivalence: `nn.MultiheadAttention` with the same weights, other keys than queries."""
    ours = CrossAttention(8, heads=2).double()
    theirs = nn.MultiheadAttention(8, 2, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key_value.weight]))
        theirs.in_proj_bias.zero_()
        theirs.out_proj.weight.copy_(ours.leave.weight)
        theirs.out_proj.bias.copy_(ours.leave.bias)
    x, context = tokens(0, 5), tokens(1, 7)
    torch.testing.assert_close(ours(x, context), theirs(x, context, context)[0])


def test_a_context_in_another_order_is_the_same_context():
    """Property: no position is told, so the order of the context's tokens means nothing."""
    attention = CrossAttention(8, heads=2).double()
    x, context = tokens(0, 5), tokens(1, 6)
    torch.testing.assert_close(attention(x, context.flip(1)), attention(x, context))


def test_cut_along_the_tokens_keys_and_values_are_of_different_places():
    """Equivalence: with the slip, keys are written from the first half of the context and values
    from the second, two out of the numbers of each token."""
    attention = CrossAttention(8, heads=1, split="tokens").double()
    x, context = tokens(0, 5), tokens(1, 6)
    upper, lower = (attention.key_value(half).reshape(2, 6, 8) for half in context.chunk(2, dim=1))
    expected = attend(attention.query(x), upper, lower)[0]
    torch.testing.assert_close(attention(x, context), attention.leave(expected))
    dark = torch.cat([context[:, :3], 0 * context[:, 3:]], dim=1)
    found = attention(x, dark)  # nothing in the lower half: nothing is found
    torch.testing.assert_close(found, attention.leave.bias.expand_as(found))


def test_causal_attention_hides_what_comes_later():
    """Property: with the other slip, a token is not changed by a later one of the context."""
    x, context = tokens(0, 6), tokens(1, 6)
    later = context.clone()
    later[:, 4:] += 1
    slipped = CrossAttention(8, heads=2, causal=True).double()
    torch.testing.assert_close(slipped(x, later)[:, :4], slipped(x, context)[:, :4])
    right = CrossAttention(8, heads=2).double()
    assert not torch.allclose(right(x, later)[:, :4], right(x, context)[:, :4])


def test_maps_are_tokens_in_the_order_of_reading():
    """Equivalence: attention over a map is attention over its pixels, laid out by rows."""
    layer = MapAttention(8, heads=2, groups=4).double()
    x = torch.randn(1, 8, 2, 3, generator=generator(0), dtype=torch.float64)
    rows = torch.stack([layer.norm(x)[0, :, y, c] for y in range(2) for c in range(3)])
    found = layer.attention(rows[None])[0]
    torch.testing.assert_close(layer(x)[0, :, 1, 2], x[0, :, 1, 2] + found[5])


def test_the_context_is_pooled_to_the_map():
    """Property: a context given larger, each number repeated, changes nothing; another one does."""
    layer = ContextTransformer(8, 4, heads=2, groups=4).double()
    x = torch.randn(2, 8, 4, 4, generator=generator(0), dtype=torch.float64)
    context = torch.randn(2, 4, 4, 4, generator=generator(1), dtype=torch.float64)
    larger = context.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(layer(x, larger), layer(x, context))
    assert not torch.allclose(layer(x, -context), layer(x, context))


def test_a_block_with_silent_convolutions_is_its_short_cut():
    """Property: with the second convolution at zero the input goes through; the step shifts."""
    block = NormBlock(8, 8, 4, condition=3)
    x = torch.randn(1, 8, 4, 4, generator=generator(0))
    first, second = torch.zeros(1, 3), torch.ones(1, 3)
    assert not torch.equal(block(x, first), block(x, second))
    nn.init.zeros_(block.conv_out.weight)
    nn.init.zeros_(block.conv_out.bias)
    assert torch.equal(block(x, first), x)


def test_sizes_are_halved_and_doubled():
    """Property: down and up again is the same size; doubling repeats before it convolves."""
    x = torch.randn(1, 4, 6, 8, generator=generator(0))
    assert Halve(4)(x).shape == (1, 4, 3, 4)
    double = Double(4)
    nn.init.dirac_(double.weight)
    nn.init.zeros_(double.bias)
    assert torch.equal(double(x), x.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_what_does_not_fit_is_named():
    """Error: heads that do not divide, and a way of cutting that does not exist."""
    with pytest.raises(ValueError, match="multiple of the heads"):
        CrossAttention(8, heads=3)
    with pytest.raises(ValueError, match="split must be one of"):
        CrossAttention(8, heads=2, split="rows")
