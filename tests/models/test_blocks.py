"""The blocks of the generators do what they are named after."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, leaky_relu

from lineart_lib.models.blocks import ResNeXtBlock, Rise, draw_weights, halving, parameters
from lineart_lib.runtime import generator


@pytest.mark.parametrize(("dilation", "halve"), [(1, False), (4, False), (1, True)])
def test_a_block_is_a_sum_over_paths(dilation, halve):
    """Equivalence: the aggregated paths of figure 3 (a), each with its own three convolutions."""
    block = ResNeXtBlock(16, 4, dilation, halve=halve).double()
    x = torch.randn(2, 16, 8, 8, generator=generator(0), dtype=torch.float64)
    total = avg_pool2d(x, 2) if halve else x
    for path in range(4):
        mine = slice(2 * path, 2 * path + 2)  # 8 channels between, two for a path
        inner = leaky_relu(conv2d(x, block.narrow.weight[mine]), 0.2)
        inner = conv2d(inner, block.look.weight[mine], None, 2 if halve else 1, dilation, dilation)
        total = total + conv2d(leaky_relu(inner, 0.2), block.widen.weight[:, mine])
    torch.testing.assert_close(block(x), total)


def test_a_block_reaches_as_far_as_its_dilation():
    """Property: one pixel changes those at the dilation's distance, and none between or beyond."""
    block = ResNeXtBlock(4, 2, dilation=3)
    x = torch.randn(1, 4, 15, 15, generator=generator(1))
    moved = x.clone()
    moved[..., 7, 7] += 1
    rows, columns = (block(moved) - block(x)).abs().amax((0, 1)).gt(1e-6).nonzero().T
    assert set(rows.tolist()) == set(columns.tolist()) == {4, 7, 10}


def test_stages_double_and_halve():
    """Property: a stage up and a stage down undo each other's change of size."""
    x = torch.zeros(1, 6, 4, 8)
    risen = Rise(6, 8, 5, 2, (1, 2))(x)
    assert risen.shape == (1, 5, 8, 16)
    assert halving(5, 6)(risen).shape == x.shape


def test_weights_come_from_the_generator_and_are_as_large_as_torch_makes_them():
    """Property: same seed, same weights; their spread is that of torch's own drawing."""
    first, again = Rise(64, 64, 32, 8, (1,)), Rise(64, 64, 32, 8, (1,))
    torchs = first[0].weight.std().item()
    draw_weights(first, generator(3))
    draw_weights(again, generator(3))
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    # 36,864 uniform numbers: the spread is known to half a percent.
    assert first[0].weight.std().item() == pytest.approx(torchs, rel=0.03)


def test_parameters_counts_what_can_be_trained():
    """Equivalence: the written product for a block, which has no bias; nothing when frozen."""
    block = ResNeXtBlock(64, 8)
    assert parameters(block) == 64 * 32 + 32 * 32 // 8 * 9 + 32 * 64
    assert parameters(block.requires_grad_(False)) == 0


def test_refuses_widths_that_do_not_part():
    """Error: groups that do not divide, and a halving block with dilation."""
    with pytest.raises(ValueError, match="multiple of the groups"):
        ResNeXtBlock(16, 3)
    with pytest.raises(ValueError, match="has dilation 1"):
        ResNeXtBlock(16, 2, dilation=2, halve=True)
