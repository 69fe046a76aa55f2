"""Tell which cell of a notebook failed, and why, in a few lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


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
