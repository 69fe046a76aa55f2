"""Rosenblatt's perceptron: what it can learn, how fast, and what it never can."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib.models.perceptron import Perceptron, accuracy, learn
from lineart_lib.runtime import generator

CORNERS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)


@pytest.mark.parametrize(
    "labels",
    [row for row in itertools.product((0, 1), repeat=4) if row not in {(0, 1, 1, 0), (1, 0, 0, 1)}],
)
def test_all_but_two_gates_are_learned(labels: tuple[int, ...]) -> None:
    """Learning: 14 of the 16 functions of two bits are separable, and the rule stops on each."""
    perceptron, mistakes = learn(CORNERS, torch.tensor(labels), generator=generator(0))
    assert accuracy(perceptron, CORNERS, torch.tensor(labels)) == 1.0
    assert mistakes[-1] == 0


@pytest.mark.parametrize("labels", [(0, 1, 1, 0), (1, 0, 0, 1)])
def test_xor_is_out_of_reach(labels: tuple[int, ...]) -> None:
    """Limit: on XOR and its opposite the rule never stops; three of four is its best."""
    perceptron, mistakes = learn(CORNERS, torch.tensor(labels), generator=generator(0))
    assert accuracy(perceptron, CORNERS, torch.tensor(labels)) == 0.75
    assert len(mistakes) == 100
    assert min(mistakes) > 0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.floats(0.1, 0.5))
def test_mistakes_stay_below_the_bound_of_novikoff(seed: int, margin: float) -> None:
    """Property: points within R, separated by a margin γ, cost at most (R/γ)² mistakes."""
    draws = generator(seed)
    normal = torch.randn(3, generator=draws, dtype=torch.float64)
    normal /= normal.norm()
    points = torch.rand(80, 2, generator=draws, dtype=torch.float64) * 2 - 1
    extended = torch.cat([points, torch.ones(80, 1, dtype=torch.float64)], dim=1)
    scores = extended @ normal
    keep = scores.abs() > margin
    if not keep.any():
        return
    _, mistakes = learn(points[keep], (scores[keep] > 0).long(), generator=draws, passes=2000)
    radius = extended[keep].norm(dim=1).max().item()
    assert mistakes[-1] == 0
    assert sum(mistakes) <= (radius / margin) ** 2


def test_answers_are_those_of_the_formula() -> None:
    """Closed form: the sum is over weighted inputs, and a sum of exactly zero answers 0."""
    perceptron = Perceptron(torch.tensor([1.0, -2.0], dtype=torch.float64), 1.0)
    rows = torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    assert perceptron(rows).tolist() == [1, 0, 0]


def test_unfit_arguments_are_refused() -> None:
    """Errors: labels of another kind and no pass at all are named."""
    with pytest.raises(ValueError, match=r"0 or 1; got \[-1, 1\]"):
        learn(CORNERS, torch.tensor([-1, 1, 1, -1]), generator=generator(0))
    with pytest.raises(ValueError, match="at least 1; got 0"):
        learn(CORNERS, torch.tensor([0, 0, 0, 1]), generator=generator(0), passes=0)
