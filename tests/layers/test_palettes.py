"""Palette files hold the colours, as other readers see them."""

import io
import struct

import pytest
from PIL.GimpPaletteFile import GimpPaletteFile

from lineart_lib.layers.palettes import adobe_swatches, gimp_palette

COLOURS = ((255, 128, 0), (0, 0, 0), (7, 254, 33))


def test_pillow_reads_the_gimp_palette():
    """Round trip: Pillow's reader, the lines of the format, one name a colour."""
    data = gimp_palette(COLOURS, "my\ncolours")
    assert GimpPaletteFile(io.BytesIO(data)).palette[:9] == bytes(sum(COLOURS, ()))
    lines = data.decode().splitlines()
    assert lines[:3] == ["GIMP Palette", "Name: my colours", "Columns: 0"]
    assert lines[4:] == ["255 128   0\t#ff8000", "  0   0   0\t#000000", "  7 254  33\t#07fe21"]


def read_ase(data):
    """Read blocks by their lengths, as programs do, and return names and floats."""
    assert struct.unpack_from(">4sHH", data) == (b"ASEF", 1, 0)
    [count] = struct.unpack_from(">I", data, 8)
    at, found = 12, []
    for _ in range(count):
        kind, length = struct.unpack_from(">HI", data, at)
        body = data[at + 6 : at + 6 + length]
        assert (kind, len(body)) == (1, length)
        [letters] = struct.unpack_from(">H", body)
        name = body[2 : 2 + 2 * letters].decode("utf-16-be")
        assert name.endswith("\0")
        space, *values, use = struct.unpack(">4s3fH", body[2 + 2 * letters :])
        assert (space, use) == (b"RGB ", 2)
        found.append((name[:-1], values))
        at += 6 + length
    assert at == len(data)
    return found


@pytest.mark.parametrize("colours", [COLOURS, ()])
def test_the_swatches_are_read_block_by_block(colours):
    """Round trip: bytes to floats and back, exact, since floats hold 24 bits."""
    found = read_ase(adobe_swatches(colours))
    assert [tuple(round(255 * v) for v in values) for _, values in found] == list(colours)
    assert [name for name, _ in found] == ["#{:02x}{:02x}{:02x}".format(*c) for c in colours]
