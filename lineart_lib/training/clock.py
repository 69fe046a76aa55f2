"""The budget of a training, in steps or in minutes."""

from __future__ import annotations

import time

import torch
from lightning_fabric import Fabric

from lineart_lib.training.settings import LoopSettings


class Clock:
    """Tell how much of the budget is spent, on all processes alike.

    Parameters
    ----------
    settings : LoopSettings
    fabric : Fabric
    seconds : float
        What earlier sessions took.
    """

    def __init__(self, settings: LoopSettings, fabric: Fabric, seconds: float) -> None:
        self._settings, self._fabric = settings, fabric
        self.half_step = 0.5 / settings.steps if settings.steps else 0.0
        """Part of the budget from the beginning of a step to its middle, where the learning rate is
        read, so that neither the first step nor the last has a rate of 0; unknown with minutes."""
        self._zero = time.perf_counter() - seconds

    def seconds(self) -> float:
        """Return the time of all sessions so far."""
        return time.perf_counter() - self._zero

    def spent(self, step: int) -> float:
        """Return which part of the budget is spent before a step; at 1 it is over."""
        if self._settings.steps is not None:
            return step / self._settings.steps
        fraction = self.seconds() / (60 * self._settings.minutes)
        if self._fabric.world_size == 1:
            return fraction
        latest = torch.tensor(fraction, dtype=torch.float64, device=self._fabric.device)
        return self._fabric.all_reduce(latest, reduce_op="max").item()
