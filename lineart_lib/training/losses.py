"""The losses of the dissertation's colorizers, each a small function.

References
----------
.. [1] Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, equation 3.
.. [2] Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability,
   and Variation", 2018, appendix A.1 (the drift).
.. [3] Johnson, Alahi, Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and
   Super-Resolution", 2016, equation 2.
.. [4] Zhang, Isola, Efros, Shechtman, Wang, "The Unreasonable Effectiveness of Deep Features as a
   Perceptual Metric", 2018, equation 1.
.. [5] Esser, Rombach, Ommer, "Taming Transformers for High-Resolution Image Synthesis", 2021,
   equation 7.
.. [6] Lim, Ye, "Geometric GAN", 2017, section 3 (the hinge).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from lineart_lib.training.adversarial import (
    Score,
    gradient_penalty,
    interpolate,
    slipped_interpolate,
    wasserstein_critic,
)
from lineart_lib.training.autoencoding import kl_to_prior

PenaltyForm = Literal["corrected", "slipped"]
Maps = Callable[[Tensor], list[Tensor]]
"""Maps pictures (B, 3, H, W) to lists of maps, such as `lineart_lib.models.content` makes."""


def critic_terms(
    score: Score,
    real: Tensor,
    fake: Tensor,
    alpha: Tensor,
    *,
    penalty: float = 10.0,
    drift: float = 1e-3,
    form: PenaltyForm = "corrected",
) -> dict[str, Tensor]:
    """Return the loss of a Wasserstein critic with gradient penalty and drift ([1]_, [2]_).

    Parameters
    ----------
    score : callable
        Maps pictures (B, 3, H, W) to scores (B,).
    real, fake : Tensor
        (B, 3, H, W).
    alpha : Tensor
        (B,) in [0, 1]: where between each pair the slope is held to one.
    penalty, drift : float
        Weights, at least 0; the defaults are the dissertation's. The drift is the mean square of
        the scores of real pictures, which keeps them near 0.
    form : {"corrected", "slipped"}
        Where the slope is taken: between the pair, or at the points of the author's public code,
        which subtracts one from the other (`slipped_interpolate`).

    Returns
    -------
    dict
        ``loss``; ``distance``, how much higher real pictures score; ``penalty`` and ``drift``,
        before they are weighted.

    Raises
    ------
    ValueError
        There is no such form.
    """
    if form not in get_args(PenaltyForm):
        raise ValueError(f"form must be one of {get_args(PenaltyForm)}; got {form!r}")
    points = interpolate if form == "corrected" else slipped_interpolate
    of_real, of_fake = score(real), score(fake)
    steep = gradient_penalty(score, real, fake, alpha, points).mean()
    drifted = of_real.square().mean()
    lost = wasserstein_critic(of_real, of_fake)
    return {
        "loss": lost + penalty * steep + drift * drifted,
        "distance": -lost,
        "penalty": steep,
        "drift": drifted,
    }


def hinge_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return half of E max(0, 1 - real) + E max(0, 1 + fake), over scores of any shape ([6]_)."""
    return (torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()) / 2


def content_loss(maps: Maps, made: Tensor, real: Tensor) -> Tensor:
    """Return the mean squared difference of maps, their mean over the layers ([3]_).

    Parameters
    ----------
    maps : callable
    made, real : Tensor
        (B, 3, H, W), in [-1, 1]. Only `made` gets a gradient.
    """
    with torch.no_grad():
        wanted = maps(real.detach())
    return torch.stack([mse_loss(a, b) for a, b in zip(maps(made), wanted, strict=True)]).mean()


def perceptual_distance(maps: Maps, made: Tensor, real: Tensor) -> Tensor:
    """Return the distance of unit-length features, the sum over the layers ([4]_, equation 1).

    This is LPIPS without its learned weights, which are all 1 here: it is not comparable with it.

    Parameters
    ----------
    maps : callable
    made, real : Tensor
        (B, 3, H, W), in [-1, 1]. Only `made` gets a gradient.

    Returns
    -------
    Tensor
        (B,), at least 0.
    """
    with torch.no_grad():
        wanted = [_unit(x) for x in maps(real.detach())]
    pairs = zip(map(_unit, maps(made)), wanted, strict=True)
    return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).sum(0)


def _unit(maps: Tensor) -> Tensor:
    """Divide the features of each place by their length."""
    return maps * torch.rsqrt(maps.square().sum(1, keepdim=True) + 1e-10)


def guide_loss(made: Tensor, flats: Tensor, mask: Tensor) -> Tensor:
    """Return the mean absolute difference to the flattened picture; outside the mask all is right.

    The dissertation does not name the norm; the public code takes this one, of the guide laid into
    the true flats.

    Parameters
    ----------
    made, flats : Tensor
        (B, 3, H, W), in [-1, 1].
    mask : Tensor
        (B, 1, H, W), in {0, 1}.
    """
    return (mask * (made - flats)).abs().mean()


def kl_loss(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the mean over pictures of KL(posterior ‖ N(0, 1)), in nats a picture.

    Parameters
    ----------
    mean, log_variance : Tensor
        (B, latent, h, w).
    """
    return kl_to_prior(mean, log_variance).flatten(1).sum(1).mean()


def adaptive_weight(
    reconstruction: Tensor,
    adversarial: Tensor,
    last: Tensor,
    *,
    delta: float = 1e-6,
    most: float = 1e4,
) -> Tensor:
    """Return λ, which makes two losses pull equally hard at the last layer ([5]_, equation 7).

    It is the ratio of the lengths of both gradients there.

    Parameters
    ----------
    reconstruction, adversarial : Tensor
        Losses, both of which depend on `last`. Their graphs are kept.
    last : Tensor
        Weights of the decoder's last layer.
    delta : float
        Added to the length that divides.
    most : float
        Where λ is cut.

    Returns
    -------
    Tensor
        A number in [0, most], without a gradient.
    """
    lengths = [
        torch.autograd.grad(loss, last, retain_graph=True)[0].norm()
        for loss in (reconstruction, adversarial)
    ]
    return (lengths[0] / (lengths[1] + delta)).clamp(max=most).detach()
