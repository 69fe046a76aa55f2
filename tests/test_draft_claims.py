"""Statements of the draft that need no notebook: a formula or a property, checked here.

book/claims.yml names these tests.
"""

import math

import numpy as np
import pytest
import torch


def test_sample_mean_approximates_the_expectation():
    """Property: the mean loss over a sample nears the expected loss as 1 / sqrt(n).

    Loss x² of a standard normal x: expectation 1, standard deviation sqrt(2).
    """
    generator = np.random.default_rng(0)
    errors = {
        n: np.mean([abs((generator.normal(size=n) ** 2).mean() - 1.0) for _ in range(200)])
        for n in (100, 10_000)
    }
    # A hundred times the sample: a tenth of the error. 200 repeats know it to about 10 %.
    assert errors[10_000] / errors[100] == pytest.approx(0.1, rel=0.3)


def test_l2_penalty_shrinks_the_weights():
    """Property: the larger the penalty, the smaller the weights that minimise the sum."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(50, 5)), generator.normal(size=50)
    norms = [
        np.linalg.norm(np.linalg.solve(x.T @ x / 50 + penalty * np.eye(5), x.T @ y / 50))
        for penalty in (0.0, 0.1, 1.0, 10.0)
    ]
    assert norms == sorted(norms, reverse=True)
    assert norms[-1] < 0.2 * norms[0]


def test_negative_gradient_descends():
    """Property: among small steps of one length, the one against the gradient gains the most."""
    point = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)

    def cost(p):
        return p[0] ** 2 + 3 * p[1] ** 2 + p[0] * p[1]

    cost(point).backward()
    downhill = -point.grad / point.grad.norm()
    angles = torch.linspace(0, 2 * math.pi, 361, dtype=torch.float64)
    start, length = point.detach(), 1e-4
    best = cost(start + length * downhill)
    for angle in angles:
        step = torch.stack([torch.cos(angle), torch.sin(angle)])
        # 1e-6 covers the second order: length² times the largest curvature, 6.2.
        assert cost(start + length * step) >= best - 1e-6


def test_minibatch_gradient_is_unbiased():
    """Equivalence: the mean of the gradients of equal minibatches is the full gradient."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(64, 3, dtype=torch.float64, generator=generator)
    y = torch.randn(64, dtype=torch.float64, generator=generator)
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    def gradient(rows):
        return torch.autograd.grad(((x[rows] @ weights - y[rows]) ** 2).mean(), weights)[0]

    batches = torch.randperm(64, generator=generator).split(8)
    mean = torch.stack([gradient(rows) for rows in batches]).mean(0)
    torch.testing.assert_close(mean, gradient(torch.arange(64)))


def run(optimizer, gradients):
    """Feed fixed gradients to an optimizer of torch and return where the weight ends."""
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    chosen = optimizer([weight])
    for gradient in gradients:
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        chosen.step()
    return weight.item()


GRADIENTS = (0.5, -1.0, 2.0, 0.1)


def test_momentum_update():
    """Equivalence: v = a v + g, then a step along -v, is torch's SGD with momentum."""
    v = x = 0.0
    for g in GRADIENTS:
        v = 0.9 * v + g
        x -= 0.1 * v
    assert run(lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9), GRADIENTS) == pytest.approx(x)


def test_adagrad_update():
    """Equivalence: r = r + g², then a step along -g / (d + sqrt r), is torch's Adagrad."""
    r = x = 0.0
    for g in GRADIENTS:
        r += g * g
        x -= 0.1 * g / (1e-10 + math.sqrt(r))
    assert run(lambda w: torch.optim.Adagrad(w, lr=0.1), GRADIENTS) == pytest.approx(x)


def test_rmsprop_update():
    """Equivalence: a running mean of g² in Adagrad's place is torch's RMSProp."""
    r = x = 0.0
    for g in GRADIENTS:
        r = 0.99 * r + 0.01 * g * g
        x -= 0.1 * g / (1e-8 + math.sqrt(r))
    assert run(lambda w: torch.optim.RMSprop(w, lr=0.1), GRADIENTS) == pytest.approx(x)


