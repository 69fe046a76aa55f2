"""Pages that show the library's source: from the text to a definition, and back to the text.

Every name of the library that stands as code in a page becomes a link to its definition. Above the
definition stand links to the sections that mention it. ``sphinx.ext.viewcode`` does the first half,
but only for names that an API reference documents, and it leads back to one place only.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from lineart_lib.bindery.directives import missing_part
from lineart_lib.bindery.listings import reading_order

PACKAGE = "lineart_lib"
FOLDER = "library"
NAME = re.compile(rf"{PACKAGE}(\.\w+)+")

Place = tuple[str, str]
"""A module, and a definition in it such as ``UNet.forward``; empty for the module itself."""


class Mentions(EnvironmentCollector):
    """Collect which names of the library each page mentions, and in which section first."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page."""
        mentions(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Take over what another process read."""
        for docname in docnames & mentions(other).keys():
            mentions(env)[docname] = mentions(other)[docname]

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Read a page."""
        found: dict[Place, str] = {}
        for node, place in named(doctree):
            section = node
            while section.parent is not None and not isinstance(section, nodes.section):
                section = section.parent
            found.setdefault(place, (section.get("ids") or [""])[0])
        mentions(app.env)[app.env.docname] = found


def mentions(env: BuildEnvironment) -> dict[str, dict[Place, str]]:
    """Give, for every page read so far, what it mentions and the id of the section."""
    if not hasattr(env, "lineart_mentions"):
        env.lineart_mentions = {}  # type: ignore[attr-defined]
    return env.lineart_mentions  # type: ignore[attr-defined]


def named(doctree: nodes.document) -> Iterator[tuple[nodes.literal, Place]]:
    """Find the names of the library that stand as code in a page, outside of other links."""
    for node in list(doctree.findall(nodes.literal)):
        name = node.astext()
        if NAME.fullmatch(name) and not isinstance(node.parent, nodes.reference):
            place = find(name)
            if place:
                yield node, place


@lru_cache(maxsize=1024)
def find(name: str) -> Place | None:
    """Find where a name is defined.

    Parameters
    ----------
    name : str
        Dotted, from the package down; a name that is only imported there is followed to its home.

    Returns
    -------
    Place or None
        None when the library has no such name.
    """
    if missing_part(name):
        return None
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        module, inside = ".".join(parts[:end]), parts[end:]
        break
    for part in inside:
        found = getattr(found, part)
    home = getattr(found, "__module__", module)
    if inside and callable(found) and home.startswith(PACKAGE) and home != module:
        return home, found.__qualname__
    return module, ".".join(inside)


def address(module: str) -> str:
    """Name the page of a module, below the site: ``library/models/unet``."""
    return "/".join([FOLDER, *module.split(".")[1:]]) if module != PACKAGE else f"{FOLDER}/index"


def link_names(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make each name of the library a link to its definition."""
    if app.builder.format != "html":
        return
    for node, (module, inside) in named(doctree):
        uri = app.builder.get_relative_uri(docname, address(module))
        link = nodes.reference("", "", internal=True, refuri=f"{uri}#{inside}" if inside else uri)
        link["classes"].append("library")
        node.replace_self(link)
        link += node


def definitions(source: str) -> dict[str, int]:
    """List what a module defines, by the line, from 1, where it begins with its decorators.

    Functions and classes, the methods of classes, and names that are assigned at the top.
    """
    lines: dict[str, int] = {}

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                lines[prefix + node.name] = first
                if isinstance(node, ast.ClassDef):
                    walk(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        lines[prefix + target.id] = node.lineno

    walk(ast.parse(source).body, "")
    return lines


def write_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give Sphinx a page for each module that the text mentions."""
    back: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for docname in reading_order(app.env):
        for (module, inside), section in mentions(app.env).get(docname, {}).items():
            back.setdefault(module, {}).setdefault(inside, []).append((docname, section))
    for module in sorted(back):
        inner = "".join(write_module(app, module, back[module]))
        body = f'<div class="library-source">\n{inner}</div>\n'
        yield address(module), {"title": module, "body": body}, "page.html"


def write_module(app: Sphinx, module: str, back: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    """Write a module as HTML, cut before each definition that the text mentions."""
    path = Path(str(importlib.import_module(module).__file__))
    source = path.read_text(encoding="utf-8")
    shown = path.relative_to(Path(str(importlib.import_module(PACKAGE).__file__)).parents[1])
    yield f"<h1>{escape(module)}</h1>\n<p>The file <code>{escape(shown.as_posix())}</code>.</p>\n"
    if "" in back:
        yield write_back(app, module, "this module", back[""])
    lines = source.splitlines(keepends=True)
    known = definitions(source)
    cuts = sorted((known[inside], inside) for inside in back if inside in known)
    start = 1
    for line, inside in cuts:
        yield highlighted(app, "".join(lines[start - 1 : line - 1]))
        yield f'<div class="definition" id="{escape(inside)}">\n'
        yield write_back(app, module, f"<code>{escape(inside)}</code>", back[inside])
        yield "</div>\n"
        start = line
    yield highlighted(app, "".join(lines[start - 1 :]))


def highlighted(app: Sphinx, source: str) -> str:
    """Colour a piece of Python; nothing for a piece of blank lines."""
    if not source.strip():
        return ""
    return str(app.builder.highlighter.highlight_block(source.strip("\n"), "python"))  # type: ignore[attr-defined]


def write_back(app: Sphinx, module: str, what: str, places: list[tuple[str, str]]) -> str:
    """Write where the text speaks of a definition."""
    links = []
    for docname, section in places:
        uri = app.builder.get_relative_uri(address(module), docname)
        title = escape(title_of(app.env, docname, section))
        links.append(f'<a href="{uri}#{section}">{title}</a>')
    return f'<p class="read-about">Read about {what}: {" · ".join(links)}</p>\n'


def title_of(env: BuildEnvironment, docname: str, section: str) -> str:
    """Give the number and the title of a section, or of its page when the section has none."""
    numbers = env.toc_secnumbers.get(docname, {})
    entry = next(
        (
            node
            for node in env.tocs[docname].findall(nodes.reference)
            if section and node.get("anchorname") == f"#{section}"
        ),
        None,
    )
    title = entry.astext() if entry is not None else env.titles[docname].astext()
    number = numbers.get(f"#{section}") if entry is not None else numbers.get("")
    return f"{'.'.join(map(str, number))}. {title}" if number else title
