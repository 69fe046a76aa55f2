"""Read lists of entries from YAML into frozen dataclasses, with an error for each wrong field."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Entry = TypeVar("Entry")


class EntryError(ValueError):
    """An entry of a YAML file is wrong: which file, which entry, which field, what came."""

    def __init__(self, field: str, got: Any, expected: str) -> None:
        """Say what is wrong with a field; the reader of the file adds the place."""
        super().__init__(f"{field} must be {expected}; got {got!r}")


def read_entries(path: Path, kind: type[Entry]) -> list[Entry]:
    """Read a YAML list into dataclasses.

    Parameters
    ----------
    path : Path
        A file that holds a list of mappings, each with an ``id``.
    kind : type
        A dataclass whose ``__post_init__`` raises `EntryError` for a wrong field.

    Returns
    -------
    list
        The entries in the order of the file.

    Raises
    ------
    ValueError
        Listing every wrong entry: file, id, field, what came, what was expected.
    FileNotFoundError
        When there is no such file.
    """
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, list):
        raise ValueError(f"{path.name} must hold a list of entries; got {type(read).__name__}")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    required = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
    found: list[Entry] = []
    seen: set[str] = set()
    problems: list[str] = []
    for number, entry in enumerate(read, 1):
        if not isinstance(entry, dict):
            problems.append(f"entry {number}: must be a mapping; got {entry!r}")
            continue
        name = str(entry.get("id", f"number {number}"))
        place = f"entry {name}"
        wrong = [f"{place}: has no field {field!r}: add it" for field in required - set(entry)]
        wrong += [
            f"{place}: {field!r} is no field; expected one of {', '.join(fields)}"
            for field in entry
            if field not in fields
        ]
        if name in seen:
            wrong.append(f"{place}: the id comes twice: rename one")
        seen.add(name)
        if not wrong:
            try:
                found.append(kind(**entry))
            except EntryError as error:
                wrong.append(f"{place}: {error}")
        problems += sorted(wrong)
    if problems:
        raise ValueError("\n".join(f"{path.name}, {problem}" for problem in problems))
    return found


def require_text(entry: Any, *fields: str) -> None:
    """Raise unless each field is a text with something in it."""
    for field in fields:
        value = getattr(entry, field)
        if not isinstance(value, str) or not value.strip():
            raise EntryError(field, value, "a text")


def require_id(value: Any) -> None:
    """Raise unless an id is words joined by hyphens."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise EntryError("id", value, "lower-case words joined by hyphens")


def require_test(value: Any) -> None:
    """Raise unless a test is named the way pytest names it; empty is allowed."""
    if value and not re.fullmatch(r"tests/[\w/]+\.py::\w+(\[.+\])?", str(value)):
        raise EntryError("test", value, "a node such as tests/test_errata.py::test_name")


def require_keys(value: Any) -> None:
    """Raise unless a source is citation keys joined by commas; empty is allowed."""
    if value and not re.fullmatch(r"\w+(, ?\w+)*", str(value)):
        raise EntryError("source", value, "citation keys joined by commas")
