"""The kept reader of digits: it learns, repeats itself, and is found again."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lineart_lib.models.mlp import parameter_count
from lineart_lib.recipe.dataset import Digits
from lineart_lib.recipe.idx import write_idx
from lineart_lib.runtime import generator
from lineart_lib.training import digits
from lineart_lib.training.classification import Split, evaluate
from lineart_lib.training.digits import (
    DigitSettings,
    digit_classifier,
    digit_run,
    digit_runs,
    kept_digits,
)
from lineart_lib.training.pictures import as_pictures, shifted


def bars(count: int, seed: int) -> Digits:
    """Return pictures of ten classes: a bright bar at one of ten heights, on noise."""
    draw = generator(seed)
    labels = torch.arange(count) % 10
    images = torch.randint(0, 60, (count, 28, 28), generator=draw, dtype=torch.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label, 4:24] = 255
    return Digits(images, labels)


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """Lay out a data set in MNIST's form, and send data and runs to a temporary place."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    part, files = bars(400, 0), {}
    for name, array in {
        "train-images-idx3-ubyte": part.images.numpy(),
        "train-labels-idx1-ubyte": part.labels.numpy().astype(np.uint8),
    }.items():
        (folder / name).write_bytes(write_idx(array))
        files[name] = {"count": len(array)}
    (folder / "manifest.json").write_text(json.dumps({"sha256": "bars", "files": files}))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setitem(
        digits.PROFILES, "smoke", DigitSettings(epochs=6, batch_size=32, images=400)
    )
    return tmp_path


def test_the_classifier_learns_and_is_kept(prepared):
    """Learning: it reads ten kinds of bars; property: the second call loads the same weights."""
    model = digit_classifier("smoke")
    test = bars(200, 1)
    _, accuracy = evaluate(model, Split(as_pictures(test), test.labels))
    assert accuracy > 0.95
    folder = prepared / "runs" / "digit_classifier" / "smoke"
    assert sorted(p.name for p in folder.iterdir()) == [
        "config.json",
        "metrics.jsonl",
        "model.safetensors",
    ]
    again = digit_run("smoke")
    assert not again.trained
    assert len(again.metrics) == 6
    assert again.metrics[-1]["validation_accuracy"] > 0.95
    for ours, theirs in zip(model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def same_weights(first, second):
    """Tell whether two networks agree bit for bit."""
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_same_seed_same_weights_other_seed_other_weights(prepared, monkeypatch):
    """Property: neither threads nor a process of its own change a run; the seed does."""
    settings = replace(digits.PROFILES["smoke"], epochs=1)
    threads = torch.get_num_threads()
    runs = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            runs.append(kept_digits(settings, prepared / f"threads-{count}").model)
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    monkeypatch.setattr(digits, "WORTH_PROCESSES", 0)
    monkeypatch.setenv("LINEART_THREADS", "2")
    together = digit_runs("smoke", [{"epochs": 1}, {"epochs": 1, "seed": 1}])
    assert not any(run.trained for run in together), "the processes left nothing to train"
    assert same_weights(runs[0], runs[1])
    assert same_weights(runs[0], together[0].model)
    assert not same_weights(runs[0], together[1].model)
    assert together[1].folder.name == "smoke-epochs-1-seed-1"
    assert together[1].config["seed"] == 1


def test_the_rival_is_trained_in_the_same_way(prepared):
    """Learning: the MLP reads the bars too; property: it lies beside, and learned shifts or not."""
    wanted = [{"network": "mlp", "shift_px": shift} for shift in (0, 1)]
    still, moved = digit_runs("smoke", wanted)
    assert still.trained, "so short a training needs no process"
    assert [still.folder.name, moved.folder.name] == ["smoke-mlp-shift_px-0", "smoke-mlp"]
    assert parameter_count(still.model) == 118_282
    assert still.metrics[-1]["validation_accuracy"] > 0.9
    assert still.metrics != moved.metrics


def test_other_data_are_another_run(prepared):
    """Property: the hash of the data belongs to the settings."""
    digit_classifier("smoke")
    manifest = prepared / "data" / "mnist" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("bars", "other bars"))
    assert digit_run("smoke").trained


def test_shifts_move_the_ink_and_only_that():
    """Property: each picture is itself, rolled by at most so many pixels; all shifts occur."""
    images = torch.zeros(200, 1, 28, 28)
    images[:, :, 10:14, 12:20] = torch.rand(200, 1, 4, 8, generator=generator(0))
    moved = shifted(images, 2, generator(1))
    found = set()
    for before, after in zip(images, moved, strict=True):
        shifts = [
            (down, across)
            for down in range(-2, 3)
            for across in range(-2, 3)
            if torch.equal(before.roll((down, across), (1, 2)), after)
        ]
        assert len(shifts) == 1
        found.add(shifts[0])
    assert len(found) == 25
    assert torch.equal(shifted(images, 0, generator(1)), images)


def test_errors_say_what_was_expected():
    """Property: unknown profiles and settings that train nothing are refused."""
    with pytest.raises(ValueError, match="one of smoke, book, paper"):
        digit_classifier("large")
    with pytest.raises(ValueError, match="one of cnn, mlp"):
        digit_run("smoke", network="vit")
    for wrong in ({"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0}, {"shift_px": 28}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            DigitSettings(**wrong)


def test_without_data_the_command_is_named(tmp_path, monkeypatch):
    """Property: where MNIST is not prepared, the message says how to prepare it."""
    monkeypatch.setenv("LINEART_DATA", str(tmp_path))
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    with pytest.raises(FileNotFoundError, match="lineart prepare mnist"):
        digit_classifier("smoke")
