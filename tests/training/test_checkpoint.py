"""Checkpoints are whole or not there, hold no pickle, and come back to the bit."""

import contextlib
import json
import math

import pytest
import torch

from lineart_lib.runtime import generator
from lineart_lib.training import checkpoint
from lineart_lib.training.average import Average
from lineart_lib.training.checkpoint import read_tensors, write_tensors


def test_tensors_and_counters_come_back_to_the_bit(tmp_path):
    """Property: round trip of any layout, of shared memory, and of numbers with long fractions."""
    path, maps = tmp_path / "c.safetensors", torch.randn(2, 3, 4, 5, generator=generator(0))
    tensors = {
        "last": maps.to(memory_format=torch.channels_last),
        "shared": maps,
        "again": maps,
        "turned": maps[0, 0].T,
        "step": torch.tensor(7.0),
        "none": torch.zeros(0, 3),
        "half": maps.bfloat16(),
    }
    counters = {"step": 12, "sums": {"loss": [1 / 3, 5]}, "seconds": 0.1 + 0.2}
    write_tensors(path, tensors, counters)
    found, told = read_tensors(path)
    assert told == counters
    assert found.keys() == tensors.keys()
    for name, value in tensors.items():
        assert torch.equal(found[name], value)
        assert found[name].dtype == value.dtype
    length = int.from_bytes(path.read_bytes()[:8], "little")
    assert json.loads(path.read_bytes()[8 : 8 + length])["step"]["dtype"] == "F32"


def test_a_write_that_breaks_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    """Property: atomic; a full disk in the middle of a file changes no file."""
    path = tmp_path / "c.safetensors"
    write_tensors(path, {"a": torch.ones(3)}, {"step": 1})

    def full(tensors, name, metadata):
        with open(name, "wb") as file:  # noqa: PTH123
            file.write(b"half a file")
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        write_tensors(path, {"a": torch.zeros(3)}, {"step": 2})
    assert [file.name for file in tmp_path.iterdir()] == ["c.safetensors"]
    found, counters = read_tensors(path)
    assert counters == {"step": 1}
    assert torch.equal(found["a"], torch.ones(3))


def test_what_is_no_checkpoint_is_named(tmp_path):
    """Property: missing, cut short, and counters that are no numbers."""
    path = tmp_path / "c.safetensors"
    with pytest.raises(FileNotFoundError, match="expected a checkpoint at"):
        read_tensors(path)
    write_tensors(path, {"a": torch.ones(300)})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"no whole safetensors file .* remove it"):
        read_tensors(path)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_tensors(path, {}, {"loss": math.nan})


def test_the_average_is_the_weighted_sum_of_all_weights():
    """Equivalence: the sum written out, first with the short memory of the beginning."""
    weight, decay = torch.zeros(3, dtype=torch.float64), 0.5
    average, seen = Average([weight], decay), [weight.clone()]
    for step in range(12):
        weight.copy_(torch.randn(3, generator=generator(step), dtype=torch.float64))
        average.update()
        seen.append(weight.clone())
    decays = [min(decay, (1 + n) / (10 + n)) for n in range(1, 13)]
    assert decays[0] < decay == decays[-1]
    shares = [math.prod(decays)]
    shares += [(1 - d) * math.prod(decays[n + 1 :]) for n, d in enumerate(decays)]
    assert sum(shares) == pytest.approx(1)
    expected = sum(share * value for share, value in zip(shares, seen, strict=True))
    torch.testing.assert_close(average.values[0], expected)


@pytest.mark.parametrize("decay", [0.9, 0.0])
def test_wearing_the_average_gives_the_own_weights_back(decay):
    """Property: inside it is the average, or with decay 0 the weights; an error changes nothing."""
    weight = torch.randn(5, generator=generator(0))
    average = Average([weight], decay)
    weight.mul_(3)
    average.update()
    own = weight.clone()
    with average.worn():
        assert torch.equal(weight, average.values[0] if decay else own)
        assert torch.equal(weight, own) == (decay == 0)
    assert torch.equal(weight, own)
    with contextlib.suppress(KeyError), average.worn():
        raise KeyError
    assert torch.equal(weight, own)
