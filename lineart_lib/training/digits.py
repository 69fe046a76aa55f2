"""Train the CNN on MNIST, and keep it: the book measures its generators with its features."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from lineart_lib.models.cnn import SIDE, ConvNet
from lineart_lib.models.mlp import mlp
from lineart_lib.recipe.dataset import Digits
from lineart_lib.recipe.mnist import load_mnist
from lineart_lib.recipe.prepare import read_manifest
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.classification import Epoch, Split, fit
from lineart_lib.training.runs import Run, load_or_train, runs_folder

EXPERIMENT = "digit_classifier"


@dataclass(frozen=True)
class DigitSettings:
    """Everything that decides the weights of a digit classifier, but for the data."""

    epochs: int = 5
    """Passes over the training set, at least 1."""
    batch_size: int = 128
    """Pictures in a step, at least 1."""
    learning_rate: float = 4e-3
    """The highest one, in the middle of the rise and fall; above 0."""
    weight_decay: float = 1e-2
    """Of AdamW, at least 0."""
    shift_px: int = 1
    """Each picture is moved by up to so many pixels each way while training; in [0, 27]."""
    images: int = 60_000
    """Pictures taken from the training file, before a fifth is kept for validation."""
    seed: int = 0
    """Decides the split, the first weights, the order and the shifts."""

    def __post_init__(self) -> None:
        least = {"epochs": 1, "batch_size": 1, "shift_px": 0, "images": 5, "weight_decay": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}; got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate}")
        if self.shift_px >= SIDE:
            raise ValueError(f"shift_px must be below {SIDE}; got {self.shift_px}")


PROFILES = {
    "smoke": DigitSettings(epochs=1, images=5_000),
    "book": DigitSettings(),
    "paper": DigitSettings(epochs=30, shift_px=2),
}
"""What each profile trains: seconds, a minute, and as good as this network gets."""


def digit_classifier(profile: str) -> ConvNet:
    """Return the book's reader of digits, trained when it is not there yet.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings. The run lies in `runs/digit_classifier/<profile>/`.

    Returns
    -------
    ConvNet
        In evaluation mode, on the CPU. It takes (B, 1, 28, 28) in [0, 1] and gives 10 logits; its
        `features` are (B, 128).

    Raises
    ------
    ValueError
        The profile is unknown.
    FileNotFoundError
        MNIST is not prepared; the message names the command that does it.
    """
    return digit_run(profile).model


def digit_run(profile: str, *, network: str = "cnn", **changes: float) -> Run:
    """Return a digit classifier with its settings and its history, trained when it is not there.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings.
    network : {"cnn", "mlp"}
        What is trained with them: `ConvNet`, or the MLP 784-128-128-10 on the same pictures.
    **changes
        Fields of `DigitSettings` to set otherwise, such as `seed=1`. Such a run lies beside the
        profile's own, in a folder that names what differs.

    Returns
    -------
    Run
        Its metrics have the fields of `lineart_lib.training.classification.Epoch`.

    Raises
    ------
    ValueError
        The profile or the network is unknown, or a setting is out of range.
    FileNotFoundError
        MNIST is not prepared; the message names the command that does it.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}; got {profile!r}")
    if network not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}; got {network!r}")
    usual = PROFILES[profile]
    settings = replace(usual, **changes)
    differing = {k: v for k, v in asdict(settings).items() if v != getattr(usual, k)}
    words = [profile, *([network] if network != "cnn" else [])]
    words += [f"{name}-{value}" for name, value in differing.items()]
    return kept_digits(settings, runs_folder() / EXPERIMENT / "-".join(words), network)


def kept_digits(settings: DigitSettings, folder: Path, network: str = "cnn") -> Run:
    """Load the network of these settings from a folder, or train it and keep it there."""
    manifest = read_manifest(data_folder() / "mnist")
    build = NETWORKS[network]
    config = {"network": network, "data": manifest["sha256"], **asdict(settings)}

    def train(model: nn.Module) -> list[dict[str, float]]:
        draw = generator(settings.seed)
        model.load_state_dict(build(draw).state_dict())
        parts = split_digits(load_mnist("train"), settings.images, draw)
        return [asdict(epoch) for epoch in train_digits(model, *parts, settings, draw)]

    return load_or_train(folder, config, build(generator(settings.seed)), train)


def picture_mlp(draw: torch.Generator) -> nn.Sequential:
    """Make the MLP of the book for pictures: (B, 1, 28, 28) to 10 logits, 118,282 parameters."""
    return nn.Sequential(nn.Flatten(), *mlp((SIDE**2, 128, 128, 10), generator=draw))


NETWORKS = {"cnn": lambda draw: ConvNet(generator=draw), "mlp": picture_mlp}
"""How each network is made, untrained, from a generator."""


def split_digits(digits: Digits, images: int, draw: torch.Generator) -> tuple[Split, Split]:
    """Take the first pictures and keep a fifth of them, drawn at random, for validation.

    Parameters
    ----------
    digits : Digits
        The training file.
    images : int
        Pictures to take, at least 5.
    draw : torch.Generator
        Decides which picture goes where.

    Returns
    -------
    train, validation : Split
        Inputs float32 (N, 1, 28, 28) in [0, 1].
    """
    first, second = (
        Split(as_pictures(part), part.labels) for part in digits[:images].split(draw, fraction=0.8)
    )
    return first, second


def as_pictures(digits: Digits) -> Tensor:
    """Return digits as the input of a convolution: float32 (N, 1, 28, 28) in [0, 1]."""
    return digits.inputs().reshape(-1, 1, SIDE, SIDE)


def train_digits(
    model: nn.Module,
    train: Split,
    validation: Split,
    settings: DigitSettings,
    draw: torch.Generator,
) -> list[Epoch]:
    """Train any classifier of digits with AdamW and a learning rate that ends with the budget.

    The rate rises over the first 30 % of the steps and falls to almost nothing at the last one
    [1]_. On a CPU with 256-bit vectors convolutions are faster when the channels lie last in
    memory, so the weights are laid out that way, and the maps follow them; no value changes its
    meaning.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    train, validation : Split
        What to learn from, and what to measure with.
    settings : DigitSettings
        Its `images` and `seed` have done their work before: they are not read.
    draw : torch.Generator
        Shuffles and shifts.

    Returns
    -------
    list of Epoch
        One for each epoch.

    References
    ----------
    .. [1] Smith, Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
       Learning Rates", 2019, section 2.
    """
    model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=settings.learning_rate,
        total_steps=settings.epochs * math.ceil(len(train) / settings.batch_size),
    )

    def augment(inputs: Tensor, draw: torch.Generator) -> Tensor:
        return shifted(inputs, settings.shift_px, draw)

    return fit(
        model,
        train,
        validation,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimizer=optimizer,
        generator=draw,
        scheduler=scheduler,
        augment=augment if settings.shift_px else None,
    )


def shifted(images: Tensor, most_px: int, draw: torch.Generator) -> Tensor:
    """Move each picture by its own whole number of pixels; what comes in is background.

    Parameters
    ----------
    images : Tensor
        (B, 1, H, W), 0 is the background.
    most_px : int
        Each shift is drawn evenly from -most_px … most_px, down and across; at least 0.
    draw : torch.Generator
        Draws the shifts.

    Returns
    -------
    Tensor
        As `images`.
    """
    batch, _, height, width = images.shape
    corners = torch.randint(0, 2 * most_px + 1, (2, batch), generator=draw)
    views = pad(images, (most_px,) * 4)[:, 0].unfold(1, height, 1).unfold(2, width, 1)
    return views[torch.arange(batch), corners[0], corners[1]].unsqueeze(1)
