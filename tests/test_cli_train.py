"""`lineart train` keeps a run where it says, and names what it cannot do."""

import json

import pytest
from typer.testing import CliRunner

from lineart_lib.cli import app
from lineart_lib.training import experiments
from lineart_lib.training.runs import CONFIG, METRICS, WEIGHTS, load_or_train, runs_folder


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """An experiment that takes no time, and an empty folder of runs."""
    from lineart_lib.models.mlp import mlp

    def train(profile):
        folder = runs_folder() / "toy" / profile
        return load_or_train(folder, {"profile": profile}, mlp((2, 2)), lambda _: [{"loss": 0.25}])

    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", train)
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    return tmp_path / "runs" / "toy" / "smoke"


def run(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(app, ["train", *arguments])


def test_it_trains_once_and_again_by_force(toy):
    """Property: the run lies where the message says; it is made anew only by --force."""
    first = run("toy", "--profile", "smoke")
    assert first.exit_code == 0, first.output
    assert f"{toy}: trained (loss 0.25)" in first.output
    assert {path.name for path in toy.iterdir()} == {WEIGHTS, CONFIG, METRICS}
    assert json.loads((toy / CONFIG).read_text("utf-8")) == {"profile": "smoke"}
    made = (toy / WEIGHTS).stat().st_mtime_ns
    second = run("toy", "--profile", "smoke")
    assert "was there; --force trains it again" in second.output
    assert (toy / WEIGHTS).stat().st_mtime_ns == made
    assert "trained (" in run("toy", "--profile", "smoke", "--force").output
    assert (toy / WEIGHTS).stat().st_mtime_ns > made


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("magic",), "experiment must be one of copying, digit_classifier, fewsteps"),
        (("lines", "--profile", "huge"), "profile must be one of smoke, book, paper; got 'huge'"),
        (("lines", "--profile", "smoke"), "lineart prepare openmoji --profile smoke"),
    ],
)
def test_it_names_what_it_cannot_do(toy, given, said):
    """Error: one line, exit code 1, what was expected and the mend."""
    done = run(*given)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
