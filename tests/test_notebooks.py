"""The notebook files themselves; that they run is tested where the book is built."""

import re
from pathlib import Path
from typing import Any

import pytest

from lineart_lib.bindery.directives import missing_part
from lineart_lib.bindery.notebooks import read_notebook

FILES = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give each notebook in turn."""
    return read_notebook(request.param)


def prose(notebook: dict[str, Any]) -> str:
    """Join the text cells."""
    return "\n\n".join(c["source"] for c in notebook["cells"] if c["cell_type"] == "markdown")


def test_no_output_is_committed(notebook: dict[str, Any]) -> None:
    """Property: no cell carries an output or the number of an execution."""
    kept = [c["id"] for c in notebook["cells"] if c.get("outputs") or c.get("execution_count")]
    assert kept == []


def test_begins_with_its_title(notebook: dict[str, Any]) -> None:
    """Property: the first cell is one title, and no other cell has one of that rank."""
    assert notebook["cells"][0]["source"].startswith("# ")
    assert len(re.findall(r"^# ", prose(notebook), flags=re.MULTILINE)) == 1


def test_text_reads_in_a_notebook_too(notebook: dict[str, Any]) -> None:
    """Property: text cells are plain Markdown: JupyterLab would show roles and directives raw."""
    assert re.findall(r"^\s*(?:```|:::)\{[\w-]+\}|\{[\w-]+\}`", prose(notebook), re.MULTILINE) == []


def test_names_of_the_library_exist(notebook: dict[str, Any]) -> None:
    """Property: each name of the library that the text mentions can be imported."""
    named = set(re.findall(r"`(lineart_lib(?:\.\w+)+)`", prose(notebook)))
    assert {name: miss for name in sorted(named) if (miss := missing_part(name))} == {}
