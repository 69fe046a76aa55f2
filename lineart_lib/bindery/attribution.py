"""The page of attribution: whose work each data set is, under which licence, and how much of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lineart_lib.bindery.tables import list_table


def attribution_page(manifests: Mapping[str, Mapping[str, Any]]) -> str:
    """Write a section for each prepared data set, from its manifest.

    Parameters
    ----------
    manifests : mapping of str to mapping
        Name of a recipe → its manifest. Each has ``title``, ``licence`` and ``attribution``; sets
        of drawings also list ``licences``, one entry a work, and count what was taken.

    Returns
    -------
    str
        MyST.

    Raises
    ------
    ValueError
        When a manifest does not say whose work it is.
    """
    if not manifests:
        return "No data set has been prepared for this build."
    lines = []
    for name, manifest in sorted(manifests.items()):
        missing = [key for key in ("title", "licence", "attribution") if not manifest.get(key)]
        if missing:
            raise ValueError(
                f"the manifest of {name} lacks {', '.join(missing)}: nothing may be shown without "
                "its attribution; add it to the recipe and prepare it again"
            )
        lines += [f"## {manifest['title']}", ""]
        told = [_linked(f"Version {manifest['version']}", manifest.get("homepage"))]
        if manifest.get("description"):
            told.insert(0, str(manifest["description"]).rstrip("."))
        lines += [". ".join(told) + ".", ""]
        if "pictures" in manifest:
            lines += [_counted(manifest), ""]
        works = manifest.get("licences") or [
            {
                "work": manifest["title"],
                "licence": manifest["licence"],
                "url": manifest.get("licence_url"),
                "attribution": manifest["attribution"],
            }
        ]
        rows = [
            [
                _plain(work["work"]),
                _plain(work.get("creator") or ""),
                _linked(str(work["licence"]), work.get("url")),
                _with_links(work["attribution"]),
            ]
            for work in works
        ]
        heads = ["Work", "Creator", "Licence", "Attribution"]
        lines += [list_table(heads, rows, widths=(20, 16, 14, 50), classes="attribution"), ""]
    return "\n".join(lines)


def _counted(manifest: Mapping[str, Any]) -> str:
    """Say how many pictures of how many are in the set, and in which part."""
    parts = manifest["pictures"]
    each = ", ".join(f"{many:,} in {part}" for part, many in parts.items())
    refused = sum(manifest.get("refused_counts", {}).values())
    return (
        f"In this build: {sum(parts.values()):,} pictures ({each}), out of "
        f"{manifest['considered']:,} that were looked at; {refused:,} were refused."
    )


def _linked(text: str, address: object) -> str:
    return f"[{_plain(text)}]({address})" if address else _plain(text)


def _with_links(text: object) -> str:
    """Write an address that stands in brackets as a link: a long one would push the table wide."""
    pieces = re.split(r"\((https?://[^\s()]+)\)", str(text))
    words = [
        f" ([{urlsplit(piece).netloc}]({piece})) " if number % 2 else _plain(piece)
        for number, piece in enumerate(pieces)
    ]
    return re.sub(r" +([,.;])", r"\1", " ".join("".join(words).split()))


def _plain(text: object) -> str:
    """Keep signs of Markdown in somebody's words as they are."""
    escaped = "".join(f"\\{sign}" if sign in "*_`[]<>$|#{}" else sign for sign in str(text))
    return " ".join(escaped.split())
