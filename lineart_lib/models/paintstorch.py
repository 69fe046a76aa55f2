"""PaintsTorch in the dissertation's form: two generators and a critic (chapter "PaintsTorch").

The first generator colours a lineart, the second draws the lineart again from the colours [1]_.
The critic looks at a picture and at the features F1 of its lineart, so that it judges how the
colours fit the drawing.

Where the dissertation is silent, sizes are those of the author's public code; `hinted_unet` tells
which. Two things to know:

- The second generator has the first one's shape, so it reads hints, and features of the very
  lineart that it shall draw: part of the answer is among its inputs. That is kept. A size with
  `features=0` is the other choice.
- The dissertation's critic takes 512 × 512 pixels and nothing else. `CriticSize.side` makes it for
  other sides, with as many halvings as leave 4 × 4 maps.

References
----------
.. [1] Hati, Jouet, Rousseaux, Duhart, "PaintsTorch: a User-Guided Anime Line Art Colorization Tool
   with Double Generator Conditional Adversarial Network", 2019, section 3.
.. [2] Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial
   Network", 2017, figure 4: the critic's model.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lineart_lib.models.blocks import SLOPE, ResNeXtBlock, draw_weights, same_size
from lineart_lib.models.hinted_unet import PAPER, REDUCTION, GeneratorSize, HintedUNet, with_prior
from lineart_lib.models.inputs import Inputs, check_inputs

LEAST_SIDE = 4 * REDUCTION


class ColourGenerator(nn.Module):
    """G1: colour a lineart in one pass.

    Parameters
    ----------
    size : GeneratorSize
        With `PAPER`, 21,936,003 parameters; with `BOOK`, 1,057,899.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: GeneratorSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.unet = HintedUNet(1 + 3 * size.prior, 3, size, rng)

    def forward(self, inputs: Inputs, features: Tensor | None = None) -> Tensor:
        """Colour.

        Parameters
        ----------
        inputs : Inputs
            Lineart and hints are read, and the prior by a network made for one.
        features : Tensor, optional
            (B, features, H / 16, W / 16): F1 of the lineart.

        Returns
        -------
        Tensor
            (B, 3, H, W), in [-1, 1].

        Raises
        ------
        ValueError
            The inputs break their contract, the sides are no multiples of 16, or prior or features
            are not what this network takes.
        """
        check_inputs(inputs, REDUCTION)
        return self.unet(with_prior(inputs.lineart, inputs, self.unet.size), inputs.hints, features)


class LineGenerator(nn.Module):
    """G2: draw the lineart again from the coloured picture.

    Parameters
    ----------
    size : GeneratorSize
        Its `prior` is not read. With `PAPER`, 21,935,425 parameters.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: GeneratorSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.unet = HintedUNet(3, 1, size, rng)

    def forward(self, picture: Tensor, hints: Tensor, features: Tensor | None = None) -> Tensor:
        """Return a lineart (B, 1, H, W) in [-1, 1] for a picture (B, 3, H, W).

        `hints` and `features` are those that the first generator was given.
        """
        return self.unet(picture, hints, features)


@dataclass(frozen=True)
class CriticSize:
    """Width of a `Critic`, and the pictures it takes; the defaults are the paper's."""

    width: int = 64
    """Channels at half the picture's size, a multiple of twice the groups."""
    features: int = 512
    """Channels of F1; 0 to do without."""
    groups: int = 8
    """Of all blocks."""
    side: int = 512
    """Of the pictures in pixels, 64 times a power of two."""

    def __post_init__(self) -> None:
        times = self.side // LEAST_SIDE
        if self.side % LEAST_SIDE or times < 1 or times & (times - 1):
            raise ValueError(f"side must be {LEAST_SIDE} times a power of two; got {self.side}")
        if self.features < 0:
            raise ValueError(f"features must be 0 or more; got {self.features}")


PAPER_CRITIC = CriticSize()
BOOK_CRITIC = CriticSize(width=16, features=64, side=64)


class Critic(nn.Module):
    """C: score a picture, knowing its lineart ([2]_).

    Nothing is normalized: the gradient penalty is about one picture at a time. Blocks come in
    pairs, of which the second halves: at a half, a quarter and an eighth of the picture's size
    before the features join, and below until 4 × 4 maps are left.

    Parameters
    ----------
    size : CriticSize
        With `PAPER_CRITIC`, 10,612,033 parameters.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: CriticSize = PAPER_CRITIC, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.size = size
        width, groups = size.width, size.groups
        self.look = nn.Sequential(
            same_size(3, width, kernel=7, bias=False),
            nn.Conv2d(width, width, 4, 2, 1, bias=False),
            nn.LeakyReLU(SLOPE),
            *_pair(width, groups),
            same_size(width, 2 * width, kernel=1, bias=False),
            *_pair(2 * width, groups),
            same_size(2 * width, 4 * width, kernel=1, bias=False),
            *_pair(4 * width, groups),
        )
        deep = 8 * width
        pairs = (size.side // LEAST_SIDE).bit_length() - 1
        self.judge = nn.Sequential(
            same_size(4 * width + size.features, deep, bias=False),
            *(block for _ in range(pairs) for block in _pair(deep, groups)),
            ResNeXtBlock(deep, groups),
            nn.Conv2d(deep, deep, 4, bias=False),  # 4 × 4 maps become one
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
            nn.Linear(deep, 1),
        )
        draw_weights(self, rng)

    def forward(self, pictures: Tensor, features: Tensor | None = None) -> Tensor:
        """Score pictures; a higher score means more real.

        Parameters
        ----------
        pictures : Tensor
            (B, 3, side, side), in [-1, 1].
        features : Tensor, optional
            (B, features, side / 16, side / 16): F1 of the lineart.

        Returns
        -------
        Tensor
            (B,), any real number.

        Raises
        ------
        ValueError
            Pictures or features are not of the critic's size.
        """
        side, wide = self.size.side, self.size.features
        if pictures.shape[1:] != (3, side, side):
            raise ValueError(
                f"this critic takes (B, 3, {side}, {side}); got {tuple(pictures.shape)}"
            )
        told = None if features is None else tuple(features.shape[1:])
        expected = (wide, side // REDUCTION, side // REDUCTION) if wide else None
        if told != expected:
            raise ValueError(f"this critic takes features {expected}; got {told}")
        x = self.look(pictures)
        if features is not None:
            x = torch.cat([x, features], dim=1)
        return self.judge(x).squeeze(1)


def _pair(width: int, groups: int) -> tuple[ResNeXtBlock, ResNeXtBlock]:
    return ResNeXtBlock(width, groups), ResNeXtBlock(width, groups, halve=True)
