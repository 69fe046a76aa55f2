"""Train StablePaint in the dissertation's form, and keep it (experiment `stablepaint`).

Three trainings, one after the other: the autoencoder of pictures; the context encoder, before a
decoder that stays as it is; the denoiser, on latents. Each lies in a folder of its own until all
are done, so that a stopped one goes on; then the whole takes their place.

Departures from the dissertation, besides the sizes of `book`: the perceptual loss looks through F1
(`lineart_lib.models.content.LineContent`), whose weights everybody can make, and not through VGG16.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from lineart_lib import images
from lineart_lib.models import stablepaint as sizes
from lineart_lib.models.content import LineContent
from lineart_lib.models.inputs import filled_hints_at, hints_at, inputs_of
from lineart_lib.models.latent_autoencoder import (
    AutoencoderSize,
    LatentAutoencoder,
    LatentEncoder,
    PatchCritic,
)
from lineart_lib.models.latent_unet import DenoiserSize
from lineart_lib.models.stablepaint import StablePaint, StablePaintSize
from lineart_lib.recipe.augment import Augmentation
from lineart_lib.recipe.batches import Batch, Loading, Pairs, pairs_of
from lineart_lib.recipe.pictures import load_pictures, prepared_manifest
from lineart_lib.recipe.smaller import smaller
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.latents import (
    BETAS,
    LatentLesson,
    LatentWeights,
    Rebuilding,
    autoencoder_players,
    colour_variation,
    denoiser_terms,
)
from lineart_lib.training.line_features import line_features
from lineart_lib.training.lines import joined
from lineart_lib.training.loop import play
from lineart_lib.training.pairs import pairs_by_step
from lineart_lib.training.players import Player
from lineart_lib.training.record import SAMPLES
from lineart_lib.training.runs import Metrics, Run, load_or_train, of_profile, runs_folder
from lineart_lib.training.scenes import spread
from lineart_lib.training.settings import LoopSettings
from lineart_lib.training.sheets import Watched, sheets, watched

EXPERIMENT = "stablepaint"
SOURCES = ("openmoji", "dicebear")
STAGES = ("autoencoder", "context", "denoiser")
LOOKS = (1, 2, 3)
"""Stages of F1 that the perceptual loss looks at."""


@dataclass(frozen=True)
class StablePaintSettings:
    """Everything that decides the weights, but for the data and F1."""

    size: StablePaintSize = sizes.BOOK
    """Of all parts."""
    critic: tuple[int, ...] = (16, 32, 64)
    """Channels of the critic of patches."""
    size_px: int = 64
    """Side of the drawings to learn from; it divides the side of the prepared ones."""
    drawings: int = 0
    """Most of each source, evenly spread over the part; 0 takes all."""
    batch_size: int = 16
    """Drawings in a step of every stage, of all processes together, at least 1."""
    steps: tuple[int, int, int] = (150, 100, 400)
    """Updates of autoencoder, context encoder and denoiser, at least 1 each."""
    learning_rate: float = 1e-3
    """The highest one of both autoencoders, above 0; it falls to a tenth."""
    denoiser_rate: float = 1e-3
    """That of the denoiser. The dissertation has a tenth of the others, for ten times the steps."""
    weights: LatentWeights = field(default_factory=lambda: LatentWeights(adversarial=0.1))
    """Of the autoencoders' losses; the critic's is low, since a short training has little time."""
    precision: str = "32-true"
    """Of the loop. In bfloat16 Fabric refuses the gradients that weigh the critic."""
    seed: int = 0
    """Decides first weights, order, hints and noise."""

    def __post_init__(self) -> None:
        if self.batch_size < 1 or len(self.steps) != 3 or min(self.steps) < 1:
            raise ValueError(
                "batch_size must be at least 1, steps three numbers of at least 1; got "
                f"{self.batch_size} and {self.steps}"
            )


PROFILES = {
    "smoke": StablePaintSettings(
        StablePaintSize(
            AutoencoderSize((8, 16, 16), blocks=1, heads=2, groups=4),
            DenoiserSize((8, 16), blocks=1, looks=1, condition=8, heads=2, groups=4),
        ),
        (8, 16),
        32,
        drawings=12,
        batch_size=4,
        steps=(4, 4, 4),
    ),
    "book": StablePaintSettings(),
    "paper": StablePaintSettings(
        sizes.PAPER,
        (64, 128, 256, 512, 512),
        512,
        batch_size=32,
        steps=(10_000, 10_000, 100_000),
        denoiser_rate=1e-4,
        weights=LatentWeights(),
    ),
}
"""What each profile trains; `paper` has the dissertation's numbers."""


