"""Trainings in several processes and after a kill give the weights of one that nothing disturbed.

Run as a program, this file is what the processes do: ``test_loop_processes.py DEED FOLDER``.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from lineart_lib.models.group_norm import GroupNorm
from lineart_lib.runtime import generator
from lineart_lib.training.adversarial import (
    gradient_penalty,
    wasserstein_critic,
    wasserstein_generator,
)
from lineart_lib.training.loop import fit, play
from lineart_lib.training.players import Player
from lineart_lib.training.record import CHECKPOINT, read_metrics
from lineart_lib.training.runs import METRICS, WEIGHTS
from lineart_lib.training.settings import LoopSettings

STEPS = 20
KILLED = 13


class Painter(nn.Module):
    """A small network with what the large ones have: blocks in a list, norms, channels."""

    def __init__(self, seed, dropout=0.0):
        super().__init__()
        self.stem = nn.Conv2d(2, 8, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(GroupNorm(2, 8), nn.SiLU(), nn.Conv2d(8, 8, 3, padding=1))
            for _ in range(2)
        )
        self.dropout, self.head = nn.Dropout(dropout), nn.Conv2d(8, 1, 1)
        draw = generator(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=draw) / 4)

    def forward(self, maps):
        """Map (B, 2, H, W) to (B, 1, H, W)."""
        hidden = self.stem(maps)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return self.head(self.dropout(hidden))


class Judge(nn.Module):
    """A critic: one score for a map."""

    def __init__(self):
        super().__init__()
        draw = generator(5)
        self.weight = nn.Parameter(torch.randn(16, 64, generator=draw) / 8)
        self.out = nn.Parameter(torch.randn(1, 16, generator=draw))

    def forward(self, maps):
        """Map (B, 1, 8, 8) to (B,)."""
        hidden = nn.functional.silu(nn.functional.linear(maps.flatten(1), self.weight))
        return nn.functional.linear(hidden, self.out).sum(1)


def batch_of(step, rank, ranks):
    """Share out one global batch of eight pairs: the same whatever the number of ranks."""
    maps = torch.randn(8, 2, 8, 8, generator=generator(step))
    target = (maps[:, :1] * maps[:, 1:]).tanh()
    mine = slice(8 * rank // ranks, 8 * (rank + 1) // ranks)
    return maps[mine], target[mine]


def fatal_batch_of(step, rank, ranks):
    """As `batch_of`, but the machine fails at one step."""
    if step == KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch_of(step, rank, ranks)


def stopping_batch_of(step, rank, ranks):
    """As `batch_of`, but all processes are told to stop at one step."""
    if step == KILLED:
        raise InterruptedError
    return batch_of(step, rank, ranks)


def loss_of(model, batch):
    """Return a squared error and a term that is only watched."""
    maps, target = batch
    made = model(maps)
    return {"loss": (made - target).square().mean(), "off": (made - target).abs().mean()}


def players(penalty):
    """Make a game: a painter that moves every second step, and a critic, bounded or not."""

    def paint(models, batch):
        maps, target = batch
        made = models["painter"](maps)
        content = (made - target).square().mean()
        fooled = wasserstein_generator(models["critic"](made))
        return {"loss": content + 0.1 * fooled, "content": content}

    def judge(models, batch):
        maps, target = batch
        with torch.no_grad():
            made = models["painter"](maps)
        apart = wasserstein_critic(models["critic"](target), models["critic"](made))
        if not penalty:
            return {"loss": apart}
        alpha = target.mean((1, 2, 3)).abs()
        bound = gradient_penalty(models["critic"], target, made, alpha).mean()
        return {"loss": apart + 10 * bound, "apart": apart}

    short = (0.5, 0.99)
    return {
        "painter": Player(Painter(1), paint, betas=short, every=2),
        "critic": Player(Judge(), judge, learning_rate=1e-3, betas=short),
    }


@torch.no_grad()
def measure(model, step):
    """Look at a fixed batch: the averaged weights, gathered, must be the same everywhere."""
    return {"held": model(batch_of(999, 0, 1)[0]).square().mean().item()}


def settings(**changes):
    """Return settings of a short training."""
    usual = {"steps": STEPS, "learning_rate": 3e-3, "ema": 0.9, "checkpoint_every": 5}
    return LoopSettings(**usual | {"log_every": 4, "sample_every": 6, "device": "cpu"} | changes)


def train(folder, name, batch_of=batch_of, **changes):
    """Train the painter, with dropout where a resume must repeat what is drawn."""
    dropout = changes.pop("dropout", 0.0)
    model = Painter(0, dropout)
    options = {"measure": measure, "progress": False}
    return fit(model, batch_of, loss_of, settings(**changes), folder / name, **options)


def game(folder, name, penalty=True, **changes):
    """Play the game."""
    options = {"measure": measure, "progress": False}
    return play(players(penalty), batch_of, settings(**changes), folder / name, **options)


def together(folder):
    """Do what torchrun's processes do; what each strategy leaves is looked at by the test."""
    torch.set_num_threads(1)
    train(folder, "ddp")
    train(folder, "ddp-parts", accumulate=2)
    game(folder, "ddp-game")
    shards = {"strategy": "fsdp", "channels_last": True}
    train(folder, "fsdp", **shards)
    game(folder, "fsdp-game", penalty=False, strategy="fsdp")
    for name, chosen in (("ddp-again", {"strategy": "ddp"}), ("fsdp-again", shards)):
        with contextlib.suppress(InterruptedError):
            train(folder, name, stopping_batch_of, **chosen)
        train(folder, name, **chosen)


