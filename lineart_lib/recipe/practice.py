"""Hinted linearts to practise on: any share of the regions, any kind of lines, neat or careless.

What is measured is hinted by rule (`lineart_lib.recipe.hints.region_hints`). To learn, everything
is drawn by chance, so that a network meets more than the measurement will show it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.recipe.artwork import Artwork
from lineart_lib.recipe.carelessness import Carelessness, careless_mark
from lineart_lib.recipe.choices import with_surroundings
from lineart_lib.recipe.damage import damaged
from lineart_lib.recipe.hints import region_hints
from lineart_lib.recipe.lineart import extract
from lineart_lib.recipe.stencils import Stencils, stencil


@dataclass(frozen=True)
class Practice:
    """How often what comes; each a share in [0, 1]."""

    damaged: float = 0.4
    """Linearts that are damaged."""
    extracted: float = 0.2
    """Linearts that are drawn anew from the finished picture."""
    bare: float = 0.1
    """Drawings without any hint of their own; an opened one is hinted from around."""
    complete: float = 0.25
    """Drawings with every region hinted; the others have a random number of hints."""
    largest: float = 0.8
    """Of these, the ones whose largest regions are hinted; else regions are drawn by chance."""
    dots: float = 0.4
    """Drawings that are hinted by dots, not by scribbles."""
    careless: float = 0.3
    """Drawings that a hurried hand hints."""
    opened: float = 0.1
    """Finished pictures of which a part is open: hints are there, and what stands around it."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1]; got {getattr(self, name)}")
        for first, second in (("damaged", "extracted"), ("bare", "complete")):
            if getattr(self, first) + getattr(self, second) > 1:
                raise ValueError(f"{first} and {second} must sum to 1 at most; got {self}")


def practice_lines(
    art: Artwork, draw: np.random.Generator, settings: Practice
) -> NDArray[np.float32]:
    """Return lines to colour: the artist's, damaged, or extracted; (1, H, W), in [-1, 1]."""
    lines, chance = images.to_lineart(art.lineart), draw.random()
    if chance < settings.damaged:
        return damaged(lines, draw)
    if chance < settings.damaged + settings.extracted:
        return extract(images.to_picture(art.illustration))
    return lines


def practice_hints(
    art: Artwork, draw: np.random.Generator, settings: Practice
) -> NDArray[np.float32]:
    """Hint some of the regions of a drawing by chance.

    Parameters
    ----------
    art : Artwork
    draw : numpy.random.Generator
        Draws everything; equal states give equal hints.
    settings : Practice

    Returns
    -------
    ndarray
        float32, (4, H, W), premultiplied, mask in {0, 1}; a hint has its region's median colour.
    """
    areas = np.bincount(art.regions.ravel(), minlength=1)[1:]
    kind, wanted, by_size, dots, careless = draw.random(5)
    count = int(np.ceil(wanted * len(areas)))
    if kind < settings.bare:
        count = 0
    elif kind < settings.bare + settings.complete:
        count = len(areas)
    order = draw.permutation(len(areas))
    if by_size < settings.largest:
        order = np.argsort(-areas, kind="stable")
    numbers = np.zeros(len(areas) + 1, np.int32)
    numbers[order[:count] + 1] = np.arange(1, count + 1)
    labels = numbers[art.regions]
    colour = images.to_picture(art.colour)
    hints = region_hints(colour, labels, 1.0, "dot" if dots < settings.dots else "scribble")
    if careless >= settings.careless:
        return hints
    found = np.zeros_like(hints)
    for number in range(1, count + 1):
        mark = (labels == number) & (hints[3] > 0)
        moved = careless_mark(mark, draw, Carelessness())
        found[:3, moved] = hints[:3, mark][:, :1]
        found[3, moved] = 1
    return found


def practice_surroundings(
    art: Artwork,
    lines: NDArray[np.floating],
    hints: NDArray[np.floating],
    draw: np.random.Generator,
    settings: Practice,
) -> NDArray[np.float32]:
    """Open a part of some of the finished pictures, and let what stands around it be hints.

    Parameters
    ----------
    art : Artwork
    lines, hints : ndarray
        As `practice_lines` and `practice_hints` return them.
    draw : numpy.random.Generator
    settings : Practice

    Returns
    -------
    ndarray
        Hints as before, or those within a mask and the colours around it; see
        `lineart_lib.recipe.choices.with_surroundings`.
    """
    if draw.random() >= settings.opened:
        return np.asarray(hints, np.float32)
    mask = stencil(lines.shape[1:], draw, Stencils(whole=0))
    return with_surroundings(lines, hints * mask, mask, images.to_picture(art.illustration))
