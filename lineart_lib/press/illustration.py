"""The steps of an illustration, drawn: sketch, ink, colour, post-processing."""

from __future__ import annotations

import numpy as np

from lineart_lib.press import fox, night
from lineart_lib.press.drawing import arrow, document, element, group, polyline, text
from lineart_lib.press.pencil import ink, sketch, smooth
from lineart_lib.press.style import INK, PALETTE

PAPER_CARD = "#fdfaf3"  # Paper that stays paper in the dark theme.
PEN = "#2c2230"
GRAPHITE = "#3f4757"
BLUE_PENCIL = "#7fa8d8"
NIGHT_PEN = "#2a1838"


def stage_sketch(seed: int = 0) -> str:
    """Draw the search for the lines: construction in blue, then loose graphite."""
    generator = np.random.default_rng(seed)
    drawn = []
    turn = np.linspace(0, 2 * np.pi, 40)
    for x, y, rx, ry in fox.CONSTRUCTION["circles"]:
        ellipse = np.stack([x + rx * np.cos(turn + 1), y + ry * np.sin(turn + 1)], axis=1)
        drawn.append(sketch(ellipse, generator, passes=2, colour=BLUE_PENCIL, looseness=1.6))
    for stroke in fox.CONSTRUCTION["lines"]:
        curve = smooth(stroke)
        drawn.append(sketch(curve, generator, passes=2, colour=BLUE_PENCIL, looseness=1.8))
    for part in fox.PARTS:
        cover = element("path", d=fox.outline_path(part), fill=PAPER_CARD, fill_opacity=0.6)
        strokes = [
            sketch(smooth(stroke), generator, passes=4, colour=GRAPHITE, looseness=1.15)
            for stroke in part.outline
        ]
        strokes += [
            sketch(smooth(stroke), generator, passes=3, colour=GRAPHITE, looseness=0.8)
            for stroke in part.details
        ]
        drawn += [cover, *strokes]
    for x, y in fox.EYES:
        rx, ry = fox.EYE_SIZE
        ellipse = np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], axis=1)
        drawn.append(sketch(ellipse, generator, passes=4, colour=GRAPHITE, looseness=0.8))
        for step in range(7):
            row = y - 7 + 2.2 * step
            hatch = np.array([[x - 5, row + 3], [x, row], [x + 5, row - 3]])
            drawn.append(sketch(hatch, generator, passes=1, colour=GRAPHITE, looseness=0.5))
    nose = smooth(fox.NOSE, closed=True)
    drawn.append(sketch(nose, generator, passes=4, colour=GRAPHITE, looseness=0.5))
    for step in range(9):  # A first idea of the shadow under the fox.
        x = 84 + 11 * step
        hatch = np.array([[x - 9, 319], [x, 314], [x + 10, 309]])
        drawn.append(sketch(hatch, generator, passes=1, colour=GRAPHITE))
    return group(*drawn)


def stage_ink() -> str:
    """Draw the clean line alone."""
    return _figure(PEN, colour=False)


def stage_colour() -> str:
    """Fill every part with its flat colour under the line."""
    return _figure(PEN, colour=True)


def stage_post(prefix: str = "post") -> str:
    """Add light, shade and a place: night, a low moon behind the fox, fireflies."""
    return group(
        night.sky(prefix),
        _figure(NIGHT_PEN, colour=True, lit=prefix),
        night.foreground(prefix),
    )


def _figure(pen: str, *, colour: bool, lit: str = "") -> str:
    """Paint the parts from back to front; ``lit`` names the prefix of the ids of light."""
    drawn = []
    for part in fox.PARTS:
        data = fox.outline_path(part)
        clip = f"{lit or ('flat' if colour else 'line')}-{part.name}"
        drawn.append(element("clipPath", element("path", d=data), id=clip))
        inside = [element("path", d=data, fill=part.colour if colour else PAPER_CARD)]
        for patch, patch_colour in part.patches:
            closed = polyline(map(tuple, smooth(patch, closed=True)), closed=True)
            if colour:
                inside.append(element("path", d=closed, fill=patch_colour))
            elif patch_colour == fox.CREAM or part.name == "head":
                inside.append(element("path", d=closed, fill="none", stroke=pen, stroke_width=0.9))
        if lit:
            inside += night.light(part, lit)
        drawn.append(group(*inside, clip_path=f"url(#{clip})"))
        drawn += [ink(smooth(stroke), width=part.width, colour=pen) for stroke in part.outline]
        drawn += [ink(smooth(stroke), width=1.5, colour=pen) for stroke in part.details]
    return group(*drawn, *_face(pen, colour=colour, lit=lit))


def _face(pen: str, *, colour: bool, lit: str) -> list[str]:
    """Draw eyes, nose and the blush of the cheeks."""
    drawn = []
    if colour:
        for x, y in fox.CHEEKS:
            cheek = {"cx": x, "cy": y, "rx": 9, "ry": 5, "fill": fox.BLUSH}
            drawn.append(element("ellipse", **cheek, fill_opacity=0.75 if lit else 0.6))
    rx, ry = fox.EYE_SIZE
    for x, y in fox.EYES:
        drawn.append(element("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill=fox.EYE if colour else pen))
        if lit:
            drawn.append(
                element("ellipse", cx=x, cy=y + 3, rx=rx - 2, ry=ry - 4, fill=f"url(#{lit}-iris)")
            )
        glint = {"fill": "#fffefe"}
        drawn.append(element("ellipse", cx=x + 2.6, cy=y - 4.2, rx=3.1, ry=3.6, **glint))
        drawn.append(element("circle", cx=x - 3, cy=y + 4.6, r=1.5, **glint))
    drawn += [ink(smooth(lid), width=2.4, colour=pen) for lid in fox.LIDS]
    nose = polyline(map(tuple, smooth(fox.NOSE, closed=True)), closed=True)
    drawn.append(element("path", d=nose, fill=fox.EYE if colour else pen))
    x, y = fox.NOSE[1]
    drawn.append(
        element("ellipse", cx=x - 1, cy=y + 3, rx=2.4, ry=1.2, fill="#fffefe", fill_opacity=0.7)
    )
    return drawn


def motivations_steps(seed: int = 0) -> str:
    """Draw one illustration at the four steps of its making, side by side.

    Parameters
    ----------
    seed : int
        Of the tremor in the sketch.

    Returns
    -------
    str
        A whole SVG document.
    """
    width, height = fox.CARD
    gap, top = 30, 6
    steps = [
        ("Sketch", stage_sketch(seed)),
        ("Ink", stage_ink()),
        ("Colour", stage_colour()),
        ("Post-processing", stage_post()),
    ]
    parts = [element("clipPath", element("rect", width=width, height=height, rx=14), id="card")]
    for index, (title, drawing) in enumerate(steps):
        left = 6 + index * (width + gap)
        card = element("rect", width=width, height=height, rx=14, fill=PAPER_CARD)
        edge = element(
            "rect", width=width, height=height, rx=14, fill="none", stroke="#8b93a3",
            stroke_opacity=0.55, stroke_width=1.2,
        )  # fmt: skip
        inside = group(card, drawing, clip_path="url(#card)")
        parts.append(group(inside, edge, transform=f"translate({left} {top})"))
        middle = left + width / 2
        parts.append(text(title, (middle, top + height + 34), size=21, colour=INK, weight="bold"))
        if index:
            y = top + height / 2
            parts.append(
                arrow((left - gap + 5, y), (left - 5, y), colour=PALETTE["orange"], width=2.4)
            )
    return document(4 * width + 3 * gap + 12, top + height + 52, *parts)
