"""StablePaint's denoiser: a U-Net over latents that looks at a context by cross-attention.

Widths and depths are those of the author's public code, since the dissertation tells none. Where
that code slips, the right form is the default and the slip has a name: see `CrossAttention`.

References
----------
.. [1] Rombach, Blattmann, Lorenz, Esser, Ommer, "High-Resolution Image Synthesis with Latent
   Diffusion Models", 2022, section 3.3.
.. [2] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, appendix B.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from lineart_lib.models.blocks import draw_weights
from lineart_lib.models.latent_blocks import ContextTransformer, Double, Halve, NormBlock, Split
from lineart_lib.models.unet import step_embedding


@dataclass(frozen=True)
class DenoiserSize:
    """Widths and depths of a `LatentUNet`; the defaults are the paper's."""

    widths: tuple[int, ...] = (64, 128, 256, 256)
    """Channels at each size, that of the latent first; multiples of `groups` and `heads`."""
    latent: int = 4
    """Channels of the latent."""
    context: int = 4
    """Channels of the context: a latent, too."""
    blocks: int = 2
    """Of the way down at each size; the way up has one more."""
    looks: int = 3
    """Sizes with cross-attention, from the first; the middle always has it."""
    condition: int = 256
    """Width of the vector that tells the step, even."""
    heads: int = 8
    groups: int = 32
    split: Split = "features"
    """As in `CrossAttention`."""
    causal: bool = False
    """As in `CrossAttention`."""

    def __post_init__(self) -> None:
        if not self.widths or any(
            width < 1 or width % self.groups or width % self.heads for width in self.widths
        ):
            raise ValueError(
                f"widths must be multiples of {self.groups} groups and {self.heads} heads; got "
                f"{self.widths}"
            )
        if not 0 <= self.looks <= len(self.widths):
            raise ValueError(
                f"looks must lie in 0..{len(self.widths)}, the number of sizes; got {self.looks}"
            )


PAPER = DenoiserSize()
BOOK = DenoiserSize((32, 64), blocks=1, looks=2, condition=64, heads=4, groups=8)
"""For latents of 16 × 16."""


class Stage(nn.Module):
    """A residual block that knows the step, and a look at the context where there is one."""

    def __init__(self, inputs: int, outputs: int, size: DenoiserSize, *, looks: bool) -> None:
        super().__init__()
        self.block = NormBlock(inputs, outputs, size.groups, size.condition)
        self.look = (
            ContextTransformer(
                outputs, size.context, size.heads, size.groups, size.split, causal=size.causal
            )
            if looks
            else None
        )

    def forward(self, x: Tensor, condition: Tensor, context: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H, W)."""
        x = self.block(x, condition)
        return x if self.look is None else self.look(x, context)


class LatentUNet(nn.Module):
    """Predict noise, latent or velocity of a noised latent [1]_.

    Parameters
    ----------
    size : DenoiserSize
        With `PAPER`, 34,741,636 parameters; with `BOOK`, 1,034,148.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: DenoiserSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.size = size
        wide = size.widths[0]
        self.embed_step = nn.Sequential(
            nn.Linear(size.condition, size.condition),
            nn.SiLU(),
            nn.Linear(size.condition, size.condition),
        )
        self.enter = nn.Conv2d(size.latent, wide, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        seen = [wide]  # channels of all that the way up will be shown
        for level, width in enumerate(size.widths):
            if level:
                self.down.append(Halve(wide))
                seen.append(wide)
            for _ in range(size.blocks):
                self.down.append(Stage(wide, width, size, looks=level < size.looks))
                seen.append(wide := width)
        self.middle = nn.ModuleList(
            [Stage(wide, wide, size, looks=True), Stage(wide, wide, size, looks=False)]
        )
        for level, width in reversed(list(enumerate(size.widths))):
            for _ in range(size.blocks + 1):
                looks = level < size.looks
                self.up.append(Stage(wide + seen.pop(), width, size, looks=looks))
                wide = width
            if level:
                self.up.append(Double(wide))
        self.norm = nn.GroupNorm(size.groups, wide)
        self.leave = nn.Conv2d(wide, size.latent, 3, padding=1)
        draw_weights(self, rng)

    @property
    def reduction(self) -> int:
        """What both sides of a latent must be multiples of."""
        return 2 ** (len(self.size.widths) - 1)

    def forward(self, x: Tensor, t: Tensor, context: Tensor) -> Tensor:
        """Predict.

        Parameters
        ----------
        x : Tensor
            Noised latents (B, latent, h, w).
        t : Tensor
            Steps (B,), from 0.
        context : Tensor
            (B, context, h, w).

        Returns
        -------
        Tensor
            The shape of `x`.

        Raises
        ------
        ValueError
            Latent or context has another shape.
        """
        batch, _, height, width = x.shape
        expected = (batch, self.size.context, height, width)
        if x.shape[1] != self.size.latent or height % self.reduction or width % self.reduction:
            raise ValueError(
                f"x must be (B, {self.size.latent}, h, w) with sides that are multiples of "
                f"{self.reduction}; got {tuple(x.shape)}"
            )
        if context.shape != expected:
            raise ValueError(f"context must be {expected}; got {tuple(context.shape)}")
        condition = self.embed_step(step_embedding(t, self.size.condition).to(x))
        seen = [h := self.enter(x)]
        for layer in self.down:
            h = layer(h, condition, context) if isinstance(layer, Stage) else layer(h)
            seen.append(h)
        for layer in self.middle:
            h = layer(h, condition, context)
        for layer in self.up:
            if isinstance(layer, Stage):
                h = layer(torch.cat([h, seen.pop()], dim=1), condition, context)
            else:
                h = layer(h)
        return self.leave(silu(self.norm(h)))
