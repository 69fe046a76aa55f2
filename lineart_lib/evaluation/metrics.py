"""Compare two sets of samples by their features: distances with their intervals.

A feature is a row of numbers, for example the last hidden layer of a classifier. Where the rows
come from is the caller's business, and has to be said beside every number: a distance on the
features of one network says nothing about a distance on those of another.

References
----------
.. [1] Dowson, Landau, "The Fréchet Distance between Multivariate Normal Distributions", 1982.
.. [2] Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
   Equilibrium", 2017, section 4.
.. [3] Chong, Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find Them", 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Gaussian:
    """The mean and the covariance of a set of features."""

    mean: Tensor
    """float64 (features,)."""
    covariance: Tensor
    """float64 (features, features), symmetric, without negative eigenvalues."""


@dataclass(frozen=True)
class Interval:
    """A measured number and where it would lie if the samples were drawn again."""

    estimate: float
    """What was measured on the samples at hand."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""


def gaussian(features: Tensor, counts: Tensor | None = None) -> Gaussian:
    """Fit a Gaussian to rows of features.

    Parameters
    ----------
    features : Tensor
        (rows, features), at least two rows, any floating type; the sums are in float64.
    counts : Tensor, optional
        (rows,), how often each row occurs; once by default.

    Returns
    -------
    Gaussian
        The covariance is divided by the number of rows less one.

    Raises
    ------
    ValueError
        It is no table of two rows or more, or holds a number that is not finite.
    """
    mean, root = _rooted(features, counts)
    return Gaussian(mean, root.T @ root)


