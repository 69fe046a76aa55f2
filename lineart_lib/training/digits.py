"""Train the CNN on MNIST, and keep it: the book measures its generators with its features."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lineart_lib.models.cnn import SIDE, ConvNet
from lineart_lib.models.mlp import mlp
from lineart_lib.recipe.mnist import load_mnist
from lineart_lib.recipe.prepare import read_manifest
from lineart_lib.runtime import cpu_threads, data_folder, generator
from lineart_lib.training.classification import Epoch, Split, fit
from lineart_lib.training.pictures import as_pictures, shifted, split_digits
from lineart_lib.training.runs import Run, is_kept, load_or_train, of_profile, runs_folder

__all__ = [
    "PROFILES",
    "DigitSettings",
    "as_pictures",
    "digit_classifier",
    "digit_run",
    "digit_runs",
    "kept_digits",
    "shifted",
    "split_digits",
    "train_digits",
]

EXPERIMENT = "digit_classifier"

WORTH_PROCESSES = 100_000
"""Pictures to learn from, over all epochs, above which a process of its own pays for its start."""


@dataclass(frozen=True)
class DigitSettings:
    """Everything that decides the weights of a digit classifier, but for the data."""

    epochs: int = 4
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
    return kept_digits(*_whereabouts(profile, network, changes))


def digit_runs(profile: str, wanted: Sequence[Mapping[str, Any]]) -> list[Run]:
    """Return several digit classifiers; those that are missing are trained side by side.

    As many are trained at a time as there are cores, each in a process of its own: two threads in
    one small network wait for each other after every layer, two networks never do. Short trainings
    are done one after the other, without processes.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings.
    wanted : sequence of mappings
        Arguments of `digit_run`, one mapping for each run.

    Returns
    -------
    list of Run
        In the order in which they were asked for.
    """
    places = []
    for arguments in wanted:
        changes = dict(arguments)
        network = changes.pop("network", "cnn")
        places.append(_whereabouts(profile, network, changes))
    missing = [place for place in places if not is_kept(place[1], _config(place[0], place[2]))]
    pictures = sum(settings.epochs * settings.images for settings, _, _ in missing)
    if pictures > WORTH_PROCESSES and len(missing) > 1 and cpu_threads() > 1:
        with ProcessPoolExecutor(cpu_threads(), get_context("spawn")) as pool:
            list(pool.map(_keep, missing))
    return [kept_digits(*place) for place in places]


def kept_digits(settings: DigitSettings, folder: Path, network: str = "cnn") -> Run:
    """Load the network of these settings from a folder, or train it and keep it there.

    It is trained on one thread, so that its weights do not depend on how many there are.
    """
    build = NETWORKS[network]

    def train(model: nn.Module) -> list[dict[str, float]]:
        draw = generator(settings.seed)
        model.load_state_dict(build(draw).state_dict())
        parts = split_digits(load_mnist("train"), settings.images, draw)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return [asdict(epoch) for epoch in train_digits(model, *parts, settings, draw)]
        finally:
            torch.set_num_threads(threads)

    model = build(generator(settings.seed))
    return load_or_train(folder, _config(settings, network), model, train)


def _keep(place: tuple[DigitSettings, Path, str]) -> None:
    kept_digits(*place)


def _whereabouts(
    profile: str, network: str, changes: Mapping[str, Any]
) -> tuple[DigitSettings, Path, str]:
    """Return settings, folder and network of a run."""
    usual = of_profile(PROFILES, profile)
    if network not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}; got {network!r}")
    settings = replace(usual, **changes)
    differing = {k: v for k, v in asdict(settings).items() if v != getattr(usual, k)}
    words = [profile, *([network] if network != "cnn" else [])]
    words += [f"{name}-{value}" for name, value in differing.items()]
    return settings, runs_folder() / EXPERIMENT / "-".join(words), network


def _config(settings: DigitSettings, network: str) -> dict[str, Any]:
    """Return all that decides the weights of a run."""
    manifest = read_manifest(data_folder() / "mnist")
    return {"network": network, "data": manifest["sha256"], **asdict(settings)}


def picture_mlp(draw: torch.Generator) -> nn.Sequential:
    """Make the MLP of the book for pictures: (B, 1, 28, 28) to 10 logits, 118,282 parameters."""
    return nn.Sequential(nn.Flatten(), *mlp((SIDE**2, 128, 128, 10), generator=draw))


NETWORKS = {"cnn": lambda draw: ConvNet(generator=draw), "mlp": picture_mlp}
"""How each network is made, untrained, from a generator."""


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
