"""Distances between samples: closed forms, SciPy as the oracle, intervals that cover."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib.evaluation.metrics import (
    Gaussian,
    frechet_difference,
    frechet_distance,
    frechet_interval,
    gaussian,
    gaussian_distance,
    real_floor,
    square_root,
)
from lineart_lib.runtime import generator


def features(rows, columns, seed, dtype=torch.float64):
    """Draw rows from a Gaussian with a covariance and a mean of its own."""
    g = generator(seed)
    mixing = torch.randn(columns, columns, generator=g, dtype=torch.float64)
    noise = torch.randn(rows, columns, generator=g, dtype=torch.float64)
    return (noise @ mixing + torch.randn(columns, generator=g, dtype=torch.float64)).to(dtype)


def test_mean_and_covariance_are_those_of_numpy():
    """Equivalence: NumPy's mean and unbiased covariance, also with counted rows."""
    rows = features(50, 4, 0)
    fitted = gaussian(rows)
    # float64: sums of 50 numbers of size ten round to about 1e-14.
    np.testing.assert_allclose(fitted.mean, rows.numpy().mean(0), atol=1e-12)
    np.testing.assert_allclose(fitted.covariance, np.cov(rows.numpy().T), atol=1e-12)
    counts = torch.arange(50) % 4
    repeated = gaussian(rows.repeat_interleave(counts, dim=0))
    counted = gaussian(rows, counts)
    torch.testing.assert_close(counted.mean, repeated.mean)
    torch.testing.assert_close(counted.covariance, repeated.covariance)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.integers(0, 1000))
def test_root_is_a_root(size, seed):
    """Property: the root is symmetric and its square is the matrix, singular ones included."""
    half = torch.randn(size, max(1, size - 2), generator=generator(seed), dtype=torch.float64)
    matrix = half @ half.T
    root = square_root(matrix)
    torch.testing.assert_close(root, root.T)
    # Zero eigenvalues come out as ±1e-15 of the largest; their roots are no error of the square.
    torch.testing.assert_close(root @ root, matrix, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_distance_is_that_of_the_textbook_formula(seed):
    """Equivalence: SciPy's general matrix root of S1 S2 gives the same distance."""
    first, second = features(200, 9, seed), features(150, 9, seed + 100)
    ours = frechet_distance(first, second)
    a, b = first.numpy(), second.numpy()
    product = scipy.linalg.sqrtm(np.cov(a.T) @ np.cov(b.T))
    gap = a.mean(0) - b.mean(0)
    theirs = gap @ gap + np.trace(np.cov(a.T) + np.cov(b.T) - 2 * product.real)
    # sqrtm of a product that is not symmetric loses a few digits itself.
    assert ours == pytest.approx(theirs, rel=1e-8)


def test_one_dimension_is_the_closed_form():
    """Equivalence: in one dimension it is (m1 - m2)² + (s1 - s2)²."""

    def line(m, s):
        return Gaussian(
            torch.tensor([m], dtype=torch.float64), torch.tensor([[s**2]], dtype=torch.float64)
        )

    assert gaussian_distance(line(1.0, 2.0), line(4.0, 0.5)) == pytest.approx(9 + 2.25, rel=1e-12)


def test_commuting_covariances_are_the_closed_form():
    """Equivalence: with common axes it is the sum over axes, whatever way they are turned."""
    g = generator(3)
    turn, _ = torch.linalg.qr(torch.randn(6, 6, generator=g, dtype=torch.float64))
    s1, s2 = torch.rand(2, 6, generator=g, dtype=torch.float64)
    m1, m2 = torch.randn(2, 6, generator=g, dtype=torch.float64)
    ours = gaussian_distance(
        Gaussian(turn @ m1, turn @ torch.diag(s1**2) @ turn.T),
        Gaussian(turn @ m2, turn @ torch.diag(s2**2) @ turn.T),
    )
    expected = ((m1 - m2) ** 2 + (s1 - s2) ** 2).sum().item()
    assert ours == pytest.approx(expected, rel=1e-10)


def test_distance_is_symmetric_and_zero_on_itself():
    """Property: d(a, b) = d(b, a), d(a, a) = 0, also with fewer rows than features."""
    a, b = features(20, 30, 0, torch.float32), features(25, 30, 1, torch.float32)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6)
    # Thirty roots of eigenvalues, each wrong by up to 1e-16 of a trace near 1,000.
    assert frechet_distance(a, a) < 1e-4
    assert frechet_distance(a, b) > 1


