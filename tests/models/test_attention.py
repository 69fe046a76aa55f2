"""Attention: torch's own layers with copied weights, what a mask promises, what order means."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lineart_lib.models.attention import (
    Block,
    Memory,
    SelfAttention,
    attend,
    causal_mask,
    padding_mask,
)
from lineart_lib.models.positions import LearnedPositions, sinusoidal_positions
from lineart_lib.runtime import generator

# float64: a few hundred additions of numbers near 1 round to about 1e-14.
EXACT = {"rtol": 0, "atol": 1e-12}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    """Draw float64 numbers."""
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def layer(width: int = 12, heads: int = 3, seed: int = 1) -> SelfAttention:
    """A layer whose biases are not zero, so that a lost one shows."""
    made = SelfAttention(width, heads, generator(seed)).double()
    with torch.no_grad():
        made.enter.bias.copy_(normal(3 * width, seed=seed + 1))
        made.leave.bias.copy_(normal(width, seed=seed + 2))
    return made


def torch_layer(ours: SelfAttention) -> nn.MultiheadAttention:
    """Torch's layer with our weights."""
    width = ours.leave.in_features
    theirs = nn.MultiheadAttention(width, ours.heads, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.enter.weight)
        theirs.in_proj_bias.copy_(ours.enter.bias)
        theirs.out_proj.weight.copy_(ours.leave.weight)
        theirs.out_proj.bias.copy_(ours.leave.bias)
    return theirs


@pytest.mark.parametrize("kind", ["open", "causal", "padding", "random"])
def test_the_formula_is_that_of_torch(kind):
    """Equivalence: `scaled_dot_product_attention`, under every kind of mask."""
    query, key, value = (normal(4, 3, 7, size, seed=size) for size in (5, 5, 6))
    key = normal(4, 3, 7, 5, seed=9)
    mask = {
        "open": None,
        "causal": causal_mask(7, 7),
        "padding": padding_mask(torch.tensor([7, 1, 3, 6]), 7),
        "random": (normal(4, 1, 7, 7, seed=3) > 0) | torch.eye(7, dtype=torch.bool),
    }[kind]
    ours, weights = attend(query, key, value, mask)
    theirs = nn.functional.scaled_dot_product_attention(query, key, value, mask)
    torch.testing.assert_close(ours, theirs, **EXACT)
    torch.testing.assert_close(weights.sum(-1), torch.ones(4, 3, 7, dtype=torch.float64), **EXACT)
    if mask is not None:
        assert (weights[~mask.expand_as(weights)] == 0).all()


@pytest.mark.parametrize("causal", [False, True])
def test_the_layer_is_that_of_torch(causal):
    """Equivalence: `nn.MultiheadAttention` with copied weights: output and weights by head."""
    ours = layer()
    x = normal(5, 8, 12)
    lengths = torch.tensor([8, 3, 5, 1, 8])
    mask = padding_mask(lengths, 8)
    theirs, their_weights = torch_layer(ours)(
        x,
        x,
        x,
        key_padding_mask=~mask[:, 0, 0],  # True hides, for torch
        attn_mask=~causal_mask(8, 8) if causal else None,
        average_attn_weights=False,
    )
    torch.testing.assert_close(ours(x, mask, causal=causal), theirs, **EXACT)
    torch.testing.assert_close(ours.weights(x, mask, causal=causal), their_weights, **EXACT)


@pytest.mark.parametrize("causal", [False, True])
def test_the_block_is_that_of_torch(causal):
    """Equivalence: `nn.TransformerEncoderLayer` with its norms first, with copied weights."""
    ours = Block(12, 3, hidden=20, generator=generator(4)).double()
    ours.attention = layer()
    theirs = nn.TransformerEncoderLayer(
        12, 3, 20, 0.0, nn.functional.gelu, batch_first=True, norm_first=True, dtype=torch.float64
    )
    theirs.self_attn = torch_layer(ours.attention)
    pairs = [
        (ours.norm_attention, theirs.norm1),
        (ours.norm_mlp, theirs.norm2),
        (ours.mlp[0], theirs.linear1),
        (ours.mlp[2], theirs.linear2),
    ]
    for seed, (mine, other) in enumerate(pairs):
        with torch.no_grad():
            mine.bias.copy_(normal(len(mine.bias), seed=seed))
        other.load_state_dict(mine.state_dict())
    x = normal(2, 6, 12)
    expected = theirs(x, src_mask=~causal_mask(6, 6) if causal else None)
    torch.testing.assert_close(ours(x, causal=causal), expected, **EXACT)


