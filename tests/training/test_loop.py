"""The loop does what the lines of a plain training do, goes on where it was, and stops in time."""

import itertools
import json
import math
import types

import numpy as np
import pytest
import torch
from lightning_fabric.strategies import DDPStrategy, ModelParallelStrategy
from PIL import Image
from torch import nn

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training import clock
from lineart_lib.training.checkpoint import read_tensors
from lineart_lib.training.loop import fit, play
from lineart_lib.training.machines import fabric_of
from lineart_lib.training.players import Player
from lineart_lib.training.record import CHECKPOINT
from lineart_lib.training.runs import CONFIG, METRICS, WEIGHTS, is_kept
from lineart_lib.training.settings import LoopSettings, rate_at


def model(seed=0):
    """Make a network 3-8-1 with a random map before its end, which every resume must repeat."""
    first, *rest = mlp((3, 8, 1), generator=generator(seed))
    return nn.Sequential(first, nn.Dropout(0.1), *rest)


def batch_of(step, rank, ranks):
    """Share out eight pairs; the target is a product, so that there is something to learn."""
    inputs = torch.randn(8, 3, generator=generator(step))
    mine = slice(8 * rank // ranks, 8 * (rank + 1) // ranks)
    return inputs[mine], inputs.prod(1, keepdim=True)[mine]


def same_batch(step, rank, ranks):
    """Give the batch of step 0 for ever."""
    return batch_of(0, rank, ranks)


def loss_of(network, batch):
    """Return a squared error, and an absolute one to look at."""
    inputs, target = batch
    off = network(inputs) - target
    return {"loss": off.square().mean(), "off": off.abs().mean()}


def settings(**changes):
    """Return settings of a short training on the CPU."""
    usual = {"learning_rate": 1e-2, "log_every": 2, "checkpoint_every": 4, "device": "cpu"}
    usual |= {} if "minutes" in changes else {"steps": 10}
    return LoopSettings(**usual | changes)


def train(folder, network=None, batches=batch_of, loss=loss_of, options=None, **changes):
    """Fit a network, quietly."""
    network = model() if network is None else network
    return fit(network, batches, loss, settings(**changes), folder, progress=False, **options or {})


def equal(first, second):
    """Tell whether two networks have the same weights to the bit."""
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


def test_a_plain_training_gives_the_same_bits(tmp_path):
    """Equivalence: the loop written out in PyTorch, without a word of anything else."""
    network = mlp((3, 8, 1), generator=generator(0))
    run = train(tmp_path / "run", network, ema=0.0, clip=0.1, weight_decay=0.3)
    plain = mlp((3, 8, 1), generator=generator(0))
    rich = [p for p in plain.parameters() if p.ndim > 1]
    poor = [p for p in plain.parameters() if p.ndim == 1]
    groups = [{"params": rich, "weight_decay": 0.3}, {"params": poor, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, fused=True)
    norms = []
    for step in range(10):
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * rate_at(step / 10 + 0.05, 0.05, 0.01)
        optimizer.zero_grad()
        loss_of(plain, batch_of(step, 0, 1))["loss"].backward()
        norms.append(nn.utils.clip_grad_norm_(plain.parameters(), 0.1).item())
        optimizer.step()
    assert equal(run.model, plain)
    assert [entry["norm"] for entry in run.metrics] == [
        pytest.approx((norms[n] + norms[n + 1]) / 2) for n in range(0, 10, 2)
    ]
    assert max(norms) > 0.1  # So clipping did something.


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_one_batch_is_learned(tmp_path, precision):
    """Learning: a loss a hundredth of the first, also where products are rounded to 8 bits."""
    run = train(
        tmp_path / "run",
        mlp((3, 32, 1), generator=generator(0)),
        same_batch,
        steps=150,
        learning_rate=3e-2,
        log_every=1,
        checkpoint_every=1000,
        precision=precision,
        ema=0.0,
    )
    assert run.metrics[-1]["loss"] < 0.01 * run.metrics[0]["loss"]
    assert [entry["step"] for entry in run.metrics] == list(range(1, 151))


def test_bfloat16_is_for_products_only(tmp_path):
    """Property: maps are bfloat16, weights, memories, output and loss float32; the rest is near."""
    seen = {}
    network = mlp((3, 8, 1), generator=generator(0))
    network[0].register_forward_hook(lambda module, given, out: seen.update(map=out.dtype))

    def loss(model, batch):
        terms = loss_of(model, batch)
        seen["out"], seen["loss"] = model(batch[0]).dtype, terms["loss"].dtype
        return terms

    half = train(tmp_path / "half", network, loss=loss, precision="bf16-mixed")
    single = train(tmp_path / "single", mlp((3, 8, 1), generator=generator(0)))
    assert seen == {"map": torch.bfloat16, "out": torch.float32, "loss": torch.float32}
    for ours, theirs in zip(half.model.parameters(), single.model.parameters(), strict=True):
        assert ours.dtype == torch.float32
        # Ten steps of at most 0.01: a few rounded gradients may turn a step of AdamW around.
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0.02)
    assert not equal(half.model, single.model)


@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_batch_add_up_to_it(tmp_path, parts):
    """Equivalence: accumulated gradients are those of the whole batch; sums differ in order."""
    whole = train(tmp_path / "whole", mlp((3, 8, 1), generator=generator(0)))
    split = train(tmp_path / "split", mlp((3, 8, 1), generator=generator(0)), accumulate=parts)
    for ours, theirs in zip(split.model.parameters(), whole.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    for ours, theirs in zip(split.metrics, whole.metrics, strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-5)


def test_a_loss_draws_anew_in_each_step_as_the_seed_says(tmp_path):
    """Property: different from step to step and from seed to seed, whatever was drawn outside."""

    def drawn(name, **changes):
        seen = []

        def loss(network, batch):
            seen.append(torch.rand(()).item())
            return loss_of(network, batch)

        torch.rand(3)  # Moves the state outside.
        train(tmp_path / name, loss=loss, **changes)
        return seen

    first = drawn("first")
    assert len(set(first)) == 10
    assert drawn("again") == first
    assert not set(drawn("other", seed=1)) & set(first)


def broken(step_of_failure, batches=batch_of):
    """Give batches until something fails."""

    def give(step, rank, ranks):
        if step == step_of_failure:
            raise KeyboardInterrupt
        return batches(step, rank, ranks)

    return give


@pytest.mark.parametrize("stop", [3, 7, 8])
def test_an_interrupted_training_goes_on_to_the_same_bits(tmp_path, stop):
    """Property: before the first checkpoint, between two entries, right after a checkpoint.

    Weights, average, what dropout draws and the metrics are those of a training left alone. The
    checkpoints lie between two entries of the metrics, whose means they must carry.
    """
    changes = {"log_every": 5, "ema": 0.9, "ahead": 0}
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "run", batches=broken(stop), **changes)
    assert (tmp_path / "run" / CHECKPOINT).exists() == (stop >= 4)
    again = train(tmp_path / "run", model(seed=9 if stop >= 4 else 0), **changes)
    quiet = train(tmp_path / "quiet", **changes)
    assert again.trained
    assert equal(again.model, quiet.model)
    for ours, theirs in zip(again.metrics, quiet.metrics, strict=True):
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}
    left = {CONFIG, METRICS, WEIGHTS, "sessions.jsonl"}
    assert {file.name for file in (tmp_path / "run").iterdir()} == left


