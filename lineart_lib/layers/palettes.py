"""Palette files: GPL for GIMP, Krita, Inkscape and others; ASE for Adobe's programs.

References
----------
.. [1] The GIMP team, "GPL palette files", developer.gimp.org, core specifications.
.. [2] Olivier Berten, "Adobe Swatch Exchange (.ase)", selapa.net/swatches: Adobe publishes none.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

Colour = tuple[int, int, int]
_NORMAL = 2


def gimp_palette(colours: Sequence[Colour], name: str = "lineart") -> bytes:
    """Return a GPL file [1]_.

    Parameters
    ----------
    colours : sequence of (int, int, int)
        sRGB, 0..255 each.
    name : str
        Of the palette, on one line.
    """
    head = ["GIMP Palette", f"Name: {' '.join(name.split())}", "Columns: 0", "#"]
    rows = [
        f"{red:3} {green:3} {blue:3}\t{hexadecimal(one)}"
        for one in colours
        for red, green, blue in [one]
    ]
    return ("\n".join([*head, *rows]) + "\n").encode()


def adobe_swatches(colours: Sequence[Colour]) -> bytes:
    """Return an ASE file, version 1.0: a block for each colour, big-endian [2]_.

    Parameters
    ----------
    colours : sequence of (int, int, int)
        sRGB, 0..255 each; the file holds single-precision floats in [0, 1].
    """
    blocks = []
    for one in colours:
        name = f"{hexadecimal(one)}\0".encode("utf-16-be")
        light = [value / 255 for value in one]
        body = (
            struct.pack(">H", len(name) // 2)
            + name
            + struct.pack(">4s3fH", b"RGB ", *light, _NORMAL)
        )
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return struct.pack(">4sHHI", b"ASEF", 1, 0, len(blocks)) + b"".join(blocks)


def hexadecimal(colour: Colour) -> str:
    """Name a colour as the web does: `#ff8000`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
