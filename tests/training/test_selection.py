"""Folds: a partition by property, scikit-learn's own by equivalence; the mean by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import KFold

from lineart_lib.runtime import generator
from lineart_lib.training.selection import fold_masks, masked_mean

SIZES = st.integers(2, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(2, n)))


@given(SIZES, st.none() | st.integers(0, 99))
def test_folds_are_a_partition(size: tuple[int, int], seed: int | None) -> None:
    """Property: each row is held out exactly once, and fold sizes differ by at most one."""
    count, folds = size
    masks = fold_masks(count, folds, None if seed is None else generator(seed))
    assert masks.shape == (folds, count)
    assert masks.dtype == torch.bool
    assert (masks.sum(0) == 1).all()
    held_out = masks.sum(1)
    assert held_out.max() - held_out.min() <= 1
    assert held_out.tolist() == sorted(held_out.tolist(), reverse=True)


@given(SIZES)
def test_folds_in_order_are_those_of_scikit_learn(size: tuple[int, int]) -> None:
    """Equivalence: without a generator, the held-out rows are KFold's, fold by fold."""
    count, folds = size
    ours = [mask.nonzero().squeeze(1).tolist() for mask in fold_masks(count, folds)]
    theirs = [held_out.tolist() for _, held_out in KFold(folds).split(range(count))]
    assert ours == theirs


def test_a_generator_decides_the_shuffle() -> None:
    """Determinism: the same seed gives the same folds, another one others, and none the order."""
    first, again, other = (fold_masks(50, 5, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, fold_masks(50, 5))


def test_means_over_equal_folds_average_to_the_whole_mean() -> None:
    """Closed form: with folds of one size, the mean of the fold means is the mean of all rows."""
    values = torch.arange(12, dtype=torch.float64).square()
    means = masked_mean(values, fold_masks(12, 4, generator(0)))
    assert means.shape == (4,)
    torch.testing.assert_close(means.mean(), values.mean())


def test_rows_outside_the_mask_do_not_count() -> None:
    """Property: whatever stands in the other rows, even infinity, leaves mean and gradient be."""
    values = torch.tensor([1.0, torch.inf, 3.0], requires_grad=True)
    mean = masked_mean(values, torch.tensor([True, False, True]))
    mean.backward()
    assert mean.item() == 2
    assert values.grad.tolist() == [0.5, 0, 0.5]


def test_unfit_cuts_are_refused() -> None:
    """Errors: one fold, more folds than rows, and a mask that takes nothing."""
    with pytest.raises(ValueError, match="at least 2"):
        fold_masks(10, 1)
    with pytest.raises(ValueError, match="3 rows cannot be cut into 4 folds"):
        fold_masks(3, 4)
    with pytest.raises(ValueError, match="takes no row"):
        masked_mean(torch.ones(2), torch.tensor([False, False]))