def test_adam_stores_two_moments():
    """Property: beside each weight, torch's Adam keeps two numbers: three in all."""
    weight = torch.zeros(10, requires_grad=True)
    optimizer = torch.optim.Adam([weight])
    weight.sum().backward()
    optimizer.step()
    kept = [v for v in optimizer.state[weight].values() if torch.is_tensor(v) and v.ndim == 1]
    assert [moment.numel() for moment in kept] == [10, 10]


def test_adaptive_steps_of_adam():
    """Property: Adam's first step is the learning rate, however large the gradient.

    Against plain descent, large gradients take smaller steps and small ones larger steps.
    """
    moved = []
    for scale in (1e-3, 1.0, 1e3):
        weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Adam([weight], lr=0.1)
        (scale * weight).sum().backward()
        optimizer.step()
        moved.append(-weight.item())
    # Adam's own 1e-8 in the denominator is a 1e-5 part of the smallest gradient.
    assert moved == pytest.approx([0.1, 0.1, 0.1], rel=2e-5)


def test_passes_of_forward_and_reverse_mode():
    """Property: the Jacobian of R³ → R² takes 3 forward passes or 2 backward ones."""
    x = torch.tensor([0.3, -0.2, 0.7], dtype=torch.float64)

    def f(x):
        return torch.stack([x[0] * x[1], torch.tanh(x[2]) + x[0]])

    forward = [torch.func.jvp(f, (x,), (one,))[1] for one in torch.eye(3, dtype=x.dtype)]
    _, pull = torch.func.vjp(f, x)
    backward = [pull(one)[0] for one in torch.eye(2, dtype=x.dtype)]
    assert (len(forward), len(backward)) == (3, 2)
    torch.testing.assert_close(torch.stack(forward, dim=1), torch.stack(backward))


def test_example_of_the_toy_engine():
    """Equivalence: two weights, two inputs, a tanh: the engine gives the closed form."""
    from lineart_lib.autodiff.engine import Node

    w1, w2, a, b = Node(0.1), Node(0.2), Node(1.0), Node(0.0)
    z = (w1 * a + w2 * b).tanh()
    z.backward()
    slope = 1 - math.tanh(0.1) ** 2
    assert z.value == pytest.approx(math.tanh(0.1))
    assert [w1.grad, w2.grad] == pytest.approx([slope, 0.0])
    assert [a.grad, b.grad] == pytest.approx([0.1 * slope, 0.2 * slope])


def test_activation_formulas():
    """Equivalence: the three formulas are torch's, and their ranges are as stated."""
    x = torch.linspace(-6, 6, 121, dtype=torch.float64)
    e = torch.exp
    torch.testing.assert_close(torch.sigmoid(x), 1 / (1 + e(-x)))
    torch.testing.assert_close(torch.tanh(x), (e(x) - e(-x)) / (e(x) + e(-x)))
    torch.testing.assert_close(torch.relu(x), torch.maximum(x, torch.zeros_like(x)))
    assert ((torch.sigmoid(x) >= 0) & (torch.sigmoid(x) <= 1)).all()
    assert (torch.tanh(x).abs() <= 1).all()
    assert (torch.relu(x)[x < 0] == 0).all()


def test_perceptron_threshold():
    """Property: the unit fires above the threshold of 0.5 and not at it."""
    weights = np.array([0.25, 0.25, 0.5])
    sums = {(1, 1, 0): 0.5, (0, 1, 1): 0.75, (1, 0, 0): 0.25}
    for inputs, expected in sums.items():
        total = float(weights @ np.array(inputs))
        assert total == expected
        assert (total > 0.5) == (inputs == (0, 1, 1))


def test_hyperplane_dimension():
    """Property: the points with w x = c fill n - 1 dimensions."""
    for n in (2, 3, 10):
        weights = np.arange(1.0, n + 1)[None]
        directions = np.linalg.svd(weights)[2][1:]  # The null space of one row.
        assert directions.shape[0] == n - 1
        assert np.abs(directions @ weights[0]).max() < 1e-12 * n**2
