"""The small network of the decision boundary, run in node, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch

ACTIVATIONS: dict[str, type[torch.nn.Module]] = {
    "identity": torch.nn.Identity,
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
}

EXPORT = "const flat = (net) => net.layers.map((l) => [[...l.w], [...l.b]]);"


def torch_network(
    sizes: list[int], activation: str, layers: list[list[list[float]]]
) -> torch.nn.Sequential:
    """Build the same network in torch, in float64, with the same weights."""
    modules: list[torch.nn.Module] = []
    for (inputs, outputs), (weights, biases) in zip(pairwise(sizes), layers, strict=True):
        linear = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(doubles(weights).reshape(outputs, inputs))
            linear.bias.copy_(doubles(biases))
        modules += [linear, ACTIVATIONS[activation]()]
    return torch.nn.Sequential(*modules[:-1])


def torch_loss(network: torch.nn.Sequential, points: torch.Tensor, l2: float) -> torch.Tensor:
    """Mean cross-entropy plus l2/2 times the sum of squared weights; biases are free."""
    logits = network(points[:, :2])[:, 0]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, points[:, 2])
    squares = sum((m.weight**2).sum() for m in network if isinstance(m, torch.nn.Linear))
    return loss + 0.5 * l2 * squares


def doubles(values: Any) -> torch.Tensor:
    """Make a float64 tensor."""
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_gradients_equal_those_of_autograd(in_node: Callable[..., Any], activation: str) -> None:
    """Gradient: loss and every derivative match autograd to 1e-10, all in float64."""
    sizes = [2, 5, 4, 1]
    answer = in_node(
        "decision-boundary",
        EXPORT
        + """
        const net = toy.makeNetwork(given.sizes, given.activation, 3);
        const points = toy.makePoints("circles", 40, 0.2, 1);
        const { loss, gradients } = toy.lossAndGradients(net, points, 0.01);
        return { points, layers: flat(net), loss, gradients: gradients.map((g) =>
          [[...g.w], [...g.b]]) };
        """,
        sizes=sizes,
        activation=activation,
    )
    network = torch_network(sizes, activation, answer["layers"])
    loss = torch_loss(network, doubles(answer["points"]), 0.01)
    loss.backward()
    assert answer["loss"] == pytest.approx(loss.item(), rel=1e-12)
    linears = [m for m in network if isinstance(m, torch.nn.Linear)]
    for linear, (weights, biases) in zip(linears, answer["gradients"], strict=True):
        assert torch.allclose(linear.weight.grad.flatten(), doubles(weights), rtol=0, atol=1e-10)
        assert torch.allclose(linear.bias.grad, doubles(biases), rtol=0, atol=1e-10)
        assert linear.weight.grad.abs().max() > 1e-6


def test_training_equals_adam_of_torch(in_node: Callable[..., Any]) -> None:
    """Equivalence: 50 full-batch steps give the weights of torch.optim.Adam to 1e-6."""
    sizes = [2, 8, 8, 1]
    answer = in_node(
        "decision-boundary",
        EXPORT
        + """
        const net = toy.makeNetwork(given.sizes, "tanh", 0);
        const points = toy.makePoints("moons", 60, 0.1, 0);
        const before = flat(net);
        for (let k = 0; k < 50; k++) toy.trainStep(net, points, { learningRate: 0.02, l2: 0.001 });
        return { points, before, after: flat(net) };
        """,
        sizes=sizes,
    )
    network = torch_network(sizes, "tanh", answer["before"])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    points = doubles(answer["points"])
    for _ in range(50):
        optimizer.zero_grad()
        torch_loss(network, points, 0.001).backward()
        optimizer.step()
    ours = [doubles(values) for layer in answer["after"] for values in layer]
    for parameter, values in zip(network.parameters(), ours, strict=True):
        assert torch.allclose(parameter.detach().flatten(), values, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("sizes", "count"), [([2, 32, 32, 1], 1185), ([1, 16, 16, 1], 321), ([2, 1], 3)]
)
def test_parameters_are_counted_with_one_bias_per_unit(
    in_node: Callable[..., Any], sizes: list[int], count: int
) -> None:
    """Equivalence: the count shown is the count of torch and of the network itself."""
    answer = in_node(
        "decision-boundary",
        """
        const net = toy.makeNetwork(given.sizes, "relu", 0);
        const held = net.layers.reduce((sum, l) => sum + l.w.length + l.b.length, 0);
        return [toy.countParameters(given.sizes), held];
        """,
        sizes=sizes,
    )
    modules = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    assert answer == [count, count]
    assert count == sum(p.numel() for m in modules for p in m.parameters())


def test_one_seed_gives_one_picture(in_node: Callable[..., Any]) -> None:
    """Property: the same seed repeats points and training exactly; another seed does not."""
    body = """
        const one = (seed) => {
          const points = toy.makePoints("spiral", 80, 0.05, seed);
          const net = toy.makeNetwork([2, 8, 1], "relu", seed);
          for (let k = 0; k < 20; k++) toy.trainStep(net, points, { learningRate: 0.05, l2: 0 });
          return [points, [...toy.probabilities(net, Float64Array.of(0.3, -0.7, 1, 1))]];
        };
        return [one(4), one(4), one(5)];
    """
    first, again, other = in_node("decision-boundary", body)
    assert first == again
    assert first != other


def test_data_sets_are_balanced_and_in_view(in_node: Callable[..., Any]) -> None:
    """Property: 250 points in [-2, 2]², half of each class, whatever the noise."""
    sets = in_node(
        "decision-boundary",
        """
        return Object.keys(toy.datasets).filter((n) => n !== "empty").map((n) =>
          toy.makePoints(n, 250, 0.5, 2));
        """,
    )
    assert len(sets) == 4
    for points in sets:
        values = doubles(points)
        assert values.shape == (250, 3)
        assert values[:, :2].abs().max() <= 2
        assert values[:, 2].sum() == 125


@pytest.mark.parametrize(
    ("dataset", "hidden", "lowest", "highest"),
    [
        ("moons", [32, 32], 0.99, 1.0),
        ("circles", [16], 0.99, 1.0),
        ("spiral", [32, 32], 0.97, 1.0),
        ("xor", [8, 8], 0.97, 1.0),
        ("xor", [], 0.3, 0.75),
    ],
)
def test_networks_learn_what_they_can(
    in_node: Callable[..., Any], dataset: str, hidden: list[int], lowest: float, highest: float
) -> None:
    """Learning: hidden layers separate every data set; no line separates XOR."""
    accuracy = in_node(
        "decision-boundary",
        """
        const points = toy.makePoints(given.dataset, 200, 0.05, 0);
        const net = toy.makeNetwork([2, ...given.hidden, 1], "relu", 0);
        let now;
        const how = { learningRate: 0.02, l2: 0 };
        for (let k = 0; k < 400; k++) now = toy.trainStep(net, points, how);
        return now.accuracy;
        """,
        dataset=dataset,
        hidden=hidden,
    )
    assert lowest <= accuracy <= highest


def test_a_certain_network_does_not_overflow(in_node: Callable[..., Any]) -> None:
    """Property: a logit of ±10,000 has a finite loss and finite gradients."""
    loss, biggest = in_node(
        "decision-boundary",
        """
        const net = toy.makeNetwork([2, 1], "relu", 0);
        net.layers[0].w.fill(5000);
        const { loss, gradients } = toy.lossAndGradients(net, [[1, 1, 0], [-1, -1, 0]], 0);
        return [loss, Math.max(...gradients[0].w.map(Math.abs))];
        """,
    )
    assert loss == pytest.approx(5000, rel=1e-3)
    assert biggest == pytest.approx(0.5)
