"""The MLP: linear layers with an activation between them (chapter "Neural networks")."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
}


def mlp(
    widths: Sequence[int], activation: str = "relu", generator: torch.Generator | None = None
) -> nn.Sequential:
    """Build a multi-layer perceptron.

    Parameters
    ----------
    widths : sequence of int
        Units of the input, of each hidden layer and of the output: `(784, 128, 128, 10)` has three
        linear layers. At least two numbers, each at least 1.
    activation : {"relu", "tanh", "sigmoid", "identity"}
        What stands between two linear layers. The last layer has none: it gives logits or values.
    generator : torch.Generator, optional
        Draws the initial weights: torch's own scheme, uniform in ±1/√(inputs of the layer) for
        weights and biases. Without one, torch's global generator is used.

    Returns
    -------
    nn.Sequential
        Maps (..., widths[0]) to (..., widths[-1]).

    Raises
    ------
    ValueError
        Fewer than two widths, a width below 1, or an unknown activation.
    """
    if len(widths) < 2 or any(width < 1 for width in widths):
        raise ValueError(f"widths must be two or more numbers, each at least 1; got {list(widths)}")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; got {activation!r}")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        if layers:
            layers.append(ACTIVATIONS[activation]())
        layers.append(_linear(inputs, outputs, generator))
    return nn.Sequential(*layers)


def parameter_count(model: nn.Module) -> int:
    """Count the numbers that training may change: one weight a connection, one bias a unit."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def _linear(inputs: int, outputs: int, generator: torch.Generator | None) -> nn.Linear:
    """Make a linear layer; with a generator, torch's global one is left alone."""
    if generator is None:
        return nn.Linear(inputs, outputs)
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer
