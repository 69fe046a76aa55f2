"""How many drawings a second networks learn from: the library's way against plainer ones.

Run from the root of the project, some minutes on one core. It needs
`lineart prepare openmoji` and the same with `dicebear`::

    .venv/bin/python benchmarks/training.py --least 2

Every comparison trains the same networks by the same losses, optimizers and sizes of batch, and
its row names what differs. The copier is compared in arithmetic, on the same bank of hinted
drawings; in its data, which are hinted anew for each step, one drawing after the other, or come
from the bank; and in both. What the bank took is shared out over the steps of the training. Of
PaintsTorch both differ at once. All ways take turns in one run, one core each, and medians of the
turns are told. Weights are drawn, since they change no time. The table `training_rates` goes to
the folder of publication (``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--least 2`` it
fails when the copier does not learn from twice as many drawings as in the plainest way.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch.utils._pytree import tree_map

from lineart_lib.evaluation.kept import keep
from lineart_lib.models.content import content_network
from lineart_lib.models.copying import Copier
from lineart_lib.models.features import kept_vgg16
from lineart_lib.models.line_features import LineFeatures
from lineart_lib.press import save_table
from lineart_lib.recipe.pictures import Pictures, load_pictures
from lineart_lib.runtime import data_folder, generator, set_threads
from lineart_lib.training import colorizers, copying, games
from lineart_lib.training.bank import draw_bank
from lineart_lib.training.feed import BatchOf
from lineart_lib.training.lessons import drawings_of, lessons_by_step
from lineart_lib.training.line_features import PROFILES as FEATURES
from lineart_lib.training.loop import move
from lineart_lib.training.machines import connect, place
from lineart_lib.training.players import Player, Seat
from lineart_lib.training.settings import LoopSettings

PRECISIONS = {"32-true": "float32", "bf16-mixed": "bfloat16"}


class Way(NamedTuple):
    """One way to train."""

    words: str
    """How it computes, and where its batches come from."""
    step: Callable[[], None]
    batch_size: int
    before_s: float = 0.0
    """Seconds for each step that were spent before the first one."""


class Comparison(NamedTuple):
    """A plain way and ours, by their names."""

    network: str
    plain: str
    ours: str


def plainly(loop: LoopSettings) -> LoopSettings:
    """Return what computes the same in float32 with the channels first."""
    return replace(loop, precision="32-true", channels_last=False)


def arithmetic(loop: LoopSettings) -> str:
    """Say how a training computes."""
    return f"{PRECISIONS[loop.precision]}, channels {'last' if loop.channels_last else 'first'}"


def stepper(
    players: Mapping[str, Player], loop: LoopSettings, batch_of: BatchOf
) -> Callable[[], None]:
    """Return a function that makes a batch and lets all players move, as the loop does."""
    loop = replace(loop, device="cpu")
    fabric = connect(loop)
    seats, done = {name: Seat(player, fabric, loop) for name, player in players.items()}, 0

    def step() -> None:
        nonlocal done
        parts = [place(batch_of(done, 0, 1), fabric.device, loop.channels_last)]
        for name in seats:
            move(name, seats, parts, fabric, loop.clip, (done, 0))
        done += 1

    step()  # The first one chooses algorithms.
    return step


def copier_ways(pictures: Pictures, every: int, settings: copying.CopySettings) -> dict[str, Way]:
    """Return the four ways to train the copier: how it computes, and where batches come from.

    Parameters
    ----------
    pictures : Pictures
    every : int
        Drawings that the training of the book hints for its bank.
    settings : CopySettings
    """
    start = time.perf_counter()
    bank = draw_bank(pictures, 1, settings.practice, 0)
    entry_s = (time.perf_counter() - start) / len(bank)
    before_s = entry_s * settings.draws * every / settings.loop.steps

    def drawn(step: int, source: int) -> tuple[torch.Tensor, torch.Generator]:
        draw = generator(step)
        return torch.randint(source, (settings.batch_size,), generator=draw), draw

    def banked(step: int, rank: int, ranks: int) -> copying.Lesson:
        index, draw = drawn(step, len(bank))
        return copying.lesson(bank, index, settings, draw)

    def anew(step: int, rank: int, ranks: int) -> copying.Lesson:
        rows, draw = drawn(step, len(pictures))
        own = draw_bank(pictures.subset(rows.numpy()), 1, settings.practice, step)
        return copying.lesson(own, torch.arange(len(own)), settings, draw)

    def seated() -> dict[str, Player]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            model = Copier(settings.widths, settings.keys, piece_channels=settings.piece_channels)
        loss_of = partial(copying.copy_loss, settings=settings)
        return {"model": Player(model, lambda models, batch: loss_of(models["model"], batch))}

    loops = {"plain": plainly(settings.loop), "ours": settings.loop}
    feeds = {"anew": (anew, "hinted anew", 0.0), "bank": (banked, "from the bank", before_s)}
    return {
        f"{how}, {whence}": Way(
            f"{arithmetic(loop)}; {words}",
            stepper(seated(), loop, feed),
            settings.batch_size,
            spent,
        )
        for how, loop in loops.items()
        for whence, (feed, words, spent) in feeds.items()
    }


def game_ways(pictures: Pictures, profile: str) -> dict[str, Way]:
    """Return two ways to play PaintsTorch: its windows are made one by one, or together."""
    settings = games.settings_of("paintstorch", profile)
    drawings, features = drawings_of([pictures]), LineFeatures(FEATURES[profile].size, generator(0))
    sources = (kept_vgg16,) if settings.vgg == "kept" else ()
    content = content_network(features.eval(), sources)
    seen = features if settings.generator.features else None
    size = settings.lessons.batch_size
    together = lessons_by_step(lambda: drawings, settings.lessons, seen)
    alone = lessons_by_step(lambda: drawings, replace(settings.lessons, batch_size=1), seen)

    def one_by_one(step: int, rank: int, ranks: int) -> colorizers.Lesson:
        parts = [alone(step * size + number, 0, 1) for number in range(size)]
        return tree_map(lambda *t: None if t[0] is None else torch.cat(t), *parts)

    ways = {
        "plain game": (plainly(settings.loop), one_by_one, "windows made one by one"),
        "our game": (settings.loop, together, "windows made together"),
    }
    return {
        name: Way(
            f"{arithmetic(loop)}; {words}",
            stepper(games.players_of(settings, content), loop, feed),
            size,
        )
        for name, (loop, feed, words) in ways.items()
    }


COMPARISONS = (
    Comparison("copying", "plain, bank", "ours, bank"),
    Comparison("copying", "ours, anew", "ours, bank"),
    Comparison("copying", "plain, anew", "ours, bank"),
    Comparison("paintstorch", "plain game", "our game"),
)


def rates(ways: Mapping[str, Way], turns: int, steps: int) -> dict[str, float]:
    """Return the drawings of a second of each, in the median of its turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            start = time.perf_counter()
            for _ in range(steps):
                way.step()
            times[name].append((time.perf_counter() - start) / steps + way.before_s)
    return {name: way.batch_size / float(np.median(times[name])) for name, way in ways.items()}


