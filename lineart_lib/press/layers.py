"""The drawn diagrams of a CNN: its layers as stacks of maps, and its graph of operations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lineart_lib.press.drawing import arrow, box, document, element, line, text
from lineart_lib.press.style import FAINT, INK, PALETTE, PAPER

BLUE, ORANGE, GREEN, PURPLE = (PALETTE[name] for name in ("blue", "orange", "green", "purple"))
RED = PALETTE["red"]

KINDS = {
    "conv2d": ("a library routine", BLUE),
    "linear": ("a library routine", BLUE),
    "max_pool2d": ("a loop over numbers", GREEN),
    "relu": ("a loop over numbers", GREEN),
    "flatten": ("a change of shape", FAINT),
}
"""How an operation of the CNN is done, and its colour."""


def core_nn_convnet() -> str:
    """Draw the CNN of the book: maps as stacked squares, dense layers as bars.

    Returns
    -------
    str
        A whole SVG document.
    """
    middle = 112.0
    stacks = [  # channels, side, centre, colour
        (1, 28, 52.0, INK),
        (16, 24, 166.0, BLUE),
        (16, 12, 274.0, GREEN),
        (32, 8, 362.0, BLUE),
        (32, 4, 446.0, GREEN),
    ]
    bars = [(512, 132.0, 524.0, PURPLE), (160, 92.0, 592.0, PURPLE), (128, 82.0, 660.0, PURPLE)]
    bars.append((10, 40.0, 724.0, RED))
    drawn, edges = [], []
    for channels, side, x, colour in stacks:
        width = 12 + 2.7 * side
        sheets = 1 if channels == 1 else 4 if channels == 16 else 6
        shift = 4.0
        for sheet in reversed(range(sheets)):
            offset = (sheet - (sheets - 1) / 2) * shift
            common = {
                "x": x - width / 2 + offset,
                "y": middle - width / 2 - offset,
                "width": width,
                "height": width,
            }
            drawn.append(element("rect", fill=PAPER, **common))
            tint = {"fill": colour, "fill_opacity": 0.14, "stroke": colour, "stroke_width": 1.3}
            drawn.append(element("rect", **tint, **common))
        half = width / 2 + (sheets - 1) / 2 * shift
        edges.append((x - half, x + half))
        drawn.append(text(f"{channels} × {side} × {side}", (x, 196), size=13))
    for units, height, x, colour in bars:
        drawn.append(box((x, middle), (16, height), colour=colour, radius=4, tint=0.22))
        edges.append((x - 8, x + 8))
        drawn.append(text(f"{units}", (x, 196), size=13))
    for (_, start), (end, _) in pairwise(edges):
        drawn.append(arrow((start + 3, middle), (end - 3, middle)))
    steps = [  # between which, two lines, parameters
        (0, "5 × 5", "conv", "416"),
        (1, "max 2 × 2", "ReLU", ""),
        (2, "5 × 5", "conv", "12,832"),
        (3, "max 2 × 2", "ReLU", ""),
        (4, "read", "as a row", ""),
        (5, "dense", "ReLU", "82,080"),
        (6, "dense", "ReLU", "20,608"),
        (7, "dense", "", "1,290"),
    ]
    for place, first, second, parameters in steps:
        x = (edges[place][1] + edges[place + 1][0]) / 2
        drawn.append(text(first, (x, 16), size=12.5, weight="bold"))
        if second:
            drawn.append(text(second, (x, 32), size=12.5))
        drawn.append(
            line([(x, 40), (x, middle - 6)], stroke=FAINT, stroke_width=1.2, stroke_dasharray="2 4")
        )
        if parameters:
            drawn.append(text(parameters, (x, 226), size=13))
    drawn.append(text("parameters:", (8, 226), size=13, anchor="start"))
    return document(752, 236, *drawn)


def draw_operations(
    operations: Sequence[tuple[str, tuple[int, ...], tuple[int, ...] | None]],
    *,
    start: tuple[int, ...],
    columns: int = 5,
) -> str:
    """Draw a chain of recorded operations, in rows that are read like text.

    Parameters
    ----------
    operations : sequence of (str, tuple of int, tuple of int or None)
        Name, shape of the result, and shape of the weights where there are any, in order.
    start : tuple of int
        Shape of the input.
    columns : int
        Operations in a row.

    Returns
    -------
    str
        A whole SVG document.
    """
    wide, tall, across, down = 112.0, 40.0, 146.0, 118.0
    drawn = []
    stops = [("input", start, None), *operations]
    rows = -(-len(stops) // columns)
    for number, (name, shape, weights) in enumerate(stops):
        row, column = divmod(number, columns)
        x, y = 66 + column * across, 62 + row * down
        colour = INK if number == 0 else KINDS.get(name, ("", PURPLE))[1]
        drawn.append(box((x, y), (wide, tall), colour=colour, dashes="5 4" if not number else None))
        drawn.append(text(name, (x, y + 5), size=13.5, weight="bold"))
        drawn.append(text(" × ".join(map(str, shape)), (x, y + 38), size=12))
        if weights is not None:
            drawn.append(text(" × ".join(map(str, weights)), (x, y - 43), size=12))
            drawn.append(arrow((x, y - 38), (x, y - 22), colour=ORANGE))
        if number + 1 < len(stops):
            if column + 1 < columns:
                drawn.append(arrow((x + wide / 2, y), (x + across - wide / 2, y)))
            else:
                turn = y + down / 2 - 6
                drawn.append(
                    line([(x + wide / 2, y), (x + wide / 2 + 7, y), (x + wide / 2 + 7, turn)])
                )
                drawn.append(line([(x + wide / 2 + 7, turn), (2, turn), (2, y + down)]))
                drawn.append(arrow((2, y + down), (8, y + down)))
    base = 62 + rows * down - 36
    left = 12.0
    for words, colour in dict.fromkeys(KINDS[name] for name, _, _ in operations if name in KINDS):
        drawn.append(box((left + 8, base - 4), (16, 14), colour=colour, radius=3))
        drawn.append(text(words, (left + 24, base + 1), size=12.5, anchor="start"))
        left += 230
    return document(66 + (columns - 1) * across + wide / 2 + 12, base + 14, *drawn)
