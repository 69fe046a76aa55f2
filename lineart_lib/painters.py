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


DIALS = {"fewsteps": (0.5, 0.5), "stablepaint": (0.0, 0.25), "varied": (0.5, 0.5)}
"""Colorizers with a dial: its setting for one painting of a drawing, and for several.

StablePaint is most faithful at 0, but there all seeds give one picture. At a quarter seeds differ,
and the start still holds nine tenths of what lines and hints told, against four of noise.
"""


def load_painter(
    name: str, profile: str = "book", strength: float | None = None, variations: int = 1
) -> Painter:
    """Return a colorizer by its name.

    Parameters
    ----------
    name : str
        One of `PAINTERS`.
    profile : {"smoke", "book", "paper"}
        Of the run whose weights a network takes; fills have none.
    strength : float, optional
        The dial, in [0, 1], of a colorizer that has one: at 0 it keeps closest to its best guess,
        whatever the seed; at 1 seeds vary most. As in `DIALS` by default.
    variations : int
        How many paintings of a drawing are wanted, which decides that default. It is higher for
        several where the one for a single painting would make all of them equal.

    Raises
    ------
    ValueError
        There is no such colorizer or profile, it has no dial, or the strength is out of range.
    FileNotFoundError
        The network was not trained; the message names the command that does it.
    """
    if name not in PAINTERS:
        raise ValueError(f"model must be one of {', '.join(PAINTERS)}; got {name!r}")
    if strength is not None and name not in DIALS:
        raise ValueError(
            f"{name} has no dial: leave strength out, or take one of {', '.join(DIALS)}"
        )
    if strength is not None and not 0 <= strength <= 1:
        raise ValueError(f"strength must lie in [0, 1]; got {strength}")
    if name not in DIALS:
        return PAINTERS[name](profile)
    return PAINTERS[name](profile, DIALS[name][variations > 1] if strength is None else strength)


def _fill(name: str) -> Callable[[str], Painter]:
    def made(profile: str) -> Painter:
        code = "\n".join(inspect.getsource(module) for module in _CODE)
        return FillPainter(f"{name}\0{code}", _FILLS[name])

    return made


# A fill starts at once: what networks need is imported with the network.
def _copying(profile: str) -> Painter:
    from lineart_lib.training.copy_painter import copy_painter

    return copy_painter(profile)


def _varied(profile: str, strength: float) -> Painter:
    from lineart_lib.training.copy_painter import varied_painter

    return varied_painter(profile, strength)


def _few_steps(profile: str, strength: float) -> Painter:
    from lineart_lib.training.variation_painters import few_steps_painter

    return few_steps_painter(profile, strength)


def _stable_paint(profile: str, strength: float) -> Painter:
    from lineart_lib.training.variation_painters import stable_paint_painter

    return stable_paint_painter(profile, strength)


def _game(name: str, profile: str) -> Painter:
    from lineart_lib.training.game_painter import game_painter

    return game_painter(name, profile)


PAINTERS: dict[str, Callable[..., Painter]] = {
    **{name: _fill(name) for name in _FILLS},
    "copying": _copying,
    "fewsteps": _few_steps,
    "paintstorch": partial(_game, "paintstorch"),
    "stablepaint": _stable_paint,
    "stenciltorch": partial(_game, "stenciltorch"),
    "varied": _varied,
}
"""By name: a function that takes a profile and, for those of `DIALS`, the strength."""


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
