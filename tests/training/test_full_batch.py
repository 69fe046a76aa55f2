"""Descent over one batch: the norm against torch, the loop by a closed form and by learning."""

import pytest
import torch
from torch import nn

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.full_batch import descend, squared_norm


def test_squared_norm_is_that_of_the_flat_vector() -> None:
    """Equivalence: the squared norm of all parameters in one vector; float32 keeps six digits."""
    model = mlp((3, 5, 2), generator=generator(0))
    flat = nn.utils.parameters_to_vector(model.parameters())
    assert squared_norm(model).item() == pytest.approx(flat.dot(flat).item(), rel=1e-6)


def test_gradient_of_the_squared_norm_is_twice_the_parameter() -> None:
    """Closed form: d‖θ‖²/dθ = 2θ."""
    model = mlp((3, 5, 2), generator=generator(1))
    squared_norm(model).backward()
    for parameter in model.parameters():
        torch.testing.assert_close(parameter.grad, 2 * parameter.detach())


def test_each_step_shrinks_a_square_as_computed() -> None:
    """Closed form: on x² with rate 0.1 the cost falls by 0.8² a step, and is told before it."""
    x = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)
    history = descend(lambda: x**2, torch.optim.SGD([x], lr=0.1), steps=5)
    assert history == pytest.approx([0.64**step for step in range(5)], rel=1e-12)


def test_a_small_network_learns_a_small_batch() -> None:
    """Learning: eight points of a line are fitted to a hundredth of their first cost."""
    inputs = torch.linspace(-1, 1, 8)[:, None]
    model = mlp((1, 8, 1), "tanh", generator=generator(0))
    history = descend(
        lambda: (model(inputs) - 2 * inputs).square().mean(),
        torch.optim.Adam(model.parameters(), lr=0.02),
        steps=400,
    )
    assert history[-1] < history[0] / 100


def test_unfit_runs_are_refused() -> None:
    """Errors: no step at all, and a cost that left the numbers."""
    x = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(ValueError, match="at least 1; got 0"):
        descend(lambda: x**2, torch.optim.SGD([x], lr=0.1), steps=0)
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        descend(lambda: x**2, torch.optim.SGD([x], lr=1e30), steps=5)
