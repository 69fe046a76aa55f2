"""Content keys: what a notebook or the site is made of decides the folder it is built into.

An output lies in a folder named by the hash of everything that shaped it. So an output that exists
is up to date, whatever its date, and undoing an edit finds the old output again.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

PACKAGE = "lineart_lib"
PROFILES = ("smoke", "book", "paper")
KEY_DIGITS = 20
FORMAT = 1
"""Raise it when the executor writes something else from the same sources."""

_IGNORED = {"__pycache__", "node_modules"}


@dataclass(frozen=True)
class NotebookPlan:
    """What is known of a notebook before it runs."""

    name: str
    """File name without its ending."""
    key: str
    """Hash of all that shapes its execution."""
    parameters: dict[str, Any]
    """What papermill injects."""
    recipes: tuple[str, ...]
    """Names of the data recipes that must be prepared first."""
    modules: tuple[str, ...]
    """Library modules it imports, directly or not, sorted."""


@dataclass(frozen=True)
class Plan:
    """The keys of a whole build."""

    profile: str
    notebooks: dict[str, NotebookPlan]
    recipes: dict[str, str]
    """Key of each data recipe that a notebook names."""
    vendor: str
    """Key of the web files that others wrote."""
    site: str
    """Key of the site."""


class Library:
    """The import graph of the library, read once.

    Parameters
    ----------
    root : Path
        Folder that holds the package.
    package : str
        Name of the package.

    Raises
    ------
    FileNotFoundError
        When Python would import the package from another folder than ``root``: the keys would
        describe files that the notebooks do not use.
    """

    def __init__(self, root: Path, package: str = PACKAGE) -> None:
        self.root = root
        self.package = package
        spec = importlib.util.find_spec(package)
        found = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if found != (root / package).resolve():
            raise FileNotFoundError(
                f"expected Python to import {package} from {root / package}; it imports it from "
                f"{found}: start the command in {root}"
            )

    @cached_property
    def _graph(self) -> Any:
        import grimp

        return grimp.build_graph(self.package, cache_dir=str(self.root / "build" / ".grimp"))

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """Follow imports from some names to every module that they run.

        Parameters
        ----------
        names : iterable of str
            Dotted names as imported; one that is no module stands for the module that holds it.

        Returns
        -------
        frozenset of str
            The modules, what they import in turn, and the packages around each: Python runs their
            ``__init__`` files as well.
        """
        waiting = [self._module(name) for name in names if self._is_ours(name)]
        found: set[str] = set()
        while waiting:
            module = waiting.pop()
            if module in found:
                continue
            found.add(module)
            waiting.extend(self._graph.find_modules_directly_imported_by(module))
            if "." in module:
                waiting.append(module.rpartition(".")[0])
        return frozenset(found)

    def files(self, modules: Iterable[str]) -> list[Path]:
        """List the files of some modules: their sources, and what is not Python beside them."""
        found: set[Path] = set()
        for module in modules:
            path = self.root.joinpath(*module.split("."))
            if path.is_dir():
                found.add(path / "__init__.py")
                folder = path
            else:
                found.add(path.with_suffix(".py"))
                folder = path.parent
            found.update(_companions(folder))
        return sorted(path for path in found if path.is_file())

    def has(self, name: str) -> bool:
        """Tell whether a dotted name is a module of the library."""
        return self._is_ours(name) and name in self._graph.modules

    def _is_ours(self, name: str) -> bool:
        return name.split(".")[0] == self.package

    def _module(self, name: str) -> str:
        while name not in self._graph.modules:
            name = name.rpartition(".")[0]
        return name


def _companions(folder: Path) -> Iterator[Path]:
    """Yield what is not Python in a folder and in those of its folders that are no packages."""
    for path in folder.iterdir():
        if path.is_dir():
            if not _is_generated(Path(path.name)) and not any(path.glob("*.py")):
                yield from _files_below(path)
        elif path.suffix != ".py" and not _is_generated(Path(path.name)):
            yield path


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder, generated ones left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _is_generated(path.relative_to(folder)):
            yield path


def _is_generated(path: Path) -> bool:
    """Recognize caches, packages of npm, and the hidden or spare files of editors."""
    return path.name.endswith(("~", ".pyc")) or any(
        part in _IGNORED or part.startswith(".") for part in path.parts
    )


def digest(content: Any) -> str:
    """Hash anything that JSON can hold; the order of a mapping's entries does not matter."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]


