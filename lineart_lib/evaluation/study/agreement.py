"""How far raters agree with each other and with themselves, and whether a side draws them.

References
----------
.. [1] Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011.
"""

from __future__ import annotations

import krippendorff
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest


def alpha(ratings: NDArray[np.floating], level: str = "ordinal") -> float | None:
    """Return Krippendorff's alpha [1]_: 1 is full agreement, 0 is that of chance.

    Parameters
    ----------
    ratings : ndarray
        Floating, (raters, units), NaN where a rater did not answer.
    level : str
        `nominal`, `ordinal`, `interval` or `ratio`.

    Returns
    -------
    float or None
        At most 1; None where it is not defined: no unit has two answers, or all answers are equal.
    """
    shared = ratings[:, (~np.isnan(ratings)).sum(axis=0) > 1]
    given = shared[~np.isnan(shared)]
    if not len(given) or (given == given[0]).all():
        return None
    return float(krippendorff.alpha(reliability_data=shared, level_of_measurement=level))


def share(hits: int, of: int) -> dict[str, float | int] | None:
    """Return a share with its 95 % interval by Wilson's formula; None of nothing."""
    if not of:
        return None
    low, high = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    return {"value": hits / of, "low": float(low), "high": float(high), "of": of}
