"""StablePaint in the dissertation's form: diffusion in a latent space, given a drawing and hints.

Three parts share one latent space: an autoencoder of pictures, a second encoder that maps lineart
and hints to the same place, and a denoiser that looks at that second latent, the context. Where
sampling starts is the dial between fidelity and variety: the context itself plus more or less
noise. `lineart_lib.diffusion.corruption` does the noising; a sampler does the rest.

The dissertation reports this contribution as a failure: at high noise it does not generalize. Two
slips of the public code are a likely reason, and both can be switched on in `DenoiserSize`: keys
and values are cut along the tokens, and in one version attention is causal. A third lies in the
form itself: attention without positions cannot look up its own place in the context.

References
----------
.. [1] Rombach, Blattmann, Lorenz, Esser, Ommer, "High-Resolution Image Synthesis with Latent
   Diffusion Models", 2022, section 3 and appendix G (the scale of the latent).
.. [2] Meng et al., "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential
   Equations", 2022: to start from a noised guide instead of from noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lineart_lib.models import latent_autoencoder, latent_unet
from lineart_lib.models.inputs import Inputs, check_inputs, hints_at
from lineart_lib.models.latent_autoencoder import (
    AutoencoderSize,
    LatentDecoder,
    LatentEncoder,
    Posterior,
)
from lineart_lib.models.latent_unet import DenoiserSize, LatentUNet


@dataclass(frozen=True)
class StablePaintSize:
    """Sizes of all parts; the defaults are the paper's."""

    autoencoder: AutoencoderSize = field(default_factory=AutoencoderSize)
    denoiser: DenoiserSize = field(default_factory=DenoiserSize)

    def __post_init__(self) -> None:
        latent = self.autoencoder.latent
        if not latent == self.denoiser.latent == self.denoiser.context:
            raise ValueError(
                "autoencoder, denoiser and context must have one number of latent channels; got "
                f"{latent}, {self.denoiser.latent} and {self.denoiser.context}"
            )


PAPER = StablePaintSize()
"""512 × 512 pixels become 32 × 32 × 4."""
BOOK = StablePaintSize(latent_autoencoder.BOOK, latent_unet.BOOK)
"""64 × 64 pixels become 16 × 16 × 4, on two CPU cores."""


class StablePaint(nn.Module):
    """All that is needed to colour; its parts are trained one after the other.

    Parameters
    ----------
    size : StablePaintSize
        With `PAPER`, 164,362,391 parameters; with `BOOK`, 1,822,615.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.

    Attributes
    ----------
    picture_encoder, decoder : LatentEncoder, LatentDecoder
        The autoencoder of pictures.
    context_encoder : LatentEncoder
        From lineart and hints, five channels, to the same latents.
    denoiser : LatentUNet
    scale : Tensor
        A latent is multiplied by it before it is noised, so that its numbers have a spread of one,
        as those of the noise have ([1]_, appendix G). See `set_scale`.
    """

    def __init__(self, size: StablePaintSize = PAPER, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.size = size
        self.picture_encoder = LatentEncoder(3, size.autoencoder, rng)
        self.decoder = LatentDecoder(size.autoencoder, rng)
        self.context_encoder = LatentEncoder(5, size.autoencoder, rng)
        self.denoiser = LatentUNet(size.denoiser, rng)
        self.register_buffer("scale", torch.ones(()))

    @property
    def step(self) -> int:
        """What both sides of a picture must be multiples of."""
        return self.size.autoencoder.reduction * self.denoiser.reduction

    def context_posterior(self, inputs: Inputs) -> Posterior:
        """Read lineart and hints (at full size, each pixel of the hints repeated if need be).

        Raises
        ------
        ValueError
            The inputs break their contract, or the sides are no multiples of `step`.
        """
        check_inputs(inputs, self.step)
        hints = hints_at(inputs.hints, tuple(inputs.lineart.shape[2:]))
        return self.context_encoder(torch.cat([inputs.lineart, hints], dim=1))

    def context(self, inputs: Inputs) -> Tensor:
        """Return the scaled latent of lineart and hints, (B, latent, h, w)."""
        return self.scale * self.context_posterior(inputs).mean

    def latent(self, pictures: Tensor) -> Tensor:
        """Return the scaled latent of pictures (B, 3, H, W) in [-1, 1]."""
        return self.scale * self.picture_encoder(pictures).mean

    def paint(self, latent: Tensor) -> Tensor:
        """Return the pictures (B, 3, H, W), in [-1, 1], of scaled latents."""
        return self.decoder.paint(latent / self.scale)

    @torch.no_grad()
    def set_scale(self, pictures: Tensor) -> None:
        """Set the scale so that the latents of these pictures have a spread of one.

        Parameters
        ----------
        pictures : Tensor
            (N, 3, H, W), in [-1, 1].

        Raises
        ------
        ValueError
            All latents are equal: the autoencoder has learned nothing yet.
        """
        spread = self.picture_encoder(pictures).mean.std()
        if not spread > 0:
            raise ValueError("all latents are equal: train the autoencoder first")
        self.scale.copy_(1 / spread)
