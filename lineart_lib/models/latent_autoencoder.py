"""StablePaint's encoders, decoder and critic: pictures as small latents, and back.

The autoencoder is that of latent diffusion [1]_: an encoder says where in a small space a picture
may lie, as a Gaussian for each number, a decoder paints it again. A second encoder says the same
from lineart and hints, so that the decoder serves both.

Where the dissertation contradicts its public code, or is silent:

- 512 × 512 pixels become 32 × 32 × 4, which takes four halvings. The code halves three times, and
  trains on 256 × 256. `PAPER` does what the text says, with one more level of the widest maps.
- Widths, depths and norms are those of the code's last version; an earlier one has depth-wise
  separable convolutions.
- The picture's encoder reads the picture alone. In the code's last version it reads the lineart
  too.

References
----------
.. [1] Rombach, Blattmann, Lorenz, Esser, Ommer, "High-Resolution Image Synthesis with Latent
   Diffusion Models", 2022, section 3.1.
.. [2] Isola, Zhu, Zhou, Efros, "Image-to-Image Translation with Conditional Adversarial Networks",
   2017, section 3.2.2 (a critic of patches).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lineart_lib.models.autoencoder import reparametrize
from lineart_lib.models.blocks import draw_weights
from lineart_lib.models.latent_blocks import Double, Halve, MapAttention, NormBlock

VARIANCES = (-30.0, 20.0)
"""Between these a logarithm of a variance is kept, so that its exponential is finite."""


@dataclass(frozen=True)
class AutoencoderSize:
    """Widths and depths of encoders and decoder; the defaults are the paper's."""

    widths: tuple[int, ...] = (128, 256, 512, 512, 512)
    """Channels at each size, the full one first, multiples of `groups` and `heads`; one halving
    between two."""
    latent: int = 4
    """Channels of the latent, at least 1."""
    blocks: int = 2
    """Of the encoder at each size, at least 1; the decoder has one more."""
    heads: int = 8
    """Of the attention at the smallest size."""
    groups: int = 32
    """Of all norms."""

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or any(
            width < 1 or width % self.groups or width % self.heads for width in self.widths
        ):
            raise ValueError(
                f"widths must be at least two multiples of {self.groups} groups and {self.heads} "
                f"heads; got {self.widths}"
            )
        if self.latent < 1 or self.blocks < 1:
            raise ValueError(
                f"latent and blocks must be at least 1; got {self.latent} and {self.blocks}"
            )

    @property
    def reduction(self) -> int:
        """How many times smaller the latent is than the picture."""
        return 2 ** (len(self.widths) - 1)


PAPER = AutoencoderSize()
BOOK = AutoencoderSize((16, 32, 64), heads=4, groups=8)
"""64 × 64 pixels become 16 × 16 × 4."""


class Posterior(NamedTuple):
    """Where a picture may lie in the latent space: a Gaussian for each number."""

    mean: Tensor
    """(B, latent, h, w)."""
    log_variance: Tensor
    """(B, latent, h, w), in [-30, 20]."""

    def sample(self, rng: torch.Generator | None = None) -> Tensor:
        """Draw one latent a picture, (B, latent, h, w); the draw knows its gradient.

        Without a generator torch's global one draws, whose state a training loop sets.
        """
        like = self.mean
        noise = torch.randn(like.shape, generator=rng, dtype=like.dtype, device=like.device)
        return reparametrize(self.mean, self.log_variance, noise)


