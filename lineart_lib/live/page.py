"""Put a toy into a page that has no kernel: one ``<div>`` and one inline module script.

The same module is an anywidget front end in a notebook (`lineart_lib.live.widgets`). Here it talks
to a small static model, which holds the JSON state and tells nobody but the toy itself.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
STYLE = FOLDER / "live.css"

TOYS: dict[str, tuple[str, ...]] = {
    "optimizer-playground": (
        "function",
        "start",
        "learning_rate",
        "steps",
        "optimizers",
        "condition",
        "mixture",
    ),
    "decision-boundary": (
        "dataset",
        "hidden",
        "activation",
        "learning_rate",
        "l2",
        "noise",
        "samples",
        "seed",
    ),
    "autodiff": ("code", "files"),
    "attention-map": (
        "digits",
        "side",
        "patch",
        "layers",
        "heads",
        "digit",
        "layer",
        "head",
        "token",
    ),
    "mode-collapse": ("objective", "modes", "learning_rate", "seed"),
    "diffusion-1d": ("data", "sampler", "schedule", "steps", "particles", "seed"),
    "diffusion-2d": (
        "data",
        "sampler",
        "schedule",
        "steps",
        "spread",
        "particles",
        "start",
        "seed",
    ),
}
"""The toys and the keys of their states. A key that is left out keeps the toy's own default."""

# `import "x"`, `import { a } from "x"`, `import * as a from "x"`, `import a from "x"`. Python's
# `import a`, which a toy may hold as text, is none of them.
_IMPORT = re.compile(r"""^\s*import\s*(?:["'{*]|[\w$]+[^\n]*\bfrom\s*["'])""", re.MULTILINE)
_EXPORT = re.compile(r"^export\b.*$", re.MULTILINE)
_DEFAULT = "export default "
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


def source(name: str) -> str:
    """Read the module of a toy.

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
    """
    if name not in TOYS:
        raise LookupError(f"there is no toy {name!r}: expected one of {', '.join(sorted(TOYS))}")
    return _read(FOLDER / f"{name}.js")


@lru_cache(maxsize=8)
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


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
    source(name)
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


def constant_module(javascript: str, constant: str) -> str:
    """Turn a module with one default export into a script that defines a constant.

    Parameters
    ----------
    javascript : str
        A module without import statements and with exactly one export, ``export default``. The
        function ``import(...)`` is allowed.
    constant : str
        Its name.

    Returns
    -------
    str
        The same code with ``export default`` replaced by ``const NAME =``.

    Raises
    ------
    ValueError
        When the module imports statically, or does not have exactly one default export.
    """
    found = _IMPORT.search(javascript)
    if found:
        line = javascript[: found.start()].count("\n") + found.group().count("\n") + 1
        raise ValueError(
            f"line {line} is an import statement, which a script inside a page cannot resolve: "
            "write a toy as one file, or call import(...) when it is needed"
        )
    exports = _EXPORT.findall(javascript)
    if len(exports) != 1 or not exports[0].startswith(_DEFAULT):
        raise ValueError(
            f"a toy must have exactly one export, `export default {{ render }}`; "
            f"got {exports or 'none'}"
        )
    return _EXPORT.sub(
        lambda m: f"const {constant} = {m.group().removeprefix(_DEFAULT)}", javascript
    )


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
    script = "\n".join(
        [
            f"const liveId = {_literal(identifier)};",
            f"const liveState = {_literal(full)};",
            f"const liveStyle = {_literal(_read(STYLE))};",
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
