"""What the dissertation's generators and critic are built from.

References
----------
.. [1] Xie, Girshick, Dollár, Tu, He, "Aggregated Residual Transformations for Deep Neural
   Networks", 2017, figure 3 (c): a bottleneck whose middle convolution is grouped.
.. [2] Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
   Convolutional Neural Network", 2016, section 3.2: channels that become pixels.
.. [3] Yu, Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, leaky_relu

SLOPE = 0.2
"""Of every LeakyReLU in PaintsTorch and StencilTorch."""


class ResNeXtBlock(nn.Module):
    """Narrow, look around in groups, widen, and add what was: no norm and no bias ([1]_).

    Parameters
    ----------
    width : int
        Channels in and out, even; half of them lie between.
    groups : int
        Convolutions side by side, each over its share of the channels between. As many as there
        are channels make it depth-wise.
    dilation : int
        Distance of the pixels that the 3 × 3 convolution looks at ([3]_).
    halve : bool
        Leave at half the size: a 4 × 4 convolution with stride 2 between, means over 2 × 2 beside.

    Raises
    ------
    ValueError
        The groups do not divide half of the width, or a halving block is dilated.
    """

    def __init__(
        self, width: int, groups: int = 32, dilation: int = 1, *, halve: bool = False
    ) -> None:
        super().__init__()
        between = width // 2
        if width % 2 or groups < 1 or between % groups:
            raise ValueError(
                f"half of the width must be a multiple of the groups; got width {width} and "
                f"{groups} groups"
            )
        if halve and dilation != 1:
            raise ValueError(f"a block that halves has dilation 1; got {dilation}")
        self.halve = halve
        self.narrow = nn.Conv2d(width, between, 1, bias=False)
        self.look = nn.Conv2d(
            between,
            between,
            4 if halve else 3,
            stride=2 if halve else 1,
            padding=dilation,
            dilation=dilation,
            groups=groups,
            bias=False,
        )
        self.widen = nn.Conv2d(between, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same, or to half the size."""
        inner = leaky_relu(self.look(leaky_relu(self.narrow(x), SLOPE)), SLOPE)
        return (avg_pool2d(x, 2) if self.halve else x) + self.widen(inner)


class Rise(nn.Sequential):
    """A stage of a decoder: join, think in ResNeXt blocks, leave at twice the size ([2]_).

    Parameters
    ----------
    inputs, width, outputs : int
        Channels at the entry, within, and at the exit, where each side is doubled.
    groups : int
        Of the ResNeXt blocks.
    dilations : sequence of int
        One block each.
    """

    def __init__(
        self, inputs: int, width: int, outputs: int, groups: int, dilations: Sequence[int]
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, width, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            *(ResNeXtBlock(width, groups, dilation) for dilation in dilations),
            nn.Conv2d(width, 4 * outputs, 3, padding=1),
            nn.PixelShuffle(2),
            nn.LeakyReLU(SLOPE),
        )


def halving(inputs: int, outputs: int) -> nn.Sequential:
    """Return a 4 × 4 convolution with stride 2 and its LeakyReLU: half the size."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(SLOPE))


def same_size(inputs: int, outputs: int, kernel: int = 3, *, bias: bool = True) -> nn.Sequential:
    """Return a convolution that keeps the size, and its LeakyReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias), nn.LeakyReLU(SLOPE)
    )


@torch.no_grad()
def draw_weights(model: nn.Module, rng: torch.Generator | None) -> None:
    """Draw the weights of convolutions and dense layers as torch does, but from a given generator.

    Each weight and bias is uniform in ±1/√(inputs of a unit). Without a generator nothing is done:
    torch has drawn them already.
    """
    if rng is None:
        return
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = 1 / math.sqrt(layer.weight[0].numel())
            layer.weight.uniform_(-bound, bound, generator=rng)
            if layer.bias is not None:
                layer.bias.uniform_(-bound, bound, generator=rng)


def parameters(model: nn.Module) -> int:
    """Count the numbers that training may change."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