class LatentEncoder(nn.Module):
    """From planes at full size to a posterior.

    Parameters
    ----------
    inputs : int
        Channels: 3 for a picture, 5 for lineart and hints.
    size : AutoencoderSize
        With `PAPER`, 36,523,400 parameters for a picture; with `BOOK`, 207,928.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(
        self, inputs: int, size: AutoencoderSize = PAPER, rng: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.size, self.inputs = size, inputs
        first, deepest = size.widths[0], size.widths[-1]
        layers: list[nn.Module] = [nn.Conv2d(inputs, first, 3, padding=1)]
        for level, (before, width) in enumerate(pairwise((first, *size.widths)), start=1):
            smallest = level == len(size.widths)
            layers += [NormBlock(before, width, size.groups)]
            layers += [MapAttention(width, size.heads, size.groups)] if smallest else []
            layers += [NormBlock(width, width, size.groups) for _ in range(size.blocks - 1)]
            layers += [] if smallest else [Halve(width)]
        self.body = nn.Sequential(
            *layers,
            nn.GroupNorm(size.groups, deepest),
            nn.SiLU(),
            nn.Conv2d(deepest, 2 * size.latent, 3, padding=1),
        )
        draw_weights(self, rng)

    def forward(self, planes: Tensor) -> Posterior:
        """Read planes (B, inputs, H, W), in [-1, 1].

        Raises
        ------
        ValueError
            There are other channels, or the sides are no multiples of `size.reduction`.
        """
        step = self.size.reduction
        if (
            planes.ndim != 4
            or planes.shape[1] != self.inputs
            or any(side % step for side in planes.shape[2:])
        ):
            raise ValueError(
                f"expected (B, {self.inputs}, H, W) with sides that are multiples of {step}; got "
                f"{tuple(planes.shape)}"
            )
        mean, log_variance = self.body(planes).chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(*VARIANCES))


class LatentDecoder(nn.Module):
    """From a latent to a picture.

    Parameters
    ----------
    size : AutoencoderSize
        With `PAPER`, 56,571,651 parameters; with `BOOK`, 372,323.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(self, size: AutoencoderSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.size = size
        first, deepest = size.widths[0], size.widths[-1]
        layers: list[nn.Module] = [nn.Conv2d(size.latent, deepest, 3, padding=1)]
        for level, (before, width) in enumerate(pairwise((deepest, *reversed(size.widths)))):
            layers += [Double(before)] if level else []
            layers += [NormBlock(before, width, size.groups)]
            layers += [] if level else [MapAttention(width, size.heads, size.groups)]
            layers += [NormBlock(width, width, size.groups) for _ in range(size.blocks)]
        self.body = nn.Sequential(*layers, nn.GroupNorm(size.groups, first), nn.SiLU())
        self.leave = nn.Conv2d(first, 3, 3, padding=1)
        draw_weights(self, rng)

    def forward(self, latent: Tensor) -> Tensor:
        """Return a picture (B, 3, H, W) for a latent (B, latent, h, w).

        It is not bounded, so that training feels a value that is too large; `paint` cuts it.
        """
        return self.leave(self.body(latent))

    @torch.no_grad()
    def paint(self, latent: Tensor) -> Tensor:
        """Return a picture (B, 3, H, W) in [-1, 1]."""
        return self(latent).clamp(-1, 1)


class Rebuilt(NamedTuple):
    """What an autoencoder gives in training."""

    picture: Tensor
    """(B, 3, H, W), from one drawn latent; not bounded."""
    posterior: Posterior


class LatentAutoencoder(nn.Module):
    """An encoder and a decoder, trained together; or a new encoder before a decoder that stays.

    Parameters
    ----------
    encoder, decoder : LatentEncoder, LatentDecoder
        Of one size. To train the second encoder, freeze the decoder (`requires_grad_(False)`).
    """

    def __init__(self, encoder: LatentEncoder, decoder: LatentDecoder) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    @property
    def last(self) -> Tensor:
        """The weights of the last layer that learns, where losses are balanced."""
        leave = self.decoder.leave.weight
        return leave if leave.requires_grad else self.encoder.body[-1].weight

    def forward(self, planes: Tensor, rng: torch.Generator | None = None) -> Rebuilt:
        """Rebuild a picture from planes (B, inputs, H, W) by way of one drawn latent."""
        posterior = self.encoder(planes)
        return Rebuilt(self.decoder(posterior.sample(rng)), posterior)


class PatchCritic(nn.Module):
    """Score each patch of a picture: convolutions that halve, no dense layer ([2]_).

    Group norm stands where the public code has batch norm, so that the score of a picture does not
    depend on its neighbours in the batch.

    Parameters
    ----------
    widths : sequence of int
        Channels after each halving; multiples of 8.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (64, 128, 256, 512, 512),
        rng: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in pairwise((3, *widths)):
            layers += [nn.Conv2d(before, width, 3, 2, 1, bias=not layers)]
            layers += [nn.GroupNorm(8, width), nn.SiLU()] if len(layers) > 1 else [nn.SiLU()]
        self.body = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))
        draw_weights(self, rng)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return scores (B, 1, h, w) for pictures (B, 3, H, W); a higher one means more real."""
        return self.body(pictures)
