"""Prepared drawings of one part, held whole in memory as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lineart_lib.recipe.artwork import PLANES, Artwork
from lineart_lib.recipe.prepare_art import check_form
from lineart_lib.recipe.shards import decode_plane, read_rows
from lineart_lib.recipe.split import PARTS


@dataclass(frozen=True)
class Pictures:
    """Drawings of one size; each field's first axis counts them. See `Artwork` for the planes."""

    lineart: NDArray[np.uint8]
    """(N, H, W): 0 is ink, 255 is paper."""
    illustration: NDArray[np.uint8]
    """(N, H, W, 3), with lines and shading."""
    colour: NDArray[np.uint8]
    """(N, H, W, 3), with shading, without lines."""
    flats: NDArray[np.uint8]
    """(N, H, W, 3), one exact colour a region."""
    regions: NDArray[np.int32]
    """(N, H, W): 0 is bare paper, 1 to n are the areas of one flat colour."""
    parts: NDArray[np.uint8]
    """(N, H, W), indices into `lineart_lib.recipe.artwork.PARTS`."""
    names: tuple[str, ...]
    designs: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    """What is known of the content of each."""
    lines: tuple[str, ...]
    """`artist` or `contours`, as in `Artwork`."""

    def __len__(self) -> int:
        return len(self.names)

    def row(self, number: int) -> Artwork:
        """Return one drawing; its planes are views, not copies."""
        planes = {plane: getattr(self, plane)[number] for plane in PLANES}
        told = (self.names, self.designs, self.words, self.lines)
        name, design, words, lines = (column[number] for column in told)
        return Artwork(name, design, words=words, lines=lines, **planes)

    def subset(self, rows: Sequence[int] | NDArray[np.integer]) -> Pictures:
        """Return the drawings of the given numbers, in that order, as copies."""
        chosen = np.asarray(rows, dtype=np.int64)
        columns = {
            field: tuple(getattr(self, field)[number] for number in chosen)
            for field in ("names", "designs", "words", "lines")
        }
        return Pictures(**{plane: getattr(self, plane)[chosen] for plane in PLANES}, **columns)

    def spread(self, most: int) -> Pictures:
        """Return at most so many drawings, evenly spread over the part; itself when it has less."""
        if len(self) <= most:
            return self
        return self.subset(np.linspace(0, len(self) - 1, most).round().astype(int))


def prepared_manifest(name: str, profile: str, data: Path) -> dict:
    """Read the manifest of a prepared recipe of drawings.

    Parameters
    ----------
    name : str
        Of the recipe, such as `openmoji`.
    profile : {"smoke", "book", "paper"}
    data : Path
        The data folder.

    Raises
    ------
    FileNotFoundError
        The recipe was not prepared in this profile.
    ValueError
        The drawings were prepared in another form.
    """
    folder = data / name / profile
    if not (folder / "manifest.json").is_file():
        raise FileNotFoundError(
            f"expected prepared drawings in {folder}, found none: make them with "
            f"`lineart prepare {name} --profile {profile}`"
        )
    return check_form(folder, name, profile)


def load_pictures(name: str, profile: str, part: str, data: Path) -> Pictures:
    """Read one part of a prepared recipe of drawings.

    Parameters
    ----------
    name : str
        Of the recipe, such as `openmoji`.
    profile : {"smoke", "book", "paper"}
    part : {"train", "validation", "test"}
    data : Path
        The data folder.

    Raises
    ------
    FileNotFoundError
        The recipe was not prepared in this profile.
    ValueError
        There is no such part, or it is empty; or the drawings were prepared in another form.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")
    folder = data / name / profile
    shards = [s for s in prepared_manifest(name, profile, data)["shards"] if s["part"] == part]
    if not shards:
        raise ValueError(f"the {part} part of {name} in profile {profile} is empty")
    planes: dict[str, NDArray] = {}
    told: dict[str, list] = {"name": [], "design": [], "words": [], "lines": []}
    count = sum(shard["rows"] for shard in shards)
    for shard in shards:
        for row in read_rows(folder / shard["file"], [*told, "height", "width", *PLANES]):
            size = row["height"], row["width"]
            for plane in PLANES:
                pixels = decode_plane(row[plane], plane, *size)
                if plane not in planes:
                    planes[plane] = np.empty((count, *pixels.shape), pixels.dtype)
                planes[plane][len(told["name"])] = pixels
            for column, values in told.items():
                values.append(row[column])
    return Pictures(
        **planes,
        names=tuple(told["name"]),
        designs=tuple(told["design"]),
        words=tuple(map(tuple, told["words"])),
        lines=tuple(told["lines"]),
    )
