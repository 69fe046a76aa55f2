"""What a training may cost is said clearly, and the rate ends with the budget."""

import math

import pytest
import torch

from lineart_lib.training.settings import WITHOUT_EFFECT, LoopSettings, rate_at


def test_the_rate_rises_then_falls_as_torch_has_it():
    """Equivalence: LinearLR, then CosineAnnealingLR, over the same budget."""
    steps, warm, last = 50, 10, 0.1
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-9, 1.0, warm)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps - warm, last)
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], [warm])
    for step in range(steps + 1):
        expected = optimizer.param_groups[0]["lr"]
        assert rate_at(step / steps, warm / steps, last) == pytest.approx(expected, abs=1e-8)
        optimizer.step()
        schedule.step()


def test_the_rate_is_highest_after_the_warm_up_and_last_at_the_end():
    """Property: ends and top of the curve; without a warm-up it begins at the top."""
    assert rate_at(0, 0.2, 0.05) == 0
    assert rate_at(0.2, 0.2, 0.05) == 1
    assert rate_at(1, 0.2, 0.05) == pytest.approx(0.05)
    assert rate_at(0, 0, 0.05) == 1
    with pytest.raises(ValueError, match=r"fraction must be in \[0, 1\]; got 1.5"):
        rate_at(1.5, 0.2, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "either steps or minutes; got steps=None, minutes=None"),
        ({"steps": 3, "minutes": 1.0}, "either steps or minutes; got steps=3, minutes=1.0"),
        ({"steps": 0}, "steps must be an integer of at least 1; got 0"),
        ({"steps": 2.5}, "steps must be an integer of at least 1; got 2.5"),
        ({"minutes": 0.0}, "minutes must be above 0 and finite; got 0.0"),
        ({"minutes": math.inf}, "minutes must be above 0 and finite; got inf"),
        ({"steps": 1, "learning_rate": 0}, "learning_rate must be above 0"),
        ({"steps": 1, "learning_rate": math.nan}, "learning_rate must be above 0"),
        ({"steps": 1, "clip": -1.0}, "clip must be above 0 and finite; got -1.0"),
        ({"steps": 1, "weight_decay": -0.1}, "weight_decay must be at least 0; got -0.1"),
        ({"steps": 1, "warmup": 1.0}, r"warmup must be in \[0, 1\); got 1.0"),
        ({"steps": 1, "ema": 1.0}, r"ema must be in \[0, 1\); got 1.0"),
        ({"steps": 1, "last_rate": 2.0}, r"last_rate must be in \[0, 1\]; got 2.0"),
        ({"steps": 1, "accumulate": 0}, "accumulate must be an integer of at least 1; got 0"),
        ({"steps": 1, "ahead": -1}, "ahead must be an integer of at least 0; got -1"),
        ({"steps": 1, "seed": -1}, "seed must be an integer of at least 0; got -1"),
        (
            {"steps": 1, "precision": "16"},
            "precision must be one of 32-true, bf16-mixed, fast; got '16'",
        ),
        ({"steps": 1, "device": "tpu"}, "device must be one of auto, cpu, cuda; got 'tpu'"),
        ({"steps": 1, "strategy": "dp"}, "strategy must be one of auto, ddp, fsdp; got 'dp'"),
    ],
)
def test_what_is_out_of_range_is_named(changes, said):
    """Property: the message names the setting, what came and what was expected."""
    with pytest.raises(ValueError, match=said):
        LoopSettings(**changes)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [({"amx_bf16": True}, "bf16-mixed"), ({"avx512_bf16": True}, "bf16-mixed"), ({}, "32-true")],
)
def test_the_fast_precision_is_the_machines(known, wanted, monkeypatch):
    """Property: bfloat16 where the CPU has instructions for it; a run keeps what it became."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known | {"avx2": True})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert LoopSettings(steps=1, precision="fast").deciding()["precision"] == wanted


def test_where_a_training_runs_does_not_make_it_another():
    """Property: settings that only watch or place it are no part of what decides the weights."""
    changes = {"log_every": 7, "sample_every": 9, "checkpoint_every": 3, "ahead": 0}
    changes |= {"device": "cpu", "strategy": "ddp"}
    assert set(changes) == set(WITHOUT_EFFECT)
    assert LoopSettings(steps=5, **changes).deciding() == LoopSettings(steps=5).deciding()
    assert LoopSettings(steps=5, clip=None).deciding() != LoopSettings(steps=5).deciding()
