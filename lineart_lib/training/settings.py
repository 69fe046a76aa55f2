"""What a training may cost, and how fast it learns: settings of the loop, and its learning rate.

References
----------
.. [1] Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5.
.. [2] Loshchilov, Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2.
.. [3] Pascanu, Mikolov, Bengio, "On the Difficulty of Training Recurrent Neural Networks", 2013,
   algorithm 1.
.. [4] Polyak, Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from lineart_lib.runtime import has_fast_bfloat16

PRECISIONS = ("32-true", "bf16-mixed", "fast")
DEVICES = ("auto", "cpu", "cuda")
STRATEGIES = ("auto", "ddp", "fsdp")

WITHOUT_EFFECT = ("log_every", "sample_every", "checkpoint_every", "ahead", "device", "strategy")
"""Settings that decide where and how a training is watched, but not what it should learn."""


@dataclass(frozen=True)
class LoopSettings:
    """How a training spends its budget. Exactly one of `steps` and `minutes` is given."""

    steps: int | None = None
    """Updates to do, at least 1. Only such a training is resumed to the same bits."""
    minutes: float | None = None
    """Time to spend, above 0; pictures and checkpoints on the way, and what was spent before a
    resume, are counted."""
    learning_rate: float = 1e-3
    """The highest one, after the warm-up; above 0."""
    warmup: float = 0.05
    """Part of the budget in which the rate rises from 0, in [0, 1)."""
    last_rate: float = 0.01
    """The rate at the end of the budget, as a part of the highest, in [0, 1]."""
    weight_decay: float = 1e-2
    """Of AdamW [2]_, at least 0; for weights of two or more axes, not for biases and norms."""
    clip: float | None = 1.0
    """The largest norm that the gradient of a player keeps [3]_, above 0; None never shortens."""
    accumulate: int = 1
    """Parts that a batch is computed in, one after the other, at least 1: less memory, the same
    step."""
    ema: float = 0.999
    """Decay of the average of the weights over the steps [4]_, in [0, 1); 0 keeps the last ones."""
    precision: str = "32-true"
    """``"32-true"``, or ``"bf16-mixed"``: products in bfloat16, weights and sums in float32; or
    ``"fast"``, which becomes the faster one of this machine."""
    channels_last: bool = False
    """Lay maps out with the channels last: faster convolutions, the same numbers up to rounding."""
    seed: int = 0
    """Decides what the loss draws, such as dropout; at least 0. Batches have their own seed."""
    log_every: int = 50
    """Steps between two entries of the metrics, at least 1."""
    sample_every: int = 500
    """Steps between two sheets of samples and two measurements, at least 1."""
    checkpoint_every: int = 500
    """Steps between two checkpoints, at least 1: what a kill may cost."""
    ahead: int = 1
    """Batches made by another thread while a GPU computes; 0, and any number on a CPU, makes each
    when it is wanted."""
    device: str = "auto"
    """``"auto"`` takes the GPU where there is one, else the CPU; or ``"cpu"``, ``"cuda"``."""
    strategy: str = "auto"
    """Among processes that torchrun starts: ``"auto"`` and ``"ddp"`` keep the weights whole in
    each, ``"fsdp"`` gives each process a share of weights, gradients and averages, for networks
    that do not fit otherwise; it knows no gradient of a gradient."""

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError(
                f"give either steps or minutes; got steps={self.steps}, minutes={self.minutes}"
            )
        whole = ("accumulate", "log_every", "sample_every", "checkpoint_every")
        least = dict.fromkeys(whole, 1) | {"ahead": 0, "seed": 0}
        if self.steps is not None:
            least["steps"] = 1
        for name, low in least.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise ValueError(f"{name} must be an integer of at least {low}; got {value!r}")
        for name in ("minutes", "learning_rate", "clip"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be above 0 and finite; got {value}")
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay must be at least 0; got {self.weight_decay}")
        for name in ("warmup", "ema"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be in [0, 1); got {getattr(self, name)}")
        if not 0 <= self.last_rate <= 1:
            raise ValueError(f"last_rate must be in [0, 1]; got {self.last_rate}")
        if self.precision == "fast":  # What is kept with a run is what it became.
            faster = "bf16-mixed" if has_fast_bfloat16() else "32-true"
            object.__setattr__(self, "precision", faster)
        choices = {"precision": PRECISIONS, "device": DEVICES, "strategy": STRATEGIES}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}; got {getattr(self, name)!r}"
                )

    def deciding(self) -> dict[str, Any]:
        """Return the settings that decide the weights, to be kept in the run's `config.json`."""
        return {name: value for name, value in asdict(self).items() if name not in WITHOUT_EFFECT}


def rate_at(fraction: float, warmup: float, last: float) -> float:
    """Return the learning rate at a point of the budget, as a part of the highest one.

    It rises in a line, then falls as half a cosine [1]_, and is at its last value when the budget
    is spent, whether that is counted in steps or in minutes.

    Parameters
    ----------
    fraction : float
        Of the budget that is spent, in [0, 1].
    warmup : float
        Where the rise ends, in [0, 1).
    last : float
        Value at 1, in [0, 1].

    Returns
    -------
    float
        In [0, 1].
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction must be in [0, 1]; got {fraction}")
    if fraction < warmup:
        return fraction / warmup
    fall = (1 + math.cos(math.pi * (fraction - warmup) / (1 - warmup))) / 2
    return last + (1 - last) * fall
