"""Group norm that learns quickly on a CPU where the channels lie last in memory.

PyTorch walks back through such maps number by number when a group has fewer channels than a vector
of the processor has numbers. Here the same gradient is written for whole maps.

References
----------
.. [1] Wu, He, "Group Normalization", 2018.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

VECTOR = 16
"""Groups of so many channels PyTorch walks through quickly itself."""


class GroupNorm(nn.GroupNorm):
    """`torch.nn.GroupNorm` ([1]_), for maps.

    On a CPU, maps with the channels last get the gradient below when their groups are small. Those
    have no second gradient.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Norm (N, C, H, W)."""
        last = x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
        small = self.num_channels < VECTOR * self.num_groups
        if last and small and self.weight is not None and self.bias is not None:
            return _Norm.apply(x, self.weight, self.bias, self.num_groups, self.eps)
        return super().forward(x)


class _Norm(torch.autograd.Function):
    """Return y = weight · z + bias, where z = (x - mean) / deviation, both of each group.

    With g the gradient of y, and means over a group::

        dx = (weight · g - mean(weight · g) - z · mean(weight · g · z)) / deviation
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float
    ) -> Tensor:
        count, channels, *sides = x.shape
        y, mean, inverse = torch.native_group_norm(
            x, weight, bias, count, channels, math.prod(sides), groups, eps
        )
        ctx.save_for_backward(x, weight, mean, inverse)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, inverse = ctx.saved_tensors
        each, pixels = x.shape[1] // mean.shape[1], math.prod(x.shape[2:])
        wide = torch.promote_types(x.dtype, torch.float32)
        mean, inverse = (part.to(wide).repeat_interleave(each, dim=1) for part in (mean, inverse))
        # Sums over the pixels, (N, C): of g, of g · x, and so of g · z.
        of_g, of_gx = (part.sum(dim=(2, 3), dtype=wide) for part in (grad, grad * x))
        of_gz = (of_gx - of_g * mean) * inverse

        def group_mean(sums: Tensor) -> Tensor:
            means = (sums * weight).unflatten(1, (-1, each)).mean(dim=2) / pixels
            return means.repeat_interleave(each, dim=1)

        # dx is linear in g and x: what stands before each, and the rest.
        by_g, by_x = weight * inverse, -group_mean(of_gz) * inverse**2
        rest = -group_mean(of_g) * inverse - by_x * mean
        by_g, by_x, rest = (part[..., None, None].to(x.dtype) for part in (by_g, by_x, rest))
        dx = torch.addcmul(torch.addcmul(rest, x, by_x), grad, by_g)
        return dx, of_gz.sum(dim=0), of_g.sum(dim=0), None, None
