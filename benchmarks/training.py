"""How many drawings a second the copier learns from: the library's way against a plain one.

Run from the root of the project, two minutes on one core. It needs
`lineart prepare openmoji` and the same with `dicebear`::

    .venv/bin/python benchmarks/training.py --least 2

The same network, the same loss, the same optimizer, the same size of batch. The plain way hints
each drawing when it is wanted, one after the other, and computes in float32 with the channels
first. The library's way takes batches from a bank of hinted drawings, with the channels last, in
bfloat16 where the machine is faster with it. What the bank took is added, shared out over the
steps of a training in the book. Both take turns. The table `training_rates` goes to the folder of
publication (``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--least 2`` it fails when the
library is not twice as fast.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from lineart_lib.models.copying import Copier
from lineart_lib.press import save_table
from lineart_lib.recipe.pictures import Pictures, load_pictures
from lineart_lib.runtime import data_folder, has_fast_bfloat16, set_threads
from lineart_lib.training.bank import draw_bank
from lineart_lib.training.copying import (
    PROFILES,
    SOURCES,
    Lesson,
    copy_loss,
    lesson,
)

SETTINGS = PROFILES["book"]
SIZE = SETTINGS.batch_size


def plain_lessons(pictures: Pictures) -> Iterator[Lesson]:
    """Hint the drawings of a batch one after the other, each time anew."""
    draw, number = torch.Generator().manual_seed(0), 0
    while True:
        rows = torch.randint(len(pictures), (SIZE,), generator=draw).tolist()
        bank = draw_bank(pictures.subset(rows), 1, SETTINGS.practice, number)
        yield lesson(bank, torch.arange(SIZE), SETTINGS, draw)
        number += 1


def step_of(lessons: Iterator[Lesson], *, fast: bool) -> Callable[[], None]:
    """Return a function that takes a step of training, in one of the two ways."""
    torch.manual_seed(0)
    model = Copier(SETTINGS.widths, SETTINGS.keys)
    if fast:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=fast)

    def step() -> None:
        batch = next(lessons)
        with torch.autocast("cpu", torch.bfloat16, enabled=fast and has_fast_bfloat16()):
            loss = copy_loss(model, batch, SETTINGS)["loss"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    step()  # The first one chooses algorithms.
    return step


def main() -> int:
    """Measure both, write the table, and say whether the library keeps its promise."""
    parser = argparse.ArgumentParser(description="compare the speed of two ways to train")
    parser.add_argument("--steps", type=int, default=5, help="steps of a turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--drawings", type=int, default=64, help="in the bank")
    parser.add_argument("--profile", default="book")
    parser.add_argument("--least", type=float, help="times the plain way that must be reached")
    asked = parser.parse_args()
    os.environ["LINEART_THREADS"] = "1"  # One core for both: no processes beside this one.
    set_threads()
    pictures = load_pictures("openmoji", asked.profile, "train", data_folder())
    pictures = pictures.subset(np.arange(min(asked.drawings, len(pictures))))
    start = time.perf_counter()
    bank = draw_bank(pictures, 1, SETTINGS.practice, 0)
    entry_s = (time.perf_counter() - start) / len(bank)

    def from_bank() -> Iterator[Lesson]:
        draw = torch.Generator().manual_seed(0)
        while True:
            index = torch.randint(len(bank), (SIZE,), generator=draw)
            yield lesson(bank, index, SETTINGS, draw)

    ways = {
        "plain": step_of(plain_lessons(pictures), fast=False),
        "the library's": step_of(from_bank(), fast=True),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(asked.turns):
        for name, step in ways.items():
            start = time.perf_counter()
            for _ in range(asked.steps):
                step()
            best[name] = min(best[name], (time.perf_counter() - start) / asked.steps)
    every = sum(
        len(load_pictures(source, asked.profile, "train", data_folder())) for source in SOURCES
    )
    best["the library's"] += entry_s * SETTINGS.draws * every / SETTINGS.loop.steps
    found = {name: SIZE / seconds for name, seconds in best.items()}
    ratio = found["the library's"] / found["plain"]
    for name, rate in found.items():
        print(f"{name:16} {rate:8.1f} drawings/s")
    print(f"{'':16} {ratio:8.1f} x")
    table = save_table(
        "training_rates",
        ["way to train", "drawings a second", "times the plain way"],
        [[name, f"{rate:.1f}", f"{rate / found['plain']:.1f}"] for name, rate in found.items()],
        caption=(
            f"Drawings of {pictures.lineart.shape[-1]} pixels a side that the copier learns from "
            f"in a second of one core, in batches of {SIZE}, the drawing of the bank included."
        ),
    )
    print(f"table: {table.path}")
    if asked.least is not None and ratio < asked.least:
        print(f"less than {asked.least:g} times the plain way", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
