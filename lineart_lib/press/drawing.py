"""Small pieces of SVG for the drawn diagrams: shapes, arrows and text set as paths."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping

from lineart_lib.press.style import INK

BOLD = "bold"
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def document(width: float, height: float, *parts: str) -> str:
    """Wrap shapes in a whole SVG document.

    Parameters
    ----------
    width, height : float
        Size in px, also the units of the coordinates.
    *parts : str
        Elements in the order of painting.

    Returns
    -------
    str
        For `lineart_lib.press.save_figure`.
    """
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}px" height="{height:g}px" '
        f'viewBox="0 0 {width:g} {height:g}">'
    )
    return "\n".join([head, *parts, "</svg>\n"])


def element(tag: str, content: str = "", **attributes: str | float | None) -> str:
    """Write one element; an underscore in a name stands for a hyphen, None leaves it out.

    Examples
    --------
    >>> element("circle", r=2.0, stroke_width=1.25)
    '<circle r="2" stroke-width="1.25"/>'
    """
    written = "".join(
        f' {name.replace("_", "-")}="{_number(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def group(*parts: str, **attributes: str | float | None) -> str:
    """Put elements into one group."""
    return element("g", "\n".join(parts), **attributes)


def line(points: Iterable[tuple[float, float]], **attributes: str | float | None) -> str:
    """Draw straight segments through points, unfilled."""
    drawn: dict[str, str | float | None] = {
        "fill": "none",
        "stroke": INK,
        "stroke_width": 1.5,
        "stroke_linecap": "round",
        "stroke_linejoin": "round",
    }
    return element("path", d=polyline(points), **(drawn | attributes))


def polyline(points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """Write path data through points, to a tenth of a unit."""
    steps = " ".join(f"{_number(round(x, 1))},{_number(round(y, 1))}" for x, y in points)
    return f"M{steps}{'z' if closed else ''}"


def arrow(
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    bend: float = 0.0,
    colour: str = INK,
    width: float = 1.5,
    dashes: str | None = None,
) -> str:
    """Draw an arrow whose head touches the end.

    Parameters
    ----------
    start, end : (float, float)
        Where it begins, and what it points at.
    bend : float
        How far the middle leaves the straight line, as a share of the length; to the left of the
        direction of travel when positive.
    colour : str
        Of line and head.
    width : float
        Of the line, in px.
    dashes : str, optional
        An SVG dash array; solid by default.

    Returns
    -------
    str
        A group of two elements.
    """
    (x0, y0), (x1, y1) = start, end
    span_x, span_y = x1 - x0, y1 - y0
    middle_x = (x0 + x1) / 2 + 2 * bend * span_y
    middle_y = (y0 + y1) / 2 - 2 * bend * span_x
    angle = math.atan2(y1 - middle_y, x1 - middle_x)
    size = 3.5 + 2.5 * width
    tail_x, tail_y = x1 - 0.8 * size * math.cos(angle), y1 - 0.8 * size * math.sin(angle)
    wings = [
        (x1 - size * math.cos(angle + turn), y1 - size * math.sin(angle + turn))
        for turn in (0.42, -0.42)
    ]
    shaft = element(
        "path",
        d=f"M{x0:.1f},{y0:.1f} Q{middle_x:.1f},{middle_y:.1f} {tail_x:.1f},{tail_y:.1f}",
        fill="none",
        stroke=colour,
        stroke_width=width,
        stroke_linecap="round",
        stroke_dasharray=dashes,
    )
    head = element("path", d=polyline([(x1, y1), *wings], closed=True), fill=colour)
    return group(shaft, head)


def box(
    centre: tuple[float, float],
    size: tuple[float, float],
    *,
    colour: str,
    radius: float = 10.0,
    tint: float = 0.12,
    dashes: str | None = None,
) -> str:
    """Draw a rounded box with a coloured edge and a light tint of it inside."""
    (x, y), (width, height) = centre, size
    return element(
        "rect",
        x=x - width / 2,
        y=y - height / 2,
        width=width,
        height=height,
        rx=radius,
        fill=colour,
        fill_opacity=tint,
        stroke=colour,
        stroke_width=1.5,
        stroke_dasharray=dashes,
    )


def disc(
    centre: tuple[float, float],
    radius: float,
    *,
    colour: str,
    tint: float = 0.12,
    width: float = 1.5,
) -> str:
    """Draw a circle with a coloured edge and a light tint of it inside."""
    return element(
        "circle",
        cx=centre[0],
        cy=centre[1],
        r=radius,
        fill=colour,
        fill_opacity=tint,
        stroke=colour,
        stroke_width=width,
    )


def text(
    words: str,
    at: tuple[float, float],
    *,
    size: float = 14.0,
    colour: str = INK,
    anchor: str = "middle",
    weight: str = "normal",
    opacity: float | None = None,
) -> str:
    """Set text as a path, so that it looks the same everywhere.

    Parameters
    ----------
    words : str
        One line; mathematics between dollars is set as Matplotlib's mathtext.
    at : (float, float)
        The point on the base line that the anchor names.
    size : float
        Font size in px.
    colour : str
        Fill.
    anchor : {"middle", "start", "end"}
        Which part of the line stands at the point.
    weight : {"normal", "bold"}
        Of the words outside of mathematics.
    opacity : float, optional
        In [0, 1].

    Returns
    -------
    str
        One path element.
    """
    width, data = _outline(words, size, weight)
    shift = at[0] - ANCHORS[anchor] * width
    return element(
        "path",
        d=data,
        transform=f"translate({_number(round(shift, 2))} {_number(round(at[1], 2))})",
        fill=colour,
        fill_opacity=opacity,
    )


def text_width(words: str, *, size: float = 14.0, weight: str = "normal") -> float:
    """Measure a line of text, in px."""
    return _outline(words, size, weight)[0]


@functools.lru_cache(maxsize=512)
def _outline(words: str, size: float, weight: str) -> tuple[float, str]:
    """Return the width of a line of text and its outlines, from the base line's left end."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    with matplotlib.rc_context({"mathtext.fontset": "cm"}):
        outline = TextPath(
            (0, 0), words, size=size, prop=FontProperties(family="DejaVu Sans", weight=weight)
        )
    commands: Mapping[int, str] = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "z"}
    data = []
    for points, code in outline.iter_segments(simplify=False, curves=True):
        pairs = zip(points[::2], points[1::2], strict=True)
        numbers = "" if code == 79 else " ".join(f"{x:.2f},{-y:.2f}" for x, y in pairs)
        data.append(commands[int(code)] + numbers)
    extents = outline.get_extents()
    return float(extents.x1), "".join(data)


def _number(value: str | float | None) -> str:
    """Write a number without needless digits; text passes."""
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) < 1 else f"{value:.6g}"
