"""An autoencoder and a variational one with the same body (chapter "Autoencoders").

References
----------
.. [1] Hinton, Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006.
.. [2] Kingma, Welling, "Auto-Encoding Variational Bayes", 2013, section 2.4 and appendix C.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lineart_lib.models.mlp import mlp

SIDE = 28
PIXELS = SIDE**2
WIDTHS = (256, 64)
"""Units of the encoder's two hidden layers; the decoder has them in reverse."""


class Autoencoder(nn.Module):
    """Squeeze a picture into a few numbers, and paint it again from them [1]_.

    Parameters
    ----------
    latent : int
        Numbers in a code, at least 1.
    widths : sequence of int
        Hidden units of the encoder, from the picture inwards.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.

    Raises
    ------
    ValueError
        The code would be empty.
    """

    def __init__(
        self,
        latent: int = 2,
        widths: Sequence[int] = WIDTHS,
        *,
        rng: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.latent = _checked(latent)
        self.encoder = mlp((PIXELS, *widths, latent), generator=rng)
        self.decoder = mlp((latent, *reversed(widths), PIXELS), generator=rng)

    def encode(self, images: Tensor) -> Tensor:
        """Return the codes (B, latent) of pictures (B, 1, 28, 28) in [0, 1]."""
        return self.encoder(images.flatten(1))

    def logits(self, codes: Tensor) -> Tensor:
        """Return the logit of ink, any real number, (..., 784) for codes (..., latent)."""
        return self.decoder(codes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, 784) of pictures (B, 1, 28, 28), by way of their codes."""
        return self.logits(self.encode(images))


class VariationalAutoencoder(nn.Module):
    """Encode a picture as a cloud of codes instead of a point [2]_.

    The body is that of `Autoencoder`; only the last layer of the encoder is twice as wide. The
    cloud is a Gaussian with independent coordinates, q(z | x) = N(mean, exp(log_variance)).

    Parameters
    ----------
    latent, widths, rng
        As those of `Autoencoder`.
    """

    def __init__(
        self,
        latent: int = 2,
        widths: Sequence[int] = WIDTHS,
        *,
        rng: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.latent = _checked(latent)
        self.encoder = mlp((PIXELS, *widths, 2 * latent), generator=rng)
        self.decoder = mlp((latent, *reversed(widths), PIXELS), generator=rng)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance, (B, latent) each, for pictures (B, 1, 28, 28)."""
        mean, log_variance = self.encoder(images.flatten(1)).chunk(2, dim=1)
        return mean, log_variance

    def encode(self, images: Tensor) -> Tensor:
        """Return the middle (B, latent) of each picture's cloud."""
        return self.posterior(images)[0]

    def logits(self, codes: Tensor) -> Tensor:
        """Return the logit of ink, any real number, (..., 784) for codes (..., latent)."""
        return self.decoder(codes)

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw one code for each picture, decode.

        Parameters
        ----------
        images : Tensor
            (B, 1, 28, 28) in [0, 1].
        noise : Tensor
            (B, latent), standard normal.

        Returns
        -------
        logits, mean, log_variance : Tensor
            (B, 784), (B, latent), (B, latent).
        """
        mean, log_variance = self.posterior(images)
        return self.logits(reparametrize(mean, log_variance, noise)), mean, log_variance


def reparametrize(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Return ``mean + exp(log_variance / 2) noise``: a draw that knows its gradient.

    Parameters
    ----------
    mean, log_variance : Tensor
        (..., latent) of the Gaussian to draw from.
    noise : Tensor
        Standard normal; its shape and theirs are broadcast.

    Returns
    -------
    Tensor
        (..., latent).

    References
    ----------
    [2]_, section 2.4.
    """
    return mean + (log_variance / 2).exp() * noise


@torch.no_grad()
def paint(model: Autoencoder | VariationalAutoencoder, codes: Tensor) -> Tensor:
    """Return the pictures (B, 1, 28, 28) in [0, 1] of codes (B, latent): each pixel's mean."""
    return model.logits(codes).sigmoid().reshape(-1, 1, SIDE, SIDE)


def _checked(latent: int) -> int:
    if latent < 1:
        raise ValueError(f"latent must be at least 1, as an empty code says nothing; got {latent}")
    return latent
