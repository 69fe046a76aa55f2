"""Keep what the build starts quick to start."""

from __future__ import annotations

import sys


def skip_iri_grammar() -> None:
    """Import jsonschema without its checker of international addresses.

    That checker compiles a grammar for two to four seconds in every process that imports it.
    Notebooks and settings hold no such format, and jsonschema does without where the package is
    missing. Call this before anything imports jsonschema.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
