"""Group norm that learns quickly on a CPU where the channels lie last in memory.

PyTorch walks back through such maps number by number when a group has fewer channels than a vector
of the processor has numbers. Written for whole maps, the same gradient takes a third of the time.

References
----------
.. [1] Wu, He, "Group Normalization", 2018.
"""

from __future__ import annotations

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
        if last and self.num_channels < VECTOR * self.num_groups:
            return _Norm.apply(x, self.weight, self.bias, self.num_groups, self.eps)
        return super().forward(x)


class _Norm(torch.autograd.Function):
    """Return weight · (x - mean) / deviation + bias, with a mean and a deviation of each group."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float
    ) -> Tensor:
        count, channels, *sides = x.shape
        y, mean, inverse = torch.native_group_norm(
            x, weight, bias, count, channels, sides[0] * sides[1], groups, eps
        )
        ctx.save_for_backward(x, weight, mean, inverse)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, inverse = ctx.saved_tensors
        each = x.shape[1] // mean.shape[1]
        wide = torch.promote_types(x.dtype, torch.float32)
        mean, inverse = (part.to(wide).repeat_interleave(each, dim=1) for part in (mean, inverse))
        # Sums over the pixels, (N, C): of the slope, and of the slope times the normed map.
        even, tilted = (part.sum(dim=(2, 3), dtype=wide) for part in (slope, slope * x))
        tilted = (tilted - even * mean) * inverse

        def mean_of_group(sums: Tensor) -> Tensor:
            means = (sums * weight).unflatten(1, (-1, each)).mean(dim=2) / x[0, 0].numel()
            return means.repeat_interleave(each, dim=1)

        # What would move a group as a whole, or stretch it, changes nothing and is taken out.
        of_x = -mean_of_group(tilted) * inverse**2
        rest = -mean_of_group(even) * inverse - of_x * mean
        of_slope, of_x, rest = (
            part[..., None, None].to(x.dtype) for part in (weight * inverse, of_x, rest)
        )
        back = torch.addcmul(torch.addcmul(rest, x, of_x), slope, of_slope)
        return back, tilted.sum(dim=0), even.sum(dim=0), None, None
