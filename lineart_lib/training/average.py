"""The average of a network's weights over the steps of a training.

References
----------
.. [1] Polyak, Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
.. [2] TensorFlow, documentation of `tf.train.ExponentialMovingAverage`, argument `num_updates`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from lineart_lib.training.machines import fill, whole


class Average:
    """An exponential moving average of parameters.

    After update n the decay is the smaller of `decay` and (1 + n) / (10 + n), so that the first
    weights, which are noise, are forgotten soon whatever the length of the training [2]_.

    Parameters
    ----------
    parameters : sequence of Tensor
        Whose average is kept; they are not changed by it.
    decay : float
        In [0, 1); 0 keeps no average, and the weights stand for it.
    """

    def __init__(self, parameters: Sequence[Tensor], decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be in [0, 1); got {decay}")
        self._parameters, self._decay, self.updates = list(parameters), decay, 0
        self.values = [p.detach().clone() for p in self._parameters] if decay else []

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights as they are now into the average."""
        self.updates += 1
        decay = min(self._decay, (1 + self.updates) / (10 + self.updates))
        for value, parameter in zip(self.values, self._parameters, strict=False):
            value.lerp_(parameter.detach(), 1 - decay)

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Let the network wear the average for a while; its own weights come back bit for bit."""
        own = [p.detach().clone() for p in self._parameters] if self.values else []
        self.wear()
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, value in zip(self._parameters, own, strict=False):
                    parameter.copy_(value)

    @torch.no_grad()
    def wear(self) -> None:
        """Give the network the average for good."""
        for parameter, value in zip(self._parameters, self.values, strict=False):
            parameter.copy_(value)

    def state(self) -> dict[str, Tensor]:
        """Return the average by number, whole, on the CPU; among shards all processes must ask."""
        return {str(number): whole(value).cpu() for number, value in enumerate(self.values)}

    def restore(self, state: Mapping[str, Tensor], updates: int) -> None:
        """Take up what `state` returned, after so many updates."""
        self.updates = updates
        for number, value in enumerate(self.values):
            fill(value, state[str(number)])
