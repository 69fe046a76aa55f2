"""The Sphinx extension of the book: what notebooks published appears in the chapters.

Directives: ``saved-figure``, ``saved-table``, ``live``, ``list-of-figures``, ``list-of-tables``,
``list-of-abbreviations``. Roles: ``value``, ``lib``. Every miss is a warning at its place; the
build runs with warnings as errors. Abbreviations are spelt out, and names of the library linked to
their source, by themselves.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from lineart_lib.bindery import abbreviations, directives, elements, listings, source_pages
from lineart_lib.bindery.published import SMOKE_NOTE

STATIC = Path(__file__).with_name("static")


def show_banner(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Head every page of a smoke build with the reminder that its numbers mean nothing."""
    if directives.published(app).is_smoke and context.get("body"):
        text = escape(SMOKE_NOTE[0].upper() + SMOKE_NOTE[1:])
        banner = f'<p class="profile-banner" role="note">{text}.</p>\n'
        context["body"] = banner + context["body"]


def add_style(app: Sphinx) -> None:
    """Ship the style of the elements of this extension."""
    app.config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.add_config_value("lineart_published", "", "env", str)
    app.add_config_value("lineart_abbreviations", "book/abbreviations.yml", "env", str)

    app.add_node(
        elements.inline_svg,
        html=(elements.visit_inline_svg, None),
    )
    app.add_node(elements.stamp, html=(elements.visit_stamp, None))
    app.add_node(elements.live_toy, html=(elements.visit_live_toy, None))
    app.add_node(elements.recorded, html=(elements.visit_recorded, elements.depart_recorded))
    app.add_node(elements.explained, html=(elements.visit_explained, elements.depart_explained))
    app.add_post_transform(elements.PaperForms)

    app.set_html_assets_policy("always")  # The lists show formulas that Sphinx does not count.
    app.add_directive("saved-figure", directives.SavedFigure)
    app.add_directive("saved-table", directives.SavedTable)
    app.add_directive("live", directives.Live)
    app.add_role("value", directives.Value())
    app.add_role("lib", directives.Library())

    app.add_directive("list-of-abbreviations", abbreviations.ListOfAbbreviations)
    app.add_post_transform(abbreviations.Expand)

    app.add_node(listings.listing)
    app.add_directive("list-of-figures", listings.ListOfFigures)
    app.add_directive("list-of-tables", listings.ListOfTables)
    app.add_env_collector(listings.Captions)
    app.connect("doctree-resolved", listings.write_lists)

    app.add_env_collector(source_pages.Mentions)
    app.connect("doctree-resolved", source_pages.link_names)
    app.connect("html-collect-pages", source_pages.write_pages)

    app.connect("builder-inited", add_style)
    app.connect("html-page-context", show_banner)
    app.add_css_file("bindery.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
