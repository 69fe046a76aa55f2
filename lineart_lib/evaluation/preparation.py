"""What it costs to prepare drawings: time, memory of every process, and disk.

A measurement runs in a process of its own, so that nothing else counts, and is watched from
outside. The drawings are characters of three styles, which can be had in any number.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from lineart_lib.recipe.art import DiceBearProfile, DiceBearRecipe, read_art_recipe
from lineart_lib.recipe.artwork import PLANES
from lineart_lib.recipe.curate import (
    blockiness,
    colour_share,
    flat_share,
    panels,
    perceptual_hash,
    sharpness,
)
from lineart_lib.recipe.decode import decode
from lineart_lib.recipe.pipeline import engine
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.recipe.raster import draw_raster
from lineart_lib.recipe.shards import encode
from lineart_lib.recipe.staging import Engine

STYLES = ("dylan", "micah", "personas")
"""Cheap to draw; the recipe wants two of them in the test part."""
WAYS = ("here", "native", "pool")
"""This process; Daft; and, to compare with, Python's own pool of processes."""


@dataclass(frozen=True)
class Cost:
    """What one preparation took."""

    pictures: int
    """Drawings looked at."""
    seconds: float
    """From the call to the folder, imports left out."""
    driver_mb: float
    """Most resident memory of the process that was called."""
    worker_mb: float
    """Most resident memory of any other; 0 where there was none."""
    bytes: int
    """Of the finished folder."""
    kept: int
    """Drawings in it."""
    sha256: str
    """Of the finished folder's files."""

    @property
    def rate(self) -> float:
        """Drawings a second."""
        return self.pictures / self.seconds


def measure(
    root: Path,
    pictures: int,
    size_px: int,
    way: str = "here",
    workers: int = 1,
    look_s: float = 0.05,
) -> Cost:
    """Prepare generated characters in a new process, and watch it.

    Parameters
    ----------
    root : Path
        The project, for its recipe.
    pictures : int
        How many; rounded up to a multiple of three styles.
    size_px : int
        Their side, 16 to 512.
    way : {"here", "native", "pool"}
        Who works: see `WAYS`.
    workers : int
        Processes at the same time; `here` has one.
    look_s : float
        Seconds between two looks at the memory.

    Raises
    ------
    RuntimeError
        The process failed; the message has its last words.
    """
    with TemporaryDirectory() as folder:
        asked = [root, folder, -(-pictures // len(STYLES)), size_px, way, workers]
        command = [sys.executable, "-m", __spec__.name, *map(str, asked)]
        run = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        driver = worker = 0.0
        while run.poll() is None:
            try:
                driver = max(driver, run.memory_info().rss / 1e6)
                for child in run.children(recursive=True):
                    worker = max(worker, child.memory_info().rss / 1e6)
            except psutil.Error:  # it ended while we looked
                continue
            time.sleep(look_s)
        output, errors = run.communicate()
        if run.returncode:
            raise RuntimeError(f"the measured preparation failed: {errors[-2000:]}")
        told = json.loads(output.splitlines()[-1])
    return Cost(driver_mb=driver, worker_mb=worker, **told)


def raster_costs(files: Sequence[bytes], size_px: int) -> dict[str, float]:
    """Return what one picture of a folder costs, step by step, in the mean over some.

    Parameters
    ----------
    files : sequence of bytes
        Files of pictures.
    size_px : int
        Side that they are prepared at.

    Returns
    -------
    dict
        CPU milliseconds: `decode` alone, `draw` (decode again, then lines, flats and regions),
        `curate` (all filters and the hash) and `pack`; and `kb` on disk.
    """
    spent = dict.fromkeys(("decode", "curate", "draw", "pack"), 0.0)
    size = 0
    for data in files:
        start = time.process_time()
        decode(data)
        decoded = time.process_time()
        art = draw_raster(data, "measured", "measured", size_px, ())
        drawn = time.process_time()
        for measured in (colour_share, flat_share, sharpness, blockiness, panels, perceptual_hash):
            measured(art.illustration)
        judged = time.process_time()
        row = encode(art)
        packed = time.process_time()
        size += sum(len(row[plane]) for plane in PLANES)
        ends = (decoded, drawn, judged, packed)
        for step, begun, end in zip(
            ("decode", "draw", "curate", "pack"), (start, *ends), ends, strict=False
        ):
            spent[step] += 1000 * (end - begun)
    return {step: value / len(files) for step, value in spent.items()} | {
        "kb": size / 1000 / len(files)
    }


def characters(root: Path, each: int, size_px: int) -> DiceBearRecipe:
    """Return DiceBear's recipe with the cheap styles alone, `each` characters of every one."""
    recipe = read_art_recipe(root / "data_recipes" / "dicebear.yml")
    assert isinstance(recipe, DiceBearRecipe)
    styles = tuple(choice for choice in recipe.styles if choice.name in STYLES)
    profiles: Mapping = {**recipe.profiles, "smoke": DiceBearProfile(size_px, each)}
    return replace(recipe, styles=styles, profiles=profiles)


def _pool(workers: int) -> Engine:
    def carry_out(function, count):
        with get_context("spawn").Pool(workers) as pool:
            yield from pool.imap(function, range(count))

    return carry_out


def _main() -> None:
    root, folder, each, size_px, way, workers = sys.argv[1:]
    logging.disable()
    recipe = characters(Path(root), int(each), int(size_px))
    who = _pool(int(workers)) if way == "pool" else engine(way, int(workers))
    start = time.perf_counter()
    found = prepare_art(recipe, "smoke", Path(folder), engine=who).folder
    seconds = time.perf_counter() - start
    manifest = json.loads((found / "manifest.json").read_text(encoding="utf-8"))
    told = {
        "pictures": manifest["considered"],
        "seconds": seconds,
        "bytes": sum(path.stat().st_size for path in found.iterdir()),
        "kept": sum(manifest["pictures"].values()),
        "sha256": manifest["sha256"],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    _main()
