"""Where a result comes from: code, settings, data, machine and time."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lineart_lib.runtime import cpu_threads, project_root

PACKAGES = ("lineart-lib", "matplotlib", "numpy", "scikit-learn", "torch", "torchvision")
NO_GIT = "no git"


def stamp(
    profile: str,
    seed: int,
    parameters: Mapping[str, Any],
    data: Mapping[str, Path | str] | None = None,
    *,
    start: datetime.datetime | None = None,
    wall_seconds: float | None = None,
    peak_memory_mb: float | None = None,
) -> dict[str, Any]:
    """Collect the provenance of a run that ends now.

    Parameters
    ----------
    profile : str
        ``smoke``, ``book`` or ``paper``.
    seed : int
        The seed of the run.
    parameters : mapping
        The other settings; JSON types.
    data : mapping from name to Path or str, optional
        A `Path` is a file or folder whose content is hashed; a `str` is a digest already known.
    start : datetime, optional
        When the run began, with its time zone. The default is now.
    wall_seconds : float, optional
        How long it took. The default is the time since ``start``.
    peak_memory_mb : float, optional
        The most memory it held, in MB (10**6 bytes). The default is the larger of this process
        and its finished children.

    Returns
    -------
    dict
        JSON types only: profile, seed, parameters, commit, dirty, start, wall_seconds,
        peak_memory_mb, threads, platform, versions, data, data_hash.

    Raises
    ------
    ValueError
        When the profile is unknown or ``start`` has no time zone.
    FileNotFoundError
        When a data path does not exist.
    """
    if profile not in ("smoke", "book", "paper"):
        raise ValueError(f"profile must be smoke, book or paper; got {profile!r}")
    now = datetime.datetime.now(datetime.UTC)
    start = now if start is None else start
    if start.tzinfo is None:
        raise ValueError(f"start must have a time zone; got {start!r}: use datetime.now(UTC)")
    commit, dirty = git_state()
    digests = {
        name: source if isinstance(source, str) else content_hash(source)
        for name, source in sorted((data or {}).items())
    }
    if wall_seconds is None:
        wall_seconds = (now - start).total_seconds()
    if peak_memory_mb is None:
        peak_memory_mb = _peak_memory_mb()
    return {
        "profile": profile,
        "seed": seed,
        "parameters": dict(parameters),
        "commit": commit,
        "dirty": dirty,
        "start": start.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(wall_seconds, 2),
        "peak_memory_mb": round(peak_memory_mb, 1),
        "threads": cpu_threads(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
        "data": digests,
        "data_hash": _hash_of_hashes(digests),
    }


def summary(stamp: Mapping[str, Any]) -> str:
    """Say in one line where a result comes from.

    Parameters
    ----------
    stamp : mapping
        As `stamp` returns it.

    Returns
    -------
    str
        For example ``book profile · seed 0 · commit 1a2b3c4 · 12.3 s · 410 MB · 24 Nov 2026``.
    """
    commit = stamp["commit"]
    if commit != NO_GIT:
        commit = f"commit {commit[:7]}" + (" with local changes" if stamp["dirty"] else "")
    day = datetime.datetime.fromisoformat(stamp["start"])
    parts = [
        f"{stamp['profile']} profile",
        f"seed {stamp['seed']}",
        commit,
        _duration(stamp["wall_seconds"]),
        f"{stamp['peak_memory_mb']:.0f} MB",
    ]
    if stamp["data_hash"]:
        parts.append(f"data {stamp['data_hash'][:7]}")
    parts.append(f"{day.day} {day:%b %Y}")
    return " · ".join(parts)


def git_state(folder: Path | None = None) -> tuple[str, bool]:
    """Read the commit of the checkout, and whether tracked files differ from it.

    Parameters
    ----------
    folder : Path, optional
        A folder inside the checkout. The default is the project.

    Returns
    -------
    commit : str
        40 hexadecimal digits, or ``"no git"`` outside a checkout, before its first commit, or
        where git is not installed.
    dirty : bool
        False when there is no commit to differ from.
    """
    folder = project_root() if folder is None else folder
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return NO_GIT, False
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return commit, bool(changes)


def content_hash(path: Path) -> str:
    """Hash a file, or a folder with the names and contents of all files in it.

    Returns
    -------
    str
        SHA-256 in hexadecimal. Times and permissions do not count.

    Raises
    ------
    FileNotFoundError
        When the path does not exist.
    """
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    if not path.is_dir():
        raise FileNotFoundError(f"no data at {path}: prepare it first (lineart prepare)")
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return _hash_of_hashes(
        {file.relative_to(path).as_posix(): content_hash(file) for file in files}
    )


def versions() -> dict[str, str]:
    """List the versions of Python and of the packages that shape a result, where installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _hash_of_hashes(digests: Mapping[str, str]) -> str:
    """Hash named digests into one; empty when there is none."""
    if not digests:
        return ""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode("utf-8")).hexdigest()


def _git(folder: Path, *arguments: str) -> str | None:
    """Run git and return what it says, or None when it fails or is missing."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _peak_memory_mb() -> float:
    """Return the peak resident memory of this process or its finished children, in MB."""
    import resource

    most = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    unit = 1 if sys.platform == "darwin" else 1024  # Bytes on macOS, KiB on Linux.
    return most * unit / 1e6


def _duration(seconds: float) -> str:
    """Write a duration as people say it."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
