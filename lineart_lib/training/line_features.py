"""Train F1 on what the recipe knows of drawings, and keep it.

References
----------
.. [1] Saito, Matsui, "Illustration2Vec: A Semantic Vector Representation of Illustrations", 2015,
   section 3: many labels, each with a cross-entropy of its own.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lineart_lib import images
from lineart_lib.models.line_features import BOOK, PAPER, LineFeatures, LineLabels, LineSize
from lineart_lib.recipe.pictures import load_pictures, prepared_manifest
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.line_labels import Labelled, joined, labelled, vocabulary
from lineart_lib.training.runs import CONFIG, WEIGHTS, Run, load_or_train, of_profile, runs_folder

EXPERIMENT = "line_features"
SOURCES = ("openmoji", "dicebear")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeatureSettings:
    """Everything that decides the weights of F1, but for the data."""

    widths: tuple[int, ...] = BOOK.widths
    """Channels at a half, a quarter, an eighth and a sixteenth of the size, multiples of 8."""
    words: int = 32
    """Most words to learn, at least 1."""
    least: int = 8
    """Drawings that a word must belong to, at least 1."""
    updates: int = 300
    """Steps of the optimizer, at least 1."""
    batch_size: int = 32
    """Drawings in a step, at least 1."""
    learning_rate: float = 2e-3
    """At the start, above 0; it falls to zero as a cosine."""
    seed: int = 0
    """Decides the first weights, the drawings and their mirrors."""

    def __post_init__(self) -> None:
        for name in ("words", "least", "updates", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate}")

    @property
    def size(self) -> LineSize:
        """Of the network."""
        return LineSize(self.widths, self.words)


PROFILES = {
    "smoke": FeatureSettings((8, 8, 16, 16), least=2, updates=8, batch_size=8),
    "book": FeatureSettings(),
    "paper": FeatureSettings(PAPER.widths, updates=50_000),
}
"""What each profile trains: seconds, minutes, and the dissertation's number of features."""


def line_features(profile: str, **changes: float) -> Run:
    """Return F1 of a profile, trained when it is not there yet.

    It learns from the training parts of OpenMoji and DiceBear.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings, and which prepared drawings. The run lies in
        `runs/line_features/<profile>/`.
    **changes
        Fields of `FeatureSettings` to set otherwise. Such a run replaces the profile's own.

    Returns
    -------
    Run
        Its model is a `LineFeatures` in evaluation mode. An entry of its metrics has `update`,
        `words` and `parts` (mean cross-entropies in nats since the entry before), and what
        `measure` returns of the validation parts.

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
    config = {"model": "LineFeatures", "data": sums, **asdict(settings)}

    def train(model: LineFeatures) -> list[dict[str, float]]:
        draw = generator(settings.seed)
        model.load_state_dict(LineFeatures(settings.size, draw).state_dict())
        learn, watch = (
            [load_pictures(source, profile, part, data) for source in SOURCES]
            for part in ("train", "validation")
        )
        told = [words for part in learn for words in part.words]
        known = vocabulary(told, settings.least, settings.words)
        _LOG.info("words to learn: %s", ", ".join(known))
        learn, watch = (
            joined([labelled(part, known, settings.words) for part in parts])
            for parts in (learn, watch)
        )
        return train_features(model, learn, watch, settings, draw)

    folder = runs_folder() / EXPERIMENT / profile
    return load_or_train(folder, config, LineFeatures(settings.size), train)


def trained_line_features(profile: str) -> tuple[LineFeatures, dict[str, Any]]:
    """Load F1 of a profile and the settings it came from; no data are needed for that.

    Raises
    ------
    FileNotFoundError
        It was not trained; the message names the command that does it.
    """
    folder = runs_folder() / EXPERIMENT / profile
    if not (folder / WEIGHTS).is_file():
        raise FileNotFoundError(
            f"expected trained weights in {folder}, found none: train them with "
            f"`lineart train {EXPERIMENT} --profile {profile}`"
        )
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    model = LineFeatures(LineSize(tuple(config["widths"]), config["words"]))
    model.load_state_dict(load_file(folder / WEIGHTS))
    return model.eval(), config


def label_loss(told: LineLabels, words: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cross-entropies of words and of parts, in nats.

    Parameters
    ----------
    told : LineLabels
        What the network says.
    words, parts : Tensor
        As in `Labelled`; rows of NaN are left out.

    Returns
    -------
    words, parts : Tensor
        Means over words and drawings that are known, and over squares; 0 for words when nothing is
        known of any.
    """
    known = ~words.isnan()
    each = binary_cross_entropy_with_logits(told.words, words.nan_to_num(), reduction="none")
    by_word = (each * known).sum() / known.sum().clamp(min=1)
    return by_word, -(parts * told.parts.log_softmax(dim=1)).sum(1).mean()


def train_features(
    model: LineFeatures,
    learn: Labelled,
    watch: Labelled,
    settings: FeatureSettings,
    draw: torch.Generator,
) -> list[dict[str, float]]:
    """Minimise both cross-entropies with AdamW.

    Half of the drawings of a batch are mirrored, their parts with them.

    Parameters
    ----------
    model : LineFeatures
        Changed in place.
    learn, watch : Labelled
        What to learn from, and what to measure on.
    settings : FeatureSettings
        Its sizes and its seed have done their work before: they are not read.
    draw : torch.Generator
        Draws drawings and mirrors.

    Returns
    -------
    list of dict
        At most ten entries, as `line_features` describes them.
    """
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.updates)
    every = max(5, math.ceil(settings.updates / 10))
    metrics: list[dict[str, float]] = []
    recent: list[list[float]] = []
    for update in range(1, settings.updates + 1):
        rows = torch.randint(len(learn.lineart), (settings.batch_size,), generator=draw)
        lineart, parts = images.to_signed(learn.lineart[rows]), learn.parts[rows]
        turned = (torch.rand(len(rows), generator=draw) < 0.5)[:, None, None, None]
        lineart = torch.where(turned, lineart.flip(3), lineart)
        parts = torch.where(turned, parts.flip(3), parts)
        by_word, by_part = label_loss(model(lineart), learn.words[rows], parts)
        optimizer.zero_grad(set_to_none=True)
        (by_word + by_part).backward()
        optimizer.step()
        schedule.step()
        recent.append([by_word.item(), by_part.item()])
        if update % every == 0 or update == settings.updates:
            words, parts = np.mean(recent, axis=0).tolist()
            metrics.append({"update": update, "words": words, "parts": parts})
            metrics[-1] |= measure(model, watch)
            recent.clear()
            _LOG.info("update %d of %d: %s", update, settings.updates, metrics[-1])
    return metrics


@torch.inference_mode()
def measure(model: LineFeatures, data: Labelled, batch_size: int = 64) -> dict[str, float]:
    """Say how well drawings are told that are not learned from.

    Returns
    -------
    dict
        ``watch_words`` and ``watch_parts``, the cross-entropies in nats, and ``watch_right``, the
        share of squares whose largest part is told.
    """
    was_training = model.training
    model.eval()
    chunks = torch.arange(len(data.lineart)).split(batch_size)
    told = [model(images.to_signed(data.lineart[rows])) for rows in chunks]
    model.train(was_training)
    told = LineLabels(*map(torch.cat, zip(*told, strict=True)))
    by_word, by_part = label_loss(told, data.words, data.parts)
    right = (told.parts.argmax(1) == data.parts.argmax(1)).float().mean()
    return {
        "watch_words": by_word.item(),
        "watch_parts": by_part.item(),
        "watch_right": right.item(),
    }
