"""Put a toy into a page that has no kernel: one ``<div>`` and one inline module script.

The same module is an anywidget front end in a notebook (`lineart_lib.live.widgets`). Here it talks
to a small static model, which holds the JSON state and tells nobody but the toy itself.

A toy is a folder of this one. Its ``toy.js`` has the default export ``{ render, ... }``; what it
imports, from its own folder or from ``parts/``, is joined with it (`lineart_lib.live.modules`). A
new one also needs its keys in `lineart_lib.live.toys` and its line in `lineart_lib.live.widgets`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lineart_lib.live.modules import constant_module, files, join
from lineart_lib.live.toys import TOYS

FOLDER = Path(__file__).parent
STYLE = FOLDER / "live.css"

FILLED_IN = {"files"}
"""Keys that `check_state` fills in, as only Python knows their values."""

_NUMBERS = itertools.count(1)

_MODEL = """
const liveListeners = new Map();
const liveModel = {
  get: (key) => liveState[key],
  set(key, value) {
    const same = JSON.stringify(liveState[key]) === JSON.stringify(value);
    liveState[key] = value;
    if (!same) for (const fn of liveListeners.get(`change:${key}`) ?? []) fn();
  },
  on: (event, fn) => liveListeners.set(event, [...(liveListeners.get(event) ?? []), fn]),
  off: (event, fn) =>
    liveListeners.set(event, (liveListeners.get(event) ?? []).filter((other) => other !== fn)),
  save_changes() {},
};
if (!document.getElementById("lineart-live-style")) {
  const style = document.createElement("style");
  style.id = "lineart-live-style";
  style.textContent = liveStyle;
  document.head.append(style);
}
const livePlace = document.getElementById(liveId);
livePlace.replaceChildren();
liveToy.render({ model: liveModel, el: livePlace });
""".strip()


def entry(name: str) -> Path:
    """Find the module that a toy begins with, ``NAME/toy.js``.

    Raises
    ------
    LookupError
        When there is no such toy.
    """
    if name not in TOYS:
        raise LookupError(f"there is no toy {name!r}: expected one of {', '.join(sorted(TOYS))}")
    return FOLDER / name / "toy.js"


def sources(name: str) -> list[Path]:
    """List the modules that a toy is joined from."""
    return files(entry(name), FOLDER)


def source(name: str) -> str:
    """Join the modules of a toy into one.

    Parameters
    ----------
    name : str
        One of `TOYS`.

    Returns
    -------
    str
        JavaScript with exactly one export, ``export default { render, ... }``.

    Raises
    ------
    LookupError
        When there is no such toy.
    FileNotFoundError, ValueError
        When its modules cannot be joined, as `lineart_lib.live.modules.join` says.
    """
    return join(entry(name), FOLDER)


def check_state(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Check the keys of a state and fill in what only Python knows.

    Parameters
    ----------
    name : str
        One of `TOYS`.
    state : mapping
        JSON values under the toy's keys.

    Returns
    -------
    dict
        The state, with ``files`` for the autodiff cell: the modules that it loads.

    Raises
    ------
    LookupError
        When there is no such toy.
    ValueError
        When a key is unknown or a value is not JSON.
    """
    entry(name)
    unknown = sorted(set(state) - set(TOYS[name]))
    if unknown:
        raise ValueError(
            f"{name} knows no {', '.join(map(repr, unknown))}: expected some of "
            f"{', '.join(TOYS[name])}"
        )
    full = dict(state)
    if name == "autodiff":
        full.setdefault("files", autodiff_files())
    try:
        json.dumps(full, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the state of {name} must be JSON: {error}") from error
    return full


def autodiff_files() -> list[str]:
    """List the modules of the autodiff room as the site serves them, below ``_python/``."""
    room = FOLDER.parent / "autodiff"
    return [f"lineart_lib/autodiff/{path.name}" for path in sorted(room.glob("*.py"))]


def escape_script(javascript: str) -> str:
    """Keep code from ending, or hiding, the ``<script>`` element that holds it.

    Inside strings, templates and regular expressions ``\\x3c`` means ``<``; outside them
    ``<script``, ``</script`` and ``<!--`` are no JavaScript.

    References
    ----------
    HTML standard, "Restrictions for contents of script elements".
    """
    escaped = re.sub(r"<(?=/script|script)", r"\\x3c", javascript, flags=re.IGNORECASE)
    return escaped.replace("<!--", r"\x3c!--")


def inline(name: str, state: Mapping[str, Any] | None = None) -> str:
    """Write a toy as HTML that lives without a kernel.

    Parameters
    ----------
    name : str
        One of `TOYS`.
    state : mapping, optional
        JSON values under the keys that `TOYS` lists. What is left out keeps the toy's default.

    Returns
    -------
    str
        A ``<div>`` with an id of its own and an inline ``<script type="module">``. The style is
        added to the page once, by the first toy.

    Raises
    ------
    LookupError
        When there is no such toy.
    ValueError
        When the state has an unknown key or is not JSON, or the module cannot be put into a page.
    """
    full = check_state(name, state or {})
    identifier = f"lineart-live-{name}-{next(_NUMBERS)}"
    style = STYLE.read_text(encoding="utf-8")
    script = "\n".join(
        [
            f"const liveId = {_literal(identifier)};",
            f"const liveState = {_literal(full)};",
            f"const liveStyle = {_literal(style)};",
            escape_script(constant_module(source(name), "liveToy")),
            _MODEL,
        ]
    )
    return (
        f'<div class="lineart-live-place" id="{identifier}" data-live="{name}">'
        "<p>This toy runs in the page and needs JavaScript.</p></div>\n"
        f'<script type="module">\n{script}\n</script>'
    )


def _literal(value: Any) -> str:
    """Write a JSON value so that no ``<`` of it can end a script element."""
    return json.dumps(value, allow_nan=False, sort_keys=True).replace("<", "\\u003c")
