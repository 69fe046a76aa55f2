"""The house keeps its shape: imports travel one way, modules stay small, names say something."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "lineart_lib").rglob("*.py"))
SCRIPTS = sorted((ROOT / "lineart_lib").rglob("*.js"))


def test_imports_travel_one_way():
    """Property: import-linter finds every contract of pyproject.toml kept."""
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_every_room_has_a_floor():
    """Property: no package or module of the library escapes the layers contract."""
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = {
        room.strip().removeprefix("lineart_lib.")
        for layer in contracts["contracts"][0]["layers"]
        for room in layer.split("|")
    }
    rooms = {
        path.stem
        for path in (ROOT / "lineart_lib").iterdir()
        if (path / "__init__.py").exists() or path.suffix == ".py"
    } - {"__init__"}
    assert rooms == floors


@pytest.mark.parametrize("module", MODULES + SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small_and_well_named(module):
    """Property: under 400 lines in Python and JavaScript, and no drawer of odds and ends."""
    assert len(module.read_text().splitlines()) < 400
    assert module.stem not in {"utils", "helpers", "common", "misc"}


def test_code_is_formatted_and_linted():
    """Property: ruff has nothing to say."""
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check"], ["format", "--check"]):
        run = subprocess.run([ruff, *command, "."], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_is_left_to_be_written():
    """Property: no chapter, notebook or module holds a placeholder."""
    marks = re.compile(r"@@\w+@@|TO" + r"DO|FIX" + r"ME|lorem ipsum", re.IGNORECASE)
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in ("book", "notebooks", "lineart_lib")
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in {".md", ".ipynb", ".py", ".js", ".yml"} and "vendor" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert left == []
