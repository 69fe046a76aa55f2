"""`lineart evaluate` writes what the protocol measures, and names what it cannot do."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner

from lineart_lib.cli import app
from lineart_lib.evaluation import features
from lineart_lib.evaluation.distances import FLOOR
from lineart_lib.models.copying import Copier
from lineart_lib.recipe.art import read_art_recipe
from lineart_lib.recipe.description import find_recipe
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.runtime import project_root
from lineart_lib.training.runs import CONFIG, WEIGHTS


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with a few small drawings prepared."""
    recipe = read_art_recipe(find_recipe("openmoji", project_root()))
    few = replace(recipe.profiles["smoke"], designs=60, size_px=32)
    recipe = replace(recipe, profiles=recipe.profiles | {"smoke": few})
    prepare_art(recipe, "smoke", tmp_path / "data")
    monkeypatch.setenv("LINEART_ROOT", str(tmp_path))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LINEART_THREADS", "1")
    return tmp_path


def run(*arguments):
    """Run the command on the small drawings."""
    return CliRunner().invoke(app, ["evaluate", "--profile", "smoke", *arguments])


def test_it_writes_table_and_curves_and_goes_on(project):
    """Property: both methods are in the files, and a second run measures nothing anew."""
    given = ("--sets", "T1", "--methods", "lineart as is, watershed", "--pictures", "3")
    done = run(*given)
    assert done.exit_code == 0, done.output
    assert "T1, 3 pictures, mean ΔE00" in done.output
    folder = project / "runs" / "evaluate" / "smoke"
    rows = json.loads((folder / "table.json").read_text("utf-8"))
    assert {row["method"] for row in rows} == {"lineart as is", "watershed"}
    value = {r["method"]: r["value"] for r in rows if r["statistic"] == "mean ΔE00"}
    assert value["watershed"] < value["lineart as is"]
    kept = {path.name: path.stat().st_mtime_ns for path in (folder / "measured").iterdir()}
    assert run(*given).exit_code == 0
    differences = json.loads((folder / "differences.json").read_text("utf-8"))
    [lead] = [row for row in differences if row["statistic"] == "mean ΔE00"]
    assert lead["value"] == pytest.approx(value["lineart as is"] - value["watershed"])
    assert kept == {p.name: p.stat().st_mtime_ns for p in (folder / "measured").iterdir()}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--methods", "magic"), "method must be one of watershed"),
        (("--methods", "copying"), "lineart train copying --profile smoke"),
        (("--sets", "T7"), "set must be one of T1, T2, T3, T4"),
        (("--hints", "line"), "shape must be one of scribble, dot; got 'line'"),
        (("--sets", "T2"), "lineart prepare dicebear --profile smoke"),
    ],
)
def test_it_names_what_it_cannot_do(project, given, said):
    """Error: one line, exit code 1, what was expected and the mend."""
    done = run(*given)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_other_hints_go_to_a_folder_of_their_own(project):
    """Property: a table of dots does not replace the table of scribbles."""
    given = ("--sets", "T1", "--methods", "watershed", "--pictures", "2")
    assert run(*given).exit_code == run(*given, "--hints", "dot").exit_code == 0
    folder = project / "runs" / "evaluate" / "smoke"
    scribble, dot = (f / "table.json" for f in (folder, folder / "dot-xdog"))
    assert json.loads(scribble.read_text("utf-8")) != json.loads(dot.read_text("utf-8"))


def test_sets_are_compared_when_asked(project, monkeypatch):
    """Property: a file has distances of the methods and the floor, with the network's name."""
    means = features.Features("mean colours", 3, lambda batch: batch.mean(dim=(2, 3)))
    monkeypatch.setattr(features, "named_features", lambda: means)
    given = ("--sets", "T1", "--methods", "watershed", "--pictures")
    few = run(*given, "3", "--distances")
    assert few.exit_code == 1
    assert "two halves of 2 pictures need 4 cases; got 3" in few.output
    done = run(*given, "9", "--distances")
    assert done.exit_code == 0, done.output
    assert "Fréchet distance on mean colours" in done.output
    file = project / "runs" / "evaluate" / "smoke" / "distances.json"
    rows = json.loads(file.read_text("utf-8"))
    assert {(row["method"], row["distance"]) for row in rows} == {
        (method, kind) for method in (FLOOR, "watershed") for kind in ("Fréchet", "kernel")
    }
    assert {row["features"] for row in rows} == {"mean colours"}


def test_a_trained_network_stands_beside_a_fill(project, monkeypatch):
    """Property: its row is in the table, measured as any other method."""
    monkeypatch.setenv("LINEART_RUNS", str(project / "trained"))
    folder = project / "trained" / "copying" / "smoke"
    folder.mkdir(parents=True)
    settings = {"widths": [8, 16], "keys": 4, "prior": True, "piece_channels": 8}
    (folder / CONFIG).write_text(json.dumps({"settings": settings}), "utf-8")
    torch.manual_seed(0)
    save_file(Copier((8, 16), keys=4, piece_channels=8).state_dict(), folder / WEIGHTS)
    done = run("--sets", "T1", "--methods", "min-cut, copying", "--pictures", "2")
    assert done.exit_code == 0, done.output
    rows = json.loads((project / "runs" / "evaluate" / "smoke" / "table.json").read_text("utf-8"))
    value = {r["method"]: r["value"] for r in rows if r["statistic"] == "mean ΔE00"}
    # Before it has learned, it is the minimum cut, softly.
    assert value["copying"] == pytest.approx(value["min-cut"], abs=0.2)
