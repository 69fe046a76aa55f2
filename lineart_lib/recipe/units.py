"""What a recipe of drawings has to draw, cut into units of work that know nothing of each other.

A unit is a small mapping that JSON can hold. Whoever gets it, on this machine or on another, draws
the same pictures in the same order. So the number of workers decides nothing but the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lineart_lib.recipe import dicebear, openmoji, raster
from lineart_lib.recipe.art import (
    ArtRecipe,
    DiceBearRecipe,
    FolderRecipe,
    HubRecipe,
    OpenMojiRecipe,
)
from lineart_lib.recipe.artwork import Artwork
from lineart_lib.recipe.decode import RefusedError

UNIT = 64
"""Pictures in a unit; a unit of a hub is a row group of its files."""
Unit = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A drawing that may be taken in: what it is, and how to draw it."""

    name: str
    design: str
    draw: Callable[[], Artwork]
    """Raises `RefusedError` when it cannot be taken."""


def units(recipe: ArtRecipe, profile: str) -> Iterator[Unit]:
    """List the work of a profile, in an order that only the recipe decides.

    Yields
    ------
    mapping
        For `candidates`.
    """
    yield from _WAYS[type(recipe)][0](recipe, profile)


def candidates(recipe: ArtRecipe, profile: str, unit: Unit) -> Iterator[Candidate]:
    """List the drawings of one unit; none is drawn yet."""
    yield from _WAYS[type(recipe)][1](recipe, profile, unit)


def _openmoji_units(recipe: OpenMojiRecipe, profile: str) -> Iterator[Unit]:
    size = recipe.profiles[profile]
    designs = sorted(openmoji.designs(), key=lambda design: digest(recipe.salt + design.name))
    drawings = [
        [code, design.name, design.kind]
        for design in designs[: size.designs or None]
        for code in design.variants[: size.variants or None]
    ]
    for first in range(0, len(drawings), UNIT):
        yield {"drawings": drawings[first : first + UNIT]}


def _from_openmoji(recipe: OpenMojiRecipe, profile: str, unit: Unit) -> Iterator[Candidate]:
    for code, design, kind in unit["drawings"]:
        if kind in recipe.leave_out:
            sentence = f"{code} is a {kind}, which the recipe leaves out"
            yield Candidate(code, design, partial(_refuse, "left_out_kind", sentence))
            continue
        draw = partial(
            openmoji.draw_openmoji,
            code,
            recipe.profiles[profile].size_px,
            line_layers=recipe.line_layers,
            min_ink=recipe.min_ink,
            min_colour=recipe.min_colour,
        )
        yield Candidate(code, design, draw)


def _dicebear_units(recipe: DiceBearRecipe, profile: str) -> Iterator[Unit]:
    characters = recipe.profiles[profile].characters
    for number, choice in enumerate(recipe.styles):
        try:
            dicebear.require_licence(choice.name, recipe.licences)
        except RefusedError as error:
            yield {"style": number, "reason": error.reason, "sentence": error.sentence}
            continue
        for first in range(0, characters, UNIT):
            yield {"style": number, "first": first, "last": min(first + UNIT, characters)}


def _from_dicebear(recipe: DiceBearRecipe, profile: str, unit: Unit) -> Iterator[Candidate]:
    choice = recipe.styles[unit["style"]]
    if "reason" in unit:
        yield Candidate(
            choice.name, choice.name, partial(_refuse, unit["reason"], unit["sentence"])
        )
        return
    for seed in range(unit["first"], unit["last"]):
        draw = partial(
            dicebear.draw_character,
            choice.name,
            str(seed),
            recipe.profiles[profile].size_px,
            lines=choice.lines,
            colours={slot: recipe.palettes[name] for slot, name in choice.colours.items()},
            line_width=recipe.line_width,
            min_ink=recipe.min_ink,
            max_ink=recipe.max_ink,
        )
        yield Candidate(f"{choice.name}-{seed}", choice.name, draw)


def _folder_units(recipe: FolderRecipe, profile: str) -> Iterator[Unit]:
    files = sorted(raster.folder_files(recipe), key=lambda name: digest(recipe.salt + name))
    files = files[: recipe.profiles[profile].pictures or None]
    for first in range(0, len(files), UNIT):
        yield {"files": files[first : first + UNIT]}


def _from_folder(recipe: FolderRecipe, profile: str, unit: Unit) -> Iterator[Candidate]:
    size_px = recipe.profiles[profile].size_px
    for name in unit["files"]:
        yield Candidate(name, name, partial(raster.draw_file, recipe, name, size_px))


def _hub_units(recipe: HubRecipe, profile: str) -> Iterator[Unit]:
    left = recipe.profiles[profile].pictures or None
    for group in raster.hub_groups(recipe):
        rows = group["rows"] if left is None else min(left, group["rows"])
        if rows:  # a row group is a unit, however large: from a hub it travels once
            yield {**group, "first": 0, "last": rows}
        if left is not None:
            left -= rows
            if not left:
                return


def _from_hub(recipe: HubRecipe, profile: str, unit: Unit) -> Iterator[Candidate]:
    size_px = recipe.profiles[profile].size_px
    for row in range(unit["first"], unit["last"]):
        name = f"{unit['file'].rsplit('/', 1)[-1]}-{unit['group']}-{row}"
        draw = partial(raster.draw_row, recipe, unit["file"], unit["group"], row, size_px)
        yield Candidate(name, name, draw)


_WAYS: dict[type, tuple[Callable, Callable]] = {
    OpenMojiRecipe: (_openmoji_units, _from_openmoji),
    DiceBearRecipe: (_dicebear_units, _from_dicebear),
    FolderRecipe: (_folder_units, _from_folder),
    HubRecipe: (_hub_units, _from_hub),
}


def _refuse(reason: str, sentence: str) -> Artwork:
    raise RefusedError(reason, sentence)


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
