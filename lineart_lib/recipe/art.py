"""Recipes of drawings: those inside packages, anyone's folder, and data sets of a hub."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from lineart_lib.recipe.curate import Thresholds
from lineart_lib.recipe.dicebear import LINE_RULES, slots_of, styles
from lineart_lib.recipe.fields import fill
from lineart_lib.recipe.openmoji import KINDS, LINE_LAYERS
from lineart_lib.recipe.split import PARTS, Shares

PROFILES = ("smoke", "book", "paper")


@dataclass(frozen=True)
class Credit:
    """What a reader is told of a source; shared by all recipes of drawings."""

    name: str
    """Short name: the recipe's file name and the data folder's name."""
    title: str
    """What it is."""
    version: str
    """Version of the package that the recipe was written for; another one is refused."""
    description: str
    """A sentence or two."""
    homepage: str
    """Where the authors show it."""
    licence: str
    """Name of the licence, or how licences are found."""
    licence_url: str
    """Where it can be read."""
    attribution: str
    """Whom to credit."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", self.name):
            raise ValueError(f"name: expected a plain name without a folder; got {self.name!r}")
        for field, value in vars(self).items():
            if not value.strip():
                raise ValueError(f"{field}: expected a text that is not empty; got {value!r}")
        for field in ("homepage", "licence_url"):
            if not re.fullmatch(r"https?://[^\s/]+\S*", getattr(self, field)):
                raise ValueError(
                    f"{field}: expected an http or https address; got {getattr(self, field)!r}"
                )


@dataclass(frozen=True)
class OpenMojiProfile:
    """How much of OpenMoji one profile draws."""

    size_px: int
    """Side in pixels, 16 to 1024."""
    designs: int
    """Most designs, in the order of a hash of their names; 0 for all."""
    variants: int
    """Most variants of each design, the plain one first; 0 for all."""

    def __post_init__(self) -> None:
        _within(self, "size_px", 16, 1024)
        _within(self, "designs", 0, 100_000)
        _within(self, "variants", 0, 1000)


@dataclass(frozen=True)
class OpenMojiRecipe:
    """OpenMoji as pairs of lineart and illustration."""

    credit: Credit
    salt: str
    """Text that decides the split."""
    shares: Shares
    """Shares of the designs in each part."""
    line_layers: tuple[str, ...]
    """Groups of the file that make up the lineart."""
    leave_out: tuple[str, ...]
    """Kinds of design that are not drawn."""
    min_ink: float
    """Least share of the pixels that the lines darken."""
    min_colour: float
    """Least share of the pixels that colours cover."""
    curation: Thresholds
    profiles: Mapping[str, OpenMojiProfile]

    def __post_init__(self) -> None:
        _among("line_layers", self.line_layers, LINE_LAYERS, least=1)
        _among("leave_out", self.leave_out, KINDS)
        _within(self, "min_ink", 0, 1)
        _within(self, "min_colour", 0, 1)
        _check_profiles(self.profiles)


@dataclass(frozen=True)
class StyleChoice:
    """One style of DiceBear, how its lines are found and which part it is for."""

    name: str
    """Name of the style."""
    lines: str
    """`artist` or `contours`: see `dicebear`."""
    part: str
    """`train`, `validation` or `test`: a style is whole in one part."""
    colours: Mapping[str, str]
    """The style's colour slot → name of a palette; other slots keep the style's own colours."""

    def __post_init__(self) -> None:
        _among("name", (self.name,), styles())
        _among("lines", (self.lines,), LINE_RULES)
        _among("part", (self.part,), PARTS)
        _among("colours", tuple(self.colours), slots_of(self.name))


@dataclass(frozen=True)
class DiceBearProfile:
    """How many characters one profile draws."""

    size_px: int
    """Side in pixels, 16 to 512."""
    characters: int
    """Seeds tried for each style, at least 1."""

    def __post_init__(self) -> None:
        _within(self, "size_px", 16, 512)
        _within(self, "characters", 1, 100_000_000)


