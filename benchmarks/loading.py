"""How many pairs a second: batches of the library against a plain loop over files.

Run from the root of the project, about a minute on one core; it needs `lineart prepare openmoji`::

    .venv/bin/python benchmarks/loading.py --least 5

The plain loop does for each item what many training scripts do: open two PNG files with Pillow,
crop and resize with scikit-image, turn the hue in HSV, draw the same strokes, make tensors,
collate. The library does the same changes in batches, from memory and from shards. One
thread each, CPU time, so that other programs on the machine disturb little. The table
`loading_rates` goes to the folder of publication (``LINEART_PUBLICATION``, else
``build/by-hand``). With ``--least 5`` it fails when memory is not five times the plain loop.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from PIL import Image
from skimage.color import hsv2rgb, rgb2hsv
from skimage.transform import resize
from torch.utils.data import default_collate

from lineart_lib.evaluation.kept import keep
from lineart_lib.press import save_table
from lineart_lib.recipe.augment import PLAIN
from lineart_lib.recipe.batches import Loading, ShardStream, memory_batches, pairs_of
from lineart_lib.recipe.hints import stroke_hints
from lineart_lib.recipe.pictures import Pictures, load_pictures
from lineart_lib.runtime import data_folder

SIZE = 32


def write_files(pictures: Pictures, folder: Path, count: int) -> list[tuple[Path, Path]]:
    """Write pairs as PNG files, as a scraped set would lie on disk."""
    paths = []
    for number in range(min(count, len(pictures))):
        pair = folder / f"{number}-lines.png", folder / f"{number}-picture.png"
        for path, plane in zip(pair, (pictures.lineart, pictures.illustration), strict=True):
            Image.fromarray(plane[number]).save(path)
        paths.append(pair)
    return paths


def plain_item(pair: tuple[Path, Path], draw: np.random.Generator) -> tuple[torch.Tensor, ...]:
    """Load, change and hint one pair, a picture at a time."""
    lines = np.asarray(Image.open(pair[0]).convert("L"))
    picture = np.asarray(Image.open(pair[1]).convert("RGB"))
    side = len(lines)
    window = int(side * draw.uniform(0.75, 1))
    top, left = draw.integers(0, side - window + 1, 2)
    cut = slice(top, top + window), slice(left, left + window)
    lines, picture = (resize(p[cut], (side, side)) for p in (lines, picture))
    if draw.random() < 0.5:
        lines, picture = lines[:, ::-1], picture[:, ::-1]
    hsv = rgb2hsv(picture)
    hsv[..., 0] = (hsv[..., 0] + draw.uniform(-0.08, 0.08)) % 1
    hsv[..., 1] = np.clip(hsv[..., 1] * draw.uniform(0.8, 1.2), 0, 1)
    picture = hsv2rgb(hsv)
    lines, picture = (
        np.ascontiguousarray(p, dtype=np.float32)
        for p in (2 * lines[None] - 1, 2 * picture.transpose(2, 0, 1) - 1)
    )
    return tuple(map(torch.from_numpy, (lines, picture, stroke_hints(picture, draw))))


def plain_batches(paths: list[tuple[Path, Path]], seed: int) -> Iterator[list[torch.Tensor]]:
    """Yield one epoch of batches, item by item."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(paths))
    for start in range(0, len(order) // SIZE * SIZE, SIZE):
        yield default_collate([plain_item(paths[n], draw) for n in order[start : start + SIZE]])


def rates(ways: dict[str, tuple[Callable[[int], Iterable], int]], repeats: int) -> dict[str, float]:
    """Return the pairs of a CPU second in the best epoch of each; they take turns."""
    best = dict.fromkeys(ways, 0.0)
    for number in range(repeats):
        for name, (epoch, pairs) in ways.items():
            start = time.process_time()
            for _ in epoch(number):
                pass
            best[name] = max(best[name], pairs / (time.process_time() - start))
    return best


def main() -> int:
    """Measure all, write the table, and say whether the library keeps its promise."""
    parser = argparse.ArgumentParser(description="compare the library's batches with a plain loop")
    parser.add_argument("--pictures", type=int, default=512)
    parser.add_argument("--profile", default="book")
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--least", type=float, help="times the plain loop that memory must reach")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    data = data_folder()
    pictures = load_pictures("openmoji", asked.profile, "train", data)
    pictures = pictures.subset(range(min(asked.pictures, len(pictures))))
    side, count = pictures.lineart.shape[-1], len(pictures) // SIZE * SIZE
    loading = Loading(size=SIZE)
    pairs = pairs_of(pictures)
    stream = ShardStream("openmoji", asked.profile, "train", data, loading)

    def streamed(epoch: int) -> Iterator:
        stream.position = (epoch, 0)
        yield from stream

    with TemporaryDirectory() as folder:
        paths = write_files(pictures, Path(folder), count)
        ways = {
            "plain loop over PNG files": (lambda n: plain_batches(paths, n), count),
            "from memory": (lambda n: memory_batches(pairs, loading, n), count),
            "from shards": (streamed, len(stream) // SIZE * SIZE),
            "from memory, nothing but hints": (
                lambda n: memory_batches(pairs, Loading(size=SIZE, augmentation=PLAIN), n),
                count,
            ),
        }
        found = rates(ways, asked.repeats)
    plain = found["plain loop over PNG files"]
    for name, pairs_s in found.items():
        print(f"{name:32} {pairs_s:8,.0f} pairs/s   {pairs_s / plain:6.1f} x")
    table = save_table(
        "loading_rates",
        ["batches", "pairs a second", "times the plain loop"],
        [[name, f"{value:,.0f}", f"{value / plain:.1f}"] for name, value in found.items()],
        caption=(
            f"Pairs of {side} pixels a side made ready for training in a second of one core: crop, "
            "mirror, shift of the palette and stroke hints, in batches of "
            f"{SIZE}, over {count} OpenMoji drawings."
        ),
    )
    print(f"table: {table.path}")
    if asked.keep:
        keep(table)
    if asked.least is not None and found["from memory"] < asked.least * plain:
        print(f"from memory is less than {asked.least:g} times the plain loop", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
