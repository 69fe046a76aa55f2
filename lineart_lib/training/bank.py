"""A bank of hinted linearts to learn from, drawn before the training starts.

The fills that a network listens to take longer than one of its steps.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lineart_lib import images
from lineart_lib.recipe.choices import Choices, choices, stack
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.practice import (
    Practice,
    practice_hints,
    practice_lines,
    practice_surroundings,
)
from lineart_lib.runtime import cpu_threads, set_threads

FEW = 32
"""Hinted linearts that are drawn before another process has started."""


@dataclass(frozen=True)
class Bank:
    """Hinted linearts of drawings, and which drawing each is of."""

    choices: Choices
    rows: Tensor
    """int64 (N,)."""
    colour: Tensor
    """uint8 (D, 3, H, W), of the drawings."""
    flats: Tensor
    """uint8 (D, 3, H, W)."""
    paper: Tensor
    """bool (D, 1, H, W): where the artist's lineart is bare."""

    def __len__(self) -> int:
        return len(self.rows)


def draw_bank(pictures: Pictures, draws: int, practice: Practice, seed: int) -> Bank:
    """Hint every drawing some times, and ask the fills.

    Many are drawn in as many processes as `lineart_lib.runtime.cpu_threads` says.

    Parameters
    ----------
    pictures : Pictures
    draws : int
        Hinted linearts of each drawing, at least 1.
    practice : Practice
    seed : int
        Every hinted lineart has a generator of its own, so their number changes none of them.
    """
    work = [(row, number) for number in range(draws) for row in range(len(pictures))]
    parts = np.array_split(np.array(work), max(1, min(len(work), 4 * cpu_threads())))
    jobs = [
        (pictures.subset(part[:, 0]), [(seed, *place) for place in part.tolist()]) for part in parts
    ]
    each = partial(_hinted, practice=practice)
    if cpu_threads() == 1 or len(work) < FEW:
        found = list(map(each, *zip(*jobs, strict=True)))
    else:
        spawn = multiprocessing.get_context("spawn")
        one_thread = {"initializer": set_threads, "initargs": (1,)}
        with ProcessPoolExecutor(cpu_threads(), mp_context=spawn, **one_thread) as pool:
            found = list(pool.map(each, *zip(*jobs, strict=True)))
    colour, flats = (
        torch.from_numpy(images.to_planes(plane)) for plane in (pictures.colour, pictures.flats)
    )
    paper = torch.from_numpy(pictures.lineart == 255)[:, None]
    rows = torch.tensor([row for row, _ in work])
    return Bank(stack([_as_choices(part) for part in found]), rows, colour, flats, paper)


def _hinted(
    pictures: Pictures, seeds: Sequence[tuple[int, ...]], practice: Practice
) -> dict[str, np.ndarray]:
    """Draw one hinted lineart of each drawing, as arrays that cost little to send."""
    made = []
    for number, seed in enumerate(seeds):
        art, draw = pictures.row(number), np.random.default_rng(seed)
        lines = practice_lines(art, draw, practice)
        hints = practice_hints(art, draw, practice)
        made.append(choices(lines, practice_surroundings(art, lines, hints, draw, practice)))
    return {name: value.numpy() for name, value in stack(made)._asdict().items()}


def _as_choices(arrays: Mapping[str, np.ndarray]) -> Choices:
    """Make tensors of arrays that came from another process."""
    return Choices(**{name: torch.from_numpy(value) for name, value in arrays.items()})
