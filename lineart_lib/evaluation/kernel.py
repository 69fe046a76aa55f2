"""The kernel distance of two sets of features, known as KID when they are Inception's.

Unlike the Fréchet distance it has no bias: two sets of real pictures are 0 apart on average,
however few they are. A single estimate may then be below 0.

References
----------
.. [1] Bińkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", 2018, section 4.
.. [2] Gretton, Borgwardt, Rasch, Schölkopf, Smola, "A Kernel Two-Sample Test", 2012, equation 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lineart_lib.evaluation.metrics import Interval


def kernel_distance(first: Tensor, second: Tensor) -> float:
    """Return the squared maximum mean discrepancy under the cubic kernel, without bias [1]_.

    Parameters
    ----------
    first, second : Tensor
        (rows, features) each, two rows at least, any floating type; the sums are in float64.

    Returns
    -------
    float
        Near 0, below it too, where both are drawn alike; symmetric in its arguments.

    Raises
    ------
    ValueError
        The features differ in number, or a set has fewer than two rows.
    """
    ones = torch.ones(1, len(first)), torch.ones(1, len(second))
    return float(_weighted(first, second, *ones)[0])


def kernel_interval(
    first: Tensor,
    second: Tensor,
    generator: torch.Generator,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Return the distance and its interval under redrawn rows.

    A row that was drawn twice is never compared with itself, so a redrawn distance has no bias
    either, and plain percentiles serve. Where both sets are drawn alike, a bootstrap says little:
    there, look at `lineart_lib.evaluation.metrics.real_floor`. All resamples are one product of
    matrices.

    Parameters
    ----------
    first, second : Tensor
        (rows, features) each.
    generator : torch.Generator
        Draws the resamples.
    resamples : int
        At least 2.
    level : float
        Share of the resamples inside, in (0, 1).

    Raises
    ------
    ValueError
        Too few resamples or no such level.
    """
    if resamples < 2 or not 0 < level < 1:
        raise ValueError(
            f"resamples must be 2 or more and level in (0, 1); got {resamples} and {level}"
        )
    counts = [
        torch.stack(
            [
                torch.randint(n, (n,), generator=generator).bincount(minlength=n)
                for _ in range(resamples)
            ]
        )
        for n in (len(first), len(second))
    ]
    drawn = _weighted(first, second, *counts)
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = drawn.quantile(tails).tolist()
    return Interval(kernel_distance(first, second), low, high)


def _weighted(first: Tensor, second: Tensor, weigh_first: Tensor, weigh_second: Tensor) -> Tensor:
    """Return the distance for each row of weights, (draws, rows): float64 (draws,).

    Equation 3 of [2]_; a row is not compared with itself, whatever its weight.
    """
    if min(first.ndim, second.ndim) != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            "both sets need (rows, features) of one network; "
            f"got {tuple(first.shape)} and {tuple(second.shape)}"
        )
    if min(len(first), len(second)) < 2:
        raise ValueError(f"each set needs 2 rows; got {len(first)} and {len(second)}")
    first, second = first.double(), second.double()
    weigh_first, weigh_second = weigh_first.double(), weigh_second.double()
    within = _among(first, weigh_first) + _among(second, weigh_second)
    across = ((weigh_first @ _kernel(first, second)) * weigh_second).sum(dim=1)
    return within - 2 * across / (weigh_first.sum(dim=1) * weigh_second.sum(dim=1))


def _among(rows: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of the kernel over pairs of different rows."""
    kernel = _kernel(rows, rows)
    kernel.fill_diagonal_(0)
    pairs = weights.sum(dim=1).square() - weights.square().sum(dim=1)
    return ((weights @ kernel) * weights).sum(dim=1) / pairs


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    """Return the cubic kernel of all pairs, (n, m)."""
    return (first @ second.T / first.shape[1] + 1) ** 3