def test_a_done_training_is_loaded_and_another_is_refused(tmp_path):
    """Property: no batch is asked for again; other settings are named, and nothing is lost."""
    config = {"data": "abc", "network": {"width": 8}}
    first = train(tmp_path / "run", options={"config": config})
    again = train(tmp_path / "run", model(5), None, options={"config": config}, log_every=1)
    assert (first.trained, again.trained) == (True, False)
    assert equal(first.model, again.model)
    assert again.metrics == first.metrics
    assert is_kept(tmp_path / "run", first.config)
    with pytest.raises(ValueError, match=r"loop.*steps.*10 there, 12 here.*remove"):
        train(tmp_path / "run", options={"config": config}, steps=12)
    with pytest.raises(ValueError, match=r"network.*width.*8 there, 9 here"):
        train(tmp_path / "run", options={"config": config | {"network": {"width": 9}}})
    assert (tmp_path / "run" / WEIGHTS).is_file()
    other = train(tmp_path / "run", options={"replace": True}, steps=3)
    assert (other.trained, other.metrics[-1]["step"]) == (True, 3)
    (tmp_path / "run" / CONFIG).unlink()
    with pytest.raises(ValueError, match=r"holds model.safetensors, metrics.jsonl but no config"):
        train(tmp_path / "run", options={"replace": True}, steps=3)


