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
import logging
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lineart_lib.bindery.keys import NotebookPlan, make_plan, read_notebook
from lineart_lib.bindery.progress import Progress, cell_weights
from lineart_lib.bindery.quick import skip_iri_grammar
from lineart_lib.bindery.watch import die_with_parent
from lineart_lib.press import provenance
from lineart_lib.press.publication import write_json
from lineart_lib.runtime import data_folder, project_root

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class CellFailedError(RuntimeError):
    """A cell of a notebook raised; the message tells a person where and what."""


def execute(notebook: Path, plan: NotebookPlan, out: Path, root: Path) -> Path:
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
    """
    check_parameters(read_notebook(notebook), plan.parameters, notebook.name)
    part = out.with_name(out.name + ".part")
    with _alone(out.parent):
        if (out / "notebook.ipynb").is_file():
            return out
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        start = datetime.datetime.now(datetime.UTC)
        run = _Run(notebook, plan, part, root)
        failure = run.execute()
        if failure:
            kept = _keep_failed(part, out, notebook.stem)
            raise CellFailedError(f"{failure}\n  failed copy: {_near(kept, root)}")
        stamp = provenance.stamp(
            plan.parameters["profile"],
            run.seed(),
            plan.parameters,
            {recipe: data_digest(recipe) for recipe in plan.recipes},
            start=start,
            wall_seconds=run.wall_seconds,
            peak_memory_mb=run.peak_memory_mb,
        )
        write_json(part / "provenance.json", {**stamp, "key": out.name})
        if out.exists():
            shutil.rmtree(out)  # A folder without its notebook: nothing whole is in it.
        part.rename(out)
    return out


def data_digest(recipe: str) -> str:
    """Read the SHA-256 of prepared data from their manifest.

    Raises
    ------
    FileNotFoundError
        When the data are not prepared.
    """
    manifest = data_folder() / recipe / "manifest.json"
    if not manifest.is_file():
        raise FileNotFoundError(f"expected {manifest}; found none: lineart prepare {recipe}")
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


def describe_failure(cells: list[Any], root: Path) -> str | None:
    """Tell which cell failed and why, in a few lines, or give None when none did.

    Parameters
    ----------
    cells : list of notebook cells
        With their outputs. Cells are counted from 1, text cells included.
    root : Path
        The project: the last traceback line inside it is quoted.
    """
    for number, cell in enumerate(cells, start=1):
        for output in cell.get("outputs", []):
            if output["output_type"] != "error":
                continue
            lines = [line for line in cell["source"].splitlines() if line.strip()] or [""]
            value = output["evalue"].strip() or "(no message)"
            text = [
                f"cell {number} failed: {lines[0].strip()}",
                f"  {output['ename']}: {value}",
            ]
            place = _last_project_line(output["traceback"], root)
            return "\n".join([*text, f"  at {place}"] if place else text)
    return None


def _last_project_line(traceback: list[str], root: Path) -> str | None:
    """Find the deepest line of a traceback that is the project's or the notebook's own."""
    place, file = None, None
    for line in _COLOURS.sub("", "\n".join(traceback)).splitlines():
        head = re.match(r"^(?:File |Cell )(.+?)(?:, in | line |:\d|$)", line)
        if head:
            named = head.group(1).strip("\"'")
            where = re.match(r"^File (.+?):(\d+)", line)
            path = Path(where.group(1)).expanduser().absolute() if where else None
            if path is None:
                file = "this cell" if line.startswith("Cell ") else named
            elif path.is_relative_to(root) and "site-packages" not in path.parts:
                file = path.relative_to(root).as_posix()
            else:
                file = None
            continue
        arrow = re.match(r"^-+> ?(\d+) ?(.*)$", line)
        if arrow and file:
            place = f"{file}:{arrow.group(1)}: {arrow.group(2).strip()}"
    return place


class _Run:
    """One execution: the kernel, its progress, its memory."""

    def __init__(self, notebook: Path, plan: NotebookPlan, part: Path, root: Path) -> None:
        self.notebook = notebook
        self.plan = plan
        self.part = part
        self.root = root
        self.peak_memory_mb = 0.0
        self.wall_seconds = 0.0

    def seed(self) -> int:
        """Read the seed that the run used: what was injected, else what the notebook declares."""
        if "seed" in self.plan.parameters:
            return int(self.plan.parameters["seed"])
        for cell in read_notebook(self.notebook)["cells"]:
            if "parameters" in cell.get("metadata", {}).get("tags", []):
                declared = re.search(r"^seed\s*(?::[^=]+)?=\s*(\d+)", cell["source"], re.MULTILINE)
                if declared:
                    return int(declared.group(1))
        return 0

    def execute(self) -> str | None:
        """Run it and return what failed, if anything did."""
        skip_iri_grammar()
        import papermill
        from papermill.exceptions import PapermillExecutionError

        output = self.part / "notebook.ipynb"
        problem = None
        with (
            tempfile.TemporaryDirectory(prefix="lineart-") as sockets,  # Their paths must be short.
            _environment({**self._variables(), "JUPYTER_RUNTIME_DIR": sockets}),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # papermill's own, about tornado and paths.
            _register_engine(self)
            try:
                papermill.execute_notebook(
                    str(self.notebook),
                    str(output),
                    parameters=self.plan.parameters,
                    cwd=str(self.root / "notebooks"),
                    engine_name="lineart",
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    log_output=False,
                )
            except PapermillExecutionError:
                problem = "a cell failed"
            except RuntimeError as death:  # nbclient's DeadKernelError is one.
                problem = f"the kernel died: {death}: was there enough memory?"
        cells = json.loads(output.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            cell["source"] = "".join(cell["source"])
        cells = [cell for cell in cells if not _is_papermills(cell)]
        found = describe_failure(cells, self.root) or problem
        return f"{self.notebook.name}: {found}" if found else None

    def _variables(self) -> dict[str, str]:
        build = self.root / "build"
        path = [str(self.root), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        return {
            "LINEART_ROOT": str(self.root),
            "LINEART_PUBLICATION": str(self.part),
            "LINEART_NOTEBOOK": self.notebook.stem,
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": str(build / ".ipython"),  # Nobody's start-up files, no shared history.
        }


def _is_papermills(cell: Mapping[str, Any]) -> bool:
    """Recognize the cells that papermill adds, so that a cell's number is that of the source."""
    added = {"papermill-error-cell-tag", "injected-parameters"}
    return bool(added.intersection(cell.get("metadata", {}).get("tags", [])))


