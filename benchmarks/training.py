"""How many drawings a second networks learn from: the library's way against plainer ones.

Run from the root of the project, some minutes on two cores. It needs
`lineart prepare openmoji` and the same with `dicebear`::

    .venv/bin/python benchmarks/training.py --least 2

Every comparison trains the same networks by the same losses, optimizers and sizes of batch, and its
row names what differs. The copier is compared in how it computes, on the same bank of hinted
drawings: precision, layout, and whether freed memory is kept. It is compared in its data, which are
hinted anew for each step, one drawing after the other, or come from the bank, where those with many
colours come together; and in both. The whole bank of the profile is drawn once, and what that took
is shared out over the steps of the training. Of PaintsTorch both differ at once. Each way has a
process of its own with the threads of the book, all take turns in one run, and medians of the turns
are told. Weights are drawn, since they change no time. The table `training_rates` goes to the
folder of publication (``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--least 2`` it fails
when the copier does not learn from twice as many drawings as in the plainest way.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

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
from lineart_lib.runtime import cpu_threads, data_folder, generator, keep_memory
from lineart_lib.training import colorizers, copying, games
from lineart_lib.training.bank import TOGETHER, Bank, batch_rows, draw_bank, draw_banks
from lineart_lib.training.feed import BatchOf
from lineart_lib.training.lessons import drawings_of, lessons_by_step
from lineart_lib.training.line_features import PROFILES as FEATURES
from lineart_lib.training.loop import move
from lineart_lib.training.machines import connect, place
from lineart_lib.training.players import Player, Seat
from lineart_lib.training.settings import LoopSettings

PRECISIONS = {"32-true": "float32", "bf16-mixed": "bfloat16"}

Step = Callable[[], None]
_step: Step
"""Of this process, when it goes one way."""


class Way(NamedTuple):
    """One way to train."""

    words: str
    """How it computes, and where its batches come from."""
    make: Callable[[], Step]
    """Makes all it needs in another process, so it can be sent there."""
    batch_size: int
    keeps: bool = True
    """Whether the process keeps the memory that it frees."""
    before_s: float = 0.0
    """Seconds for each step that were spent before the first one."""


class Comparison(NamedTuple):
    """A plain way and ours, by their names."""

    network: str
    plain: str
    ours: str


def plainly(loop: LoopSettings) -> LoopSettings:
    """Return what computes the same as one would first write it."""
    return replace(loop, precision="32-true", channels_last=False)


def computing(loop: LoopSettings, keeps: bool) -> str:
    """Say how a training computes."""
    layout = f"{PRECISIONS[loop.precision]}, channels {'last' if loop.channels_last else 'first'}"
    return f"{layout}, memory {'kept' if keeps else 'given back'}"


def stepper(players: Mapping[str, Player], loop: LoopSettings, batch_of: BatchOf) -> Step:
    """Return a function that takes a batch and lets all players move, as the loop does."""
    loop = replace(loop, device="cpu")
    fabric = connect(loop)
    seats = {name: Seat(player, fabric, loop) for name, player in players.items()}
    done = 0

    def step() -> None:
        nonlocal done
        parts = [place(batch_of(done, 0, 1), fabric.device, loop.channels_last)]
        for name in seats:
            move(name, seats, parts, fabric, loop.clip, (done, 0))
        done += 1

    step()  # The first one chooses algorithms.
    done = 0
    return step


def copier_step(settings: copying.CopySettings, drawn_from: Pictures | Bank) -> Step:
    """Return a step of the copier: on a bank, or on drawings that are hinted anew."""

    def batch_of(step: int, rank: int, ranks: int) -> copying.Lesson:
        draw = generator(step)
        if isinstance(drawn_from, Bank):
            rows = batch_rows(drawn_from, settings.batch_size, step, (settings.seed,))
            return copying.lesson(drawn_from, rows, settings, draw)
        rows = torch.randint(len(drawn_from), (settings.batch_size,), generator=draw)
        own = draw_bank(drawn_from.subset(rows.numpy()), 1, settings.practice, step)
        return copying.lesson(own, torch.arange(len(own)), settings, draw)

    torch.manual_seed(settings.seed)
    model = Copier(settings.widths, settings.keys, piece_channels=settings.piece_channels)
    if not settings.loop.channels_last:  # The copier lays its maps out; this takes it back.
        model.network.register_forward_pre_hook(lambda _, given: given[0].contiguous())
    loss_of = partial(copying.copy_loss, settings=settings)
    player = Player(model, lambda models, batch: loss_of(models["model"], batch))
    return stepper({"model": player}, settings.loop, batch_of)


def copier_ways(
    pictures: Pictures, sources: Sequence[Pictures], settings: copying.CopySettings
) -> dict[str, Way]:
    """Return the four ways to train the copier: how it computes, and where batches come from.

    Parameters
    ----------
    pictures : Pictures
        That the steps are timed on.
    sources : sequence of Pictures
        That the training hints for its bank.
    settings : CopySettings
    """
    start = time.perf_counter()
    draw_banks(sources, settings.draws, settings.practice, settings.seed)
    before_s = (time.perf_counter() - start) / settings.loop.steps
    bank = draw_bank(pictures, 1, settings.practice, settings.seed)
    loops = {"plain": plainly(settings.loop), "ours": settings.loop}
    data = {"anew": (pictures, "hinted anew", 0.0), "bank": (bank, "from the bank", before_s)}
    return {
        f"{how}, {whence}": Way(
            f"{computing(loop, how == 'ours')}; {words}",
            partial(copier_step, replace(settings, loop=loop), drawn_from),
            settings.batch_size,
            how == "ours",
            spent,
        )
        for how, loop in loops.items()
        for whence, (drawn_from, words, spent) in data.items()
    }


def game_step(pictures: Pictures, profile: str, loop: LoopSettings, together: bool) -> Step:
    """Return a step of PaintsTorch, whose windows are made together or one by one."""
    settings = games.settings_of("paintstorch", profile)
    drawings, features = drawings_of([pictures]), LineFeatures(FEATURES[profile].size, generator(0))
    sources = (kept_vgg16,) if settings.vgg == "kept" else ()
    content = content_network(features.eval(), sources)
    seen = features if settings.generator.features else None
    size = settings.lessons.batch_size
    lessons = settings.lessons if together else replace(settings.lessons, batch_size=1)
    batch_of = lessons_by_step(lambda: drawings, lessons, seen)

    def one_by_one(step: int, rank: int, ranks: int) -> colorizers.Lesson:
        parts = [batch_of(step * size + number, 0, 1) for number in range(size)]
        return tree_map(lambda *t: None if t[0] is None else torch.cat(t), *parts)

    players = games.players_of(settings, content)
    return stepper(players, loop, batch_of if together else one_by_one)


def game_ways(pictures: Pictures, profile: str) -> dict[str, Way]:
    """Return two ways to play PaintsTorch."""
    settings = games.settings_of("paintstorch", profile)
    ways = {
        "plain game": (plainly(settings.loop), "windows made one by one"),
        "our game": (settings.loop, "windows made together"),
    }
    return {
        name: Way(
            f"{computing(loop, name == 'our game')}; {words}",
            partial(game_step, pictures, profile, loop, name == "our game"),
            settings.lessons.batch_size,
            name == "our game",
        )
        for name, (loop, words) in ways.items()
    }


COMPARISONS = (
    Comparison("copying", "plain, bank", "ours, bank"),
    Comparison("copying", "ours, anew", "ours, bank"),
    Comparison("copying", "plain, anew", "ours, bank"),
    Comparison("paintstorch", "plain game", "our game"),
)


def sit_down(way: Way) -> None:
    """Begin a process that goes one way."""
    global _step
    torch.set_num_threads(cpu_threads())
    if way.keeps:
        keep_memory()
    _step = way.make()


def go(steps: int) -> float:
    """Take so many steps in such a process; return the seconds of all."""
    start = time.perf_counter()
    for _ in range(steps):
        _step()
    return time.perf_counter() - start


@contextmanager
def attending(way: Way) -> Iterator[Callable[[int], float]]:
    """Give what takes so many steps in a process of its own, and returns the seconds of one."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, sit_down, (way,)) as alone:
        alone.submit(go, 0).result()  # All is made before the first turn.
        yield lambda steps: alone.submit(go, steps).result() / steps


