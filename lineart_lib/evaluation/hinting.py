"""Hints without luck: a mark for each region, and as many of them as a share asks for.

The marks of a case are found once. A larger share shows more of them, and those that were there
before stay as they are, careless ones too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lineart_lib.evaluation.scores import Case
from lineart_lib.recipe.carelessness import Carelessness, careless_mark
from lineart_lib.recipe.flats import median_colours
from lineart_lib.recipe.hints import region_hints

Shape = Literal["scribble", "dot"]


@dataclass(frozen=True)
class Marks:
    """One mark for each region of a case, the largest region first."""

    size: tuple[int, int]
    """Height and width of the case."""
    regions: tuple[int, ...]
    """Labels of the regions."""
    places: tuple[NDArray[np.intp], ...]
    """Pixels of each mark, counted in reading order; none where a careless hand lost it."""
    colours: NDArray[np.float32]
    """(n, 3), in [-1, 1]: the median colour of each region."""

    def hints(self, ratio: float) -> NDArray[np.float32]:
        """Show a share of the marks, in [0, 1]; any share above 0 shows one.

        Returns
        -------
        ndarray
            float32, (4, H, W), premultiplied, mask in {0, 1}.
        """
        if not 0 <= ratio <= 1:
            raise ValueError(f"ratio must be in [0, 1]; got {ratio}: 5 % is 0.05")
        # Rounding must not push 0.1 × 10 above 1.
        return self.drawn(range(int(np.ceil(ratio * len(self.regions) - 1e-9))))

    def drawn(self, chosen: Sequence[int]) -> NDArray[np.float32]:
        """Show chosen marks, by their numbers from 0 on; later ones lie over earlier ones."""
        found = np.zeros((4, self.size[0] * self.size[1]), np.float32)
        for number in chosen:
            found[:3, self.places[number]] = self.colours[number][:, None]
            found[3, self.places[number]] = 1
        return found.reshape(4, *self.size)


def neat_marks(case: Case, shape: Shape = "scribble") -> Marks:
    """Mark every region of a case in its colour.

    Parameters
    ----------
    case : Case
    shape : {"scribble", "dot"}
        As `lineart_lib.recipe.hints.region_hints` draws them.
    """
    present = region_hints(case.colour, case.regions, 1.0, shape)[3] > 0
    areas = np.bincount(case.regions.ravel(), minlength=1)[1:]
    order = np.argsort(-areas, kind="stable")
    labels = np.where(present, case.regions, 0).ravel()
    return Marks(
        case.regions.shape,
        tuple((order + 1).tolist()),
        tuple(np.flatnonzero(labels == number + 1) for number in order),
        median_colours(case.colour, case.regions)[order].astype(np.float32),
    )


def careless_marks(
    case: Case, shape: Shape = "scribble", settings: Carelessness | None = None
) -> Marks:
    """Mark as a hurried hand does: marks overshoot, lie aside, or are forgotten (T4).

    The mark of the largest region is never lost, so that some hint is there at every share above 0.
    Each mark draws from a generator of its own, named by case and region.
    """
    settings = settings or Carelessness()
    neat = neat_marks(case, shape)
    places = []
    for number, (region, place) in enumerate(zip(neat.regions, neat.places, strict=True)):
        mark = np.zeros(neat.size, bool)
        mark.ravel()[place] = True
        moved = careless_mark(mark, named_generator(case.name, "hint", region), settings)
        if number == 0 and not moved.any():
            moved = mark
        places.append(np.flatnonzero(moved))
    return Marks(neat.size, neat.regions, tuple(places), neat.colours)


def named_generator(*names: str | int) -> np.random.Generator:
    """Return a generator that belongs to a name, so that chance does not hang on an order."""
    digest = hashlib.sha256("\0".join(map(str, names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
