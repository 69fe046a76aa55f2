"""A bank of hinted linearts to learn from, drawn before the training starts.

The fills that a network listens to take longer than one of its steps.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

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
from lineart_lib.training.feed import drawing

FEW = 32
"""Hinted linearts that are drawn before another process has started."""
MANY = 12
"""Hinted linearts with more colours than this are learned from together, see `batch_rows`."""
TOGETHER = 8
"""Batches whose rows are drawn together."""


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
    """Hint every drawing some times, and ask the fills; see `draw_banks`."""
    return draw_banks([pictures], draws, practice, seed)[0]


def draw_banks(
    sources: Sequence[Pictures], draws: int, practice: Practice, seed: int
) -> list[Bank]:
    """Hint every drawing of every source some times, and ask the fills.

    Many are drawn in as many processes as `lineart_lib.runtime.cpu_threads` says. They take seconds
    to start, so what is needed at once is asked for at once.

    Parameters
    ----------
    sources : sequence of Pictures
        Each becomes a bank.
    draws : int
        Hinted linearts of each drawing, at least 1.
    practice : Practice
    seed : int
        Every hinted lineart has a generator of its own, so their number changes none of them.
    """
    jobs = [_jobs(pictures, draws, seed) for pictures in sources]
    each, together = partial(_hinted, practice=practice), zip(*chain(*jobs), strict=True)
    if cpu_threads() == 1 or draws * sum(map(len, sources)) < FEW:
        parts = map(each, *together)
    else:
        spawn = multiprocessing.get_context("spawn")
        one_thread = {"initializer": set_threads, "initargs": (1,)}
        with ProcessPoolExecutor(cpu_threads(), mp_context=spawn, **one_thread) as pool:
            parts = iter(list(pool.map(each, *together)))
    return [
        _bank(pictures, draws, list(islice(parts, len(some))))
        for pictures, some in zip(sources, jobs, strict=True)
    ]


def _jobs(
    pictures: Pictures, draws: int, seed: int
) -> list[tuple[Pictures, list[tuple[int, ...]]]]:
    """Divide what a bank needs into parts of about one size: drawings, and the seed of each."""
    work = np.array([(row, number) for number in range(draws) for row in range(len(pictures))])
    parts = np.array_split(work, max(1, min(len(work), 16 * cpu_threads())))
    return [
        (pictures.subset(part[:, 0]), [(seed, *place) for place in part.tolist()]) for part in parts
    ]


def _bank(pictures: Pictures, draws: int, parts: Sequence[Mapping[str, np.ndarray]]) -> Bank:
    """Join the parts of a bank."""
    colour, flats = (
        torch.from_numpy(images.to_planes(plane)) for plane in (pictures.colour, pictures.flats)
    )
    paper = torch.from_numpy(pictures.lineart == 255)[:, None]
    rows = torch.arange(len(pictures)).repeat(draws)
    return Bank(stack([_as_choices(part) for part in parts]), rows, colour, flats, paper)


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


def batch_rows(bank: Bank, size: int, turn: int, seed: tuple[int, ...]) -> Tensor:
    """Draw the rows of a batch; those with many colours come together.

    A batch takes as long as if all of it had as many colours as the richest of it has. So the rows
    of `TOGETHER` batches are drawn at once, with equal chances. Those with more than `MANY` colours
    fill batches of their own, but for one that is mixed.

    Parameters
    ----------
    bank : Bank
    size : int
        Rows of a batch, at least 1.
    turn : int
        Which batch, from 0 on.
    seed : tuple of int
        Decides all turns.

    Returns
    -------
    Tensor
        int64 (size,).
    """
    several, place = divmod(turn, TOGETHER)
    draw = drawing(*seed, 1 + several)  # A last 0 would change nothing.
    rows = torch.randint(len(bank), (TOGETHER * size,), generator=draw)
    poor_first = (bank.choices.counts[rows] > MANY).int().argsort(stable=True)
    order = torch.randperm(TOGETHER, generator=draw)
    return rows[poor_first].view(TOGETHER, size)[order[place]]
