"""Runs: trained weights, the settings they came from, and what was measured on the way."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from safetensors.torch import load_file, save_file

from lineart_lib.press.publication import locked
from lineart_lib.runtime import project_root

if TYPE_CHECKING:
    from torch import nn

WEIGHTS, CONFIG, METRICS = "model.safetensors", "config.json", "metrics.jsonl"

Metrics = list[dict[str, float]]
Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Run:
    """A trained model and its record."""

    model: nn.Module
    """In evaluation mode."""
    config: dict[str, Any]
    """Everything that decided the weights."""
    metrics: Metrics
    """One entry for each epoch, in order."""
    folder: Path
    """Where the three files lie."""
    trained: bool
    """Whether this call trained it, rather than find it."""


def runs_folder() -> Path:
    """Name the folder of runs: ``LINEART_RUNS`` when set, else ``runs`` in the project."""
    named = os.environ.get("LINEART_RUNS")
    return Path(named).expanduser().resolve() if named else project_root() / "runs"


def trained_folder(experiment: str, profile: str) -> Path:
    """Return the folder of a run that is there; FileNotFoundError names what trains it."""
    folder = runs_folder() / experiment / profile
    if not (folder / WEIGHTS).is_file():
        raise FileNotFoundError(
            f"expected trained weights in {folder}, found none: train them with "
            f"`lineart train {experiment} --profile {profile}`"
        )
    return folder


def of_profile(profiles: Mapping[str, Settings], profile: str) -> Settings:
    """Return the settings of a profile; ValueError names those there are."""
    if profile not in profiles:
        raise ValueError(f"profile must be one of {', '.join(profiles)}; got {profile!r}")
    return profiles[profile]


def is_kept(folder: Path, config: dict[str, Any]) -> bool:
    """Tell whether a whole run of these settings lies in a folder."""
    return _read(folder, json.loads(json.dumps(config))) is not None


def load_or_train(
    folder: Path,
    config: dict[str, Any],
    model: nn.Module,
    train: Callable[[nn.Module], Iterable[dict[str, float]]],
) -> Run:
    """Load the run of these settings, or train it and keep it.

    A run appears whole or not at all. A run of other settings is replaced. Two processes that ask
    for the same run at once train it once: the second waits, then loads.

    Parameters
    ----------
    folder : Path
        Of this run; its parent is made when missing.
    config : dict
        Everything that decides the weights, as JSON can hold it.
    model : nn.Module
        Untrained; its weights are loaded or trained in place.
    train : callable
        Trains the model that it is given, and returns one entry of metrics for each epoch.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        The file of weights does not fit the model.
    """
    config = json.loads(json.dumps(config))  # As it will be read: tuples become lists.
    with locked(folder.parent / f".{folder.name}.lock"):  # Of this run alone: others may go on.
        found = _read(folder, config)
        if found is not None:
            fill_model(model, folder)
            return Run(model.eval(), config, found, folder, trained=False)
        metrics = [dict(entry) for entry in train(model)]
        _write(folder, config, metrics, model)
        return Run(model.eval(), config, metrics, folder, trained=True)


def _read(folder: Path, config: dict[str, Any]) -> Metrics | None:
    """Return the metrics of a whole run with these settings, else None."""
    if not all((folder / name).is_file() for name in (WEIGHTS, CONFIG, METRICS)):
        return None
    try:
        kept = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        lines = (folder / METRICS).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines] if kept == config else None
    except json.JSONDecodeError:
        return None  # Somebody's broken edit: what cannot be read is trained anew.


def fill_model(model: nn.Module, folder: Path) -> None:
    """Fill a model with the weights of a run.

    Raises
    ------
    ValueError
        They do not fit; the message says what to do.
    """
    try:
        model.load_state_dict(load_file(folder / WEIGHTS))
    except RuntimeError as problem:
        raise ValueError(
            f"the weights in {folder / WEIGHTS} do not fit the model: remove that folder, and it "
            f"is trained again ({problem})"
        ) from problem


def _write(folder: Path, config: dict[str, Any], metrics: Metrics, model: nn.Module) -> None:
    """Write the three files beside the place, then move them there together."""
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
        save_file(weights, part / WEIGHTS)
        (part / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        lines = [json.dumps(entry, allow_nan=False) + "\n" for entry in metrics]
        (part / METRICS).write_text("".join(lines), encoding="utf-8")
        part.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
