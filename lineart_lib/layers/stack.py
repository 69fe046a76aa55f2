"""Layers that lie on white paper, and the picture that they make.

References
----------
.. [1] W3C, "Compositing and Blending Level 1", 2015, sections 5.1 (source over) and 10.1 (multiply,
   screen).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Blend = Literal["normal", "multiply", "screen"]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Layer:
    """Pixels somewhere on the canvas."""

    name: str
    """What a painting program shows; up to 255 characters."""
    rgba: Bytes
    """uint8 (h, w, 4), sRGB: the colour, not multiplied by alpha; then alpha, 255 is opaque."""
    left: int = 0
    """Column of the canvas at which the layer begins."""
    top: int = 0
    """Row of the canvas at which it begins."""
    blend: Blend = "normal"
    """How it meets what is below."""
    visible: bool = True
    """Hidden layers are kept in the files, and are no part of the picture."""

    def __post_init__(self) -> None:
        rgba = self.rgba
        if rgba.dtype != np.uint8 or rgba.ndim != 3 or rgba.shape[2] != 4 or 0 in rgba.shape:
            raise ValueError(
                f"a layer is uint8 (h, w, 4), not empty; got {rgba.dtype} {rgba.shape}"
            )
        if self.blend not in ("normal", "multiply", "screen"):
            raise ValueError(f"blend must be normal, multiply or screen; got {self.blend!r}")
        if not 0 < len(self.name) < 256:
            raise ValueError(f"a name has 1 to 255 characters; got {len(self.name)}")


class Group(NamedTuple):
    """Layers that a program shows in one folder; they blend as if they stood alone."""

    name: str
    layers: tuple[Layer, ...]
    """The lowest first."""


@dataclass(frozen=True)
class Stack:
    """A whole picture."""

    height: int
    width: int
    items: tuple[Layer | Group, ...]
    """The lowest first. The layers of a group all blend normally."""
    palette: tuple[tuple[int, int, int], ...] = ()
    """Its colours, red, green and blue in 0..255, the one that covers most first."""

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f"a canvas has pixels; got {self.height} x {self.width}")
        for layer in self.layers():
            bottom, right = layer.top + layer.rgba.shape[0], layer.left + layer.rgba.shape[1]
            if min(layer.top, layer.left) < 0 or bottom > self.height or right > self.width:
                raise ValueError(
                    f"layer {layer.name!r} covers rows {layer.top} to {bottom} and columns "
                    f"{layer.left} to {right}: it leaves the canvas, {self.height} x {self.width}"
                )
        for item in self.items:
            if isinstance(item, Group) and any(one.blend != "normal" for one in item.layers):
                raise ValueError(f"layers of the group {item.name!r} must blend normally")

    def layers(self) -> list[Layer]:
        """Return all layers, the lowest first, also those in groups."""
        return [
            layer
            for item in self.items
            for layer in (item.layers if isinstance(item, Group) else (item,))
        ]


def flatten(stack: Stack) -> Bytes:
    """Return the picture that the visible layers make on white paper [1]_.

    After each layer values are rounded to 8 bits. Programs that keep fractions in between differ
    by a step of 8 bits at most where two layers blend.

    Parameters
    ----------
    stack : Stack
        Height H, width W.

    Returns
    -------
    ndarray
        uint8, (H, W, 3), sRGB.
    """
    canvas = np.full((stack.height, stack.width, 3), 255, np.uint8)
    for layer in stack.layers():
        if layer.visible:
            height, width = layer.rgba.shape[:2]
            box = canvas[layer.top : layer.top + height, layer.left : layer.left + width]
            _lay(box, layer)
    return canvas


def _lay(box: Bytes, layer: Layer) -> None:
    """Blend a layer into the pixels below it, in place."""
    colour, alpha = layer.rgba[..., :3], layer.rgba[..., 3:]
    if layer.blend == "multiply":
        colour = multiplied(box, colour)
    elif layer.blend == "screen":
        colour = 255 - multiplied(255 - box, 255 - colour)
    clear = (alpha == 0).all(), (alpha == 255).all()
    if clear[1]:
        box[:] = colour
    elif not clear[0]:
        over = colour.astype(np.uint16) * alpha + box.astype(np.uint16) * (255 - alpha)
        box[:] = _over_255(over)


def multiplied(first: Bytes, second: Bytes) -> Bytes:
    """Multiply bytes as light, 255 being 1, to the nearest; white leaves the other as it is."""
    return _over_255(first.astype(np.uint16) * second)


def _over_255(products: NDArray[np.uint16]) -> Bytes:
    """Divide 0..65025 by 255, to the nearest."""
    return ((products + 127) // 255).astype(np.uint8)
