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
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lineart_lib import images
from lineart_lib.models.line_features import BOOK, PAPER, LineFeatures, LineLabels, LineSize
from lineart_lib.recipe.pictures import load_pictures, prepared_manifest
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.feed import BatchOf, drawing, share
from lineart_lib.training.line_labels import Labelled, joined, labelled, vocabulary
from lineart_lib.training.loop import fit
from lineart_lib.training.players import Terms
from lineart_lib.training.runs import (
    CONFIG,
    Run,
    fill_model,
    of_profile,
    runs_folder,
    trained_folder,
)
from lineart_lib.training.settings import LoopSettings

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
    """Drawings in a step, of all processes together, at least 1."""
    learning_rate: float = 2e-3
    """The highest one, above 0; it rises soon, then falls as a cosine."""
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
        As `train_features` returns it.

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

    @cache
    def parts() -> tuple[Labelled, Labelled]:
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
        return learn, watch

    return train_features(
        LineFeatures(settings.size, generator(settings.seed)),
        parts,
        settings,
        runs_folder() / EXPERIMENT / profile,
        {"model": "LineFeatures", "data": sums},
    )


def trained_line_features(profile: str) -> tuple[LineFeatures, dict[str, Any]]:
    """Load F1 of a profile and the settings it came from; no data are needed for that.

    Raises
    ------
    FileNotFoundError
        It was not trained; the message names the command that does it.
    ValueError
        The weights do not fit their settings.
    """
    folder = trained_folder(EXPERIMENT, profile)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    model = LineFeatures(LineSize(tuple(config["widths"]), config["words"]))
    fill_model(model, folder)
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
    parts: Callable[[], tuple[Labelled, Labelled]],
    settings: FeatureSettings,
    folder: Path,
    config: Mapping[str, Any],
) -> Run:
    """Minimise both cross-entropies, or go on with it, or find that it is done.

    Parameters
    ----------
    model : LineFeatures
        Changed in place.
    parts : callable
        Returns what to learn from, and what to measure on; not called when the run is there.
    settings : FeatureSettings
    folder : Path
        Of the run; one of other settings is replaced.
    config : mapping
        What else decides the weights.

    Returns
    -------
    Run
        Its model is the network in evaluation mode. An entry of its metrics, of which there are at
        most ten, has `words` and `parts` (mean cross-entropies in nats since the entry before),
        what `measure` returns of the second part, and what `lineart_lib.training.loop.play` tells.
    """
    every = max(5, math.ceil(settings.updates / 10))
    loop = LoopSettings(
        steps=settings.updates,
        learning_rate=settings.learning_rate,
        ema=0.99,
        seed=settings.seed,
        log_every=every,
        sample_every=every,
    )
    return fit(
        model,
        labelled_by_step(lambda: parts()[0], settings),
        _terms,
        loop,
        folder,
        measure=lambda model, _: measure(model, parts()[1]),
        config={**config, **asdict(settings)},
        replace=True,
    )


def _terms(model: LineFeatures, batch: Labelled) -> Terms:
    by_word, by_part = label_loss(model(images.to_signed(batch.lineart)), batch.words, batch.parts)
    return {"loss": by_word + by_part, "words": by_word, "parts": by_part}


def labelled_by_step(drawings: Callable[[], Labelled], settings: FeatureSettings) -> BatchOf:
    """Say what each step learns from; half of the drawings are mirrored, their parts with them."""

    def batch_of(step: int, rank: int, ranks: int) -> Labelled:
        known, draw = drawings(), drawing(settings.seed, step)
        rows = torch.randint(len(known.lineart), (settings.batch_size,), generator=draw)
        turned = (torch.rand(len(rows), generator=draw) < 0.5)[:, None, None, None]
        lineart, parts = (
            torch.where(turned, plane.flip(3), plane)
            for plane in (known.lineart[rows], known.parts[rows])
        )
        return share(Labelled(lineart, known.words[rows], parts), rank, ranks)

    return batch_of


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
    device = next(model.parameters()).device
    chunks = data.lineart.split(batch_size)
    told = [model(images.to_signed(chunk).to(device)) for chunk in chunks]
    model.train(was_training)
    told = LineLabels(*(torch.cat(each).cpu() for each in zip(*told, strict=True)))
    by_word, by_part = label_loss(told, data.words, data.parts)
    right = (told.parts.argmax(1) == data.parts.argmax(1)).float().mean()
    return {
        "watch_words": by_word.item(),
        "watch_parts": by_part.item(),
        "watch_right": right.item(),
    }
