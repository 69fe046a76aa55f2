"""Pairs of lineart and picture, batch by batch, as the loop asks for them."""

from __future__ import annotations

from lineart_lib.recipe.batches import Batch, Loading, Pairs, memory_batches
from lineart_lib.training.feed import BatchOf, share


def pairs_by_step(pairs: Pairs, loading: Loading) -> BatchOf:
    """Say which pairs from memory each step sees: epoch after epoch, each in an order of its own.

    Parameters
    ----------
    pairs : Pairs
    loading : Loading
        Its `size` is that of all ranks together. It must be `even`.

    Returns
    -------
    callable
        A `BatchOf` that returns `Batch`.

    Raises
    ------
    ValueError
        The loading is not even. A batch larger than the set is refused when it is asked for.
    """
    if not loading.even:
        raise ValueError("steps need batches of one size: set even=True in the loading")

    def batch_of(step: int, rank: int, ranks: int) -> Batch:
        an_epoch = max(1, len(pairs) // loading.size)
        epoch, number = divmod(step, an_epoch)
        return share(next(memory_batches(pairs, loading, epoch, number)), rank, ranks)

    return batch_of
