"""Group norm with a way back of its own is the group norm of PyTorch."""

import pytest
import torch
from torch import nn

from lineart_lib.models.group_norm import GroupNorm, _Norm
from lineart_lib.runtime import generator

LAST = torch.channels_last


def learned(norm, maps, grad):
    """Return what a norm makes of maps, and the gradients of maps, weight and bias."""
    draw = generator(1)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw))
    seen = maps.clone().requires_grad_()
    made = norm(seen)
    made.backward(grad)
    return made.detach(), seen.grad, norm.weight.grad, norm.bias.grad


@pytest.mark.parametrize("mean", [0.0, 3.0])
@pytest.mark.parametrize(
    ("groups", "layout", "own_way"),
    [(4, LAST, True), (4, torch.contiguous_format, False), (1, LAST, False)],
)
@pytest.mark.parametrize(
    # float32 has 24 bits, and sums of 180 numbers lose some; bfloat16 has 8, a part in 256.
    ("dtype", "near"),
    [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 1e-2)],
)
def test_it_learns_as_the_one_of_pytorch(mean, groups, layout, own_way, dtype, near):
    """Equivalence: the same maps and the same gradients, in any layout and precision."""
    shape, draw = (3, 24, 10, 6), generator(0)
    maps, grad = (
        (torch.randn(shape, generator=draw) + add).to(dtype).to(memory_format=layout)
        for add in (mean, 0.3)
    )
    weights = torch.promote_types(dtype, torch.float32)  # bfloat16 is of maps alone.
    ours, theirs = (
        learned(kind(groups, 24).to(weights), maps, grad) for kind in (GroupNorm, nn.GroupNorm)
    )
    node = GroupNorm(groups, 24).to(weights)(maps).grad_fn
    assert ("_NormBackward" in type(node).__name__) is own_way
    for mine, wanted in zip(ours, theirs, strict=True):
        assert mine.dtype == wanted.dtype
        assert (mine - wanted).norm() <= near * wanted.norm()


def test_without_a_weight_it_is_the_one_of_pytorch():
    """Equivalence: nothing is scaled then."""
    maps = torch.randn(2, 8, 4, 4, generator=generator(4)).to(memory_format=LAST)
    ours, theirs = (kind(4, 8, affine=False)(maps) for kind in (GroupNorm, nn.GroupNorm))
    assert torch.equal(ours, theirs)


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
    (grad,) = torch.autograd.grad(GroupNorm(4, 8)(maps).square().sum(), maps, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
