"""Read notebook files: their cells, and what their code imports."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


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
