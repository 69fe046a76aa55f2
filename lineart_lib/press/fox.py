"""A sitting fox with a scarf: the points of a small drawing, from back to front.

Coordinates are px in a card of 260 x 340, y downwards. Every part is a closed outline made of
strokes that meet end to end, so that the ink follows the strokes and the colour fills the outline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from lineart_lib.press.drawing import polyline
from lineart_lib.press.pencil import Points, smooth

CARD = (260, 340)
HEAD_CENTRE = (124.0, 140.0)
HEAD_TILT_DEGREES = -6.0
AXIS = 126.0

ORANGE = "#f0913f"
DEEP = "#d9702c"
CREAM = "#fff3e0"
SOCKS = "#7a4a52"
SCARF = "#2a9aa5"
SCARF_DARK = "#1f7d8b"
EAR = "#6b3b44"
BLUSH = "#f58f7c"
EYE = "#3a2530"


@dataclass(frozen=True)
class Part:
    """One piece of the drawing."""

    name: str
    """For the ids of its clip path."""
    outline: list[Points]
    """Strokes that meet end to end and close."""
    colour: str
    """Its flat colour."""
    patches: list[tuple[Points, str]] = field(default_factory=list)
    """Smaller areas of another colour inside it: outline and colour."""
    details: list[Points] = field(default_factory=list)
    """Strokes inside it."""
    width: float = 2.2
    """Of its ink, in px."""


def outline_path(part: Part, *, shift: tuple[float, float] = (0, 0)) -> str:
    """Write the closed outline of a part as path data, moved by ``shift`` px."""
    curve = np.vstack([smooth(stroke)[:-1] for stroke in part.outline]) + np.asarray(shift)
    return polyline(map(tuple, curve), closed=True)


def mirrored(points: Points, axis: float = 0.0) -> Points:
    """Reflect points left to right and reverse them, so that the stroke runs on."""
    return [(2 * axis - x, y) for x, y in reversed(points)]


def on_head(points: Points) -> Points:
    """Move points from the head's own frame (origin at its centre) into the card, tilted."""
    cos, sin = (f(math.radians(HEAD_TILT_DEGREES)) for f in (math.cos, math.sin))
    cx, cy = HEAD_CENTRE
    return [(cx + 0.93 * (cos * x - sin * y), cy + 0.93 * (sin * x + cos * y)) for x, y in points]


def _both(points: Points) -> list[Points]:
    """Put a stroke on both sides of the head."""
    return [on_head(points), on_head(mirrored(points))]


def _head() -> Part:
    """Outline ears, cheeks and jaw, then the face."""
    right: list[Points] = [
        [(15, -50), (28, -72), (43, -90), (60, -101)],
        [(60, -101), (68, -80), (67, -56), (59, -32)],
        [(59, -32), (69, -14), (78, 4), (94, 22)],
        [(94, 22), (86, 26), (77, 26)],
        [(77, 26), (79, 33), (84, 41)],
        [(84, 41), (72, 43), (61, 41)],
        [(61, 41), (43, 53), (22, 59), (0, 60)],
    ]
    outline = [[(-15, -50), (-8, -52), (0, -53), (8, -52), (15, -50)], *right]
    outline += [mirrored(stroke) for stroke in reversed(right)]
    cheek: Points = [(0, 24), (7, 20), (13, 12), (22, 15), (36, 22), (56, 15), (76, 14), (94, 22)]
    white: Points = [*mirrored(cheek), *cheek[1:], (100, 62), (60, 84), (-60, 84), (-100, 62)]
    ear: Points = [(31, -57), (43, -75), (56, -88), (59, -68), (53, -45), (42, -50)]
    brow: Points = [(20, -17), (26, -22), (32, -20), (30, -14), (23, -12)]
    patches = [(on_head(white), CREAM)]
    patches += [(side, EAR) for side in _both(ear)]
    patches += [(side, CREAM) for side in _both(brow)]
    details = [
        *_both([(9, -52), (7, -46), (3, -41)]),
        on_head([(0, -53), (1, -44), (-1, -35)]),
        *_both([(42, -50), (40, -57), (44, -66)]),
        on_head([(0, 34), (0, 37), (-3, 42), (-9, 43), (-14, 40)]),
        on_head([(0, 37), (3, 42), (9, 43), (14, 40)]),
        *_both([(63, 25), (68, 29), (74, 31)]),
    ]
    return Part("head", [on_head(stroke) for stroke in outline], ORANGE, patches, details, 2.5)


