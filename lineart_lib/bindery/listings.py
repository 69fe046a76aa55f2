"""Lists of all figures and of all tables of the book, with numbers and links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util.docutils import SphinxDirective

Caption = tuple[str, str, list[nodes.Node]]
"""Kind (figure or table), id, and the beginning of the caption."""

ENOUGH = 24
"""Characters after which a caption may stop at the end of a sentence."""


class listing(nodes.General, nodes.Element):
    """Where a list goes; ``kind`` is ``figure`` or ``table``."""


class _List(SphinxDirective):
    kind = ""

    def run(self) -> list[nodes.Node]:
        """Leave a mark; the list is written when every page has been read."""
        self.env.get_domain("math").data["has_equations"][self.env.docname] = True
        return [listing("", kind=self.kind)]


class ListOfFigures(_List):
    """Every numbered figure."""

    kind = "figure"


class ListOfTables(_List):
    """Every numbered table."""

    kind = "table"


class Captions(EnvironmentCollector):
    """Collect the captions of each page as it is read."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page."""
        captions(env).pop(docname, None)
        list_pages(env).discard(docname)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Take over what another process read."""
        for docname in docnames:
            if docname in captions(other):
                captions(env)[docname] = captions(other)[docname]
            if docname in list_pages(other):
                list_pages(env).add(docname)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Read a page."""
        env = app.env
        found: list[Caption] = []
        for node in doctree.findall(lambda n: isinstance(n, nodes.figure | nodes.table)):
            title = next(
                (child for child in node if isinstance(child, nodes.caption | nodes.title)), None
            )
            if title is not None and node["ids"]:
                kind = "figure" if isinstance(node, nodes.figure) else "table"
                found.append((kind, node["ids"][0], short_caption(title)))
        captions(env)[env.docname] = found
        if next(doctree.findall(listing), None) is not None:
            list_pages(env).add(env.docname)

    def get_updated_docs(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Write the pages with lists again whenever any page changed."""
        return sorted(list_pages(env))


def captions(env: BuildEnvironment) -> dict[str, list[Caption]]:
    """Give the captions of every page read so far."""
    if not hasattr(env, "lineart_captions"):
        env.lineart_captions = {}  # type: ignore[attr-defined]
    return env.lineart_captions  # type: ignore[attr-defined]


def list_pages(env: BuildEnvironment) -> set[str]:
    """Give the pages that hold a list."""
    if not hasattr(env, "lineart_list_pages"):
        env.lineart_list_pages = set()  # type: ignore[attr-defined]
    return env.lineart_list_pages  # type: ignore[attr-defined]


def short_caption(title: nodes.Element) -> list[nodes.Node]:
    """Copy a caption up to the end of the sentence that makes it long enough to tell apart.

    Links and citations become plain text: the line of a list is a link itself.
    """
    kept: list[nodes.Node] = []
    length = 0
    for child in title.children:
        if isinstance(child, nodes.system_message | nodes.target):
            continue
        if isinstance(child, addnodes.pending_xref | nodes.reference | nodes.footnote_reference):
            kept.append(nodes.Text(child.astext()))
        elif isinstance(child, nodes.Text):
            text = str(child)
            stop = text.find(". ", max(0, ENOUGH - length))
            if stop >= 0:
                return [*kept, nodes.Text(text[: stop + 1])]
            kept.append(nodes.Text(text))
        else:
            kept.append(child.deepcopy())
        length += len(child.astext())
    return kept


def reading_order(env: BuildEnvironment) -> Iterator[str]:
    """Walk the pages in the order of the table of contents, then the orphans."""
    seen: set[str] = set()

    def walk(docname: str) -> Iterator[str]:
        if docname in seen:
            return
        seen.add(docname)
        yield docname
        for child in env.toctree_includes.get(docname, []):
            yield from walk(child)

    yield from walk(env.config.root_doc)
    yield from sorted(env.found_docs - seen)


def write_lists(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace each mark of a page by its list."""
    for mark in list(doctree.findall(listing)):
        entries = list(lines(app, docname, mark["kind"]))
        if entries:
            mark.replace_self(
                nodes.bullet_list(
                    "",
                    *entries,
                    classes=["listing", f"list-of-{mark['kind']}s", "no-abbreviations"],
                )
            )
        else:
            mark.replace_self(nodes.paragraph("", f"There is no numbered {mark['kind']} yet."))


def lines(app: Sphinx, docname: str, kind: str) -> Iterator[nodes.list_item]:
    """Make the lines of a list: the number and the caption, linked to the place."""
    env = app.env
    label = str(app.config.numfig_format.get(kind, "%s")).replace("%s", "").strip()
    for page in reading_order(env):
        numbers: dict[str, Any] = env.toc_fignumbers.get(page, {}).get(kind, {})
        for found, identifier, caption in captions(env).get(page, []):
            if found != kind or identifier not in numbers:
                continue
            number = ".".join(str(part) for part in numbers[identifier])
            uri = f"{app.builder.get_relative_uri(docname, page)}#{identifier}"
            link = nodes.reference("", "", internal=True, refuri=uri)
            link += nodes.inline("", f"{label} {number}", classes=["listing-number"])
            text = nodes.inline("", " ", *[node.deepcopy() for node in caption])
            yield nodes.list_item("", nodes.paragraph("", "", link, text))
