"""Bradley-Terry strengths from a table of wins.

References
----------
.. [1] Bradley, Terry, "Rank Analysis of Incomplete Block Designs: I. The Method of Paired
   Comparisons", Biometrika 39, 1952.
.. [2] Hunter, "MM Algorithms for Generalized Bradley-Terry Models", Annals of Statistics 32, 2004.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components


def bradley_terry(
    wins: NDArray[np.floating], tolerance: float = 1e-9, steps: int = 10_000
) -> NDArray[np.float64]:
    """Fit the strengths that make a table of wins likeliest [1]_, by Hunter's MM steps [2]_.

    Method i beats method j with probability ``1 / (1 + exp(s[j] - s[i]))``.

    Parameters
    ----------
    wins : ndarray
        Non-negative, (methods, methods): how often the row beat the column. A tie is half a win
        for each. The diagonal does not count.
    tolerance : float
        Largest step of a strength at which the fit stops.
    steps : int
        Most steps.

    Returns
    -------
    ndarray
        float64, (methods,): log strengths with mean 0.

    Raises
    ------
    ValueError
        The table is no square of at least two finite, non-negative rows; some group of methods
        never beat, or never met, the rest, so that no finite strengths exist; or the steps did not
        suffice.
    """
    wins = np.array(wins, dtype=np.float64)
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or len(wins) < 2:
        raise ValueError(f"wins must be square, two rows at least; got shape {wins.shape}")
    if not np.isfinite(wins).all() or wins.min() < 0:
        raise ValueError("wins must be finite and at least 0")
    np.fill_diagonal(wins, 0)
    if connected_components(wins > 0, directed=True, connection="strong")[0] > 1:
        raise ValueError(
            "no finite strengths exist: some methods never lost to, or never met, the others; add "
            "answers, or a small prior to every pair"
        )
    won = wins.sum(axis=1)
    met = wins + wins.T
    strength = np.ones(len(wins))
    for _ in range(steps):
        new = won / (met / (strength[:, None] + strength)).sum(axis=1)
        new /= np.exp(np.log(new).mean())
        moved = np.abs(np.log(new / strength)).max()
        strength = new
        if moved < tolerance:
            return np.log(strength)
    raise ValueError(f"the fit still moves by {moved:.2g} after {steps} steps; allow more")
