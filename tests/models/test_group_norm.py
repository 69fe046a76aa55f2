"""Group norm with a way back of its own is the group norm of PyTorch."""

import pytest
import torch
from torch import nn

from lineart_lib.models.group_norm import GroupNorm, _Norm
from lineart_lib.runtime import generator

LAST = torch.channels_last


def learned(norm, maps, slope):
    """Return what a norm makes of maps, and the gradients of maps, weight and bias."""
    draw = generator(1)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw))
    seen = maps.clone().requires_grad_()
    made = norm(seen)
    made.backward(slope)
    return made.detach(), seen.grad, norm.weight.grad, norm.bias.grad


@pytest.mark.parametrize("layout", [LAST, torch.contiguous_format])
@pytest.mark.parametrize(
    ("dtype", "near"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 2e-2)]
)
def test_it_learns_as_the_one_of_pytorch(layout, dtype, near):
    """Equivalence: the same maps and the same gradients, in any layout and precision."""
    shape, draw = (3, 24, 10, 6), generator(0)
    maps, slope = (
        (scale * torch.randn(shape, generator=draw) + 1).to(dtype).to(memory_format=layout)
        for scale in (3, 1)
    )
    weights = torch.promote_types(dtype, torch.float32)  # bfloat16 is of maps alone.
    own_way = "_NormBackward" in type(GroupNorm(4, 24).to(weights)(maps).grad_fn).__name__
    assert own_way is (layout is LAST)
    ours, theirs = (
        learned(kind(4, 24).to(weights), maps, slope) for kind in (GroupNorm, nn.GroupNorm)
    )
    for mine, wanted in zip(ours, theirs, strict=True):
        assert mine.dtype == wanted.dtype
        torch.testing.assert_close(mine, wanted, rtol=near, atol=near * float(wanted.abs().max()))


def test_its_gradient_is_what_small_changes_do():
    """Gradient: of maps, weight and bias, beside differences."""
    draw = generator(2)
    maps = torch.randn(2, 4, 3, 5, generator=draw, dtype=torch.float64).to(memory_format=LAST)
    weight, bias = torch.randn(2, 4, generator=draw, dtype=torch.float64)
    given = [part.requires_grad_() for part in (maps, weight.clone(), bias.clone())]
    assert torch.autograd.gradcheck(lambda *parts: _Norm.apply(*parts, 2, 1e-5), given)


def test_it_refuses_a_second_gradient():
    """Property: none is better than a wrong one."""
    maps = torch.randn(2, 8, 4, 4, generator=generator(3)).to(memory_format=LAST).requires_grad_()
    (slope,) = torch.autograd.grad(GroupNorm(4, 8)(maps).square().sum(), maps, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