@pytest.mark.parametrize(
    ("term", "spoil", "said"),
    [
        ("loss", lambda loss: loss * math.nan, "step 6, model: loss is nan"),
        ("off", lambda off: off / 0, "step 6, model: off is inf"),
        # The root of 0 has a loss of 0 and a slope without bound.
        ("loss", lambda loss: (loss * 0).sqrt(), "step 6, model: norm is nan"),
    ],
)
def test_what_is_no_number_stops_the_training(tmp_path, term, spoil, said):
    """Property: step and term are named; the checkpoint before it stays, and no run appears."""

    def loss(network, batch):
        inputs, target, step = batch
        terms = loss_of(network, (inputs, target))
        return terms | ({term: spoil(terms[term])} if step == 6 else {})

    def batches(step, rank, ranks):
        return (*batch_of(step, rank, ranks), step)

    with pytest.raises(FloatingPointError, match=said) as stopped:
        train(tmp_path / "run", batches=batches, loss=loss)
    assert "the checkpoint of step 4 is kept" in str(stopped.value)
    tensors, counters = read_tensors(tmp_path / "run" / CHECKPOINT)
    assert counters["step"] == 4
    assert all(value.isfinite().all() for value in tensors.values())
    assert not (tmp_path / "run" / WEIGHTS).exists()
    last = (tmp_path / "run" / METRICS).read_text().splitlines()[-1]
    assert json.loads(last)["step"] == 6


@pytest.mark.parametrize(
    "terms", [{"off": torch.ones(())}, {"loss": torch.ones(3)}, {"loss": torch.ones(()), "off": 2}]
)
def test_a_loss_of_another_form_is_refused(tmp_path, terms):
    """Property: no loss, one for each row, a bare number: the message says what is expected."""
    with pytest.raises(ValueError, match="must return a dictionary of tensors without axes"):
        train(tmp_path / "run", loss=lambda network, batch: terms)


def test_minutes_are_counted_over_all_sessions(tmp_path, monkeypatch):
    """Property: with a clock that ticks when it is asked, a resume goes on at the time it had."""
    ticks = itertools.count()
    monkeypatch.setattr(clock, "time", types.SimpleNamespace(perf_counter=lambda: next(ticks)))
    changes = {"minutes": 1.0, "ahead": 0, "log_every": 1, "checkpoint_every": 5}
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "run", batches=broken(12), **changes)
    _, counters = read_tensors(tmp_path / "run" / CHECKPOINT)
    assert counters["step"] == 10
    run = train(tmp_path / "run", **changes)
    seconds = [entry["seconds"] for entry in run.metrics]
    assert seconds == sorted(seconds)
    assert seconds[9] < counters["seconds"] < seconds[10] <= counters["seconds"] + 5
    assert 60 <= seconds[-1] <= 62
    # The rate followed the time: it is all but at its end, and the part spent gives it.
    assert run.metrics[-1]["rate"] == pytest.approx(0.01, abs=0.01)


