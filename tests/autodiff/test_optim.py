"""The six optimizers against torch.optim, step by step."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from lineart_lib.autodiff import SGD, Adagrad, Adam, AdamW, Momentum, Node, RMSProp

STEPS = 50
START = (-1.2, 1.0, 0.5)


def bowl(x, y, z):
    """Quadratic with very different curvatures."""
    return 10.0 * x**2 + y**2 + 0.01 * (z - 3.0) ** 2


def valley(x, y, z):
    """Rosenbrock's banana, softened by a logarithm, and a bounded third coordinate."""
    return (1.0 + (1.0 - x) ** 2 + 10.0 * (y - x * x) ** 2).log() + (2.0 * z).tanh()


def ripple(x, y, z):
    """Product of bounded functions: gradients shrink, grow and change sign."""
    return (3.0 * x).tanh() * y.sigmoid() + (z - x).relu() - (x * y * z * 0.1).exp()


# Ours, PyTorch's, and arguments for both. The first of each kind holds the defaults.
CASES: list[tuple[type, type, dict[str, Any], dict[str, Any]]] = [
    (SGD, torch.optim.SGD, {}, {}),
    (SGD, torch.optim.SGD, {"lr": 0.02}, {}),
    (SGD, torch.optim.SGD, {"lr": 0.02, "weight_decay": 0.1}, {}),
    (Momentum, torch.optim.SGD, {}, {"momentum": 0.9}),
    (Momentum, torch.optim.SGD, {"lr": 0.01, "momentum": 0.5}, {}),
    (Momentum, torch.optim.SGD, {"lr": 0.01, "momentum": 0.95, "weight_decay": 0.05}, {}),
    (Adagrad, torch.optim.Adagrad, {}, {}),
    (Adagrad, torch.optim.Adagrad, {"lr": 0.5}, {}),
    (Adagrad, torch.optim.Adagrad, {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.1}, {}),
    (RMSProp, torch.optim.RMSprop, {}, {}),
    (RMSProp, torch.optim.RMSprop, {"lr": 0.05, "alpha": 0.8}, {}),
    (RMSProp, torch.optim.RMSprop, {"lr": 0.01, "eps": 1e-2, "weight_decay": 0.1}, {}),
    (Adam, torch.optim.Adam, {}, {}),
    (Adam, torch.optim.Adam, {"lr": 0.1, "betas": (0.5, 0.9)}, {}),
    (Adam, torch.optim.Adam, {"lr": 0.05, "betas": (0.0, 0.99), "eps": 1e-4}, {}),
    (Adam, torch.optim.Adam, {"lr": 0.05, "weight_decay": 0.1}, {}),
    (AdamW, torch.optim.AdamW, {}, {}),
    (AdamW, torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.5}, {}),
    (AdamW, torch.optim.AdamW, {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.0}, {}),
]


@pytest.mark.parametrize("function", [bowl, valley, ripple])
@pytest.mark.parametrize(("ours", "theirs", "both", "only_theirs"), CASES)
def test_fifty_steps_equal_torch(
    function: Callable, ours: type, theirs: type, both: dict, only_theirs: dict
) -> None:
    """Equivalence: after each of 50 steps every parameter is PyTorch's (float64) to 1e-6.

    The two round in another order; 1e-6 leaves room for 50 steps of that and for nothing else.
    """
    nodes = [Node(value) for value in START]
    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in START]
    optimizer, reference = ours(nodes, **both), theirs(tensors, **both, **only_theirs)
    for step in range(STEPS):
        optimizer.zero_grad()
        function(*nodes).backward()
        optimizer.step()
        reference.zero_grad()
        function(*tensors).backward()
        reference.step()
        expected = [tensor.item() for tensor in tensors]
        assert [node.value for node in nodes] == pytest.approx(expected, abs=1e-6), f"step {step}"
    assert [node.value for node in nodes] != list(START)


@pytest.mark.parametrize(
    ("optimizer", "lr", "steps"),
    [
        (SGD, 0.1, 200),
        (Momentum, 0.05, 300),
        (Adagrad, 1.0, 300),
        (RMSProp, 0.01, 1000),
        (Adam, 0.05, 500),
        (lambda p, lr: AdamW(p, lr, weight_decay=0.0), 0.05, 500),
    ],
)
def test_each_optimizer_finds_the_bottom_of_a_bowl(
    optimizer: Callable, lr: float, steps: int
) -> None:
    """Learning: (x - 3)² + 2·(y + 1)² is minimised at (3, -1).

    RMSProp never settles closer than about lr, hence the tolerance.
    """
    x, y = Node(0.0), Node(0.0)
    descent = optimizer([x, y], lr)
    for _ in range(steps):
        descent.zero_grad()
        ((x - 3.0) ** 2 + 2.0 * (y + 1.0) ** 2).backward()
        descent.step()
    assert (x.value, y.value) == pytest.approx((3.0, -1.0), abs=1e-2)


def test_zero_grad_clears_and_step_counts() -> None:
    """Property: a step uses the gradients as they are; after zero_grad plain SGD stays put."""
    x = Node(2.0)
    optimizer = SGD([x], lr=0.5)
    (x * x).backward()
    optimizer.step()
    assert (x.value, x.grad, optimizer.steps) == (0.0, 4.0, 1)
    optimizer.zero_grad()
    optimizer.step()
    assert (x.value, x.grad, optimizer.steps) == (0.0, 0.0, 2)


def test_first_adam_step_has_the_size_of_the_learning_rate() -> None:
    """Property: the bias correction counts from step 1, so that nothing divides by zero.

    The corrected moments of one gradient g are g and g², and their ratio is its sign.
    """
    for gradient in (1e-3, -250.0):
        x = Node(0.0)
        x.grad = gradient
        Adam([x], lr=0.1).step()
        assert x.value == pytest.approx(-0.1 if gradient > 0 else 0.1, rel=1e-4)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda x: SGD([]), ValueError, "needs parameters; got none"),
        (lambda x: SGD([x, x]), ValueError, "listed twice"),
        (lambda x: SGD([x], lr=-1.0), ValueError, "lr must be .* got -1.0"),
        (lambda x: Adam([x], lr=float("nan")), ValueError, "got nan"),
        (lambda x: Momentum([x], momentum=-0.1), ValueError, "momentum must"),
        (lambda x: AdamW([x], weight_decay=-0.1), ValueError, "weight_decay must"),
        (lambda x: Adam([x], betas=(0.9, 1.0)), ValueError, r"betas\[1\] must lie in \[0, 1\)"),
        (lambda x: RMSProp([x], alpha=1.0), ValueError, "alpha must lie"),
        (lambda x: Adagrad([x], eps=-1.0), ValueError, "eps must"),
        (lambda x: Adagrad([x], eps=0.0).step(), ZeroDivisionError, "set eps above zero"),
    ],
)
def test_errors_name_what_came(make: Callable, error: type[Exception], words: str) -> None:
    """Property: settings that cannot work are refused when they are made, by name."""
    with pytest.raises(error, match=words):
        make(Node(1.0))
