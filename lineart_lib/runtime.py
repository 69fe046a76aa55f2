"""Where the project lives, how it draws random numbers, how many threads it uses.

PyTorch is imported inside the functions that need it, so that publishing and building stay light.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PROJECT = "lineart-lib"


def project_root() -> Path:
    """Find the folder that holds the project's ``pyproject.toml``.

    Returns
    -------
    Path
        The folder named by ``LINEART_ROOT`` when it is set, else the nearest folder, from the
        current one upwards, whose ``pyproject.toml`` names the project ``lineart-lib``.

    Raises
    ------
    FileNotFoundError
        When ``LINEART_ROOT`` is not a folder, or when no folder upwards is the project.
    """
    named = os.environ.get("LINEART_ROOT")
    if named:
        root = Path(named).expanduser().resolve()
        if not root.is_dir():
            raise FileNotFoundError(
                f"LINEART_ROOT must be a folder; got {named!r}: correct it or unset it"
            )
        return root
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if _is_project(folder / "pyproject.toml"):
            return folder
    raise FileNotFoundError(
        f"expected the pyproject.toml of {PROJECT} in {here} or above it, found none: "
        "start from inside the checkout, or set LINEART_ROOT to it"
    )


def _is_project(pyproject: Path) -> bool:
    """Tell whether a ``pyproject.toml`` exists and names this project."""
    import tomllib

    if not pyproject.is_file():
        return False
    try:
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError:
        return False  # Somebody else's broken file on the way up is none of our business.
    return settings.get("project", {}).get("name") == PROJECT


def data_folder() -> Path:
    """Name the folder of prepared data: ``LINEART_DATA`` when set, else ``.data`` in the project.

    Returns
    -------
    Path
        The folder, which need not exist yet.
    """
    named = os.environ.get("LINEART_DATA")
    return Path(named).expanduser().resolve() if named else project_root() / ".data"


def generator(seed: int) -> torch.Generator:
    """Make a seeded random generator on the CPU; nothing global is seeded.

    Parameters
    ----------
    seed : int
        Any integer in [0, 2**63). Equal seeds give equal draws.

    Returns
    -------
    torch.Generator
        To be passed to every function that draws.

    Raises
    ------
    ValueError
        When the seed is no such integer.
    """
    import torch

    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be an integer in [0, 2**63); got {seed!r}")
    return torch.Generator().manual_seed(seed)


def cpu_threads() -> int:
    """Count the CPU threads that a run may use.

    Returns
    -------
    int
        ``LINEART_THREADS`` when set, else the cores this process may use, but two at most: the
        book's published numbers are made on two cores.

    Raises
    ------
    ValueError
        When ``LINEART_THREADS`` is not a positive integer.
    """
    named = os.environ.get("LINEART_THREADS")
    if named:
        if not named.isdecimal() or int(named) < 1:
            raise ValueError(f"LINEART_THREADS must be a positive integer; got {named!r}")
        return int(named)
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(2, cores)


def has_fast_bfloat16() -> bool:
    """Tell whether this machine multiplies bfloat16 faster than float32.

    A GPU does, and so do CPUs with instructions of their own for it. Others emulate it, ten times
    slower.
    """
    import torch

    known = torch.cpu.get_capabilities()
    return torch.cuda.is_available() or any(
        known.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16")
    )


def set_threads(threads: int | None = None) -> int:
    """Limit the CPU threads of PyTorch, so that one machine repeats its own results.

    Memory is kept from here on, see `keep_memory`.

    Parameters
    ----------
    threads : int, optional
        At least 1. The default is `cpu_threads`.

    Returns
    -------
    int
        The number that was set.

    Raises
    ------
    ValueError
        When the number is below 1.
    """
    import torch

    threads = cpu_threads() if threads is None else threads
    if threads < 1:
        raise ValueError(f"threads must be at least 1; got {threads}")
    torch.set_num_threads(threads)
    keep_memory()
    return threads


def keep_memory() -> bool:
    """Let this process keep the memory that it frees, and use it again.

    A step of a training allocates the same large tensors as the one before. The C library gives
    those above 32 MiB back to the system each time, and getting them again can cost a fifth
    of the step.

    Returns
    -------
    bool
        Whether the C library is one that can be told, glibc.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    no_mappings, never_trim, grow_by = (-4, 0), (-1, -1), (-2, 64 << 20)
    return all(tell(*option) for option in (no_mappings, never_trim, grow_by))
