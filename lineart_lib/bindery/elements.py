"""The elements that the book adds to a page, and how they are written in each format."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator

from lineart_lib.bindery.published import SMOKE_NOTE

NBSP = "\N{NO-BREAK SPACE}"


class inline_svg(nodes.General, nodes.Element):
    """A drawing inside the page; ``svg`` holds it, ``uri`` its file, ``alt`` its text."""


class stamp(nodes.General, nodes.Element):
    """The folded provenance of a figure or table; ``facts`` holds it."""


class live_toy(nodes.General, nodes.Element):
    """A toy that runs in the page; ``html`` holds it, ``title`` names it elsewhere."""


class recorded(nodes.inline):
    """A recorded number; ``title`` says which notebook it comes from."""


class explained(nodes.abbreviation):
    """A short form; ``explanation`` is its long form, ``focusable`` lets the keyboard reach it."""


def summary_line(facts: dict[str, Any]) -> str:
    """Say a stamp in one line: notebook, profile, commit, time."""
    parts = [str(facts.get("notebook", "")), str(facts.get("profile", ""))]
    if facts.get("commit"):
        parts.append(short_commit(facts["commit"]) + ("+" if facts.get("dirty") else ""))
    if isinstance(facts.get("wall_seconds"), int | float):
        parts.append(duration(facts["wall_seconds"]))
    return " · ".join(part for part in parts if part)


def short_commit(commit: str) -> str:
    """Shorten a commit to seven digits; leave words such as ``no git`` whole."""
    return commit[:7] if len(commit) >= 40 else commit


def duration(seconds: float) -> str:
    """Write a time the way a reader says it: ``4.2 s``, ``38 s``, ``12 min``."""
    if seconds < 10:
        return f"{seconds:.1f}{NBSP}s"
    if seconds < 120:
        return f"{seconds:.0f}{NBSP}s"
    return f"{seconds / 60:.0f}{NBSP}min"


def details(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """List all of a stamp as pairs of a label and a text; nested facts are joined."""
    names = {
        "wall_seconds": "time",
        "peak_memory_mb": "peak memory",
        "dirty": "local changes",
    }
    pairs = []
    for key, value in facts.items():
        if key == "notebook" or value in (None, "", {}, []):
            continue
        if key == "wall_seconds" and isinstance(value, int | float):
            text = duration(value)
        elif key == "peak_memory_mb" and isinstance(value, int | float):
            text = f"{value:.0f}{NBSP}MB"
        elif isinstance(value, dict):
            text = ", ".join(f"{name} {inner}" for name, inner in value.items())
        elif isinstance(value, list | tuple):
            text = ", ".join(str(inner) for inner in value)
        elif isinstance(value, bool):
            text = "yes" if value else "no"
        else:
            text = str(value)
        pairs.append((names.get(key, key.replace("_", " ")), text))
    return pairs


def visit_inline_svg(self: SphinxTranslator, node: inline_svg) -> None:
    """Write the drawing itself into the page."""
    self.body.append(f'<div class="saved-figure">{node["svg"]}</div>\n')
    raise nodes.SkipNode


def visit_stamp(self: SphinxTranslator, node: stamp) -> None:
    """Write one folded line that unfolds to everything known of the run."""
    facts = node["facts"]
    note = SMOKE_NOTE if facts.get("profile") == "smoke" else ""
    rows = []
    if facts.get("docname"):
        uri = self.builder.get_relative_uri(node["docname"], facts["docname"])
        link = f'<a href="{escape(uri)}">{escape(facts["notebook"])}</a>'
        rows.append(f"<dt>notebook</dt><dd>{link}</dd>")
    rows += [
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>"
        for label, text in details({k: v for k, v in facts.items() if k != "docname"})
    ]
    warning = f' <strong class="smoke-note">{note}</strong>' if note else ""
    self.body.append(
        f'<details class="stamp"><summary>{escape(summary_line(facts))}{warning}</summary>'
        f"<dl>{''.join(rows)}</dl></details>\n"
    )
    raise nodes.SkipNode


def visit_live_toy(self: SphinxTranslator, node: live_toy) -> None:
    """Write the toy's own HTML and script."""
    title = escape(node["title"].replace("-", " "))
    self.body.append(f'<figure class="live" aria-label="{title}">{node["html"]}</figure>\n')
    raise nodes.SkipNode


def visit_recorded(self: SphinxTranslator, node: recorded) -> None:
    """Open the number's span; its title names where the number comes from."""
    self.body.append(self.starttag(node, "span", "", title=node["title"]))


def depart_recorded(self: SphinxTranslator, node: recorded) -> None:
    """Close the number's span."""
    self.body.append("</span>")


def visit_explained(self: SphinxTranslator, node: explained) -> None:
    """Open the short form; the long form is its title."""
    attributes: dict[str, str] = {}
    if node.get("explanation"):
        attributes["title"] = node["explanation"]
    if node.get("focusable"):
        attributes |= {"tabindex": "0", "data-long": node["explanation"]}
    self.body.append(self.starttag(node, "abbr", "", **attributes))


def depart_explained(self: SphinxTranslator, node: explained) -> None:
    """Close the short form."""
    self.body.append("</abbr>")


class PaperForms(SphinxPostTransform):
    """Replace what only a web page can show: drawings by their files, stamps by one line."""

    default_priority = 150  # Before Sphinx converts images for formats that cannot read SVG.

    def run(self, **kwargs: Any) -> None:
        """Replace the nodes in place, for every builder but the HTML ones."""
        if self.app.builder.format == "html":
            return
        for svg in list(self.document.findall(inline_svg)):
            uri = svg["uri"]
            svg.replace_self(nodes.image(uri=uri, alt=svg["alt"], candidates={"*": uri}))
        for mark in list(self.document.findall(stamp)):
            facts = mark["facts"]
            line = summary_line(facts)
            if facts.get("profile") == "smoke":
                line += f" ({SMOKE_NOTE})"
            mark.replace_self(nodes.paragraph("", "", nodes.emphasis("", line)))
        for toy in list(self.document.findall(live_toy)):
            text = f"The toy “{toy['title']}” runs in the web edition of this page."
            toy.replace_self(nodes.paragraph("", text))