def file_digests(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Hash files, by their path below ``root``."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook file with each cell's source as one text.

    Raises
    ------
    ValueError
        When the file is no notebook of version 4.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook["cells"]
    except (json.JSONDecodeError, KeyError, TypeError) as problem:
        raise ValueError(
            f"{path} must be a notebook of format 4; got {type(problem).__name__}: {problem}: "
            "save it again with JupyterLab"
        ) from problem
    for cell in cells:
        cell["source"] = "".join(cell.get("source", ""))
    return notebook


def code_cells(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the code cells of a notebook."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def imported_names(notebook: Mapping[str, Any], where: str = "notebook") -> set[str]:
    """Collect the dotted names that the code cells import.

    ``from a.b import c`` gives ``a.b.c``, as ``c`` may be a module. A text that spells a dotted
    name counts as well, for ``import_module("a.b")`` and ``python -m a.b``.

    Raises
    ------
    SyntaxError
        When a cell is not Python.
    """
    names: set[str] = set()
    for number, cell in enumerate(code_cells(notebook), start=1):
        try:
            tree = ast.parse(_plain_python(cell["source"]))
        except SyntaxError as problem:
            raise SyntaxError(
                f"{where}: code cell {number} must be Python; line {problem.lineno}: {problem.msg}"
            ) from problem
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.update(word for word in node.value.split() if "." in word)
    return names


def _plain_python(source: str) -> str:
    """Blank the lines of a cell that only IPython understands."""
    lines = source.splitlines()
    if lines and lines[0].startswith("%%") and not lines[0].startswith(("%%time", "%%capture")):
        return ""  # The body is another language.
    plain = []
    for line in lines:
        text = line.lstrip()
        indent = line[: len(line) - len(text)]
        magic = text.startswith(("%", "!", "?")) or text.endswith("?")
        plain.append(f"{indent}pass" if magic else line)
    return "\n".join(plain)


def read_profiles(path: Path) -> dict[str, dict[str, Any]]:
    """Read ``notebooks/profiles.yml``: per notebook its parameters per profile, and its data.

    Raises
    ------
    ValueError
        When an entry has another shape.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name, entry in (entries or {}).items():
        unknown = set(entry or {}) - {*PROFILES, "data"}
        if unknown:
            raise ValueError(
                f"{path.name}: {name} may have {', '.join(PROFILES)} and data; "
                f"got {', '.join(sorted(unknown))}: correct the name"
            )
    return {name: entry or {} for name, entry in (entries or {}).items()}


def make_plan(root: Path, profile: str, package: str = PACKAGE) -> Plan:
    """Compute every key of a build. Nothing is written but the cache of the import graph.

    Parameters
    ----------
    root : Path
        The project.
    profile : str
        ``smoke``, ``book`` or ``paper``.

    Returns
    -------
    Plan
        Equal sources give an equal plan, on any machine.

    Raises
    ------
    ValueError
        When the profile is unknown, or an entry of the profiles is wrong.
    FileNotFoundError
        When a notebook names a recipe that does not exist.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}; got {profile!r}")
    library = Library(root, package)
    profiles = read_profiles(root / "notebooks" / "profiles.yml")
    constraints = file_digests(root, _existing(root / "constraints.txt"))
    notebooks, recipes, pages = {}, {}, {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = read_notebook(path)
        settings = profiles.get(path.stem, {})
        named = {recipe: _recipe_key(root, recipe, path) for recipe in settings.get("data", [])}
        modules = library.closure(imported_names(notebook, path.name))
        parameters = {**(settings.get(profile) or {}), "profile": profile}
        key = digest(
            {
                "format": FORMAT,
                "python": list(sys.version_info[:2]),
                "cells": [
                    [cell["source"], sorted(cell.get("metadata", {}).get("tags", []))]
                    for cell in code_cells(notebook)
                ],
                "parameters": parameters,
                "library": file_digests(root, library.files(modules)),
                "recipes": named,
                "constraints": constraints,
            }
        )
        recipes.update(named)
        pages[path.stem] = _page(notebook)
        notebooks[path.stem] = NotebookPlan(
            path.stem, key, parameters, tuple(sorted(named)), tuple(sorted(modules))
        )
    vendor = digest(file_digests(root, _vendor_files(root)))
    site = digest(
        {
            "format": FORMAT,
            "profile": profile,
            "notebooks": {name: plan.key for name, plan in notebooks.items()},
            "pages": pages,
            "sources": file_digests(root, _site_files(root, package)),
            "constraints": constraints,
            "vendor": vendor,
        }
    )
    return Plan(profile, notebooks, recipes, vendor, site)


def _page(notebook: Mapping[str, Any]) -> Any:
    """Keep what a notebook shows without running: its text and the layout of its cells."""
    return [
        [cell["cell_type"], cell["source"], cell.get("metadata", {}), cell.get("attachments", {})]
        for cell in notebook["cells"]
    ]


def _recipe_key(root: Path, name: str, notebook: Path) -> str:
    path = root / "data_recipes" / f"{name}.yml"
    if not path.is_file():
        raise FileNotFoundError(
            f"{notebook.stem} names the recipe {name!r}; expected {path.relative_to(root)}: "
            "write it, or correct notebooks/profiles.yml"
        )
    return digest(file_digests(root, [path]))


def _site_files(root: Path, package: str) -> Iterator[Path]:
    """Yield the sources of the pages; the whole library, as prose may name any part of it."""
    yield from _existing(root / "_config.yml", root / "_toc.yml")
    for folder in ("book", package, "data_recipes"):
        yield from _files_below(root / folder)


def _vendor_files(root: Path) -> Iterator[Path]:
    yield from _files_below(root / "book" / "vendor")
    yield from _existing(root / PACKAGE / "bindery" / "vendor.py")


def _existing(*paths: Path) -> Iterator[Path]:
    yield from (path for path in paths if path.is_file())
