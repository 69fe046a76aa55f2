"""The drawn diagrams of the colorizers: U-Nets with their sizes, and who teaches whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lineart_lib.press.drawing import arrow, box, document, line, text
from lineart_lib.press.style import FAINT, INK, PALETTE

BLUE, ORANGE, GREEN, PURPLE, RED, TEAL = (
    PALETTE[name] for name in ("blue", "orange", "green", "purple", "red", "teal")
)
COLOURS = {"net": PURPLE, "data": INK, "loss": ORANGE, "judge": RED, "features": TEAL}
"""Of the stations of a flow, by their kind."""


class Maps(NamedTuple):
    """What leaves a stage of a network."""

    channels: int
    side: int
    """In pixels."""
    note: str = ""
    """A word on what is in the stage, such as ``"20 blocks"``."""


def draw_unet(
    down: Sequence[Maps],
    code: Maps,
    up: Sequence[Sequence[Maps]],
    *,
    entry: str,
    leaves: Sequence[str],
    beside: Mapping[int, str],
) -> str:
    """Draw a U-Net: an encoder that falls, a code, and one or two decoders that rise from it.

    Parameters
    ----------
    down : sequence of Maps
        Of the encoder, the full size first.
    code : Maps
        What the deepest stage leaves at the size of the last stage but one; all decoders read it.
    up : sequence of sequences of Maps
        Of each decoder, the deepest first, and the picture last.
    entry : str
        What is read at the full size.
    leaves : sequence of str
        What each decoder paints.
    beside : mapping from int to str
        What else enters at a stage of the encoder, counted from 0.

    Returns
    -------
    str
        A whole SVG document.
    """
    step, tall, wide = 62.0, 36.0, 132.0
    left, columns = 292.0, [504.0 + 174.0 * number for number in range(len(up))]
    rows = [64.0 + step * level for level in range(len(down))]
    levels = {maps.side: row for maps, row in zip(down, rows, strict=True)}
    side, outer = left - wide / 2, left + wide / 2
    drawn = []
    for place, (maps, y) in enumerate(zip(down, rows, strict=True)):
        drawn += _stage((left, y), (wide, tall), maps, BLUE)
        if place:
            drawn.append(arrow((left, rows[place - 1] + tall / 2), (left, y - tall / 2)))
        words = entry if place == 0 else beside.get(place)
        if words is not None:
            drawn.append(text(words, (side - 34, y + 5), size=13, anchor="end"))
            look = {} if place == 0 else {"colour": GREEN, "dashes": "6 4"}
            drawn.append(arrow((side - 28, y), (side, y), **look))
    deep, first = levels[code.side], columns[0]
    drawn += _stage((first, deep), (wide, tall), code, BLUE)
    drawn.append(line([(outer, rows[-1]), (first, rows[-1]), (first, deep + tall / 2 + 9)]))
    drawn.append(arrow((first, deep + tall / 2 + 10), (first, deep + tall / 2)))
    for y in sorted({levels[code.side], *(levels[maps.side] for maps in up[0][:-1])}):
        drawn.append(arrow((outer, y), (first - wide / 2, y), colour=FAINT))
    for number, (x, stages, leaf) in enumerate(zip(columns, up, leaves, strict=True)):
        colour = PURPLE if number == 0 else TEAL
        *rising, picture = stages
        below = deep
        if number:
            drawn.append(line([(first + wide / 2, deep), (x, deep), (x, deep - 8)]))
            below = deep + tall / 2 - 8
        for maps in rising:
            y = levels[maps.side]
            drawn.append(arrow((x, below - tall / 2), (x, y + tall / 2)))
            drawn += _stage((x, y), (wide, tall), maps, colour)
            below = y
        drawn.append(arrow((x, below - tall / 2), (x, below - tall / 2 - 18)))
        words = f"{leaf}, {picture.channels} × {picture.side}²"
        drawn.append(text(words, (x, below - tall / 2 - 26), size=13, weight="bold"))
    return document(columns[-1] + wide / 2 + 14, rows[-1] + tall / 2 + 10, *drawn)


def _stage(centre: tuple[float, float], size: tuple[float, float], maps: Maps, colour: str):
    x, y = centre
    words = f"{maps.channels} × {maps.side}²"
    drawn = [box(centre, size, colour=colour, radius=6)]
    if maps.note:
        drawn.append(text(words, (x, y - 2), size=13.5, weight="bold"))
        drawn.append(text(maps.note, (x, y + 12), size=11))
    else:
        drawn.append(text(words, (x, y + 5), size=13.5, weight="bold"))
    return drawn


class Station(NamedTuple):
    """A box of a flow."""

    words: str
    at: tuple[float, float]
    kind: str
    """One of `COLOURS`."""
    second: str = ""
    """A smaller line below."""


def draw_flow(
    stations: Mapping[str, Station],
    ways: Sequence[tuple[str, str] | tuple[str, str, str]],
    size: tuple[float, float],
) -> str:
    """Draw boxes and the ways between them: what is computed, and what is learned from it.

    Parameters
    ----------
    stations : mapping
        By a name of each.
    ways : sequence
        From, to, and perhaps a word at the middle. A way whose end is a loss is dashed.
    size : (float, float)
        Of the drawing, in px.

    Returns
    -------
    str
        A whole SVG document.

    Raises
    ------
    ValueError
        A way begins or ends at no station, or a kind is unknown.
    """
    unknown = {name for way in ways for name in way[:2] if name not in stations}
    odd = {station.kind for station in stations.values()} - set(COLOURS)
    if unknown or odd:
        raise ValueError(f"no station {sorted(unknown)}, no kind {sorted(odd)}")
    half = {
        n: (max(44.0, 4.6 * len(max(s.words, s.second, key=len))), 22.0)
        for n, s in stations.items()
    }
    drawn = []
    for start, end, *words in ways:
        a, b = stations[start], stations[end]
        first, last = _edge(a.at, b.at, half[start]), _edge(b.at, a.at, half[end])
        dashes = "6 4" if b.kind == "loss" else None
        drawn.append(arrow(first, last, colour=ORANGE if dashes else INK, dashes=dashes))
        if words:
            middle = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2 - 6)
            drawn.append(text(words[0], middle, size=12))
    for name, station in stations.items():
        (x, y), (wide, tall) = station.at, half[name]
        drawn.append(
            box(
                station.at,
                (2 * wide, 2 * tall),
                colour=COLOURS[station.kind],
                dashes="6 4" if station.kind == "loss" else None,
            )
        )
        if station.second:
            drawn.append(text(station.words, (x, y - 2), size=13.5, weight="bold"))
            drawn.append(text(station.second, (x, y + 14), size=11.5))
        else:
            drawn.append(text(station.words, (x, y + 5), size=13.5, weight="bold"))
    return document(*size, *drawn)


def _edge(
    start: tuple[float, float], towards: tuple[float, float], half: tuple[float, float]
) -> tuple[float, float]:
    """Return where the way from a box's middle leaves it."""
    across, down = towards[0] - start[0], towards[1] - start[1]
    share = min(
        half[0] / abs(across) if across else float("inf"),
        half[1] / abs(down) if down else float("inf"),
    )
    return start[0] + share * across, start[1] + share * down
