"""Train a denoiser: draw a step, add the noise, ask what was added (chapter "Diffusion").

References
----------
.. [1] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, algorithm 1.
.. [2] Ho, Salimans, "Classifier-Free Diffusion Guidance", 2022, algorithm 1.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import mse_loss

from lineart_lib.diffusion.process import Prediction, Schedule, add_noise, target

if TYPE_CHECKING:
    from torch import Tensor

    from lineart_lib.models.unet import UNet


@dataclass(frozen=True)
class Noised:
    """One training example a row: what the network sees, and what it should answer."""

    x_t: Tensor
    """Noised pictures (batch, 1, H, W)."""
    t: Tensor
    """int64 (batch,), the step of each."""
    labels: Tensor
    """int64 (batch,), some of them replaced by "no class"."""
    answer: Tensor
    """What to predict, the shape of `x_t`."""


def make_examples(
    schedule: Schedule,
    prediction: Prediction,
    x_0: Tensor,
    labels: Tensor,
    generator: torch.Generator,
    *,
    no_label: int,
    drop: float,
) -> Noised:
    """Noise a batch of pictures, each to a step of its own, and forget some labels.

    Parameters
    ----------
    x_0 : Tensor
        Clean pictures (batch, 1, H, W) in [-1, 1].
    labels : Tensor
        int64 (batch,).
    generator : torch.Generator
        Draws steps, noise, and which labels are forgotten.
    no_label : int
        The label that tells nothing.
    drop : float
        Share of forgotten labels in [0, 1]: those rows train the unconditional network ([2]_).

    Raises
    ------
    ValueError
        The share is outside [0, 1].
    """
    if not 0 <= drop <= 1:
        raise ValueError(f"drop is a share of the labels in [0, 1]; got {drop}")
    n = len(x_0)
    t = torch.randint(schedule.steps, (n,), generator=generator)
    epsilon = torch.randn(x_0.shape, generator=generator)
    forgotten = torch.rand(n, generator=generator) < drop
    return Noised(
        add_noise(schedule, x_0, t, epsilon),
        t,
        torch.where(forgotten, no_label, labels),
        target(prediction, schedule, x_0, t, epsilon),
    )


def step(model: UNet, examples: Noised, optimizer: torch.optim.Optimizer) -> float:
    """Do one update of the weights.

    Returns
    -------
    float
        Mean squared error of the batch before the update.
    """
    loss = mse_loss(model(examples.x_t, examples.t, examples.labels), examples.answer)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def fit(
    model: UNet,
    images: Tensor,
    labels: Tensor,
    *,
    schedule: Schedule,
    prediction: Prediction,
    steps: int,
    batch_size: int,
    learning_rate: float,
    generator: torch.Generator,
    drop: float = 0.1,
    decay: float = 0.99,
    callback: Callable[[int, float, UNet], None] | None = None,
) -> tuple[UNet, list[float]]:
    """Train a denoiser with Adam whose rate falls to zero along a half cosine.

    Parameters
    ----------
    model : UNet
        Changed in place.
    images : Tensor
        Clean pictures (N, 1, H, W) in [-1, 1].
    labels : Tensor
        int64 (N,), the class of each.
    schedule, prediction
        The noise, and what the network predicts.
    steps : int
        Updates, at least 1.
    batch_size : int
        Pictures in an update, drawn with replacement.
    learning_rate : float
        Of the first update, above 0.
    generator : torch.Generator
        Draws pictures, steps, noise and forgotten labels.
    drop : float
        Share of forgotten labels, as in `make_examples`.
    decay : float
        Share of the averaged weights that an update leaves in place, in [0, 1).
    callback : callable, optional
        ``callback(update, loss, average)`` after each update, to watch.

    Returns
    -------
    average : UNet
        A second network whose weights are the moving average of the first's; samples come from it.
    history : list of float
        The loss of each update.

    Raises
    ------
    ValueError
        Fewer than one step, or a decay outside [0, 1).
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    if not 0 <= decay < 1:
        raise ValueError(f"decay must lie in [0, 1); got {decay}")
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    falling = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda k: 0.5 * (1 + math.cos(math.pi * k / steps))
    )
    average = copy.deepcopy(model).requires_grad_(False).eval()
    model.train()
    history = []
    for update in range(steps):
        index = torch.randint(len(images), (batch_size,), generator=generator)
        examples = make_examples(
            schedule,
            prediction,
            images[index],
            labels[index],
            generator,
            no_label=model.no_label,
            drop=drop,
        )
        history.append(step(model, examples, optimizer))
        falling.step()
        follow(average, model, min(decay, (1 + update) / (10 + update)))  # forget the start sooner
        if callback:
            callback(update, history[-1], average)
    return average, history


@torch.no_grad()
def follow(average: UNet, model: UNet, decay: float) -> None:
    """Move averaged weights towards the model's by a share of ``1 - decay`` of the way."""
    for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)
