"""Drawings with hints and fills, made once and kept in memory, and batches drawn from them.

What a fill makes of hints hangs on lines and places, not on colours. So the fills are asked once
for each drawing, and colours may be turned afterwards, picture, hints and fills together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lineart_lib import images
from lineart_lib.models.fewsteps import Given, given
from lineart_lib.recipe.choices import Choices, choices, mirrored, stack
from lineart_lib.recipe.damage import damaged
from lineart_lib.recipe.flats import median_colours, paint
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.training.feed import BatchOf, share


@dataclass(frozen=True)
class Scenes:
    """Drawings of one size; each first axis counts them."""

    choices: Choices
    """Lines, hints and fills."""
    colour: Tensor
    """uint8 (N, 3, H, W): the layer without lines."""
    picture: Tensor
    """uint8 (N, 3, H, W): with the artist's lines."""

    def __len__(self) -> int:
        return len(self.colour)


class Scene(NamedTuple):
    """A batch to learn from."""

    given: Given
    colour: Tensor
    """float32 (B, 3, H, W), in [-1, 1]: what to paint."""


@dataclass(frozen=True)
class Staging:
    """How drawings become scenes; all are shares in [0, 1]."""

    bare: float = 0.25
    """Of the drawings: they get no hint at all."""
    damage: float = 0.25
    """Of the drawings: their lines are damaged."""
    turned: float = 0.7
    """Of the hinted drawings in a batch: their colours are turned, so that hints decide, not
    habits. Those without hints keep their colours, so that habits can be learned."""
    masked: float = 0.3
    """Of the drawings in a batch: a box alone is to be painted, or all but a box."""

    def __post_init__(self) -> None:
        for name in ("bare", "damage", "turned", "masked"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1]; got {getattr(self, name)}")


