"""Colouring at 2048 pixels: seconds until the file is there, and what working small costs.

Run from the root of the project, about five minutes on one core::

    .venv/bin/python benchmarks/colouring.py --drawings 8

It draws OpenMoji designs, marks every region with a scribble, and colours each with a fill: at 2048
pixels to time the parts, at 512 to compare with the same fill run at that full size. Processor time
is counted, one thread, from the decoded drawing to the bytes of the PNG, so that other programs on
the machine disturb little.
The tables `colouring_times` and `colouring_sizes` go to the folder of publication
(``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--limit 1`` it fails when half of the
drawings at the painter's own size take longer.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import NamedTuple

import cv2
import numpy as np

from lineart_lib import images
from lineart_lib.colorize import colorize
from lineart_lib.colorize.files import encoded
from lineart_lib.evaluation.kept import keep
from lineart_lib.painters import load_painter
from lineart_lib.press import save_table
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.hints import region_hints
from lineart_lib.recipe.openmoji import designs, draw_openmoji


class Drawing(NamedTuple):
    """One design at two sizes."""

    name: str
    large: np.ndarray  # uint8 (2048, 2048)
    small: np.ndarray  # uint8 (512, 512)
    strokes: np.ndarray  # uint8 (512, 512, 4)
    flats: np.ndarray  # uint8 (512, 512, 3)


def drawings(count: int, seed: int) -> list[Drawing]:
    """Return designs drawn by lot that have at least four regions, and a stroke in each."""
    found = []
    for number in np.random.default_rng(seed).permutation(len(designs())):
        source = designs()[number].variants[0]
        try:
            art = draw_openmoji(source, 512)
        except RefusedError:
            continue
        if art.regions.max() < 4:
            continue
        hints = region_hints(images.to_picture(art.flats), art.regions, 1.0)
        colour, mask = images.split_hints(hints)
        strokes = np.dstack([images.to_pixels(colour), images.to_mask_pixels(mask)])
        large = draw_openmoji(source, 2048).lineart
        found.append(Drawing(art.name, large, art.lineart, strokes, art.flats))
        print(f"drawn: {art.name}", flush=True)
        if len(found) == count:
            break
    return found


def seconds(painter, drawing: Drawing, size_px: int) -> tuple[float, float]:
    """Return the processor time of colouring the large drawing, and of making its PNG."""
    start = time.process_time()
    made = colorize(drawing.large, drawing.strokes, painter=painter, size_px=size_px)
    between = time.process_time()
    encoded(made, "png")
    return between - start, time.process_time() - between


def main() -> int:
    """Measure, write the tables, and say whether the limit is kept."""
    parser = argparse.ArgumentParser(description="time colouring at 2048 pixels")
    parser.add_argument("--drawings", type=int, default=8)
    parser.add_argument("--model", default="min-cut")
    parser.add_argument("--sizes-px", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, help="seconds that half of the drawings may take")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    painter, given = load_painter(asked.model), drawings(asked.drawings, asked.seed)
    seconds(painter, given[0], min(asked.sizes_px))  # The first call imports.
    rows, slow = [], False
    for size in asked.sizes_px:
        colouring, writing = np.array([seconds(painter, one, size) for one in given]).T
        whole = colouring + writing
        told = (np.median(colouring), np.median(writing), np.median(whole), whole.max())
        rows.append([str(size), *(f"{value:.2f}" for value in told)])
        print("  ".join(rows[-1]), flush=True)
        if asked.limit is not None and size == painter.size_px:
            slow = told[2] > asked.limit
    times = save_table(
        "colouring_times",
        ["model works at, px", "colouring, s", "PNG, s", "both, s", "slowest, s"],
        rows,
        caption=(
            f"Colouring {len(given)} OpenMoji drawings of 2048 x 2048 pixels by {asked.model}, a "
            "stroke in every region: processor time, one thread; medians, and the slowest drawing."
        ),
    )
    full = [colorize(d.small, d.strokes, painter=painter, size_px=512) for d in given]
    rows = []
    for size in asked.sizes_px[:-1] if asked.sizes_px[-1] >= 512 else asked.sizes_px:
        errors = []
        for one, whole in zip(given, full, strict=True):
            made = colorize(one.small, one.strokes, painter=painter, size_px=size)
            paper = one.small >= 250
            pictures = [
                images.to_picture(p)
                for p in (made.paintings[0].colour(), whole.paintings[0].colour(), one.flats)
            ]
            errors.append(
                [
                    images.delta_e(pictures[i], pictures[j])[paper].mean()
                    for i, j in ((0, 1), (0, 2), (1, 2))
                ]
            )
        mean = np.mean(errors, axis=0)
        rows.append([str(size), *(f"{value:.2f}" for value in mean)])
        print("  ".join(rows[-1]), flush=True)
    sizes = save_table(
        "colouring_sizes",
        ["model works at, px", "to the fill at 512", "to the artist", "that fill to the artist"],
        rows,
        caption=(
            f"What working small costs: mean ΔE00 outside the lines of {len(given)} OpenMoji "
            f"drawings of 512 x 512 pixels, coloured by {asked.model} at a smaller size and lifted."
        ),
    )
    for table in (times, sizes):
        print(f"table: {table.path}")
        if asked.keep:
            keep(table)
    if slow:
        print(f"slower than {asked.limit} s at {painter.size_px} px", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
