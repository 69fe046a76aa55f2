"""The two steps that run in parallel: draw and judge a unit, then write a shard of what is kept.

Each step writes one file under a temporary name and renames it, so that a killed run leaves whole
files or none. A file that is there is not made again: that is how a run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lineart_lib.recipe.art import ArtRecipe
from lineart_lib.recipe.curate import check, perceptual_hash
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.shards import FINAL, GROUP, STAGED, ShardWriter, encode, read_rows
from lineart_lib.recipe.units import Unit, candidates

_LISTED = pa.schema([pa.field("unit", pa.string())])
_TOGETHER = 64  # units in a row group of their list, which a worker reads to find its own

Engine = Callable[[Callable[[int], Any], int], Iterable[Any]]
"""Calls a function with 0, 1, … n - 1, somewhere, and returns the results in that order."""


def here(function: Callable[[int], Any], count: int) -> Iterator[Any]:
    """Call a function with 0, 1, … count - 1, one after the other in this process."""
    return map(function, range(count))


def write_units(path: Path, units: Iterable[Unit]) -> int:
    """List units of work in a file that every worker can read; return how many there are."""
    part = path.with_name(f".{path.name}.part")
    texts = (json.dumps(unit, ensure_ascii=False) for unit in units)
    count = 0
    with pq.ParquetWriter(part, _LISTED, compression="zstd") as file:
        while some := list(islice(texts, _TOGETHER)):
            file.write_table(pa.table({"unit": some}, _LISTED), row_group_size=_TOGETHER)
            count += len(some)
    part.replace(path)
    return count


def read_unit(path: Path, number: int) -> Unit:
    """Read one unit of the list."""
    with pq.ParquetFile(path) as file:
        group, place = divmod(number, _TOGETHER)
        return json.loads(file.read_row_group(group)["unit"][place].as_py())


def staged(folder: Path, number: int) -> Path:
    """Name the file of a unit's drawings."""
    return folder / "staged" / f"{number:07}.parquet"


@dataclass(frozen=True)
class Draw:
    """Draw the pictures of a unit, judge each by itself, and write all that was found."""

    recipe: ArtRecipe
    profile: str
    folder: Path
    """Holds `units.parquet` and `staged/`."""

    def __call__(self, number: int) -> int:
        """Make the file of a unit if it is not there; return its number."""
        path = staged(self.folder, number)
        if path.is_file():
            return number
        unit = read_unit(self.folder / "units.parquet", number)
        with ShardWriter(path, STAGED) as shard:
            for candidate in candidates(self.recipe, self.profile, unit):
                try:
                    art = candidate.draw()
                    check(art.illustration, self.recipe.curation)
                except RefusedError as error:
                    told = {"reason": error.reason, "sentence": error.sentence}
                    shard.add({"name": candidate.name, "design": candidate.design, **told})
                    continue
                digest = hashlib.sha256(art.illustration.tobytes()).digest()[:16]
                look = perceptual_hash(art.illustration)
                shard.add({**encode(art), "digest": digest, "look": look})
        return number


@dataclass(frozen=True)
class Gather:
    """Copy the pictures of one shard, in their order, from the files of the units."""

    folder: Path
    """Holds `staged/`; the shard is written here."""
    parts: np.ndarray
    """int8 (N,): part of each candidate, in the order of the units; negative for none."""
    starts: np.ndarray
    """int64 (units + 1,): number of the first candidate of each unit, and N."""
    shards: tuple[tuple[str, int, int, int], ...]
    """File name, part, first candidate and the one after the last, of each shard."""

    def __call__(self, number: int) -> int:
        """Make a shard if it is not there; return its number of rows."""
        name, part, first, last = self.shards[number]
        path = self.folder / name
        if path.is_file():
            return pq.read_metadata(path).num_rows
        with ShardWriter(path) as shard:
            low, high = np.searchsorted(self.starts, [first, last - 1], "right")
            for unit in range(low - 1, high):
                start, end = self.starts[unit : unit + 2]
                inside = np.arange(start, end)
                wanted = (self.parts[start:end] == part) & (inside >= first) & (inside < last)
                if not wanted.any():
                    continue
                groups = np.unique(np.flatnonzero(wanted) // GROUP)
                rows = read_rows(staged(self.folder, unit), FINAL.names, groups.tolist())
                places = (place for group in groups for place in _places(group, end - start))
                for place, row in zip(places, rows, strict=True):
                    if wanted[place]:
                        shard.add(row)
        return shard.rows


def _places(group: int, rows: int) -> range:
    return range(group * GROUP, min((group + 1) * GROUP, int(rows)))
