"""Train the line extractor on lines that artists drew, and keep it."""

from __future__ import annotations

import logging
import math
from dataclasses import asdict, dataclass, replace

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
from lineart_lib.training.runs import Run, load_or_train, of_profile, runs_folder

EXPERIMENT = "lines"
SOURCES = ("openmoji", "dicebear")
WATCHED = 40
"""Pictures of each source that are measured while training; none of them is learned from."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class LineSettings:
    """Everything that decides the weights of a line extractor, but for the data."""

    widths: tuple[int, ...] = WIDTHS
    """Channels at each size, the full one first; multiples of 8."""
    updates: int = 900
    """Steps of the optimizer, at least 1."""
    batch_size: int = 16
    """Windows in a step, at least 1."""
    window_px: int = 64
    """Side of the squares that are cut out of the pictures to learn from."""
    learning_rate: float = 1e-2
    """The highest one, near the start of the rise and fall; above 0."""
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
        Its model is a `LineExtractor` in evaluation mode. An entry of its metrics has `update`,
        `train_loss` (the mean since the entry before), and `watch_loss`, `watch_f` on pictures of
        the validation parts.

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
    config = {"model": "LineExtractor", "data": sums, **asdict(settings)}

    def train(model: LineExtractor) -> list[dict[str, float]]:
        draw = generator(settings.seed)
        model.load_state_dict(LineExtractor(settings.widths, draw).state_dict())
        parts = [load_pictures(source, profile, "train", data) for source in SOURCES]
        learn = joined([pairs_of(part) for part in parts])
        parts = [load_pictures(source, profile, "validation", data) for source in SOURCES]
        watch = joined([pairs_of(part.subset(_spread(len(part)))) for part in parts])
        return train_lines(model, learn, watch, settings, draw)

    folder = runs_folder() / EXPERIMENT / profile
    return load_or_train(folder, config, LineExtractor(settings.widths), train)


def joined(parts: list[Pairs]) -> Pairs:
    """Put the pairs of several sources behind each other; all are of one size."""
    return Pairs(torch.cat([p.lineart for p in parts]), torch.cat([p.picture for p in parts]))


def _spread(count: int) -> np.ndarray:
    """Return at most `WATCHED` numbers, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, WATCHED)).round().astype(int))


def train_lines(
    model: LineExtractor, learn: Pairs, watch: Pairs, settings: LineSettings, draw: torch.Generator
) -> list[dict[str, float]]:
    """Train a line extractor.

    The goal is the artist's lineart itself, soft edges included: each pixel's share of ink is a
    chance, and the loss is its cross-entropy.

    Parameters
    ----------
    model : LineExtractor
        Changed in place.
    learn, watch : Pairs
        What to learn from, and what to measure on.
    settings : LineSettings
        Its `widths` and `seed` have done their work before: they are not read.
    draw : torch.Generator
        Draws windows and changes.

    Returns
    -------
    list of dict
        At most twenty entries, as `line_extractor` describes them.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=settings.learning_rate, total_steps=settings.updates, pct_start=0.15
    )
    every = max(5, math.ceil(settings.updates / 20))
    metrics: list[dict[str, float]] = []
    recent: list[float] = []
    model.train()
    for update in range(1, settings.updates + 1):
        lineart, picture = windows(learn, settings, draw)
        loss = ink_loss(model, lineart, picture)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        recent.append(loss.item())
        if update % every == 0 or update == settings.updates:
            entry = {"update": update, "train_loss": sum(recent) / len(recent)}
            metrics.append(entry | measure(model, watch))
            recent.clear()
            _LOG.info(
                "update %d of %d: loss %.4f, F of watched pictures %.4f",
                update,
                settings.updates,
                entry["train_loss"],
                metrics[-1]["watch_f"],
            )
    return metrics


def ink_loss(model: LineExtractor, lineart: Tensor, picture: Tensor) -> Tensor:
    """Return the mean cross-entropy of the ink, in nats a pixel."""
    share = (1 - lineart) / 2  # 1 is full ink
    return binary_cross_entropy_with_logits(model.logits(picture), share)


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
    for row in range(len(pairs)):
        lineart, picture = (
            images.to_signed(plane[row : row + 1]) for plane in (pairs.lineart, pairs.picture)
        )
        losses.append(ink_loss(model, lineart, picture).item())
        found = model(picture)[0].numpy()
        agreed.append(lines_agree(found, lineart[0].numpy()).f)
    return {"watch_loss": float(np.mean(losses)), "watch_f": float(np.mean(agreed))}
