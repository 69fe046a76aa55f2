"""How far a method's pictures are, as a set, from the artists', on the features of one network.

The drawings are parted into two halves. A method colours the first half, and its pictures are
compared with the artists' pictures of the second. So no drawing is compared with itself, and the
artists' own pictures of the first half give the floor: no method needs to be nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lineart_lib.evaluation.evaluate import TestSet
from lineart_lib.evaluation.features import Features, describe
from lineart_lib.evaluation.kernel import kernel_interval
from lineart_lib.evaluation.metrics import Interval, frechet_interval
from lineart_lib.evaluation.protocol import Method
from lineart_lib.evaluation.scores import laid_under
from lineart_lib.evaluation.tables import Row

FLOOR = "the artists"
"""Name of the row that holds the floor."""


@dataclass(frozen=True)
class Distance:
    """Two distances of the same two sets of pictures."""

    frechet: Interval
    """Squared Fréchet distance of two Gaussians; biased upwards where pictures are few."""
    kernel: Interval
    """Squared kernel distance, without bias, so below 0 at times."""


def set_distances(
    methods: Mapping[str, Method],
    given: TestSet,
    features: Features,
    ratio: float = 0.5,
    seed: int = 0,
    resamples: int = 200,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Distance]:
    """Compare what methods make of one half with the artists' pictures of the other half.

    Parameters
    ----------
    methods : mapping
        Name to method; none may be called `FLOOR`.
    given : TestSet
        At least 4 cases, all of one size.
    features : Features
        Say its name beside the numbers: a distance on other features is another distance.
    ratio : float
        Share of the regions that are hinted, in [0, 1].
    seed : int
        Parts the drawings and redraws them; every method sees the same.
    resamples : int
        Of each interval, at least 2.
    done : callable
        Called once for each method and the floor.

    Returns
    -------
    dict
        `FLOOR` first, then the methods in their order.

    Raises
    ------
    ValueError
        There are too few cases, or a method has the floor's name.
    """
    if len(given.cases) < 4:
        raise ValueError(f"two halves of 2 pictures need 4 cases; got {len(given.cases)}")
    if FLOOR in methods:
        raise ValueError(f"{FLOOR!r} is the name of the floor: call the method something else")
    order = np.random.default_rng(seed).permutation(len(given.cases))
    first, second = (
        [given.cases[number] for number in half]
        for half in (order[: len(order) // 2], order[len(order) // 2 :])
    )
    truth = [laid_under(case.colour, case.artist) for case in second]
    real = describe(features, truth)
    hints = [given.marks(case).hints(ratio) for case in first]
    found = {}
    for name, method in {FLOOR: None, **methods}.items():
        if method is None:
            pictures = [laid_under(case.colour, case.artist) for case in first]
        else:
            pictures = [
                method(case.lineart, shown, np.ones_like(case.lineart))
                for case, shown in zip(first, hints, strict=True)
            ]
        found[name] = _distance(describe(features, pictures), real, seed, resamples)
        done()
    return found


def _distance(made: Tensor, real: Tensor, seed: int, resamples: int) -> Distance:
    draws = [torch.Generator().manual_seed(seed) for _ in range(2)]
    return Distance(
        frechet_interval(made, real, draws[0], resamples=resamples),
        kernel_interval(made, real, draws[1], resamples=resamples),
    )


def as_rows(found: Mapping[str, Distance], given: TestSet, features: Features) -> list[Row]:
    """Write distances as rows of a table: two for each method, with the network's name."""
    rows: list[Row] = []
    for name, distance in found.items():
        for kind, measured in (("Fréchet", distance.frechet), ("kernel", distance.kernel)):
            told = {"set": given.name, "method": name, "distance": kind, "features": features.name}
            value = {"value": measured.estimate, "low": measured.low, "high": measured.high}
            rows.append({**told, **value, "pictures": len(given.cases)})
    return rows


def as_text(rows: Sequence[Row]) -> str:
    """Write rows for a terminal: a block for each set and distance, a line for each method."""
    lines = []
    for row in sorted(rows, key=lambda row: (row["set"], row["distance"])):
        title = (
            f"{row['set']}, {row['pictures']} pictures in two halves, {row['distance']} distance "
            f"on {row['features']} (95 % interval)"
        )
        if title not in lines:
            lines.append(title)
        interval = f"({row['low']:.3g}–{row['high']:.3g})"
        lines.append(f"  {row['method']:16s} {row['value']:8.3g}  {interval}")
    return "\n".join(lines)
