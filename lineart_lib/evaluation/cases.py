"""The test sets: drawings that nobody trained on, as they are, re-drawn, and damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.evaluation.hinting import named_generator
from lineart_lib.evaluation.scores import Case
from lineart_lib.recipe.damage import damaged
from lineart_lib.recipe.lineart import extract
from lineart_lib.recipe.pictures import Pictures

Extractor = Callable[[NDArray[np.floating]], NDArray[np.float32]]
"""Draws lines (1, H, W) from an illustration (3, H, W)."""


def _learned(profile: str) -> Extractor:
    """Take the network of a profile, trained when it is not there yet."""
    from lineart_lib.models.line_extractor import extract_lines  # PyTorch, for this one alone
    from lineart_lib.training.lines import line_extractor

    return partial(extract_lines, model=line_extractor(profile).model)


EXTRACTORS: dict[str, Callable[[str], Extractor]] = {
    "xdog": lambda profile: extract,
    "learned": _learned,
}
"""What may draw the lines of T3, by name: takes a profile, returns the extractor."""

SETS = {
    "T1": "OpenMoji, the artists' lines",
    "T2": "DiceBear, styles that nobody trained on",
    "T3": "both, lines extracted from the picture",
    "T4": "both, lines and hints damaged",
}
"""The test sets, by the names that tables give them."""


def artist_cases(pictures: Pictures) -> list[Case]:
    """Take drawings as they are: the lines are the artist's (T1, T2)."""
    cases = []
    for number in range(len(pictures)):
        art = pictures.row(number)
        lines = images.to_lineart(art.lineart)
        cases.append(Case(art.name, lines, lines, images.to_picture(art.colour), art.regions))
    return cases


def extractor(name: str, profile: str) -> Extractor:
    """Return what draws lines.

    Parameters
    ----------
    name : str
        One of `EXTRACTORS`: `xdog` with the dissertation's numbers, or `learned`, the network of
        `lineart_lib.training.lines`.
    profile : {"smoke", "book", "paper"}
        Of the network.

    Raises
    ------
    ValueError
        There is no such extractor or profile.
    FileNotFoundError
        The network is not trained, and a source that it learns from is not prepared.
    """
    if name not in EXTRACTORS:
        raise ValueError(f"extractor must be one of {', '.join(EXTRACTORS)}; got {name!r}")
    return EXTRACTORS[name](profile)


def extracted_cases(pictures: Pictures, draw: Extractor = extract) -> list[Case]:
    """Draw the lines anew from the finished picture, as for scraped art (T3).

    Parameters
    ----------
    pictures : Pictures
    draw : callable
        XDoG by default; see `extractor`.
    """
    return [
        replace(case, lineart=draw(images.to_picture(pictures.illustration[number])))
        for number, case in enumerate(artist_cases(pictures))
    ]


def damaged_cases(pictures: Pictures, seed: int = 0) -> list[Case]:
    """Damage the lines: gaps, lost strokes, jitter, uneven width (T4).

    Each drawing draws from a generator of its own name, so that a subset is damaged alike.
    """
    return [
        replace(case, lineart=damaged(case.lineart, named_generator(case.name, seed)))
        for case in artist_cases(pictures)
    ]
