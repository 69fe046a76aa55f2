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
        (("lines", "--precision", "half"), "precision must be one of 32-true, bf16-mixed, fast"),
        (("lines", "--strategy", "many"), "strategy must be one of auto, ddp, fsdp; got 'many'"),
        (("lines", "--device", "tpu"), "device must be one of auto, cpu, cuda; got 'tpu'"),
        (("paintstorch", "--strategy", "fsdp"), "take strategy auto or ddp"),
        (("stenciltorch", "--precision", "bf16-mixed"), "precision 32-true"),
        (("digit_classifier", "--device", "cpu"), "digit_classifier has a loop of its own"),
    ],
)
def test_it_names_what_it_cannot_do(toy, given, said):
    """Error: one line, exit code 1, what was expected and the mend."""
    done = run(*given)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_what_is_asked_reaches_the_loop_and_nothing_after_it(tmp_path, monkeypatch):
    """Property: device, strategy and precision come to a training inside, and its folder tells the
    precision; the next training has its own settings again."""
    import torch

    from lineart_lib.training.loop import fit
    from lineart_lib.training.settings import LoopSettings

    def train(profile):
        def batch_of(step, rank, ranks):
            return torch.ones(4, 2)

        def loss_of(model, batch):
            return {"loss": model(batch).float().square().mean()}

        settings = LoopSettings(steps=1, ema=0.0)
        folder = runs_folder() / "toy" / profile
        return fit(torch.nn.Linear(2, 2), batch_of, loss_of, settings, folder, replace=True)

    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", train)
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    asked = ("--device", "cpu", "--strategy", "ddp", "--precision", "bf16-mixed")
    done = run("toy", "--profile", "smoke", *asked)
    assert done.exit_code == 0, done.output
    kept = json.loads((tmp_path / "toy" / "smoke" / CONFIG).read_text("utf-8"))
    assert kept["loop"]["precision"] == "bf16-mixed"
    assert "device" not in kept["loop"]
    assert train("smoke").config["loop"]["precision"] == "32-true"
    failed = run("toy", "--profile", "smoke", "--strategy", "fsdp")
    assert failed.exit_code == 1
    assert "start them with `torchrun --nproc-per-node 2" in failed.output


def test_one_process_is_asked_for_where_more_would_wait_for_each_other(monkeypatch):
    """Error: a run that is kept outside of the loop refuses torchrun's processes."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="stablepaint trains in one process"):
        experiments.train_experiment("stablepaint", "smoke")
