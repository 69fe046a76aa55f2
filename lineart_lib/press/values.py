"""Record by name the numbers and words that the prose uses."""

from __future__ import annotations

import json
import math
import numbers
import re
from typing import Any

from lineart_lib.press.publication import by_hand, locked, publication, write_json

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")

Value = str | int | float


def record(name: str, value: Any, unit: str = "") -> Value:
    """Merge one value into ``values.json``, where the book finds it.

    Parameters
    ----------
    name : str
        ``topic.quantity``, lower-case, for example ``mnist.mlp_test_accuracy_mean``.
    value : number or str
        A finite number or a text. A NumPy or PyTorch scalar becomes a plain number. A percentage is
        recorded in percent (97.5, not 0.975) with the unit ``"%"``.
    unit : str
        What the book prints after the number; empty for a count or a text.

    Returns
    -------
    str, int or float
        The plain value, for use in the cell.

    Raises
    ------
    ValueError
        When the name is unfit, the number is NaN or infinite, or the same run already recorded
        another value under the name. A run by hand may change its mind: cells are run again there.
    TypeError
        When the value is neither a number nor a text.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(
            "a value's name must be topic.quantity in lower-case letters, digits and underscores; "
            f"got {name!r}"
        )
    if not isinstance(unit, str):
        raise TypeError(f"the unit of {name!r} must be text; got {unit!r}")
    entry = {"value": plain(value, name), "unit": unit}
    folder = publication()
    path = folder / "values.json"
    with locked(folder):
        values = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if name in values and values[name] != entry and not by_hand():
            raise ValueError(
                f"{name!r} was already recorded as {values[name]} in this run; got {entry}: "
                "give the second value a name of its own"
            )
        values[name] = entry
        write_json(path, dict(sorted(values.items())))
    return entry["value"]


def plain(value: Any, name: str) -> Value:
    """Turn a scalar of any library into a finite plain number; text passes.

    Parameters
    ----------
    value : number, str, or a NumPy or PyTorch scalar
        One value; an array of one element counts as a scalar.
    name : str
        What it is, for the message when it is refused.

    Returns
    -------
    str, int or float
        A value that JSON can hold.

    Raises
    ------
    ValueError
        When the number is NaN or infinite, or the text is empty.
    TypeError
        When it is anything else.
    """
    if hasattr(value, "item") and getattr(value, "size", 1) != 0:
        value = _item(value, name)
    if isinstance(value, str):
        if not value.strip():
            raise ValueError(f"{name!r} must not be an empty text")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"{name!r} must be a number or a text; got {value!r} ({type(value).__name__})"
        )
    if isinstance(value, numbers.Integral):
        return int(value)
    if not math.isfinite(value):
        raise ValueError(
            f"{name!r} is {value}: a number must be finite. If that is the finding, record a "
            'text instead, such as "diverged"'
        )
    return float(value)


def _item(value: Any, name: str) -> Any:
    """Take the one element out of a NumPy or PyTorch scalar."""
    try:
        return value.item()
    except (ValueError, RuntimeError) as problem:
        raise TypeError(
            f"{name!r} must be one number; got {type(value).__name__} of shape "
            f"{tuple(value.shape)}: record one element, or a summary of it"
        ) from problem
