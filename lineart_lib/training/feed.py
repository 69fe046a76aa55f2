"""Batches as a function of the step: what is asked for again comes out the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

BatchOf = Callable[[int, int, int], Any]
"""``batch_of(step, rank, ranks)`` returns the share of one rank in the batch of a step. It is pure:
equal arguments give equal batches, and no random state but its own is read or written."""


def share(batch: Any, rank: int, ranks: int) -> Any:
    """Take one rank's rows of a global batch.

    Every rank draws the whole batch and takes its rows, so that what is learned from does not
    depend on how many there are.

    Parameters
    ----------
    batch : Any
        Tensors with one number of rows, or tuples, lists and dictionaries of them.
    rank, ranks : int
        As in `BatchOf`.

    Returns
    -------
    Any
        Of the same structure. The shares of all ranks, one after the other, are the batch.

    Raises
    ------
    ValueError
        The rows do not divide among the ranks.
    """

    def rows(tensor: Tensor) -> Tensor:
        each, left = divmod(len(tensor), ranks)
        if left:
            raise ValueError(
                f"a batch of {len(tensor)} does not divide among {ranks} ranks (processes times "
                f"accumulate): make batch_size a multiple of {ranks}, or take fewer"
            )
        return tensor[rank * each : (rank + 1) * each]

    return tree_map_only(Tensor, rows, batch)


def drawing(*place: int) -> torch.Generator:
    """Return the generator of a place, such as a seed and a step; all numbers are at least 0."""
    state = np.random.SeedSequence(place).generate_state(1)
    return torch.Generator().manual_seed(int(state[0]))


class Feed:
    """Make batches in another thread while the step before them is computed.

    Parameters
    ----------
    batch_of : callable
        A `BatchOf`.
    rank, ranks : int
        Of this process.
    parts : int
        That this rank's share of a batch comes in. To `batch_of` each of them is a rank.
    ahead : int
        Steps to make beforehand; 0 makes each batch when it is wanted.
    last : int, optional
        The step before which there is nothing to make.
    """

    def __init__(
        self,
        batch_of: BatchOf,
        rank: int,
        ranks: int,
        *,
        parts: int = 1,
        ahead: int = 1,
        last: int | None = None,
    ) -> None:
        self._batch_of, self._ranks, self._ahead, self._last = batch_of, ranks * parts, ahead, last
        self._mine = range(rank * parts, (rank + 1) * parts)
        self._waiting: dict[int, list[Future]] = {}
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="feed") if ahead else None

    def __call__(self, step: int) -> list[Any]:
        """Return the parts of a step, and begin with those of the next steps."""
        if self._maker is None:
            return [self._batch_of(step, rank, self._ranks) for rank in self._mine]
        for coming in range(step, step + self._ahead + 1):
            wanted = coming == step or self._last is None or coming < self._last
            if wanted and coming not in self._waiting:
                self._waiting[coming] = [
                    self._maker.submit(self._batch_of, coming, rank, self._ranks)
                    for rank in self._mine
                ]
        return [part.result() for part in self._waiting.pop(step)]

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        if self._maker is not None:
            self._maker.shutdown(cancel_futures=True)
