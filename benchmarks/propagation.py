"""How long propagating colours takes: milliseconds a picture, for the priors and for every fill.

Run from the root of the project, about half a minute on one core::

    .venv/bin/python benchmarks/propagation.py --pictures 60

It draws OpenMoji designs, marks every region with a scribble, and times `watershed_fill`,
`trapped_ball_fill` and the fills on the same inputs, one thread each, best of three. CPU time is
counted, so that other programs on the machine disturb little. The table `propagation_times` goes
to the folder of publication (``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--limit 5``
it fails when a prior's median is above 5 ms.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np

from lineart_lib import images
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.evaluation.kept import keep
from lineart_lib.press import save_table
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.hints import region_hints
from lineart_lib.recipe.openmoji import designs, draw_openmoji
from lineart_lib.recipe.regions import trapped_ball_fill, watershed_fill

PRIORS = {
    "watershed (labels only)": watershed_fill,
    "trapped ball (labels only)": trapped_ball_fill,
}


def drawings(count: int, side_px: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the lineart (1, H, W) and the hints (4, H, W) of designs drawn by lot."""
    found = []
    for number in np.random.default_rng(seed).permutation(len(designs())):
        try:
            art = draw_openmoji(designs()[number].variants[0], side_px)
        except RefusedError:
            continue
        flats = images.to_picture(art.flats)
        found.append((images.to_lineart(art.lineart), region_hints(flats, art.regions, 1.0)))
        if len(found) == count:
            break
    return found


def best_ms(fill: Callable[..., object], arrays: tuple[np.ndarray, ...], repeats: int = 3) -> float:
    """Return the least CPU time of some equal calls, in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        fill(*arrays)
        times.append(time.process_time() - start)
    return 1000 * min(times)


def main() -> int:
    """Time all, write the table, and say whether the priors keep to the limit."""
    parser = argparse.ArgumentParser(description="time the propagation of colours from hints")
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--side-px", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, help="milliseconds that a prior's median may take")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    inputs = drawings(asked.pictures, asked.side_px, asked.seed)
    mask = np.ones((1, asked.side_px, asked.side_px), np.float32)
    rows, slow = [], []
    for name, fill in (PRIORS | FILLS).items():
        rest = () if name in PRIORS else (mask,)
        fill(*inputs[0], *rest)  # The first call imports.
        times = [best_ms(fill, (*pair, *rest)) for pair in inputs]
        median, late = np.median(times), np.quantile(times, 0.95)
        rows.append([name, f"{median:.1f}", f"{late:.1f}", f"{1000 / median:,.0f}"])
        print(f"{name:28} median {median:7.2f} ms   95 % below {late:7.2f} ms")
        if name in PRIORS and asked.limit is not None and median > asked.limit:
            slow.append(name)
    table = save_table(
        "propagation_times",
        ["fill", "median, ms", "95th percentile, ms", "pictures a second"],
        rows,
        caption=(
            f"CPU time of propagating hints over one picture of {asked.side_px} pixels a side, one "
            f"thread, over {len(inputs)} OpenMoji drawings with every region marked."
        ),
    )
    print(f"table: {table.path}")
    if asked.keep:
        keep(table)
    if slow:
        print(f"slower than {asked.limit} ms: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
