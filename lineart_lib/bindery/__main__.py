"""Build the book: ``python -m lineart_lib.bindery --profile book|smoke|paper``.

What is up to date is left alone. Killed at any moment, the next run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from lineart_lib.bindery.keys import PROFILES, Plan, make_plan
from lineart_lib.bindery.quick import skip_iri_grammar
from lineart_lib.bindery.warm import warm_kernels
from lineart_lib.bindery.watch import PARENT, end_children
from lineart_lib.recipe.kinds import folder_of
from lineart_lib.runtime import cpu_threads, data_folder, project_root

AGAIN = "LINEART_BUILD_AGAIN"
MOST_AGAIN = 5
"""How often a build goes on by itself after an edit."""


class BusyError(RuntimeError):
    """Another build of this checkout is running."""


class SourcesChangedError(RuntimeError):
    """A source was edited while the build ran."""


def lock(folder: Path) -> int:
    """Take the lock of a checkout's builds; the system releases it when this process ends.

    Parameters
    ----------
    folder : Path
        ``build``; made when missing.

    Returns
    -------
    int
        The open file. Children do not inherit it.

    Raises
    ------
    BusyError
        When another process holds it.
    """
    folder.mkdir(exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 100).decode().strip() or "another one"
        os.close(handle)
        raise BusyError(f"a build is running already ({holder}): wait for it, or stop it") from None
    os.ftruncate(handle, 0)
    os.write(handle, f"process {os.getpid()}".encode())
    return handle


def switch(link: Path, target: Path) -> None:
    """Point a symbolic link at a folder beside it, in one step."""
    part = link.with_name(link.name + ".part")
    part.unlink(missing_ok=True)
    part.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)
    part.replace(link)


def forget_missing_data(root: Path, plan: Plan, names: Sequence[str]) -> None:
    """Drop the stamp of data that somebody removed, so that they are prepared again.

    Only where one of the notebooks named is about to read them: the stamp itself tells the pages
    where they come from.
    """
    for recipe in {recipe for name in names for recipe in plan.notebooks[name].recipes}:
        key = plan.recipes[recipe]
        stamp = root / "build" / "data" / recipe / f"{key}.json"
        path = root / "data_recipes" / f"{recipe}.yml"
        kept = folder_of(path, plan.profile, data_folder()) / "manifest.json"
        if stamp.is_file() and not kept.is_file():
            stamp.unlink()


def build(root: Path, profile: str, at_once: int) -> tuple[Path, bool]:
    """Bring the site up to date and switch the link to it.

    Parameters
    ----------
    root : Path
        The project.
    profile : str
        ``smoke``, ``book`` or ``paper``.
    at_once : int
        How many notebooks run at the same time, at least 1.

    Returns
    -------
    link : Path
        The link to the site.
    worked : bool
        False when everything was up to date.

    Raises
    ------
    SourcesChangedError
        When somebody edited a source meanwhile.
    RuntimeError
        When a step failed; it has said why. The link still shows the last good site.
    """
    plan = make_plan(root, profile)
    here = root / "build" / profile
    site = here / "site" / plan.site
    worked = not (site / "index.html").is_file()
    if worked:
        names = waiting(root, plan)
        forget_missing_data(root, plan, names)
        announce(root, plan, names)
        finished = run_snakemake(root, profile, at_once)
        if make_plan(root, profile) != plan:
            raise SourcesChangedError("sources changed while the build ran")
        if not finished:
            raise RuntimeError("the build stopped; what is finished is kept for the next run")
    link = here / "html"
    if not link.is_symlink() or link.resolve() != site.resolve():
        switch(link, site)
    return link, worked


def waiting(root: Path, plan: Plan) -> list[str]:
    """Name the notebooks that have to run."""
    here = root / "build" / plan.profile / "notebooks"
    return [
        name
        for name, notebook in plan.notebooks.items()
        if not (here / name / notebook.key / "notebook.ipynb").is_file()
    ]


def announce(root: Path, plan: Plan, names: Sequence[str]) -> None:
    """Say which notebooks will run, and how long they took before, where that is known."""
    here = root / "build" / plan.profile / "notebooks"
    known = [last_seconds(here / name) for name in names]
    total = len(plan.notebooks)
    text = f"{plan.profile}: {len(names)} of {total} notebooks to run"
    if names and all(known):
        text += f", about {sum(filter(None, known)):.0f} s"
    print(f"{text}; then the site", flush=True)


def last_seconds(versions: Path) -> float | None:
    """Read how long a notebook took when it last ran to its end."""
    stamps = sorted(versions.glob("*/provenance.json"), key=lambda path: path.stat().st_mtime)
    if not stamps:
        return None
    return float(json.loads(stamps[-1].read_text(encoding="utf-8"))["wall_seconds"])


def run_snakemake(root: Path, profile: str, at_once: int) -> bool:
    """Run the graph in this very process, so that killing it ends all."""
    skip_iri_grammar()
    from snakemake.cli import main as snakemake

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    os.environ[PARENT] = str(os.getpid())
    os.environ["LINEART_ROOT"] = str(root)
    if at_once > 1:
        os.environ["LINEART_PLAIN_PROGRESS"] = "1"
        each = str(max(1, cpu_threads() // at_once))
        for threads in ("LINEART_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(threads, each)
    arguments = [
        *("--snakefile", str(root / "Snakefile"), "--directory", str(root / "build")),
        *("--cores", str(cores)),
        *("--config", f"profile={profile}", f"at_once={at_once}"),
        *("--rerun-triggers", "mtime", "--scheduler", "greedy"),
        # Outputs appear by renaming: one that exists is whole, and is never removed.
        *("--nolock", "--ignore-incomplete", "--keep-incomplete"),
        *("--quiet", "all"),
    ]
    codes: list[object] = []

    def run() -> None:
        try:
            snakemake(arguments)
        except SystemExit as end:
            codes.append(end.code)

    # Many small notebooks at once are a preview: starting them takes longer than running them.
    warm = warm_kernels(root) if at_once > 1 else contextlib.nullcontext()
    # In a thread of its own Snakemake cannot take over the signals: it would wait for what runs.
    thread = threading.Thread(target=run, name="snakemake", daemon=True)
    try:
        with warm:
            thread.start()
            thread.join()
    finally:
        end_children()
    return codes == [0]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="lineart_lib.bindery", description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="book")
    parser.add_argument(
        "--jobs",
        type=int,
        default=0,
        help="notebooks that run at the same time (default: 2 with smoke, where starting them "
        "takes longer than running them, else 1)",
    )
    given = parser.parse_args(arguments)
    if given.jobs < 0:
        parser.error(f"--jobs must be at least 1, or 0 to let the build choose; got {given.jobs}")
    jobs = given.jobs or (cpu_threads() if given.profile == "smoke" else 1)
    start = time.perf_counter()
    root = project_root()
    try:
        handle = lock(root / "build")
        try:
            link, worked = build(root, given.profile, jobs)
        finally:
            os.close(handle)
    except SourcesChangedError as change:
        again = int(os.environ.get(AGAIN, "0")) + 1
        if again > MOST_AGAIN:
            print(f"✗ {change}, {again} times: start it again", file=sys.stderr)
            return 1
        print(f"{change}: going on with what they are now", flush=True)
        os.environ[AGAIN] = str(again)
        # A new process, as the build itself may be what was edited.
        os.execv(sys.executable, [sys.executable, "-m", "lineart_lib.bindery", *sys.argv[1:]])
    except (BusyError, RuntimeError, ValueError, OSError, SyntaxError) as problem:
        print(f"✗ {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; what is finished is kept for the next run", file=sys.stderr, flush=True)
        os._exit(130)  # Not to wait for Snakemake's own threads.
    took = time.perf_counter() - start
    shown = os.path.relpath(link, root)
    print(f"✓ {shown}/index.html ({'built' if worked else 'up to date'} in {took:.1f} s)")
    print(f"  read it: make serve PROFILE={given.profile}, or python -m http.server -d {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
