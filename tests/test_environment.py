"""One list of dependencies: pyproject.toml rules, the other files agree with it."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]


def name_of(requirement: str) -> str:
    """Return the normalised package name of a requirement such as ``jupyter-book<2``."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", requirement)[0]).lower()


def pins() -> dict[str, str]:
    """Return {package: version} of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text().split()
    return {name_of(line): line.split("==")[1] for line in lines}


def test_conda_users_get_the_same_list():
    """Equivalence: environment.yml's pip section is pyproject.toml's list."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert sorted(pip) == sorted(["--constraint constraints.txt", *WANTED])


def test_every_dependency_is_pinned():
    """Property: each package that we ask for has exactly one version."""
    assert {name_of(requirement) for requirement in WANTED} <= pins().keys()


def test_this_environment_is_the_pinned_one():
    """Equivalence: what is imported here is what constraints.txt promises."""
    pinned = pins()
    installed = {name: version(name) for name in map(name_of, WANTED)}
    assert installed == {name: pinned[name] for name in installed}


def test_no_line_of_the_lists_names_an_address():
    """Property: packages are asked for by name, so any mirror serves."""
    for name in ("pyproject.toml", "environment.yml", "constraints.txt"):
        assert "://" not in (ROOT / name).read_text(), name
