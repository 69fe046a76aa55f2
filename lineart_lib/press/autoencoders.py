"""Drawings of autoencoders: their architecture, and codes on a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.press.drawing import arrow, box, disc, document, element, text
from lineart_lib.press.style import INK, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, PURPLE = (PALETTE[name] for name in ("blue", "orange", "green", "purple"))
RED = PALETTE["red"]
DIGIT_COLOURS = (*PALETTE.values(), INK, "#7d8596")
"""Of the digits 0 to 9; the mark of a point is its digit, so that no colour has to be told."""

_WIDE, _MIDDLE = 752.0, 108.0


def core_gai_autoencoder() -> str:
    """Draw an autoencoder: a picture, narrowing layers, the code, widening layers, a picture.

    Returns
    -------
    str
        A whole SVG document.
    """
    drawn = [
        *_ends(),
        _bar(152, 132, BLUE, "256"),
        _bar(232, 88, BLUE, "64"),
        disc((376, _MIDDLE), 26, colour=ORANGE),
        text("$z$", (376, _MIDDLE + 6), size=20),
        text("code", (376, 30), size=14, weight="bold"),
        text("2 or 16 numbers", (376, 156), size=13),
        _bar(520, 88, GREEN, "64"),
        _bar(600, 132, GREEN, "256"),
        *(_wire(a, b) for a, b in ((95, 140), (164, 220), (244, 348), (404, 508), (532, 588))),
        _wire(612, 657),
    ]
    return document(_WIDE, 214, *drawn)


def core_gai_vae() -> str:
    """Draw a variational autoencoder: the code is drawn from a cloud, with noise from outside.

    Returns
    -------
    str
        A whole SVG document.
    """
    above, below = _MIDDLE - 34, _MIDDLE + 34
    drawn = [
        *_ends(),
        _bar(152, 132, BLUE, "256"),
        _bar(224, 88, BLUE, "64"),
        disc((312, above), 22, colour=PURPLE),
        text("$\\mu$", (312, above + 5), size=18),
        disc((312, below), 22, colour=PURPLE),
        text("$\\sigma$", (312, below + 5), size=18),
        text("cloud", (312, 30), size=14, weight="bold"),
        disc((424, _MIDDLE), 26, colour=ORANGE),
        text("$z$", (424, _MIDDLE + 6), size=20),
        text("code", (424, 30), size=14, weight="bold"),
        box((424, 218), (120, 34), colour=RED, dashes="5 4"),
        text("$\\epsilon \\sim \\mathcal{N}(0, 1)$", (424, 223), size=15),
        arrow((424, 200), (424, _MIDDLE + 28), colour=RED, dashes="5 4"),
        text("$z = \\mu + \\sigma \\epsilon$", (556, 224), size=15),
        _bar(536, 88, GREEN, "64"),
        _bar(608, 132, GREEN, "256"),
        _wire(95, 140),
        _wire(164, 212),
        arrow((237, _MIDDLE - 10), (288, above + 4)),
        arrow((237, _MIDDLE + 10), (288, below - 4)),
        arrow((335, above + 6), (398, _MIDDLE - 10)),
        arrow((335, below - 6), (398, _MIDDLE + 10)),
        _wire(452, 524),
        _wire(548, 596),
        _wire(620, 657),
    ]
    return document(_WIDE, 244, *drawn)


def map_codes(axes: Axes, codes: np.ndarray, labels: np.ndarray, *, size: float = 26.0) -> None:
    """Put each code on the plane as the digit that it stands for.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    codes : ndarray
        (N, 2).
    labels : ndarray
        (N,), in [0, 9].
    size : float
        Area of a mark, in square points.

    Raises
    ------
    ValueError
        The codes are not on a plane, or a label is missing.
    """
    if codes.ndim != 2 or codes.shape[1] != 2 or len(codes) != len(labels):
        raise ValueError(
            f"codes must be (N, 2) with N labels; got {codes.shape} and {len(labels)} labels"
        )
    for digit, colour in enumerate(DIGIT_COLOURS):
        points = codes[labels == digit]
        axes.scatter(*points.T, marker=f"${digit}$", s=size, color=colour, linewidths=0)


def _ends() -> list[str]:
    """Draw the picture at both ends, with the names of the halves."""
    drawn = []
    for x, name, symbol in ((56.0, "picture", "$x$"), (696.0, "painted again", "$\\hat{x}$")):
        drawn.append(
            element(
                "rect",
                x=x - 37,
                y=_MIDDLE - 37,
                width=74,
                height=74,
                fill=INK,
                fill_opacity=0.08,
                stroke=INK,
                stroke_width=1.5,
            )
        )
        drawn.append(text(symbol, (x, _MIDDLE + 7), size=22))
        drawn.append(text(name, (x, 30), size=14, weight="bold"))
        drawn.append(text("28 × 28", (x, 166), size=13))
    drawn.append(text("encoder", (190, 14), size=14, weight="bold", colour=INK))
    drawn.append(text("decoder", (564, 14), size=14, weight="bold", colour=INK))
    return drawn


def _bar(x: float, height: float, colour: str, units: str) -> str:
    return box((x, _MIDDLE), (24, height), colour=colour, radius=4, tint=0.2) + text(
        units, (x, _MIDDLE + 88), size=13
    )


def _wire(start: float, end: float) -> str:
    return arrow((start, _MIDDLE), (end, _MIDDLE))
