"""The IDX format of MNIST: big-endian, a magic number, the sizes, then the bytes."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

_UNSIGNED_BYTE = 0x08
_TYPES = {
    0x08: "uint8",
    0x09: "int8",
    0x0B: "int16",
    0x0C: "int32",
    0x0D: "float32",
    0x0E: "float64",
}
_MOST_DIMENSIONS = 8


def parse_idx(content: bytes, *, name: str = "IDX data") -> np.ndarray:
    """Read the bytes of an IDX file of unsigned bytes.

    The layout: two zero bytes, one for the type of the items, one for the number of dimensions; for
    each dimension its size as a big-endian 32-bit integer; the items, the last index fastest.

    Parameters
    ----------
    content : bytes
        The whole file, uncompressed.
    name : str
        How to call the file in an error.

    Returns
    -------
    numpy.ndarray
        uint8 in [0, 255], a read-only view of `content`, with 1 to 8 dimensions.

    Raises
    ------
    ValueError
        The magic number is wrong, the items are not unsigned bytes, or there are fewer or more
        bytes than the sizes say. No memory is asked for before the sizes are checked.

    References
    ----------
    LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "File formats".
    """
    if len(content) < 4:
        raise ValueError(f"{name}: expected at least 4 bytes of magic number; got {len(content)}")
    if content[:2] == b"\x1f\x8b":
        raise ValueError(f"{name}: is a gzip file; expected the uncompressed IDX file")
    zero, kind, dimensions = struct.unpack(">HBB", content[:4])
    if zero != 0 or kind not in _TYPES:
        raise ValueError(f"{name}: no IDX file: the magic number is 0x{content[:4].hex()}")
    if kind != _UNSIGNED_BYTE:
        raise ValueError(f"{name}: expected items of type uint8; got {_TYPES[kind]}")
    if not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise ValueError(f"{name}: expected 1 to {_MOST_DIMENSIONS} dimensions; got {dimensions}")
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise ValueError(f"{name}: truncated: {len(content)} bytes, the header alone has {start}")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = math.prod(shape)
    found = len(content) - start
    if found != expected:
        state = "truncated" if found < expected else "too long"
        raise ValueError(
            f"{name}: {state}: the header says {' x '.join(map(str, shape))} = {expected:,} bytes; "
            f"got {found:,}"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file of unsigned bytes; see `parse_idx`."""
    return parse_idx(Path(path).read_bytes(), name=Path(path).name)


def write_idx(array: np.ndarray) -> bytes:
    """Return an array of unsigned bytes as the content of an IDX file; the inverse of `parse_idx`.

    Raises
    ------
    ValueError
        It is not uint8, or has no dimension, or more than 8.
    """
    if array.dtype != np.uint8 or not 1 <= array.ndim <= _MOST_DIMENSIONS:
        raise ValueError(
            f"expected a uint8 array with 1 to {_MOST_DIMENSIONS} dimensions; "
            f"got {array.dtype} with {array.ndim}"
        )
    header = struct.pack(f">HBB{array.ndim}I", 0, _UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.tobytes()
