"""The perceptrons against torch.nn, and what they can learn."""

import math
from random import Random

import pytest
import torch

from lineart_lib.autodiff import MLP, Adam, Layer, Neuron, Node

XOR = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]


def torch_copy(network: MLP, activation: type[torch.nn.Module]) -> torch.nn.Sequential:
    """Build the same network in PyTorch (float64) with the same weights."""
    modules: list[torch.nn.Module] = []
    for layer in network.layers:
        weights = torch.tensor(
            [[w.value for w in neuron.weights] for neuron in layer.neurons], dtype=torch.float64
        )
        linear = torch.nn.Linear(weights.shape[1], weights.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(weights)
            biases = [neuron.bias.value for neuron in layer.neurons]
            linear.bias.copy_(torch.tensor(biases, dtype=torch.float64))
        modules += [linear, activation()]
    return torch.nn.Sequential(*modules[:-1])


@pytest.mark.parametrize(
    ("sizes", "activation", "module"),
    [
        ((3, 5, 4, 2), Node.tanh, torch.nn.Tanh),
        ((2, 8, 1), Node.relu, torch.nn.ReLU),
        ((4, 3, 3), Node.sigmoid, torch.nn.Sigmoid),
        ((2, 3, 2), None, torch.nn.Identity),
        ((3, 1), Node.tanh, torch.nn.Tanh),
    ],
)
def test_mlp_equals_torch(sizes: tuple[int, ...], activation, module) -> None:
    """Equivalence: outputs, and the gradients of a squared loss for weights, biases and inputs."""
    generator = Random(3)
    network = MLP(sizes, generator, activation)
    copy = torch_copy(network, module)
    numbers = [generator.uniform(-2, 2) for _ in range(sizes[0])]
    inputs = [Node(number) for number in numbers]
    outputs = network(inputs)
    sum((output - 0.5) ** 2 for output in outputs).backward()

    tensor = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    expected = copy(tensor)
    ((expected - 0.5) ** 2).sum().backward()
    assert [output.value for output in outputs] == pytest.approx(expected.tolist(), rel=1e-13)
    assert [x.grad for x in inputs] == pytest.approx(tensor.grad.tolist(), rel=1e-12, abs=1e-15)
    gradients = []
    for linear in (m for m in copy if isinstance(m, torch.nn.Linear)):
        for weights, bias in zip(linear.weight.grad, linear.bias.grad, strict=True):
            gradients += [*weights.tolist(), bias.item()]
    ours = [parameter.grad for parameter in network.parameters()]
    assert ours == pytest.approx(gradients, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("sizes", "count"), [((1, 16, 16, 1), 321), ((2, 32, 32, 1), 1185)])
def test_parameters_are_as_many_as_torch_has(sizes: tuple[int, ...], count: int) -> None:
    """Equivalence: one bias a neuron, not one a layer, as torch.nn.Linear."""
    network = MLP(sizes, Random(0))
    assert len(set(network.parameters())) == count
    assert sum(p.numel() for p in torch_copy(network, torch.nn.Tanh).parameters()) == count


def test_first_weights_are_bounded_and_depend_on_the_seed_alone() -> None:
    """Property: uniform in ±1/√inputs; same seed, same network."""
    values = [p.value for p in Layer(25, 40, Random(7)).parameters()]
    assert values == [p.value for p in Layer(25, 40, Random(7)).parameters()]
    assert values != [p.value for p in Layer(25, 40, Random(8)).parameters()]
    assert max(map(abs, values)) <= 0.2
    # A uniform variable on ±b has the deviation b/√3; of 1,040 draws it is known to about 2 %.
    deviation = math.sqrt(sum(value * value for value in values) / len(values))
    assert deviation == pytest.approx(0.2 / math.sqrt(3), rel=0.08)


def test_neuron_is_the_drafts_formula() -> None:
    """Equivalence: tanh(w1·a + w2·b + bias), by hand."""
    neuron = Neuron(2, Random(0))
    for parameter, value in zip(neuron.parameters(), (0.1, 0.2, -0.3), strict=True):
        parameter.value = value
    assert neuron([1.0, 2.0]).value == pytest.approx(math.tanh(0.1 + 0.4 - 0.3), rel=1e-15)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mlp_overfits_xor(seed: int) -> None:
    """Learning: from each of three seeds, 2-4-1 with tanh and Adam learns XOR."""
    network = MLP((2, 4, 1), Random(seed))
    optimizer = Adam(network.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        loss = sum((network(x)[0] - y) ** 2 for x, y in XOR) / len(XOR)
        loss.backward()
        optimizer.step()
    assert loss.value < 1e-3
    assert [round(network(x)[0].value) for x, _ in XOR] == [0, 1, 1, 0]


def test_no_hidden_layer_cannot_learn_xor() -> None:
    """Property: the best linear fit of XOR is 1/2 everywhere, with a loss of 1/4."""
    network = MLP((2, 1), Random(0))
    optimizer = Adam(network.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        loss = sum((network(x)[0] - y) ** 2 for x, y in XOR) / len(XOR)
        loss.backward()
        optimizer.step()
    assert loss.value == pytest.approx(0.25, abs=1e-4)


def test_errors_of_shapes() -> None:
    """Property: wrong sizes are named."""
    with pytest.raises(ValueError, match="takes 2 inputs; got 3"):
        MLP((2, 1), Random(0))([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"inputs and outputs at least; got \(3,\)"):
        MLP((3,), Random(0))
    with pytest.raises(ValueError, match="at least one neuron; got 0"):
        Layer(2, 0, Random(0))
    with pytest.raises(ValueError, match="at least one input; got 0"):
        Neuron(0, Random(0))
