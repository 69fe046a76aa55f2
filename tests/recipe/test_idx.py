"""IDX files: what is written is read back, and damaged bytes are refused in plain words."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from lineart_lib.recipe.idx import parse_idx, read_idx, write_idx

arrays = numpy_strategies.arrays(
    np.uint8, numpy_strategies.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6)
)


@settings(deadline=None)
@given(arrays)
def test_round_trip(array):
    """Property: parsing what was written gives the same shape and the same bytes."""
    back = parse_idx(write_idx(array))
    assert back.shape == array.shape
    assert np.array_equal(back, array)


def test_known_bytes():
    """Equivalence: the header of MNIST's training images, written by hand, means 2 x 2 pictures."""
    content = bytes.fromhex("00000803 00000001 00000002 00000002") + bytes([1, 2, 3, 255])
    assert parse_idx(content).tolist() == [[[1, 2], [3, 255]]]


@settings(max_examples=400, deadline=None)
@given(arrays, st.data())
def test_mutated_bytes_are_read_or_refused(array, data):
    """Property: whatever a damaged file holds, it gives an array of its bytes or a ValueError."""
    content = bytearray(write_idx(array))
    for _ in range(data.draw(st.integers(1, 6))):
        kind = data.draw(st.sampled_from(["change", "cut", "add"]))
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        if kind == "change" and content:
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at:]
        else:
            content[at:at] = data.draw(st.binary(max_size=8))
    with suppress(ValueError):
        found = parse_idx(bytes(content))
        assert bytes(content).endswith(found.tobytes())
        assert len(content) == 4 + 4 * found.ndim + found.size


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(content):
    """Property: arbitrary bytes never raise anything but a ValueError."""
    with suppress(ValueError):
        assert parse_idx(content).dtype == np.uint8


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\x00\x00", "at least 4 bytes"),
        (b"\x1f\x8b\x08\x00\x00", "is a gzip file"),
        (b"\x12\x34\x08\x01\x00\x00\x00\x00", "magic number is 0x12340801"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x00", "uint8; got float32"),
        (b"\x00\x00\x08\x00", "1 to 8 dimensions; got 0"),
        (b"\x00\x00\x08\x03\x00\x00", "the header alone has 16"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x05abc", "truncated: the header says 5 = 5 bytes; got 3"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x01abc", "too long"),
        (b"\x00\x00\x08\x04" + b"\xff" * 16 + b"x", "truncated"),
    ],
)
def test_errors_say_what_is_wrong(content, complaint):
    """Property: each kind of damage has a message that names the file and the damage."""
    with pytest.raises(ValueError, match=complaint) as caught:
        parse_idx(content, name="some-file")
    assert str(caught.value).startswith("some-file: ")


def test_read_idx_names_the_file(tmp_path):
    """Property: a damaged file is named in the error, a sound one is read."""
    (tmp_path / "labels").write_bytes(write_idx(np.arange(7, dtype=np.uint8)))
    assert read_idx(tmp_path / "labels").tolist() == list(range(7))
    (tmp_path / "labels").write_bytes(b"")
    with pytest.raises(ValueError, match=r"^labels: "):
        read_idx(tmp_path / "labels")


@pytest.mark.parametrize("array", [np.zeros(3, np.float32), np.zeros((), np.uint8)])
def test_only_bytes_are_written(array):
    """Property: what the format of MNIST does not hold is refused, not converted."""
    with pytest.raises(ValueError, match="uint8 array"):
        write_idx(array)
