"""Simulated raters: tastes that are known, to test the kit and to plan a study.

Nobody gave these answers. They tell how sure a study of some size could be, and nothing about any
picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from lineart_lib.evaluation.study.analysis import PRIOR, redraws
from lineart_lib.evaluation.study.answers import HIGHEST, LOWEST, Choice, Key, Opinion, Sheet

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Crowd:
    """How simulated raters feel; everything in log odds, as Bradley-Terry strengths are."""

    strengths: tuple[float, ...]
    """Of each method, at least two."""
    by_rater: float = 0.0
    """How tastes differ: standard deviation of what each rater adds to each method."""
    by_picture: float = 0.0
    """How luck differs: standard deviation of what each picture adds to each method."""
    left: float = 0.0
    """What standing on the left adds."""

    def __post_init__(self) -> None:
        if len(self.strengths) < 2:
            raise ValueError(f"a comparison needs two methods; got strengths {self.strengths}")
        if min(self.by_rater, self.by_picture) < 0:
            raise ValueError(
                "a standard deviation is 0 at least; got "
                f"by_rater={self.by_rater}, by_picture={self.by_picture}"
            )


def felt(crowd: Crowd, raters: int, pictures: int, rng: np.random.Generator) -> Array:
    """Draw how good each rater finds each picture by each method: (raters, methods, pictures)."""
    many = len(crowd.strengths)
    tastes = rng.normal(0, crowd.by_rater, (raters, many, 1))
    luck = rng.normal(0, crowd.by_picture, (1, many, pictures))
    return np.array(crowd.strengths)[:, None] + tastes + luck


def simulated_sheets(key: Key, crowd: Crowd, raters: int, rng: np.random.Generator) -> list[Sheet]:
    """Answer every question of a study once, as a crowd would.

    A choice is drawn with the odds of what is felt. A mark is 3 and what is felt, with noise of
    0.7, rounded.

    Parameters
    ----------
    key : Key
        Of the study; its methods in the order of the strengths.
    crowd : Crowd
    raters : int
        They are named `simulated-1` and so on.
    rng : numpy.random.Generator

    Returns
    -------
    list of Sheet
        As `lineart_lib.evaluation.study.answers.read_sheets` gives them.

    Raises
    ------
    ValueError
        The key has another number of methods than the crowd has strengths.
    """
    many, pictures = len(key.methods), len(key.pictures)
    if many != len(crowd.strengths):
        raise ValueError(f"{many} methods need as many strengths; got {len(crowd.strengths)}")
    feeling = felt(crowd, raters, pictures, rng)
    marks = np.clip(np.rint(3 + feeling + rng.normal(0, 0.7, feeling.shape)), LOWEST, HIGHEST)
    of = {place: code for code, place in key.images.items()}
    sheets = []
    for number, (own, given) in enumerate(zip(feeling, marks, strict=True), 1):
        opinions, choices = [], []
        if "opinion" in key.asks:
            opinions = [Opinion(of[m, p], int(given[m, p]), False) for m, p in of]
        for picture in range(pictures if "pairs" in key.asks else 0):
            for one, two in combinations(range(many), 2):
                left, right = (one, two) if rng.random() < 0.5 else (two, one)
                odds = own[left, picture] - own[right, picture] + crowd.left
                side = "left" if rng.random() < expit(odds) else "right"
                choices.append(Choice(of[left, picture], of[right, picture], side, False))
        asked = len(opinions) + len(choices)
        sheets.append(Sheet(f"simulated-{number}", tuple(opinions), tuple(choices), asked))
    return sheets


def two_methods(preferred: float, by_rater: float = 0.0, by_picture: float = 0.0) -> Crowd:
    """Return a crowd that prefers the first of two methods in a given share of all answers.

    The share is one over all raters and pictures: where those differ, the strengths lie further
    apart than its log odds.

    Parameters
    ----------
    preferred : float
        In (0, 1).
    by_rater, by_picture : float
        As in `Crowd`.

    Raises
    ------
    ValueError
        The share is 0, 1 or outside.
    """
    if not 0 < preferred < 1:
        raise ValueError(f"preferred must lie in (0, 1); got {preferred}")
    # A difference of two methods has twice the variance of one.
    spread = np.sqrt(2 * (by_rater**2 + by_picture**2))
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)

    def missed(lead: float) -> float:
        return float(expit(lead + spread * nodes) @ weights / weights.sum() - preferred)

    reach = 10 * (1 + spread + abs(np.log(preferred / (1 - preferred))))
    lead = brentq(missed, -reach, reach)
    return Crowd((lead / 2, -lead / 2), by_rater, by_picture)


def lead(wins: NDArray[np.floating], draws: tuple[Array, Array]) -> Array:
    """Return how far the first of two methods leads, with its interval, as the analysis does.

    Parameters
    ----------
    wins : ndarray
        (raters, pictures): 1 where the first was chosen, 0 where the second, 0.5 for a tie.
    draws : tuple of ndarray
        From `lineart_lib.evaluation.study.analysis.redraws`.

    Returns
    -------
    ndarray
        (3,): difference of the Bradley-Terry strengths, and its 95 % interval.
    """
    of_raters, of_pictures = draws
    again = ((of_raters @ wins) * of_pictures).sum(axis=1)
    won = np.append(wins.sum(), again)
    # Of two methods the strengths have a closed form.
    leads = np.log((won + PRIOR) / (wins.size - won + PRIOR))
    return np.append(leads[0], np.quantile(leads[1:], [0.025, 0.975]))


def simulated_leads(
    crowd: Crowd,
    raters: int,
    pictures: int,
    rng: np.random.Generator,
    studies: int = 300,
    resamples: int = 500,
) -> Array:
    """Simulate studies of two methods, in pairs, and analyse each.

    Parameters
    ----------
    crowd : Crowd
        With two strengths. Every study has other raters and other pictures.
    raters, pictures : int
        Of one study; every rater sees every picture once.
    rng : numpy.random.Generator
    studies : int
    resamples : int
        Draws of the bootstrap.

    Returns
    -------
    ndarray
        (studies, 3): as `lead`. Where the interval does not hold 0, the study tells them apart.

    Raises
    ------
    ValueError
        The crowd has not two strengths.
    """
    if len(crowd.strengths) != 2:
        raise ValueError(f"expected a crowd with two strengths; got {len(crowd.strengths)}")
    draws = redraws(rng, resamples, raters, pictures)
    found = np.empty((studies, 3))
    for row in found:
        feeling = felt(crowd, raters, pictures, rng)
        wins = rng.random((raters, pictures)) < expit(feeling[:, 0] - feeling[:, 1])
        row[:] = lead(wins.astype(np.float64), draws)
    return found