def killed(folder):
    """Train until the machine fails."""
    torch.set_num_threads(1)
    train(folder, "killed", fatal_batch_of, dropout=0.2, channels_last=True)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Train in two processes that torchrun starts, with gloo between them."""
    folder = tmp_path_factory.mktemp("two")
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    run = subprocess.run(
        [*start, __file__, "together", str(folder)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ddp", "ddp-parts", "ddp-game", "fsdp", "fsdp-game"])
def test_two_processes_learn_what_one_learns(two, tmp_path, name):
    """Equivalence: the same global batches in one process; sums in another order, hence 1e-5.

    With whole weights (DDP): parts accumulated, and a game with a gradient of a gradient. With
    weights in shards (FSDP): a game without.
    """
    penalty = {"penalty": "ddp" in name} if "game" in name else {}
    alone = (game if "game" in name else train)(tmp_path, name, **penalty)
    there, here = load_file(two / name / WEIGHTS), load_file(tmp_path / name / WEIGHTS)
    assert there.keys() == here.keys()
    first = Painter(1 if "game" in name else 0).state_dict()
    for key, value in here.items():
        torch.testing.assert_close(there[key], value, rtol=0, atol=1e-5)
        assert (value - first[key]).abs().max() > 1e-3  # It moved, so that the rest says something.
    told = read_metrics(two / name)
    assert [entry["step"] for entry in told] == [entry["step"] for entry in alone.metrics]
    for ours, theirs in zip(told, alone.metrics, strict=True):
        assert {**ours, "seconds": 0} == pytest.approx({**theirs, "seconds": 0}, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ddp", "fsdp"])
def test_two_processes_go_on_to_the_same_bits(two, name):
    """Property: as one process does; optimizer, average and sums are gathered and dealt again."""
    starts = (two / f"{name}-again" / "sessions.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in starts] == [0, KILLED // 5 * 5]
    assert (two / f"{name}-again" / WEIGHTS).read_bytes() == (two / name / WEIGHTS).read_bytes()
    quiet, again = (read_metrics(two / folder) for folder in (name, f"{name}-again"))
    for ours, theirs in zip(again, quiet, strict=True):
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


def test_a_killed_training_goes_on_to_the_same_bits(tmp_path):
    """Property: SIGKILL in the middle, then again the same call; no bit differs from a quiet run.

    The network draws (dropout), and its weights lie with the channels last.
    """
    run = subprocess.run([sys.executable, __file__, "killed", str(tmp_path)], capture_output=True)
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()[-3000:]
    folder = tmp_path / "killed"
    assert (folder / CHECKPOINT).is_file()
    assert not (folder / WEIGHTS).exists()
    with (folder / METRICS).open("a") as file:
        file.write('{"step": 12, "lo')  # As if the kill had come in the middle of a line.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        resumed = train(tmp_path, "killed", dropout=0.2, channels_last=True)
        quiet = train(tmp_path, "quiet", dropout=0.2, channels_last=True)
    finally:
        torch.set_num_threads(threads)
    assert (folder / WEIGHTS).read_bytes() == (tmp_path / "quiet" / WEIGHTS).read_bytes()
    assert not (folder / CHECKPOINT).exists()
    without_time = [
        [{k: v for k, v in entry.items() if k != "seconds"} for entry in run.metrics]
        for run in (resumed, quiet)
    ]
    assert without_time[0] == without_time[1]
    starts = (folder / "sessions.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in starts] == [0, KILLED // 5 * 5]


if __name__ == "__main__":
    {"together": together, "killed": killed}[sys.argv[1]](Path(sys.argv[2]))