@dataclass(frozen=True)
class DiceBearRecipe:
    """DiceBear's characters as pairs of lineart and illustration."""

    credit: Credit
    licences: tuple[str, ...]
    """Names of licences under which a style may be drawn, as the styles write them."""
    palettes: Mapping[str, tuple[str, ...]]
    """Name → colours `#rrggbb`."""
    styles: tuple[StyleChoice, ...]
    line_width: float
    """Width of drawn contours as a share of the side."""
    min_ink: float
    """Least share of the pixels that the lines darken."""
    max_ink: float
    """Most share of the pixels that the lines darken."""
    curation: Thresholds
    profiles: Mapping[str, DiceBearProfile]

    def __post_init__(self) -> None:
        for name, colours in self.palettes.items():
            wrong = [c for c in colours if not re.fullmatch(r"#[0-9a-f]{6}", c)]
            if wrong or not colours:
                got = repr(wrong[0]) if wrong else "none"
                raise ValueError(f"palettes: {name}: expected colours '#rrggbb'; got {got}")
        names = [choice.name for choice in self.styles]
        if len(set(names)) < len(names) or not names:
            raise ValueError(f"styles: expected each style once, at least one; got {names}")
        for choice in self.styles:
            _among(f"styles: {choice.name}", tuple(choice.colours.values()), tuple(self.palettes))
        held_out = [choice.name for choice in self.styles if choice.part == "test"]
        if len(held_out) < 2:
            raise ValueError(f"styles: expected at least two of part 'test'; got {held_out}")
        _within(self, "line_width", 0.001, 0.2)
        _within(self, "min_ink", 0, 1)
        _within(self, "max_ink", 0, 1)
        _check_profiles(self.profiles)


@dataclass(frozen=True)
class RasterProfile:
    """How much of a collection of pictures one profile takes."""

    size_px: int
    """Side in pixels, 16 to 1024; pictures are made to fit, on white."""
    pictures: int
    """Most pictures, in the order of a hash of their names; 0 for all."""

    def __post_init__(self) -> None:
        _within(self, "size_px", 16, 1024)
        _within(self, "pictures", 0, 100_000_000)


@dataclass(frozen=True)
class _Raster:
    """What recipes of finished pictures have in common: the lines are computed."""

    credit: Credit
    salt: str
    """Text that decides the split."""
    shares: Shares
    """Shares of the pictures in each part; near-duplicates stay together."""
    curation: Thresholds
    profiles: Mapping[str, RasterProfile]

    def __post_init__(self) -> None:
        _check_profiles(self.profiles)


@dataclass(frozen=True)
class FolderRecipe(_Raster):
    """Anyone's folder of illustrations."""

    folder: str
    """Where the pictures lie, folders within it included; `~` is your home."""
    endings: tuple[str, ...] = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
    """Which files are looked at, in small letters."""


@dataclass(frozen=True)
class HubRecipe(_Raster):
    """A data set of a hub, as Parquet files that are read piece by piece."""

    files: tuple[str, ...]
    """Addresses with `*`: `hf://datasets/OWNER/NAME@REVISION/data/train-*.parquet`, or paths."""
    picture: str = "image"
    """Column of the pictures: bytes, or a struct with a field `bytes`."""
    words: tuple[str, ...] = ()
    """Columns of text that say what is to be seen."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.files:
            raise ValueError("files: expected at least one address; got none")


ArtRecipe = OpenMojiRecipe | DiceBearRecipe | FolderRecipe | HubRecipe
_RECIPES = {
    "openmoji": OpenMojiRecipe,
    "dicebear": DiceBearRecipe,
    "folder": FolderRecipe,
    "hub": HubRecipe,
}


def read_art_recipe(path: Path) -> ArtRecipe | None:
    """Read and check a recipe of drawings.

    Parameters
    ----------
    path : Path
        A YAML file.

    Returns
    -------
    OpenMojiRecipe, DiceBearRecipe, FolderRecipe, HubRecipe or None
        None if the file is of another kind, so that another reader may try.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        A field is wrong: the message names the file and the field, what came and what was expected.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no recipe at {path}: expected a YAML file")
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path.name}: not a readable YAML file ({reason})") from error
    kind = given.get("kind") if isinstance(given, dict) else None
    if not isinstance(kind, str) or kind not in _RECIPES:
        return None
    content = {key: value for key, value in given.items() if key != "kind"}
    try:
        return fill(_RECIPES[kind], content, "recipe")
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _within(description: object, field: str, least: float, most: float) -> None:
    value = getattr(description, field)
    if not least <= value <= most:
        raise ValueError(f"{field}: expected {least:g} to {most:g}; got {value}")


def _among(field: str, given: tuple, known: tuple, least: int = 0) -> None:
    for value in given:
        if value not in known:
            raise ValueError(f"{field}: expected some of {', '.join(known)}; got {value!r}")
    if len(given) < least:
        raise ValueError(f"{field}: expected at least {least} of {', '.join(known)}; got none")


def _check_profiles(profiles: Mapping[str, object]) -> None:
    if set(profiles) != set(PROFILES):
        raise ValueError(
            f"profiles: expected {', '.join(PROFILES)}; got {', '.join(profiles) or 'none'}"
        )
