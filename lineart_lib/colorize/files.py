"""Files of a coloured drawing: the end of the name says the form, and nothing is lost by writing.

`png` is the picture, `colours.png` the colour layer without lines, `ora` and `psd` hold layers,
`gpl` and `ase` the palette.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lineart_lib.colorize.coloured import Coloured
from lineart_lib.layers.openraster import openraster, png
from lineart_lib.layers.palettes import adobe_swatches, gimp_palette
from lineart_lib.layers.photoshop import photoshop

FORMS = ("png", "colours.png", "ora", "psd", "gpl", "ase")
PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "ppm", "pgm", "tga")
"""Ends of the names of files that a folder of drawings is searched for."""


@dataclass(frozen=True)
class Job:
    """One drawing, what comes with it, and the files to write."""

    lineart: Path
    outputs: tuple[tuple[Path, ...], ...]
    """For each variation."""
    hints: Path | None = None
    mask: Path | None = None
    picture: Path | None = None


def form_of(path: Path) -> str:
    """Return the form that the end of a name asks for, one of `FORMS`; else raise ValueError."""
    name = path.name.lower()
    fitting = [form for form in FORMS if name.endswith(f".{form}") and name != f".{form}"]
    if not fitting:
        raise ValueError(
            f"{path}: expected a name that ends in {', '.join(f'.{form}' for form in FORMS)}; got "
            f"{path.name!r}"
        )
    return max(fitting, key=len)


def encoded(coloured: Coloured, form: str, number: int = 0) -> bytes:
    """Return a variation as a file of a form, one of `FORMS`."""
    if form == "png":
        return png(coloured.picture(number))
    if form == "colours.png":
        return png(coloured.paintings[number].colour())
    stack = coloured.stack(number)
    writers = {
        "ora": lambda: openraster(stack),
        "psd": lambda: photoshop(stack),
        "gpl": lambda: gimp_palette(stack.palette),
        "ase": lambda: adobe_swatches(stack.palette),
    }
    return writers[form]()


def save(coloured: Coloured, path: Path, number: int = 0, *, force: bool = False) -> Path:
    """Write a variation; the name appears only when the file is whole.

    Parameters
    ----------
    coloured : Coloured
        What `colorize` returned.
    path : Path
        Ends in one of `FORMS`. Its folder is made if need be.
    number : int
        Of the variation, from 0.
    force : bool
        Write over a file that is there.

    Raises
    ------
    FileExistsError
        It is there, and `force` was not said.
    ValueError
        The name ends otherwise, or the form cannot hold the picture.
    """
    form = form_of(path)
    check_free([path], force=force)
    data = encoded(coloured, form, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)  # A full disk leaves no half file.
    return path


def check_free(paths: Sequence[Path], *, force: bool) -> None:
    """Raise FileExistsError if one of the files is there, and `force` was not said."""
    there = [path for path in paths if path.exists()]
    if there and not force:
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise FileExistsError(f"{there[0]} is there already{more}: choose another name, or --force")


def jobs(
    lineart: Path,
    out: Sequence[Path] = (),
    forms: Sequence[str] = ("png",),
    variations: int = 1,
    *,
    hints: Path | None = None,
    mask: Path | None = None,
    picture: Path | None = None,
) -> list[Job]:
    """Say what to colour, and where to.

    Parameters
    ----------
    lineart : Path
        A drawing, or a folder: then hints, mask and picture are folders too, and a drawing takes
        the file that bears its name, if there is one.
    out : sequence of Path
        For a drawing, files; by default NAME-coloured beside it, in each of the forms. For a
        folder, one folder; by default FOLDER-coloured.
    forms : sequence of str
        Some of `FORMS`, where `out` names no file.
    variations : int
        More than one are numbered at the end of the name.

    Raises
    ------
    ValueError
        Files and folders are mixed up, a form does not exist, or two outputs bear one name.
    FileNotFoundError
        There is no such drawing, or none in the folder.
    """
    if variations < 1:
        raise ValueError(f"variations must be 1 or more; got {variations}")
    for form in forms:
        if form not in FORMS:
            raise ValueError(f"formats must be among {', '.join(FORMS)}; got {form!r}")
    beside = {"hints": hints, "mask": mask, "picture": picture}
    if not lineart.exists():
        raise FileNotFoundError(f"lineart {lineart}: no such file or folder")
    for name, path in beside.items():
        if path is not None and not path.exists():
            raise FileNotFoundError(f"{name} {path}: no such file or folder")
        if path is not None and path.is_dir() != lineart.is_dir():
            wanted = "a folder" if lineart.is_dir() else "a file"
            raise ValueError(f"{name} {path}: expected {wanted}, as the lineart is one")
    if lineart.is_dir():
        made = _folder_jobs(lineart, out, forms, variations, beside)
    else:
        files = out or [lineart.with_name(f"{lineart.stem}-coloured.{form}") for form in forms]
        made = [Job(lineart, _numbered(files, variations), **beside)]
    written = [path for job in made for paths in job.outputs for path in paths]
    double = {path for path in written if written.count(path) > 1} if len(written) < 1e4 else set()
    if double:
        raise ValueError(f"{min(double)} would be written twice: give the drawings different names")
    read = {
        path.resolve()
        for job in made
        for path in (job.lineart, job.hints, job.mask, job.picture)
        if path is not None
    }
    for path in written:
        if path.resolve() in read:
            raise ValueError(f"{path} is a file that is read: choose another name to write")
    return made


def _folder_jobs(
    folder: Path,
    out: Sequence[Path],
    forms: Sequence[str],
    variations: int,
    beside: dict[str, Path | None],
) -> list[Job]:
    """Return a job for each picture of a folder, in the order of their names."""
    if len(out) > 1 or any(path.is_file() for path in out):
        raise ValueError(
            f"out: expected one folder, as {folder} is one; got {', '.join(map(str, out))}"
        )
    drawings = _pictures(folder)
    if not drawings:
        raise FileNotFoundError(
            f"{folder}: no file ends in {', '.join(f'.{end}' for end in PICTURES)}"
        )
    into = out[0] if out else folder.resolve().with_name(f"{folder.resolve().name}-coloured")
    known = {
        name: {found.stem: found for found in _pictures(path)} if path else {}
        for name, path in beside.items()
    }
    for name, path in beside.items():
        if path is not None and not any(drawing.stem in known[name] for drawing in drawings):
            raise FileNotFoundError(
                f"{name} {path}: no file bears the name of a drawing in {folder}"
            )
    return [
        Job(
            drawing,
            _numbered([into / f"{drawing.stem}.{form}" for form in forms], variations),
            **{name: found.get(drawing.stem) for name, found in known.items()},
        )
        for drawing in drawings
    ]


def _pictures(folder: Path) -> list[Path]:
    """Return the files whose names end as those of pictures do, sorted."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower().removeprefix(".") in PICTURES and not path.name.startswith(".")
    )


def _numbered(files: Sequence[Path], variations: int) -> tuple[tuple[Path, ...], ...]:
    """Return the files of each variation; a single one bears no number."""
    ends = [(path, form_of(path)) for path in files]
    if variations == 1:
        return (tuple(files),)
    return tuple(
        tuple(
            path.with_name(f"{path.name[: -len(form) - 1]}-{number}{path.name[-len(form) - 1 :]}")
            for path, form in ends
        )
        for number in range(1, variations + 1)
    )
