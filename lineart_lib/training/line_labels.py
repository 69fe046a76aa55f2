"""What the recipe knows of drawings, as numbers that a network can learn: words, and parts.

References
----------
.. [1] Saito, Matsui, "Illustration2Vec: A Semantic Vector Representation of Illustrations", 2015,
   section 3: labels of which any number may hold at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, one_hot, pad

from lineart_lib import images
from lineart_lib.models.line_features import REDUCTION
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


def labelled(pictures: Pictures, known: Sequence[str], width: int) -> Labelled:
    """Take the linearts of prepared drawings, and their labels.

    Parameters
    ----------
    pictures : Pictures
    known : sequence of str
        A vocabulary.
    width : int
        Columns of the words, as many as the network has; those beyond the vocabulary are unknown.

    Raises
    ------
    ValueError
        The vocabulary is longer than that, or a side is no multiple of 16.
    """
    if len(known) > width:
        raise ValueError(f"the network tells {width} words; got {len(known)}: choose fewer")
    words = word_labels(pictures.words, known)
    return Labelled(
        torch.from_numpy(images.to_planes(pictures.lineart)),
        pad(words, (0, width - len(known)), value=float("nan")),
        part_shares(pictures.parts),
    )


def joined(sources: Sequence[Labelled]) -> Labelled:
    """Put the drawings of several sources behind each other; all are of one size."""
    return Labelled(*map(torch.cat, zip(*sources, strict=True)))


def _apart(told: Sequence[str]) -> frozenset[str]:
    """Return the words of phrases, without those that no lineart shows."""
    return frozenset(re.findall(r"[a-z]+", " ".join(told).lower())) - UNSEEN
