"""GPT: it looks back only, memory changes nothing, torch agrees, and it learns."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lineart_lib.models.gpt import GPT, chances, write
from lineart_lib.runtime import generator

# float64: a few thousand additions of numbers near 1 round to about 1e-13.
EXACT = {"rtol": 0, "atol": 1e-11}


def small(seed: int = 0, tokens: int = 12, layers: int = 2) -> GPT:
    """Build a network of seven signs, with weights large enough to tell signs apart."""
    model = GPT(7, tokens, width=8, heads=2, layers=layers, generator=generator(seed)).double()
    nn.init.normal_(model.head.weight, generator=generator(seed + 1))
    return model.eval()


def signs(batch: int, count: int, seed: int = 0) -> torch.Tensor:
    """Draw places in an alphabet of seven."""
    return torch.randint(7, (batch, count), generator=generator(seed))


@pytest.mark.parametrize("place", range(12))
def test_later_signs_change_nothing_before(place):
    """Property: logits before a changed sign are the same, bit for bit; at it they are not."""
    model, ids = small(), signs(2, 12)
    other = ids.clone()
    other[:, place] = (other[:, place] + 1) % 7
    with torch.no_grad():
        before, after = model(ids), model(other)
    assert torch.equal(before[:, :place], after[:, :place])
    assert not torch.allclose(before[:, place], after[:, place])


@pytest.mark.parametrize("pieces", [[12], [1] * 12, [5, 1, 4, 2]])
def test_memory_gives_what_reading_again_gives(pieces):
    """Equivalence: in whatever pieces a text is read, the logits are those of the whole."""
    model, ids = small(), signs(3, 12)
    memories = model.memories()
    with torch.no_grad():
        parts = [model(part, memories) for part in ids.split(pieces, dim=1)]
        torch.testing.assert_close(torch.cat(parts, dim=1), model(ids), **EXACT)
    assert [len(memory) for memory in memories] == [12, 12]


@pytest.mark.parametrize("top_k", [None, 3])
def test_writing_with_memory_writes_the_same(top_k):
    """Equivalence: the same signs and scores, also where the window is full and moves on."""
    model, start = small(), signs(2, 3)
    runs = [
        write(model, start, 40, generator(5), temperature=0.8, top_k=top_k, remember=remember)
        for remember in (True, False)
    ]
    assert torch.equal(runs[0][0], runs[1][0])
    torch.testing.assert_close(runs[0][1], runs[1][1], **EXACT)


def test_torch_agrees_with_copied_weights():
    """Equivalence: torch's encoder layers with the norm first, GELU and a causal mask."""
    model, ids = small(), signs(2, 9)
    with torch.no_grad():
        x = model.embed(ids) + model.positions.vectors[:9]
        for block in model.blocks:
            layer = nn.TransformerEncoderLayer(
                8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.float64
            )
            layer.self_attn.in_proj_weight.copy_(block.attention.enter.weight)
            layer.self_attn.in_proj_bias.copy_(block.attention.enter.bias)
            layer.self_attn.out_proj.load_state_dict(block.attention.leave.state_dict())
            layer.norm1.load_state_dict(block.norm_attention.state_dict())
            layer.norm2.load_state_dict(block.norm_mlp.state_dict())
            layer.linear1.load_state_dict(block.mlp[0].state_dict())
            layer.linear2.load_state_dict(block.mlp[2].state_dict())
            hidden = torch.ones(9, 9, dtype=torch.bool).triu(1)  # torch's masks say who is hidden.
            x = layer(x, src_mask=hidden)
        torch.testing.assert_close(model(ids), model.head(model.norm(x)), **EXACT)


def test_the_untrained_model_is_nearly_uniform():
    """Property: at first every sign costs about log2 of the alphabet, here within 2 %."""
    model = GPT(96, 32, width=32, heads=4, layers=2, generator=generator(0)).eval()
    ids = torch.randint(96, (8, 33), generator=generator(1))
    with torch.no_grad():
        loss = cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    # The deviation of a logit is 0.02 √32 = 0.11: it costs half its square, 0.006 of 4.56.
    assert loss.item() == pytest.approx(math.log(96), rel=0.02)


