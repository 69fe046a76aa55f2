"""Fill frozen dataclasses from YAML, with an error that names the field for whatever is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Filled = TypeVar("Filled")


def fill(kind: type[Filled], given: Any, where: str) -> Filled:
    """Build a dataclass from a mapping, and all that is in it.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are of type `str`, `int`, `float`, `bool`, another such dataclass,
        `tuple[X, ...]` of those (a list in YAML) or `Mapping[str, X]`.
    given : Any
        What YAML gave.
    where : str
        Place in the file, for messages.

    Raises
    ------
    ValueError
        A field is missing, unknown, of another type, or refused by the dataclass itself. The
        message begins with the place.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"{where}: expected a mapping of fields; got {_what(given)}")
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(known)}")
    missing = [
        name
        for name, field in known.items()
        if name not in given and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise ValueError(f"{where}: the field {missing[0]!r} is missing")
    values = {
        name: _convert(hints[name], value, f"{where}: {name}") for name, value in given.items()
    }
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where}: expected a list; got {_what(value)}")
        item = get_args(hint)[0]
        return tuple(
            _convert(item, entry, f"{where}: number {number}")
            for number, entry in enumerate(value, start=1)
        )
    if origin is not None:  # Mapping[str, X]
        if not isinstance(value, Mapping):
            raise ValueError(f"{where}: expected a mapping; got {_what(value)}")
        item = get_args(hint)[1]
        return {
            _convert(str, key, f"{where}: a name"): _convert(item, entry, f"{where}: {key}")
            for key, entry in value.items()
        }
    if is_dataclass(hint):
        return fill(hint, value, where)  # type: ignore[arg-type]
    wanted = (int, float) if hint is float else (hint,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"{where}: expected {hint.__name__}; got {_what(value)}")
    return float(value) if hint is float else value


def _what(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {value!r}"
