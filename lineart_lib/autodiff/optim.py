"""Six first-order optimizers over scalar nodes, in one shape.

Each optimizer says how far one parameter moves, given its gradient and what it remembers of that
parameter. Everything else is shared. Names, defaults and arithmetic are those of ``torch.optim``,
to which the tests compare them. A gradient of zero counts as a gradient (PyTorch skips a parameter
only if its gradient is None).

The chapter is "Core Principles", section Optimization.

References
----------
N. Qian, "On the momentum term in gradient descent learning algorithms", 1999.
J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods", JMLR 12, 2011.
G. Hinton, "Neural networks for machine learning", lecture 6a, 2012.
D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2014, algorithm 1.
I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2017, algorithm 2.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from typing import ClassVar

from lineart_lib.autodiff.engine import Node

Memory = defaultdict[str, float]
"""What an optimizer remembers of one parameter; everything starts at zero."""


class Optimizer(ABC):
    """What the six share: parameters, learning rate, weight decay, `step` and `zero_grad`.

    Parameters
    ----------
    parameters : iterable of Node
        What to move. Each node once.
    lr : float
        Learning rate, at least 0.
    weight_decay : float
        At least 0. Adds ``weight_decay * value`` to each gradient (an L2 penalty); AdamW shrinks
        the value itself instead.

    Attributes
    ----------
    steps : int
        How often `step` has run. The first step is number 1.
    """

    _decay_is_decoupled: ClassVar[bool] = False

    def __init__(self, parameters: Iterable[Node], lr: float, weight_decay: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("an optimizer needs parameters; got none: pass model.parameters()")
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError(
                "a parameter is listed twice and would move twice a step: list it once"
            )
        self.lr = _at_least_zero("lr", lr)
        self.weight_decay = _at_least_zero("weight_decay", weight_decay)
        self.steps = 0
        self._memories: list[Memory] = [defaultdict(float) for _ in self.parameters]

    def step(self) -> None:
        """Move every parameter once, by its current `grad`."""
        self.steps += 1
        for parameter, memory in zip(self.parameters, self._memories, strict=True):
            gradient = parameter.grad
            if self._decay_is_decoupled:
                parameter.value *= 1.0 - self.lr * self.weight_decay
            else:
                gradient += self.weight_decay * parameter.value
            parameter.value -= self.lr * self._direction(gradient, memory)

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to zero."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    @abstractmethod
    def _direction(self, gradient: float, memory: Memory) -> float:
        """Say what to subtract from a parameter, before it is scaled by the learning rate."""


class SGD(Optimizer):
    """Stochastic gradient descent: θ ← θ - lr·g."""

    def __init__(
        self, parameters: Iterable[Node], lr: float = 1e-3, *, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, lr, weight_decay)

    def _direction(self, gradient: float, memory: Memory) -> float:
        return gradient


class Momentum(Optimizer):
    """SGD with momentum: v ← momentum·v + g, θ ← θ - lr·v (``torch.optim.SGD(momentum=…)``)."""

    def __init__(
        self,
        parameters: Iterable[Node],
        lr: float = 1e-3,
        momentum: float = 0.9,
        *,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.momentum = _at_least_zero("momentum", momentum)

    def _direction(self, gradient: float, memory: Memory) -> float:
        memory["velocity"] = self.momentum * memory["velocity"] + gradient
        return memory["velocity"]


class Adagrad(Optimizer):
    """Steps divided by the root of the summed squares: r ← r + g², θ ← θ - lr·g/(√r + ε)."""

    def __init__(
        self,
        parameters: Iterable[Node],
        lr: float = 1e-2,
        eps: float = 1e-10,
        *,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.eps = _at_least_zero("eps", eps)

    def _direction(self, gradient: float, memory: Memory) -> float:
        memory["square"] += gradient * gradient
        return _ratio(gradient, math.sqrt(memory["square"]) + self.eps)


class RMSProp(Optimizer):
    """Steps divided by a running root mean square: r ← α·r + (1-α)·g², θ ← θ - lr·g/(√r + ε)."""

    def __init__(
        self,
        parameters: Iterable[Node],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.alpha = _below_one("alpha", alpha)
        self.eps = _at_least_zero("eps", eps)

    def _direction(self, gradient: float, memory: Memory) -> float:
        square = gradient * gradient
        memory["square"] = self.alpha * memory["square"] + (1.0 - self.alpha) * square
        return _ratio(gradient, math.sqrt(memory["square"]) + self.eps)


class Adam(Optimizer):
    """Momentum over RMSProp, both corrected for their start at zero (algorithm 1)."""

    def __init__(
        self,
        parameters: Iterable[Node],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.betas = (_below_one("betas[0]", betas[0]), _below_one("betas[1]", betas[1]))
        self.eps = _at_least_zero("eps", eps)

    def _direction(self, gradient: float, memory: Memory) -> float:
        return _adam_direction(gradient, memory, self.steps, self.betas, self.eps)


class AdamW(Optimizer):
    """Adam whose weight decay shrinks the value and stays out of the moments (algorithm 2)."""

    _decay_is_decoupled = True

    def __init__(
        self,
        parameters: Iterable[Node],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.betas = (_below_one("betas[0]", betas[0]), _below_one("betas[1]", betas[1]))
        self.eps = _at_least_zero("eps", eps)

    def _direction(self, gradient: float, memory: Memory) -> float:
        return _adam_direction(gradient, memory, self.steps, self.betas, self.eps)


def _adam_direction(
    gradient: float, memory: Memory, step: int, betas: tuple[float, float], eps: float
) -> float:
    """Update both moments and give their corrected ratio. `step` counts from 1."""
    beta_1, beta_2 = betas
    memory["mean"] = beta_1 * memory["mean"] + (1.0 - beta_1) * gradient
    memory["square"] = beta_2 * memory["square"] + (1.0 - beta_2) * gradient * gradient
    mean = memory["mean"] / (1.0 - beta_1**step)
    square = memory["square"] / (1.0 - beta_2**step)
    return _ratio(mean, math.sqrt(square) + eps)


def _ratio(numerator: float, denominator: float) -> float:
    if denominator == 0.0:
        raise ZeroDivisionError("a gradient of exactly zero met eps=0: set eps above zero")
    return numerator / denominator


def _at_least_zero(name: str, value: float) -> float:
    if not 0.0 <= value < math.inf:
        raise ValueError(f"{name} must be a finite number of at least 0; got {value}")
    return float(value)


def _below_one(name: str, value: float) -> float:
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{name} must lie in [0, 1); got {value}")
    return float(value)
