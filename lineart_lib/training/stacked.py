"""Train many small networks of one shape at once, each with a learning rate of its own.

A small network leaves a processor idle: starting an operation takes longer than doing it. Stacked
along a first axis, a hundred of them train in hardly more time than a few. Their gradients do not
mix, and Adam treats each number by itself, so that each network learns as if it were alone.

References
----------
.. [1] Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

Parameters = dict[str, Tensor]
"""The parameters of all networks by name, each with a first axis (networks, ...)."""
Predict = Callable[[Parameters, Tensor], Tensor]
"""Maps the parameters and inputs (networks, rows, ...) to outputs (networks, rows, ...)."""


def stack(models: Sequence[nn.Module]) -> tuple[Parameters, Predict]:
    """Stack networks of one shape.

    Parameters
    ----------
    models : sequence of nn.Module
        At least one; they stay as they are.

    Returns
    -------
    parameters : dict of Tensor
        Copies of the networks' parameters, which know their gradients.
    predict : callable
        Runs each network on its own inputs. For the same inputs in all, `expand` them.

    Raises
    ------
    ValueError
        No network.
    """
    if not models:
        raise ValueError("there is no network to stack: give at least one")
    parameters, _ = stack_module_state(list(models))
    shape = models[0]
    return parameters, vmap(lambda own, inputs: functional_call(shape, own, (inputs,)))


def squared_norms(parameters: Parameters) -> Tensor:
    """Return the squared norm of the parameters of each network: (networks,), at least 0."""
    return torch.stack([p.square().flatten(1).sum(1) for p in parameters.values()]).sum(0)


def descend_all(
    costs: Callable[[], Tensor],
    parameters: Parameters,
    *,
    rates: Tensor,
    steps: int,
    betas: tuple[Tensor | float, Tensor | float] = (0.9, 0.999),
    callback: Callable[[int], None] | None = None,
) -> None:
    """Minimise the cost of each network by Adam [1]_, in place.

    PyTorch's Adam has one learning rate for a whole tensor. A search over learning rates needs one
    for each network in it.

    Parameters
    ----------
    costs : callable
        Computes the current cost of each network: (networks,). None may depend on another network.
    parameters : dict of Tensor
        What `stack` gave.
    rates : Tensor
        float (networks,), the learning rate of each, above 0.
    steps : int
        Updates to make, at least 1.
    betas : pair of float or of Tensor (networks,)
        How much of the old mean of gradients, and of their squares, an update keeps; in [0, 1).
    callback : callable, optional
        ``callback(step)`` after each update, counted from 1, to watch.

    Raises
    ------
    ValueError
        Fewer than one step, or not one learning rate above 0 for each network.
    """
    networks = len(next(iter(parameters.values())))
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    if rates.shape != (networks,) or not (rates > 0).all():
        raise ValueError(
            f"rates must be {networks} numbers above 0, one for each network; got shape "
            f"{tuple(rates.shape)}, least {rates.min().item()}"
        )
    beta_1, beta_2 = (torch.as_tensor(b, dtype=rates.dtype).expand(networks) for b in betas)
    leaves = list(parameters.values())
    means = [torch.zeros_like(leaf) for leaf in leaves]
    squares = [torch.zeros_like(leaf) for leaf in leaves]
    for step in range(1, steps + 1):
        gradients = torch.autograd.grad(costs().sum(), leaves)
        # Both corrections of equation eq-adam in two numbers a network.
        root = (1 - beta_2**step).sqrt()
        length = rates * root / (1 - beta_1**step)
        with torch.no_grad():
            for leaf, gradient, mean, square in zip(leaves, gradients, means, squares, strict=True):
                axes = (networks, *[1] * (leaf.ndim - 1))
                b_1, b_2 = beta_1.view(axes), beta_2.view(axes)
                mean.mul_(b_1).add_((1 - b_1) * gradient)
                square.mul_(b_2).add_((1 - b_2) * gradient.square())
                leaf -= length.view(axes) * mean / (square.sqrt() + 1e-8 * root.view(axes))
        if callback is not None:
            callback(step)
