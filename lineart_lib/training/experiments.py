"""What `lineart train` can train: one line for each experiment."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from lineart_lib.training.copying import copier
from lineart_lib.training.digits import digit_run
from lineart_lib.training.fewsteps import few_steps
from lineart_lib.training.games import paintstorch, stenciltorch
from lineart_lib.training.line_features import line_features
from lineart_lib.training.lines import line_extractor
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


def train_experiment(name: str, profile: str, *, force: bool = False) -> Run:
    """Train an experiment, or find that it was trained.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`.
    profile : {"smoke", "book", "paper"}
    force : bool
        Train anew what is there. The old run is back in its place when that fails.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        There is no such experiment or profile.
    FileNotFoundError
        Its data are not prepared; the message names the command that does it.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment must be one of {', '.join(EXPERIMENTS)}; got {name!r}")
    folder = runs_folder() / name / profile
    aside = folder.with_name(f".{profile}.aside")
    if force and folder.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    try:
        run = EXPERIMENTS[name](profile)
    except BaseException:
        if aside.is_dir() and not folder.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    return run
