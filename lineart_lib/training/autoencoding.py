"""Train autoencoders, plain and variational: rate, distortion, and bounds in nats.

All likelihoods are natural logarithms: nats. Divide by log 2 for bits.

References
----------
.. [1] Kingma, Welling, "Auto-Encoding Variational Bayes", 2013, equations 3 and 10.
.. [2] Higgins et al., "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational
   Framework", 2017, equation 4.
.. [3] Burda, Grosse, Salakhutdinov, "Importance Weighted Autoencoders", 2016, equation 8.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lineart_lib.models.autoencoder import Autoencoder, VariationalAutoencoder, reparametrize

Model = Autoencoder | VariationalAutoencoder


def distortion(logits: Tensor, images: Tensor) -> Tensor:
    """Return -log p(x | z) for pixels that are Bernoulli: how badly a picture is painted again.

    For grey pixels it is the mean over pictures of black and white whose pixels are drawn with
    the grey value as the chance of ink.

    Parameters
    ----------
    logits : Tensor
        (..., B, 784), any real number.
    images : Tensor
        (B, 1, 28, 28) in [0, 1].

    Returns
    -------
    Tensor
        (..., B), nats for a picture, at least 0.
    """
    target = images.flatten(1).expand(logits.shape)
    return binary_cross_entropy_with_logits(logits, target, reduction="none").sum(-1)


def kl_to_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) ‖ N(0, 1)) of each coordinate, in closed form.

    Parameters
    ----------
    mean, log_variance : Tensor
        (..., latent).

    Returns
    -------
    Tensor
        (..., latent) in nats, at least 0; sum over the last axis for the rate of a picture.

    References
    ----------
    [1]_, appendix B.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


def log_weights(
    mean: Tensor, log_variance: Tensor, noise: Tensor, log_likelihood: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return log p(x | z) + log p(z) - log q(z | x) for codes z drawn from q.

    Their mean is the ELBO ([1]_, equation 3). The logarithm of the mean of their exponentials is a
    tighter bound, which reaches log p(x) as the draws grow in number ([3]_).

    Parameters
    ----------
    mean, log_variance : Tensor
        (B, latent) of q.
    noise : Tensor
        (draws, B, latent), standard normal.
    log_likelihood : callable
        Maps codes (draws, B, latent) to log p(x | z), (draws, B).

    Returns
    -------
    Tensor
        (draws, B) in nats.
    """
    codes = reparametrize(mean, log_variance, noise)
    prior = -codes.square().sum(-1) / 2
    chosen = -(noise.square() + log_variance).sum(-1) / 2  # Both lack the same log 2π terms.
    return log_likelihood(codes) + prior - chosen


def importance_bound(weights: Tensor) -> Tensor:
    """Return log of the mean of exp(weights) over the first axis: the bound of [3]_.

    Parameters
    ----------
    weights : Tensor
        (draws, B) as `log_weights` returns them.

    Returns
    -------
    Tensor
        (B,) in nats. Never below the mean of the weights.
    """
    return weights.logsumexp(0) - math.log(len(weights))


@dataclass(frozen=True)
class Progress:
    """Where a training stands: means over pictures, in nats."""

    update: int
    """Updates done."""
    train_distortion: float
    """Over the last batches."""
    train_rate: float
    """Over the last batches; 0 for a plain autoencoder, which pays for no rate."""
    held_distortion: float
    """On pictures that are not trained on."""
    held_rate: float
    """On the same."""


def measure(model: Model, images: Tensor, rng: torch.Generator) -> tuple[float, float]:
    """Return distortion and rate of pictures (N, 1, 28, 28), in nats for a picture.

    Parameters
    ----------
    model : Autoencoder or VariationalAutoencoder
        Not changed.
    images : Tensor
        (N, 1, 28, 28) in [0, 1].
    rng : torch.Generator
        Draws one code for each picture of a variational model.

    Returns
    -------
    distortion, rate : float
        The negative ELBO is their sum.
    """
    with torch.no_grad():
        lost, paid = _terms(model, images, rng)
    return lost.item(), paid.item()


def fit(
    model: Model,
    images: Tensor,
    held: Tensor,
    *,
    updates: int,
    batch_size: int,
    learning_rate: float,
    rng: torch.Generator,
    beta: float = 1.0,
    every: int = 50,
) -> list[Progress]:
    """Minimise distortion + β rate with Adam; the rate of learning falls to zero as a cosine.

    Parameters
    ----------
    model : Autoencoder or VariationalAutoencoder
        Changed in place.
    images : Tensor
        (N, 1, 28, 28) in [0, 1]: what is trained on.
    held : Tensor
        (M, 1, 28, 28): what is only measured.
    updates, batch_size, every : int
        At least 1. The history has an entry after each `every` updates and after the last.
    learning_rate : float
        At the start.
    rng : torch.Generator
        Draws pictures and codes.
    beta : float
        Weight of the rate, at least 0. With 1 the loss is the negative ELBO; otherwise it is the
        β-VAE of [2]_. A plain autoencoder has no rate, and reads none.

    Returns
    -------
    list of Progress

    Raises
    ------
    ValueError
        A number is below its least value.
    """
    if min(updates, batch_size, every) < 1 or beta < 0:
        raise ValueError(
            "updates, batch_size and every must be at least 1 and beta at least 0; "
            f"got {updates}, {batch_size}, {every} and {beta}"
        )
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    history, recent = [], []
    for update in range(1, updates + 1):
        batch = images[torch.randint(len(images), (batch_size,), generator=rng)]
        lost, paid = _terms(model, batch, rng)
        optimizer.zero_grad(set_to_none=True)
        (lost + beta * paid).backward()
        optimizer.step()
        schedule.step()
        recent.append((lost.item(), paid.item()))
        if update % every == 0 or update == updates:
            means = torch.tensor(recent, dtype=torch.float64).mean(0).tolist()
            history.append(Progress(update, *means, *measure(model, held, rng)))
            recent = []
    return history


def _terms(model: Model, images: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return mean distortion and mean rate of a batch."""
    if isinstance(model, Autoencoder):
        return distortion(model(images), images).mean(), torch.zeros(())
    noise = torch.randn(len(images), model.latent, generator=rng)
    logits, mean, log_variance = model(images, noise)
    return (
        distortion(logits, images).mean(),
        kl_to_prior(mean, log_variance).sum(-1).mean(),
    )
