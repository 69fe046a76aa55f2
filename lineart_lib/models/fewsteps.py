"""Our form of StablePaint: colours from noise in a few steps, in pixels, with fills as a prior.

The dissertation's form looks up its context by attention without positions, in a small latent that
has to be learned first. Here everything that is known stands where it belongs, in planes beside the
noised colours: lineart, hints, mask, what is outside the mask, and what the classical fills make of
the hints. What is denoised is the colour layer alone; the lines are laid over it afterwards.

The answer is a mixture. For each pixel the network says how much it trusts each fill, and what the
colour would be otherwise. So a colour that a fill has right can stay as exact as it was painted,
and noise has its say where no hint reaches.

References
----------
.. [1] Salimans, Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", 2022, section
   4: what a network may predict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from lineart_lib.models.picture_unet import PictureUNet
from lineart_lib.recipe.choices import FILLS, Choices, painted

FOLD = 2
"""Pixels are folded two by two: four times the channels on a quarter of the area."""
_NEVER = -1e4


class Given(NamedTuple):
    """What is known of a batch of B pictures before anything is painted; make it with `given`."""

    lineart: Tensor
    """float32 (B, 1, H, W), in [-1, 1]."""
    hints: Tensor
    """float32 (B, 4, H, W), premultiplied, mask in {0, 1}."""
    mask: Tensor
    """float32 (B, 1, H, W), in {0, 1}: 1 where to paint."""
    composite: Tensor
    """float32 (B, 3, H, W), in [-1, 1]: the picture outside the mask, the lineart inside."""
    fills: Tensor
    """float32 (B, F, 3, H, W), in [-1, 1]: what each fill makes of the hints; 0 where nothing."""
    filled: Tensor
    """float32 (B, F, H, W), in {0, 1}: where it makes something."""

    def repeat(self, times: int) -> Given:
        """Return each picture as often as said, one after the other: (B · times, …)."""
        return Given(*(plane.repeat_interleave(times, dim=0) for plane in self))


def given(choices: Choices, mask: Tensor | None = None, composite: Tensor | None = None) -> Given:
    """Paint the fills of `lineart_lib.recipe.choices`, and put the planes together.

    Parameters
    ----------
    choices : Choices
    mask, composite : Tensor, optional
        As in `Given`. The whole picture by default.

    Raises
    ------
    ValueError
        One of mask and composite is missing.
    """
    if (mask is None) != (composite is None):
        raise ValueError("mask and composite belong together; got one of them")
    lineart = choices.lineart
    if mask is None or composite is None:
        mask, composite = torch.ones_like(lineart), lineart.expand(-1, 3, -1, -1)
    present = (choices.markers[:, None] > 0).float()
    fills = [painted(choices.fills[:, i], choices.colours) for i in range(choices.fills.shape[1])]
    return Given(
        lineart,
        torch.cat([painted(choices.markers, choices.colours), present], dim=1),
        mask,
        composite,
        torch.stack(fills, dim=1),
        (choices.fills > 0).float(),
    )


class FewSteps(nn.Module):
    """Guess the colour layer from a noised one, and from all that is given.

    With gates g that sum to 1, a colour c of the network's own, and fills f::

        guess = g_0 · c + Σ_i  g_i · f_i

    where a fill that made nothing has the gate 0. So the clean layer is predicted, and neither the
    noise nor the velocity: to answer those, a network must know each pixel's noise exactly, and
    what it gets wrong stays in the picture as grain. A colour that is wrong is at least smooth.

    Parameters
    ----------
    widths : sequence of int
        Of the U-Net, at a half, a quarter … of the picture's size, multiples of 8.
    fills : int
        How many fills are given, at least 1.
    """

    def __init__(self, widths: Sequence[int] = (32, 64, 96, 128), fills: int = len(FILLS)) -> None:
        super().__init__()
        self.fills = fills
        inputs = 3 + 2 + 1 + 4 + 1 + 3 + 4 * fills  # x, α and σ, lineart, hints, mask, composite
        self.outputs = 3 + 1 + fills
        self.network = PictureUNet(inputs * FOLD**2, self.outputs * FOLD**2, widths)
        with torch.no_grad():  # At first every gate is open, and the own colour is grey.
            self.network.leave.weight.mul_(0.1)
            self.network.leave.bias.zero_()

    @property
    def step(self) -> int:
        """What both sides of a picture must be multiples of."""
        return FOLD * 2**self.network.halvings

    def forward(self, x: Tensor, signal: Tensor, noise: Tensor, given: Given) -> Tensor:
        """Guess.

        Parameters
        ----------
        x : Tensor
            Noised colour layers (B, 3, H, W).
        signal, noise : Tensor
            (B, 1, 1, 1), in [0, 1]: weights of colour and noise in x; their squares sum to 1.
        given : Given

        Returns
        -------
        Tensor
            (B, 3, H, W), not bounded, so that training feels a value that is too large.

        Raises
        ------
        ValueError
            Another number of fills is given, or the sides are no multiples of `step`.
        """
        if given.fills.shape[1] != self.fills:
            raise ValueError(
                f"the network was made for {self.fills} fills; got {given.fills.shape[1]}"
            )
        height, width = x.shape[2:]
        if height % self.step or width % self.step:
            raise ValueError(
                f"sides must be multiples of {self.step}; got {height} x {width}: pad the picture"
            )
        level = [weight.expand(-1, 1, height, width) for weight in (signal, noise)]
        planes = [x, *level, given.lineart, given.hints, given.mask, given.composite]
        planes += [given.fills.flatten(1, 2), given.filled]
        seen = pixel_unshuffle(torch.cat(planes, dim=1), FOLD)
        seen = seen.contiguous(memory_format=torch.channels_last)
        told = pixel_shuffle(self.network(seen), FOLD).float()
        own, free, trust = told.split((3, 1, self.fills), dim=1)
        trust = trust.masked_fill(given.filled == 0, _NEVER)
        gates = torch.cat([free, trust], dim=1).softmax(dim=1)  # (B, 1 + F, H, W)
        return gates[:, :1] * own + (gates[:, 1:, None] * given.fills).sum(dim=1)
