"""Tiny books and published folders for the tests of the extension and of the ledger."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<rect id="a" width="10" height="10" fill="#1b1f2a"/></svg>'
)
ALT = "A dark square fills the whole picture from edge to edge."
CONFIG = """
extensions = ["myst_parser", "lineart_lib.bindery.sphinx_ext"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
numfig = True
html_theme = "basic"
lineart_abbreviations = "abbreviations.yml"
suppress_warnings = ["myst.header"]
"""
PROVENANCE = {
    "profile": "book",
    "seed": 7,
    "parameters": {"epochs": 10},
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": False,
    "start": "2026-01-02T03:04:05+00:00",
    "wall_seconds": 12.34,
    "peak_memory_mb": 410.0,
    "versions": {"python": "3.11.9", "torch": "2.0"},
    "data": {"mnist": "ab" * 32},
    "data_hash": "cd" * 32,
}


@dataclass
class Built:
    """A built book: its pages and its warnings."""

    out: Path
    warnings: str
    pages: dict[str, str] = field(default_factory=dict)

    def page(self, name: str) -> str:
        """Read a page; for HTML only its body."""
        html = (self.out / f"{name}.html").read_text(encoding="utf-8")
        body = re.search(r'<div class="body" role="main">(.*?)<div class="clearer">', html, re.S)
        return body[1] if body else html


def publish(folder: Path, *, profile: str = "book") -> Path:
    """Stage a figure, a table, values and their provenance."""
    for kind in ("figures", "tables", "states"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    (folder / "figures" / "square.svg").write_text(SVG)
    write(
        folder / "figures/square.json",
        name="square",
        alt=ALT,
        notebook="nb01_shapes",
        caption="A square with side $s$. Second sentence.",
    )
    write(
        folder / "tables/runs.json",
        name="runs",
        columns=["seed", "accuracy"],
        rows=[[0, 97.25], ["mean", "**97.5**"]],
        caption="Runs of it.",
        notebook="nb01_shapes",
    )
    write(
        folder / "states/rings.json",
        name="rings",
        state={"dataset": "circles", "noise": 0.5, "seed": 7},
        notebook="nb01_shapes",
    )
    write(
        folder / "values.json",
        **{
            "mnist.accuracy": {"value": 97.4321, "unit": "%", "notebook": "nb01_shapes"},
            "mnist.loss": {"value": -0.5, "unit": "", "notebook": "nb01_shapes"},
            "mnist.images": {"value": 60000, "unit": "", "notebook": "nb01_shapes"},
            "mnist.confused": {"value": "4 as 9", "unit": "", "notebook": "nb01_shapes"},
        },
    )
    write(folder / "provenance.json", nb01_shapes={**PROVENANCE, "profile": profile})
    write(folder / "build.json", profile=profile, commit=PROVENANCE["commit"], dirty=False)
    return folder


def write(path: Path, **content: object) -> None:
    """Write a JSON object."""
    path.write_text(json.dumps(content), encoding="utf-8")


def build(
    root: Path,
    pages: dict[str, str],
    *,
    profile: str = "book",
    builder: str = "html",
    abbreviations: str = "",
    config: str = "",
) -> Built:
    """Build pages of MyST; the first one is the root and lists the others."""
    source = root / "source"
    publish(source / "_published", profile=profile)
    (source / "conf.py").write_text(CONFIG + config)
    (source / "abbreviations.yml").write_text(abbreviations or "[]")
    names = list(pages)
    for name, text in pages.items():
        if name == names[0] and len(names) > 1:
            text += "\n\n```{toctree}\n" + "\n".join(names[1:]) + "\n```\n"
        path = source / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    warnings = io.StringIO()
    out = root / builder
    with patch_docutils(str(source)), docutils_namespace():
        Sphinx(
            str(source),
            str(source),
            str(out),
            str(root / "doctrees"),
            builder,
            confoverrides={"root_doc": names[0], "exclude_patterns": ["_published"]},
            status=None,
            warning=warnings,
            freshenv=True,
        ).build()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", warnings.getvalue())
    return Built(out, plain)


@pytest.fixture
def make_book(tmp_path: Path) -> Callable[..., Built]:
    """Give a function that builds pages of MyST; the first is the root and lists the others."""
    return lambda pages, **options: build(tmp_path, pages, **options)


@pytest.fixture
def make_published(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that stages what notebooks publish and returns the folder."""
    return lambda **options: publish(tmp_path / "source" / "_published", **options)
