"""A U-Net over whole pictures: any number of channels in and out, any size that halves evenly.

References
----------
.. [1] Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image
   Segmentation", 2015.
.. [2] He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2016: the short cuts
   within a block.
.. [3] Wu, He, "Group Normalization", 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from lineart_lib.models.group_norm import GroupNorm

GROUPS = 8


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions with group norm, and a short cut around both ([2]_, [3]_)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.first_norm = GroupNorm(GROUPS, outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.second_norm = GroupNorm(GROUPS, outputs)
        self.short_cut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W)."""
        inner = silu(self.first_norm(self.first(x)))
        return silu(self.second_norm(self.second(inner)) + self.short_cut(x))


class PictureUNet(nn.Module):
    """Down by halves, and up again with what was seen on the way down [1]_.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    widths : sequence of int
        Channels at each size, the full one first; multiples of `GROUPS`.

    Raises
    ------
    ValueError
        A width is no multiple of `GROUPS`, or there is none.
    """

    def __init__(self, inputs: int, outputs: int, widths: Sequence[int] = (32, 64, 96, 128)):
        super().__init__()
        if not widths or any(width < 1 or width % GROUPS for width in widths):
            raise ValueError(f"widths must be multiples of {GROUPS}; got {tuple(widths)}")
        steps = list(pairwise(widths))
        self.halvings = len(steps)
        self.enter = nn.Conv2d(inputs, widths[0], 3, padding=1)
        self.down = nn.ModuleList(ResidualBlock(width, width) for width, _ in steps)
        self.halve = nn.ModuleList(nn.Conv2d(wide, deep, 2, stride=2) for wide, deep in steps)
        deepest = widths[-1]
        self.deepest = nn.Sequential(
            ResidualBlock(deepest, deepest), ResidualBlock(deepest, deepest)
        )
        self.narrow = nn.ModuleList(nn.Conv2d(deep, wide, 1) for wide, deep in steps)
        self.up = nn.ModuleList(ResidualBlock(2 * width, width) for width, _ in steps)
        self.leave = nn.Conv2d(widths[0], outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W).

        Raises
        ------
        ValueError
            A side does not halve evenly as often as the network does.
        """
        return self.decode(*self.encode(x))

    def encode(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Go down: return what was seen at each size, the full one first, and the deepest maps.

        Raises
        ------
        ValueError
            As `forward`.
        """
        step = 2**self.halvings
        if x.shape[-2] % step or x.shape[-1] % step:
            raise ValueError(
                f"sides must be multiples of {step}; got {tuple(x.shape[-2:])}: pad the picture"
            )
        x = self.enter(x)
        seen = []
        for block, halve in zip(self.down, self.halve, strict=True):
            x = block(x)
            seen.append(x)
            x = halve(x)
        return seen, self.deepest(x)

    def decode(self, seen: Sequence[Tensor], x: Tensor) -> Tensor:
        """Go up from the deepest maps, with what was seen at hand."""
        for level in reversed(range(self.halvings)):
            x = interpolate(self.narrow[level](x), scale_factor=2.0, mode="nearest")
            x = self.up[level](torch.cat([x, seen[level]], dim=1))
        return self.leave(x)
