"""Which kind of data a recipe describes, where such data lie, and who prepares them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from lineart_lib.recipe.description import find_recipe
from lineart_lib.recipe.prepare import Prepared

if TYPE_CHECKING:
    from lineart_lib.recipe.staging import Engine

FILES = "files"
"""Kind of a recipe that names none: files that are fetched as they are."""
DRAWN = frozenset({"openmoji", "dicebear", "folder", "hub"})
"""Kinds that are drawn in the size of a profile: each profile has a folder of its own."""
FORM = "parquet-1"
"""How prepared drawings lie on disk; a folder of another form is not read."""
PROSE = "prose"
"""Kind of a recipe that reads the book's own chapters."""


def kind_of(path: Path) -> str:
    """Return the kind that a recipe names, `FILES` when it names none.

    A file that cannot be read counts as `FILES`, too: whoever prepares it says what is wrong.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return FILES
    return str(given.get("kind", FILES)) if isinstance(given, dict) else FILES


def folder_of(path: Path, profile: str, data: Path) -> Path:
    """Return where the prepared data of a recipe lie.

    Parameters
    ----------
    path : Path
        The recipe, a YAML file named like its data.
    profile : {"smoke", "book", "paper"}
    data : Path
        The data folder.
    """
    return data / path.stem / profile if kind_of(path) in DRAWN else data / path.stem


def prepare_recipe(
    name: str,
    profile: str,
    root: Path | None,
    data: Path,
    *,
    force: bool = False,
    engine: Engine | None = None,
) -> Prepared:
    """Carry a recipe out, of whichever kind.

    Parameters
    ----------
    name : str
        Short name of a recipe in `data_recipes/`, or the path of one.
    profile : {"smoke", "book", "paper"}
        How much is drawn; files that are fetched are the same for each.
    root : Path, optional
        The project. Not needed for a path.
    data : Path
        The data folder.
    force : bool
        Make again what is there.
    engine : callable, optional
        Who draws: see `pipeline.engine`. This process by default; other kinds have no use for it.

    Raises
    ------
    FileNotFoundError
        There is no such recipe.
    ValueError
        The recipe or the profile is wrong, or other data lie where the new ones go.
    SourceError
        The files cannot be had.
    """
    path = find_recipe(name, root)
    kind = kind_of(path)
    if kind in DRAWN:
        from lineart_lib.recipe.art import read_art_recipe
        from lineart_lib.recipe.prepare_art import prepare_art
        from lineart_lib.recipe.staging import here

        return prepare_art(read_art_recipe(path), profile, data, force=force, engine=engine or here)
    if kind == PROSE:
        from lineart_lib.recipe.prose import prepare_prose, read_prose_recipe

        project = root or path.resolve().parents[1]
        return prepare_prose(read_prose_recipe(path), project, data, force=force)
    if kind != FILES:
        known = ", ".join(sorted(DRAWN | {PROSE}))
        raise ValueError(f"{path.name}: kind: expected {known}, or no kind at all; got {kind!r}")
    from lineart_lib.recipe.description import load_recipe
    from lineart_lib.recipe.prepare import prepare

    return prepare(load_recipe(path), data, force=force)
