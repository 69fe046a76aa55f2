"""StencilTorch in the dissertation's form: colour inside a mask, again and again.

Colouring becomes in-painting. The network reads the lineart, the hints, a mask and a composite:
the picture as it stands outside the mask, the lineart inside. What it paints outside is thrown
away, so those pixels stay as they were, to the bit. The result of a pass is the picture of the
next: `next_pass`.

Instead of a second generator there is a guide decoder. It rebuilds the flattened picture from the
same code that the picture is painted from, in training only.

Sizes are those of `hinted_unet`, since the dissertation says nothing else. Three points are
unclear, and settled here:

- Lineart and composite are both inputs, as the text has it: five channels with the mask. The public
  code has four, composite and mask, so that lines outside the mask are only seen under colour.
- The public code has batch norm as an option, and half of the width as its default. Neither is in
  the text. Ours is PaintsTorch's network.
- The guide decoder's depth is not told. Ours is as the public code's: its last stage has three
  blocks, with dilations 1, 2, 1; the encoder's maps are at hand, as they are for the picture.

References
----------
.. [1] Hati et al., "StencilTorch: an Iterative and User-Guided Framework for Anime Lineart
   Colorization", 2023.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from lineart_lib.models.blocks import draw_weights
from lineart_lib.models.hinted_unet import (
    PAPER,
    REDUCTION,
    Code,
    Decoder,
    GeneratorSize,
    HintedUNet,
    with_prior,
)
from lineart_lib.models.inputs import Inputs, check_inputs, inputs_of


class StencilTorch(nn.Module):
    """Colour what a mask leaves open.

    Parameters
    ----------
    size : GeneratorSize
        With `PAPER`, 21,937,155 parameters; with `BOOK`, 1,058,187.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: GeneratorSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.unet = HintedUNet(1 + 1 + 3 + 3 * size.prior, 3, size, rng)

    def encode(self, inputs: Inputs, features: Tensor | None = None) -> Code:
        """Read the inputs; arguments and errors are those of `forward`."""
        check_inputs(inputs, REDUCTION)
        planes = torch.cat([inputs.lineart, inputs.mask, inputs.composite], dim=1)
        return self.unet.encode(with_prior(planes, inputs, self.unet.size), inputs.hints, features)

    def forward(self, inputs: Inputs, features: Tensor | None = None) -> Tensor:
        """Colour.

        Parameters
        ----------
        inputs : Inputs
            All of them are read, the prior by a network made for one.
        features : Tensor, optional
            (B, features, H / 16, W / 16): F1 of the lineart.

        Returns
        -------
        Tensor
            (B, 3, H, W), in [-1, 1]. Where the mask is 0, the composite, to the bit.

        Raises
        ------
        ValueError
            The inputs break their contract, the sides are no multiples of 16, or prior or features
            are not what this network takes.
        """
        return keep_outside(self.unet.decoder(self.encode(inputs, features)), inputs)


class Guided(NamedTuple):
    """What a training pass gives."""

    picture: Tensor
    """(B, 3, H, W), in [-1, 1]: the composite outside the mask."""
    flats: Tensor
    """(B, 3, H, W), in [-1, 1]: the guide's, everywhere."""


class GuidedStencilTorch(nn.Module):
    """StencilTorch with its guide decoder, for training; `colorizer` is what is used afterwards.

    Parameters
    ----------
    size : GeneratorSize
        With `PAPER`, the guide adds 3,815,107 parameters; with `BOOK`, 221,531.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: GeneratorSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.colorizer = StencilTorch(size, rng)
        dilations = (*size.dilations[1:3], (1, 2, 1))
        self.guide = Decoder(3, size.width, dilations, size.groups[1:])
        draw_weights(self.guide, rng)

    def forward(self, inputs: Inputs, features: Tensor | None = None) -> Guided:
        """Colour, and rebuild the flats from the same code; arguments as in `StencilTorch`."""
        code = self.colorizer.encode(inputs, features)
        painted = self.colorizer.unet.decoder(code)
        return Guided(keep_outside(painted, inputs), self.guide(code))


def keep_outside(painted: Tensor, inputs: Inputs) -> Tensor:
    """Return what was painted where the mask is 1, and the composite elsewhere, to the bit."""
    return torch.where(inputs.mask.bool(), painted, inputs.composite)


def next_pass(
    inputs: Inputs,
    result: Tensor,
    mask: Tensor,
    hints: Tensor | None = None,
    prior: Tensor | None = None,
) -> Inputs:
    """Make the inputs of the pass that goes on where one has ended.

    Parameters
    ----------
    inputs : Inputs
        Of the pass that has ended; its lineart is the next one's.
    result : Tensor
        (B, 3, H, W), in [-1, 1], what came out of it.
    mask : Tensor
        (B, 1, H, W), in {0, 1}: where to paint now.
    hints, prior : Tensor, optional
        The next one's; those of the pass before by default.

    Returns
    -------
    Inputs

    Raises
    ------
    ValueError
        A shape or the mask is not as the contract says.
    """
    hints = inputs.hints if hints is None else hints
    return inputs_of(inputs.lineart, hints, mask, result, inputs.prior if prior is None else prior)
