"""Decide what of the judged drawings stays, and in which part: from names and hashes, no pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lineart_lib.recipe.art import ArtRecipe, DiceBearRecipe
from lineart_lib.recipe.curate import near_duplicates
from lineart_lib.recipe.shards import SHARD
from lineart_lib.recipe.split import PARTS, Split, split
from lineart_lib.recipe.staging import staged

NOWHERE = -1
"""Part of a drawing that is not in the set."""
MOST_TOLD = 20_000
"""The manifest tells each refusal up to so many; `refused.parquet` tells them all."""
_REFUSED = pa.schema([pa.field(name, pa.string()) for name in ("name", "reason", "sentence")])


@dataclass(frozen=True)
class Verdicts:
    """What becomes of each candidate."""

    parts: NDArray[np.int8]
    """(N,): index into `split.PARTS`, or `NOWHERE`; candidates in the order of the units."""
    starts: NDArray[np.int64]
    """(units + 1,): number of each unit's first candidate, and N."""
    split: Split
    groups: int
    """Groups of near-duplicates that hold more than one design."""
    designs: set[str]
    """Those in the set."""
    lines: Mapping[str, int]
    """How many drawings have lines of each kind."""
    refused_counts: Mapping[str, int]
    refused: Mapping[str, Mapping[str, str]]
    """Reason → name → sentence; empty when there are more than `MOST_TOLD`."""

    @property
    def considered(self) -> int:
        """How many drawings were looked at."""
        return len(self.parts)


def judge(folder: Path, count: int, recipe: ArtRecipe) -> Verdicts:
    """Drop equal pictures, find near-duplicates, split; write `refused.parquet`.

    Parameters
    ----------
    folder : Path
        Holds the files of the units.
    count : int
        How many units there are.
    recipe : OpenMojiRecipe or DiceBearRecipe
    """
    columns, starts = _read(folder, count)
    names, designs, reasons = (columns[key] for key in ("name", "design", "reason"))
    drawn = np.flatnonzero(reasons.is_null().to_numpy(zero_copy_only=False))
    twin = _first_of_equals(columns["digest"].take(pa.array(drawn)))
    first = twin == np.arange(len(drawn))
    kept = drawn[first]
    again = dict(zip(drawn[~first].tolist(), drawn[twin[~first]].tolist(), strict=True))
    coded = designs.dictionary_encode()
    known = coded.dictionary.to_pylist()
    codes = coded.indices.to_numpy()
    looks = columns["look"].take(pa.array(kept)).to_numpy()
    groups = [
        {known[codes[kept[index]]] for index in group}
        for group in near_duplicates(looks, recipe.curation.duplicate_distance)
    ]
    groups = [group for group in groups if len(group) > 1]
    divided = _divide(recipe, [known[code] for code in dict.fromkeys(codes[kept])], groups)
    numbers = np.array(
        [
            PARTS.index(divided.parts[design]) if divided.parts.get(design) in PARTS else NOWHERE
            for design in known
        ],
        np.int8,
    )
    parts = np.full(len(codes), NOWHERE, np.int8)
    parts[kept] = numbers[codes[kept]]
    inside = np.flatnonzero(parts != NOWHERE)
    lines = Counter(columns["lines"].take(pa.array(inside)).to_pylist())
    counts: Counter[str] = Counter()
    told: dict[str, dict[str, str]] = {}
    with pq.ParquetWriter(folder / "refused.parquet", _REFUSED, compression="zstd") as file:
        for some in _refusals(columns, names, again):
            file.write_table(pa.Table.from_pylist(some, _REFUSED))
            counts.update(row["reason"] for row in some)
            if counts.total() <= MOST_TOLD:
                for row in some:
                    told.setdefault(row["reason"], {})[row["name"]] = row["sentence"]
    return Verdicts(
        parts=parts,
        starts=starts,
        split=divided,
        groups=len(groups),
        designs={known[code] for code in np.unique(codes[inside])},
        lines=dict(lines),
        refused_counts=dict(counts),
        refused=told if counts.total() <= MOST_TOLD else {},
    )


def cut_into_shards(parts: NDArray[np.int8]) -> tuple[tuple[str, int, int, int], ...]:
    """Cut each part, in the order of its pictures, into shards of at most `SHARD`.

    Returns
    -------
    tuple
        For each shard its file name, its part, its first candidate and the one after its last.
    """
    shards = []
    for part, name in enumerate(PARTS):
        places = np.flatnonzero(parts == part)
        for number, first in enumerate(range(0, len(places), SHARD)):
            some = places[first : first + SHARD]
            shards.append((f"{name}-{number:05}.parquet", part, int(some[0]), int(some[-1]) + 1))
    return tuple(shards)


def _read(folder: Path, count: int) -> tuple[dict[str, pa.Array], NDArray[np.int64]]:
    """Read the small columns of all units, packed as Arrow does."""
    wanted = ["name", "design", "lines", "look", "reason", "sentence", "digest"]
    tables, starts = [], [0]
    for number in range(count):
        table = pq.read_table(staged(folder, number), columns=wanted)
        tables.append(table)
        starts.append(starts[-1] + table.num_rows)
    table = pa.concat_tables(tables).combine_chunks()
    columns = {name: table[name].combine_chunks() for name in wanted}
    return columns, np.array(starts, np.int64)


def _first_of_equals(digests: pa.Array) -> NDArray[np.int64]:
    """Return for each digest of 16 bytes the place of the first that is equal."""
    pairs = np.frombuffer(b"".join(digests.to_pylist()), np.uint64).reshape(-1, 2)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    ranked = pairs[order]
    new = np.ones(len(order), bool)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    first = np.empty(len(order), np.int64)
    first[order] = order[np.flatnonzero(new)][np.cumsum(new) - 1]
    return first


def _divide(recipe: ArtRecipe, designs: list[str], groups: list[set[str]]) -> Split:
    if isinstance(recipe, DiceBearRecipe):
        # Styles are looked at as a reader would, whole: their parts stand in the recipe.
        parts = {choice.name: choice.part for choice in recipe.styles if choice.name in designs}
        return Split(parts, (), ())
    return split(designs, recipe.shares, recipe.salt, duplicates=groups)


def _refusals(
    columns: Mapping[str, pa.Array], names: pa.Array, again: Mapping[int, int]
) -> Iterator[list[dict[str, str]]]:
    """Yield what is refused, some at a time: first by its own fault, then as a duplicate."""
    table = pa.table({key: columns[key] for key in _REFUSED.names})
    for batch in table.filter(pc.is_valid(table["reason"])).to_batches(1000):
        yield batch.to_pylist()
    places = sorted(again)
    for start in range(0, len(places), 1000):
        yield [
            {
                "name": names[place].as_py(),
                "reason": "duplicate",
                "sentence": f"{names[place]} has the pixels of {names[again[place]]}",
            }
            for place in places[start : start + 1000]
        ]
