"""The library as a graph of imports: what a module runs, and the files it is made of."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

PACKAGE = "lineart_lib"

_IGNORED = {"__pycache__", "node_modules"}


class Library:
    """The import graph of the library, read once.

    Parameters
    ----------
    root : Path
        Folder that holds the package.
    package : str
        Name of the package.

    Raises
    ------
    FileNotFoundError
        When Python would import the package from another folder than ``root``: the keys would
        describe files that the notebooks do not use.
    """

    def __init__(self, root: Path, package: str = PACKAGE) -> None:
        self.root = root
        self.package = package
        spec = importlib.util.find_spec(package)
        found = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if found != (root / package).resolve():
            raise FileNotFoundError(
                f"expected Python to import {package} from {root / package}; it imports it from "
                f"{found}: start the command in {root}"
            )

    @cached_property
    def _graph(self) -> Any:
        import grimp

        # Reading all takes 20 ms. A cache would save half of that, but it trusts dates.
        return grimp.build_graph(self.package, cache_dir=None)

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """Follow imports from some names to every module that they run.

        Parameters
        ----------
        names : iterable of str
            Dotted names as imported; one that is no module stands for the module that holds it.

        Returns
        -------
        frozenset of str
            The modules, what they import in turn, and the packages around each: Python runs their
            ``__init__`` files as well.
        """
        waiting = [self._module(name) for name in names if self._is_ours(name)]
        found: set[str] = set()
        while waiting:
            module = waiting.pop()
            if module in found:
                continue
            found.add(module)
            waiting.extend(self._graph.find_modules_directly_imported_by(module))
            if "." in module:
                waiting.append(module.rpartition(".")[0])
        return frozenset(found)

    def files(self, modules: Iterable[str]) -> list[Path]:
        """List the files of some modules: their sources, and what is not Python beside them."""
        found: set[Path] = set()
        for module in modules:
            path = self.root.joinpath(*module.split("."))
            if path.is_dir():
                found.add(path / "__init__.py")
                folder = path
            else:
                found.add(path.with_suffix(".py"))
                folder = path.parent
            found.update(_companions(folder))
        return sorted(path for path in found if path.is_file())

    def has(self, name: str) -> bool:
        """Tell whether a dotted name is a module of the library."""
        return self._is_ours(name) and name in self._graph.modules

    def _is_ours(self, name: str) -> bool:
        return name.split(".")[0] == self.package

    def _module(self, name: str) -> str:
        while name not in self._graph.modules:
            name = name.rpartition(".")[0]
        return name


def _companions(folder: Path) -> Iterator[Path]:
    """Yield what is not Python in a folder and in those of its folders that are no packages."""
    for path in folder.iterdir():
        if path.is_dir():
            if not _is_generated(Path(path.name)) and not any(path.glob("*.py")):
                yield from files_below(path)
        elif path.suffix != ".py" and not _is_generated(Path(path.name)):
            yield path


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder, sorted, generated ones left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _is_generated(path.relative_to(folder)):
            yield path


def _is_generated(path: Path) -> bool:
    """Recognize caches, packages of npm, and the hidden or spare files of editors."""
    return path.name.endswith(("~", ".pyc")) or any(
        part in _IGNORED or part.startswith(".") for part in path.parts
    )
