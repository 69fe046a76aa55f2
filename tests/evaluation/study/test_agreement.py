"""Agreement of raters: a published example, the two ends of the scale, and shares."""

import numpy as np
import pytest

from lineart_lib.evaluation.study.agreement import alpha, share

N = np.nan
# Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011, section C: four observers.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)


@pytest.mark.parametrize(
    ("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_a_published_example(level, printed):
    """Equivalence: Krippendorff's own numbers for four observers and twelve units."""
    assert alpha(PUBLISHED, level) == pytest.approx(printed, abs=0.0006)


def test_the_ends_of_the_scale():
    """Property: 1 for equal raters; about 0 for raters who throw dice."""
    rng = np.random.default_rng(0)
    one = rng.integers(1, 6, 300).astype(float)
    assert alpha(np.stack([one, one, one])) == pytest.approx(1)
    # Three raters and 300 units: the standard deviation is near 0.03.
    assert abs(alpha(rng.integers(1, 6, (3, 300)).astype(float))) < 0.1


@pytest.mark.parametrize("ratings", [[[1, N], [N, 2]], [[3, 3], [3, 3]], [[1, 2, 3]]])
def test_no_agreement_is_made_up(ratings):
    """Property: without a unit that two rated, or without two values, alpha is not defined."""
    assert alpha(np.array(ratings, dtype=float)) is None


def test_a_share_has_an_interval():
    """Property: the interval holds the share, stays in [0, 1], and nothing has no share."""
    found = share(9, 10)
    assert found["low"] < found["value"] == 0.9 < found["high"] <= 1
    assert share(0, 0) is None
