"""Measures of a text: how surprising it was, with an interval, and how much of it is a copy."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def bootstrap_mean(
    blocks: Sequence[NDArray[np.float64]], rng: np.random.Generator, resamples: int = 1000
) -> tuple[float, float, float]:
    """Return the mean over all signs and its 95 % interval, drawing whole blocks.

    Signs of one block are alike, so the block and not the sign is what is drawn again.

    Parameters
    ----------
    blocks : sequence of ndarray
        Bits of each sign, one array (signs,) for each block; or differences of bits.
    rng : numpy.random.Generator
        Draws the blocks.
    resamples : int
        Draws, at least 1.

    Returns
    -------
    mean, low, high : float
        In the unit of the input.
    """
    sums = np.array([block.sum() for block in blocks])
    sizes = np.array([len(block) for block in blocks])
    picks = rng.integers(len(blocks), size=(resamples, len(blocks)))
    means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(sums.sum() / sizes.sum()), float(low), float(high)


def longest_copy(text: str, source: str) -> str:
    """Return the longest run of signs of a text that stands in the source word for word."""
    best = ""
    for start in range(len(text)):
        while start + len(best) < len(text) and text[start : start + len(best) + 1] in source:
            best = text[start : start + len(best) + 1]
    return best


def copied_share(text: str, source: str, length: int) -> float:
    """Return the share of a text's runs of some length that stand in the source, in [0, 1].

    Raises
    ------
    ValueError
        The text or the source is shorter than a run, or the length is below 1.
    """
    if not 1 <= length <= min(len(text), len(source)):
        raise ValueError(f"the length must lie in [1, {min(len(text), len(source))}]; got {length}")
    known = {source[at : at + length] for at in range(len(source) - length + 1)}
    runs = [text[at : at + length] in known for at in range(len(text) - length + 1)]
    return sum(runs) / len(runs)


def known_words(text: str, source: str, shortest: int = 4) -> float:
    """Return the share of a text's words that occur in the source, in [0, 1].

    Parameters
    ----------
    text, source : str
        Words are runs of letters; large and small ones are not told apart.
    shortest : int
        Words of fewer letters do not count: chance writes many of them rightly.

    Raises
    ------
    ValueError
        The text has no such word.
    """
    known = set(re.findall(r"[a-z]+", source.lower()))
    words = [word for word in re.findall(r"[a-z]+", text.lower()) if len(word) >= shortest]
    if not words:
        raise ValueError(f"the text has no word of at least {shortest} letters; got {text[:40]!r}")
    return sum(word in known for word in words) / len(words)
