"""The optimizers and the functions of the playground, run in node, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

TORCH: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}

MIXTURE = {"weights": [0.5, 0.2, 0.3], "means": [1.7, -1.0, 0.6], "stds": [0.4, 0.9, 0.3]}


def mixture(x: torch.Tensor) -> torch.Tensor:
    """Cost of the 1-D mixture: minus its density, through torch.distributions."""
    weights, means, stds = (
        torch.tensor(MIXTURE[k], dtype=x.dtype) for k in ("weights", "means", "stds")
    )
    return -(weights * torch.distributions.Normal(means, stds).log_prob(x[0]).exp()).sum()


COSTS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], list[float], float]] = {
    "square": (lambda v: v[0] ** 2, [-1.0], 0.1),
    "mixture": (mixture, [1.0], 0.05),
    "bowl": (lambda v: 0.5 * (v[0] ** 2 + 10 * v[1] ** 2), [-2.6, 1.0], 0.05),
    "rosenbrock": (
        lambda v: (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2,
        [-1.5, 2.0],
        0.0002,
    ),
    "himmelblau": (
        lambda v: (v[0] ** 2 + v[1] - 11) ** 2 + (v[0] + v[1] ** 2 - 7) ** 2,
        [-0.5, -1.0],
        0.002,
    ),
    "saddle": (lambda v: v[0] ** 2 - v[1] ** 2 + 0.25 * v[1] ** 4, [-2.0, 0.01], 0.05),
}


def torch_walk(name: str, function: str, steps: int) -> list[list[float]]:
    """Walk with torch.optim in float64; gradients come from autograd."""
    cost, start, lr = COSTS[function]
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = TORCH[name]([x], lr=lr)
    path = [x.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        cost(x).backward()
        optimizer.step()
        path.append(x.tolist())
    return path


@pytest.mark.parametrize("name", sorted(TORCH))
def test_walks_equal_those_of_torch(in_node: Callable[..., Any], name: str) -> None:
    """Equivalence: 50 steps on every function stay within 1e-6 of torch.optim.

    Both work in float64. On these paths rounding grows by far less than 1e-6 in 50 steps; an
    epsilon inside the root or a missing bias correction moves them by more than 1e-3.
    """
    walks = in_node(
        "optimizer-playground",
        """
        const functions = toy.makeFunctions(given.mixture);
        return Object.fromEntries(Object.entries(given.starts).map(([f, [start, lr]]) =>
          [f, toy.run(given.name, functions[f], start, { lr }, 50)]));
        """,
        name=name,
        mixture=MIXTURE,
        starts={f: (start, lr) for f, (_, start, lr) in COSTS.items()},
    )
    for function, walk in walks.items():
        ours = torch.tensor(walk, dtype=torch.float64)
        theirs = torch.tensor(torch_walk(name, function, 50), dtype=torch.float64)
        assert ours.shape == theirs.shape
        assert torch.max(torch.abs(ours - theirs)) < 1e-6, function
        assert torch.max(torch.abs(ours[-1] - ours[0])) > 1e-4, f"{function}: nothing moved"


def test_gradients_equal_those_of_autograd(in_node: Callable[..., Any]) -> None:
    """Gradient: cost and slope of every function match autograd at random points."""
    generator = torch.Generator().manual_seed(0)
    points = {
        f: (4 * torch.rand(20, len(start), generator=generator, dtype=torch.float64) - 2).tolist()
        for f, (_, start, _) in COSTS.items()
    }
    found = in_node(
        "optimizer-playground",
        """
        const functions = toy.makeFunctions(given.mixture);
        return Object.fromEntries(Object.entries(given.points).map(([f, list]) =>
          [f, list.map((p) => [functions[f].f(p), functions[f].grad(p)])]));
        """,
        points=points,
        mixture=MIXTURE,
    )
    for function, (cost, _, _) in COSTS.items():
        for point, (value, slope) in zip(points[function], found[function], strict=True):
            x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
            expected = cost(x)
            expected.backward()
            assert value == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
            assert slope == pytest.approx(x.grad.tolist(), rel=1e-10, abs=1e-10)


def test_every_listed_minimum_is_one(in_node: Callable[..., Any]) -> None:
    """Property: at a listed minimum the slope is 0 and each step away costs more."""
    report = in_node(
        "optimizer-playground",
        """
        return Object.values(toy.makeFunctions()).flatMap((fn) => fn.minima.map((m) => {
          const around = m.flatMap((_, i) => [-1e-3, 1e-3].map((d) =>
            fn.f(m.map((c, k) => (k === i ? c + d : c)))));
          return { slope: Math.hypot(...fn.grad(m)), rise: Math.min(...around) - fn.f(m) };
        }));
        """,
    )
    assert len(report) >= 10
    assert all(minimum["slope"] < 1e-6 for minimum in report)
    assert all(minimum["rise"] > 0 for minimum in report)


@pytest.mark.parametrize(
    ("rate", "word", "last"),
    [(2.0, "diverged", None), (1.0, "bouncing", 1.0), (0.1, "converged", 0.0)],
)
def test_the_three_learning_rates_of_the_draft(
    in_node: Callable[..., Any], rate: float, word: str, last: float | None
) -> None:
    """Closed form: on y = x² each step multiplies x by 1 - 2ε: it grows, alternates or shrinks."""
    answer = in_node(
        "optimizer-playground",
        """
        const fn = toy.makeFunctions().square;
        const path = toy.run("sgd", fn, [-1], { lr: given.rate }, 40);
        return { path: path.map((p) => p[0]), said: toy.verdict(path, fn) };
        """,
        rate=rate,
    )
    assert answer["said"]["word"] == word
    expected = [-((1 - 2 * rate) ** t) for t in range(len(answer["path"]))]
    assert answer["path"] == pytest.approx(expected, rel=1e-9)
    if last is not None:
        assert abs(answer["path"][-1]) == pytest.approx(last, abs=1e-3)


def test_the_five_optimizers_part_on_the_default_mixture(in_node: Callable[..., Any]) -> None:
    """Learning: from x = 1 with ε = 0.5 each optimizer ends where the draft reports it."""
    said = in_node(
        "optimizer-playground",
        """
        const fn = toy.makeFunctions().mixture;
        return Object.fromEntries(Object.keys(toy.optimizers).map((name) =>
          [name, toy.verdict(toy.run(name, fn, [1], { lr: 0.5 }, 100), fn)]));
        """,
    )
    converged = {"word": "converged"}
    assert said["momentum"] == {**converged, "place": "global minimum"}
    assert said["adagrad"] == {**converged, "place": "global minimum"}
    assert said["sgd"] == {**converged, "place": "local minimum"}
    assert said["adam"] == {**converged, "place": "local minimum"}
    assert said["rmsprop"]["word"] == "diverged"


def test_the_default_mixture_is_that_of_the_chapter(in_node: Callable[..., Any]) -> None:
    """Equivalence: without a state the toy shows the library's mixture, with its minima."""
    from lineart_lib.autodiff.landscapes import MIXTURE as chapter

    cost, minima = in_node(
        "optimizer-playground",
        """
        const fn = toy.makeFunctions().mixture;
        return [[-1, 0, 1, 2, 3].map((x) => fn.f([x])), fn.minima.map((m) => m[0])];
        """,
    )
    assert cost == pytest.approx([chapter.cost(float(x)) for x in (-1, 0, 1, 2, 3)], rel=1e-12)
    assert sorted(minima) == pytest.approx(sorted(chapter.minima()), abs=1e-9)
