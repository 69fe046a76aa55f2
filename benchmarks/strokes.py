"""What one stroke costs at 128, 256 and 512 pixels: milliseconds until the picture, and memory.

Run from the root of the project, about three minutes on one core::

    .venv/bin/python benchmarks/strokes.py --drawings 4

It draws OpenMoji designs at each size and marks their regions one after the other, as a user does.
Processor time is counted, one thread, so that other programs on the machine disturb little; each
method and size has a process of its own, whose peak of memory is told beyond that of the lineart
as is. The table `stroke_costs`
goes to the folder of publication (``LINEART_PUBLICATION``, else ``build/by-hand``). With
``--limit 50 --of watershed`` it fails when half of that method's strokes at the smallest size take
longer.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np

from lineart_lib import images
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.evaluation.kept import keep
from lineart_lib.evaluation.latency import StrokeCost, stroke_cost
from lineart_lib.evaluation.scores import Case
from lineart_lib.press import save_table
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.openmoji import designs, draw_openmoji


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


def cost(name: str, count: int, side_px: int, seed: int) -> StrokeCost:
    """Measure one method at one size, in this process."""
    cv2.setNumThreads(1)
    return stroke_cost(FILLS[name], drawings(count, side_px, seed))


def measured(*asked: str | int) -> StrokeCost:
    """Do so in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(cost, *asked).result()


def main() -> int:
    """Time all, write the table, and say whether the limit is kept."""
    parser = argparse.ArgumentParser(description="measure what one stroke costs")
    parser.add_argument("--drawings", type=int, default=4)
    parser.add_argument("--sides-px", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--methods", nargs="+", default=list(FILLS), choices=list(FILLS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, help="milliseconds that a stroke may take")
    parser.add_argument("--of", choices=list(FILLS), help="the method that --limit is for")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    rows, slow = [], False
    alone = {
        side: measured("lineart as is", asked.drawings, side, asked.seed).peak_mb
        for side in asked.sides_px
    }
    for name in asked.methods:
        cells = []
        for side in asked.sides_px:
            found = measured(name, asked.drawings, side, asked.seed)
            beyond = max(0.0, found.peak_mb - alone[side])
            cells += [f"{found.median_ms:.1f}", f"{found.late_ms:.1f}", f"{beyond:.0f}"]
            limited = name == asked.of and side == min(asked.sides_px) and asked.limit is not None
            slow |= limited and found.median_ms > asked.limit
        rows.append([name, *cells])
        print("  ".join(rows[-1]), flush=True)
    told = ("median, ms", "95 % below, ms", "peak, MB")
    table = save_table(
        "stroke_costs",
        ["method", *(f"{side} px: {what}" for side in asked.sides_px for what in told)],
        rows,
        caption=(
            f"What one stroke costs on {asked.drawings} OpenMoji drawings whose regions are marked "
            "one after the other: processor time, one thread, and the peak of memory beyond that "
            "of a process that colours nothing."
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
