"""The errata of the draft: where it errs, what is right, and the test that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lineart_lib.bindery.entries import (
    EntryError,
    read_entries,
    require_id,
    require_keys,
    require_test,
    require_text,
)

GROUPS = {
    "formulas": "Formulas and counts",
    "listings": "Listings that cannot run, or do something else",
    "history": "History and citations",
    "tables": "Printed means that do not follow from their rows",
    "code": "The author's public code",
    "text": "Text and layout",
}
"""Groups of errata in the order of the page."""


@dataclass(frozen=True)
class Erratum:
    """One error.

    Parameters
    ----------
    id : str
        Lower-case words joined by hyphens.
    group : str
        A key of `GROUPS`.
    where : str
        Part of the draft, the finished work or its code.
    draft : str
        What stands there, in our words; MyST.
    right : str
        What is right; MyST.
    test : str
        The test that shows it, as pytest names it; empty where code cannot.
    source : str
        Citation keys joined by commas.
    """

    id: str
    group: str
    where: str
    draft: str
    right: str
    test: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Check each field."""
        require_id(self.id)
        require_text(self, "where", "draft", "right")
        if self.group not in GROUPS:
            raise EntryError("group", self.group, f"one of {', '.join(GROUPS)}")
        require_test(self.test)
        require_keys(self.source)


def read_errata(path: Path) -> list[Erratum]:
    """Read errata.yml; see `lineart_lib.bindery.entries.read_entries` for the errors."""
    return read_entries(path, Erratum)
