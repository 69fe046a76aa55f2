"""Runs are kept whole, found again, and trained anew when their settings change."""

import json
import threading

import pytest
import torch

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.runs import CONFIG, METRICS, WEIGHTS, load_or_train, runs_folder


def fill(model, value=0.5):
    """Stand in for training: set every parameter to a value, and report one epoch."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    return [{"train_loss": value}]


def visible(folder):
    """Name what lies in a folder, but for the empty folders that keep two processes apart."""
    for path in folder.iterdir():
        assert not path.name.startswith(".") or (path.suffix == ".lock" and not [*path.iterdir()])
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")]


def refuse(model):
    """Stand in for a training that must not happen."""
    raise AssertionError("a run that is there was trained again")


def test_a_run_is_trained_once_and_read_back_bit_for_bit(tmp_path):
    """Property: round trip; the second call loads weights, settings and metrics."""
    folder, config = tmp_path / "toy" / "smoke", {"widths": (3, 4, 2), "rate": 0.1}

    def train(model):
        model.load_state_dict(mlp((3, 4, 2), generator=generator(3)).state_dict())
        return [{"loss": 1 / 3}, {"loss": 0.1}]

    first = load_or_train(folder, config, mlp((3, 4, 2)), train)
    again = load_or_train(folder, config, mlp((3, 4, 2)), refuse)
    assert (first.trained, again.trained) == (True, False)
    assert not again.model.training
    assert again.metrics == first.metrics == [{"loss": 1 / 3}, {"loss": 0.1}]
    assert again.config == {"widths": [3, 4, 2], "rate": 0.1}
    for ours, theirs in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert sorted(p.name for p in folder.iterdir()) == sorted([CONFIG, METRICS, WEIGHTS])
    assert visible(folder.parent) == ["smoke"]


def test_other_settings_are_trained_anew(tmp_path):
    """Property: weights of other settings are never taken for these."""
    folder = tmp_path / "smoke"
    load_or_train(folder, {"epochs": 1}, mlp((2, 2)), fill)
    run = load_or_train(folder, {"epochs": 2}, mlp((2, 2)), lambda model: fill(model, 0.25))
    assert run.trained
    assert json.loads((folder / CONFIG).read_text()) == {"epochs": 2}
    assert all((parameter == 0.25).all() for parameter in run.model.parameters())


@pytest.mark.parametrize("name", [CONFIG, METRICS, WEIGHTS])
def test_half_a_run_is_no_run(tmp_path, name):
    """Property: when one of the three files is gone, the run is trained again."""
    folder = tmp_path / "smoke"
    load_or_train(folder, {}, mlp((2, 2)), fill)
    (folder / name).unlink()
    assert load_or_train(folder, {}, mlp((2, 2)), fill).trained


def test_a_failure_leaves_the_old_run_and_nothing_else(tmp_path):
    """Property: atomic; a training that breaks, or gives NaN, changes no file."""
    folder = tmp_path / "smoke"
    load_or_train(folder, {"epochs": 1}, mlp((2, 2)), fill)
    with pytest.raises(ValueError, match="JSON compliant"):
        load_or_train(folder, {"epochs": 2}, mlp((2, 2)), lambda m: fill(m, float("nan")))
    assert not load_or_train(folder, {"epochs": 1}, mlp((2, 2)), refuse).trained
    assert visible(tmp_path) == ["smoke"]


def test_weights_of_another_network_are_named(tmp_path):
    """Property: a model that does not fit is refused with the folder and the mend."""
    load_or_train(tmp_path / "smoke", {}, mlp((2, 2)), fill)
    with pytest.raises(ValueError, match="remove that folder"):
        load_or_train(tmp_path / "smoke", {}, mlp((3, 2)), refuse)


def test_the_folder_of_runs_can_be_named(tmp_path, monkeypatch):
    """Property: LINEART_RUNS names the folder; without it, it lies in the project."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    assert runs_folder() == tmp_path
    monkeypatch.delenv("LINEART_RUNS")
    monkeypatch.setenv("LINEART_ROOT", str(tmp_path))
    assert runs_folder() == tmp_path / "runs"


def test_two_at_once_train_once(tmp_path):
    """Property: the second to ask waits for the first, then loads; another run is not held up."""
    inside, go_on, runs = threading.Event(), threading.Event(), []

    def slowly(model):
        inside.set()
        assert go_on.wait(30)
        return fill(model)

    def ask(train):
        runs.append(load_or_train(tmp_path / "smoke", {}, mlp((2, 2)), train))

    first = threading.Thread(target=ask, args=(slowly,))
    first.start()
    assert inside.wait(30)
    second = threading.Thread(target=ask, args=(refuse,))
    second.start()
    assert load_or_train(tmp_path / "book", {}, mlp((2, 2)), fill).trained
    assert not runs
    go_on.set()
    for thread in (first, second):
        thread.join(30)
    assert sorted(run.trained for run in runs) == [False, True]
