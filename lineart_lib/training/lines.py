"""Train the line extractor on lines that artists drew, and keep it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lineart_lib import images
from lineart_lib.models.line_extractor import WIDTHS, LineExtractor
from lineart_lib.recipe.augment import Augmentation, augment, with_coloured_ink
from lineart_lib.recipe.batches import Pairs, pairs_of
from lineart_lib.recipe.lineart import lines_agree
from lineart_lib.recipe.pictures import load_pictures, prepared_manifest
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.feed import BatchOf, drawing, share
from lineart_lib.training.loop import play
from lineart_lib.training.players import Models, Player, Terms
from lineart_lib.training.runs import Run, of_profile, runs_folder
from lineart_lib.training.settings import LoopSettings

EXPERIMENT = "lines"
SOURCES = ("openmoji", "dicebear")
WATCHED = 40
"""Pictures of each source that are measured while training; none of them is learned from."""


@dataclass(frozen=True)
class LineSettings:
    """Everything that decides the weights of a line extractor, but for the data."""

    widths: tuple[int, ...] = WIDTHS
    """Channels at each size, the full one first; multiples of 8."""
    updates: int = 900
    """Steps of the optimizer, at least 1."""
    batch_size: int = 16
    """Windows in a step, of all processes together, at least 1."""
    window_px: int = 64
    """Side of the squares that are cut out of the pictures to learn from."""
    learning_rate: float = 1e-2
    """The highest one, after a rise in the first part of the updates; above 0."""
    coloured_ink: float = 0.5
    """Share of the windows whose black lines are drawn in another colour, in [0, 1]."""
    brightest_ink: float = 0.6
    """Highest value of a channel of such a colour, in [0, 1]; 0 is black, 1 is white."""
    seed: int = 0
    """Decides the first weights, the windows and their changes."""

    def __post_init__(self) -> None:
        for name in ("updates", "batch_size", "window_px"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        for name in ("coloured_ink", "brightest_ink"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1]; got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate}")


PROFILES = {
    "smoke": LineSettings(updates=12, batch_size=4, window_px=32),
    "book": LineSettings(),
    "paper": LineSettings(widths=(32, 64, 96, 128), updates=40_000, window_px=256),
}
"""What each profile trains: seconds, minutes, and as good as this network gets."""


def line_extractor(profile: str, **changes: float) -> Run:
    """Return the line extractor of a profile, trained when it is not there yet.

    It learns from the training parts of OpenMoji and DiceBear. The two styles that DiceBear holds
    out are never seen.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings, and which prepared drawings. The run lies in `runs/lines/<profile>/`.
    **changes
        Fields of `LineSettings` to set otherwise. Such a run replaces the profile's own.

    Returns
    -------
    Run
        As `train_lines` returns it.

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

    def part(name: str, most: int | None = None) -> Pairs:
        found = [load_pictures(source, profile, name, data) for source in SOURCES]
        return joined([pairs_of(one.spread(most) if most else one) for one in found])

    return train_lines(
        cache(partial(part, "train")),
        cache(partial(part, "validation", WATCHED)),
        settings,
        runs_folder() / EXPERIMENT / profile,
        {"model": "LineExtractor", "data": sums},
    )


def joined(parts: list[Pairs]) -> Pairs:
    """Put the pairs of several sources behind each other; all are of one size."""
    return Pairs(torch.cat([p.lineart for p in parts]), torch.cat([p.picture for p in parts]))