def test_the_same_generator_gives_the_same_model():
    """Property: all first weights come from the generator."""
    one, two = small(3).state_dict(), small(3).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_maps_are_the_weights_that_are_used():
    """Equivalence: mixing the values by the maps, head by head, gives the first block's output."""
    model, ids = small(), signs(2, 6)
    with torch.no_grad():
        maps = model.attention_maps(ids)
        block, x = model.blocks[0], model.embed(ids) + model.positions.vectors[:6]
        value = block.attention.enter(block.norm_attention(x))[..., 16:].view(2, 6, 2, 4)
        mixed = (maps[:, 0] @ value.transpose(1, 2)).transpose(1, 2).flatten(2)
        read = block.attention(block.norm_attention(x), causal=True)
        torch.testing.assert_close(block.attention.leave(mixed), read, **EXACT)
    assert maps.shape == (2, 2, 2, 6, 6)
    assert not maps.triu(1).any()


def test_positions_tell_where_a_sign_stands():
    """Property: the same sign twice is not scored alike, as it would be without positions."""
    with torch.no_grad():
        scores = small()(torch.full((1, 6), 2))
    assert not torch.allclose(scores[0, 0], scores[0, 5])


def test_it_learns_a_batch_by_heart():
    """Learning: a random batch cannot be guessed, but it can be learned, from the second sign."""
    model = GPT(7, 12, width=32, heads=4, layers=2, generator=generator(0))
    ids = signs(4, 13)
    ids[:, 0] = torch.arange(4)  # From here on, the first sign tells the rows apart.
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        loss = cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02  # It began near log 7 = 1.95.


def test_temperature_and_top_k_by_hand():
    """Equivalence: softmax of logits by the temperature, and only the likeliest are left."""
    logits = torch.tensor([0.0, 1.0, 3.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(chances(logits), logits.softmax(0))
    torch.testing.assert_close(chances(logits, 0.5), (2 * logits).softmax(0))
    two = torch.tensor([math.e, 1.0], dtype=torch.float64)
    expected = torch.zeros(4, dtype=torch.float64)
    expected[[2, 3]] = two / two.sum()
    torch.testing.assert_close(chances(logits, top_k=2), expected)
    assert torch.equal(chances(logits, 7.0, top_k=1), torch.eye(4, dtype=torch.float64)[2])


def test_equal_scores_leave_exactly_k():
    """Property: ties do not let more through than were asked for."""
    assert (chances(torch.zeros(3, 9), top_k=4) > 0).sum(-1).tolist() == [4, 4, 4]


def test_signs_are_drawn_as_often_as_they_are_likely():
    """Property: written signs follow the chances, within five standard errors."""
    model, start = small(), torch.full((4000, 1), 3)
    drawn, scores = write(model, start, 1, generator(1), temperature=2.0)
    expected = chances(scores[0, 0], 2.0)
    error = (expected * (1 - expected) / 4000).sqrt()
    shares = torch.bincount(drawn[:, 0], minlength=7).double() / 4000
    assert ((shares - expected).abs() < 5 * error).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_must_be_above_zero(temperature):
    """Property: what came is named."""
    with pytest.raises(ValueError, match="above 0"):
        chances(torch.zeros(3), temperature)


@pytest.mark.parametrize("top_k", [0, 4])
def test_top_k_must_leave_some(top_k):
    """Property: none or more than all is refused."""
    with pytest.raises(ValueError, match=rf"\[1, 3\]; got {top_k}"):
        chances(torch.zeros(3), top_k=top_k)


def test_a_text_longer_than_the_window_is_refused():
    """Property: there is no position for it; nor is there a model without a block."""
    with pytest.raises(ValueError, match="12 positions"):
        small()(signs(1, 13))
    with pytest.raises(ValueError, match="at least one block"):
        small(layers=0)
