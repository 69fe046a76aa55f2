"""Lay out the source of the site: chapters, executed notebooks, and what these published."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lineart_lib.bindery.keys import Plan
from lineart_lib.bindery.notebooks import read_notebook
from lineart_lib.press.provenance import git_state
from lineart_lib.press.publication import write_json

KINDS = ("figures", "tables", "states")
"""What a notebook publishes as files of its own; the folders bear these names."""
WIDGET = "application/vnd.jupyter.widget-view+json"


def stage(root: Path, plan: Plan, folder: Path, *, draft: bool = False) -> None:
    """Write the source of the site into a folder that mirrors the project.

    Parameters
    ----------
    root : Path
        The project.
    plan : Plan
        The keys: they name the executions to publish.
    folder : Path
        Made anew.
    draft : bool
        Show pages that are not whole: notebooks that did not run yet, a table of contents without
        the files that are not written yet.

    Raises
    ------
    ValueError
        When two notebooks publish the same name, an output is an error, or a notebook is not in
        the table of contents.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(root / "_config.yml", folder / "_config.yml")
    shutil.copytree(root / "book", folder / "book", ignore=_not_pages(root / "book"))
    runs = _runs(root, plan, draft)
    (folder / "notebooks").mkdir()
    for name in plan.notebooks:
        page = read_notebook(root / "notebooks" / f"{name}.ipynb")
        if name in runs:
            page = merge_outputs(page, read_notebook(runs[name] / "notebook.ipynb"), name)
        write_json(folder / "notebooks" / f"{name}.ipynb", page)
    publish(runs, folder / "_published")
    (folder / "_published" / "manifests").mkdir()
    for recipe, key in plan.recipes.items():
        manifest = root / "build" / "data" / recipe / f"{key}.json"
        if manifest.is_file() or not draft:
            shutil.copyfile(manifest, folder / "_published" / "manifests" / f"{recipe}.json")
    commit, dirty = git_state(root)
    write_json(
        folder / "_published" / "build.json",
        {
            "profile": plan.profile,
            "commit": commit,
            "dirty": dirty,
            "key": plan.site,
            "draft": draft,
            "built": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        },
    )
    _stage_served(root, folder / "_extra")
    (folder / "_vendor").symlink_to(root / "build" / "vendor" / plan.vendor)
    (folder / "lineart_lib").symlink_to(root / "lineart_lib")  # For listings from the library.


def _stage_served(root: Path, extra: Path) -> None:
    """Put what the site serves as plain files at its root: the autodiff room, for Pyodide."""
    room = Path("lineart_lib", "autodiff")
    served = extra / "_python" / room
    served.mkdir(parents=True)
    for path in sorted((root / room).glob("*.py")):
        shutil.copyfile(path, served / path.name)
    (extra / ".nojekyll").touch()  # Static hosts that run Jekyll would drop _static and _python.


def _not_pages(book: Path) -> Any:
    """Leave out the list of vendored packages: it is no page."""

    def ignore(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name.startswith(".")} | (
            {"vendor"} if Path(folder) == book else set()
        )

    return ignore


def _runs(root: Path, plan: Plan, draft: bool) -> dict[str, Path]:
    """Find the execution of each notebook."""
    runs = {}
    for name, notebook in plan.notebooks.items():
        run = root / "build" / plan.profile / "notebooks" / name / notebook.key
        if (run / "notebook.ipynb").is_file():
            runs[name] = run
        elif not draft:
            raise FileNotFoundError(f"expected the execution of {name} in {run}: build again")
    return runs


