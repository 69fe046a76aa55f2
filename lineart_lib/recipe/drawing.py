"""Draw a checked SVG to pixels: whole, a few groups at a time, or with every shape repainted."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Collection
from xml.etree import ElementTree

import numpy as np
import resvg_py
from PIL import Image

from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.svg import GRADIENTS, SHAPES, SILENT, local

_PAINTS = ("fill", "stroke")


def layers(root: ElementTree.Element, names: Collection[str]) -> ElementTree.Element:
    """Return a copy that keeps, of the root's groups, only those with such an id or class.

    Definitions stay. The order of drawing is that of the file.
    """
    wanted = set(names)
    kept = ElementTree.Element(root.tag, dict(root.attrib))
    for child in root:
        called = {child.get("id"), *(child.get("class") or "").split()}
        if local(child.tag) == "defs" or wanted & called:
            kept.append(copy.deepcopy(child))
    return kept


def repaint(
    root: ElementTree.Element,
    paint: Callable[[str, ElementTree.Element, float], str | None],
) -> ElementTree.Element:
    """Return a copy in which each shape is painted anew.

    Parameters
    ----------
    root : Element
        A checked SVG.
    paint : callable
        `paint(colour, group, opacity)` is asked for each fill and each stroke that paints. It gets
        the colour as written (`black` where the file says nothing), the root's child that holds the
        shape, and the opacity in [0, 1] of that paint with all groups around it. It answers with a
        new opaque colour, or None to leave the paint out.

    Returns
    -------
    Element
        Without opacity and blend modes; clips and masks stay, and what they hold is not repainted.
    """
    new = copy.deepcopy(root)

    def walk(element: ElementTree.Element, top: ElementTree.Element, inherited: dict) -> None:
        if local(element.tag) in GRADIENTS | SILENT | {"clipPath", "mask"}:
            return
        style = {**inherited}
        for key in (*_PAINTS, "fill-opacity", "stroke-opacity"):
            if key in element.attrib:
                style[key] = element.attrib[key]
        style["opacity"] = inherited["opacity"] * _share(element.attrib.pop("opacity", "1"))
        if "mix-blend-mode" in element.attrib.get("style", ""):
            style["opacity"] = 0.0
            del element.attrib["style"]
        if local(element.tag) in SHAPES:
            for key in _PAINTS:
                element.attrib.pop(f"{key}-opacity", None)
                colour = style[key]
                if colour != "none":
                    opacity = style["opacity"] * _share(style[f"{key}-opacity"])
                    colour = paint(colour, top, opacity) or "none"
                element.attrib[key] = colour
        for child in element:
            walk(child, top, style)

    start = {"fill": new.get("fill", "black"), "stroke": new.get("stroke", "none"), "opacity": 1.0}
    start |= {"fill-opacity": "1", "stroke-opacity": "1"}
    for child in new:
        walk(child, child, start)
    return new


def _share(text: str) -> float:
    try:
        number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return 1.0
    return min(max(number, 0.0), 1.0) if number == number else 1.0


def draw(root: ElementTree.Element, size_px: int, *, crisp: bool = False) -> np.ndarray:
    """Draw a checked SVG, centred in a square.

    Parameters
    ----------
    root : Element
        What `read_svg` gave, or a copy of it by `layers` or `repaint`.
    size_px : int
        Side of the square in pixels, 1 to 2048.
    crisp : bool
        Without anti-aliasing: each pixel is one shape's colour or nothing.

    Returns
    -------
    ndarray
        uint8 of shape (size_px, size_px, 4), RGBA, not premultiplied.

    Raises
    ------
    RefusedError
        `not_drawable`: the drawing has no size, or the drawing program gives up.
    """
    if not 1 <= size_px <= 2048:
        raise ValueError(f"size_px must lie in 1 to 2048; got {size_px}")
    if crisp and "shape-rendering" in root.attrib:
        root = copy.copy(root)
        root.attrib = {k: v for k, v in root.attrib.items() if k != "shape-rendering"}
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=ElementTree.tostring(root, encoding="unicode"),
            width=size_px,
            height=size_px,
            skip_system_fonts=True,
            resources_dir=None,
            shape_rendering="crisp_edges" if crisp else "geometric_precision",
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic in the drawing program is no Exception in Python
        words = " ".join(str(error).split())[:160]
        raise RefusedError("not_drawable", f"the drawing program gave up ({words})") from error
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        drawn = np.asarray(picture.convert("RGBA"))
    square = np.zeros((size_px, size_px, 4), np.uint8)
    height, width = min(drawn.shape[0], size_px), min(drawn.shape[1], size_px)
    top, left = (size_px - height) // 2, (size_px - width) // 2
    square[top : top + height, left : left + width] = drawn[:height, :width]
    return square


def on_white(rgba: np.ndarray) -> np.ndarray:
    """Composite uint8 RGBA of shape (height, width, 4) on white; uint8 (height, width, 3)."""
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
