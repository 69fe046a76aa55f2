"""F1: what a lineart shows, learned from drawings whose parts and words are known.

The dissertation conditions its networks on Illustration2Vec without its head [1]_. That network was
trained on tags of scraped illustrations and cannot be had. This one takes its place: it reads the
lineart alone and tells two things, which words belong to the drawing, and how much of each part
(skin, hair, clothes …) lies in each square of 16 × 16 pixels. Its last maps are the features.

The paper's widths are those of Illustration2Vec up to the layer that was used: 512 channels at a
sixteenth of the picture's size. The body is a residual one of our own.

References
----------
.. [1] Saito, Matsui, "Illustration2Vec: A Semantic Vector Representation of Illustrations", 2015.
.. [2] He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2016.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lineart_lib.models.blocks import draw_weights
from lineart_lib.models.picture_unet import GROUPS, ResidualBlock
from lineart_lib.recipe.artwork import PARTS

REDUCTION = 16
"""The features are this many times smaller than the lineart."""


@dataclass(frozen=True)
class LineSize:
    """Widths of a `LineFeatures`, and how much it has to tell."""

    widths: tuple[int, int, int, int] = (64, 128, 256, 512)
    """Channels at a half, a quarter, an eighth and a sixteenth of the size, multiples of 8. The
    last is the number of features."""
    words: int = 32
    """Words that it may find, at least 1."""
    parts: int = len(PARTS)
    """Parts that it tells apart, at least 2."""

    def __post_init__(self) -> None:
        if len(self.widths) != 4 or any(width < GROUPS or width % GROUPS for width in self.widths):
            raise ValueError(f"widths must be four multiples of {GROUPS}; got {self.widths}")
        if self.words < 1 or self.parts < 2:
            raise ValueError(f"need at least 1 word and 2 parts; got {self.words} and {self.parts}")


PAPER = LineSize()
BOOK = LineSize((16, 32, 48, 64))


class LineLabels(NamedTuple):
    """What a lineart is thought to show."""

    words: Tensor
    """(B, words): logit of each word, on its own."""
    parts: Tensor
    """(B, parts, H / 16, W / 16): logits, whose softmax is each part's share of a square."""


class LineFeatures(nn.Module):
    """Read a lineart: convolutions that halve, each followed by a residual block ([2]_).

    Parameters
    ----------
    size : LineSize
        With `PAPER`, 6,981,733 parameters; with `BOOK`, 162,501.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: LineSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.size = size
        stages, wide = [], 1
        for number, deep in enumerate(size.widths):
            # The first looks at more than two by two pixels: a line is thinner than that.
            kernel = (4, 2, 1) if number == 0 else (2, 2, 0)
            stages.append(nn.Sequential(nn.Conv2d(wide, deep, *kernel), ResidualBlock(deep, deep)))
            wide = deep
        self.stages = nn.ModuleList(stages)
        self.words = nn.Linear(wide, size.words)
        self.parts = nn.Conv2d(wide, size.parts, 1)
        draw_weights(self, rng)

    def maps(self, lineart: Tensor) -> list[Tensor]:
        """Return what leaves each stage, from half the size down.

        Parameters
        ----------
        lineart : Tensor
            (B, 1, H, W), in [-1, 1]; H and W are multiples of 16.

        Raises
        ------
        ValueError
            The lineart has another shape.
        """
        if (
            lineart.ndim != 4
            or lineart.shape[1] != 1
            or any(side % REDUCTION for side in lineart.shape[2:])
        ):
            raise ValueError(
                f"lineart must be (B, 1, H, W) with sides that are multiples of {REDUCTION}; got "
                f"{tuple(lineart.shape)}: pad it"
            )
        found, x = [], lineart
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found

    def features(self, lineart: Tensor) -> Tensor:
        """Return F1, (B, widths[3], H / 16, W / 16); what the colorizers are conditioned on."""
        return self.maps(lineart)[-1]

    def forward(self, lineart: Tensor) -> LineLabels:
        """Tell words and parts of a lineart (B, 1, H, W)."""
        features = self.features(lineart)
        return LineLabels(self.words(features.mean((2, 3))), self.parts(features))
