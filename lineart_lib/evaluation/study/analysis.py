"""What the answers of a study say: opinions, preferences, agreement, and how sure all of it is.

An interval draws raters and pictures again, both at once and independently [1]_: the next study
would have other raters and other pictures. It is the 95 % percentile interval, and it is rather too
wide than too narrow. With few raters or pictures no bootstrap can be trusted, and the result says
that it is small.

References
----------
.. [1] Owen, "The Pigeonhole Bootstrap", Annals of Applied Statistics 1, 2007.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineart_lib.evaluation.study.agreement import alpha, share
from lineart_lib.evaluation.study.answers import Key, Sheet
from lineart_lib.evaluation.study.strengths import bradley_terry

PRIOR = 0.1
"""Wins added to each side of every pair, so that a method that always won has a finite strength."""
FEW = 10
"""Raters or pictures below which a result is called small."""

Array = NDArray[np.float64]


def analyse(
    key: Key, sheets: Sequence[Sheet], rng: np.random.Generator, resamples: int = 1000
) -> dict[str, Any]:
    """Analyse a study.

    Parameters
    ----------
    key : Key
        Names what the codes stand for.
    sheets : sequence of Sheet
        One for each rater, at least one.
    rng : numpy.random.Generator
        Draws the bootstrap.
    resamples : int
        Draws, at least 100.

    Returns
    -------
    dict
        JSON values: `study`, `title`, `raters`, `pictures`, `answers`, `asked`, `notes` (sentences
        on how little some number may mean), `opinion` and `pairs` (None where nothing was asked or
        answered), and `by_rater`. In `opinion` and `pairs`, `methods` has each method alone and
        `differences` each two of them, with `apart` where the interval does not hold 0.

    Raises
    ------
    ValueError
        There is no sheet, no answer, or too few draws.
    """
    if resamples < 100:
        raise ValueError(f"an interval needs 100 draws at least; got {resamples}")
    given = sum(len(sheet.opinions) + len(sheet.choices) for sheet in sheets)
    if not given:
        raise ValueError("the answer files hold no answer: nothing can be said")
    asked = sum(sheet.asked for sheet in sheets)
    draws = redraws(rng, resamples, len(sheets), len(key.pictures))
    opinion = _opinion(key, sheets, draws)
    pairs = _pairs(key, sheets, draws)
    return {
        "study": key.study,
        "title": key.title,
        "raters": len(sheets),
        "pictures": len(key.pictures),
        "answers": given,
        "asked": asked,
        "notes": _notes(key, sheets, given, asked, pairs),
        "opinion": opinion,
        "pairs": pairs,
        "by_rater": [_rater(sheet) for sheet in sheets],
    }


def redraws(
    rng: np.random.Generator, resamples: int, raters: int, pictures: int
) -> tuple[Array, Array]:
    """Draw raters and pictures again, with replacement, independently of each other [1]_.

    Returns
    -------
    tuple of ndarray
        How often each draw holds each rater, (resamples, raters), and each picture,
        (resamples, pictures).
    """
    return tuple(
        rng.multinomial(many, np.full(many, 1 / many), size=resamples).astype(np.float64)
        for many in (raters, pictures)
    )


def _opinion(
    key: Key, sheets: Sequence[Sheet], draws: tuple[Array, Array]
) -> dict[str, Any] | None:
    table = np.full((len(sheets), len(key.methods), len(key.pictures)), np.nan)
    for rater, sheet in enumerate(sheets):
        for answer in sheet.opinions:
            if not answer.repeat:
                table[rater, *key.images[answer.image]] = answer.score
    there = ~np.isnan(table)
    if not there.any():
        return None
    sums = np.einsum("br,bp,rmp->bm", *draws, np.nan_to_num(table), optimize=True)
    counts = np.einsum("br,bp,rmp->bm", *draws, there.astype(float), optimize=True)
    with np.errstate(invalid="ignore"):
        means = sums / counts
    rows, values = [], []
    for number, method in enumerate(key.methods):
        own = table[:, number][there[:, number]]
        row = {"method": method, "answers": len(own)}
        values.append(own.mean() if len(own) else math.nan)
        rows.append(row | _estimate(values[-1], means[:, number]))
    first = {
        (r, a.image): a.score for r, s in enumerate(sheets) for a in s.opinions if not a.repeat
    }
    moved = [
        abs(a.score - first[r, a.image])
        for r, sheet in enumerate(sheets)
        for a in sheet.opinions
        if a.repeat
    ]
    return {
        "methods": sorted(rows, key=lambda row: -(row["value"] or 0)),
        "differences": _differences(key.methods, np.array(values), means),
        "alpha": alpha(table.reshape(len(sheets), -1)),
        "same_again": share(sum(step == 0 for step in moved), len(moved)),
        "mean_change": float(np.mean(moved)) if moved else None,
    }


def _pairs(key: Key, sheets: Sequence[Sheet], draws: tuple[Array, Array]) -> dict[str, Any] | None:
    many = len(key.methods)
    wins = np.zeros((len(sheets), len(key.pictures), many, many))
    order = {pair: k for k, pair in enumerate(zip(*np.triu_indices(many, 1), strict=True))}
    said = np.full((len(sheets), len(key.pictures), len(order)), np.nan)
    ties = sides = lefts = 0
    same: list[bool] = []
    for rater, sheet in enumerate(sheets):
        first = {frozenset((a.left, a.right)): a.chosen for a in sheet.choices if not a.repeat}
        for answer in sheet.choices:
            sides += answer.side != "tie"
            lefts += answer.side == "left"
            if answer.repeat:
                same.append(first[frozenset((answer.left, answer.right))] == answer.chosen)
                continue
            (one, picture), (two, _) = key.images[answer.left], key.images[answer.right]
            won = {"left": 1.0, "tie": 0.5, "right": 0.0}[answer.side]
            wins[rater, picture, one, two] += won
            wins[rater, picture, two, one] += 1 - won
            ties += answer.side == "tie"
            low, high = sorted((one, two))
            # Which of the two stands first changes from unit to unit. Else a method that always
            # wins would look like raters who always say the same, and alpha would find nothing.
            first_is_low = (picture + order[low, high]) % 2 == 0
            said[rater, picture, order[low, high]] = (
                won if (one == low) == first_is_low else 1 - won
            )
    answers = int(wins.sum())
    if not answers:
        return None
    prior = PRIOR * (1 - np.eye(many))
    total = wins.sum(axis=(0, 1))
    drawn = np.einsum("br,bp,rpij->bij", *draws, wins, optimize=True)
    strengths = bradley_terry(total + prior)
    again = np.stack([bradley_terry(table + prior, tolerance=1e-6) for table in drawn])
    rows = [
        {
            "method": method,
            "answers": round((total + total.T)[number].sum()),
            "preferred": float(total[number].sum() / max((total + total.T)[number].sum(), 1)),
            **_estimate(strengths[number], again[:, number]),
            "rank": _span((again > again[:, [number]]).sum(axis=1) + 1),
        }
        for number, method in enumerate(key.methods)
    ]
    return {
        "methods": sorted(rows, key=lambda row: -row["value"]),
        "differences": _differences(key.methods, strengths, again),
        "wins": {
            key.methods[i]: {key.methods[j]: total[i, j] for j in range(many) if j != i}
            for i in range(many)
        },
        "answers": answers,
        "ties": share(ties, answers),
        "alpha": alpha(said.reshape(len(sheets), -1)),
        "same_again": share(sum(same), len(same)),
        "left": share(lefts, sides),
        "prior": PRIOR,
    }


def _estimate(value: float, again: Array) -> dict[str, float | None]:
    again = again[np.isfinite(again)]
    if not math.isfinite(value) or not len(again):
        return {"value": None, "low": None, "high": None}
    low, high = np.quantile(again, [0.025, 0.975])
    return {"value": float(value), "low": float(low), "high": float(high)}


def _differences(methods: Sequence[str], values: Array, again: Array) -> list[dict[str, Any]]:
    """Compare each two methods in the same draws: intervals of each alone may overlap."""
    order = [k for k in np.argsort(-values, kind="stable") if math.isfinite(values[k])]
    rows = []
    for better, worse in combinations(order, 2):
        found = _estimate(values[better] - values[worse], again[:, better] - again[:, worse])
        apart = found["low"] is not None and not found["low"] <= 0 <= found["high"]
        rows.append({"better": methods[better], "worse": methods[worse], **found, "apart": apart})
    return rows


def _span(ranks: NDArray[np.int64]) -> list[int]:
    low, high = np.quantile(ranks, [0.025, 0.975], method="nearest")
    return [int(low), int(high)]


def _rater(sheet: Sheet) -> dict[str, Any]:
    first: dict[Any, Any] = {}
    same: list[bool] = []
    for answer in sheet.opinions:
        if answer.repeat:
            same.append(first[answer.image] == answer.score)
        else:
            first[answer.image] = answer.score
    for answer in sheet.choices:
        pair = frozenset((answer.left, answer.right))
        if answer.repeat:
            same.append(first[pair] == answer.chosen)
        else:
            first[pair] = answer.chosen
    return {
        "rater": sheet.rater,
        "answers": len(sheet.opinions) + len(sheet.choices),
        "asked": sheet.asked,
        "repeated": len(same),
        "same_again": sum(same),
    }


def _notes(
    key: Key, sheets: Sequence[Sheet], given: int, asked: int, pairs: dict[str, Any] | None
) -> list[str]:
    notes = []
    for many, what in ((len(sheets), "rater"), (len(key.pictures), "picture")):
        if many == 1:
            notes.append(
                f"Small: 1 {what}. The intervals hold nothing of how other {what}s would differ."
            )
        elif many < FEW:
            notes.append(
                f"Small: {many} {what}s, fewer than {FEW}. The intervals are rough, and may well "
                "be too narrow."
            )
    if given < asked:
        notes.append(f"Not finished: {given:,} of {asked:,} questions were answered.")
    if pairs and pairs["left"] and not pairs["left"]["low"] <= 0.5 <= pairs["left"]["high"]:
        side = "left" if pairs["left"]["value"] > 0.5 else "right"
        notes.append(
            f"The {side} side was chosen more often than the other. Of studies without such a "
            "habit, one in twenty shows as much."
        )
    return notes
