"""The classical fills that every network is compared with, under one signature.

``colorize(lineart, hints, mask) -> picture``: the lineart float32 (1, H, W) in [-1, 1], hints
float32 (4, H, W) premultiplied, the mask float32 (1, H, W) in {0, 1}, 1 where to colour; the
picture float32 (3, H, W) in [-1, 1]. A fill finds the colours under the lines, then lays the lines
over them by multiplication. Outside the mask the picture is the lineart, exactly; without a hint it
is the lineart everywhere. With `border`, the paper at the border of the picture counts as a white
hint (see `lineart_lib.recipe.regions.hint_markers`). Arrays of another form raise ValueError.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lineart_lib import images
from lineart_lib.recipe import energies
from lineart_lib.recipe.flats import paint
from lineart_lib.recipe.regions import (
    Propagation,
    hint_markers,
    trapped_ball_fill,
    watershed_fill,
)

Array = NDArray[np.floating]
Picture = NDArray[np.float32]


def as_is(lineart: Array, hints: Array, mask: Array) -> Picture:
    """Leave the lineart as it is: what a fill has to beat."""
    _check(lineart, hints, mask)
    return _uncoloured(lineart)


def nearest_hint(lineart: Array, hints: Array, mask: Array, *, border: bool = True) -> Picture:
    """Give each pixel the colour of the nearest hint, a Voronoi diagram: it ignores the lines."""
    _check(lineart, hints, mask)
    markers = hint_markers(lineart, hints, border=border)
    if len(markers.colours):
        rows, columns = ndimage.distance_transform_edt(
            markers.labels == 0, return_distances=False, return_indices=True
        )
        markers = markers._replace(labels=markers.labels[rows, columns])
    return _composed(lineart, markers, mask)


def watershed(lineart: Array, hints: Array, mask: Array, *, border: bool = True) -> Picture:
    """Flood from the hints: exact where lines are closed, and it leaks where they are not."""
    _check(lineart, hints, mask)
    return _composed(lineart, watershed_fill(lineart, hints, border=border), mask)


def trapped_ball(
    lineart: Array, hints: Array, mask: Array, *, radius_px: int = 4, border: bool = True
) -> Picture:
    """Fill the areas that trap a ball: it closes small gaps, and leaves areas without a hint."""
    _check(lineart, hints, mask)
    return _composed(lineart, trapped_ball_fill(lineart, hints, radius_px, border=border), mask)


def lazybrush(lineart: Array, hints: Array, mask: Array, *, border: bool = True) -> Picture:
    """Cut between the hints where it is darkest: it spans gaps, and gives up wide ones."""
    _check(lineart, hints, mask)
    markers = hint_markers(lineart, hints, border=border)
    if len(markers.colours):
        markers = energies.min_cut(lineart, markers)
    return _composed(lineart, markers, mask)


def optimization(lineart: Array, hints: Array, mask: Array, *, border: bool = True) -> Picture:
    """Solve for smooth colour that changes only with the grey: it blends within an area."""
    _check(lineart, hints, mask)
    markers = hint_markers(lineart, hints, border=border)
    if not len(markers.colours):
        return _uncoloured(lineart)
    return _laid_under(lineart, energies.least_squares(lineart, markers), mask)


def walker(lineart: Array, hints: Array, mask: Array, *, border: bool = True) -> Picture:
    """Let a random walker choose among the hints: it resists gaps, and colours every area."""
    _check(lineart, hints, mask)
    markers = hint_markers(lineart, hints, border=border)
    if len(markers.colours):
        markers = energies.random_walk(lineart, markers)
    return _composed(lineart, markers, mask)


FILLS: dict[str, Callable[[Array, Array, Array], Picture]] = {
    "lineart as is": as_is,
    "nearest hint": nearest_hint,
    "watershed": watershed,
    "trapped ball": trapped_ball,
    "min-cut": lazybrush,
    "optimization": optimization,
    "random walker": walker,
}
"""Every fill by the name that tables give it."""


def _check(lineart: Array, hints: Array, mask: Array) -> None:
    """Refuse arrays that are not as the contract says, or differ in size."""
    for name, array, channels in (("lineart", lineart, 1), ("hints", hints, 4), ("mask", mask, 1)):
        if array.ndim != 3 or array.shape[0] != channels:
            raise ValueError(
                f"{name} must be ({channels}, H, W); got {array.shape}: fills take one picture at "
                "a time"
            )
        if array.shape[1:] != lineart.shape[1:]:
            raise ValueError(
                f"{name} {array.shape} and lineart {lineart.shape} differ in size: resize before"
            )
    images.check(lineart, "lineart", channels=1)
    images.check_hints(hints)
    images.check_mask(mask)


def _uncoloured(lineart: Array) -> Picture:
    """Return the lineart as a picture of three channels."""
    return np.repeat(np.asarray(lineart, np.float32), 3, axis=0)


def _composed(lineart: Array, found: Propagation, mask: Array) -> Picture:
    """Paint the labels, white where there is none, and lay the lines over them."""
    if not len(found.colours):
        return _uncoloured(lineart)
    return _laid_under(lineart, paint(found.labels, found.colours), mask)


def _laid_under(lineart: Array, colour: Picture, mask: Array) -> Picture:
    """Multiply lines and colour as light in [0, 1] inside the mask; full ink stays full ink."""
    both = images.from_unit(images.to_unit(colour) * images.to_unit(lineart))
    return np.where(mask == 1, both, lineart).astype(np.float32)
