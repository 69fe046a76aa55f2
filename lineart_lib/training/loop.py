"""The loop that trains every colorizer: batch, loss, gradient, update, and a note of it.

One network learns with `fit`; several that play against each other with `play`, of which `fit` is
the case of one player. The same lines run on one CPU, on a GPU, and on many of them
(`training.machines`).

A batch is a function of the step, and whatever a loss draws comes from a state that the step alone
decides. So a training of a given number of steps that was killed goes on from its last checkpoint
to the same bits, on the same machine with the same number of threads and processes. (On a GPU,
operations that add in no fixed order may break this; and a training of a given time does as many
steps as it can, so no two of these are the same.)
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from lineart_lib.press.publication import locked
from lineart_lib.training import checkpoint, record
from lineart_lib.training.average import Average
from lineart_lib.training.clock import Clock
from lineart_lib.training.feed import BatchOf, Feed
from lineart_lib.training.machines import as_asked, connect, place, whole
from lineart_lib.training.players import Player, Seat, Terms, turn
from lineart_lib.training.progress import Progress
from lineart_lib.training.record import CHECKPOINT
from lineart_lib.training.runs import METRICS, WEIGHTS, Run
from lineart_lib.training.settings import LoopSettings, rate_at

Sample = Callable[[nn.Module, int], np.ndarray]
"""``sample(model, step)`` returns a sheet, uint8 (H, W, 3), of a model in evaluation mode."""
Measure = Callable[[nn.Module, int], dict[str, float]]
"""``measure(model, step)`` returns numbers for the metrics, under names that no loss term has."""


def fit(
    model: nn.Module,
    batch_of: BatchOf,
    loss_of: Callable[[nn.Module, Any], Terms],
    settings: LoopSettings,
    folder: Path,
    **options: Any,
) -> Run:
    """Train one network, or go on with its training, or find that it is done.

    Parameters
    ----------
    model : nn.Module
        With its first weights. Changed in place.
    batch_of : callable
        ``batch_of(step, rank, ranks)`` returns the share of one rank in the batch of a step; all
        shares have one size. It is pure, and may run in another thread.
    loss_of : callable
        ``loss_of(model, batch)`` returns terms by name, each the mean over the batch. ``loss`` is
        minimised; all are logged.
    settings : LoopSettings
    folder : Path
        Of this run. `training.record` lists what will lie there.
    **options
        As in `play`.

    Returns
    -------
    Run
        As `play`.
    """
    player = Player(model, lambda models, batch: loss_of(models["model"], batch))
    return play({"model": player}, batch_of, settings, folder, **options)


def play(
    players: Mapping[str, Player],
    batch_of: BatchOf,
    settings: LoopSettings,
    folder: Path,
    *,
    sample: Sample | None = None,
    measure: Measure | None = None,
    config: Mapping[str, Any] | None = None,
    replace: bool = False,
    fabric: Fabric | None = None,
    progress: bool = True,
) -> Run:
    """Train several networks that move in turn, or go on with it, or find that it is done.

    Parameters
    ----------
    players : mapping from name to Player
        They move in this order, on the same batch. The first is the one that is wanted: it is
        averaged, sampled, measured and kept.
    batch_of, settings, folder
        As in `fit`; `training.machines.asking` may change where and how precisely it runs.
    sample : callable, optional
        Paints a sheet with the first network, which wears its averaged weights, every
        `sample_every` steps and at the end, in float32. What it draws is the same each time.
    measure : callable, optional
        Measures the same network at the same steps.
    config : mapping, optional
        What else decides the weights, as JSON can hold it: sizes, first weights, data. It is
        kept with the settings, and tells this run from others.
    replace : bool
        Remove a run of other settings that lies in the folder, finished or not; else it is refused.
    fabric : Fabric, optional
        Launched, for machines that `training.machines.connect` does not know.
    progress : bool
        Show a bar, or on no terminal a line for each tenth of the budget.

    Returns
    -------
    Run
        Its model is the first network with its averaged weights, on the CPU. Its metrics have
        ``step``, ``seconds`` of all sessions, ``rate``, the means of all terms since the entry
        before, and for each player the ``norm`` of its gradient before it was clipped; with several
        players the names begin with the player's and a dot.

    Raises
    ------
    ValueError
        The folder holds a run of other settings, or one that was begun by another number of
        processes; a loss returns no ``loss``.
    FloatingPointError
        A loss or a gradient is no number. Step, player and term are named, and the last
        checkpoint is left as it is.
    """
    if not players:
        raise ValueError("expected at least one player, got none")
    settings = as_asked(settings)
    fabric = connect(settings) if fabric is None else fabric
    config = json.loads(json.dumps(_config(players, settings, config or {})))
    first = next(iter(players))
    with _alone(folder, fabric):
        if fabric.is_global_zero:
            record.open_folder(folder, config, replace=replace)
        fabric.barrier()
        trained = not (folder / WEIGHTS).is_file()
        if trained:
            _train(players, batch_of, settings, folder, sample, measure, fabric, progress)
        else:
            weights, _ = checkpoint.read_tensors(folder / WEIGHTS)
            players[first].model.load_state_dict(weights)
        for player in players.values():
            player.model.cpu().eval()
        return Run(players[first].model, config, record.read_metrics(folder), folder, trained)


def _train(
    players: Mapping[str, Player],
    batch_of: BatchOf,
    settings: LoopSettings,
    folder: Path,
    sample: Sample | None,
    measure: Measure | None,
    fabric: Fabric,
    progress: bool,
) -> None:
    """Run the loop, from the last checkpoint where there is one, and leave the weights."""
    seats = {name: Seat(player, fabric, settings) for name, player in players.items()}
    first = next(iter(seats))
    average = Average(seats[first].parameters, settings.ema)
    found = checkpoint.resume(folder / CHECKPOINT, seats, average, fabric)
    step = saved = found.get("step", 0)
    means = record.Means(found.get("sums"))
    clock = Clock(settings, fabric, found.get("seconds", 0.0))
    if fabric.is_global_zero:
        record.begin_session(folder, step, fabric)
    feed = Feed(
        batch_of,
        fabric.global_rank,
        fabric.world_size,
        parts=settings.accumulate,
        # On a CPU a thread that makes the next batch would take its cores from the step.
        ahead=0 if fabric.device.type == "cpu" else settings.ahead,
        last=settings.steps,
    )
    shown = progress and fabric.is_global_zero
    title = f"{folder.parent.name}/{folder.name}"
    spent = clock.spent(step)
    with feed, Progress(title, settings, spent, shown=shown) as bar:
        while spent < 1:
            rate = rate_at(min(1.0, spent + clock.half_step), settings.warmup, settings.last_rate)
            parts = [place(part, fabric.device, settings.channels_last) for part in feed(step)]
            with _drawing(fabric, settings.seed, step, fabric.global_rank):
                for name, seat in seats.items():
                    if step % seat.player.every == 0:
                        seat.set_rate(rate)
                        terms = move(name, seats, parts, fabric, settings.clip, (step, saved))
                        means.add(_named(terms, name if len(seats) > 1 else ""))
                        if name == first:
                            average.update()
            step += 1
            spent = clock.spent(step)
            entry: dict[str, float] = {}
            if step % settings.log_every == 0 or spent >= 1:
                means.share(fabric)
                entry |= means.take()
            if step % settings.sample_every == 0 or spent >= 1:
                with average.worn(), _drawing(fabric, settings.seed):
                    entry |= _look(seats[first].model, step, folder, sample, measure, fabric)
            if entry and fabric.is_global_zero:
                line = {"step": step, "seconds": clock.seconds(), "rate": rate, **entry}
                record.add_line(folder / METRICS, line)
            if step % settings.checkpoint_every == 0 and spent < 1:
                means.share(fabric)
                counters = {"step": step, "seconds": clock.seconds(), "sums": means.sums}
                checkpoint.save(folder / CHECKPOINT, seats, average, counters, fabric)
                saved = step
            bar.show(min(1.0, spent), step, entry)
    average.wear()
    weights = {n: whole(value).cpu() for n, value in seats[first].model.state_dict().items()}
    if fabric.is_global_zero:
        checkpoint.write_tensors(folder / WEIGHTS, weights)
        (folder / CHECKPOINT).unlink(missing_ok=True)
    fabric.barrier()


def move(
    name: str,
    seats: Mapping[str, Seat],
    parts: list[Any],
    fabric: Fabric,
    clip: float | None,
    place: tuple[int, int],
) -> dict[str, float]:
    """Update one player: gradients part by part, their mean over parts and processes, one step.

    Parameters
    ----------
    name : str
        Of the player.
    seats : mapping
        All players by name.
    parts : list
        Of the batch, of one size, on the device.
    fabric : Fabric
    clip : float, optional
        The largest norm of the gradient; None keeps it as it is.
    place : (int, int)
        The step, and that of the last checkpoint; named when something is no number.

    Returns
    -------
    dict
        Means of the loss's terms over the parts, and ``norm``.
    """
    seat, means, (step, saved) = seats[name], record.Means(), place
    seat.optimizer.zero_grad(set_to_none=True)
    with turn(name, seats) as models:
        for number, part in enumerate(parts, 1):
            with fabric.no_backward_sync(seat.moving, enabled=number < len(parts)):
                with fabric.autocast():
                    terms = seat.player.loss_of(models, part)
                values = _floats(terms, name)
                record.check_finite(values, step, name, _safe(saved))
                fabric.backward(terms["loss"] / len(parts), model=seat.moving)
            means.add(values)
    norm = fabric.clip_gradients(
        seat.moving, seat.optimizer, max_norm=clip or math.inf, error_if_nonfinite=False
    )
    means.add({"norm": whole(norm).item()})
    values = means.take()
    record.check_finite(values, step, name, _safe(saved))
    seat.optimizer.step()
    return values


@torch.no_grad()
def _look(
    model: nn.Module,
    step: int,
    folder: Path,
    sample: Sample | None,
    measure: Measure | None,
    fabric: Fabric,
) -> dict[str, float]:
    """Paint a sheet and measure; every process does, since the weights may be shared out."""
    model.eval()
    try:
        sheet = sample(model, step) if sample is not None else None
        numbers = measure(model, step) if measure is not None else {}
    finally:
        model.train()
    if sheet is not None and fabric.is_global_zero:
        record.save_sample(folder, step, sheet)
    numbers = {name: float(value) for name, value in numbers.items()}
    record.check_finite(numbers, step, "measure", "its weights are not kept")
    return numbers


def _floats(terms: Terms, player: str) -> dict[str, float]:
    """Return the terms of a loss as numbers, with one wait for the device."""
    if "loss" not in terms or not all(
        isinstance(t, Tensor) and t.ndim == 0 for t in terms.values()
    ):
        got = {n: tuple(t.shape) if isinstance(t, Tensor) else t for n, t in terms.items()}
        raise ValueError(
            f"the loss of {player} must return a dictionary of tensors without axes, one of them "
            f"named 'loss'; got {got}: take the mean over the batch"
        )
    stacked = torch.stack([term.detach().float() for term in terms.values()])
    return dict(zip(terms, stacked.tolist(), strict=True))


def _named(values: Mapping[str, float], player: str) -> dict[str, float]:
    return {f"{player}.{name}" if player else name: value for name, value in values.items()}


def _safe(saved: int) -> str:
    return f"the checkpoint of step {saved} is kept" if saved else "there is no checkpoint yet"


def _config(
    players: Mapping[str, Player], settings: LoopSettings, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all that decides the weights, as far as the loop knows it."""
    moves = ("learning_rate", "betas", "every")
    return {
        "loop": settings.deciding(),
        "players": {n: {key: getattr(p, key) for key in moves} for n, p in players.items()},
        **more,
    }


@contextmanager
def _drawing(fabric: Fabric, *place: int) -> Iterator[None]:
    """Let what is inside draw from a state that a place decides; the one outside comes back."""
    devices = [fabric.device] if fabric.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(int(np.random.SeedSequence(place).generate_state(1, np.uint64)[0]))
        yield


@contextmanager
def _alone(folder: Path, fabric: Fabric) -> Iterator[None]:
    """Keep other trainings out of a folder; they wait until this one is done."""
    with ExitStack() as stack:
        if fabric.is_global_zero:
            stack.enter_context(locked(folder.parent / f".{folder.name}.lock"))
            folder.mkdir(exist_ok=True)
        fabric.barrier()
        yield
