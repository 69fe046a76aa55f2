"""Save figures and tables by name, with the words that go with them."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineart_lib.press import svg as svg_module
from lineart_lib.press.publication import current_notebook, publication, write_json, write_text
from lineart_lib.press.values import plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = re.compile(r"[a-z][a-z0-9_]*")
NUMERIC = re.compile(r"([-+−±]?\s*\d[\d.,]*(e[-+]?\d+)?\s*%?\s*)*")
SHORTEST_ALT = 25
FILE_NAME = re.compile(r"\.(svg|png|jpe?g|pdf|webp)\s*$", re.IGNORECASE)

Cell = str | int | float | None


@dataclass(frozen=True)
class SavedFigure:
    """A figure that has been published; shown inline when it ends a notebook cell."""

    name: str
    """Its name, also the label in the book."""
    path: Path
    """Where its SVG is."""
    caption: str
    """MyST markdown."""
    alt: str
    """Plain text for those who do not see it."""

    def __repr__(self) -> str:
        return f"SavedFigure({self.name!r})"  # No folder: it stays in executed notebooks.

    def inline(self) -> str:
        """Return the SVG that can stand in a page: prefixed, themed, as wide as it may be."""
        return svg_module.inline(
            self.path.read_text(encoding="utf-8"), name=self.name, alt=self.alt
        )

    def _repr_html_(self) -> str:
        return self.inline()


@dataclass(frozen=True)
class SavedTable:
    """A table that has been published; shown as HTML when it ends a notebook cell."""

    name: str
    """Its name, also the label in the book."""
    path: Path
    """Where its JSON is."""
    caption: str
    """MyST markdown."""
    columns: tuple[str, ...]
    """The headings."""
    rows: tuple[tuple[Cell, ...], ...]
    """The cells, row by row."""

    def __repr__(self) -> str:
        return f"SavedTable({self.name!r})"

    def _repr_html_(self) -> str:
        return table_html(self.columns, self.rows)


def save_figure(name: str, figure: Figure | str, *, caption: str, alt: str) -> SavedFigure:
    """Publish a figure: ``figures/NAME.svg`` and ``figures/NAME.json``.

    The same figure gives the same bytes: no date, and ids that depend on the name only.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores, starting with a letter. It is the label too.
    figure : matplotlib.figure.Figure or str
        A Matplotlib figure, which is closed, or a whole SVG document in the colours of
        `lineart_lib.press.style`.
    caption : str
        MyST markdown; mathematics between dollars is allowed.
    alt : str
        Plain text, at least a sentence, that says what the picture shows. Not the caption again.

    Returns
    -------
    SavedFigure
        Put it last in a cell to see the figure as the page will show it.

    Raises
    ------
    ValueError
        When the name, caption or alt is unfit, when another notebook already published the name,
        or when the SVG must not enter a page.
    TypeError
        When the figure is of another kind.
    """
    check_name(name)
    caption = _check_caption(name, caption)
    alt = _check_alt(name, alt, caption)
    folder = publication() / "figures"
    notebook = check_owner(folder / f"{name}.json", name)
    text = figure if isinstance(figure, str) else _render(figure, name)
    svg_module.inline(text, name=name, alt=alt)  # What could not be shown is not published.
    write_text(folder / f"{name}.svg", text if text.endswith("\n") else text + "\n")
    description = {"name": name, "caption": caption, "alt": alt, "notebook": notebook}
    write_json(folder / f"{name}.json", description)
    return SavedFigure(name, folder / f"{name}.svg", caption, alt)


def save_table(
    name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, caption: str
) -> SavedTable:
    """Publish a table: ``tables/NAME.json``.

    Parameters
    ----------
    name : str
        As for `save_figure`.
    columns : sequence of str
        The headings, at least one.
    rows : sequence of sequences
        Text, numbers or None (an empty cell), as many a row as there are columns. Numbers of NumPy
        and PyTorch become plain ones. Format a number yourself, as text, where its digits matter.
    caption : str
        MyST markdown.

    Returns
    -------
    SavedTable
        Put it last in a cell to see it.

    Raises
    ------
    ValueError
        When the name or caption is unfit, a row has another length than the headings, a number
        is not finite, or another notebook already published the name.
    """
    check_name(name)
    caption = _check_caption(name, caption)
    headings = tuple(str(column) for column in columns)
    if not headings:
        raise ValueError(f"table {name!r} must have at least one column")
    cells = []
    for number, row in enumerate(rows):
        if len(row) != len(headings):
            raise ValueError(
                f"table {name!r}: row {number} must have {len(headings)} cells "
                f"({', '.join(headings)}); got {len(row)}"
            )
        cells.append(
            tuple(None if cell is None else plain(cell, f"{name}, row {number}") for cell in row)
        )
    path = publication() / "tables" / f"{name}.json"
    notebook = check_owner(path, name)
    content = {
        "name": name,
        "caption": caption,
        "columns": headings,
        "rows": cells,
        "notebook": notebook,
    }
    write_json(path, content)
    return SavedTable(name, path, caption, headings, tuple(cells))


def format_cell(cell: Cell) -> str:
    """Write one cell of a table as plain text: four significant digits for a float."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def table_html(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Write a table as HTML, numbers to the right.

    Parameters
    ----------
    columns, rows
        As `save_table` keeps them.

    Returns
    -------
    str
        One ``<table class="lineart-table">`` with a heading row.
    """

    def right(index: int) -> str:
        numeric = all(NUMERIC.fullmatch(format_cell(row[index])) for row in rows)
        return f' style="text-align:{"right" if numeric and rows else "left"}"'

    aligned = [right(index) for index in range(len(columns))]
    head = "".join(
        f'<th scope="col"{style}>{html.escape(column)}</th>'
        for column, style in zip(columns, aligned, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{style}>{html.escape(format_cell(cell))}</td>"
            for cell, style in zip(row, aligned, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<table class="lineart-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _render(figure: Any, name: str) -> str:
    """Draw a Matplotlib figure as SVG, the same bytes each time, and close it."""
    import matplotlib
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        raise TypeError(
            f"figure {name!r} must be a matplotlib Figure or an SVG string; "
            f"got {type(figure).__name__}: pass the figure, not its axes"
        )
    buffer = io.StringIO()
    fixed = {"svg.hashsalt": name, "svg.fonttype": "path", "svg.image_inline": True}
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with matplotlib.rc_context(fixed):
        figure.savefig(buffer, format="svg", metadata=nothing)
    pyplot.close(figure)
    return re.sub(r"[ \t]+$", "", buffer.getvalue(), flags=re.MULTILINE)


def check_name(name: str) -> None:
    """Raise unless a name can be a file, a label and an id."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(
            "a name must be lower-case letters, digits and underscores, starting with a letter; "
            f"got {name!r}"
        )


