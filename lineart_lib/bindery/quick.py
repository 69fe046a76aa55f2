"""Keep what the build starts quick to start."""

from __future__ import annotations

import functools
import sys


def skip_iri_grammar() -> None:
    """Import jsonschema without its checker of international addresses.

    That checker compiles a grammar for two to four seconds in every process that imports it.
    Notebooks and settings hold no such format, and jsonschema does without where the package is
    missing. Call this before anything imports jsonschema.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def find_plugins_once() -> None:
    """Let pybtex remember the plugins it has found.

    For every citation it looks through the metadata of all installed packages anew, which is a
    quarter of the time that the pages take. Call this before the pages are built.
    """
    from pybtex import plugin

    plugin.entry_points = functools.cache(plugin.entry_points)
