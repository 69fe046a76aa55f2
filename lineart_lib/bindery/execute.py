"""Run one notebook: ``python -m lineart_lib.bindery.execute NB PROFILE OUT``.

The notebook runs in its own kernel, in ``notebooks/``, and publishes into ``OUT.part``. Only a run
that comes to its end is renamed to ``OUT``; a failed one is kept apart, to be looked at.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import fcntl
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lineart_lib.bindery.kernel import Run
from lineart_lib.bindery.keys import CHANGED, NotebookPlan, plan_notebook
from lineart_lib.bindery.notebooks import read_notebook
from lineart_lib.bindery.watch import die_with_parent
from lineart_lib.press import provenance
from lineart_lib.press.publication import write_json
from lineart_lib.recipe.kinds import folder_of
from lineart_lib.runtime import data_folder, project_root


class CellFailedError(RuntimeError):
    """A cell of a notebook raised; the message tells a person where and what."""


class ChangedError(RuntimeError):
    """A source changed while its notebook ran."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: {CHANGED}")


def execute(
    notebook: Path,
    plan: NotebookPlan,
    out: Path,
    root: Path,
    unchanged: Callable[[], bool] = lambda: True,
) -> Path:
    """Execute a notebook and publish what it made.

    Parameters
    ----------
    notebook : Path
        The source, which is not changed.
    plan : NotebookPlan
        Its parameters, with the profile, and its recipes.
    out : Path
        The folder to make: ``notebook.ipynb``, ``provenance.json`` and what the notebook saves.
        When it is there already, nothing runs.
    root : Path
        The project.
    unchanged : callable
        Asked before and after: whether the sources still have the key that ``out`` is named by.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    CellFailedError
        When a cell raises, or the kernel dies. Nothing is published.
    ValueError
        When a parameter of the profile is none that the notebook declares.
    ChangedError
        When a source changed meanwhile.
    """
    if not unchanged():
        raise ChangedError(notebook.name)
    check_parameters(read_notebook(notebook), plan.parameters, notebook.name)
    part = out.with_name(out.name + ".part")
    with _alone(out.parent):
        if (out / "notebook.ipynb").is_file():
            return out
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        start = datetime.datetime.now(datetime.UTC)
        run = Run(notebook, plan, part, root)
        failure = run.execute()
        if failure:
            kept = _keep_failed(part, out, notebook.stem)
            raise CellFailedError(f"{failure}\n  failed copy: {_near(kept, root)}")
        profile = plan.parameters["profile"]
        stamp = provenance.stamp(
            profile,
            run.seed(),
            plan.parameters,
            {
                recipe: data_digest(root / "data_recipes" / f"{recipe}.yml", profile)
                for recipe in plan.recipes
            },
            start=start,
            wall_seconds=run.wall_seconds,
            peak_memory_mb=run.peak_memory_mb,
        )
        if not unchanged():
            shutil.rmtree(part)
            raise ChangedError(notebook.name)
        write_json(part / "provenance.json", {**stamp, "key": out.name})
        if out.exists():
            shutil.rmtree(out)  # A folder without its notebook: nothing whole is in it.
        part.rename(out)
    return out


def data_digest(recipe: Path, profile: str) -> str:
    """Read the SHA-256 of a recipe's prepared data from their manifest.

    Raises
    ------
    FileNotFoundError
        When the data are not prepared.
    """
    manifest = folder_of(recipe, profile, data_folder()) / "manifest.json"
    if not manifest.is_file():
        raise FileNotFoundError(
            f"expected {manifest}; found none: lineart prepare {recipe.stem} --profile {profile}"
        )
    return str(json.loads(manifest.read_text(encoding="utf-8"))["sha256"])


def check_parameters(notebook: Mapping[str, Any], injected: Mapping[str, Any], where: str) -> None:
    """Refuse a parameter that the notebook does not declare: papermill would set it unread.

    Raises
    ------
    ValueError
        When there is no cell tagged ``parameters``, or it does not assign an injected name.
    """
    cells = [
        cell["source"]
        for cell in notebook["cells"]
        if "parameters" in cell.get("metadata", {}).get("tags", [])
    ]
    if not cells:
        raise ValueError(f"{where} must have a cell tagged 'parameters'; found none: tag it")
    declared = set(re.findall(r"^(\w+)\s*(?::[^=]+)?=", cells[0], flags=re.MULTILINE))
    unknown = sorted(set(injected) - declared)
    if unknown:
        raise ValueError(
            f"{where}: its parameters cell declares {', '.join(sorted(declared)) or 'nothing'}; "
            f"the profile injects {', '.join(unknown)}: declare it, or correct profiles.yml"
        )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no process of a killed build still writes this notebook's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _keep_failed(part: Path, out: Path, name: str) -> Path:
    """Move a failed copy out of the way and return where its notebook lies."""
    failed = out.parents[2] / "failed"
    failed.mkdir(exist_ok=True)
    kept = failed / f"{name}.ipynb"
    (part / "notebook.ipynb").replace(kept)
    shutil.rmtree(part)
    return kept


def _near(path: Path, root: Path) -> str:
    return os.path.relpath(path, root) if path.is_relative_to(root) else str(path)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; exit with 1 and a few lines when a cell fails."""
    parser = argparse.ArgumentParser(prog="lineart_lib.bindery.execute", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("profile")
    parser.add_argument("out", type=Path, help="folder to make, named by the notebook's key")
    given = parser.parse_args(arguments)
    die_with_parent()
    root = project_root()
    name, out = given.notebook.stem, given.out.absolute()
    try:
        plan = plan_notebook(root, name, given.profile)
        execute(
            given.notebook.absolute(),
            plan,
            out,
            root,
            lambda: plan_notebook(root, name, given.profile).key == out.name,
        )
    except (CellFailedError, ChangedError, ValueError, OSError) as problem:
        print(f"\n✗ {problem}\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
