"""The folder that a notebook publishes into, and how a file is put there."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lineart_lib.runtime import project_root


def publication() -> Path:
    """Name the folder that figures, tables and values go to.

    Returns
    -------
    Path
        ``LINEART_PUBLICATION`` when set (the build sets it), else ``build/by-hand`` in the project.
    """
    named = os.environ.get("LINEART_PUBLICATION")
    return Path(named).expanduser().resolve() if named else project_root() / "build" / "by-hand"


def by_hand() -> bool:
    """Tell whether nobody set ``LINEART_PUBLICATION``: a person runs the notebook."""
    return not os.environ.get("LINEART_PUBLICATION")


def current_notebook() -> str:
    """Name the notebook that publishes.

    Returns
    -------
    str
        ``LINEART_NOTEBOOK`` (the build sets it), else the stem of the file that JupyterLab says it
        runs, else an empty string.
    """
    named = os.environ.get("LINEART_NOTEBOOK") or os.environ.get("JPY_SESSION_NAME", "")
    return Path(named).name.removesuffix(".ipynb")


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing: to a temporary name first, then renamed.

    Parameters
    ----------
    path : Path
        The file; missing folders are made.
    text : str
        Its content, written as UTF-8 with ``\\n`` line ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically, indented, with non-ASCII text kept readable and NaN refused."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder to one process, so that a read followed by a write loses nothing.

    Parameters
    ----------
    folder : Path
        Made when missing. The lock is on the folder itself and leaves no file behind.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # Closing releases the lock.