def test_distance_does_not_mind_a_rigid_motion():
    """Property: turning and shifting both sets together changes nothing."""
    a, b = features(80, 5, 0), features(80, 5, 1)
    turn, _ = torch.linalg.qr(features(5, 5, 2))
    moved = frechet_distance(a @ turn + 3, b @ turn + 3)
    assert moved == pytest.approx(frechet_distance(a, b), rel=1e-9)


def test_interval_covers_what_fresh_draws_would_give():
    """Property: 90 % intervals hold the expected distance in about nine of ten data sets.

    Plain percentiles would miss it nearly always here: resampling inflates the distance.
    """
    g = generator(0)
    rows, columns, trials = 60, 6, 40

    def draw(shift):
        return torch.randn(rows, columns, generator=g, dtype=torch.float64) + shift

    expected = np.mean([frechet_distance(draw(0.0), draw(0.15)) for _ in range(300)])
    held = 0
    for _ in range(trials):
        found = frechet_interval(draw(0.0), draw(0.15), g, resamples=40, level=0.9)
        assert 0 <= found.low <= found.high
        held += found.low <= expected <= found.high
    # Three standard errors of 40 trials are 14 %; plain percentiles hold it in hardly any.
    assert held / trials >= 0.74


def test_same_seed_same_interval():
    """Property: the generator decides the resamples, and nothing else does."""
    a, b = features(40, 3, 0), features(40, 3, 1)
    first, again = (frechet_interval(a, b, generator(5), resamples=20) for _ in range(2))
    assert first == again
    assert first != frechet_interval(a, b, generator(6), resamples=20)


def test_floor_is_below_a_shifted_set_and_falls_with_rows():
    """Property: real against real is nearer than real against shifted, and more rows are nearer."""
    real = features(2000, 6, 0)
    few = real_floor(real, (100, 100), generator(1))
    many = real_floor(real, (1000, 1000), generator(1))
    assert many.low <= many.estimate <= many.high < few.low
    assert few.high < frechet_distance(real[:100], real[100:200] + 3)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: gaussian(torch.zeros(1, 3)), "two rows"),
        (lambda: gaussian(torch.full((4, 3), math.nan)), "NaN"),
        (lambda: frechet_distance(torch.eye(3), torch.eye(4)), "same features"),
        (lambda: frechet_interval(torch.eye(3), torch.eye(3), generator(0), level=1.0), "level"),
        (lambda: real_floor(torch.eye(3), (2, 2), generator(0)), "3 rows"),
    ],
)
def test_errors_say_what_was_expected(call, complaint):
    """Property: what makes no measure is refused."""
    with pytest.raises(ValueError, match=complaint):
        call()


def test_few_rows_of_many_features_are_as_far_apart_either_way():
    """Equivalence: singular values of rows, and roots of covariances, also with repeated rows.

    The roots of eigenvalues that should be 0 cost half of the digits.
    """
    chance = generator(3)
    first, second = torch.randn(6, 40, generator=chance), torch.randn(9, 40, generator=chance) + 0.3
    expected = gaussian_distance(gaussian(first), gaussian(second))
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6)
    counts = torch.tensor([2, 0, 1, 1, 2, 0])
    repeated = first.repeat_interleave(counts, dim=0)
    found = frechet_distance(repeated, second)
    assert found == pytest.approx(
        gaussian_distance(gaussian(first, counts), gaussian(second)), rel=1e-6
    )
    with pytest.raises(ValueError, match="same features; got 40 and 39"):
        frechet_distance(first, second[:, 1:])


def test_a_paired_difference_is_surer_than_two_distances():
    """Property: the estimate is the difference of both distances; where two sets share what is
    hard, its interval is narrower than either's; exchanged sets turn its sign."""
    shared, real = features(60, 4, 0), features(60, 4, 1)
    near, far = shared + 0.05 * features(60, 4, 2), shared + 0.3
    found = frechet_difference(near, far, real, generator(0), resamples=100)
    assert found.estimate == pytest.approx(
        frechet_distance(near, real) - frechet_distance(far, real)
    )
    alone = frechet_interval(far, real, generator(0), resamples=100)
    assert found.high - found.low < 0.5 * (alone.high - alone.low)
    turned = frechet_difference(far, near, real, generator(0), resamples=100)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    same = frechet_difference(near, near, real, generator(0), resamples=20)
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    with pytest.raises(ValueError, match="belong together"):
        frechet_difference(near, far[:50], real, generator(0))
