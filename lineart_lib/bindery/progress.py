"""Show how far a notebook is, and when it will be done."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

PLAIN = "LINEART_PLAIN_PROGRESS"
"""Environment variable: one line a notebook instead of a moving bar, for logs and parallel runs."""


def cell_weights(notebook: Path, versions: Path) -> dict[str, float]:
    """Read how long each cell took when this notebook last ran to its end.

    Parameters
    ----------
    notebook : Path
        Its source; only its name is used.
    versions : Path
        The folder that holds its executions, one folder a key.

    Returns
    -------
    dict
        Seconds by the source of the cell; empty when it never ran.
    """
    runs = sorted(versions.glob("*/notebook.ipynb"), key=lambda path: path.stat().st_mtime)
    for run in reversed(runs):
        if run.parent.name.endswith(".part"):
            continue
        cells = json.loads(run.read_text(encoding="utf-8"))["cells"]
        return {
            "".join(cell["source"]): float(cell["metadata"]["papermill"]["duration"] or 0.0)
            for cell in cells
            if cell["cell_type"] == "code" and "papermill" in cell["metadata"]
        }
    return {}


class Progress:
    """A bar over the cells of a notebook, in seconds when they are known, else in cells.

    Parameters
    ----------
    name : str
        Shown before the bar.
    cells : list of notebook cells
        All of them, text included.
    weights : mapping from source to float
        Seconds that cells took before, as `cell_weights` gives them.
    pid : int
        The kernel, whose memory is watched.
    """

    def __init__(
        self, name: str, cells: list[Any], weights: Mapping[str, float], pid: int | None
    ) -> None:
        from tqdm import tqdm

        self._seconds = _expected(cells, weights)
        self._known = bool(weights)
        self._done = 0.0
        self._failed = False
        self._now: tuple[float, float] | None = None
        self._peak = 0
        self._pid = pid
        self._name = name
        self._begin = time.perf_counter()
        self._stop = threading.Event()
        self._cells = sum(1 for seconds in self._seconds if seconds)
        plain = bool(os.environ.get(PLAIN)) or not sys.stderr.isatty()
        rest = "{elapsed}<{remaining}" if self._known else "{elapsed}"
        self._bar = tqdm(
            total=sum(self._seconds),
            desc=f"  {name}",
            bar_format="{desc:<28} {percentage:3.0f}% |{bar:24}| " + rest + "{postfix}",
            leave=False,
            disable=plain,
            file=sys.stderr,
        )

    def __enter__(self) -> Progress:
        self._thread = threading.Thread(target=self._tick, name="progress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self._stop.set()
        self._thread.join()
        self._bar.close()
        if kind is None and not self._failed:
            print(
                f"  {self._name:<26} {self.seconds():7.1f} s  {self.peak_memory_mb():7.0f} MB",
                file=sys.stderr,
                flush=True,
            )

    def start(self, index: int) -> None:
        """Note that a cell begins."""
        self._now = (time.perf_counter(), self._seconds[index])

    def complete(self, index: int, *, failed: bool = False) -> None:
        """Note that a cell is done; after one that failed, the notebook is not told as done."""
        self._failed = self._failed or failed
        self._now = None
        self._done += self._seconds[index]
        self._look()

    def peak_memory_mb(self) -> float:
        """Give the most memory that the kernel and its children held so far, in MB."""
        return self._peak / 1e6

    def seconds(self) -> float:
        """Give the time since the first cell began, in seconds."""
        return time.perf_counter() - self._begin

    def _tick(self) -> None:
        while not self._stop.wait(0.25):
            self._look()
            now, part = self._now, 0.0
            if now and self._known:
                part = min(time.perf_counter() - now[0], 0.98 * now[1])
            self._bar.n = min(self._done + part, self._bar.total)
            self._bar.refresh()

    def _look(self) -> None:
        if self._pid is None:
            return
        try:
            kernel = psutil.Process(self._pid)
            held = sum(one.memory_info().rss for one in (kernel, *kernel.children(recursive=True)))
        except psutil.Error:
            return
        self._peak = max(self._peak, held, _high_water(self._pid))


def _expected(cells: list[Any], weights: Mapping[str, float]) -> list[float]:
    """Give each cell its expected seconds, or one each when nothing is known; text costs none."""
    known = [seconds for seconds in weights.values() if seconds > 0]
    mean = sum(known) / len(known) if known else 1.0
    return [
        weights.get(cell["source"], mean) if cell["cell_type"] == "code" else 0.0 for cell in cells
    ]


def _high_water(pid: int) -> int:
    """Read the kernel's own record of its largest size in bytes, where the system keeps one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0][1]) * 1024 if lines else 0