def main() -> int:
    """Measure all, write the table, and say whether the library keeps its promise."""
    parser = argparse.ArgumentParser(description="compare the speed of ways to train")
    parser.add_argument("--steps", type=int, default=5, help="steps of a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--drawings", type=int, default=64, help="in the bank")
    parser.add_argument("--profile", default="book", help="of settings and drawings")
    parser.add_argument("--least", type=float, help="times the plainest way, for the copier")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    os.environ["LINEART_THREADS"] = "1"  # One core for all: no processes beside this one.
    set_threads()
    cv2.setNumThreads(1)
    settings = copying.PROFILES[asked.profile]
    sources = [
        load_pictures(source, asked.profile, "train", data_folder()) for source in settings.sources
    ]
    every = sum(min(len(source), settings.most or len(source)) for source in sources)
    pictures = sources[0].spread(asked.drawings)
    ways = copier_ways(pictures, every, settings) | game_ways(pictures, asked.profile)
    found = rates(ways, asked.turns, asked.steps)
    rows = []
    for network, plain, ours in COMPARISONS:
        ratio = found[ours] / found[plain]
        told = (f"{found[plain]:.1f}", f"{found[ours]:.1f}", f"{ratio:.2f}")
        rows.append([network, ways[plain].words, ways[ours].words, *told])
        print("   ".join(rows[-1]), flush=True)
    table = save_table(
        "training_rates",
        [
            "network",
            "plain way",
            "our way",
            "plain, drawings a second",
            "ours, drawings a second",
            "times as many",
        ],
        rows,
        caption=(
            f"Drawings of {pictures.lineart.shape[-1]} pixels a side that a network learns from in "
            f"a second of one core, with the settings of the {asked.profile} profile: medians of "
            f"{asked.turns} turns, which all ways take by turns. What the bank took is included."
        ),
    )
    print(f"table: {table.path}")
    if asked.keep:
        keep(table)
    ratio = found["ours, bank"] / found["plain, anew"]
    if asked.least is not None and ratio < asked.least:
        print(f"less than {asked.least:g} times the plainest way", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