def _register_engine(run: _Run) -> None:
    """Teach papermill an engine that reports each cell and watches the kernel's memory."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines
    from traitlets.config import Config

    weights = cell_weights(run.notebook, run.part.parent)

    class Client(PapermillNotebookClient):
        def papermill_execute_cells(self) -> None:
            pid = self.km.provisioner.pid
            with Progress(run.notebook.stem, self.nb.cells, weights, pid) as progress:
                start, complete = self.nb_man.cell_start, self.nb_man.cell_complete

                def cell_start(cell: Any, cell_index: int, **more: Any) -> None:
                    progress.start(cell_index)
                    start(cell, cell_index, **more)

                def cell_complete(cell: Any, cell_index: int, **more: Any) -> None:
                    complete(cell, cell_index, **more)
                    progress.complete(cell_index)

                self.nb_man.cell_start, self.nb_man.cell_complete = cell_start, cell_complete
                super().papermill_execute_cells()
                run.peak_memory_mb = progress.peak_memory_mb()
                run.wall_seconds = progress.seconds()

    class Engine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            for unused in ("input_path", "stdout_file", "stderr_file"):
                options.pop(unused, None)
            options.pop("start_timeout", None)
            quiet = logging.getLogger("lineart.papermill")
            quiet.setLevel(logging.CRITICAL)
            Client(
                nb_man,
                config=Config({"KernelManager": {"transport": "ipc"}}),  # No open port.
                kernel_name=kernel_name,
                startup_timeout=120,
                timeout=options.pop("execution_timeout", None),
                log=quiet,
                **options,
            ).execute()

    logging.getLogger("papermill").setLevel(logging.ERROR)
    papermill_engines.register("lineart", Engine)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the kernel, which inherits them, and restore the old ones."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


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
    parser.add_argument("out", type=Path)
    given = parser.parse_args(arguments)
    die_with_parent()
    root = project_root()
    try:
        plan = make_plan(root, given.profile).notebooks[given.notebook.stem]
        execute(given.notebook.absolute(), plan, given.out.absolute(), root)
    except (CellFailedError, ValueError, OSError) as problem:
        print(f"\n✗ {problem}\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
