"""One thing changed at a time: the ablations of PaintsTorch and StencilTorch.

Each plays as many steps as the game that it is compared with, on the same drawings, windows and
hints in the same order, from the same first weights where both have them.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from lineart_lib.runtime import cpu_threads, set_threads
from lineart_lib.training.games import Game, GameSettings, run_game, settings_of
from lineart_lib.training.line_features import line_features
from lineart_lib.training.runs import Run

FOLDER = "ablations"
"""Of their runs."""


class Changed(NamedTuple):
    """An ablation."""

    game: Game
    change: dict[str, Any]
    """Fields of `GameSettings` to set otherwise, and fields of these after a dot."""


CHANGES: dict[str, Changed] = {
    "paintstorch": Changed("paintstorch", {}),
    "pixel hints": Changed("paintstorch", {"lessons.hints": "pixels"}),
    "no second generator": Changed("paintstorch", {"second": False}),
    "no features": Changed("paintstorch", {"generator.features": 0}),
    "slipped penalty": Changed("paintstorch", {"weights.form": "slipped"}),
    "no critic": Changed("paintstorch", {"weights.adversarial": 0.0}),
    "stenciltorch": Changed("stenciltorch", {}),
    "weak guide": Changed("stenciltorch", {"weights.guide": 0.1}),
    "no guide": Changed("stenciltorch", {"weights.guide": 0.0}),
}
"""By name; the two without a change are what the others are compared with."""


def ablation_settings(name: str, profile: str, seed: int, steps: int) -> GameSettings:
    """Return what an ablation plays.

    Parameters
    ----------
    name : str
        One of `CHANGES`.
    profile : {"smoke", "book", "paper"}
    seed : int
        Of first weights, drawings and hints.
    steps : int
        As many for all of them.

    Raises
    ------
    ValueError
        There is no such ablation or profile.
    """
    if name not in CHANGES:
        raise ValueError(f"ablation must be one of {', '.join(CHANGES)}; got {name!r}")
    game, change = CHANGES[name]
    settings = settings_of(game, profile)
    settings = replace(
        settings,
        seed=seed,
        lessons=replace(settings.lessons, seed=seed),
        loop=replace(settings.loop, seed=seed, steps=steps),
    )
    for path, value in change.items():
        outer, _, inner = path.partition(".")
        if inner:
            value = replace(getattr(settings, outer), **{inner: value})
        settings = replace(settings, **{outer: value})
    return settings


def ablations(
    names: Sequence[str],
    profile: str,
    seeds: Sequence[int],
    steps: int,
    beside: Sequence[Game] = (),
) -> dict[tuple[str, int], Run]:
    """Play ablations, each with each seed; those that were played are found.

    Each runs on one thread, several side by side in processes of their own, as many as
    `lineart_lib.runtime.cpu_threads` says: small networks use two cores better that way, and the
    weights do not depend on how many there are.

    Parameters
    ----------
    names : sequence of str
        Of `CHANGES`.
    profile, seeds, steps
        As in `ablation_settings`. The runs lie in `runs/ablations/<profile>/<name>-<seed>/`.
    beside : sequence of str
        Games to play at their full length in the same processes, first since they take longest:
        `lineart_lib.training.games.paintstorch` finds its own then.

    Returns
    -------
    dict
        Runs by name and seed.
    """
    line_features(profile)  # Once, before several would wait for it.
    jobs = [Job(settings_of(game, profile), profile, f"{game}/{profile}", True) for game in beside]
    keys = [(name, seed) for seed in seeds for name in names]
    for name, seed in keys:
        place = f"{FOLDER}/{profile}/{name.replace(' ', '-')}-{seed}"
        jobs.append(Job(ablation_settings(name, profile, seed, steps), profile, place))
    workers = min(cpu_threads(), len(jobs))
    if workers > 1:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
            list(pool.map(_leave, jobs))
    runs = [_play_alone(job) for job in jobs][len(beside) :]
    return dict(zip(keys, runs, strict=True))


class Job(NamedTuple):
    """A game to be played in a process of its own."""

    settings: GameSettings
    profile: str
    place: str
    sampled: bool = False


def _leave(job: Job) -> None:
    """Play a game and leave it in its folder."""
    _play_alone(job)


def _play_alone(job: Job) -> Run:
    """Play a game on one thread, or find it."""
    threads = torch.get_num_threads()
    set_threads(1)
    try:
        return run_game(*job)
    finally:
        torch.set_num_threads(threads)
