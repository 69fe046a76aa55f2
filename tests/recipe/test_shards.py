"""Shards: what is written comes back, and a file has its name only when it is whole."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from lineart_lib.recipe.artwork import PLANES, Artwork
from lineart_lib.recipe.shards import GROUP, ShardWriter, decode_plane, encode, read_rows


def noise(number: int, side: int = 9) -> Artwork:
    """Return a drawing of noise, with as many regions as fit."""
    draw = np.random.default_rng(number)
    colours = {p: draw.integers(0, 256, (side, side, 3), np.uint8) for p in PLANES[1:4]}
    regions = draw.integers(0, 100_000, (side, side), np.int32)
    grey = draw.integers(0, 256, (2, side, side), np.uint8)
    told = {"words": ("noise", str(number)), "lines": "artist"}
    return Artwork(
        f"n{number}", "noise", lineart=grey[0], regions=regions, parts=grey[1], **colours, **told
    )


def test_rows_come_back(tmp_path):
    """Equivalence: every plane and every word of 150 drawings, whole and by row group."""
    arts = [noise(number) for number in range(2 * GROUP + 22)]
    path = tmp_path / "some.parquet"
    with ShardWriter(path) as shard:
        for art in arts:
            shard.add(encode(art))
    columns = ["name", "words", "height", "width", "areas", *PLANES]
    rows = list(read_rows(path, columns))
    assert len(rows) == len(arts) == shard.rows == pq.read_metadata(path).num_rows
    for row, art in zip(rows, arts, strict=True):
        assert (row["name"], tuple(row["words"])) == (art.name, art.words)
        assert row["areas"] == art.regions.max()
        for plane in PLANES:
            pixels = decode_plane(row[plane], plane, row["height"], row["width"])
            np.testing.assert_array_equal(pixels, getattr(art, plane))
            assert pixels.dtype == getattr(art, plane).dtype
    assert list(read_rows(path, ["name"], [2])) == [{"name": a.name} for a in arts[2 * GROUP :]]


def test_the_same_rows_give_the_same_bytes(tmp_path):
    """Determinism: two files of the same drawings are equal to the byte."""
    for name in ("a", "b"):
        with ShardWriter(tmp_path / name) as shard:
            for number in range(70):
                shard.add(encode(noise(number)))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_no_half_file_has_the_name(tmp_path):
    """Property: an exception while writing leaves an older file as it was, and nothing else."""
    path = tmp_path / "some.parquet"
    path.write_bytes(b"older")

    def write_half():
        with ShardWriter(path) as shard:
            for number in range(100):
                shard.add(encode(noise(number)))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_half()
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_damage_is_noticed():
    """Error: cut bytes, or another size, are refused in words."""
    row = encode(noise(1))
    with pytest.raises(ValueError, match="a flats of 9 x 9 is damaged"):
        decode_plane(row["flats"][:-9], "flats", 9, 9)
    with pytest.raises(ValueError, match="a flats of 9 x 8 is damaged"):
        decode_plane(row["flats"], "flats", 9, 8)
