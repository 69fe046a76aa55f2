"""Bradley-Terry strengths: a published example, the likelihood's own maximum, and their limits."""

import numpy as np
import pytest
from scipy.optimize import minimize

from lineart_lib.evaluation.study.strengths import bradley_terry

# Agresti, "Categorical Data Analysis", the American League of 1987: the row's wins over the column.
# Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore.
BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)


def test_a_published_example():
    """Equivalence: Agresti's strengths of seven teams over the last, printed to two places."""
    strengths = bradley_terry(BASEBALL)
    printed = [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0]
    np.testing.assert_allclose(strengths - strengths[-1], printed, atol=0.005)


def test_the_steps_climb_to_the_maximum():
    """Equivalence: a general optimiser of the same likelihood stops at the same place."""
    wins = np.random.default_rng(0).integers(1, 9, (5, 5)).astype(float)
    np.fill_diagonal(wins, 0)

    def cost(s):
        return (wins * np.logaddexp(0, s[None, :] - s[:, None])).sum()

    best = minimize(cost, np.zeros(5), method="BFGS", options={"gtol": 1e-8}).x
    # The optimiser's gradient is one of differences: four places are what it gives.
    np.testing.assert_allclose(bradley_terry(wins), best - best.mean(), atol=1e-4)


def test_two_methods_have_their_closed_form():
    """Property: of two, the difference is the log odds, and all wins halved changes nothing."""
    wins = np.array([[0, 9], [3, 0.0]])
    assert np.ptp(bradley_terry(wins)) == pytest.approx(np.log(3))
    np.testing.assert_allclose(bradley_terry(wins), bradley_terry(wins / 2), atol=1e-8)


@pytest.mark.parametrize(
    ("wins", "said"),
    [
        ([[0, 3], [0, 0]], "no finite strengths"),
        ([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], "no finite strengths"),
        ([[0, -1], [1, 0]], "at least 0"),
        ([[0, np.nan], [1, 0]], "finite"),
        ([[0, 1, 2]], "square"),
    ],
)
def test_tables_without_strengths_are_refused(wins, said):
    """Property: where the likelihood has no maximum, no number is made up."""
    with pytest.raises(ValueError, match=said):
        bradley_terry(np.array(wins))


def test_a_cut_fit_says_so():
    """Property: a fit that has not come to rest is no result."""
    with pytest.raises(ValueError, match="still moves"):
        bradley_terry(BASEBALL, steps=2)
