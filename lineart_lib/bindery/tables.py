"""Tables of the pages that the build makes, in MyST."""

from __future__ import annotations

from collections.abc import Sequence


def list_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    widths: Sequence[int] = (),
    classes: str = "",
) -> str:
    """Write a MyST list-table; a cell may hold several lines."""
    lines = ["````{list-table}", ":header-rows: 1"]
    lines += [f":widths: {' '.join(str(width) for width in widths)}"] if widths else []
    lines += [f":class: {classes}"] if classes else []
    lines.append("")
    for row in [heads, *rows]:
        for index, cell in enumerate(row):
            lead = "* - " if index == 0 else "  - "
            first, *rest = (cell or "\N{EN DASH}").splitlines()
            lines.append(lead + first)
            lines += ["    " + line if line else "" for line in rest]
    return "\n".join([*lines, "````"])
