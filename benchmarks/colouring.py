"""Colouring at 2048 pixels: seconds until the file is there, and what working small costs.

Run from the root of the project, some minutes on two cores; the networks must be trained::

    .venv/bin/python benchmarks/colouring.py --drawings 8

It draws OpenMoji designs, marks every region with a scribble, and colours each at 2048 pixels by
each model at its own size. The clock on the wall is read, from the decoded drawing to the bytes of
a PNG without layers, after the model is loaded and has coloured once; so let nothing else run. The
table `colouring_times` goes to the folder of publication (``LINEART_PUBLICATION``, else
``build/by-hand``). With ``--limit 1`` it fails when any drawing takes a model longer at its own
size. With ``--sizes-px 64 128 256 512`` each model works at these sizes instead, and the table
`colouring_sizes` compares them with the same model at the full size of a drawing of 512 pixels.
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
from lineart_lib.painters import Painter, load_painter
from lineart_lib.press import SavedTable, save_table
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.hints import region_hints
from lineart_lib.recipe.openmoji import designs, draw_openmoji
from lineart_lib.runtime import set_threads

FULL_PX = 512
"""Of the drawings on which sizes are compared."""


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


def seconds(painter: Painter, drawing: Drawing, size_px: int) -> tuple[float, float]:
    """Return how long it takes to colour the large drawing, and to make its PNG."""
    start = time.perf_counter()
    made = colorize(drawing.large, drawing.strokes, painter=painter, size_px=size_px)
    between = time.perf_counter()
    encoded(made, "png")
    return between - start, time.perf_counter() - between


def errors(painter: Painter, given: list[Drawing], sizes_px: list[int]) -> list[list[str]]:
    """Return for each size the mean ΔE00 to the full size, to the artist, and of that to him."""
    full = [colorize(d.small, d.strokes, painter=painter, size_px=FULL_PX) for d in given]
    rows = []
    for size in sizes_px:
        found = []
        for one, whole in zip(given, full, strict=True):
            made = colorize(one.small, one.strokes, painter=painter, size_px=size)
            paper = one.small >= 250
            pictures = [
                images.to_picture(p)
                for p in (made.paintings[0].colour(), whole.paintings[0].colour(), one.flats)
            ]
            found.append(
                [
                    images.delta_e(pictures[i], pictures[j])[paper].mean()
                    for i, j in ((0, 1), (0, 2), (1, 2))
                ]
            )
        rows.append([str(size), *(f"{value:.2f}" for value in np.mean(found, axis=0))])
        print("  ".join(rows[-1]), flush=True)
    return rows


def main() -> int:
    """Measure, write the tables, and say whether the limit is kept."""
    parser = argparse.ArgumentParser(description="time colouring at 2048 pixels")
    parser.add_argument("--drawings", type=int, default=8)
    parser.add_argument("--models", nargs="+", default=["min-cut", "copying"])
    parser.add_argument("--profile", default="book", help="of the weights of networks")
    parser.add_argument("--sizes-px", type=int, nargs="+", help="else each model's own size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, help="seconds that a drawing may take")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    threads = set_threads()
    cv2.setNumThreads(threads)
    painters = {name: load_painter(name, asked.profile) for name in asked.models}
    given = drawings(asked.drawings, asked.seed)
    rows, slow = [], []
    for name, painter in painters.items():
        for size in asked.sizes_px or [painter.size_px]:
            seconds(painter, given[0], size)  # The first call imports and chooses algorithms.
            colouring, writing = np.array([seconds(painter, one, size) for one in given]).T
            whole = colouring + writing
            told = (np.median(colouring), np.median(writing), np.median(whole), whole.max())
            rows.append([name, str(size), *(f"{value:.2f}" for value in told)])
            print("  ".join(rows[-1]), flush=True)
            if asked.limit is not None and size == painter.size_px and whole.max() > asked.limit:
                slow.append(name)
    drawn = f"{len(given)} OpenMoji drawings"
    weights = f"Networks have the weights of the {asked.profile} profile."
    tables: list[SavedTable] = [
        save_table(
            "colouring_times",
            ["model", "works at, px", "colouring, s", "PNG, s", "both, s", "slowest, s"],
            rows,
            caption=(
                f"Colouring {drawn} of 2048 x 2048 pixels, a stroke in every region, into a PNG "
                f"without layers: time on the wall, {threads} thread{'s' * (threads > 1)}, after a "
                f"first call; medians, and the slowest drawing. {weights}"
            ),
        )
    ]
    if asked.sizes_px:
        tables.append(
            save_table(
                "colouring_sizes",
                ["model", "works at, px", "to 512", "to the artist", "512 to the artist"],
                [
                    [name, *row]
                    for name, painter in painters.items()
                    for row in errors(painter, given, asked.sizes_px)
                ],
                caption=(
                    f"What working small costs: mean ΔE00 outside the lines of {drawn} of 512 x "
                    "512 pixels, coloured at a smaller size and lifted: to the same model at 512, "
                    f"to the artist, and from that one to the artist. {weights}"
                ),
            )
        )
    for table in tables:
        print(f"table: {table.path}")
        if asked.keep:
            keep(table)
    if slow:
        print(f"slower than {asked.limit} s: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
