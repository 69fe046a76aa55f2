"""ControlNet at toy size: teach a finished network a new condition without touching it.

The network stays frozen. A copy of its way down reads the same input and the new condition, and
what the copy sees is added to what the frozen half sees, through convolutions that start at zero.
So at the start nothing has changed, to the bit, and what was learned before cannot be lost.

References
----------
.. [1] Zhang, Rao, Agrawala, "Adding Conditional Control to Text-to-Image Diffusion Models", 2023,
   section 3.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from lineart_lib.models.picture_unet import PictureUNet


class Controlled(nn.Module):
    """A frozen U-Net with a trainable copy of its way down ([1]_, figure 3).

    Parameters
    ----------
    base : PictureUNet
        Trained. It is frozen here, and wherever else it is used.
    condition : int
        Channels of the condition, which is as large as the input.
    """

    def __init__(self, base: PictureUNet, condition: int) -> None:
        super().__init__()
        self.copy = copy.deepcopy(base).requires_grad_(True)
        for unused in ("narrow", "up", "leave"):  # The copy only goes down.
            delattr(self.copy, unused)
        self.base = base.requires_grad_(False)
        widths = [block.first.in_channels for block in base.down]
        widths.append(base.deepest[-1].second.out_channels)
        self.told = _zero(condition, base.enter.in_channels)
        self.joins = nn.ModuleList(_zero(width, width) for width in widths)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map (N, inputs, H, W) and a condition (N, condition, H, W) to (N, outputs, H, W).

        Raises
        ------
        ValueError
            A side does not halve evenly as often as the network does.
        """
        seen, deepest = self.base.encode(x)
        found, deep = self.copy.encode(x + self.told(condition))
        added = [
            old + join(new)
            for old, new, join in zip([*seen, deepest], [*found, deep], self.joins, strict=True)
        ]
        return self.base.decode(added[:-1], added[-1])


@torch.no_grad()
def _zero(inputs: int, outputs: int) -> nn.Conv2d:
    """Return a 1 × 1 convolution whose weights and bias are zero."""
    made = nn.Conv2d(inputs, outputs, 1)
    made.weight.zero_()
    made.bias.zero_()
    return made
