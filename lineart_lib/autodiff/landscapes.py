"""Two costs of one number, and a walk down them: what the chapter shows optimizers on.

The functions are written with ``+ - * / **`` only. So the same line computes with floats, with
the nodes of the toy engine, with dual numbers and with arrays. The chapter is "Core Principles",
section Optimization.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lineart_lib.autodiff.engine import Node
from lineart_lib.autodiff.optim import Optimizer


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians turned upside down: its highest mode is the lowest cost.

    Raises
    ------
    ValueError
        When the lengths differ, a weight or a deviation is not above zero, or the weights do not
        add up to 1.
    """

    weights: tuple[float, ...]
    """Share of each component, above 0; they add up to 1."""
    means: tuple[float, ...]
    """Centre of each component."""
    stds: tuple[float, ...]
    """Standard deviation of each component, above 0."""

    def __post_init__(self) -> None:
        lengths = {len(self.weights), len(self.means), len(self.stds)}
        if len(lengths) != 1 or lengths == {0}:
            raise ValueError(
                "weights, means and stds must have one entry a component; got "
                f"{len(self.weights)}, {len(self.means)} and {len(self.stds)}"
            )
        if min(*self.weights, *self.stds) <= 0.0:
            raise ValueError(
                f"weights and stds must be above 0; got {self.weights} and {self.stds}"
            )
        if not math.isclose(sum(self.weights), 1.0, abs_tol=1e-9):
            raise ValueError(
                f"the weights must add up to 1; got {sum(self.weights)}: divide each by their sum"
            )

    def cost(self, x: Any) -> Any:
        """Give minus the density of the mixture.

        Parameters
        ----------
        x : float, Node, Dual or array
            Where to look.

        Returns
        -------
        same as x
            Below zero; the deeper, the better.
        """
        terms = [
            weight / (std * math.sqrt(2 * math.pi)) * math.e ** (-0.5 * ((x - mean) / std) ** 2)
            for weight, mean, std in zip(self.weights, self.means, self.stds, strict=True)
        ]
        return -sum(terms[1:], start=terms[0])

    def minima(self, cells: int = 4000) -> list[float]:
        """Find the local minima of the cost, by bisection where the slope turns from down to up.

        Parameters
        ----------
        cells : int
            In how many pieces the interval between the outermost means is searched; at least 1.
            All minima lie there. Two of them in one piece would be missed.

        Returns
        -------
        list of float
            The minima, from the lowest cost to the highest.
        """
        low, high = min(self.means) - 1e-6, max(self.means) + 1e-6
        edges = [low + (high - low) * cell / cells for cell in range(cells + 1)]
        slopes = [slope(self.cost, edge) for edge in edges]
        found = [
            _bisect(self.cost, edges[cell], edges[cell + 1])
            for cell in range(cells)
            if slopes[cell] < 0.0 <= slopes[cell + 1]
        ]
        return sorted(found, key=self.cost)


MIXTURE = Mixture(weights=(0.55, 0.24, 0.21), means=(1.23, 2.0, 1.12), stds=(0.55, 0.25, 0.8))
"""The example of the chapter; the notebook on optimization tells how it was found."""


def square(x: Any) -> Any:
    """Give x², the simplest cost that has a minimum."""
    return x * x


def slope(cost: Callable[[Any], Any], x: float) -> float:
    """Differentiate a cost at a point, by a backward sweep of the toy engine."""
    place = Node(x)
    cost(place).backward()
    return place.grad


def walk(
    cost: Callable[[Any], Any],
    start: float,
    optimizer: Callable[[Iterable[Node]], Optimizer],
    steps: int,
) -> list[float]:
    """Let an optimizer of the toy engine walk down a cost of one number.

    Parameters
    ----------
    cost : callable
        Maps a Node to a Node.
    start : float
        Where the walk begins.
    optimizer : callable
        Makes the optimizer from the list of parameters: ``partial(SGD, lr=0.1)``.
    steps : int
        How many steps to take, at least 0.

    Returns
    -------
    list of float
        ``steps + 1`` places, the start among them.
    """
    place = Node(start)
    rule = optimizer([place])
    path = [place.value]
    for _ in range(steps):
        rule.zero_grad()
        cost(place).backward()
        rule.step()
        path.append(place.value)
    return path


def _bisect(cost: Callable[[Any], Any], low: float, high: float) -> float:
    """Halve an interval whose slope turns from down to up until floats cannot halve it further."""
    while low < (middle := (low + high) / 2) < high:
        if slope(cost, middle) < 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
