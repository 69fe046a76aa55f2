"""What one stroke costs at 128, 256 and 512 pixels: milliseconds until the picture, and memory.

Run from the root of the project, some minutes on two cores; the networks must be trained::

    .venv/bin/python benchmarks/strokes.py --drawings 4

It draws OpenMoji designs at each size and marks their regions one after the other, as a user does.
The clock on the wall is read, as a user does too, so let nothing else run. Painters are called as a
user calls them, by `colorize`: they work at a size of their own, and their colours are lifted to
the drawing's. Fills are called without it too, at the drawing's own size. Each method and size has
a process of its own, and its most memory is that of the whole process, libraries included: the
lineart as is paints nothing, so it is the floor. The table `stroke_costs` goes to the folder of
publication (``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--limit 50 --of watershed`` it
fails when more than one in ten of that method's strokes at the smallest size take longer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.colorize import colorize
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.evaluation.kept import keep
from lineart_lib.evaluation.latency import StrokeCost, as_planes, stroke_cost
from lineart_lib.evaluation.scores import Case
from lineart_lib.painters import PAINTERS, load_painter
from lineart_lib.press import save_table
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.openmoji import designs, draw_openmoji
from lineart_lib.runtime import cpu_threads, set_threads

ALONE, CALLED = "alone", "colorize"
TOLD = ("median, ms", "nine of ten below, ms", "memory, MB")


def drawings(count: int, side_px: int, seed: int) -> list[Case]:
    """Return designs drawn by lot: the same ones at every size."""
    found = []
    for number in np.random.default_rng(seed).permutation(len(designs())):
        try:
            art = draw_openmoji(designs()[number].variants[0], side_px)
        except RefusedError:
            continue
        lines = images.to_lineart(art.lineart)
        found.append(Case(art.name, lines, lines, images.to_picture(art.colour), art.regions))
        if len(found) == count:
            break
    return found


def as_pixels(
    lineart: NDArray[np.floating], hints: NDArray[np.floating], mask: NDArray[np.floating]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the grey lines (H, W) and the strokes (H, W, 4) that a program would export."""
    colour, present = images.split_hints(hints)
    strokes = np.dstack([images.to_pixels(colour), images.to_mask_pixels(present)])
    return images.to_grey_pixels(lineart), strokes


def called(name: str, profile: str) -> Callable[..., object]:
    """Load a painter, and return what makes a picture by it."""
    painter = load_painter(name, profile)
    if "torch" in sys.modules:  # A fill does without, and its memory shall show it.
        set_threads()
    return lambda lines, strokes: colorize(lines, strokes, painter=painter).picture()


def cost(name: str, way: str, side_px: int, count: int, seed: int, profile: str) -> StrokeCost:
    """Measure one method at one size, in this process."""
    cv2.setNumThreads(cpu_threads())
    method, given = (FILLS[name], as_planes) if way == ALONE else (called(name, profile), as_pixels)
    return stroke_cost(method, drawings(count, side_px, seed), given=given)


def measured(*asked: str | int) -> StrokeCost:
    """Do so in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(cost, *asked).result()


def main() -> int:
    """Time all, write the table, and say whether the limit is kept."""
    parser = argparse.ArgumentParser(description="measure what one stroke costs")
    parser.add_argument("--drawings", type=int, default=4)
    parser.add_argument("--sides-px", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--methods", nargs="*", default=list(FILLS), choices=list(FILLS))
    parser.add_argument("--painters", nargs="*", default=list(PAINTERS), choices=list(PAINTERS))
    parser.add_argument("--profile", default="book", help="of the weights of networks")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, help="milliseconds that a stroke may take")
    parser.add_argument("--of", choices=[*FILLS, *PAINTERS], help="what --limit is for")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    threads = cpu_threads()
    rows, slow = [], False
    ways = [(name, ALONE) for name in asked.methods] + [(name, CALLED) for name in asked.painters]
    for name, way in ways:
        cells = []
        for side in asked.sides_px:
            found = measured(name, way, side, asked.drawings, asked.seed, asked.profile)
            cells += [f"{found.median_ms:.1f}", f"{found.late_ms:.1f}", f"{found.peak_mb:.0f}"]
            limited = name == asked.of and side == min(asked.sides_px) and asked.limit is not None
            slow |= limited and found.late_ms > asked.limit
        rows.append([name, way, *cells])
        print("  ".join(rows[-1]), flush=True)
    table = save_table(
        "stroke_costs",
        ["method", "called", *(f"{side} px: {what}" for side in asked.sides_px for what in TOLD)],
        rows,
        caption=(
            f"What one stroke costs on {asked.drawings} OpenMoji drawings whose regions are marked "
            f"one after the other: time on the wall, {threads} thread{'s' * (threads > 1)}, after "
            "a first call, and the most memory of the whole process. Networks have the weights of "
            f"the {asked.profile} profile."
        ),
    )
    print(f"table: {table.path}")
    if asked.keep:
        keep(table)
    if slow:
        print(f"slower than {asked.limit} ms: {asked.of}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
