"""The book's own prose as text: a snapshot, and its parts (chapter "Large language models").

A snapshot, because a text that is edited daily is no data set: `lineart prepare prose` reads the
chapters once, and what it read stands until somebody prepares again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from lineart_lib.recipe.markdown import prose
from lineart_lib.recipe.prepare import Prepared, read_manifest
from lineart_lib.runtime import data_folder

_FILE = "prose.json"
_BLOCKS_IN_A_ROUND = 10
_VALIDATION, _TEST = 4, 9
"""Of ten blocks in a row, which ones are kept back."""


@dataclass(frozen=True)
class ProseRecipe:
    """Which chapters make up the text, and whose they are."""

    name: str
    """Folder in the data folder: the name of the recipe's file."""
    title: str
    version: str
    licence: str
    attribution: str
    chapters: tuple[str, ...]
    """Paths below the project's root, in the order of reading; no path leaves it."""

    def __post_init__(self) -> None:
        if not self.chapters:
            raise ValueError("chapters: expected at least one path; got none")
        for chapter in self.chapters:
            path = PurePosixPath(chapter)
            if path.is_absolute() or ".." in path.parts or path.suffix != ".md":
                raise ValueError(
                    f"chapters: expected a path of a .md file below the root; got {chapter!r}"
                )


@dataclass(frozen=True)
class Prose:
    """A text in three parts of blocks; a block is some paragraphs in a row, one a line."""

    train: tuple[str, ...]
    """To learn from."""
    validation: tuple[str, ...]
    """To choose with: when to stop, which order."""
    test: tuple[str, ...]
    """To measure once, at the end."""


def read_prose_recipe(path: Path) -> ProseRecipe:
    """Read a recipe of prose.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is no YAML, or a field is missing, unknown or out of range. The message names the file.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not YAML: {error}") from error
    known = {field.name for field in fields(ProseRecipe)}
    found = set(given) if isinstance(given, Mapping) else set()
    if found != known | {"kind"} or not isinstance(given["chapters"], list):
        raise ValueError(
            f"{path.name}: expected the fields kind, {', '.join(sorted(known))}, chapters being a "
            f"list; got {', '.join(sorted(map(str, found))) or 'no field'}"
        )
    if given["kind"] != "prose":
        raise ValueError(f"{path.name}: kind: expected prose; got {given['kind']!r}")
    if given["name"] != path.stem:
        raise ValueError(f"{path.name}: name: expected {path.stem}; got {given['name']!r}")
    words = {name: str(given[name]) for name in known - {"chapters"}}
    try:
        return ProseRecipe(**words, chapters=tuple(map(str, given["chapters"])))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def prepare_prose(
    recipe: ProseRecipe, root: Path, folder: Path, *, force: bool = False
) -> Prepared:
    """Take a snapshot of the chapters' prose, unless there is one of the same recipe.

    Parameters
    ----------
    recipe : ProseRecipe
        What to read.
    root : Path
        The project.
    folder : Path
        The data folder; the snapshot and its manifest go into its `recipe.name`.
    force : bool
        Take a new snapshot in any case.

    Returns
    -------
    Prepared

    Raises
    ------
    FileNotFoundError
        A chapter does not exist.
    """
    target = folder / recipe.name
    if not force and _is_sound(target, recipe):
        return Prepared(target, "the chapters of this book", ())
    missing = [chapter for chapter in recipe.chapters if not (root / chapter).is_file()]
    if missing:
        raise FileNotFoundError(
            f"no chapter {missing[0]} in {root}: correct the list in data_recipes/{recipe.name}.yml"
        )
    chapters = {
        chapter: prose((root / chapter).read_text(encoding="utf-8")) for chapter in recipe.chapters
    }
    target.mkdir(parents=True, exist_ok=True)
    content = _json(chapters)
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    signs = sum(len(paragraph) + 1 for text in chapters.values() for paragraph in text)
    manifest = {
        "name": recipe.name,
        "title": recipe.title,
        "version": recipe.version,
        "licence": recipe.licence,
        "attribution": recipe.attribution,
        "source": "the chapters of this book",
        "chapters": list(recipe.chapters),
        "sha256": sha256,
        "files": {_FILE: {"sha256": sha256, "size_bytes": len(content.encode()), "count": signs}},
    }
    for name, text in ((_FILE, content), ("manifest.json", _json(manifest))):
        part = target / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(target / name)
    return Prepared(target, "the chapters of this book", (_FILE,))


def load_prose(folder: Path | None = None, *, block_characters: int = 600) -> Prose:
    """Load the snapshot in three parts, of about 80, 10 and 10 percent.

    Each chapter is cut into blocks of whole paragraphs. The blocks are counted through the book,
    and of ten in a row the fifth is for validation and the tenth for the test. So every chapter
    is in every part, and no draw decides which.

    Parameters
    ----------
    folder : Path, optional
        Where the snapshot lies. The default is `prose` in the data folder.
    block_characters : int
        A block ends with the paragraph that reaches this length, or with its chapter.

    Returns
    -------
    Prose

    Raises
    ------
    FileNotFoundError
        The prose is not prepared.
    ValueError
        The snapshot is not what its manifest says.
    """
    folder = data_folder() / "prose" if folder is None else Path(folder)
    manifest = read_manifest(folder)
    data = (folder / _FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
        raise ValueError(
            f"{folder / _FILE} is not what its manifest says: run `lineart prepare prose --force`"
        )
    return part_blocks(
        [
            block
            for paragraphs in json.loads(data).values()
            for block in blocks(paragraphs, block_characters)
        ]
    )


def blocks(paragraphs: list[str], characters: int) -> Iterator[str]:
    """Join paragraphs in a row, a line break after each, into blocks of at least a length."""
    block = ""
    for paragraph in paragraphs:
        block += paragraph + "\n"
        if len(block) >= characters:
            yield block
            block = ""
    if block:
        yield block


def part_blocks(all_blocks: list[str]) -> Prose:
    """Deal blocks out to the three parts by their place."""
    places = [number % _BLOCKS_IN_A_ROUND for number in range(len(all_blocks))]
    dealt = list(zip(all_blocks, places, strict=True))
    return Prose(
        tuple(block for block, place in dealt if place not in (_VALIDATION, _TEST)),
        tuple(block for block, place in dealt if place == _VALIDATION),
        tuple(block for block, place in dealt if place == _TEST),
    )


def _is_sound(target: Path, recipe: ProseRecipe) -> bool:
    try:
        manifest = read_manifest(target)
        found = hashlib.sha256((target / _FILE).read_bytes()).hexdigest()
    except (FileNotFoundError, ValueError):
        return False
    return (
        manifest.get("sha256") == found
        and manifest.get("version") == recipe.version
        and manifest.get("chapters") == list(recipe.chapters)
    )


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
