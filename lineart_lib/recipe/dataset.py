"""Small labelled pictures held whole in memory, and index batches over them.

MNIST is 55 MB: a worker process or a Python call per picture costs more than the training itself,
so a batch is one indexing of a tensor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

CLASSES = 10


@dataclass(frozen=True)
class Digits:
    """Grey pictures of digits and what they show."""

    images: Tensor
    """uint8 (N, 28, 28), 0 is the background, 255 is full ink."""
    labels: Tensor
    """int64 (N,), the digit shown, in [0, 9]."""

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != torch.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(
                f"images must be uint8 (N, 28, 28); got {images.dtype} {tuple(images.shape)}"
            )
        if labels.dtype != torch.int64 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"labels must be int64 ({len(images)},), one for each image; "
                f"got {labels.dtype} {tuple(labels.shape)}"
            )
        if bool(((labels < 0) | (labels >= CLASSES)).any()):
            raise ValueError(
                f"labels must lie in [0, 9]; got {int(labels.min())} to {int(labels.max())}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor | slice) -> Digits:
        return Digits(self.images[index], self.labels[index])

    def inputs(self) -> Tensor:
        """Return the pictures as rows of a network's input.

        Returns
        -------
        Tensor
            float32 (N, 784) in [0, 1]: each picture read line by line.
        """
        return self.images.flatten(1).float() / 255

    def split(self, generator: torch.Generator, fraction: float) -> tuple[Digits, Digits]:
        """Part the pictures at random.

        Parameters
        ----------
        generator : torch.Generator
            Decides which picture goes where.
        fraction : float
            Share of the first part, in (0, 1); its size is rounded down.

        Returns
        -------
        tuple of Digits
            Two parts without a common picture; together they hold all of them.

        Raises
        ------
        ValueError
            The fraction is outside (0, 1) or leaves a part empty.
        """
        first = int(fraction * len(self)) if 0 < fraction < 1 else 0
        if not 0 < first < len(self):
            raise ValueError(
                f"fraction must lie in (0, 1) and leave no part of {len(self)} digits empty; "
                f"got {fraction}"
            )
        order = torch.randperm(len(self), generator=generator)
        return self[order[:first]], self[order[first:]]


def batches(n: int, size: int, generator: torch.Generator | None = None) -> Iterator[Tensor]:
    """Yield the indices 0 … n - 1 in groups.

    Parameters
    ----------
    n : int
        How many items there are, at least 1.
    size : int
        Items in a batch, at least 1. The last batch holds what is left.
    generator : torch.Generator, optional
        Shuffles the indices. Without one they come in order, which is right for evaluation.

    Yields
    ------
    Tensor
        int64 (size,), or fewer in the last batch; every index occurs once.

    Raises
    ------
    ValueError
        `n` or `size` is below 1; raised when the function is called, not when it is first asked.
    """
    if n < 1 or size < 1:
        raise ValueError(f"n and size must be at least 1; got n = {n}, size = {size}")
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    return iter(order.split(size))
