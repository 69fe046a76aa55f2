"""Colorizers ready to paint: fills and trained networks behind one door.

A painter finds the colours under the lines. Whoever calls it lays the lines over them, so that
they stay what the artist drew. `method` does that, and makes a painter a method of the measuring
protocol.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.recipe import energies, regions
from lineart_lib.recipe.flats import paint
from lineart_lib.recipe.regions import Propagation, hint_markers

Array = NDArray[np.floating]


class Painter(Protocol):
    """What every colorizer can do."""

    key: str
    """Names the weights and the code: what was painted with an equal key may be kept."""
    size_px: int
    """Longer side of the pictures that it was made for."""
    step: int
    """Both sides must be multiples of it."""
    lines: bool
    """Whether it paints the lines too, as the dissertation's networks do."""

    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour a batch of B pictures.

        Parameters
        ----------
        lineart : ndarray
            float32 (B, 1, H, W), in [-1, 1].
        hints : ndarray
            float32 (B, 4, H, W), premultiplied.
        mask : ndarray
            float32 (B, 1, H, W), in {0, 1}: where to paint.
        composite : ndarray
            float32 (B, 3, H, W), in [-1, 1]: the picture outside the mask, the lineart inside.
        seeds : sequence of int
            One for each picture: equal seeds give equal pictures. Painters without chance do not
            read them.

        Returns
        -------
        ndarray
            float32 (B, 3, H, W), in [-1, 1].
        """
        ...


@dataclass(frozen=True)
class FillPainter:
    """A classical fill; white where no hint's colour comes."""

    key: str
    find: Callable[[Array, Array], Propagation]
    """Takes one lineart and its hints."""
    size_px: int = 256
    """Fills know no size of their own. At twice this one min-cut takes seconds, and gains little:
    see `benchmarks/colouring.py`."""
    step: int = 1
    lines: bool = False

    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `Painter.paint` says; mask, composite and seeds change nothing."""
        return np.stack([self._one(art, given) for art, given in zip(lineart, hints, strict=True)])

    def _one(self, lineart: Array, hints: Array) -> NDArray[np.float32]:
        found = self.find(lineart, hints)
        if not len(found.colours):
            return np.ones((3, *lineart.shape[1:]), np.float32)
        return paint(found.labels, found.colours).astype(np.float32)


def _min_cut(lineart: Array, hints: Array) -> Propagation:
    markers = hint_markers(lineart, hints)
    return energies.min_cut(lineart, markers) if len(markers.colours) else markers


_FILLS = {
    "watershed": regions.watershed_fill,
    "trapped ball": regions.trapped_ball_fill,
    "min-cut": _min_cut,
}
_CODE = (regions, energies)
"""What decides the picture of a fill."""


def load_painter(name: str, profile: str = "book") -> Painter:
    """Return a colorizer by its name.

    Parameters
    ----------
    name : str
        One of `PAINTERS`.
    profile : {"smoke", "book", "paper"}
        Of the run whose weights a network takes; fills have none.

    Raises
    ------
    ValueError
        There is no such colorizer or profile.
    FileNotFoundError
        The network was not trained; the message names the command that does it.
    """
    if name not in PAINTERS:
        raise ValueError(f"model must be one of {', '.join(PAINTERS)}; got {name!r}")
    return PAINTERS[name](profile)


def _fill(name: str) -> Callable[[str], Painter]:
    def made(profile: str) -> Painter:
        code = "\n".join(inspect.getsource(module) for module in _CODE)
        return FillPainter(f"{name}\0{code}", _FILLS[name])

    return made


# A fill starts at once: what networks need is imported with the network.
def _copying(profile: str) -> Painter:
    from lineart_lib.training.copy_painter import copy_painter

    return copy_painter(profile)


def _varied(profile: str) -> Painter:
    from lineart_lib.training.copy_painter import varied_painter

    return varied_painter(profile)


def _few_steps(profile: str) -> Painter:
    from lineart_lib.training.variation_painters import few_steps_painter

    return few_steps_painter(profile)


def _stable_paint(profile: str) -> Painter:
    from lineart_lib.training.variation_painters import stable_paint_painter

    return stable_paint_painter(profile)


def _game(name: str, profile: str) -> Painter:
    from lineart_lib.training.game_painter import game_painter

    return game_painter(name, profile)


PAINTERS: dict[str, Callable[[str], Painter]] = {
    **{name: _fill(name) for name in _FILLS},
    "copying": _copying,
    "fewsteps": _few_steps,
    "paintstorch": partial(_game, "paintstorch"),
    "stablepaint": _stable_paint,
    "stenciltorch": partial(_game, "stenciltorch"),
    "varied": _varied,
}
"""By name: a function that takes a profile."""


@dataclass(frozen=True)
class Method:
    """A painter as a method of the measuring protocol; see `lineart_lib.evaluation.protocol`."""

    painter: Painter

    @property
    def key(self) -> str:
        """Names the painter, so that what was measured can be kept."""
        return self.painter.key

    def __call__(self, lineart: Array, hints: Array, mask: Array) -> NDArray[np.float32]:
        """Colour one picture: (1, H, W), (4, H, W) and (1, H, W) give (3, H, W)."""
        return self.batch(lineart[None], hints[None], mask[None])[0]

    def batch(self, lineart: Array, hints: Array, mask: Array) -> NDArray[np.float32]:
        """Colour a batch; outside the mask the picture is the lineart, exactly."""
        art = np.repeat(np.asarray(lineart, np.float32), 3, axis=1)
        sizes = lineart.shape[2:]
        room = [(0, 0), (0, 0), *((0, -side % self.painter.step) for side in sizes)]
        padded = [np.pad(plane, room, mode="edge") for plane in (lineart, hints, mask, art)]
        colour = self.painter.paint(*padded, range(len(art)))[..., : sizes[0], : sizes[1]]
        if not self.painter.lines:
            colour = images.from_unit(images.to_unit(colour) * images.to_unit(art))
        return np.where(mask == 1, colour, art).astype(np.float32)
