"""The directives and roles with which a chapter shows what the notebooks published."""

from __future__ import annotations

import importlib
import json
import os
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from lineart_lib.bindery.elements import NBSP, inline_svg, live_toy, recorded, stamp
from lineart_lib.bindery.published import SMOKE_NOTE, Published
from lineart_lib.press import svg as press_svg
from lineart_lib.press.figures import format_cell

LOGGER = logging.getLogger(__name__)


def published(app: Sphinx) -> Published:
    """Open the staged folder of this build, once.

    The folder is the configuration value ``lineart_published``, else the environment variable
    ``LINEART_PUBLISHED``, else ``_published`` beside the pages.
    """
    known = getattr(app, "_lineart_published", None)
    if known is None:
        named = app.config.lineart_published or os.environ.get("LINEART_PUBLISHED", "")
        folder = Path(app.srcdir) / named if named else Path(app.srcdir) / "_published"
        known = app._lineart_published = Published(folder)  # type: ignore[attr-defined]
    return known


def warn(message: str, location: Any) -> None:
    """Report a miss at its place; the build turns warnings into errors."""
    LOGGER.warning(message, location=location, type="lineart")


def stamp_of(env: BuildEnvironment, notebook: str) -> stamp:
    """Make the folded stamp of what a notebook published."""
    facts = published(env.app).stamp(notebook)
    page = f"notebooks/{notebook}"
    if page in env.found_docs:
        facts["docname"] = page
    return stamp("", facts=facts, docname=env.docname)


class _Saved(SphinxDirective):
    """What a saved figure and a saved table have in common: one argument, no body."""

    required_arguments = 1
    has_content = True

    @property
    def saved_name(self) -> str:
        return self.arguments[0].strip()

    def refuse(self, message: str) -> list[nodes.Node]:
        warn(message, self.get_location())
        return [nodes.paragraph("", f"[missing: {self.saved_name}]", classes=["missing"])]

    def depend(self, *relative: str) -> None:
        for path in relative:
            self.env.note_dependency(str(published(self.env.app).folder / path))

    def inline(self, text: str) -> list[nodes.Node]:
        parsed, messages = self.state.inline_text(text, self.lineno)
        return [*parsed, *messages]

    def name_it(self, node: nodes.Element) -> None:
        node["names"].append(nodes.fully_normalize_name(self.saved_name))
        self.state.document.note_explicit_target(node, node)
        self.set_source_info(node)


class SavedFigure(_Saved):
    """A figure that a notebook saved: numbered, captioned, stamped, its name is its label."""

    option_spec: ClassVar = {"width": directives.length_or_percentage_or_unitless}

    def run(self) -> list[nodes.Node]:
        """Build the figure, or warn that nothing bears the name."""
        name = self.saved_name
        if self.content:
            return self.refuse(
                f"saved-figure {name!r} must have no body: its caption comes from save_figure(...)"
            )
        self.depend(f"figures/{name}.json", f"figures/{name}.svg", "provenance.json")
        try:
            facts, svg = published(self.env.app).figure(name)
        except LookupError as error:
            return self.refuse(str(error))
        missing = [key for key in ("caption", "alt") if not str(facts.get(key, "")).strip()]
        if missing:
            return self.refuse(f"figure {name!r} has no {' and no '.join(missing)}: save it again")
        try:
            drawing = press_svg.inline(svg, name=name, alt=facts["alt"])
        except ValueError as error:
            return self.refuse(str(error))
        figure = nodes.figure(classes=["saved"])
        if "width" in self.options:
            figure["width"] = self.options["width"]
        uri = os.path.relpath(published(self.env.app).folder, self.env.srcdir)
        uri = f"{Path(uri).as_posix()}/figures/{name}.svg"
        self.env.images.add_file(self.env.docname, uri)
        figure += inline_svg("", svg=drawing, uri=uri, alt=facts["alt"])
        figure += nodes.caption("", "", *self.inline(facts["caption"]))
        figure += nodes.legend("", stamp_of(self.env, str(facts.get("notebook", ""))))
        self.name_it(figure)
        return [figure]


