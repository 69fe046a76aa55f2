"""Join the modules of a toy into one text: neither a widget nor an inline script can import files.

A bundler such as esbuild comes only through npm, and a notebook that a person runs by hand must
show its toy without npm or a network; so this joiner knows the few forms of import and export that
the toys use, and refuses every other one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Any static import: `import "x"`, `import { a } from "x"`, `import * as a from "x"`, `import a from
# "x"`. Python's `import a`, which a toy may hold as text, is none of them, nor is `import(x)`.
IMPORT = re.compile(r"""^[ \t]*import\s*(?:["'{*]|[\w$]+[^\n]*\bfrom\s*["'])""", re.MULTILINE)
EXPORT = re.compile(r"^export\b.*$", re.MULTILINE)
DEFAULT = "export default "

_NAMED = re.compile(
    r"""^import \{\s*([\w$]+(?:,\s*[\w$]+)*),?\s*\} from "(\.\.?/[^"\n]+\.js)";$""", re.MULTILINE
)
_DECLARED = re.compile(r"^export (?=(?:(?:async )?function|const|class) ([\w$]+))", re.MULTILINE)


@dataclass(frozen=True)
class _Module:
    """A module that has been read, and keeps to the forms that can be joined."""

    name: str
    """Its path below the root."""
    text: str
    imports: tuple[str, ...]
    """Names of the modules that it imports, in their order."""
    exports: tuple[str, ...]

    def body(self) -> str:
        """Give the text with each import as a constant that holds what the other one returned."""
        names = iter(self.imports)
        return _NAMED.sub(lambda m: f'const {{ {m[1]} }} = $modules["{next(names)}"];', self.text)


def files(entry: Path, root: Path) -> list[Path]:
    """List the modules that `join` joins.

    Parameters
    ----------
    entry, root : Path
        As `join` takes them.

    Returns
    -------
    list of Path
        Each module once, after those that it imports; the entry is the last.

    Raises
    ------
    FileNotFoundError, ValueError
        As `join` does.
    """
    return [root / module.name for module in _in_order(entry, root)]


def join(entry: Path, root: Path) -> str:
    """Write a module and all that it imports as one module without imports.

    A module may say ``import { a, b } from "./part.js";`` and ``export function``, ``export const``
    or ``export class``. The entry has one export, ``export default``. Each part keeps a scope of
    its own: it becomes a function that is called once and returns what it exports.

    Parameters
    ----------
    entry : Path
        The module to begin with.
    root : Path
        The folder that all modules lie below.

    Returns
    -------
    str
        JavaScript whose only export is that of the entry.

    Raises
    ------
    FileNotFoundError
        When a module does not exist.
    ValueError
        When a module lies outside the root, uses another form of import or export, takes a name
        that the other one does not export, or comes back to itself through its imports.
    """
    *parts, last = _in_order(entry, root)
    texts = ["const $modules = {};"] if parts else []
    for part in parts:
        body = _DECLARED.sub("", part.body()).strip()
        given = f"return {{ {', '.join(part.exports)} }};"
        texts.append(f'$modules["{part.name}"] = (() => {{\n{body}\n{given}\n}})();')
    return "\n\n".join([*texts, f"// {last.name}\n{last.body()}"])


def _in_order(entry: Path, root: Path) -> list[_Module]:
    """Read the entry and all that it imports, depth first."""
    done: dict[str, _Module] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            ring = (*way[way.index(name) :], name)
            raise ValueError(f"modules import each other: {' → '.join(ring)}: part them")
        if name in done:
            return
        text = (root / name).read_text(encoding="utf-8")
        found = list(_imports(text, name, root))
        for other, taken, line in found:
            visit(other, (*way, name))
            exports = done[other].exports
            missing = [taken_name for taken_name in taken if taken_name not in exports]
            if missing:
                raise ValueError(
                    f"{name}:{line}: {other} exports {', '.join(exports) or 'nothing'}; "
                    f"got {', '.join(missing)}: correct the name, or export it"
                )
        exports = _exports(text, name) if way else _no_exports(text, name)
        done[name] = _Module(name, text, tuple(other for other, _, _ in found), exports)

    visit(entry.relative_to(root).as_posix(), ())
    return list(done.values())


def _imports(text: str, name: str, root: Path) -> Iterator[tuple[str, list[str], int]]:
    """Yield the name of each imported module, what is taken from it, and the line."""
    for statement in IMPORT.finditer(text):
        line = text.count("\n", 0, statement.start()) + 1
        named = _NAMED.match(text, statement.start())
        if not named:
            raise ValueError(
                f'{name}:{line}: expected `import {{ a, b }} from "./part.js";`; '
                f"got {text.splitlines()[line - 1]!r}: write it so"
            )
        place = root / Path(name).parent / named[2]
        other = Path(os.path.normpath(place))
        if root not in other.parents:
            raise ValueError(f"{name}:{line}: {named[2]} lies outside {root.name}: move it there")
        if not other.is_file():
            raise FileNotFoundError(f"{name}:{line}: there is no {named[2]}: correct the path")
        yield other.relative_to(root).as_posix(), re.findall(r"[\w$]+", named[1]), line


def _exports(text: str, name: str) -> tuple[str, ...]:
    """List what a part exports."""
    for statement in EXPORT.finditer(text):
        if not _DECLARED.match(statement.group()):
            line = text.count("\n", 0, statement.start()) + 1
            raise ValueError(
                f"{name}:{line}: expected `export function`, `export const` or `export class` and "
                f"a name; got {statement.group()!r}: write it so"
            )
    return tuple(declared[1] for declared in _DECLARED.finditer(text))


def _no_exports(text: str, name: str) -> tuple[str, ...]:
    """Check that an entry has its default export and no other, which a part could take."""
    exports = EXPORT.findall(text)
    if len(exports) != 1 or not exports[0].startswith(DEFAULT):
        raise ValueError(
            f"{name}: a toy must have exactly one export, `export default {{ render }}`; "
            f"got {exports or 'none'}"
        )
    return ()


def constant_module(javascript: str, constant: str) -> str:
    """Turn a joined module into a script that defines a constant.

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
    found = IMPORT.search(javascript)
    if found:
        line = javascript.count("\n", 0, found.start()) + 1
        raise ValueError(
            f"line {line} is an import statement, which a script inside a page cannot resolve: "
            "join the module first, or call import(...) when it is needed"
        )
    _no_exports(javascript, "the module")
    return EXPORT.sub(lambda m: f"const {constant} = {m[0].removeprefix(DEFAULT)}", javascript)
