"""The stamp of a run tells the truth, in a git checkout and out of it."""

from __future__ import annotations

import datetime
import hashlib
import json
import subprocess
import time
from pathlib import Path

import pytest

from lineart_lib.press.provenance import content_hash, git_state, stamp, summary

GIT = ["git", "-c", "user.name=A Reader", "-c", "user.email=reader@example.org"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a checkout with one commit, and make it the project."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "a.txt").write_text("first\n")
    for arguments in (["init", "-q"], ["add", "a.txt"], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*GIT, *arguments], cwd=folder, check=True)
    monkeypatch.setenv("LINEART_ROOT", str(folder))
    return folder


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project that is no checkout."""
    folder = tmp_path / "plain"
    folder.mkdir()
    monkeypatch.setenv("LINEART_ROOT", str(folder))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return folder


def test_the_commit_is_that_of_git(checkout: Path):
    """Equivalence: commit and dirty agree with git; a file git does not track changes nothing."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout.strip()
    (checkout / "untracked.txt").write_text("new\n")
    assert git_state() == (head, False)
    (checkout / "a.txt").write_text("changed\n")
    assert git_state() == (head, True)


def test_without_git_the_stamp_says_so(outside: Path):
    """Property: outside a checkout a stamp is made, and both forms say "no git"."""
    made = stamp("smoke", 3, {})
    assert (made["commit"], made["dirty"]) == ("no git", False)
    assert "no git" in summary(made)


def test_without_the_git_program_the_stamp_says_so(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    """Property: a machine without git is no reason to fail."""
    monkeypatch.setenv("PATH", "")
    assert git_state() == ("no git", False)


def test_a_checkout_before_its_first_commit_has_none(outside: Path):
    """Property: an empty checkout counts as no git."""
    subprocess.run(["git", "init", "-q"], cwd=outside, check=True)
    assert git_state() == ("no git", False)


def test_the_stamp_is_whole_and_is_json(outside: Path):
    """Property: the stamp survives JSON, and holds settings, machine, time and data."""
    (outside / "d.bin").write_bytes(b"data")
    began = datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
    made = stamp(
        "book",
        0,
        {"epochs": 10},
        {"d": outside / "d.bin", "known": "ab" * 32},
        start=began,
        wall_seconds=125.0,
        peak_memory_mb=512.34,
    )
    assert json.loads(json.dumps(made)) == made
    assert made["parameters"] == {"epochs": 10}
    assert made["data"] == {"d": hashlib.sha256(b"data").hexdigest(), "known": "ab" * 32}
    assert made["versions"]["python"].startswith("3.")
    assert made["threads"] >= 1
    assert summary(made) == (
        f"book profile · seed 0 · no git · 2 min 5 s · 512 MB · data {made['data_hash'][:7]} "
        "· 3 Feb 2024"
    )


def test_time_and_memory_are_measured(outside: Path):
    """Property: wall time is at least what passed, memory at least what an interpreter needs."""
    began = datetime.datetime.now(datetime.UTC)
    time.sleep(0.05)
    made = stamp("smoke", 0, {}, start=began)
    assert 0.05 <= made["wall_seconds"] < 60
    assert 5 < made["peak_memory_mb"] < 100_000


def test_local_changes_are_told(checkout: Path):
    """Property: the line for people names the short commit and says what it leaves out."""
    (checkout / "a.txt").write_text("changed\n")
    made = stamp("smoke", 0, {})
    assert f"commit {made['commit'][:7]} with local changes" in summary(made)


def test_the_data_hash_depends_on_names_and_contents_only(tmp_path: Path):
    """Property: equal folders hash equally whatever their times; a rename or a byte changes it."""
    for name in ("one", "two"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "x").write_bytes(b"1")
        (tmp_path / name / "y").write_bytes(b"2")
    first = content_hash(tmp_path / "one")
    assert content_hash(tmp_path / "two") == first
    (tmp_path / "two" / "y").rename(tmp_path / "two" / "z")
    renamed = content_hash(tmp_path / "two")
    (tmp_path / "two" / "z").rename(tmp_path / "two" / "y")
    (tmp_path / "two" / "y").write_bytes(b"3")
    assert len({first, renamed, content_hash(tmp_path / "two")}) == 3


def test_bad_settings_are_refused(outside: Path):
    """Property: an unknown profile, a naive time and missing data are named."""
    with pytest.raises(ValueError, match="smoke, book or paper"):
        stamp("fast", 0, {})
    with pytest.raises(ValueError, match="time zone"):
        stamp("book", 0, {}, start=datetime.datetime(2024, 1, 1))
    with pytest.raises(FileNotFoundError, match="prepare it first"):
        stamp("book", 0, {}, {"mnist": outside / "missing"})