def _check_caption(name: str, caption: str) -> str:
    """Return the caption on one line, or raise when it is empty."""
    caption = " ".join(caption.split())
    if not caption:
        raise ValueError(f"{name!r} needs a caption: say what there is to see in it")
    return caption


def _check_alt(name: str, alt: str, caption: str) -> str:
    """Return the alternative text on one line, or raise when it would help nobody."""
    alt = " ".join(alt.split())
    if len(alt) < SHORTEST_ALT or len(alt.split()) < 5:
        raise ValueError(
            f"the alt of {name!r} must be at least a sentence that says what the picture shows; "
            f"got {alt!r}"
        )
    if FILE_NAME.search(alt) or alt.startswith(name):
        raise ValueError(
            f"the alt of {name!r} must describe the picture, not its file; got {alt!r}"
        )
    if caption.casefold().startswith(alt.rstrip(".").casefold()):
        raise ValueError(
            f"the alt of {name!r} repeats its caption: say what the picture looks like; got {alt!r}"
        )
    return alt


def check_owner(description: Path, name: str) -> str:
    """Return the publishing notebook, or raise when another one owns the name."""
    notebook = current_notebook()
    if description.is_file():
        owner = json.loads(description.read_text(encoding="utf-8"))["notebook"]
        if owner and notebook and owner != notebook:
            raise ValueError(
                f"{name!r} was already published by {owner}; {notebook} must take another name, "
                f"or remove {description.name} if it has moved"
            )
    return notebook
