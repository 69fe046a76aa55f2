"""Drawings on disk: Parquet files whose rows hold whole pictures, and how to read them in part.

Each plane of a picture is the bytes of its array, compressed by Zstandard on its own. On this art
that is smaller than PNG, and several times faster to write and to read; a row can be copied to
another file without being unpacked. Columns of pictures are not compressed again by Parquet.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lineart_lib.recipe.artwork import PLANES, Artwork

GROUP = 64
"""Pictures in a row group, the least that is read at once."""
SHARD = 512
"""Pictures in a shard, but for the last of a part."""

_DEPTHS = {"illustration": 3, "colour": 3, "flats": 3}
_KINDS = {"regions": np.dtype("<i4")}
_CODEC = pa.Codec("zstd", compression_level=3)
_TOLD = [
    pa.field("name", pa.string(), nullable=False),
    pa.field("design", pa.string()),
    pa.field("words", pa.list_(pa.string())),
    pa.field("lines", pa.string()),
    pa.field("areas", pa.int32()),
    pa.field("look", pa.uint64()),
    pa.field("height", pa.int32()),
    pa.field("width", pa.int32()),
]
_PIXELS = [pa.field(plane, pa.binary()) for plane in PLANES]
_JUDGED = [
    pa.field("reason", pa.string()),
    pa.field("sentence", pa.string()),
    pa.field("digest", pa.binary(16)),
]
FINAL = pa.schema(_TOLD + _PIXELS)
"""Columns of a shard. `areas` counts the regions; `look` is the perceptual hash."""
STAGED = pa.schema(_TOLD + _JUDGED + _PIXELS)
"""Columns before the split: refused pictures have a reason and a sentence, but no pixels."""


def encode(art: Artwork) -> dict[str, Any]:
    """Return a drawing as a row, without its perceptual hash."""
    height, width = art.lineart.shape
    row: dict[str, Any] = {
        "name": art.name,
        "design": art.design,
        "words": list(art.words),
        "lines": art.lines,
        "areas": int(art.regions.max()),
        "height": height,
        "width": width,
    }
    for plane in PLANES:
        pixels = np.ascontiguousarray(getattr(art, plane), dtype=_KINDS.get(plane, np.uint8))
        row[plane] = _CODEC.compress(pixels, asbytes=True)
    return row


def decode_plane(data: bytes | pa.Buffer, plane: str, height: int, width: int) -> NDArray[Any]:
    """Return one plane of a row.

    Parameters
    ----------
    data : bytes or Buffer
        As the row holds it.
    plane : str
        One of `artwork.PLANES`.
    height, width : int
        Of the row.

    Returns
    -------
    ndarray
        (height, width), or (height, width, 3); uint8, but int32 for regions. It cannot be written
        to.

    Raises
    ------
    ValueError
        The bytes are damaged, or of another size.
    """
    kind = _KINDS.get(plane, np.dtype(np.uint8))
    shape = (height, width, _DEPTHS[plane]) if plane in _DEPTHS else (height, width)
    size = int(np.prod(shape)) * kind.itemsize
    try:
        pixels = np.frombuffer(_CODEC.decompress(data, size), kind)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"a {plane} of {height} x {width} is damaged: {error}") from error
    return pixels.reshape(shape)


@dataclass
class ShardWriter:
    """Write rows to a Parquet file that has its name only when it is whole.

    Used with `with`: an exception, or an end of the process, leaves no file of that name.
    """

    path: Path
    schema: pa.Schema = FINAL
    rows: int = 0
    """Rows given so far."""
    _waiting: list[Mapping[str, Any]] = field(default_factory=list)

    def __enter__(self) -> ShardWriter:
        self._part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._file = pq.ParquetWriter(
            self._part,
            self.schema,
            compression={name: "NONE" if name in PLANES else "ZSTD" for name in _leaves()},
            use_dictionary=["design", "lines"],
            write_statistics=False,
        )
        return self

    def add(self, row: Mapping[str, Any]) -> None:
        """Take one row; every 64 go to the disk together."""
        self._waiting.append(row)
        self.rows += 1
        if len(self._waiting) == GROUP:
            self._flush()

    def _flush(self) -> None:
        columns = {
            name: pa.array([row.get(name) for row in self._waiting], self.schema.field(name).type)
            for name in self.schema.names
        }
        self._file.write_table(pa.table(columns, self.schema), row_group_size=GROUP)
        self._waiting = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._waiting:
            self._flush()
        self._file.close()
        if kind is None:
            with self._part.open("rb") as file:
                os.fsync(file.fileno())
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)


def _leaves() -> list[str]:
    """Name the columns as Parquet does, which counts the items of a list as a column."""
    return [
        f"{name}.list.element" if name == "words" else name
        for name in dict.fromkeys(FINAL.names + STAGED.names)
    ]


def read_rows(
    path: Path, columns: Sequence[str], groups: Collection[int] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, one row group in memory at a time.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        Those wanted; the others are not read. Planes come as they are stored: see `decode_plane`.
    groups : collection of int, optional
        Row groups, by number, in that order; all by default.
    """
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups) if groups is None else groups:
            table = file.read_row_group(group, columns=list(columns), use_threads=False)
            yield from table.to_pylist()
