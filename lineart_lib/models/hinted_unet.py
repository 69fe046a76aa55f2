"""The U-Net of PaintsTorch and StencilTorch: hints enter half-way down, features at the bottom.

There is no normalization anywhere. Where the sizes come from: the dissertation names the parts, and
no width or depth. `PAPER` has those of the author's public code, which are those of Ci et al. [2]_.
One point is unclear: "depth-wise separable" convolutions are named, while in the code they have 32
groups, 16 at half the size, which is the ResNeXt form. `groups` set to half of a stage's width make
them depth-wise.

References
----------
.. [1] Hati, Jouet, Rousseaux, Duhart, "PaintsTorch: a User-Guided Anime Line Art Colorization Tool
   with Double Generator Conditional Adversarial Network", 2019, section 3.
.. [2] Ci, Ma, Wang, Li, Luo, "User-Guided Deep Anime Line Art Colorization with Conditional
   Adversarial Networks", 2018, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lineart_lib.models.blocks import Rise, draw_weights, halving, same_size
from lineart_lib.models.inputs import Inputs, hints_at

REDUCTION = 16
"""The deepest maps are this many times smaller than the picture: both sides must divide by it."""
Dilations = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class GeneratorSize:
    """Widths and depths of a `HintedUNet`; the defaults are the paper's."""

    width: int = 64
    """Channels at half the picture's size, even; half of it at full size, 2, 4 and 8 times as many
    at a quarter, an eighth and a sixteenth."""
    features: int = 512
    """Channels of the local features F1; 0 to do without."""
    dilations: Dilations = (
        (1,) * 20,
        (1, 1, 2, 2, 4, 4, 2, 1),
        (1, 1, 2, 2, 4, 4, 2, 1),
        (1, 2, 4, 2, 1),
    )
    """Of the blocks at a sixteenth, an eighth, a quarter and half of the size."""
    groups: tuple[int, ...] = (32, 32, 32, 16)
    """Of the same blocks."""
    prior: bool = False
    """Read the prior too. The dissertation has none."""

    def __post_init__(self) -> None:
        if self.width < 2 or self.width % 2:
            raise ValueError(f"width must be even, at least 2; got {self.width}")
        if self.features < 0:
            raise ValueError(f"features must be 0 or more; got {self.features}")
        if len(self.dilations) != 4 or len(self.groups) != 4:
            raise ValueError(
                "dilations and groups must have four entries, from the deepest stage up; got "
                f"{len(self.dilations)} and {len(self.groups)}"
            )


PAPER = GeneratorSize()
"""For 512 × 512 pixels."""
BOOK = GeneratorSize(
    width=16,
    features=64,
    dilations=((1,) * 6, (1, 2, 4, 1), (1, 2, 4, 1), (1, 2, 1)),
    groups=(8, 8, 8, 8),
)
"""For 64 × 64 to 128 × 128 pixels on two CPU cores."""


class Code(NamedTuple):
    """What the encoder knows of a picture, from which it is painted."""

    maps: tuple[Tensor, ...]
    """At full size, a half, a quarter and an eighth."""
    deep: Tensor
    """(B, 4 width, H / 8, W / 8): what leaves the deepest stage, hints and features in it."""


class HintedUNet(nn.Module):
    """Paint from a picture, hints and features.

    Parameters
    ----------
    inputs, outputs : int
        Channels at full size.
    size : GeneratorSize
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(
        self, inputs: int, outputs: int, size: GeneratorSize, rng: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.size = size
        width = size.width
        self.enter = same_size(inputs, width // 2)
        self.hint = same_size(4, width, kernel=7)
        self.down = nn.ModuleList(
            [
                halving(width // 2, width),
                halving(width, 2 * width),
                halving(2 * width + width, 4 * width),  # the hints beside the maps
                halving(4 * width, 8 * width),
            ]
        )
        self.deepest = Rise(
            8 * width + size.features, 8 * width, 4 * width, size.groups[0], size.dilations[0]
        )
        self.decoder = Decoder(outputs, width, size.dilations[1:], size.groups[1:])
        draw_weights(self, rng)

    def encode(self, x: Tensor, hints: Tensor, features: Tensor | None = None) -> Code:
        """Read a picture, hints and features; arguments and errors are those of `forward`."""
        self._check(x, features)
        hints = self.hint(hints_at(hints, (x.shape[2] // 4, x.shape[3] // 4)))
        full = self.enter(x)
        half = self.down[0](full)
        quarter = self.down[1](half)
        eighth = self.down[2](torch.cat([quarter, hints], dim=1))
        deep = self.down[3](eighth)  # (B, 8 width, H / 16, W / 16)
        if features is not None:
            deep = torch.cat([deep, features], dim=1)
        return Code((full, half, quarter, eighth), self.deepest(deep))

    def forward(self, x: Tensor, hints: Tensor, features: Tensor | None = None) -> Tensor:
        """Paint.

        Parameters
        ----------
        x : Tensor
            (B, inputs, H, W), in [-1, 1]; H and W are multiples of 16.
        hints : Tensor
            (B, 4, h, w), as in `Inputs`.
        features : Tensor, optional
            (B, features, H / 16, W / 16), of the lineart.

        Returns
        -------
        Tensor
            (B, outputs, H, W), in [-1, 1].

        Raises
        ------
        ValueError
            The sides are no multiples of 16; features are missing, of another shape, or given to a
            network that takes none.
        """
        return self.decoder(self.encode(x, hints, features))

    def _check(self, x: Tensor, features: Tensor | None) -> None:
        batch, _, height, width = x.shape
        if height % REDUCTION or width % REDUCTION:
            raise ValueError(
                f"sides must be multiples of {REDUCTION}; got {height} x {width}: pad the picture"
            )
        expected = (batch, self.size.features, height // REDUCTION, width // REDUCTION)
        got = None if features is None else tuple(features.shape)
        if got != (expected if self.size.features else None):
            raise ValueError(
                f"this network takes features {expected if self.size.features else 'of none'}; "
                f"got {got or 'none'}"
            )


class Decoder(nn.Module):
    """From an eighth back to the full size, with the encoder's maps at hand.

    Parameters
    ----------
    outputs : int
        Channels of the picture.
    width : int
        That of `GeneratorSize`.
    dilations, groups : sequences
        Of the blocks at an eighth, a quarter and half of the size.
    """

    def __init__(
        self, outputs: int, width: int, dilations: Dilations, groups: Sequence[int]
    ) -> None:
        super().__init__()
        self.rise = nn.ModuleList(
            Rise(2 * wide, wide, wide // 2, count, chosen)
            for wide, count, chosen in zip(
                (4 * width, 2 * width, width), groups, dilations, strict=True
            )
        )
        self.leave = nn.Conv2d(width, outputs, 3, padding=1)

    def forward(self, code: Code) -> Tensor:
        """Return a picture (B, outputs, H, W), in [-1, 1]."""
        full, *seen = code.maps
        x = code.deep
        for rise, maps in zip(self.rise, reversed(seen), strict=True):
            x = rise(torch.cat([x, maps], dim=1))
        return self.leave(torch.cat([x, full], dim=1)).tanh()


def with_prior(x: Tensor, inputs: Inputs, size: GeneratorSize) -> Tensor:
    """Put the prior beside x where a network takes one.

    Raises
    ------
    ValueError
        It takes one, and there is none.
    """
    if not size.prior:
        return x
    if inputs.prior is None:
        raise ValueError("this network reads a prior; got none: fill the hints first")
    return torch.cat([x, inputs.prior], dim=1)