def test_the_output_is_the_values_under_the_weights():
    """Equivalence: what `weights` reports is what `forward` mixes with, head by head."""
    ours = layer()
    x = normal(2, 6, 12)
    value = ours.enter(x)[..., 24:].unflatten(-1, (3, 4))  # (batch, tokens, heads, d)
    mixed = torch.einsum("bhqk,bkhd->bqhd", ours.weights(x, causal=True), value)
    torch.testing.assert_close(ours(x, causal=True), ours.leave(mixed.flatten(2)), **EXACT)


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(7)), st.integers(0, 1000))
def test_without_positions_order_means_nothing(order, seed):
    """Property: permute the tokens, and the outputs are permuted, nothing else."""
    block = Block(8, 2, generator=generator(seed)).double()
    x = normal(2, 7, 8, seed=seed)
    torch.testing.assert_close(block(x[:, order]), block(x)[:, order], **EXACT)


def test_with_positions_order_means_something():
    """Property: once positions are added, a permuted text has other outputs."""
    block = Block(8, 2, generator=generator(0)).double()
    order = [1, 0, 2, 3, 4, 5, 6]
    x = normal(1, 7, 8)
    for positions in (
        lambda tokens: tokens + sinusoidal_positions(7, 8).double(),
        LearnedPositions(7, 8, generator(1)).double(),
    ):
        moved = block(positions(x[:, order])) - block(positions(x))[:, order]
        assert moved.abs().max() > 1e-4


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 8), st.integers(0, 1000))
def test_later_tokens_never_change_earlier_outputs(known, seed):
    """Property: causality through two blocks; without the mask it is broken."""
    blocks = [Block(8, 2, generator=generator(seed + n)).double() for n in range(2)]
    x = normal(2, 9, 8, seed=seed)
    changed = x.clone()
    changed[:, known:] = normal(2, 9 - known, 8, seed=seed + 1)

    def run(tokens, causal):
        for block in blocks:
            tokens = block(tokens, causal=causal)
        return tokens[:, :known]

    # Not bit for bit: how a matrix product rounds depends on its neighbours.
    torch.testing.assert_close(run(changed, True), run(x, True), **EXACT)
    assert (run(changed, False) - run(x, False)).abs().max() > 1e-6


def test_padding_changes_nothing():
    """Property: real tokens have the same outputs with padding, whatever it holds, as without."""
    block = Block(8, 2, generator=generator(0)).double()
    x = normal(1, 5, 8)
    padded = torch.cat([x, 100 * normal(1, 3, 8, seed=1)], dim=1)
    out = block(padded, padding_mask(torch.tensor([5]), 8))[:, :5]
    torch.testing.assert_close(out, block(x), **EXACT)


@pytest.mark.parametrize("pieces", [[1] * 9, [4, 1, 1, 3], [9], [1, 8]])
def test_memory_equals_reading_again(pieces):
    """Equivalence: a text read in pieces gives what it gives in one piece."""
    block = Block(8, 2, generator=generator(0)).double()
    x = normal(2, 9, 8)
    memory = Memory()
    outputs = [block(piece, causal=True, memory=memory) for piece in x.split(pieces, dim=1)]
    assert len(memory) == 9
    torch.testing.assert_close(torch.cat(outputs, dim=1), block(x, causal=True), **EXACT)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_sinusoidal_positions_know_distances_only(first, second, shift):
    """Closed form: ⟨p(a), p(b)⟩ = Σ cos(ω(a - b)): the same wherever the pair stands."""
    table = sinusoidal_positions(128, 16).double()
    speeds = 10_000.0 ** (-torch.arange(0, 16, 2, dtype=torch.float64) / 16)
    expected = torch.cos(speeds * (first - second)).sum()
    # The table is float32: 16 products, each rounded to about 1e-7.
    for a, b in ((first, second), (first + shift, second + shift)):
        torch.testing.assert_close(table[a] @ table[b], expected, rtol=0, atol=5e-6)


