"""Turn chapters and executed notebooks into the site.

Run as ``python -m lineart_lib.bindery.site PROFILE``.

Sphinx runs on a staged copy with every warning an error. The site is published by renaming it, so
a build that fails leaves the last good one standing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from lineart_lib.bindery.keys import CHANGED, Plan, make_plan
from lineart_lib.bindery.pages import write_pages
from lineart_lib.bindery.stage import stage, write_contents
from lineart_lib.bindery.vendor import vendor
from lineart_lib.bindery.watch import die_with_parent
from lineart_lib.bindery.web import check_site
from lineart_lib.runtime import project_root

_JUPYTER_BOOK = (
    "from lineart_lib.bindery.quick import find_plugins_once, skip_iri_grammar;"
    "skip_iri_grammar(); find_plugins_once();"
    "from jupyter_book.cli.main import main; main()"
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(r"\b(?:WARNING|ERROR|CRITICAL|SEVERE)\b")
_EXCEPTION = re.compile(r"^(?:[\w.]*\.)?(\w*(?:Error|Exception)\b.*)$", flags=re.MULTILINE)
_NOTEBOOK_LINE = re.compile(r"(\.ipynb):(\d{5,})")


class SiteError(RuntimeError):
    """The site cannot be published; the message lists why."""


def make_site(root: Path, plan: Plan, *, draft: bool = False) -> Path:
    """Build the site of a plan.

    Parameters
    ----------
    root : Path
        The project.
    plan : Plan
        Its notebooks have been executed.
    draft : bool
        Build what is there, print what is wrong, and put it into ``draft`` beside the sites.

    Returns
    -------
    Path
        The folder of the HTML.

    Raises
    ------
    SiteError
        When Sphinx warns, or a page breaks a promise of the book.
    ValueError
        When what the notebooks published cannot be merged.
    """
    here = root / "build" / plan.profile
    site = here / "draft" if draft else here / "site" / plan.site
    source, output = here / "stage", here / "sphinx"
    vendor(root / "build" / "vendor" / plan.vendor)
    stage(root, plan, source, draft=draft)
    problems = []
    try:
        write_pages(root, source)
    except (OSError, ValueError) as problem:
        if not draft:
            raise
        problems.append(str(problem))
    write_contents(root / "_toc.yml", source, draft=draft)
    shutil.rmtree(output, ignore_errors=True)
    problems += run_sphinx(root, source, output, strict=not draft)
    html = output / "_build" / "html"
    if html.is_dir():
        problems += check_site(html)
    if problems:
        print("\n".join(f"  {problem}" for problem in problems), file=sys.stderr)
        if not draft:
            raise SiteError(f"the site has {len(problems)} faults and is not published")
    if not html.is_dir():
        raise SiteError("Sphinx wrote no pages")
    if not draft and make_plan(root, plan.profile).site != plan.site:
        raise SiteError(CHANGED)
    share_vendored(html, root / "build" / "vendor" / plan.vendor)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        shutil.rmtree(site)  # A draft, or an empty folder that Snakemake made.
    html.rename(site)
    return site


def run_sphinx(root: Path, source: Path, output: Path, *, strict: bool) -> list[str]:
    """Run ``jupyter-book build`` and return its warnings in readable form.

    Parameters
    ----------
    root : Path
        The project; Sphinx imports its extension from there.
    source : Path
        The staged source.
    output : Path
        Where ``_build/html`` is made.
    strict : bool
        Every warning is an error; all are collected first.

    Returns
    -------
    list of str
        Warnings, each beginning with its file as the project names it, then what stopped Sphinx
        if anything else did.

    """
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(source)]
    command += ["--path-output", str(output), "-q", *(["-W", "--keep-going"] if strict else [])]
    done = subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    log, crash, _ = _COLOURS.sub("", done.stderr).partition("Traceback (most recent call last)")
    warnings = readable(log, source)
    if done.returncode and not (strict and warnings):
        cause = _EXCEPTION.search(crash)
        tail = "\n".join((done.stdout + log).splitlines()[-15:])
        warnings.append(f"Sphinx stopped: {cause.group(1) if cause else tail}")
    return warnings


def readable(log: str, source: Path) -> list[str]:
    """Pick the warnings out of Sphinx's log.

    Parameters
    ----------
    log : str
        What Sphinx wrote to stderr.
    source : Path
        The staged source, whose path is cut off.

    Returns
    -------
    list of str
        One text a warning, its continuation lines joined on. A line of a notebook is given as
        its cell and the line in it.
    """
    found: list[str] = []
    for line in log.splitlines():
        if not line.strip():
            continue
        if _WARNING.search(line):
            text = line.replace(f"{source}{os.sep}", "").replace("WARNING: ", "")
            found.append(_NOTEBOOK_LINE.sub(_cell_and_line, text))
        elif found and line.startswith((" ", "\t")):
            found[-1] += f" {line.strip()}"
    return list(dict.fromkeys(found))


def _cell_and_line(place: re.Match[str]) -> str:
    cell, line = divmod(int(place.group(2)), 10000)
    return f"{place.group(1)}, cell {cell}, line {line}"


def share_vendored(html: Path, vendor: Path) -> None:
    """Keep one copy on disk of the web files that all sites have in common."""
    for path in vendor.rglob("*"):
        copy = html / "_static" / path.relative_to(vendor)
        if path.is_file() and copy.is_file() and not copy.samefile(path):
            part = copy.with_name(f"{copy.name}.part")
            try:
                os.link(path, part)
            except OSError:
                return  # Another disk: the copies stay.
            part.replace(copy)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; exit with 1 when there is nothing to publish."""
    parser = argparse.ArgumentParser(prog="lineart_lib.bindery.site", description=__doc__)
    parser.add_argument("profile")
    parser.add_argument("--draft", action="store_true", help="show unfinished pages as well")
    parser.add_argument("--key", help="the key that the site must have")
    given = parser.parse_args(arguments)
    die_with_parent()
    root = project_root()
    start = time.perf_counter()
    try:
        plan = make_plan(root, given.profile)
        if given.key and given.key != plan.site:
            raise SiteError(CHANGED)
        site = make_site(root, plan, draft=given.draft)
    except (SiteError, ValueError, OSError) as problem:
        print(f"\n✗ {problem}\n", file=sys.stderr)
        return 1
    pages = sum(1 for path in site.rglob("*.html") if "_static" not in path.parts)
    print(f"  site: {pages} pages {time.perf_counter() - start:14.1f} s", file=sys.stderr)
    if given.draft:
        print(f"  draft: {os.path.relpath(site, root)}/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