def _rooted(features: Tensor, counts: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the mean, and rows R such that ``RᵀR`` is the covariance."""
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(
            f"features must be (rows, features) with two rows or more; got {tuple(features.shape)}"
        )
    rows = features.double()
    if not rows.isfinite().all():
        raise ValueError("features hold a NaN or an infinity: look at the samples they came from")
    weights = torch.ones(len(rows), dtype=rows.dtype) if counts is None else counts.double()
    total = weights.sum()
    mean = weights @ rows / total
    return mean, (rows - mean) * (weights / (total - 1)).sqrt()[:, None]


def square_root(matrix: Tensor) -> Tensor:
    """Return the symmetric square root of a symmetric matrix without negative eigenvalues.

    Eigenvalues that rounding has made negative count as zero, so that a covariance of fewer rows
    than features has a root too.

    Returns
    -------
    Tensor
        (n, n), the R with R R = `matrix`.
    """
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def gaussian_distance(first: Gaussian, second: Gaussian) -> float:
    """Return the squared Fréchet distance of two Gaussians, the quantity that FID reports.

    It is ``|m1 - m2|² + tr(S1 + S2 - 2 (S1^½ S2 S1^½)^½)`` [1]_. The inner matrix is symmetric,
    so its root comes from real eigenvalues; that of ``S1 S2`` would not.

    Returns
    -------
    float
        At least 0; 0 for equal Gaussians.

    Raises
    ------
    ValueError
        The two differ in their number of features.
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(
            "both Gaussians need the same features; "
            f"got {len(first.mean)} and {len(second.mean)}: use one network for both"
        )
    root = square_root(first.covariance)
    inner = torch.linalg.eigvalsh(root @ second.covariance @ root).clamp_min(0)
    traces = first.covariance.trace() + second.covariance.trace()
    squared = (first.mean - second.mean).square().sum() + traces - 2 * inner.sqrt().sum()
    return max(0.0, squared.item())


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """Return the squared Fréchet distance of the Gaussians fitted to two sets of features.

    The estimate is biased upwards, the more so the fewer the rows [3]_: compare only numbers from
    equally many rows, and look at `real_floor`.

    Parameters
    ----------
    first, second : Tensor
        (rows, features) each; the numbers of rows may differ.

    Returns
    -------
    float
        At least 0; symmetric in its arguments.
    """
    return _frechet(first, second)


def _frechet(
    first: Tensor, second: Tensor, counts: tuple[Tensor | None, Tensor | None] = (None, None)
) -> float:
    """Return the distance of rows that count as often as is said, the quicker of two ways.

    With few rows no covariance need be formed: where ``S1 = AᵀA`` and ``S2 = BᵀB``, the trace of
    the root of the product is the sum of the singular values of ``A Bᵀ``.
    """
    if len(first) + len(second) > max(first.shape[-1], second.shape[-1]):
        return gaussian_distance(gaussian(first, counts[0]), gaussian(second, counts[1]))
    (mean, root), (other_mean, other_root) = _rooted(first, counts[0]), _rooted(second, counts[1])
    if mean.shape != other_mean.shape:
        raise ValueError(
            f"both sets need the same features; got {len(mean)} and {len(other_mean)}: use one "
            "network for both"
        )
    shared = torch.linalg.svdvals(root @ other_root.T).sum()
    traces = root.square().sum() + other_root.square().sum()
    squared = (mean - other_mean).square().sum() + traces - 2 * shared
    return max(0.0, squared.item())


def frechet_interval(
    first: Tensor,
    second: Tensor,
    generator: torch.Generator,
    *,
    resamples: int = 200,
    level: float = 0.95,
) -> Interval:
    """Return the distance and a bootstrap interval of it.

    Rows of both sets are drawn again with replacement. Such a draw repeats rows, and so looks
    farther away than a fresh one: the plain percentiles would lie above the estimate. We take the
    spread of the resampled distances around their own mean, and put it around the estimate. The
    interval is for the distance to be expected with this many rows, its bias included.

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

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        Too few resamples or no such level.
    """
    if resamples < 2 or not 0 < level < 1:
        raise ValueError(
            f"resamples must be 2 or more and level in (0, 1); got {resamples} and {level}"
        )
    estimate = frechet_distance(first, second)
    drawn = torch.tensor(
        [
            _frechet(
                first,
                second,
                (_recount(len(first), generator), _recount(len(second), generator)),
            )
            for _ in range(resamples)
        ],
        dtype=torch.float64,
    )
    tails = torch.tensor([(1 + level) / 2, (1 - level) / 2], dtype=torch.float64)
    low, high = (estimate - (drawn - drawn.mean()).quantile(tails)).tolist()
    return Interval(estimate, max(0.0, low), high)


def frechet_difference(
    first: Tensor,
    second: Tensor,
    real: Tensor,
    generator: torch.Generator,
    *,
    resamples: int = 200,
    level: float = 0.95,
) -> Interval:
    """Return by how much one set is farther from real samples than another, with an interval.

    Row n of both sets is made from the same thing, so both are drawn again with the same rows, and
    are compared with the same draw of the real ones. What is hard in a row is hard for both, and
    leaves the difference; so does most of the bias.

    Parameters
    ----------
    first, second : Tensor
        (rows, features) each, as many rows in both.
    real : Tensor
        (other rows, features), of other things than the rows.
    generator : torch.Generator
        Draws the resamples.
    resamples : int
        At least 2.
    level : float
        Share of the resamples inside, in (0, 1).

    Returns
    -------
    Interval
        Below 0 where the first set is nearer.

    Raises
    ------
    ValueError
        The sets differ in shape; too few resamples or no such level.
    """
    if first.shape != second.shape:
        raise ValueError(
            f"rows of both sets belong together; got {tuple(first.shape)} and {tuple(second.shape)}"
        )
    if resamples < 2 or not 0 < level < 1:
        raise ValueError(
            f"resamples must be 2 or more and level in (0, 1); got {resamples} and {level}"
        )
    estimate = _frechet(first, real) - _frechet(second, real)
    drawn = torch.empty(resamples, dtype=torch.float64)
    for place in range(resamples):
        counts = _recount(len(first), generator), _recount(len(real), generator)
        drawn[place] = _frechet(first, real, counts) - _frechet(second, real, counts)
    tails = torch.tensor([(1 + level) / 2, (1 - level) / 2], dtype=torch.float64)
    low, high = (estimate - (drawn - drawn.mean()).quantile(tails)).tolist()
    return Interval(estimate, low, high)


def _recount(n: int, generator: torch.Generator) -> Tensor:
    """Draw n of n rows with replacement; return how often each came."""
    return torch.randint(n, (n,), generator=generator).bincount(minlength=n)


def real_floor(
    real: Tensor,
    rows: tuple[int, int],
    generator: torch.Generator,
    *,
    repeats: int = 20,
    distance: Callable[[Tensor, Tensor], float] = frechet_distance,
) -> Interval:
    """Return the distance of real samples to other real samples: no model need be nearer.

    Parameters
    ----------
    real : Tensor
        (rows, features), from which two sets without a common row are drawn.
    rows : tuple of int
        Rows of the two sets. Take those of the comparison whose floor it is.
    generator : torch.Generator
        Draws the sets.
    repeats : int
        Draws, at least 2.
    distance : callable
        The Fréchet distance by default.

    Returns
    -------
    Interval
        Mean, smallest and largest distance of the draws.

    Raises
    ------
    ValueError
        There are too few real rows for two such sets, or fewer than two repeats.
    """
    first, second = rows
    if first + second > len(real) or repeats < 2:
        raise ValueError(
            f"two sets of {first} and {second} rows and two repeats or more were asked for; "
            f"there are {len(real)} rows and {repeats} repeats"
        )
    distances = []
    for _ in range(repeats):
        order = torch.randperm(len(real), generator=generator)
        distances.append(distance(real[order[:first]], real[order[first : first + second]]))
    return Interval(sum(distances) / repeats, min(distances), max(distances))
