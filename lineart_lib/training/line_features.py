"""Train F1 on what the recipe knows of a drawing: its words, and where its parts are.

References
----------
.. [1] Saito, Matsui, "Illustration2Vec: A Semantic Vector Representation of Illustrations", 2015,
   section 3: many labels, each with a cross-entropy of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, one_hot

from lineart_lib import images
from lineart_lib.models.line_features import REDUCTION, LineFeatures, LineLabels
from lineart_lib.recipe.artwork import PARTS
from lineart_lib.recipe.pictures import Pictures

UNSEEN = frozenset(
    re.findall(
        "[a-z]+",
        "a and black blue brown creator custom for free generator green grey in of on or "
        "orange purple red symbol the unified with without white yellow",
    )
)
"""Words that no lineart shows: colours, and words that only join others."""


class Labelled(NamedTuple):
    """Drawings and what is known of them."""

    lineart: Tensor
    """uint8 (N, 1, H, W)."""
    words: Tensor
    """float32 (N, words), in {0, 1}; a row of nothing but NaN where nothing is known."""
    parts: Tensor
    """float32 (N, parts, H / 16, W / 16): shares that sum to 1."""


def vocabulary(words: Sequence[Sequence[str]], least: int = 8, most: int = 32) -> tuple[str, ...]:
    """Choose the words that come often enough to be learned, and not always.

    Parameters
    ----------
    words : sequence of sequences of str
        What is known of each drawing; a phrase is taken apart.
    least : int
        Drawings that a word must belong to, and as many must do without it.
    most : int
        Words to keep, the most frequent ones; of equally frequent ones the first by the alphabet.

    Returns
    -------
    tuple of str
        Lower case, from the most frequent down.

    Raises
    ------
    ValueError
        No word is frequent enough.
    """
    known = [_apart(told) for told in words if told]
    counts = Counter(word for told in known for word in told)
    often = [
        word
        for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if least <= count <= len(known) - least
    ]
    if not often:
        raise ValueError(
            f"no word belongs to at least {least} of {len(known)} drawings and is missing in as "
            "many: lower `least`"
        )
    return tuple(often[:most])


def word_labels(words: Sequence[Sequence[str]], known: Sequence[str]) -> Tensor:
    """Write words as numbers.

    Parameters
    ----------
    words : sequence of sequences of str
        Of each drawing; nothing at all means that nothing is known.
    known : sequence of str
        A vocabulary.

    Returns
    -------
    Tensor
        float32 (N, len(known)), in {0, 1}, NaN in the rows of which nothing is known.
    """
    rows = [
        [float(word in told) for word in known] if told else [float("nan")] * len(known)
        for told in map(_apart, words)
    ]
    return torch.tensor(rows)


def part_shares(parts: NDArray[np.uint8]) -> Tensor:
    """Return each part's share of each square of 16 × 16 pixels.

    Parameters
    ----------
    parts : ndarray
        uint8 (N, H, W), indices into `PARTS`; the sides are multiples of 16.

    Returns
    -------
    Tensor
        float32 (N, len(PARTS), H / 16, W / 16); sums to 1 over the parts.

    Raises
    ------
    ValueError
        A side is no multiple of 16.
    """
    if any(side % REDUCTION for side in parts.shape[1:]):
        raise ValueError(f"sides must be multiples of {REDUCTION}; got {parts.shape[1:]}")
    chunks = torch.from_numpy(parts).split(256)  # one-hot planes are eight bytes a pixel
    return torch.cat(
        [
            avg_pool2d(one_hot(chunk.long(), len(PARTS)).movedim(-1, 1).float(), REDUCTION)
            for chunk in chunks
        ]
    )


def labelled(pictures: Pictures, known: Sequence[str]) -> Labelled:
    """Take the linearts of prepared drawings, and their labels."""
    return Labelled(
        torch.from_numpy(images.to_planes(pictures.lineart)),
        word_labels(pictures.words, known),
        part_shares(pictures.parts),
    )


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


@dataclass(frozen=True)
class LineProgress:
    """Where a training of F1 stands, in nats."""

    update: int
    words: float
    """Cross-entropy of a word, mean over the last updates."""
    parts: float
    """Cross-entropy of a square, mean over the last updates."""


def fit(
    model: LineFeatures,
    data: Labelled,
    *,
    updates: int,
    batch_size: int,
    learning_rate: float,
    rng: torch.Generator,
    every: int = 50,
) -> list[LineProgress]:
    """Minimise both cross-entropies with AdamW; the rate falls to zero as a cosine.

    Half of the drawings of a batch are mirrored, their parts with them.

    Parameters
    ----------
    model : LineFeatures
        Changed in place.
    data : Labelled
    updates, batch_size, every : int
        At least 1. The history has an entry after each `every` updates and after the last.
    learning_rate : float
        At the start.
    rng : torch.Generator
        Draws drawings and mirrors.

    Returns
    -------
    list of LineProgress

    Raises
    ------
    ValueError
        A number is below its least value.
    """
    if min(updates, batch_size, every) < 1:
        raise ValueError(
            "updates, batch_size and every must be at least 1; "
            f"got {updates}, {batch_size} and {every}"
        )
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    history, recent = [], []
    for update in range(1, updates + 1):
        rows = torch.randint(len(data.lineart), (batch_size,), generator=rng)
        lineart, parts = images.to_signed(data.lineart[rows]), data.parts[rows]
        turned = (torch.rand(batch_size, generator=rng) < 0.5)[:, None, None, None]
        lineart = torch.where(turned, lineart.flip(3), lineart)
        parts = torch.where(turned, parts.flip(3), parts)
        losses = label_loss(model(lineart), data.words[rows], parts)
        optimizer.zero_grad(set_to_none=True)
        sum(losses).backward()
        optimizer.step()
        schedule.step()
        recent.append([loss.item() for loss in losses])
        if update % every == 0 or update == updates:
            history.append(LineProgress(update, *np.mean(recent, axis=0).tolist()))
            recent = []
    return history


def _apart(told: Sequence[str]) -> frozenset[str]:
    """Return the words of phrases, without those that no lineart shows."""
    return frozenset(re.findall(r"[a-z]+", " ".join(told).lower())) - UNSEEN
