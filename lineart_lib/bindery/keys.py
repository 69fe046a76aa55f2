"""Content keys: what a notebook or the site is made of decides the folder it is built into.

An output lies in a folder named by the hash of everything that shaped it. So an output that exists
is up to date, whatever its date, and undoing an edit finds the old output again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lineart_lib.bindery.library import PACKAGE, Library, files_below
from lineart_lib.bindery.notebooks import code_cells, imported_names, read_notebook
from lineart_lib.recipe.kinds import DRAWN, FORM, kind_of

PROFILES = ("smoke", "book", "paper")
KEY_DIGITS = 20
FORMAT = 1
"""Raise it when the executor writes something else from the same sources."""

CHANGED = "a source changed while it ran, so this run is not kept"
"""What the steps say whose sources no longer have the key that they were started for."""


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
    """Compute every key of a build. Nothing is written.

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
    shared = _Shared.of(root, profile, package)
    notebooks, recipes, pages = {}, {}, {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = read_notebook(path)
        named = _recipe_keys(root, path, shared)
        recipes.update(named)
        pages[path.stem] = _page(notebook)
        notebooks[path.stem] = _plan(root, path, notebook, named, shared)
    vendor = digest(file_digests(root, _vendor_files(root)))
    site = digest(
        {
            "format": FORMAT,
            "profile": profile,
            "notebooks": {name: plan.key for name, plan in notebooks.items()},
            "pages": pages,
            "sources": file_digests(root, _site_files(root, package)),
            "constraints": shared.constraints,
            "vendor": vendor,
        }
    )
    return Plan(profile, notebooks, recipes, vendor, site)


def plan_notebook(root: Path, name: str, profile: str, package: str = PACKAGE) -> NotebookPlan:
    """Compute the plan of one notebook: what `make_plan` says of it, in a fraction of the time.

    Parameters
    ----------
    root : Path
        The project.
    name : str
        File name of the notebook without its ending.
    profile : str
        ``smoke``, ``book`` or ``paper``.

    Raises
    ------
    ValueError
        When the profile is unknown, or an entry of the profiles is wrong.
    FileNotFoundError
        When there is no such notebook, or it names a recipe that does not exist.
    """
    shared = _Shared.of(root, profile, package)
    path = root / "notebooks" / f"{name}.ipynb"
    return _plan(root, path, read_notebook(path), _recipe_keys(root, path, shared), shared)


@dataclass(frozen=True)
class _Shared:
    """What the keys of all notebooks have in common."""

    profile: str
    library: Library
    profiles: dict[str, dict[str, Any]]
    constraints: dict[str, str]

    @classmethod
    def of(cls, root: Path, profile: str, package: str) -> _Shared:
        if profile not in PROFILES:
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}; got {profile!r}")
        return cls(
            profile,
            Library(root, package),
            read_profiles(root / "notebooks" / "profiles.yml"),
            file_digests(root, _existing(root / "constraints.txt")),
        )


def _plan(
    root: Path,
    path: Path,
    notebook: Mapping[str, Any],
    recipes: Mapping[str, str],
    shared: _Shared,
) -> NotebookPlan:
    library = shared.library
    modules = library.closure(imported_names(notebook, path.name))
    given = shared.profiles.get(path.stem, {}).get(shared.profile) or {}
    parameters = {**given, "profile": shared.profile}
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
            "recipes": recipes,
            "constraints": shared.constraints,
        }
    )
    return NotebookPlan(path.stem, key, parameters, tuple(sorted(recipes)), tuple(sorted(modules)))


def _recipe_keys(root: Path, notebook: Path, shared: _Shared) -> dict[str, str]:
    names = shared.profiles.get(notebook.stem, {}).get("data", [])
    return {name: _recipe_key(root, name, shared.profile, notebook) for name in names}


def _page(notebook: Mapping[str, Any]) -> Any:
    """Keep what a notebook shows without running: its text and the layout of its cells."""
    return [
        [cell["cell_type"], cell["source"], cell.get("metadata", {}), cell.get("attachments", {})]
        for cell in notebook["cells"]
    ]


def _recipe_key(root: Path, name: str, profile: str, notebook: Path) -> str:
    path = root / "data_recipes" / f"{name}.yml"
    if not path.is_file():
        raise FileNotFoundError(
            f"{notebook.stem} names the recipe {name!r}; expected {path.relative_to(root)}: "
            "write it, or correct notebooks/profiles.yml"
        )
    drawn_for = [profile, FORM] if kind_of(path) in DRAWN else None
    return digest([file_digests(root, [path]), drawn_for])


def _site_files(root: Path, package: str) -> Iterator[Path]:
    """Yield the sources of the pages; the whole library, as prose may name any part of it."""
    yield from _existing(root / "_config.yml", root / "_toc.yml")
    for folder in ("book", package, "data_recipes"):
        yield from files_below(root / folder)


def _vendor_files(root: Path) -> Iterator[Path]:
    yield from files_below(root / "book" / "vendor")
    yield from _existing(root / PACKAGE / "bindery" / "vendor.py")


def _existing(*paths: Path) -> Iterator[Path]:
    yield from (path for path in paths if path.is_file())
