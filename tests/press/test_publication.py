"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineart_lib.press.publication import write_json, write_text


def test_a_failed_write_leaves_the_old_file(tmp_path: Path):
    """Property: when writing fails, the old content stays and no temporary file is left."""
    path = tmp_path / "a.txt"
    write_text(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")  # A lone surrogate cannot be encoded.
    assert path.read_text() == "old\n"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_json_refuses_what_browsers_cannot_read(tmp_path: Path):
    """Property: NaN, which is no JSON, is refused and leaves no file."""
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert not list(tmp_path.iterdir())


def test_a_written_file_can_be_read_by_others(tmp_path: Path):
    """Property: a published file has the usual permissions, not those of a temporary file."""
    path = tmp_path / "deep" / "a.txt"
    write_text(path, "text\n")
    assert path.stat().st_mode & 0o777 == 0o644