class SavedTable(_Saved):
    """A table that a notebook saved: numbered, captioned, stamped, its name is its label."""

    def run(self) -> list[nodes.Node]:
        """Build the table, or warn that nothing bears the name."""
        name = self.saved_name
        if self.content:
            return self.refuse(
                f"saved-table {name!r} must have no body: its caption comes from save_table(...)"
            )
        self.depend(f"tables/{name}.json", "provenance.json")
        try:
            facts = published(self.env.app).table(name)
        except LookupError as error:
            return self.refuse(str(error))
        columns, rows = facts.get("columns", []), facts.get("rows", [])
        uneven = [len(row) for row in rows if len(row) != len(columns)]
        if not columns or uneven:
            return self.refuse(
                f"table {name!r} must have {len(columns) or 'at least one'} cells a row; "
                f"got {uneven or 0}: save it again"
            )
        table = nodes.table("", nodes.title("", "", *self.inline(facts.get("caption", name))))
        table["classes"] += ["saved"]
        group = nodes.tgroup(cols=len(columns))
        group += [nodes.colspec(colwidth=100 // len(columns)) for _ in columns]
        group += nodes.thead("", self.row(columns))
        group += nodes.tbody("", *[self.row(row) for row in rows])
        table += group
        self.name_it(table)
        mark = nodes.container("", stamp_of(self.env, str(facts.get("notebook", ""))))
        return [table, mark]

    def row(self, cells: list[Any]) -> nodes.row:
        """Make a row; texts may hold markup, numbers are aligned to the right."""
        row = nodes.row()
        for cell in cells:
            number = isinstance(cell, int | float) and not isinstance(cell, bool)
            text = format_cell(cell)
            entry = nodes.entry("", classes=["number"] if number else [])
            entry += nodes.paragraph("", "", *([nodes.Text(text)] if number else self.inline(text)))
            row += entry
        return row


class Live(_Saved):
    """A toy that runs in the reader's browser.

    Its state is what a notebook saved under the name that ``:state:`` gives, then the body, if
    any: JSON whose keys go before those of the saved state.
    """

    option_spec: ClassVar = {"state": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Mount the toy, or warn about its name or its state."""
        from lineart_lib.live import page

        name = self.saved_name
        body = "\n".join(self.content).strip()
        try:
            state = json.loads(body) if body else {}
        except json.JSONDecodeError as error:
            return self.refuse(f"the state of live {name!r} must be JSON; {error}")
        if not isinstance(state, dict):
            return self.refuse(
                f"the state of live {name!r} must be a JSON object; got {type(state).__name__}"
            )
        saved = self.options.get("state", "").strip()
        try:
            if saved:
                self.depend(f"states/{saved}.json")
                state = {**published(self.env.app).state(saved)["state"], **state}
            html = page.inline(name, state)
        except (LookupError, OSError, ValueError) as error:
            return self.refuse(str(error))
        for path in (*page.sources(name), page.STYLE):
            self.env.note_dependency(str(path))
        return [live_toy("", html=html, title=name)]


class Value(SphinxRole):
    """A recorded number with its unit: ``name`` or ``name:format``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Write the number, or warn that nothing bears the name."""
        name, _, spec = self.text.strip().partition(":")
        data = published(self.env.app)
        self.env.note_dependency(str(data.folder / "values.json"))
        try:
            entry = data.value(name)
            text = format_value(entry["value"], spec)
        except LookupError as error:
            warn(str(error), self.get_location())
            return [nodes.inline("", f"[missing: {name}]", classes=["missing"])], []
        except ValueError as error:
            warn(
                f"the value {name!r} is {entry['value']!r} and cannot be written as {spec!r}: "
                f"{error}",
                self.get_location(),
            )
            return [nodes.inline("", f"[missing: {name}]", classes=["missing"])], []
        if entry.get("unit"):
            text += NBSP + entry["unit"]
        title = f"{name}, from {entry.get('notebook', 'a notebook')}"
        classes = ["value"]
        if data.is_smoke:
            title += f" ({SMOKE_NOTE})"
            classes.append("smoke")
        return [recorded(self.rawtext, text, title=title, classes=classes)], []


class Library(SphinxRole):
    """A name of the library, checked: ``autodiff.engine.Node``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Write the full name as code, or warn that the library lacks it."""
        name = f"lineart_lib.{self.text.strip().removeprefix('lineart_lib.')}"
        miss = missing_part(name)
        if miss:
            warn(f"{name} does not exist: {miss}", self.get_location())
        return [nodes.literal(self.rawtext, name, classes=["lib"])], []


def missing_part(name: str) -> str:
    """Say what of a dotted name cannot be found, or nothing when all of it exists."""
    parts = name.split(".")
    module, rest = None, parts
    for end in range(len(parts), 0, -1):
        dotted = ".".join(parts[:end])
        try:
            module, rest = importlib.import_module(dotted), parts[end:]
            break
        except ModuleNotFoundError as error:
            if not f"{dotted}.".startswith(f"{error.name}."):
                return f"importing {dotted} fails with {error}"
    found: Any = module
    for part in rest:
        if not hasattr(found, part):
            return f"{getattr(found, '__name__', found)!s} has no {part!r}"
        found = getattr(found, part)
    return ""


def format_value(value: Any, spec: str = "") -> str:
    """Write a value: texts as they are, whole numbers with commas, others with 4 digits.

    An exponent is written as people do: 8e-15 becomes 8 × 10⁻¹⁵.

    Parameters
    ----------
    value : int, float or str
        The recorded value.
    spec : str
        A format of Python such as ``.1f``; empty for the defaults above.

    Raises
    ------
    ValueError
        When the format does not fit the value.
    """
    if not spec:
        spec = "," if isinstance(value, int) and not isinstance(value, bool) else spec
        spec = ".4g" if isinstance(value, float) else spec
    text = format(value, spec)
    if isinstance(value, str):
        return text
    text = re.sub(r"e([+-]\d+)$", lambda found: _power_of_ten(int(found[1])), text)
    return re.sub(r"^-(?=[\d.])", "\N{MINUS SIGN}", text)


def _power_of_ten(exponent: int) -> str:
    """Write `` × 10ⁿ`` with non-breaking spaces."""
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{NBSP}×{NBSP}10{raised}"
