"""Colour many drawings one after the other; a bad one is told, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lineart_lib.colorize.files import Job, check_free, save
from lineart_lib.colorize.painting import colorize

if TYPE_CHECKING:
    from lineart_lib.painters import Painter


class Report(NamedTuple):
    """What became of the jobs."""

    written: list[Path]
    failed: dict[Path, str]
    """By drawing: why it was not coloured."""


def colour_all(
    jobs: Sequence[Job],
    painter: Painter,
    *,
    size_px: int | None = None,
    seed: int = 0,
    force: bool = False,
    done: Callable[[], object] = lambda: None,
) -> Report:
    """Do all jobs.

    Parameters
    ----------
    jobs : sequence of Job
        As `lineart_lib.colorize.files.jobs` returns them.
    painter : Painter
        Colours all of them.
    size_px, seed
        As in `colorize`.
    force : bool
        Write over files that are there.
    done : callable
        Called after each drawing.

    Returns
    -------
    Report
        A drawing, or what comes with it, that cannot be read or does not fit is in `failed`.

    Raises
    ------
    FileExistsError
        A file to write is there, and `force` was not said; nothing was done.
    """
    check_free(list(chain.from_iterable(chain(*(job.outputs for job in jobs)))), force=force)
    written: list[Path] = []
    failed: dict[Path, str] = {}
    for job in jobs:
        try:
            made = colorize(
                job.lineart,
                job.hints,
                job.mask,
                painter,
                len(job.outputs),
                picture=job.picture,
                size_px=size_px,
                seed=seed,
            )
            for number in range(len(made.paintings)):
                written += [save(made, path, number, force=force) for path in job.outputs[number]]
        except (ValueError, OSError) as error:
            failed[job.lineart] = str(error)
        done()
    return Report(written, failed)
