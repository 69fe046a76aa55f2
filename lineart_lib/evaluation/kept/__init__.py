"""Tables of benchmarks that take too long for a build: measured once, kept with their origin.

A benchmark that is called with ``--keep`` puts its tables beside this file. A notebook publishes
them under names of its own, and their captions say by which command, on which day, at which commit
and on which machine they were measured. They are not measured again when the code changes: that is
what the command is for.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lineart_lib.press.figures import Cell, SavedTable, save_table
from lineart_lib.press.provenance import git_state
from lineart_lib.press.publication import write_json
from lineart_lib.runtime import project_root

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Kept:
    """A table of a benchmark, and where it comes from."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    """MyST markdown, without the origin."""
    origin: str
    """A sentence: command, day, commit, machine."""

    def publish(self, name: str) -> SavedTable:
        """Publish it under the name that a chapter uses, the origin in its caption."""
        return save_table(name, self.columns, self.rows, caption=f"{self.caption} {self.origin}")


def keep(table: SavedTable, folder: Path = HERE) -> Path:
    """Keep a table that this command has measured, in place of an older one.

    Parameters
    ----------
    table : SavedTable
        As `lineart_lib.press.save_table` returned it.
    folder : Path
        Where; the book reads what lies beside this module.

    Returns
    -------
    Path
        The file.
    """
    program = Path(sys.argv[0]).resolve()
    if program.is_relative_to(project_root()):
        program = program.relative_to(project_root())
    commit, dirty = git_state()
    path = folder / f"{table.name}.json"
    write_json(
        path,
        {
            "columns": table.columns,
            "rows": table.rows,
            "caption": table.caption,
            "command": shlex.join([str(program), *sys.argv[1:]]),
            "day": datetime.now(UTC).date().isoformat(),
            "commit": commit,
            "dirty": dirty,
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        },
    )
    return path


def kept(name: str, folder: Path = HERE) -> Kept:
    """Read a kept table.

    Raises
    ------
    FileNotFoundError
        Nobody kept one; the message says how to.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"no table {name!r} is kept in {folder}: run the benchmark that makes it, with --keep"
        )
    found = json.loads(path.read_text(encoding="utf-8"))
    changed = " with local changes" if found["dirty"] else ""
    origin = (
        f"Measured once by `{found['command']}` on {found['day']}, at commit "
        f"{found['commit'][:7]}{changed}, on {found['machine']}; not measured again in this build."
    )
    rows = tuple(tuple(row) for row in found["rows"])
    return Kept(name, tuple(found["columns"]), rows, found["caption"], origin)
