"""Minimise a cost over a data set small enough to be one batch (chapter "Core Principles")."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def squared_norm(model: nn.Module) -> Tensor:
    """Return ‖θ‖²: the sum of the squares of all parameters, biases among them.

    Returns
    -------
    Tensor
        A scalar, at least 0, that knows its gradient.
    """
    return torch.stack([parameter.square().sum() for parameter in model.parameters()]).sum()


def descend(
    cost: Callable[[], Tensor], optimizer: torch.optim.Optimizer, *, steps: int
) -> list[float]:
    """Repeat: compute the cost, its gradients, and one update.

    Parameters
    ----------
    cost : callable
        Computes the cost of the current parameters over the whole data set, a scalar.
    optimizer : torch.optim.Optimizer
        Holds those parameters.
    steps : int
        Updates to make, at least 1.

    Returns
    -------
    list of float
        The cost before each update.

    Raises
    ------
    ValueError
        Fewer than one step.
    FloatingPointError
        The cost is not finite any more.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    history = []
    for step in range(1, steps + 1):
        value = cost()
        if not torch.isfinite(value):
            raise FloatingPointError(
                f"the cost became {value.item()} at step {step}: lower the learning rate"
            )
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        optimizer.step()
        history.append(value.item())
    return history