def random_strokes(
    colour: NDArray[np.floating], regions: NDArray[np.integer], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Hint some regions, each by a short straight stroke within it, in its median colour.

    The share of the regions is the square of an even draw, so that few hints are common; one region
    at least is hinted, and large ones come first more often than not.

    Parameters
    ----------
    colour : ndarray
        (3, H, W), in [-1, 1].
    regions : ndarray
        (H, W): 1 to n, each present; 0 is bare paper.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
        float32 (4, H, W), premultiplied, mask in {0, 1}; all zeros without any region.
    """
    count = int(regions.max())
    marks = np.zeros(regions.shape, np.int32)
    if count:
        areas = np.bincount(regions.ravel(), minlength=count + 1)[1:]
        wanted = max(1, math.ceil(rng.random() ** 2 * count))
        # Sorting by area to a random power: weighted draws without replacement.
        order = np.argsort(-(rng.random(count) ** (1 / areas)), kind="stable")
        for label in order[:wanted] + 1:
            rows, columns = np.nonzero(regions == label)
            ends = rng.integers(len(rows), size=2)
            if rng.random() < 0.3:
                ends[1] = ends[0]  # A dot.
            samples = np.linspace(0, 1, 1 + int(max(regions.shape)))
            y, x = (
                np.rint(at[ends[0]] + samples * (at[ends[1]] - at[ends[0]])).astype(int)
                for at in (rows, columns)
            )
            inside = regions[y, x] == label
            marks[y[inside], x[inside]] = label
    if not marks.any():
        return np.zeros((4, *regions.shape), np.float32)
    colours = median_colours(colour, regions)
    return images.join_hints(paint(marks, colours), images.to_mask(marks > 0))


def make_scenes(pictures: Pictures, staging: Staging, rng: np.random.Generator) -> Scenes:
    """Hint every drawing once, and ask the fills.

    Parameters
    ----------
    pictures : Pictures
        Of one size.
    staging : Staging
        Its `bare` and `damage` are used here.
    rng : numpy.random.Generator
        Draws strokes and damage.
    """
    found = []
    for number in range(len(pictures)):
        art = pictures.row(number)
        lines, colour = images.to_lineart(art.lineart), images.to_picture(art.colour)
        if rng.random() < staging.damage:
            lines = damaged(lines, rng)
        hints = random_strokes(colour, art.regions, rng)
        if rng.random() < staging.bare:
            hints = np.zeros_like(hints)
        found.append(choices(lines, hints))
    planes = (
        torch.from_numpy(images.to_planes(p)) for p in (pictures.colour, pictures.illustration)
    )
    return Scenes(stack(found), *planes)


def joined(parts: Sequence[Scenes]) -> Scenes:
    """Put the scenes of several sources behind each other; all are of one size."""
    return Scenes(
        stack([part.choices for part in parts]),
        torch.cat([part.colour for part in parts]),
        torch.cat([part.picture for part in parts]),
    )


def spread(pictures: Pictures, most: int) -> Pictures:
    """Take at most so many drawings, evenly spread over the part; 0 takes all."""
    return pictures.spread(most) if most else pictures


def scenes_by_step(scenes: Scenes, size: int, staging: Staging, seed: int) -> BatchOf:
    """Say which scenes each step sees: drawn with replacement, mirrored, turned and masked.

    Parameters
    ----------
    scenes : Scenes
    size : int
        Scenes in the batch of all ranks together, at least 1.
    staging : Staging
        Its `turned` and `masked` are used here.
    seed : int
        Decides every draw.

    Returns
    -------
    callable
        A `BatchOf` that returns `Scene`.
    """

    def batch_of(step: int, rank: int, ranks: int) -> Scene:
        place = np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)
        draw = torch.Generator().manual_seed(int(place[0] >> np.uint64(1)))
        rows = torch.randint(len(scenes), (size,), generator=draw)
        scene = staged(
            scenes.choices.rows(rows),
            images.to_signed(scenes.colour[rows]),
            images.to_signed(scenes.picture[rows]),
            staging,
            draw,
        )
        return share(scene, rank, ranks)

    return batch_of


def staged(
    found: Choices, colour: Tensor, picture: Tensor, staging: Staging, draw: torch.Generator
) -> Scene:
    """Mirror, turn colours and mask a batch; arguments as in `Scenes`, but float32 in [-1, 1]."""
    count, _, height, width = colour.shape
    chosen = torch.rand(count, generator=draw) < 0.5
    found = found.mirrored(chosen)
    colour, picture = mirrored(colour, chosen), mirrored(picture, chosen)
    turned = (torch.rand(count, generator=draw) < staging.turned) & (found.counts > 0)
    matrix = turns(turned, draw)
    table = (found.colours @ matrix.transpose(1, 2)).clamp(-1, 1)
    colour, picture = (
        (matrix @ plane.flatten(2)).clamp(-1, 1).view_as(plane) for plane in (colour, picture)
    )
    mask = boxes(torch.rand(count, generator=draw) < staging.masked, (height, width), draw)
    composite = torch.where(mask.bool(), found.lineart.expand(-1, 3, -1, -1), picture)
    return Scene(given(found._replace(colours=table), mask, composite), colour)


def turns(chosen: Tensor, draw: torch.Generator) -> Tensor:
    """Draw turns of RGB about its grey axis, by any angle, with more or less saturation.

    Parameters
    ----------
    chosen : Tensor
        bool (B,): the others get the identity.
    draw : torch.Generator

    Returns
    -------
    Tensor
        (B, 3, 3), which leave greys as they are.
    """
    angle, factor = torch.rand(2, len(chosen), generator=draw)
    angle, factor = 2 * math.pi * angle, 0.6 + 0.6 * factor
    mean = torch.full((3, 3), 1 / 3)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    # Rodrigues' formula about (1, 1, 1) / √3; the part along the axis, the mean, is kept.
    turn = torch.cos(angle)[:, None, None] * (torch.eye(3) - mean)
    turn = mean + factor[:, None, None] * (turn + torch.sin(angle)[:, None, None] * cross)
    return torch.where(chosen[:, None, None], turn, torch.eye(3))


def boxes(chosen: Tensor, size: tuple[int, int], draw: torch.Generator) -> Tensor:
    """Draw masks: a box to paint in, or, as often, all but a box; everything where not chosen.

    Parameters
    ----------
    chosen : Tensor
        bool (B,).
    size : (int, int)
        Height and width. A box has a quarter to three quarters of each.
    draw : torch.Generator

    Returns
    -------
    Tensor
        float32 (B, 1, *size), in {0, 1}.
    """
    chance = torch.rand(5, len(chosen), generator=draw)
    inside = torch.ones(len(chosen), 1, *size, dtype=torch.bool)
    for axis, length in enumerate(size):
        side = 0.25 + 0.5 * chance[2 * axis]
        start = chance[2 * axis + 1] * (1 - side)
        place = (torch.arange(length) + 0.5) / length
        within = (place >= start[:, None]) & (place < (start + side)[:, None])  # (B, length)
        inside &= within[:, None, :, None] if axis == 0 else within[:, None, None, :]
    box = torch.where(chance[4].lt(0.5)[:, None, None, None], inside, ~inside)
    return torch.where(chosen[:, None, None, None], box, True).float()