def merge_outputs(page: dict[str, Any], executed: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Put the outputs of an execution into the notebook as it is written now.

    Text may have changed since the execution, code may not: the key of the execution is that of
    its code. The cell of injected parameters follows its own cell, and is not shown.

    Parameters
    ----------
    page : dict
        The source.
    executed : mapping
        The same notebook after papermill.
    name : str
        For messages.

    Returns
    -------
    dict
        A new notebook.

    Raises
    ------
    ValueError
        When the code differs, an output is an error, or a widget has no HTML form.
    """
    ran = iter([cell for cell in executed["cells"] if cell["cell_type"] == "code"])
    cells = []
    for number, cell in enumerate(page["cells"], start=1):
        if cell["cell_type"] != "code":
            cells.append(cell)
            continue
        other = next(ran, None)
        if other and "injected-parameters" in _tags(other):
            cells.append(_injected(other))
            other = next(ran, None)
        if other is None or other["source"] != cell["source"]:
            raise ValueError(f"{name}: cell {number} is not the cell that ran: build again")
        outputs = list(_outputs(other["outputs"], f"{name}, cell {number}"))
        cells.append({**cell, "outputs": outputs, "execution_count": other["execution_count"]})
    metadata = {**page["metadata"]}
    metadata.pop("widgets", None)
    return {**page, "cells": cells, "metadata": metadata}


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return cell.get("metadata", {}).get("tags", [])


def _injected(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": cell["execution_count"],
        "id": cell.get("id", "injected"),
        "metadata": {"tags": ["injected-parameters", "remove-cell"]},
        "outputs": [],
        "source": cell["source"],
    }


def _outputs(outputs: list[dict[str, Any]], where: str) -> Iterator[dict[str, Any]]:
    """Yield what a page may show: no error, no stderr, no live widget that needs a server."""
    told = False
    for output in outputs:
        if output["output_type"] == "error":
            raise ValueError(f"{where} ended in {output['ename']}: a traceback is not published")
        if output["output_type"] == "stream" and output["name"] == "stderr":
            if not told:  # Once, however often it wrote: a progress bar does so many times.
                print(f"  note: {where} wrote to stderr; it is not shown on the page")
            told = True
            continue
        data = output.get("data", {})
        if WIDGET in data:
            if "text/html" not in data:
                raise ValueError(
                    f"{where} shows a widget without text/html, which a page without a kernel "
                    "cannot show: give it a _repr_html_, or display an HTML form"
                )
            output = {**output, "data": {kind: data[kind] for kind in data if kind != WIDGET}}
        yield output


def publish(runs: Mapping[str, Path], folder: Path) -> None:
    """Merge what the notebooks published into one folder.

    Parameters
    ----------
    runs : mapping from name to Path
        The execution of each notebook.
    folder : Path
        ``_published``, made anew: ``figures/``, ``tables/``, ``states/``, ``values.json``,
        ``provenance.json``.

    Raises
    ------
    ValueError
        When two notebooks publish the same name.
    """
    values: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    owners: dict[tuple[str, str], str] = {}
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for notebook, run in sorted(runs.items()):
        for name, value in _json(run / "values.json").items():
            _claim(owners, "value", name, notebook)
            values[name] = {**value, "notebook": notebook}
        for kind in KINDS:
            for path in sorted((run / kind).glob("*.json")):
                _claim(owners, kind[:-1], path.stem, notebook)
                write_json(folder / kind / path.name, {**_json(path), "notebook": notebook})
            for path in sorted((run / kind).glob("*.svg")):
                shutil.copyfile(path, folder / kind / path.name)
        provenance[notebook] = _json(run / "provenance.json")
    write_json(folder / "values.json", values)
    write_json(folder / "provenance.json", provenance)


def _claim(owners: dict[tuple[str, str], str], kind: str, name: str, notebook: str) -> None:
    other = owners.setdefault((kind, name), notebook)
    if other != notebook:
        raise ValueError(
            f"{kind} {name!r} is published by {other} and by {notebook}: rename one of them"
        )


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write_contents(toc: Path, folder: Path, *, draft: bool = False) -> None:
    """Copy the table of contents and hold it against the pages that are there.

    Parameters
    ----------
    toc : Path
        ``_toc.yml``.
    folder : Path
        The staged source, generated pages included.
    draft : bool
        Leave out what is not written yet, and let notebooks be missing.

    Raises
    ------
    ValueError
        When it names a page that does not exist, or a notebook is missing from it.
    """
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    absent: list[str] = []
    pruned = _present(contents, folder, absent)
    named = set(_named(contents))
    left_out = [
        f"notebooks/{path.stem}"
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
        if f"notebooks/{path.stem}" not in named
    ]
    if not draft and (absent or left_out):
        problems = [f"names {name}, which does not exist" for name in absent]
        problems += [f"does not name {name}" for name in left_out]
        raise ValueError(f"_toc.yml {'; '.join(problems)}: correct it, or build a draft")
    (folder / "_toc.yml").write_text(yaml.safe_dump(pruned, sort_keys=False), encoding="utf-8")


def _exists(name: str, folder: Path) -> bool:
    return any((folder / f"{name}{ending}").is_file() for ending in (".md", ".ipynb", ".rst", ""))


def _present(node: Any, folder: Path, absent: list[str]) -> Any:
    """Copy a part of the table of contents without the pages that do not exist."""
    if isinstance(node, list):
        kept = [_present(item, folder, absent) for item in node]
        return [item for item in kept if item is not None]
    if isinstance(node, dict):
        name = node.get("file")
        if name and not _exists(name, folder):
            absent.append(name)
            return None
        copy = {key: _present(value, folder, absent) for key, value in node.items()}
        lists = ("chapters", "sections", "parts", "subtrees")
        copy = {key: value for key, value in copy.items() if key not in lists or value}
        return copy if "caption" not in copy or "chapters" in copy else None
    return node


def _named(node: Any) -> Iterator[str]:
    """Yield the pages that a table of contents names."""
    if isinstance(node, list):
        for item in node:
            yield from _named(item)
    elif isinstance(node, dict):
        if "file" in node:
            yield node["file"]
        for value in node.values():
            yield from _named(value)
