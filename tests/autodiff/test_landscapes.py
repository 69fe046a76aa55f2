"""The landscapes against PyTorch and SciPy, the walks against closed forms."""

import json
import math
import re
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from lineart_lib.autodiff import SGD, Adagrad, Adam, Dual, Momentum, RMSProp
from lineart_lib.autodiff.landscapes import MIXTURE, Mixture, slope, square, walk

ROOT = Path(__file__).parents[2]


def torch_cost(x: torch.Tensor) -> torch.Tensor:
    """Compute minus the density of the example with PyTorch's distributions."""
    parts = torch.distributions.Normal(
        torch.tensor(MIXTURE.means, dtype=torch.float64),
        torch.tensor(MIXTURE.stds, dtype=torch.float64),
    )
    shares = torch.distributions.Categorical(torch.tensor(MIXTURE.weights, dtype=torch.float64))
    return -torch.distributions.MixtureSameFamily(shares, parts).log_prob(x).exp()


@given(st.floats(-4.0, 5.0))
def test_cost_and_slope_are_those_of_torch(place: float) -> None:
    """Equivalence: minus PyTorch's mixture density, and its gradient; float64 keeps 12 digits."""
    x = torch.tensor(place, dtype=torch.float64, requires_grad=True)
    cost = torch_cost(x)
    cost.backward()
    assert MIXTURE.cost(place) == pytest.approx(cost.item(), rel=1e-11, abs=1e-12)
    assert slope(MIXTURE.cost, place) == pytest.approx(x.grad.item(), rel=1e-9, abs=1e-11)


def test_forward_and_reverse_mode_agree() -> None:
    """Equivalence: a dual number and a backward sweep find one slope, to rounding."""
    tangent = MIXTURE.cost(Dual(0.7, 1.0)).tangent
    assert tangent == pytest.approx(slope(MIXTURE.cost, 0.7), rel=1e-12)


def test_minima_are_those_of_scipy() -> None:
    """Equivalence: SciPy's bounded search finds the same two minima, to its own tolerance."""
    best, other = MIXTURE.minima()
    for place in (best, other):
        around = (place - 0.15, place + 0.15)
        found = minimize_scalar(
            MIXTURE.cost, bounds=around, method="bounded", options={"xatol": 1e-9}
        )
        assert place == pytest.approx(found.x, abs=1e-6)
    assert MIXTURE.cost(best) < MIXTURE.cost(other)


def test_a_single_gaussian_has_its_minimum_at_its_mean() -> None:
    """Property: one component, one minimum, at the mean."""
    assert Mixture((1.0,), (0.3,), (0.5,)).minima() == pytest.approx([0.3])


@pytest.mark.parametrize("rate", [2.0, 1.0, 0.1])
def test_gradient_descent_on_the_square_is_geometric(rate: float) -> None:
    """Closed form: on x² each step multiplies x by 1 - 2·rate."""
    path = walk(square, -1.0, partial(SGD, lr=rate), 12)
    assert path == pytest.approx([-((1 - 2 * rate) ** step) for step in range(13)], rel=1e-12)


def test_example_shows_the_pattern_of_the_draft() -> None:
    """Behaviour: Momentum and Adagrad end in the best minimum, SGD and Adam in the other one."""
    best, other = MIXTURE.minima()
    ends = {
        make.__name__: walk(MIXTURE.cost, 1.0, partial(make, lr=0.5), 100)[-1]
        for make in (SGD, Momentum, Adagrad, RMSProp, Adam)
    }
    assert [ends["Momentum"], ends["Adagrad"]] == pytest.approx([best, best], abs=0.02)
    assert [ends["SGD"], ends["Adam"]] == pytest.approx([other, other], abs=0.02)
    assert abs(ends["RMSProp"]) > 4.0


def test_first_step_of_rmsprop_ignores_the_slope() -> None:
    """Closed form: from r = 0 the first step is rate/√(1-α), here 5, however small the slope."""
    start, first = walk(MIXTURE.cost, 1.0, partial(RMSProp, lr=0.5, alpha=0.99), 1)
    assert abs(first - start) == pytest.approx(0.5 / math.sqrt(0.01), rel=1e-5)


def test_the_page_and_the_library_hold_one_mixture() -> None:
    """Consistency: the state of the playground carries the numbers of the library."""
    text = (ROOT / "lineart_lib" / "live" / "landscapes.json").read_text(encoding="utf-8")
    given_state = json.loads(text)
    mixture = given_state["mixture"]
    assert Mixture(*(tuple(mixture[key]) for key in ("weights", "means", "stds"))) == MIXTURE
    assert (given_state["start"], given_state["learning_rate"]) == ([1], 0.5)
    chapter = (ROOT / "book" / "context" / "core-principles.md").read_text(encoding="utf-8")
    (body,) = re.findall(r"```\{live\} optimizer-playground\n(.*?)```", chapter, re.DOTALL)
    assert json.loads(body) == given_state


@pytest.mark.parametrize(
    ("weights", "means", "stds", "message"),
    [
        ((0.5, 0.4), (0.0, 1.0), (1.0, 1.0), "add up to 1"),
        ((1.0,), (0.0, 1.0), (1.0,), "one entry a component"),
        ((1.5, -0.5), (0.0, 1.0), (1.0, 1.0), "above 0"),
        ((1.0,), (0.0,), (0.0,), "above 0"),
    ],
)
def test_unfit_mixtures_are_refused(
    weights: tuple[float, ...], means: tuple[float, ...], stds: tuple[float, ...], message: str
) -> None:
    """Errors: a mixture that is no density never comes to be."""
    with pytest.raises(ValueError, match=message):
        Mixture(weights, means, stds)
