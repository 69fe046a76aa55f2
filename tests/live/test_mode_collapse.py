"""The GAN that plays in the page: gradients of PyTorch, and a collapse that really happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.adversarial import gradient_penalty

Run = Callable[..., Any]


def as_layers(model: torch.nn.Sequential) -> list[dict[str, Any]]:
    """Write a network as the toy holds it."""
    return [
        {
            "inputs": layer.in_features,
            "outputs": layer.out_features,
            "w": layer.weight.flatten().tolist(),
            "b": layer.bias.tolist(),
        }
        for layer in model
        if isinstance(layer, torch.nn.Linear)
    ]


def gradients(model: torch.nn.Sequential) -> list[float]:
    """List all gradients of a network in the toy's order."""
    return torch.cat(
        [p.grad.flatten() if p.grad is not None else p.flatten() * 0 for p in model.parameters()]
    ).tolist()


FLAT = "sums.flatMap((s) => [...s.w, ...s.b])"


def test_gradients_are_those_of_torch(in_node: Run) -> None:
    """Equivalence: outputs, gradients of the weights and of the input equal autograd's."""
    model = mlp((2, 9, 7, 1), generator=generator(0)).double()
    x = torch.randn(11, 2, dtype=torch.float64, generator=generator(1), requires_grad=True)
    out = model(x)
    out.square().sum().backward()
    answer = in_node(
        "mode-collapse",
        "const values = toy.forward(given.layers, given.x); const sums = toy.blank(given.layers);"
        "const back = toy.backward(given.layers, values, values.at(-1).map((s) => 2 * s), sums);"
        f"return {{out: [...values.at(-1)], back: [...back], sums: {FLAT}}};",
        layers=as_layers(model),
        x=x.flatten().tolist(),
    )
    # Both compute in float64; the sums run in another order.
    assert answer["out"] == pytest.approx(out.flatten().tolist(), abs=1e-12)
    assert answer["back"] == pytest.approx(x.grad.flatten().tolist(), abs=1e-12)
    assert answer["sums"] == pytest.approx(gradients(model), abs=1e-12)


def test_the_penalty_has_the_gradient_of_the_library(in_node: Run) -> None:
    """Equivalence: the difference of two gradients is torch's gradient of a gradient."""
    critic = mlp((2, 12, 12, 1), generator=generator(3)).double()
    points = torch.randn(20, 2, dtype=torch.float64, generator=generator(4))
    alpha = torch.ones(20, dtype=torch.float64)  # The points themselves.
    penalty = gradient_penalty(lambda x: critic(x).squeeze(1), points, points, alpha)
    (10 * penalty.mean()).backward()
    found = in_node(
        "mode-collapse",
        "const sums = toy.blank(given.layers);"
        f"toy.penaltyGradient(given.layers, given.x, 10, sums); return {FLAT};",
        layers=as_layers(critic),
        x=points.flatten().tolist(),
    )
    # A ReLU network is straight between its kinks, so the difference is exact but for rounding,
    # which the division by a reach of 1e-5 magnifies.
    assert found == pytest.approx(gradients(critic), abs=1e-8)
    assert max(map(abs, found)) > 0.1


GAME = """
const rule = {objective: given.objective, seed: given.seed, modes: 8, learning_rate: 2e-3};
const play = toy.game(rule);
for (let k = 0; k < given.steps; k++) play.step();
const points = play.points();
return {...toy.quality(points, 8), first: [...points.slice(0, 4)]};
"""


def test_same_seed_same_game(in_node: Run) -> None:
    """Property: the seed decides the game, and another seed gives another."""
    first, again, other = (
        in_node("mode-collapse", GAME, objective="wgan-gp", seed=seed, steps=5)["first"]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_the_plain_game_collapses_and_the_other_learns(in_node: Run) -> None:
    """Learning: at the toy's own settings and seed one game collapses and the other does not."""
    plain = in_node("mode-collapse", GAME, objective="non-saturating", seed=1, steps=400)
    held = in_node("mode-collapse", GAME, objective="wgan-gp", seed=1, steps=400)
    assert plain["hit"] <= 4
    assert held["hit"] >= 7


def test_quality_counts_by_hand(in_node: Run) -> None:
    """Equivalence: four points counted by hand on a ring of four modes."""
    points = [1.0, 0.05, 0.0, 1.0, 0.0, 0.9, 0.0, 0.0]
    answer = in_node("mode-collapse", "return toy.quality(given.points, 4);", points=points)
    assert answer == {"hit": 2, "near": 0.75}
