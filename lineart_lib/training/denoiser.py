"""Train the denoiser of digits, and keep it: the book samples from it again and again."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import get_args

import torch
from torch import Tensor

from lineart_lib.diffusion.process import Prediction, Schedule, cosine_schedule
from lineart_lib.models.unet import UNet
from lineart_lib.recipe.dataset import Digits, batches
from lineart_lib.recipe.mnist import load_mnist
from lineart_lib.recipe.prepare import read_manifest
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.diffusion import fit, make_examples
from lineart_lib.training.runs import Run, load_or_train, runs_folder

EXPERIMENT = "digit_denoiser"


@dataclass(frozen=True)
class DenoiserSettings:
    """Everything that decides the weights of a denoiser, but for the data."""

    prediction: Prediction = "v"
    """What the network answers: the noise, the picture, or the velocity."""
    widths: tuple[int, int] = (32, 64)
    """Channels at 14 × 14 and at 7 × 7, multiples of 8."""
    updates: int = 1_300
    """Steps of the optimizer, at least 1."""
    batch_size: int = 32
    """Pictures in a step, at least 1."""
    learning_rate: float = 3e-3
    """Of the first update, above 0; it falls to zero along a half cosine."""
    drop: float = 0.1
    """Share of the labels that are forgotten, in [0, 1]."""
    decay: float = 0.99
    """Share of the averaged weights that an update leaves in place, in [0, 1)."""
    images: int = 59_500
    """Pictures of the training file to learn from; its last 500 only watch."""
    seed: int = 0
    """Decides the first weights, the pictures, their steps and noise, and the forgotten labels."""

    def __post_init__(self) -> None:
        if self.prediction not in get_args(Prediction):
            raise ValueError(
                f"prediction must be one of {get_args(Prediction)}; got {self.prediction!r}"
            )
        for name in ("updates", "batch_size", "images"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate}")


def denoiser_run(name: str, settings: DenoiserSettings) -> Run:
    """Return the denoiser of these settings, trained when it is not there yet.

    Parameters
    ----------
    name : str
        Of the folder below `runs/digit_denoiser/`; a run of other settings in it is replaced.
    settings : DenoiserSettings
        What to train, on the cosine schedule of a thousand steps.

    Returns
    -------
    Run
        Its model holds the averaged weights, in evaluation mode, channels last. An entry of its
        metrics has `update`, `train_loss` (the mean since the entry before) and `watch_loss` (of
        the averaged weights, on pictures that are not learned from, with the same noise each time).

    Raises
    ------
    FileNotFoundError
        MNIST is not prepared.
    """
    manifest = read_manifest(data_folder() / "mnist")
    config = {"model": "UNet", "data": manifest["sha256"], **asdict(settings)}

    def train(model: UNet) -> list[dict[str, float]]:
        draw = generator(settings.seed)
        digits = load_mnist("train")
        return train_denoiser(model, digits[: settings.images], digits[-500:], settings, draw)

    run = load_or_train(runs_folder() / EXPERIMENT / name, config, UNet(settings.widths), train)
    run.model.to(memory_format=torch.channels_last)
    return run


def train_denoiser(
    model: UNet, learn: Digits, watch: Digits, settings: DenoiserSettings, draw: torch.Generator
) -> list[dict[str, float]]:
    """Train a denoiser of digits and leave the averaged weights in it.

    Parameters
    ----------
    model : UNet
        Changed in place; its first weights are drawn anew.
    learn, watch : Digits
        What to learn from, and what to measure on.
    settings : DenoiserSettings
        Its `images` has done its work before: it is not read.
    draw : torch.Generator
        Draws everything.

    Returns
    -------
    list of dict
        At most twenty entries, as `denoiser_run` describes them.
    """
    model.load_state_dict(UNet(settings.widths, generator=draw).state_dict())
    model.to(memory_format=torch.channels_last)
    schedule = cosine_schedule()
    pictures, labels = as_signed(watch), watch.labels
    every = max(10, math.ceil(settings.updates / 20))
    metrics: list[dict[str, float]] = []
    recent: list[float] = []

    def keep(update: int, loss: float, average: UNet) -> None:
        recent.append(loss)
        if (update + 1) % every == 0 or update + 1 == settings.updates:
            watched = watch_loss(average, pictures, labels, schedule, settings)
            entry = {"update": update + 1, "train_loss": sum(recent) / len(recent)}
            metrics.append({**entry, "watch_loss": watched})
            recent.clear()

    average, _ = fit(
        model,
        as_signed(learn),
        learn.labels,
        schedule=schedule,
        prediction=settings.prediction,
        steps=settings.updates,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        drop=settings.drop,
        decay=settings.decay,
        generator=draw,
        callback=keep,
    )
    model.load_state_dict(average.state_dict())
    return metrics


@torch.no_grad()
def watch_loss(
    model: UNet, pictures: Tensor, labels: Tensor, schedule: Schedule, settings: DenoiserSettings
) -> float:
    """Return the mean squared error on pictures with labels, under noise that is always the same.

    Parameters
    ----------
    pictures : Tensor
        (N, 1, 28, 28) in [-1, 1].
    """
    examples = make_examples(
        schedule,
        settings.prediction,
        pictures,
        labels,
        generator(0),
        no_label=model.no_label,
        drop=0.0,
    )
    squares = 0.0
    for index in batches(len(pictures), 250):
        answer = model(examples.x_t[index], examples.t[index], examples.labels[index])
        squares += (answer - examples.answer[index]).square().sum().item()
    return squares / examples.answer.numel()


def as_signed(digits: Digits) -> Tensor:
    """Return digits as diffusion wants them: float32 (N, 1, 28, 28) in [-1, 1], ink is 1."""
    return digits.inputs().reshape(-1, 1, 28, 28) * 2 - 1
