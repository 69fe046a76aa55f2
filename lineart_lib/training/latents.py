"""How StablePaint's parts are trained, one after the other, and how it colours.

First encoder and decoder of pictures, with a critic of patches. Then the second encoder, with the
decoder as it is. Then the denoiser, on latents alone.

References
----------
.. [1] Rombach, Blattmann, Lorenz, Esser, Ommer, "High-Resolution Image Synthesis with Latent
   Diffusion Models", 2022, section 3 and appendix G.
.. [2] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from lineart_lib.diffusion.corruption import corrupted, steps_down
from lineart_lib.diffusion.process import (
    Prediction,
    Schedule,
    add_noise,
    denoiser,
    root_linear_schedule,
    target,
)
from lineart_lib.diffusion.samplers import ddim
from lineart_lib.models.inputs import Inputs
from lineart_lib.models.latent_autoencoder import LatentAutoencoder, PatchCritic
from lineart_lib.models.latent_unet import LatentUNet
from lineart_lib.models.stablepaint import StablePaint
from lineart_lib.runtime import generator
from lineart_lib.training.losses import (
    Maps,
    adaptive_weight,
    hinge_critic,
    kl_loss,
    perceptual_distance,
)
from lineart_lib.training.players import Models, Player, Terms

BETAS = (0.9, 0.95)
"""Of Adam, as the dissertation has them."""


class Rebuilding(NamedTuple):
    """A batch for an autoencoder."""

    planes: Tensor
    """What the encoder reads: the picture itself, or lineart and hints."""
    picture: Tensor
    """(B, 3, H, W), in [-1, 1]."""


class LatentLesson(NamedTuple):
    """A batch for the denoiser."""

    latent: Tensor
    """(B, latent, h, w), scaled, of the picture."""
    context: Tensor
    """(B, latent, h, w), scaled, of lineart and hints."""


@dataclass(frozen=True)
class LatentWeights:
    """What each loss of an autoencoder weighs beside the mean absolute difference, at least 0.

    The dissertation names the losses. The numbers are those of its public code.
    """

    perceptual: float = 1.0
    """Of the distance in a network's eyes."""
    kl: float = 1e-6
    """Of the divergence from a standard normal, in nats for each number of the picture."""
    adversarial: float = 0.5
    """Of the critic's opinion, times λ; 0 until the decoder can paint at all."""

    def __post_init__(self) -> None:
        for name in ("perceptual", "kl", "adversarial"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0; got {getattr(self, name)}")


def autoencoder_players(
    autoencoder: LatentAutoencoder,
    critic: PatchCritic,
    content: Maps,
    weights: LatentWeights | None = None,
    learning_rate: float = 1e-3,
) -> dict[str, Player]:
    """Seat an autoencoder and its critic; batches are `Rebuilding`.

    Parameters
    ----------
    autoencoder : LatentAutoencoder
        For the second encoder, with a frozen decoder.
    critic : PatchCritic
    content : callable
        Of `lineart_lib.models.content`; LPIPS looks at several layers.
    weights : LatentWeights, optional
    learning_rate : float
        Of both, above 0.
    """
    weights = weights or LatentWeights()
    seat = partial(Player, learning_rate=learning_rate, betas=BETAS)
    return {
        "autoencoder": seat(
            autoencoder, partial(_rebuilding_terms, content=content, weights=weights)
        ),
        "critic": seat(critic, _patch_terms),
    }


def _rebuilding_terms(
    models: Models, batch: Rebuilding, content: Maps, weights: LatentWeights
) -> Terms:
    """|x - x̂| + perceptual + KL + λ · adversarial."""
    made, posterior = models["autoencoder"](batch.planes)
    terms = {
        "absolute": (made - batch.picture).abs().mean(),
        "perceptual": perceptual_distance(content, made, batch.picture).mean(),
        "kl": kl_loss(*posterior) / batch.picture[0].numel(),
    }
    rebuilt = terms["absolute"] + weights.perceptual * terms["perceptual"]
    loss = rebuilt + weights.kl * terms["kl"]
    if weights.adversarial:
        terms["adversarial"] = -models["critic"](made).mean()
        lever = adaptive_weight(rebuilt, terms["adversarial"], models["autoencoder"].last)
        loss = loss + weights.adversarial * lever * terms["adversarial"]
        terms["lever"] = lever
    return {"loss": loss, **terms}


def _patch_terms(models: Models, batch: Rebuilding) -> Terms:
    with torch.no_grad():
        made = models["autoencoder"](batch.planes).picture
    critic = models["critic"]
    return {"loss": hinge_critic(critic(batch.picture), critic(made))}


def denoiser_terms(
    model: LatentUNet,
    batch: LatentLesson,
    schedule: Schedule | None = None,
    kind: Prediction = "epsilon",
) -> Terms:
    """Noise each latent to a step of its own, and ask what was added ([2]_).

    Steps and noise come from torch's global generator, whose state the loop sets.

    Parameters
    ----------
    model : LatentUNet
    batch : LatentLesson
    schedule : Schedule, optional
        The one of latent diffusion, a thousand steps, by default.
    kind : {"epsilon", "x_0", "v"}
        What is predicted; the dissertation's is the noise.

    Returns
    -------
    dict
        ``loss``, the mean squared error.
    """
    schedule = schedule or root_linear_schedule()
    latent, context = batch
    t = torch.randint(schedule.steps, (len(latent),), device=latent.device)
    epsilon = torch.randn_like(latent)
    answer = model(add_noise(schedule, latent, t, epsilon), t, context)
    return {"loss": mse_loss(answer, target(kind, schedule, latent, t, epsilon))}


@torch.no_grad()
def colour_variation(
    model: StablePaint,
    inputs: Inputs,
    corruption: float,
    seeds: Sequence[int],
    *,
    steps: int = 50,
    schedule: Schedule | None = None,
    kind: Prediction = "epsilon",
) -> Tensor:
    """Colour, from the context and as much noise as is wanted.

    Parameters
    ----------
    model : StablePaint
        Trained, in evaluation mode.
    inputs : Inputs
        Lineart and hints of B pictures are read.
    corruption : float
        In [0, 1]: at 0 the context is painted as it is, whatever the seeds; at 1 little of it is
        left in the start, and only attention still knows it.
    seeds : sequence of int
        B of them, for the noise: another seed, another variation. A picture with the same seed gets
        the same colours, whatever else is in the batch, up to rounding.
    steps : int
        Most calls of the denoiser, at least 1.
    schedule, kind
        As in training.

    Returns
    -------
    Tensor
        (B, 3, H, W), in [-1, 1].

    Raises
    ------
    ValueError
        The inputs break their contract, there is another number of seeds, or corruption or steps
        are out of range.
    """
    if len(seeds) != len(inputs.lineart):
        raise ValueError(f"expected a seed for each of {len(inputs.lineart)} pictures; got {seeds}")
    schedule = schedule or root_linear_schedule()
    chosen = steps_down(schedule, corruption, steps)
    context = model.context(inputs)
    if not len(chosen):
        return model.paint(context)
    shape = tuple(context.shape[1:])
    noise = torch.stack([torch.randn(shape, generator=generator(int(seed))) for seed in seeds])
    start = corrupted(schedule, context, corruption, noise.to(context))
    answer = denoiser(lambda x, t: model.denoiser(x, t, context), schedule, kind)
    return model.paint(ddim(answer, schedule, start, chosen))
