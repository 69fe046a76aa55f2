"""Save what a notebook computed as the state of a toy that lives in a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineart_lib.press.figures import check_name, check_owner
from lineart_lib.press.publication import publication, write_json

LARGEST_BYTES = 200_000
"""A state is part of its page: every reader loads it."""


@dataclass(frozen=True)
class SavedState:
    """A state that has been published."""

    name: str
    """What ``:state:`` of a ``{live}`` directive calls it."""
    path: Path
    """Where its JSON is."""

    def __repr__(self) -> str:
        return f"SavedState({self.name!r})"  # No folder: it stays in executed notebooks.


def save_state(name: str, state: Mapping[str, Any]) -> SavedState:
    """Publish the state of a toy: ``states/NAME.json``.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores, starting with a letter.
    state : mapping
        JSON values under the keys of the toy (`lineart_lib.live.page.TOYS`). Bytes go in as
        base64 text.

    Returns
    -------
    SavedState

    Raises
    ------
    ValueError
        When the name is unfit, the state is not JSON or larger than 200 kB, or another notebook
        already published the name.
    """
    check_name(name)
    if not isinstance(state, Mapping):
        raise ValueError(f"state {name!r} must be a mapping; got {type(state).__name__}")
    try:
        size = len(json.dumps(dict(state), allow_nan=False))
    except (TypeError, ValueError) as problem:
        raise ValueError(f"state {name!r} must be JSON: {problem}") from problem
    if size > LARGEST_BYTES:
        raise ValueError(
            f"state {name!r} must have at most {LARGEST_BYTES:,} bytes; got {size:,}: "
            "show less, or quantise it"
        )
    path = publication() / "states" / f"{name}.json"
    notebook = check_owner(path, name)
    write_json(path, {"name": name, "state": dict(state), "notebook": notebook})
    return SavedState(name, path)
