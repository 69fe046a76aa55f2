"""Digits in memory: parts are true parts, batches are a permutation, a seed decides all."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib.recipe.dataset import Digits, batches
from lineart_lib.runtime import generator


def numbered(count: int) -> Digits:
    """Return digits whose first two pixels tell their number."""
    images = torch.zeros(count, 28, 28, dtype=torch.uint8)
    images[:, 0, 0] = torch.arange(count) % 256
    images[:, 0, 1] = torch.arange(count) // 256
    return Digits(images, torch.arange(count) % 10)


def numbers(digits: Digits) -> list[int]:
    """Read the numbers back."""
    return (digits.images[:, 0, 0].int() + 256 * digits.images[:, 0, 1].int()).tolist()


@settings(deadline=None)
@given(n=st.integers(1, 300), size=st.integers(1, 320), seed=st.none() | st.integers(0, 2**40))
def test_batches_are_a_permutation(n, size, seed):
    """Property: every index occurs once; all batches but the last are full, none is empty."""
    given_batches = list(batches(n, size, None if seed is None else generator(seed)))
    assert sorted(torch.cat(given_batches).tolist()) == list(range(n))
    assert all(len(batch) == size for batch in given_batches[:-1])
    assert 1 <= len(given_batches[-1]) <= size


def test_batches_without_a_generator_are_in_order():
    """Property: evaluation meets the rows as they are."""
    assert [batch.tolist() for batch in batches(5, 2)] == [[0, 1], [2, 3], [4]]


def test_batches_depend_on_the_seed_alone():
    """Determinism: the same seed gives the same order, another seed or a second epoch another."""
    first, again, other = (torch.cat(list(batches(100, 7, generator(s)))) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    shared = generator(1)
    epochs = [torch.cat(list(batches(100, 7, shared))) for _ in range(2)]
    assert torch.equal(epochs[0], first)
    assert not torch.equal(epochs[0], epochs[1])


@pytest.mark.parametrize(("n", "size"), [(0, 3), (3, 0), (-1, 1)])
def test_batches_refuse_nothing_at_once(n, size):
    """Property: the error comes with the call, not with the first batch."""
    with pytest.raises(ValueError, match="at least 1"):
        batches(n, size)


@settings(deadline=None)
@given(count=st.integers(2, 400), fraction=st.floats(0.01, 0.99), seed=st.integers(0, 2**40))
def test_split_parts_are_disjoint_and_whole(count, fraction, seed):
    """Property: each digit goes with its label to one of the two parts; sizes are as asked."""
    digits = numbered(count)
    size = int(fraction * count)
    if not 0 < size < count:
        with pytest.raises(ValueError, match="no part"):
            digits.split(generator(seed), fraction)
        return
    first, second = digits.split(generator(seed), fraction)
    assert len(first) == size
    assert sorted(numbers(first) + numbers(second)) == list(range(count))
    for part in (first, second):
        assert part.labels.tolist() == [number % 10 for number in numbers(part)]


def test_split_depends_on_the_seed_alone():
    """Determinism: the same seed parts the same digits, another seed others."""
    first, again, other = (numbers(numbered(50).split(generator(s), 0.8)[0]) for s in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, 1.5, float("nan")])
def test_split_refuses_what_is_no_share(fraction):
    """Property: a share outside (0, 1) is refused."""
    with pytest.raises(ValueError, match="fraction must lie in"):
        numbered(10).split(generator(0), fraction)


def test_inputs_are_rows_in_zero_one():
    """Equivalence: pixel (i, j) becomes column 28 i + j, divided by 255."""
    images = torch.randint(0, 256, (3, 28, 28), dtype=torch.uint8, generator=generator(0))
    images[0, 0, :2] = torch.tensor([0, 255])
    rows = Digits(images, torch.zeros(3, dtype=torch.int64)).inputs()
    assert rows.dtype == torch.float32
    assert rows.min() == 0
    assert rows.max() == 1
    assert torch.equal((rows * 255).round().byte().reshape(3, 28, 28), images)


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (torch.zeros(2, 28, 28), torch.zeros(2, dtype=torch.int64), "images must be uint8"),
        (torch.zeros(2, 784, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64), "images"),
        (torch.zeros(2, 28, 28, dtype=torch.uint8), torch.zeros(2), "labels must be int64"),
        (torch.zeros(2, 28, 28, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64), "one for"),
        (torch.zeros(2, 28, 28, dtype=torch.uint8), torch.tensor([0, 10]), "0 to 10"),
        (torch.zeros(2, 28, 28, dtype=torch.uint8), torch.tensor([-1, 9]), "-1 to 9"),
    ],
)
def test_digits_check_what_they_hold(images, labels, complaint):
    """Property: tensors of another type, shape or range are refused."""
    with pytest.raises(ValueError, match=complaint):
        Digits(images, labels)
