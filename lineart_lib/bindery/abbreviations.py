"""Spell each abbreviation out where a page first uses it, and explain it after that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from lineart_lib.bindery.elements import explained, recorded

NEVER = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.title,
    nodes.subtitle,
    nodes.rubric,
    nodes.reference,
    nodes.raw,
    nodes.comment,
    nodes.abbreviation,
    nodes.system_message,
    recorded,
    addnodes.pending_xref,
    addnodes.download_reference,
    addnodes.toctree,
    addnodes.desc_signature,
)
"""Elements whose text stays as it is."""


@dataclass(frozen=True)
class Abbreviation:
    """A short form and its long form.

    Parameters
    ----------
    short, long : str
        For example ``GAN`` and ``Generative Adversarial Network``.
    plural : str
        The long form in the plural; empty for the long form and an ``s``.
    """

    short: str
    long: str
    plural: str = ""

    def __post_init__(self) -> None:
        """Check the fields."""
        for name in ("short", "long", "plural"):
            value = getattr(self, name)
            if not isinstance(value, str) or (name != "plural" and not value.strip()):
                raise ValueError(f"{name} must be a text; got {value!r}")

    def spelt(self, plural: bool) -> str:
        """Give the long form."""
        return (self.plural or f"{self.long}s") if plural else self.long


def load(path: Path) -> dict[str, Abbreviation]:
    """Read abbreviations.yml: a list of ``{short, long, plural}``, the last one optional.

    Returns
    -------
    dict
        Each abbreviation by its short form, in alphabetical order; empty when there is no file.

    Raises
    ------
    ValueError
        When the file is not such a list, an entry is wrong, or a short form comes twice.
    """
    if not path.is_file():
        return {}
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, list):
        raise ValueError(f"{path.name} must be a list of short, long; got {type(read).__name__}")
    found: dict[str, Abbreviation] = {}
    for number, entry in enumerate(read, 1):
        try:
            abbreviation = Abbreviation(**entry)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path.name}, entry {number}: {error}") from None
        if abbreviation.short in found:
            raise ValueError(f"{path.name}, entry {number}: {abbreviation.short!r} comes twice")
        found[abbreviation.short] = abbreviation
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def pattern(known: dict[str, Abbreviation]) -> re.Pattern[str]:
    """Match any short form as a word of its own, with an optional plural ``s``."""
    shorts = "|".join(re.escape(short) for short in sorted(known, key=len, reverse=True))
    return re.compile(rf"(?<![\w.@/])({shorts})(s?)(?![\w@/]|-(?=[A-Z\d]))")


def of(app: Sphinx) -> dict[str, Abbreviation]:
    """Give the abbreviations of this build, read once."""
    known = getattr(app, "_lineart_abbreviations", None)
    if known is None:
        known = load(Path(app.srcdir) / app.config.lineart_abbreviations)
        app._lineart_abbreviations = known  # type: ignore[attr-defined]
    return known


def texts(node: nodes.Node) -> Iterator[nodes.Text]:
    """Walk the texts of a page in reading order, without those that stay as they are."""
    if isinstance(node, nodes.Text):
        yield node
    elif isinstance(node, nodes.Element):
        if isinstance(node, NEVER) or "no-abbreviations" in node["classes"]:
            return
        for child in list(node.children):
            yield from texts(child)


class Expand(SphinxPostTransform):
    """Write the first use on a page as ``MLP (Multi-Layer Perceptron)``, explain later ones.

    Later uses get the long form as a title. The first of those in each section can be reached by
    the keyboard; giving every one a tab stop would bury the links of the page. Formats without
    titles get the first use only. A use in a table is explained but never the one that is spelt
    out: cells are narrow, and readers reach them out of order.
    """

    default_priority = 800  # After references and citations are resolved.

    def run(self, **kwargs: Any) -> None:
        """Replace the texts in place."""
        known = of(self.app)
        if not known:
            return
        html = self.app.builder.format == "html"
        short_forms = pattern(known)
        spelt: set[str] = set()
        reached: set[tuple[int, str]] = set()
        for text in list(texts(self.document)):
            if not short_forms.search(text):
                continue
            in_table = ancestor(text, nodes.table) is not None
            section = id(ancestor(text, nodes.section))
            pieces: list[nodes.Node] = []
            end = 0
            for match in short_forms.finditer(text):
                short, plural = match[1], bool(match[2])
                long = known[short].spelt(plural)
                pieces.append(nodes.Text(text[end : match.start()]))
                end = match.end()
                if short not in spelt and not in_table:
                    spelt.add(short)
                    pieces.append(explained("", match[0]) if html else nodes.Text(match[0]))
                    if not already(text, match, long, known[short].long):
                        pieces.append(nodes.Text(f" ({long})"))
                elif html:
                    focusable = (section, short) not in reached
                    reached.add((section, short))
                    pieces.append(explained("", match[0], explanation=long, focusable=focusable))
                else:
                    pieces.append(nodes.Text(match[0]))
            pieces.append(nodes.Text(text[end:]))
            kept = [piece for piece in pieces if not isinstance(piece, nodes.Text) or str(piece)]
            text.parent.replace(text, kept)


def already(text: str, match: re.Match[str], *longs: str) -> bool:
    """Say whether the author spelt the form out beside it, before or behind."""
    before, after = text[: match.start()].casefold(), text[match.end() :].casefold()
    return any(
        before.endswith(f"{long.casefold()} (") or after.startswith(f" ({long.casefold()}")
        for long in longs
    )


def ancestor(node: nodes.Node, kind: type[nodes.Element]) -> nodes.Element | None:
    """Find the nearest element of a kind around a node."""
    around = node.parent
    while around is not None and not isinstance(around, kind):
        around = around.parent
    return around


class ListOfAbbreviations(SphinxDirective):
    """Every abbreviation of the book with its long form."""

    has_content = False
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Build a list of definitions."""
        self.env.note_dependency(str(Path(self.env.srcdir) / self.config.lineart_abbreviations))
        listing = nodes.definition_list(classes=["abbreviations", "no-abbreviations"])
        for entry in of(self.env.app).values():
            item = nodes.definition_list_item()
            item += nodes.term("", "", nodes.strong("", entry.short))
            item += nodes.definition("", nodes.paragraph("", entry.long))
            listing += item
        return [listing]
