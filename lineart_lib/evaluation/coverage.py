"""What a generator covers: modes hit, and precision and recall of its samples.

References
----------
.. [1] Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models",
   2019, equations 1 and 2.
"""

from __future__ import annotations

import torch
from torch import Tensor


def nearest_mode(points: Tensor, centres: Tensor, radius: float) -> Tensor:
    """Say to which mode each point belongs.

    Parameters
    ----------
    points : Tensor
        (points, dimensions).
    centres : Tensor
        (modes, dimensions).
    radius : float
        How far a point may lie from its mode.

    Returns
    -------
    Tensor
        int64 (points,), the nearest mode, or -1 where even that one is too far.
    """
    distance, mode = torch.cdist(points, centres).min(dim=1)
    return torch.where(distance <= radius, mode, -1)


def mode_shares(modes: Tensor, count: int) -> Tensor:
    """Return which share of the samples each mode holds.

    Parameters
    ----------
    modes : Tensor
        int64 (samples,), in [0, count); -1 for a sample that belongs to none.
    count : int
        Number of modes.

    Returns
    -------
    Tensor
        float64 (count,). It sums to one less the share that belongs to none.

    Raises
    ------
    ValueError
        There is no sample, or a mode that does not exist.
    """
    if modes.numel() == 0 or modes.min() < -1 or modes.max() >= count:
        raise ValueError(f"modes must be in [-1, {count}) and at least one; got {modes}")
    return modes[modes >= 0].bincount(minlength=count).double() / len(modes)


def modes_hit(shares: Tensor, least: float = 0.2) -> int:
    """Count the modes that hold at least a part `least` of an even share.

    Parameters
    ----------
    shares : Tensor
        (modes,), as `mode_shares` returns them.
    least : float
        Part of ``1 / modes``; 0.2 asks that one sample in fifty hits a mode of ten.

    Returns
    -------
    int
        In [0, modes].
    """
    return int((shares >= least / len(shares)).sum())


def precision_recall(real: Tensor, made: Tensor, neighbours: int = 3) -> tuple[float, float]:
    """Return how many made samples look real, and how many real ones could have been made.

    Around each row of a set lies a ball that reaches to its k-th neighbour in that set. Precision
    is the share of made rows inside some ball of the real ones, recall the converse [1]_.

    Parameters
    ----------
    real, made : Tensor
        (rows, features) each. Memory grows with the square of the rows.
    neighbours : int
        The k, at least 1 and below the number of rows of either set.

    Returns
    -------
    precision, recall : float
        Both in [0, 1].

    Raises
    ------
    ValueError
        There are too few rows for that many neighbours.
    """
    if not 1 <= neighbours < min(len(real), len(made)):
        raise ValueError(
            f"neighbours must be in [1, {min(len(real), len(made))}); got {neighbours}"
        )
    return _inside(made, real, neighbours), _inside(real, made, neighbours)


def _inside(points: Tensor, centres: Tensor, neighbours: int) -> float:
    """Return the share of points that lie in a ball around a centre."""
    exact = "donot_use_mm_for_euclid_dist"  # The faster way gives a row a distance to itself.
    own = torch.cdist(centres, centres, compute_mode=exact)
    radii = own.kthvalue(neighbours + 1, dim=1).values  # The first is the row itself.
    within = torch.cdist(points, centres, compute_mode=exact) <= radii
    return within.any(dim=1).double().mean().item()
