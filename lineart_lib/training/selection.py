"""Cut a data set into folds, as masks (chapter "Choosing what is not learned").

References
----------
.. [1] Stone, "Cross-Validatory Choice and Assessment of Statistical Predictions", 1974.
"""

from __future__ import annotations

import torch
from torch import Tensor


def fold_masks(count: int, folds: int, generator: torch.Generator | None = None) -> Tensor:
    """Say for each fold which rows it holds out.

    A mask has the same shape for every fold, even where their sizes differ by one. So the folds can
    be stacked: weight the losses of the rows by `~masks` to train, by `masks` to judge.

    Parameters
    ----------
    count : int
        Rows of the data set, at least `folds`.
    folds : int
        Parts to cut it into, at least 2. As many as rows is "leave one out" ([1]_).
    generator : torch.Generator, optional
        Shuffles the rows first. The default cuts them in their order, as scikit-learn's `KFold`
        does: right only where the order means nothing.

    Returns
    -------
    Tensor
        bool (folds, count): True where the fold holds the row out. Each row is held out once; the
        sizes of the folds differ by at most one, the larger ones first.

    Raises
    ------
    ValueError
        Fewer than two folds, or more folds than rows.
    """
    if folds < 2:
        raise ValueError(f"folds must be at least 2, or nothing is left to train on; got {folds}")
    if count < folds:
        raise ValueError(f"{count} rows cannot be cut into {folds} folds: take fewer folds")
    sizes = torch.full((folds,), count // folds)
    sizes[: count % folds] += 1
    fold_of_place = torch.arange(folds).repeat_interleave(sizes)  # (count,)
    places = (
        torch.arange(count) if generator is None else torch.randperm(count, generator=generator)
    )
    return fold_of_place[places] == torch.arange(folds)[:, None]


def masked_mean(values: Tensor, masks: Tensor) -> Tensor:
    """Average along the last axis over the rows that a mask takes.

    Parameters
    ----------
    values : Tensor
        float (..., count): one loss a row.
    masks : Tensor
        bool (..., count), broadcast against `values`; each takes at least one row.

    Returns
    -------
    Tensor
        float (...).

    Raises
    ------
    ValueError
        A mask takes no row.
    """
    taken = masks.sum(-1)
    if (taken == 0).any():
        raise ValueError("a mask takes no row, so there is no mean: give each at least one row")
    return torch.where(masks, values, 0).sum(-1) / taken
