"""The kernel distance is the published estimate, has no bias, and its interval covers."""

import pytest
import torch
from sklearn.metrics.pairwise import polynomial_kernel

from lineart_lib.evaluation.kernel import kernel_distance, kernel_interval
from lineart_lib.runtime import generator


def clouds(first=40, second=30, shift=0.0, seed=0, features=5):
    """Draw two clouds, one of them moved."""
    chance = generator(seed)
    return (
        torch.randn(first, features, generator=chance),
        torch.randn(second, features, generator=chance) + shift,
    )


def test_it_is_the_published_sum():
    """Equivalence: scikit-learn's kernel, and means over pairs of different rows."""
    one, other = clouds(shift=0.3)
    a, b, across = (
        torch.from_numpy(polynomial_kernel(x.double(), y.double(), degree=3, coef0=1))
        for x, y in ((one, one), (other, other), (one, other))
    )
    mean = lambda k: (k.sum() - k.trace()) / (len(k) * (len(k) - 1))  # noqa: E731
    expected = mean(a) + mean(b) - 2 * across.mean()
    assert kernel_distance(one, other) == pytest.approx(float(expected))
    assert kernel_distance(other, one) == pytest.approx(float(expected))


def test_clouds_that_are_drawn_alike_are_zero_apart_on_average():
    """Property: over 300 draws of only eight rows the mean is 0 within three standard errors."""
    found = torch.tensor([kernel_distance(*clouds(8, 8, seed=seed)) for seed in range(300)])
    assert found.mean().abs() < 3 * found.std() / 300**0.5
    assert found.min() < 0
    assert kernel_distance(*clouds(shift=2.0)) > found.max()


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Property: of 60 samples, about 95 % of the intervals hold the distance of many rows."""
    truth = kernel_distance(*clouds(6000, 6000, shift=0.5, seed=1, features=3))
    held = 0
    for seed in range(60):
        pair = clouds(80, 80, shift=0.5, seed=100 + seed, features=3)
        found = kernel_interval(*pair, generator(seed), resamples=200)
        assert found.low <= found.estimate <= found.high
        held += found.low <= truth <= found.high
    assert 52 <= held <= 60  # 57 ± 3 standard deviations of 1.7.


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [((4, 3), (4, 2), "of one network"), ((1, 3), (4, 3), "2 rows; got 1 and 4")],
)
def test_refuses_what_cannot_be_compared(first, second, said):
    """Error: sizes are named."""
    with pytest.raises(ValueError, match=said):
        kernel_distance(torch.zeros(first), torch.zeros(second))
    with pytest.raises(ValueError, match="resamples must be 2"):
        kernel_interval(*clouds(), generator(0), resamples=1)
