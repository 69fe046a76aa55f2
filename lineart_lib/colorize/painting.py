"""One call that colours a drawing as it comes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib import images
from lineart_lib.colorize.coloured import Coloured, Painting
from lineart_lib.colorize.lift import lift, settled
from lineart_lib.colorize.paper import is_photograph, whitened
from lineart_lib.colorize.reading import Source, read_drawing, read_hints, read_mask
from lineart_lib.colorize.shade import shade
from lineart_lib.colorize.shrink import (
    INK,
    Ground,
    contrasted,
    ground,
    shrunk_hints,
    shrunk_lines,
    working_size,
)
from lineart_lib.colorize.strokes import numbered
from lineart_lib.colorize.swatches import swatches

if TYPE_CHECKING:
    from lineart_lib.painters import Painter

Bytes = NDArray[np.uint8]
log = logging.getLogger(__name__)
_DARKEST_SHARE = 0.9
_FLAT = 2
"""Differences up to so many steps of 8 bits are no shading."""


class _Prepared(NamedTuple):
    """A drawing at the size of the model."""

    lines: Bytes  # (h, w), grey
    hints: Bytes  # (h, w), numbers of hinted colours
    mask: NDArray[np.bool_]  # (h, w)
    around: Bytes  # (h, w, 3)


def colorize(
    lineart: Source,
    hints: Source | None = None,
    mask: Source | None = None,
    painter: Painter | str = "min-cut",
    variations: int = 1,
    *,
    picture: Source | None = None,
    size_px: int | None = None,
    seed: int = 0,
    strength: float | None = None,
) -> Coloured:
    """Colour a drawing of any size and mode.

    The model works at its own resolution. Its colours are lifted to the size of the drawing between
    the lines, which lie over them as they came.

    Parameters
    ----------
    lineart : path or ndarray
        Dark lines on light paper: a file, or uint8 (H, W), (H, W, 3) or (H, W, 4). A photograph is
        recognised, and its paper divided away.
    hints : path or ndarray, optional
        Strokes on a transparent ground, of the same shape at any size.
    mask : path or ndarray, optional
        White, or opaque, where to paint. Outside, the picture is left as it is, exactly.
    painter : Painter or str
        A colorizer, or the name of one, see `lineart_lib.painters.load_painter`.
    variations : int
        How many paintings, at least one. A model without chance, or whose dial is at 0, makes one.
    picture : path or ndarray, optional
        What stands outside the mask, of the drawing's shape: an earlier result, to go on from. The
        drawing itself by default.
    size_px : int, optional
        Longer side at which the model works, at least 8; the painter's own by default.
    seed : int
        Of the first variation; each next one takes the next number.
    strength : float, optional
        The dial of a colorizer that is given by its name and has one, in [0, 1]: 0 keeps closest, 1
        varies most. Its default is that of `lineart_lib.painters.load_painter`.

    Returns
    -------
    Coloured

    Raises
    ------
    ValueError
        Something is not as described. Says what came, what was expected and the mend.
    OSError
        A file cannot be read.
    """
    if variations < 1:
        raise ValueError(f"variations must be 1 or more; got {variations}")
    if size_px is not None and size_px < 8:
        raise ValueError(f"size_px must be 8 or more; got {size_px}")
    if picture is not None and mask is None:
        raise ValueError("a picture to go on from needs a mask that says where to paint anew")
    lines, notes = _drawing(lineart)
    size = lines.shape[:2]
    marks = None if hints is None else read_hints(hints, size)
    inside = np.ones(size, bool) if mask is None else read_mask(mask, size)
    around = lines if picture is None else _beside(picture, size)
    if isinstance(painter, str):
        from lineart_lib.painters import (
            load_painter,
        )  # Networks bring PyTorch, which takes seconds.

        painter = load_painter(painter, strength=strength, variations=variations)
    elif strength is not None:
        raise ValueError(
            "strength is set when a painter is loaded: name the painter here, or give the strength "
            "to load_painter"
        )

    grey = contrasted(cv2.cvtColor(lines, cv2.COLOR_RGB2GRAY))
    small = working_size(size, size_px or painter.size_px)
    areas = ground(grey, small)
    strokes, hinted = numbered(np.zeros((*size, 4), np.uint8) if marks is None else marks)
    ready = _Prepared(
        shrunk_lines(grey, small),
        shrunk_hints(strokes, areas),
        _resized(inside.astype(np.uint8), small) > 0,
        _resized(around, small),
    )
    seeds = range(seed, seed + variations)
    painted = _paint(painter, ready, hinted, seeds)
    if variations > 1 and (painted == painted[0]).all():
        notes.append(f"chance changes nothing here: the {variations} variations are one")
        painted = painted[:1]
    paintings = tuple(_lifted(one, areas, strokes, hinted, inside) for one in painted)
    for note in notes:
        log.info(note)
    kept = None
    if picture is not None:
        kept = np.concatenate([around, np.where(inside, 0, 255)[..., None]], -1).astype(np.uint8)
    return Coloured(lines, paintings, marks, kept, tuple(notes))


def _drawing(lineart: Source) -> tuple[Bytes, list[str]]:
    """Read a drawing, clean it if it is a photograph, and refuse what is no dark line on light."""
    lines, notes = read_drawing(lineart), []
    if is_photograph(lines):
        lines = whitened(lines)
        notes.append("taken for a photograph: paper and light were divided away")
    dark = (cv2.cvtColor(lines, cv2.COLOR_RGB2GRAY) < INK).mean()
    if dark > _DARKEST_SHARE:
        named = "lineart" if isinstance(lineart, np.ndarray) else f"lineart {lineart}"
        raise ValueError(
            f"{named}: expected dark lines on light paper; {dark:.0%} of it is dark: invert it if "
            "its lines are light"
        )
    return lines, notes


def _beside(picture: Source, size: tuple[int, int]) -> Bytes:
    """Read the picture to go on from, which lies on the drawing pixel by pixel."""
    found = read_drawing(picture)
    if found.shape[:2] != size:
        raise ValueError(
            f"picture: {found.shape[1]} x {found.shape[0]} pixels beside a drawing of {size[1]} x "
            f"{size[0]}: both must have the same size, since its pixels are kept"
        )
    return found


def _resized(pixels: Bytes, size: tuple[int, int]) -> Bytes:
    """Average bytes over the area of each new pixel; any share of a mask counts."""
    if pixels.shape[:2] == size:
        return pixels
    if pixels.ndim == 2:
        pixels = pixels * np.uint8(255)
    return cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA)


def _paint(painter: Painter, ready: _Prepared, hinted: Bytes, seeds: range) -> Bytes:
    """Let the painter paint all variations: uint8 (B, h, w, 3), without lines."""
    height, width = ready.lines.shape
    lineart = images.to_lineart(ready.lines)
    colours = images.to_picture(
        np.concatenate([np.full((1, 3), 255, np.uint8), hinted])[ready.hints]
    )
    given = images.join_hints(colours, images.to_mask(ready.hints > 0))
    mask = images.to_mask(ready.mask)
    art = np.repeat(lineart, 3, axis=0)
    composite = np.where(mask == 1, art, images.to_picture(ready.around))
    room = [(0, 0), (0, -height % painter.step), (0, -width % painter.step)]
    planes = [
        np.repeat(np.pad(plane, room, mode="edge")[None], len(seeds), axis=0)
        for plane in (lineart, given, mask, composite)
    ]
    made = np.clip(painter.paint(*planes, seeds)[..., :height, :width], -1, 1)
    if painter.lines:  # What it painted is colour times line.
        light = np.maximum(images.to_unit(lineart), 0.25)
        made = images.from_unit(np.minimum(images.to_unit(made) / light, 1))
    return images.to_pixels(made)


def _lifted(
    painted: Bytes, areas: Ground, strokes: Bytes, hinted: Bytes, inside: NDArray[np.bool_]
) -> Painting:
    """Bring one painting to the size of the drawing: flat colours by area, shading smoothly."""
    found = swatches(painted.reshape(-1, 3))
    small = settled(found.labels.reshape(painted.shape[:2]) + np.uint8(1), areas)
    colours, hints = _with_hinted(found.colours, hinted, strokes)
    labels = lift(small, areas, hints)
    labels = np.where(inside, labels, np.uint8(0))
    flat = found.colours[found.labels].reshape(painted.shape)
    if np.abs(painted.astype(np.int16) - flat).max() <= _FLAT:
        return Painting(labels, colours)
    return Painting(labels, colours, shade(painted, small, labels, colours, areas))


def _with_hinted(colours: Bytes, hinted: Bytes, strokes: Bytes) -> tuple[Bytes, Bytes]:
    """Append hinted colours that are missing; return all, and the strokes in their numbers."""
    table = np.zeros(len(hinted) + 1, np.uint8)
    for number, one in enumerate(hinted, 1):
        [same] = np.nonzero((colours == one).all(axis=1))
        if not len(same):
            colours = np.concatenate([colours, one[None]])
        table[number] = (same[0] if len(same) else len(colours) - 1) + 1
    return colours, table[strokes]
