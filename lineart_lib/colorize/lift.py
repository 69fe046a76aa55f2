"""Colours from the size of a model to the size of the drawing, without a step over its lines.

What a model says about a small pixel holds for one area of the drawing, the owner; see
`lineart_lib.colorize.shrink.Ground`. So a pixel of the drawing listens only to the small pixels of
its own area, by bilinear weights, and takes the colour with the largest sum: no colour is mixed,
and none comes from behind a line. Areas too small to own a pixel take the colour of a hint inside
them, else the one that lies over most of them. Ink takes the colour of the nearest paper.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib.colorize.cells import CORNERS, corners, places, spread
from lineart_lib.colorize.shrink import Ground

Bytes = NDArray[np.uint8]
_INSIDE = 4


def lift(labels: Bytes, ground: Ground, hints: Bytes | None = None) -> Bytes:
    """Say which colour each pixel of the drawing has.

    Parameters
    ----------
    labels : ndarray
        uint8, (h, w), what the model says, `settled`: numbers of colours, from 1.
    ground : Ground
        Of the drawing, (H, W), for this small size.
    hints : ndarray, optional
        uint8, (H, W), the numbers of hinted colours in the same numbering; 0 where there is none.

    Returns
    -------
    ndarray
        uint8, (H, W). The labels themselves when both sizes are equal.
    """
    areas, owner, sure = ground
    if labels.shape == areas.shape:
        return labels
    count = int(areas.max()) + 1
    speaks = _speaking(owner, sure, count)
    main, kinds = _tallied(owner[speaks], labels[speaks], count)
    unseen = kinds == 0
    unseen[0] = False
    if unseen.any():
        _decide_unseen(main, unseen, labels, areas, hints)
    several = kinds > 1
    made = main[areas]
    known = areas > 0
    mixed = several[areas]
    if mixed.any():
        known &= ~mixed
        _part(made, known, mixed, labels, owner, speaks, areas)
    if not known.any():
        return cv2.resize(labels, areas.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    _fill_rest(made, known, main, areas)
    return made


def _speaking(owner: NDArray[np.int32], sure: NDArray, count: int) -> NDArray[np.bool_]:
    """Return which small pixels speak for their owner: the sure ones; if it has none, all."""
    seen = np.bincount(owner[sure], minlength=count) > 0
    return sure | ((owner > 0) & ~seen[owner])


def settled(labels: Bytes, ground: Ground) -> Bytes:
    """Let pixels at the rim of an area say what most around them say that belong to it.

    A model is often wrong by a pixel at a line. Pixels inside, with only their own area around
    them, count four times, so that seams along walls and in corners are outvoted; where an area is
    too narrow to have an inside, its pixels keep their say.

    Parameters
    ----------
    labels : ndarray
        uint8, (h, w).
    ground : Ground
        Of the drawing, for this small size.

    Returns
    -------
    ndarray
        uint8, (h, w). The labels themselves when the drawing has that size.
    """
    owner = ground.owner
    if owner.shape == ground.areas.shape:
        return labels
    speaks = _speaking(owner, ground.sure, int(ground.areas.max()) + 1)
    voice = np.pad(np.where(speaks, owner, -1), 1, constant_values=-2)
    around = [(i, j) for i in range(3) for j in range(3)]
    height, width = owner.shape
    inner = np.ones(owner.shape, bool)
    for i, j in around:
        inner &= voice[i : i + height, j : j + width] == owner
    y, x = np.nonzero(speaks & ~inner)
    if not len(y):
        return labels
    says, weight = np.pad(labels, 1), np.pad(np.where(inner, _INSIDE, 1).astype(np.uint8), 1)
    near = [says[y + i, x + j] for i, j in around]
    votes = [
        weight[y + i, x + j] * (voice[y + i, x + j] == owner[y, x]).astype(np.uint8)
        for i, j in around
    ]
    best = labels[y, x]
    most = sum(vote * (one == best) for vote, one in zip(votes, near, strict=True))
    for one in near:
        total = sum(vote * (other == one) for vote, other in zip(votes, near, strict=True))
        best, most = np.where(total > most, one, best), np.maximum(total, most)
    made = labels.copy()
    made[y, x] = best
    return made


def _tallied(areas: NDArray, labels: Bytes, count: int) -> tuple[Bytes, NDArray[np.intp]]:
    """Return, for each area, its most frequent label and how many different ones it has."""
    pairs, votes = np.unique(areas.astype(np.int64) << 8 | labels, return_counts=True)
    pairs = pairs[np.argsort(votes, kind="stable")]  # The most frequent is written last.
    main = np.zeros(count, np.uint8)
    main[pairs >> 8] = (pairs & 255).astype(np.uint8)
    return main, np.bincount(pairs >> 8, minlength=count)


def _decide_unseen(
    main: Bytes, unseen: NDArray[np.bool_], labels: Bytes, areas: NDArray, hints: Bytes | None
) -> None:
    """Give areas without a small pixel of their own a colour, in place."""
    y, x = np.nonzero(unseen[areas])
    here = areas[y, x]
    under = labels[y * labels.shape[0] // areas.shape[0], x * labels.shape[1] // areas.shape[1]]
    found, kinds = _tallied(here, under, len(main))
    main[kinds > 0] = found[kinds > 0]
    if hints is not None:
        hinted = hints[y, x]
        found, kinds = _tallied(here[hinted > 0], hinted[hinted > 0], len(main))
        main[kinds > 0] = found[kinds > 0]


def _part(
    made: Bytes,
    known: NDArray[np.bool_],
    mixed: NDArray[np.bool_],
    labels: Bytes,
    owner: NDArray[np.int32],
    speaks: NDArray[np.bool_],
    areas: NDArray[np.int32],
) -> None:
    """Colour the areas that have several colours, in place, as far as small pixels speak for them.

    Where the four corners of a cell agree, nothing is weighed.
    """
    voice = np.pad(np.where(speaks, owner, -1), 1, mode="edge")
    says = np.pad(labels, 1, mode="edge")
    cut = corners(voice.shape)
    agree = np.ones(voice[cut[0]].shape, bool)
    for corner in cut[1:]:
        agree &= (voice[corner] == voice[cut[0]]) & (says[corner] == says[cut[0]])
    (rows, columns), (down, across) = zip(*map(places, areas.shape, labels.shape), strict=True)
    sole = spread(np.where(agree, voice[cut[0]], -1), rows, columns)
    easy = mixed & (sole == areas)
    np.copyto(made, spread(says[cut[0]], rows, columns), where=easy)
    known |= easy
    y, x = np.nonzero(mixed & ~easy)
    here = areas[y, x]
    at = [(rows[y] + i, columns[x] + j) for i, j in CORNERS]
    down, across = down[y], across[x]
    weights = [
        (down if i else 1 - down) * (across if j else 1 - across) * (voice[place] == here)
        for (i, j), place in zip(CORNERS, at, strict=True)
    ]
    spoken = [says[place] for place in at]
    best, most = spoken[0], np.zeros(len(y), np.float32)
    for one in spoken:
        total = sum(w * (other == one) for w, other in zip(weights, spoken, strict=True))
        best, most = np.where(total > most, one, best), np.maximum(total, most)
    heard = most > 0
    made[y[heard], x[heard]] = best[heard]
    known[y[heard], x[heard]] = True


def _fill_rest(made: Bytes, known: NDArray[np.bool_], main: Bytes, areas: NDArray) -> None:
    """Give what is not known the colour of the nearest pixel that is, in place.

    If that one lies behind a line, paper takes the most frequent colour of its own area.
    """
    rest = np.flatnonzero(~known)
    if not len(rest):
        return
    _, near = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    there = np.flatnonzero(known)
    places = np.zeros(int(near.max()) + 1, np.intp)
    places[near.ravel()[there]] = there
    source = places[near.ravel()[rest]]
    own, other = areas.ravel()[rest], areas.ravel()[source]
    made.ravel()[rest] = np.where((own > 0) & (own != other), main[own], made.ravel()[source])
