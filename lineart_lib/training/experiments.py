"""What `lineart train` can train: one line for each experiment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from lineart_lib.training.copying import copier
from lineart_lib.training.digits import digit_run
from lineart_lib.training.fewsteps import few_steps
from lineart_lib.training.games import paintstorch, stenciltorch
from lineart_lib.training.line_features import line_features
from lineart_lib.training.lines import line_extractor
from lineart_lib.training.machines import asking, is_first
from lineart_lib.training.record import CHECKPOINT
from lineart_lib.training.runs import Run, runs_folder
from lineart_lib.training.stablepaint import stable_paint

EXPERIMENTS: dict[str, Callable[[str], Run]] = {
    "copying": copier,
    "digit_classifier": digit_run,
    "fewsteps": few_steps,
    "line_features": line_features,
    "lines": line_extractor,
    "paintstorch": paintstorch,
    "stablepaint": stable_paint,
    "stenciltorch": stenciltorch,
}
"""By name: a function that takes a profile and returns the run, trained when it is not there yet.
The run lies in the folder `NAME/PROFILE` of `runs`."""


GRADIENTS_OF_GRADIENTS = ("paintstorch", "stablepaint", "stenciltorch")
"""They weigh a critic by its gradients: that needs whole weights, in float32."""
ONE_PROCESS = ("digit_classifier", "stablepaint")
"""They keep their weights themselves, and not by the loop."""


def train_experiment(name: str, profile: str, *, force: bool = False, **machine: str) -> Run:
    """Train an experiment, or find that it was trained.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`.
    profile : {"smoke", "book", "paper"}
    force : bool
        Train anew what is there. The old run is back in its place when that fails before the new
        one has a checkpoint.
    **machine
        What `training.machines.asking` takes. A run of another precision is another run.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        There is no such experiment, profile, device, strategy or precision, or this experiment
        cannot use it.
    FileNotFoundError
        Its data are not prepared; the message names the command that does it.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment must be one of {', '.join(EXPERIMENTS)}; got {name!r}")
    _check(name, machine)
    folder = runs_folder() / name / profile
    aside = folder.with_name(f".{profile}.aside")
    if force and is_first() and folder.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    try:
        with asking(**machine):
            run = EXPERIMENTS[name](profile)
    except BaseException:
        if is_first() and aside.is_dir() and not (folder / CHECKPOINT).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            aside.rename(folder)
        raise
    if is_first():
        shutil.rmtree(aside, ignore_errors=True)
    return run


def _check(name: str, machine: dict[str, str]) -> None:
    """Refuse what an experiment cannot use, before anything is read."""
    with asking(**machine):
        pass
    narrow = machine.get("precision", "32-true") != "32-true"
    if name in GRADIENTS_OF_GRADIENTS and (machine.get("strategy") == "fsdp" or narrow):
        raise ValueError(
            f"{name} weighs its critic by gradients of gradients, which need whole weights in "
            f"float32: take strategy auto or ddp, and precision 32-true; got {machine}"
        )
    if name == "digit_classifier" and machine:
        raise ValueError(f"{name} has a loop of its own, on the CPU in float32; got {machine}")
    if name in ONE_PROCESS and os.environ.get("WORLD_SIZE", "1") != "1":
        raise ValueError(f"{name} trains in one process: start it without torchrun")
