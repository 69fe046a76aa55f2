"""Finished pictures as training pairs: from anyone's folder, or from a data set of a hub.

Nobody tells what is line and what is colour, so all of it is computed: the lines by XDoG, the flats
by L0 smoothing. What lies under the lines is taken from beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import fsspec
import numpy as np
import pyarrow.parquet as pq

from lineart_lib import images
from lineart_lib.recipe.art import FolderRecipe, HubRecipe
from lineart_lib.recipe.artwork import PARTS, Artwork
from lineart_lib.recipe.decode import RefusedError, decode
from lineart_lib.recipe.flats import flatten
from lineart_lib.recipe.lineart import extract
from lineart_lib.recipe.regions import nearest_value

LARGEST_PX = 1024
"""Lines are drawn on the picture at this many pixels at most, and made smaller afterwards."""
WHITE = 250
"""From this value of all channels on, a flat colour counts as bare paper."""
DARK = 64
"""Below it, in all channels, a pixel beside a line belongs to the stroke."""
_AROUND = np.ones((9, 9), np.uint8)


def draw_raster(
    data: bytes, name: str, design: str, size_px: int, words: tuple[str, ...]
) -> Artwork:
    """Make an artwork of the bytes of a picture.

    Parameters
    ----------
    data : bytes
        A whole file, of any format that `decode` takes.
    name, design : str
        As in `Artwork`.
    size_px : int
        Side of the result. The picture keeps its shape and lies in the middle, on white.
    words : tuple of str
        What is known of it.

    Returns
    -------
    Artwork
        With `extracted` lines; the parts are paper and other.

    Raises
    ------
    RefusedError
        It is no picture, too large, damaged, or has no line.
    """
    rgb = decode(data).rgb
    full = _fitted(rgb, min(LARGEST_PX, max(size_px, *rgb.shape[:2])))
    large = images.to_grey_pixels(extract(images.to_picture(full)))
    lineart = cv2.resize(large, (size_px, size_px), interpolation=cv2.INTER_AREA)
    if lineart.min() > 200:
        raise RefusedError("no_lines", f"no line is found in {name}")
    illustration = cv2.resize(full, (size_px, size_px), interpolation=cv2.INTER_AREA)
    drawn = (lineart <= 230).astype(np.uint8)
    dark = illustration.max(axis=2) < DARK  # Strokes are wider than the lines found in them.
    clear = (drawn == 0) & ~(dark & (cv2.dilate(drawn, _AROUND) > 0))
    if not clear.any():
        raise RefusedError("no_colour", f"{name} is covered by its lines")
    beside = np.stack(
        [nearest_value(clear, illustration[..., k][clear]) for k in range(3)], axis=-1
    ).astype(np.uint8)
    flat, labels = flatten(images.to_picture(beside))
    flats = images.to_pixels(flat)
    paper = (flats >= WHITE).all(axis=-1)
    kept = np.unique(labels[~paper])
    regions = np.where(paper, 0, np.searchsorted(kept, labels) + 1).astype(np.int32)
    parts = np.where(paper, 0, PARTS.index("other")).astype(np.uint8)
    return Artwork(
        name, design, lineart, illustration, beside, flats, regions, parts, words, "extracted"
    )


def _fitted(rgb: np.ndarray, side: int) -> np.ndarray:
    """Make a picture fit a square of white."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(rgb, size, interpolation=way)
    square = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def folder_files(recipe: FolderRecipe) -> list[str]:
    """List the pictures of a folder by their path within it, sorted; links are not followed out.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    ValueError
        It holds no file with one of the endings.
    """
    root = Path(recipe.folder).expanduser().resolve()
    if not root.is_dir():
        raise FileNotFoundError(
            f"{recipe.credit.name}: expected a folder at {recipe.folder}; there is none: correct "
            "the field `folder` of the recipe"
        )
    found = sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in recipe.endings
        and path.is_file()
        and path.resolve().is_relative_to(root)
    )
    if not found:
        raise ValueError(
            f"{recipe.credit.name}: no file in {recipe.folder} ends in {', '.join(recipe.endings)}"
        )
    return found


def draw_file(recipe: FolderRecipe, name: str, size_px: int) -> Artwork:
    """Make an artwork of one file of a folder; its words are those of its path."""
    path = Path(recipe.folder).expanduser() / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RefusedError("unreadable", f"{name} cannot be read: {error.strerror}") from error
    text = Path(name).with_suffix("").as_posix()
    words = tuple(word for word in _split(text) if not word.isdigit())
    return draw_raster(data, name, name, size_px, words)


def hub_groups(recipe: HubRecipe) -> Iterator[dict[str, Any]]:
    """List the row groups of a hub's files: `file`, `group`, `rows`.

    Only the ends of the files are read, where Parquet keeps its list.

    Raises
    ------
    FileNotFoundError
        No file has such an address, or the hub cannot be reached.
    ValueError
        A file lacks a column that the recipe names.
    """
    for pattern in recipe.files:
        try:
            listed = fsspec.open_files(pattern, "rb")
        except Exception as error:  # Whatever the file system behind the address raises.
            raise FileNotFoundError(
                f"{recipe.credit.name}: {pattern} cannot be listed ({error}): correct the address, "
                "or look whether there is a network"
            ) from error
        if not listed:
            raise FileNotFoundError(f"{recipe.credit.name}: no file is at {pattern}")
        for file in sorted(listed, key=lambda one: one.path):
            address = file.fs.unstrip_protocol(file.path)
            with pq.ParquetFile(_opened(address)) as parquet:
                missing = {recipe.picture, *recipe.words} - set(parquet.schema_arrow.names)
                if missing:
                    raise ValueError(
                        f"{recipe.credit.name}: {address} has no column "
                        f"{', '.join(sorted(missing))}; it has "
                        f"{', '.join(parquet.schema_arrow.names)}"
                    )
                for group in range(parquet.num_row_groups):
                    rows = parquet.metadata.row_group(group).num_rows
                    yield {"file": address, "group": group, "rows": rows}


def draw_row(recipe: HubRecipe, file: str, group: int, row: int, size_px: int) -> Artwork:
    """Make an artwork of one row; a row group is read once for all its rows."""
    name = f"{file.rsplit('/', 1)[-1]}-{group}-{row}"
    table = _group(file, group, (recipe.picture, *recipe.words))
    value = table[recipe.picture][row].as_py()
    data = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(data, bytes):
        raise RefusedError("no_bytes", f"{name} holds no bytes of a picture")
    words = tuple(
        word for column in recipe.words for word in _split(str(table[column][row].as_py() or ""))
    )
    return draw_raster(data, name, name, size_px, words)


@lru_cache(maxsize=2)
def _group(file: str, group: int, columns: tuple[str, ...]):
    with pq.ParquetFile(_opened(file)) as parquet:
        return parquet.read_row_group(group, columns=list(columns))


def _opened(address: str):
    """Open an address for reading in pieces."""
    return fsspec.open(address, "rb").open()


def _split(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return "".join(c.lower() if c.isalnum() else " " for c in text).split()