def stable_paint(profile: str, name: str = EXPERIMENT, **changes) -> Run:
    """Return StablePaint of a profile, trained when it is not there yet.

    It learns from the training parts of OpenMoji and DiceBear, with strokes as hints, as the
    dissertation draws them. F1 is trained first where it is not there yet.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings, and which prepared drawings. The run lies in `runs/<name>/<profile>/`.
    name : str
        Of the run. Give a run with other settings a name of its own.
    **changes
        Fields of `StablePaintSettings` to set otherwise.

    Returns
    -------
    Run
        Its model is a `StablePaint` in evaluation mode. An entry of its metrics has what
        `lineart_lib.training.loop.play` tells of one stage, and `stage`, its number from 0 on.

    Raises
    ------
    ValueError
        The profile is unknown, or a setting is out of range.
    FileNotFoundError
        A source is not prepared; the message names the command that does it.
    """
    settings = replace(of_profile(PROFILES, profile), **changes)
    data = data_folder()
    sums = {source: prepared_manifest(source, profile, data)["sha256"] for source in SOURCES}
    config = {"model": "StablePaint", "looks": LOOKS, "data": sums, **asdict(settings)}
    folder = runs_folder() / name / profile

    def train(model: StablePaint) -> Metrics:
        model.load_state_dict(StablePaint(settings.size, generator(settings.seed)).state_dict())
        lines = line_features(profile).model
        parts = [load_pictures(source, profile, "train", data) for source in SOURCES]
        small = [smaller(spread(part, settings.drawings), settings.size_px) for part in parts]
        pairs = joined([pairs_of(part) for part in small])
        seen = drawings if name == EXPERIMENT else None
        metrics = train_stages(
            model, pairs, LineContent(lines, LOOKS), settings, folder, config, seen
        )
        for stage in STAGES:  # They stay when the whole takes the place of its stages.
            for sheet in sorted((folder / stage / SAMPLES).glob("*.png")):
                aside.mkdir(exist_ok=True)
                sheet.replace(aside / f"{stage}-{sheet.name}")
        return metrics

    @cache
    def drawings() -> Watched:
        parts = [load_pictures(source, profile, "validation", data) for source in SOURCES]
        return watched(parts, settings.size_px)

    aside = folder.with_name(f".{profile}.{SAMPLES}")
    run = load_or_train(folder, config, StablePaint(settings.size), train)
    if aside.is_dir():
        shutil.rmtree(folder / SAMPLES, ignore_errors=True)
        aside.rename(folder / SAMPLES)
    return run


def train_stages(
    model: StablePaint,
    pairs: Pairs,
    content: nn.Module,
    settings: StablePaintSettings,
    folder: Path,
    config: dict,
    drawings: Callable[[], Watched] | None = None,
) -> Metrics:
    """Train the three parts in turn.

    Parameters
    ----------
    model : StablePaint
        Changed in place.
    pairs : Pairs
        To learn from.
    content : LineContent
        By whose eyes pictures are compared.
    settings : StablePaintSettings
    folder : Path
        Of the whole run; each stage works in a folder in it.
    config : dict
        What tells this run from others.
    drawings : callable, optional
        Loads what is painted on sheets of samples. Without it there are none.

    Returns
    -------
    list of dict
        The metrics of all stages, as `stable_paint` describes them.
    """
    loading = Loading(settings.batch_size, settings.seed, Augmentation(hue_turns=0, saturation=0))
    batches = pairs_by_step(pairs, loading)
    metrics: Metrics = []

    def stage(
        players: dict[str, Player],
        lesson: Callable[[Batch], object],
        paint: Callable[[nn.Module, Watched], torch.Tensor],
    ) -> None:
        number = len({entry["stage"] for entry in metrics})
        place = folder / STAGES[number]
        place.mkdir(parents=True, exist_ok=True)
        loop = LoopSettings(
            steps=settings.steps[number],
            learning_rate=settings.learning_rate,
            last_rate=0.1,
            weight_decay=0.0,
            ema=0.99,
            precision=settings.precision,
            seed=settings.seed + number,
            sample_every=max(1, settings.steps[number] // 4),
        )
        run = play(
            players,
            lambda step, rank, ranks: lesson(batches(step, rank, ranks)),
            loop,
            place,
            sample=None if drawings is None else sheets(drawings, paint, lines=True),
            config=config,
            replace=True,
        )
        metrics.extend({"stage": number, **entry} for entry in run.metrics)

    def rebuilding(encoder: LatentEncoder) -> dict[str, Player]:
        return autoencoder_players(
            LatentAutoencoder(encoder, model.decoder),
            PatchCritic(settings.critic, generator(settings.seed + 1)),
            content,
            settings.weights,
            settings.learning_rate,
        )

    stage(
        rebuilding(model.picture_encoder),
        lambda batch: Rebuilding(batch.picture, batch.picture),
        lambda network, seen: network(seen.picture).picture,
    )
    model.decoder.requires_grad_(False)
    model.picture_encoder.requires_grad_(False)
    some = np.linspace(0, len(pairs) - 1, min(len(pairs), 256)).round().astype(int)
    model.set_scale(images.to_signed(pairs.picture[some]))
    stage(
        rebuilding(model.context_encoder),
        lambda batch: Rebuilding(_told(batch), batch.picture),
        lambda network, seen: network(_told(_reduced(seen))).picture,
    )
    model.context_encoder.requires_grad_(False)

    def noised(models, batch: Batch):
        device = batch.picture.device
        with torch.no_grad():
            frozen = model.to(device)
            inputs = inputs_of(batch.lineart, batch.hints)
            lesson = LatentLesson(frozen.latent(batch.picture), frozen.context(inputs))
        return denoiser_terms(models["denoiser"], lesson)

    player = Player(model.denoiser, noised, settings.denoiser_rate, BETAS)

    def vary(network: nn.Module, seen: Watched) -> torch.Tensor:
        told, seeds = inputs_of(seen.lineart, _reduced(seen).hints), range(len(seen.lineart))
        return colour_variation(model.to(seen.lineart.device), told, 0.5, seeds, steps=20)

    stage({"denoiser": player}, lambda batch: batch, vary)
    model.requires_grad_(True)
    return metrics


def _reduced(seen: Watched) -> Watched:
    """Draw the hints at a quarter of the size, as they are learned from."""
    small = tuple(side // 4 for side in seen.lineart.shape[2:])
    return seen._replace(hints=filled_hints_at(seen.hints, small))


def _told(batch: Batch | Watched) -> torch.Tensor:
    """Lay lineart and hints side by side at full size: (B, 5, H, W)."""
    return torch.cat([batch.lineart, hints_at(batch.hints, batch.lineart.shape[2:])], dim=1)