def train_lines(
    learn: Callable[[], Pairs],
    watch: Callable[[], Pairs],
    settings: LineSettings,
    folder: Path,
    config: Mapping[str, Any],
) -> Run:
    """Train a line extractor, or go on with it, or find that it is done.

    The goal is the artist's lineart itself, soft edges included: each pixel's share of ink is a
    chance, and the loss is its cross-entropy.

    Parameters
    ----------
    learn, watch : callable
        Return what to learn from, and what to measure on; not called when the run is there.
    settings : LineSettings
    folder : Path
        Of the run; one of other settings is replaced.
    config : mapping
        What else decides the weights.

    Returns
    -------
    Run
        Its model is a `LineExtractor` in evaluation mode. An entry of its metrics, of which there
        are at most twenty, has `watch_loss` and `watch_f` of pictures that are not learned from,
        and what `lineart_lib.training.loop.play` tells.
    """
    every = max(5, math.ceil(settings.updates / 20))
    loop = LoopSettings(
        steps=settings.updates,
        learning_rate=settings.learning_rate,
        warmup=0.15,
        ema=0.99,
        seed=settings.seed,
        log_every=every,
        sample_every=every,
    )
    model = LineExtractor(settings.widths, generator(settings.seed))
    return play(
        {"model": Player(model, _ink_terms, methods=("logits",))},
        windows_by_step(learn, settings),
        loop,
        folder,
        measure=lambda model, _: measure(model, watch()),
        config={**config, **asdict(settings)},
        replace=True,
    )


def _ink_terms(models: Models, window: tuple[Tensor, Tensor]) -> Terms:
    return {"loss": ink_loss(models["model"], *window)}


def ink_loss(model: LineExtractor, lineart: Tensor, picture: Tensor) -> Tensor:
    """Return the mean cross-entropy of the ink, in nats a pixel."""
    ink = (1 - lineart) / 2  # 1 is full ink
    return binary_cross_entropy_with_logits(model.logits(picture), ink)


def windows_by_step(pairs: Callable[[], Pairs], settings: LineSettings) -> BatchOf:
    """Say which `windows` each step learns from."""

    def batch_of(step: int, rank: int, ranks: int) -> tuple[Tensor, Tensor]:
        return share(windows(pairs(), settings, drawing(settings.seed, step)), rank, ranks)

    return batch_of


def windows(pairs: Pairs, settings: LineSettings, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw pairs, cut the same window out of all, mirror and recolour them.

    Pixels are not resampled: a line keeps the width that it was drawn with.

    Returns
    -------
    lineart, picture : Tensor
        float32 (B, 1, w, w) and (B, 3, w, w), in [-1, 1], where w is `window_px` or the picture's
        side, whichever is less.
    """
    rows = torch.randint(len(pairs), (settings.batch_size,), generator=draw)
    height, width = (min(settings.window_px, side) for side in pairs.lineart.shape[-2:])
    most = (pairs.lineart.shape[-2] - height, pairs.lineart.shape[-1] - width)
    top, left = (int(torch.randint(room + 1, (), generator=draw)) for room in most)
    cut = (..., slice(top, top + height), slice(left, left + width))
    lineart, picture = augment(
        images.to_signed(pairs.lineart[rows][cut]),
        images.to_signed(pairs.picture[rows][cut]),
        Augmentation(least_scale=1, hue_turns=0.5, saturation=0.3),
        draw,
    )
    chosen = torch.rand(len(rows), 1, 1, 1, generator=draw) < settings.coloured_ink
    ink = settings.brightest_ink * torch.rand(len(rows), 3, 1, 1, generator=draw)
    return lineart, with_coloured_ink(lineart, picture, torch.where(chosen, ink, 0))


@torch.inference_mode()
def measure(model: LineExtractor, pairs: Pairs) -> dict[str, float]:
    """Return `watch_loss` and `watch_f`, the mean F at 1 px, of whole pictures as they are."""
    losses, agreed = [], []
    device = next(model.parameters()).device
    for row in range(len(pairs)):
        lineart, picture = (
            images.to_signed(plane[row : row + 1]).to(device)
            for plane in (pairs.lineart, pairs.picture)
        )
        losses.append(ink_loss(model, lineart, picture).item())
        found, true = (plane[0].cpu().numpy() for plane in (model(picture), lineart))
        agreed.append(lines_agree(found, true).f)
    return {"watch_loss": float(np.mean(losses)), "watch_f": float(np.mean(agreed))}
