"""A coloured drawing, and the layers that an artist goes on with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lineart_lib.layers import Layer, Stack
from lineart_lib.layers.palettes import hexadecimal
from lineart_lib.layers.stack import Group, multiplied

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Painting:
    """The colours of one variation, without lines."""

    labels: Bytes
    """uint8, (H, W): the flat colour of each pixel, 1 is the first; 0 outside the mask."""
    colours: Bytes
    """uint8, (n, 3), sRGB: the flat colours."""
    shaded: Bytes | None = None
    """uint8, (H, W, 3): the colour with light and shadow; None where all is flat."""

    def colour(self) -> Bytes:
        """Return the colour layer as uint8 (H, W, 3), white outside the mask."""
        if self.shaded is not None:
            return self.shaded
        return np.concatenate([np.full((1, 3), 255, np.uint8), self.colours])[self.labels]


@dataclass(frozen=True)
class Coloured:
    """What became of a drawing of H x W pixels."""

    lines: Bytes
    """uint8, (H, W, 3): the drawing as it came; a photograph without paper and lamp."""
    paintings: tuple[Painting, ...]
    """One for each variation."""
    hints: Bytes | None = None
    """uint8, (H, W, 4): the strokes."""
    kept: Bytes | None = None
    """uint8, (H, W, 4): what stands outside the mask, if it is not the drawing itself."""
    notes: tuple[str, ...] = ()
    """What a user should know, in sentences."""

    def picture(self, number: int = 0) -> Bytes:
        """Return a variation with the lines over it, uint8 (H, W, 3).

        Colour and lines are multiplied as light: where the colour is white the picture is the
        drawing, exactly, and full ink stays full ink.
        """
        made = multiplied(self.paintings[number].colour(), self.lines)
        if self.kept is not None:
            np.copyto(made, self.kept[..., :3], where=self.kept[..., 3:] > 0)
        return made

    def stack(self, number: int = 0) -> Stack:
        """Return a variation in layers; flattened, they are its picture.

        From below: `paper`, white; a group `flats` with one layer a colour; `shading`, multiplied,
        empty when all is flat; `light`, screened, where something is lighter than its flat;
        `line`, multiplied; `kept`, what stood outside the mask; `hints`, hidden.
        """
        painting = self.paintings[number]
        height, width = painting.labels.shape
        flats, order = _flats(painting)
        items: list[Layer | Group] = [Layer("paper", _opaque(np.full((height, width, 3), 255)))]
        if flats:
            items.append(Group("flats", tuple(flats)))
        items += _shading(painting)
        items.append(Layer("line", _opaque(self.lines), blend="multiply"))
        if self.kept is not None:
            items.append(_trimmed("kept", self.kept))
        if self.hints is not None:
            items.append(_trimmed("hints", self.hints, visible=False))
        palette = tuple(tuple(painting.colours[one].tolist()) for one in order)
        return Stack(height, width, tuple(items), palette)


def _flats(painting: Painting) -> tuple[list[Layer], list[int]]:
    """Return a layer for each colour in use, the largest lowest, and their rows by area."""
    areas = np.bincount(painting.labels.ravel(), minlength=len(painting.colours) + 1)[1:]
    order = [int(row) for row in np.argsort(-areas, kind="stable") if areas[row]]
    boxes = ndimage.find_objects(painting.labels)
    layers = []
    for place, row in enumerate(order, 1):
        box = boxes[row]
        rgba = np.zeros((*painting.labels[box].shape, 4), np.uint8)
        rgba[painting.labels[box] == row + 1] = [*painting.colours[row], 255]
        name = f"{place} {hexadecimal(tuple(painting.colours[row].tolist()))}"
        layers.append(Layer(name, rgba, left=box[1].start, top=box[0].start))
    return layers, order


def _shading(painting: Painting) -> list[Layer]:
    """Return the layers that turn flats into what was painted, to the bit.

    Each channel is darkened or lightened, never both. For a flat f and a target t of 0..255 there
    is a factor s with ``round(f s / 255) = t`` whenever t is at most f: the nearest to 255 t / f,
    since rounding s moves the product by at most f / 510.
    """
    empty = np.zeros((1, 1, 4), np.uint8)
    if painting.shaded is None:
        return [Layer("shading", empty, blend="multiply")]
    flat = Painting(painting.labels, painting.colours).colour().astype(np.uint16)
    wanted = painting.shaded.astype(np.uint16)
    shadow = _factor(np.minimum(wanted, flat), flat)
    light = 255 - _factor(255 - np.maximum(wanted, flat), 255 - flat)
    dark, bright = (shadow < 255).any(axis=-1), (light > 0).any(axis=-1)
    layers = [_trimmed("shading", _where(shadow, dark), blend="multiply")]
    if bright.any():
        layers.append(_trimmed("light", _where(light, bright), blend="screen"))
    return layers


def _factor(target: NDArray[np.uint16], base: NDArray[np.uint16]) -> Bytes:
    """Return the byte s with round(base s / 255) = target; 255, neutral, where the base is 0."""
    exact = target.astype(np.uint32) * 255 + base // 2
    return np.where(base > 0, exact // np.maximum(base, 1), 255).astype(np.uint8)


def _where(colour: Bytes, present: NDArray[np.bool_]) -> Bytes:
    """Return (H, W, 4), transparent where nothing is present."""
    return np.concatenate([colour, np.where(present, 255, 0)[..., None]], -1).astype(np.uint8)


def _opaque(colour: NDArray) -> Bytes:
    """Return (H, W, 3) as a full layer."""
    return np.concatenate([colour, np.full((*colour.shape[:2], 1), 255)], -1).astype(np.uint8)


def _trimmed(name: str, rgba: Bytes, blend="normal", visible: bool = True) -> Layer:
    """Return a layer without its transparent margins; one transparent pixel if it is empty."""
    [box] = ndimage.find_objects((rgba[..., 3] > 0).astype(np.uint8)) or [(slice(0, 1),) * 2]
    return Layer(name, rgba[box], box[1].start, box[0].start, blend, visible)
