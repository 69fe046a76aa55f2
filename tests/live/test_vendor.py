"""The web files that the site serves itself: pinned, whole, never half written."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from lineart_lib.bindery import vendor as vendoring
from lineart_lib.runtime import project_root

SOURCE = project_root() / "book" / "vendor"


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand in for npm: packages that hold one small file for each part that a page needs."""
    folder = tmp_path / "node_modules"
    for package, parts in vendoring.PARTS.items():
        for inside in parts:
            path = folder / package / inside
            path = path if path.suffix or path.name == "LICENSE" else path / "inner.js"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{package} {inside}", encoding="utf-8")
        about = {"version": "1.2.3", "license": "MIT"}
        (folder / package / "package.json").write_text(json.dumps(about), encoding="utf-8")
    monkeypatch.setattr(vendoring, "_install", lambda source, scratch: folder)
    return folder


def test_the_lock_pins_content_and_names_no_host() -> None:
    """Property: each package of the lock has a version and a hash, and no address."""
    text = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
    assert not re.search(r"https?:|\"resolved\"", text)
    wanted = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads(text)["packages"]
    assert set(wanted) == set(vendoring.PARTS)
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all(entry["integrity"] for name, entry in locked.items() if name)


def test_the_manifest_is_the_content(packages: Path, tmp_path: Path) -> None:
    """Round trip: every file is listed with its own size and hash, licences among them."""
    target = tmp_path / "site" / "vendor"
    manifest = json.loads(vendoring.vendor(target).read_text(encoding="utf-8"))
    found = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    assert found == {*manifest["files"], vendoring.MANIFEST}
    for name, entry in manifest["files"].items():
        content = (target / name).read_bytes()
        assert entry == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert {"mathjax/LICENSE", "pyodide/LICENSE", "pyodide/LICENSE-PYTHON"} <= found
    assert sorted(path.name for path in target.parent.iterdir()) == ["vendor"]


def test_a_whole_folder_is_left_alone_and_a_damaged_one_is_made_anew(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Property: a second call fetches nothing; a changed byte or a missing file is mended."""
    target = tmp_path / "vendor"
    vendoring.vendor(target)
    installs: list[Path] = []

    def install(source: Path, scratch: Path) -> Path:
        installs.append(scratch)
        return packages

    monkeypatch.setattr(vendoring, "_install", install)
    vendoring.vendor(target)
    assert installs == []
    (target / "pyodide" / "pyodide.mjs").write_text("tampered", encoding="utf-8")
    assert not vendoring.is_current(target)
    vendoring.vendor(target)
    assert len(installs) == 1
    assert vendoring.is_current(target)


def test_a_failure_leaves_the_last_good_folder(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Property: when a package lacks a part, the error names it and the old files stay."""
    target = tmp_path / "vendor"
    vendoring.vendor(target)
    monkeypatch.setitem(vendoring.PARTS, "pyodide", {"gone.wasm": "pyodide/gone.wasm"})
    with pytest.raises(FileNotFoundError, match=r"pyodide has no gone\.wasm"):
        vendoring.vendor(target)
    assert vendoring.is_current(target)
    assert (target / "pyodide" / "pyodide.mjs").is_file()
    assert not list(tmp_path.glob(".vendor.*"))


def test_folders_of_others_are_refused(packages: Path, tmp_path: Path) -> None:
    """Property: a folder that was not made here is never replaced."""
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="name another folder"):
        vendoring.vendor(tmp_path)
    assert (tmp_path / "diary.txt").read_text(encoding="utf-8") == "mine"


def test_without_network_the_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Property: npm without a cache or a network ends in one clear message and exit code 1."""
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    assert vendoring.main([str(tmp_path / "vendor")]) == 1
    said = capsys.readouterr().err
    assert "the first build needs the network" in said
    assert "ENOTCACHED" in said
    assert not (tmp_path / "vendor").exists()
