"""The MLP: the written formula, torch's own initialization, the number of its parameters."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib.models.mlp import mlp, parameter_count
from lineart_lib.runtime import generator


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        ((784, 128, 128, 10), 118_282),
        ((1, 16, 16, 1), 321),
        ((2, 32, 32, 1), 1_185),
        ((784, 10), 7_850),
    ],
)
def test_parameter_counts_of_the_book(widths, expected):
    """Equivalence: one bias a unit gives the counts that the errata page corrects."""
    assert parameter_count(mlp(widths)) == expected


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=6))
def test_parameter_count_is_the_closed_form(widths):
    """Equivalence: the count is the sum of (inputs + 1) · outputs over the layers."""
    expected = sum((a + 1) * b for a, b in pairwise(widths))
    assert parameter_count(mlp(widths)) == expected


def test_frozen_parameters_are_not_counted():
    """Property: only what training may change counts."""
    model = mlp((3, 4, 2))
    model[0].weight.requires_grad_(False)
    assert parameter_count(model) == 4 + 4 * 2 + 2


@pytest.mark.parametrize(
    ("activation", "formula"),
    [
        ("relu", lambda x: np.maximum(x, 0)),
        ("tanh", np.tanh),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("identity", lambda x: x),
    ],
)
def test_the_network_is_the_written_formula(activation, formula):
    """Equivalence: W3 σ(W2 σ(W1 x + b1) + b2) + b3 in NumPy gives the same outputs."""
    model = mlp((5, 7, 6, 3), activation, generator(0)).double()
    x = np.random.default_rng(0).normal(size=(11, 5))
    out = x
    layers = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    for number, layer in enumerate(layers):
        weight, bias = (p.detach().numpy() for p in (layer.weight, layer.bias))
        out = out @ weight.T + bias
        out = formula(out) if number < len(layers) - 1 else out
    # float64: a few dozen additions of numbers near 1 round to about 1e-15.
    np.testing.assert_allclose(model(torch.tensor(x)).detach().numpy(), out, atol=1e-13)


def test_initial_weights_are_those_of_torch():
    """Equivalence: drawn from the same seed, the weights are those that `nn.Linear` draws."""
    torch.manual_seed(7)
    reference = mlp((20, 30, 4))
    for ours, theirs in zip(
        mlp((20, 30, 4), generator=generator(7)).parameters(), reference.parameters(), strict=True
    ):
        # torch's bound is sqrt(3) · sqrt(1/3) / sqrt(inputs): the same number but for rounding.
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)


def test_a_generator_leaves_the_global_one_alone():
    """Property: building a seeded network neither reads nor moves torch's global generator."""
    before = torch.get_rng_state()
    first, again = (mlp((6, 5, 4), generator=generator(1)) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)
    )
    assert first[0].weight.abs().max() <= 1 / math.sqrt(6)


def test_gradients_are_right():
    """Gradient: torch's gradcheck in float64, through two hidden layers."""
    model = mlp((3, 5, 4, 2), "tanh", generator(2)).double()
    x = torch.randn(6, 3, dtype=torch.float64, generator=generator(3), requires_grad=True)
    assert torch.autograd.gradcheck(model, (x,))


@pytest.mark.parametrize(
    ("widths", "activation", "complaint"),
    [
        ((4,), "relu", "two or more"),
        ((4, 0, 2), "relu", "at least 1"),
        ((4, 2), "gelu", "one of relu"),
    ],
)
def test_errors_say_what_was_expected(widths, activation, complaint):
    """Property: widths and activations that make no network are refused."""
    with pytest.raises(ValueError, match=complaint):
        mlp(widths, activation)