def _tail() -> Part:
    """A brush that curls up beside the body."""
    tip: Points = [
        (250, 222),
        (238, 242),
        (229, 229),
        (223, 243),
        (213, 228),
        (206, 240),
        (198, 228),
    ]
    return Part(
        "tail",
        [
            [(150, 296), (188, 309), (222, 300), (243, 268), (242, 234), (228, 206), (205, 188)],
            [(205, 188), (209, 210), (205, 234), (194, 252), (176, 262), (160, 264)],
            [(160, 264), (150, 296)],
        ],
        ORANGE,
        [([*tip, (190, 180), (215, 170), (250, 190)], CREAM)],
        [tip[1:-1], [(196, 292), (212, 286), (223, 272)], [(206, 298), (220, 290), (229, 279)]],
    )


def _body() -> Part:
    """Chest, haunches and four paws, seen from the front."""
    left: list[Points] = [
        [(104, 306), (92, 308), (74, 307), (66, 300), (74, 292)],
        [(74, 292), (69, 276), (75, 254), (90, 236)],
        [(90, 236), (93, 216), (102, 190)],
    ]
    right = [mirrored(stroke, AXIS) for stroke in reversed(left)]
    bib: Points = [(100, 186), (100, 214), (107, 233), (115, 227), (119, 240), (126, 252)]
    sock: Points = [
        (98, 274),
        (106, 266),
        (112, 273),
        (119, 266),
        (126, 274),
        (126, 320),
        (84, 320),
    ]
    sock = [*sock, (96, 300)]
    leg: Points = [(100, 236), (103, 256), (103, 278), (99, 292), (98, 301), (104, 306)]
    toe: Points = [(110, 307), (111, 302), (111, 299)]
    hind: Points = [(80, 306), (80, 302), (82, 299)]
    both = [leg, toe, [(117, 307), (118, 303), (118, 299)], hind, [(90, 240), (84, 252), (82, 262)]]
    return Part(
        "body",
        [
            *left,
            [(102, 190), (126, 186), (150, 190)],
            *right,
            [(148, 306), (138, 309), (130, 307), (126, 303)],
            [(126, 303), (122, 307), (114, 309), (104, 306)],
        ],
        ORANGE,
        [
            ([*bib, *mirrored(bib, AXIS)[1:]], CREAM),
            (sock, SOCKS),
            (mirrored(sock, AXIS), SOCKS),
        ],
        [
            [(126, 264), (126, 284), (126, 303)],
            [(100, 214), (107, 233)],
            [(107, 233), (115, 227)],
            [(115, 227), (119, 240), (126, 252)],
            [(126, 252), (133, 240), (137, 227)],
            [(137, 227), (145, 233)],
            [(145, 233), (152, 214)],
            *both,
            *(mirrored(stroke, AXIS) for stroke in both),
        ],
    )


def _scarf_end() -> Part:
    """The end of the scarf, lifted by the wind."""
    return Part(
        "scarfend",
        [
            [(104, 203), (84, 210), (62, 205), (40, 194), (24, 197)],
            [(24, 197), (26, 206), (20, 212)],
            [(20, 212), (28, 216), (30, 224)],
            [(30, 224), (50, 222), (74, 234), (106, 222)],
            [(106, 222), (104, 203)],
        ],
        SCARF_DARK,
        [([(36, 190), (46, 192), (50, 228), (41, 228)], CREAM)],
        [[(96, 213), (78, 220), (60, 214)]],
    )


def _scarf() -> Part:
    """The scarf round the neck, with its knot."""
    return Part(
        "scarf",
        [
            [(84, 184), (104, 196), (128, 199), (150, 194), (166, 181)],
            [(166, 181), (173, 190), (169, 200)],
            [(169, 200), (152, 214), (128, 220), (104, 217), (84, 205)],
            [(84, 205), (80, 194), (84, 184)],
        ],
        SCARF,
        [([(132, 190), (143, 188), (147, 224), (136, 226)], CREAM)],
        [[(96, 197), (100, 206), (98, 213)], [(156, 193), (160, 200)], [(112, 205), (122, 209)]],
    )


PARTS = [_tail(), _body(), _scarf_end(), _scarf(), _head()]

EYES = [on_head([(side * 34, 3)])[0] for side in (-1, 1)]
EYE_SIZE = (8.6, 11.2)
LIDS = [
    *_both([(24, 1), (27, -6), (34, -10), (42, -6), (45, 1)]),
    *_both([(44, -3), (48, -5), (51, -9)]),
]
NOSE = on_head([(-7, 25), (0, 23), (7, 25), (4, 32), (0, 34), (-4, 32)])
CHEEKS = [on_head([(side * 56, 27)])[0] for side in (-1, 1)]

CONSTRUCTION = {
    "circles": [(*HEAD_CENTRE, 62, 56), (126, 250, 38, 58), (92, 278, 25, 29), (160, 278, 25, 29)],
    "lines": [
        on_head([(0, -70), (2, 0), (0, 70)]),
        on_head([(-80, 6), (0, 2), (80, 6)]),
        [(150, 285), (200, 288), (226, 262), (224, 220), (205, 188)],
        [(30, 306), (126, 309), (230, 306)],
    ],
}
