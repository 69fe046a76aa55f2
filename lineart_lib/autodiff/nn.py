"""Neurons, layers and a multi-layer perceptron out of scalar nodes.

Weights and biases start uniform in ±1/√(number of inputs), as in ``torch.nn.Linear``. The chapter
is "Neural Networks".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

from lineart_lib.autodiff.engine import Node

Activation = Callable[[Node], Node]


class Neuron:
    """A weighted sum of the inputs plus a bias, through an activation.

    Parameters
    ----------
    inputs : int
        Number of inputs, at least 1.
    generator : random.Random
        Where the first weights come from.
    activation : callable or None
        Such as ``Node.tanh``. None leaves the sum as it is.
    """

    def __init__(
        self, inputs: int, generator: Random, activation: Activation | None = Node.tanh
    ) -> None:
        if inputs < 1:
            raise ValueError(f"a neuron needs at least one input; got {inputs}")
        bound = 1.0 / math.sqrt(inputs)
        self.weights = [Node(generator.uniform(-bound, bound), f"w{i + 1}") for i in range(inputs)]
        self.bias = Node(generator.uniform(-bound, bound), "bias")
        self.activation = activation

    def __call__(self, inputs: Sequence[Node | float]) -> Node:
        """Compute activation(w·x + b) for one example of as many numbers as there are weights."""
        if len(inputs) != len(self.weights):
            raise ValueError(
                f"this neuron takes {len(self.weights)} inputs; got {len(inputs)}: "
                "pass one example at a time"
            )
        products = (weight * x for weight, x in zip(self.weights, inputs, strict=True))
        total = sum(products, start=self.bias)
        return total if self.activation is None else self.activation(total)

    def parameters(self) -> list[Node]:
        """List the weights, then the bias."""
        return [*self.weights, self.bias]


class Layer:
    """Neurons side by side, each of which sees every input.

    Parameters
    ----------
    inputs, outputs : int
        Number of inputs and of neurons, at least 1.
    generator : random.Random
        Where the first weights come from.
    activation : callable or None
        As for :class:`Neuron`.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        generator: Random,
        activation: Activation | None = Node.tanh,
    ) -> None:
        if outputs < 1:
            raise ValueError(f"a layer needs at least one neuron; got {outputs}")
        self.neurons = [Neuron(inputs, generator, activation) for _ in range(outputs)]

    def __call__(self, inputs: Sequence[Node | float]) -> list[Node]:
        """Compute one node a neuron."""
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Node]:
        """List the parameters, neuron by neuron."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


class MLP:
    """Layers one after another; the last one has no activation.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of neurons in each hidden layer, and of outputs: ``(2, 8, 1)``.
    generator : random.Random
        Where the first weights come from. The same seed gives the same network.
    activation : callable or None
        Of the hidden layers. None makes the whole network linear.

    Examples
    --------
    >>> network = MLP((2, 8, 1), Random(0))
    >>> len(network.parameters())
    33
    """

    def __init__(
        self, sizes: Sequence[int], generator: Random, activation: Activation | None = Node.tanh
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"sizes must name inputs and outputs at least; got {tuple(sizes)}")
        steps = list(pairwise(sizes))
        self.layers = [
            Layer(inputs, outputs, generator, activation if i < len(steps) - 1 else None)
            for i, (inputs, outputs) in enumerate(steps)
        ]

    def __call__(self, inputs: Sequence[Node | float]) -> list[Node]:
        """Compute the output nodes for one example."""
        outputs = inputs
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs

    def parameters(self) -> list[Node]:
        """List the parameters, layer by layer."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]