def rates(ways: Mapping[str, Way], turns: int, steps: int) -> dict[str, float]:
    """Return the drawings of a second of each, in the median of its turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    with ExitStack() as stack:
        asked = {name: stack.enter_context(attending(way)) for name, way in ways.items()}
        for _ in range(turns):
            for name, seconds in asked.items():
                times[name].append(seconds(steps) + ways[name].before_s)
    return {name: way.batch_size / float(np.median(times[name])) for name, way in ways.items()}


def main() -> int:
    """Measure all, write the table, and say whether the library keeps its promise."""
    parser = argparse.ArgumentParser(description="compare the speed of ways to train")
    parser.add_argument("--steps", type=int, default=TOGETHER, help="of a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--drawings", type=int, default=64, help="in the bank")
    parser.add_argument("--profile", default="book", help="of settings and drawings")
    parser.add_argument("--least", type=float, help="times the plainest way, for the copier")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked, threads = parser.parse_args(), cpu_threads()
    if asked.steps % TOGETHER:  # Else some turns have more drawings of many colours than others.
        parser.error(f"--steps must be a multiple of {TOGETHER}; got {asked.steps}")
    settings = copying.PROFILES[asked.profile]
    sources = [
        load_pictures(source, asked.profile, "train", data_folder()) for source in settings.sources
    ]
    if settings.most is not None:
        sources = [source.spread(settings.most) for source in sources]
    pictures = sources[0].spread(asked.drawings)
    ways = copier_ways(pictures, sources, settings) | game_ways(pictures, asked.profile)
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
            f"a second on {threads} core{'s' * (threads > 1)}, with the settings of the "
            f"{asked.profile} profile: medians of {asked.turns} turns, which all ways take by "
            f"turns. What the bank took is included, shared out over {settings.loop.steps:,} steps."
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
