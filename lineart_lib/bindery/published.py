"""Read what the notebooks published and the build staged beside the pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

SMOKE_NOTE = "smoke run: numbers are not results"
"""What a stamp, a banner and the ledger say when the profile is ``smoke``."""


@dataclass(frozen=True)
class Published:
    """The staged folder: figures, tables, values, states and where each came from.

    Parameters
    ----------
    folder : Path
        ``_published``, with ``figures/NAME.{svg,json}``, ``tables/NAME.json``,
        ``states/NAME.json``, ``manifests/RECIPE.json``, ``values.json``, ``provenance.json`` and
        ``build.json``. A missing file reads as empty: it is the use of a missing name that is the
        error, and the reader of the name reports where.
    """

    folder: Path
    _files: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def values(self) -> dict[str, dict[str, Any]]:
        """Every recorded value by name: ``{"value", "unit", "notebook"}``."""
        return self._mapping("values.json")

    @cached_property
    def provenance(self) -> dict[str, dict[str, Any]]:
        """The provenance of each notebook by its name."""
        return self._mapping("provenance.json")

    @cached_property
    def manifests(self) -> dict[str, dict[str, Any]]:
        """The manifest of each prepared data set, by the name of its recipe."""
        folder = self.folder / "manifests"
        return {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(folder.glob("*.json"))
        }

    @cached_property
    def build(self) -> dict[str, Any]:
        """The build itself: profile, commit, whether the tree was dirty."""
        return self._mapping("build.json")

    @property
    def profile(self) -> str:
        """The profile of the build, or an empty text when no build staged anything."""
        return str(self.build.get("profile", ""))

    @property
    def is_smoke(self) -> bool:
        """Whether the numbers come from a run that is too short to mean anything."""
        return self.profile == "smoke"

    def figure(self, name: str) -> tuple[dict[str, Any], str]:
        """Read a figure: its facts (name, caption, alt, notebook) and its SVG.

        Raises
        ------
        LookupError
            When no notebook saved a figure of this name.
        """
        facts = self._one("figures", name, "save_figure")
        svg = self.folder / "figures" / f"{name}.svg"
        if not svg.is_file():
            raise LookupError(f"figure {name!r} has its {name}.json but no {name}.svg: build again")
        return facts, svg.read_text(encoding="utf-8")

    def table(self, name: str) -> dict[str, Any]:
        """Read a table: name, columns, rows, caption, notebook.

        Raises
        ------
        LookupError
            When no notebook saved a table of this name.
        """
        return self._one("tables", name, "save_table")

    def state(self, name: str) -> dict[str, Any]:
        """Read the state of a toy: name, state, notebook.

        Raises
        ------
        LookupError
            When no notebook saved a state of this name.
        """
        return self._one("states", name, "save_state")

    def value(self, name: str) -> dict[str, Any]:
        """Read a recorded value.

        Raises
        ------
        LookupError
            When no notebook recorded a value of this name.
        """
        if name not in self.values:
            near = self._near(name, list(self.values))
            raise LookupError(
                f"no notebook recorded a value named {name!r}{near}: "
                "name one that some notebook passes to record(...)"
            )
        return self.values[name]

    def stamp(self, notebook: str) -> dict[str, Any]:
        """Give what is known of the run of a notebook; the build's own facts fill the gaps."""
        known = {
            key: self.build[key] for key in ("profile", "commit", "dirty") if key in self.build
        }
        return {**known, **self.provenance.get(notebook, {}), "notebook": notebook}

    def _one(self, kind: str, name: str, call: str) -> dict[str, Any]:
        path = self.folder / kind / f"{name}.json"
        if not path.is_file():
            near = self._near(name, [other.stem for other in (self.folder / kind).glob("*.json")])
            raise LookupError(
                f"no notebook saved a {kind[:-1]} named {name!r}{near}: "
                f"name one that some notebook passes to {call}(...)"
            )
        return self._mapping(f"{kind}/{name}.json")

    def _mapping(self, relative: str) -> dict[str, Any]:
        path = self.folder / relative
        if not path.is_file():
            return {}
        if relative not in self._files:
            read = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(read, dict):
                raise ValueError(
                    f"{path} must hold one JSON object; got {type(read).__name__}: build it again"
                )
            self._files[relative] = read
        return self._files[relative]

    @staticmethod
    def _near(name: str, names: list[str]) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, names, n=3)
        return f" (did you mean {' or '.join(near)}?)" if near else ""