def test_sinusoidal_positions_are_those_of_the_paper():
    """Closed form: sin(p / 10000^(2i/d)) at 2i, cos of the same at 2i + 1."""
    table = sinusoidal_positions(50, 6)
    for position in (0, 1, 7, 49):
        for i in range(3):
            angle = position / 10_000 ** (2 * i / 6)
            assert table[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert table[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_learned_positions_begin_where_they_are_told():
    """Equivalence: a piece of a text gets the vectors that it has in the whole."""
    positions = LearnedPositions(9, 4, generator(0))
    x = torch.zeros(1, 9, 4)
    torch.testing.assert_close(positions(x[:, 5:], start=5), positions(x)[:, 5:])


def test_scores_have_variance_one():
    """Property: for independent normal q and k, q·k has variance d, and 1 after the division."""
    for width in (4, 64):
        query, key = normal(200, 50, width, seed=1), normal(200, 50, width, seed=2)
        scores = query @ key.mT
        # 500,000 scores, 10,000 of them independent: the estimate is good to a few percent.
        assert scores.var().item() == pytest.approx(width, rel=0.05)
        _, weights = attend(query, key, key)
        back = weights.log() - weights.log().mean(-1, keepdim=True)  # scores, up to a constant
        assert back.var().item() * 50 / 49 == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_are_right(causal):
    """Gradient: torch's gradcheck in float64 through a whole block, fused kernel included."""
    block = Block(4, 2, hidden=6, generator=generator(5)).double()
    x = normal(2, 3, 4, seed=6).requires_grad_()
    assert torch.autograd.gradcheck(lambda tokens: block(tokens, causal=causal), (x,))
    assert torch.autograd.gradcheck(
        lambda q, k, v: attend(q, k, v, causal_mask(3, 3)), tuple(x + n for n in range(3))
    )


def test_a_block_learns_to_copy_the_first_token():
    """Learning: which token to look at is learned from answers alone, and shows in the weights."""
    draw = generator(0)
    block = Block(16, 2, generator=draw)
    positions, head = LearnedPositions(6, 16, draw), nn.Linear(16, 5)
    with torch.no_grad():
        head.weight.normal_(std=0.2, generator=draw)
        head.bias.zero_()
        symbols = torch.randn(5, 16, generator=draw)
    parameters = [*block.parameters(), *positions.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-2)
    for _ in range(150):
        text = torch.randint(5, (64, 6), generator=draw)
        logits = head(block(positions(symbols[text]))[:, -1])
        loss = nn.functional.cross_entropy(logits, text[:, 0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (logits.argmax(1) == text[:, 0]).float().mean() == 1
    # At least one head of the last token looks mostly at the first of six.
    assert block.weights(positions(symbols[text]))[:, :, -1, 0].mean(0).max() > 0.5


def test_the_same_seed_draws_the_same_weights():
    """Property: a generator decides all weights, inside the bound of Glorot."""
    first, again, other = (Block(8, 2, generator=generator(seed)) for seed in (0, 0, 1))
    same = zip(first.state_dict().values(), again.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
    assert not torch.equal(first.attention.enter.weight, other.attention.enter.weight)
    bound = math.sqrt(6 / 16)  # Glorot: of each of Q, K and V, 8 → 8
    assert 0.9 * bound < first.attention.enter.weight.abs().max() <= bound


def test_errors_say_what_was_expected():
    """Property: what makes no attention is refused, with the mend."""
    q = normal(1, 3, 4)
    with pytest.raises(ValueError, match="must be bool"):
        attend(q, q, q, torch.ones(3, 3))
    with pytest.raises(ValueError, match="hides every key"):
        layer()(normal(1, 3, 12), torch.zeros(3, 3, dtype=torch.bool))
    with pytest.raises(ValueError, match="multiple of the heads; got width 10, 3 heads"):
        SelfAttention(10, 3)
    with pytest.raises(ValueError, match=r"lie in \[1, 4\]; got \[5\]"):
        padding_mask(torch.tensor([5]), 4)
    with pytest.raises(ValueError, match="got 3 queries and 2 keys"):
        causal_mask(3, 2)
    with pytest.raises(ValueError, match="even width"):
        sinusoidal_positions(4, 3)
    with pytest.raises(ValueError, match="vectors for 4 positions; got input up to 5"):
        LearnedPositions(4, 2)(torch.zeros(1, 2, 2), start=3)
