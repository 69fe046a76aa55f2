"""Take files out of gzip files and tarballs; what is not as promised never gets its name."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO

from lineart_lib.recipe.sources import SourceError

_CHUNK = 1 << 18
_MOST_MEMBERS = 100_000


def gunzip(archive: Path, target: Path, *, sha256: str, size_bytes: int) -> None:
    """Uncompress a gzipped file into `target`, which then has the given size and SHA-256.

    Raises
    ------
    SourceError
        It is no gzip file, is damaged, holds another number of bytes, or has another SHA-256.
        `target` is then as it was.
    """
    try:
        with gzip.open(archive, "rb") as stream:
            _write_verified(stream, target, sha256=sha256, size_bytes=size_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{archive.name} is not a sound gzip file: {error}") from error


def unpack(tarball: Path, wanted: Mapping[str, tuple[Path, str, int]]) -> None:
    """Take some files, and no other, out of a gzipped tarball.

    Parameters
    ----------
    tarball : Path
        A `.tgz` file.
    wanted : mapping
        Path inside the tarball → (target, SHA-256, size in bytes).

    Raises
    ------
    SourceError
        The tarball is damaged; a member's path leaves the folder, or it is a link or a device;
        there are too many members; a wanted file is missing, is of another size or has another
        SHA-256. Every path is looked at before the first file is written.
    """
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            members = {}
            for number, member in enumerate(archive):
                path = PurePosixPath(member.name)
                if (
                    path.is_absolute()
                    or ".." in path.parts
                    or "\\" in member.name
                    or ":" in member.name
                ):
                    raise SourceError(
                        f"{tarball.name} holds a path that leaves its folder: {member.name!r}"
                    )
                if not (member.isfile() or member.isdir()):
                    raise SourceError(
                        f"{tarball.name} holds {member.name!r}, which is a link or a device"
                    )
                if number >= _MOST_MEMBERS:
                    raise SourceError(f"{tarball.name} holds more than {_MOST_MEMBERS:,} files")
                members[member.name] = member
            for name in wanted:
                if name not in members or not members[name].isfile():
                    raise SourceError(f"{tarball.name} does not hold the file {name!r}")
            for name, (target, sha256, size_bytes) in wanted.items():
                stream = archive.extractfile(members[name])
                assert stream is not None  # a regular file always has one
                with stream:
                    _write_verified(stream, target, sha256=sha256, size_bytes=size_bytes)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{tarball.name} is not a sound tarball: {error}") from error


def _write_verified(stream: IO[bytes], target: Path, *, sha256: str, size_bytes: int) -> None:
    """Copy a stream beside `target`; rename the copy when its size and hash are right."""
    digest, size = hashlib.sha256(), 0
    with NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
    ) as file:
        part = Path(file.name)
        try:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > size_bytes:
                    raise SourceError(
                        f"{target.name} is larger than the {size_bytes:,} bytes expected"
                    )
                digest.update(chunk)
                file.write(chunk)
            if size < size_bytes:
                raise SourceError(f"{target.name} has {size:,} bytes, expected {size_bytes:,}")
            if digest.hexdigest() != sha256:
                raise SourceError(
                    f"{target.name} has SHA-256 {digest.hexdigest()}, expected {sha256}"
                )
            file.close()
            part.chmod(0o644)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