def test_looking_does_not_change_what_is_learned(tmp_path):
    """Property: sheets and measurements draw and are paid for nothing; they see the average."""
    seen, sheets = [], []

    def sample(network, step):
        assert not network.training
        assert not torch.is_grad_enabled()
        seen.append([p.clone() for p in network.parameters()])
        sheets.append(torch.randint(256, (4, 6, 3), dtype=torch.uint8).numpy())
        return sheets[-1]

    def measure(network, step):
        return {"held": network(batch_of(999, 0, 1)[0]).mean().item()}

    options = {"sample": sample, "measure": measure}
    before = torch.random.get_rng_state()
    looked = train(tmp_path / "looked", options=options, sample_every=4, ema=0.5)
    assert torch.equal(torch.random.get_rng_state(), before)
    quiet = train(tmp_path / "quiet", ema=0.5)
    assert equal(looked.model, quiet.model)
    files = sorted((tmp_path / "looked" / "samples").iterdir())
    assert [file.name for file in files] == ["00000004.png", "00000008.png", "00000010.png"]
    for file, sheet in zip(files, sheets, strict=True):
        assert np.array_equal(np.asarray(Image.open(file)), sheet)
    assert np.array_equal(sheets[0], sheets[1])  # The same noise each time, to compare.
    for ours, theirs in zip(seen[-1], looked.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    told = {entry["step"]: entry for entry in looked.metrics}
    assert [step for step, entry in told.items() if "held" in entry] == [4, 8, 10]
    with pytest.raises(ValueError, match=r"a sample must be uint8.*float32, \(3, 4, 4\)"):
        train(tmp_path / "wrong", options={"sample": lambda n, s: np.zeros((3, 4, 4), np.float32)})


def test_players_move_only_themselves_and_in_their_time(tmp_path):
    """Property: a player that moves in every third step; the other's loss leaves it untouched."""
    moved, losses = [], {}

    def loss(name, other):
        def of(models, batch):
            moved.append(name)
            frozen = [p.requires_grad for p in models[other].parameters()]
            assert not any(frozen)
            both = models["maker"](batch[0]) + models["judge"](batch[0])
            losses[name] = both.square().mean()
            return {"loss": losses[name]}

        return of

    makers = [mlp((3, 4, 1), generator=generator(seed)) for seed in (0, 1)]
    players = {
        "maker": Player(makers[0], loss("maker", "judge"), every=3),
        "judge": Player(makers[1], loss("judge", "maker"), learning_rate=1e-9),
    }
    alone = [p.detach().clone() for p in makers[1].parameters()]
    run = play(players, batch_of, settings(steps=7, ema=0.0), tmp_path / "run", progress=False)
    assert moved == ["maker", *["judge"] * 3, "maker", *["judge"] * 3, "maker", "judge"]
    assert set(run.metrics[0]) >= {"maker.loss", "judge.loss", "judge.norm"}
    assert "maker.loss" not in run.metrics[2]  # Steps 4 and 5 were the judge's alone.
    for ours, before in zip(makers[1].parameters(), alone, strict=True):
        assert ours.requires_grad
        assert (ours - before).abs().max() < 1e-7  # Its own rate, though the maker's is large.
    assert run.config["players"]["maker"] == {
        "learning_rate": None,
        "betas": [0.9, 0.999],
        "every": 3,
    }


def test_games_in_bfloat16_are_scored_in_float32(tmp_path):
    """Property: products of both networks are bfloat16; what a player gets of either is float32."""
    seen, networks = set(), [mlp((3, 4, 1), generator=generator(seed)) for seed in (0, 1)]
    for network in networks:
        network[0].register_forward_hook(lambda module, given, out: seen.add(("map", out.dtype)))

    def loss(models, batch):
        made = {name: network(batch[0]) for name, network in models.items()}
        seen.update((name, out.dtype) for name, out in made.items())
        return {"loss": (made["maker"] - made["judge"]).square().mean()}

    players = dict(zip(("maker", "judge"), (Player(n, loss) for n in networks), strict=True))

    def measure(network, step):
        assert not network._forward_hooks
        return {"held": float(network(batch_of(0, 0, 1)[0]).dtype == torch.float32)}

    half = settings(precision="bf16-mixed", steps=2)
    run = play(players, batch_of, half, tmp_path / "run", measure=measure, progress=False)
    single, both = torch.float32, {("map", torch.bfloat16), ("map", torch.float32)}
    assert seen == {("maker", single), ("judge", single)} | both  # The measurement is not rounded.
    assert run.metrics[-1]["held"] == 1


def test_machines_that_are_not_there_are_named(tmp_path):
    """Property: shards need processes; a GPU must be there."""
    with pytest.raises(ValueError, match="torchrun --nproc-per-node"):
        train(tmp_path / "run", strategy="fsdp")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="needs a GPU"):
            train(tmp_path / "run", device="cuda")


@pytest.mark.parametrize("strategy", ["auto", "fsdp"])
def test_a_process_knows_its_place_among_machines(monkeypatch, strategy):
    """Property: the second process on the second of two machines is the last of four."""
    place = {"RANK": 3, "LOCAL_RANK": 1, "GROUP_RANK": 1, "WORLD_SIZE": 4, "LOCAL_WORLD_SIZE": 2}
    for name, value in (place | {"TORCHELASTIC_RUN_ID": "toy"}).items():
        monkeypatch.setenv(name, str(value))
    fabric = fabric_of(settings(strategy=strategy, precision="bf16-mixed"))
    assert (fabric.world_size, fabric.global_rank, fabric.node_rank) == (4, 3, 1)
    assert fabric.strategy.num_nodes == 2
    assert fabric.strategy.precision.precision == "bf16-mixed"
    kind = {"auto": DDPStrategy, "fsdp": ModelParallelStrategy}[strategy]
    assert type(fabric.strategy) is kind


def test_progress_is_told_in_lines_where_nobody_looks(tmp_path, capsys):
    """Property: on no terminal one line for each tenth; a resume goes on with the next."""
    quick = settings(steps=40, checkpoint_every=20, ahead=0)
    with pytest.raises(KeyboardInterrupt):
        fit(model(), broken(25), loss_of, quick, tmp_path / "toy" / "smoke")
    first = capsys.readouterr().err.splitlines()
    fit(model(), batch_of, loss_of, quick, tmp_path / "toy" / "smoke")
    second = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in first] == ["10%", "20%", "30%", "40%", "50%", "60%"]
    assert [line.split()[1] for line in second] == ["60%", "70%", "80%", "90%", "100%"]
    assert all(line.startswith("  toy/smoke ") for line in first + second)
