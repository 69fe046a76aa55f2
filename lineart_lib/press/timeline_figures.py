"""Draw timelines on a proportional axis, and the people of one well-known photograph."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lineart_lib.press.style import FAINT, MARKERS, PALETTE, PAPER, SMALL_PT, TEXT_PT
from lineart_lib.press.timelines import Timeline, Winter, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN = 4.8
"""Narrow on purpose: the text stays readable when a phone shrinks the figure to its screen."""
SEATING_IN = 5.2
"""Width of the drawing of the photograph."""
AXIS_IN = 1.3
"""Where the time axis stands, from the left edge."""
LABEL_IN = 1.7
"""Where the labels begin, from the left edge."""
ROW_IN = 0.235
"""The least distance between two labels: a line of text and some air."""
MARKER_IN = 0.08
"""Two markers closer than this would hide each other."""
COLOURS = ("orange", "blue", "purple")
LOOKS = {
    "proposer": "signed the proposal",
    "guest": "did not",
    "doubtful": "identity disputed",
}
"""How a person is drawn, and what the drawing says with it."""


def draw_timeline(timeline: Timeline) -> Figure:
    """Draw a timeline from top to bottom, time in proportion, labels beside it.

    Parameters
    ----------
    timeline : Timeline
        What to draw. Call `lineart_lib.press.house_style` first.

    Returns
    -------
    matplotlib.figure.Figure
        Its words are texts whose gid begins with ``date`` or ``label``.

    Raises
    ------
    ValueError
        When the labels do not fit the height: give the timeline more ``height_in``.
    """
    figure, axes = _canvas(WIDTH_IN, timeline.height_in)
    top, bottom = 0.62, timeline.height_in - 0.25
    scale = (bottom - top) / (timeline.end - timeline.start)

    def y(when: float) -> float:
        return top + (when - timeline.start) * scale

    for winter in timeline.winters:
        _draw_winter(axes, winter, y)
    for era in timeline.eras:
        axes.text(0.12, y(era.at), era.label, size=SMALL_PT, va="center", linespacing=1.25)
    _draw_axis(axes, timeline, y)
    looks = {
        kind: (PALETTE[colour], marker)
        for kind, colour, marker in zip(timeline.kinds, COLOURS, MARKERS, strict=False)
    }
    _draw_legend(axes, timeline, looks)
    places = spread([y(event.when) for event in timeline.events], ROW_IN)
    places = [place - max(places[-1] - timeline.height_in + 0.12, 0) for place in places]
    if places[0] < 0.3 + ROW_IN:
        raise ValueError(
            f"{timeline.name}: {len(places)} labels need more than {timeline.height_in} inches"
        )
    dates = [event.month if timeline.monthly else str(event.year) for event in timeline.events]
    column = LABEL_IN + (0.9 if timeline.monthly else 0.48)
    shifts = _side_by_side([y(event.when) for event in timeline.events])
    for number, (event, place) in enumerate(zip(timeline.events, places, strict=True)):
        colour, marker = looks[event.kind]
        x, at = AXIS_IN + shifts[number], y(event.when)
        elbow = ([x, AXIS_IN + 0.22, LABEL_IN - 0.14, LABEL_IN - 0.06], [at, at, place, place])
        axes.plot(*elbow, color=colour, linewidth=1.0, alpha=0.7, linestyle="-", zorder=2)
        axes.plot(x, at, marker, color=colour, markersize=7, mec=PAPER, mew=0.9, zorder=4)
        words = {
            "date": axes.text(LABEL_IN, place, dates[number], weight="bold"),
            "label": axes.text(column, place, event.label),
        }
        for role, text in words.items():
            text.set(verticalalignment="center_baseline", size=TEXT_PT, gid=f"{role}-{number}")
    return figure


def draw_seating(back: Sequence[dict[str, Any]], front: Sequence[dict[str, Any]]) -> Figure:
    """Draw two rows of seated people, with their names.

    Parameters
    ----------
    back, front : sequence of dict
        From left to right: ``name``, and ``look``: ``proposer`` (filled), ``guest`` (outlined) or
        ``doubtful`` (outlined in dashes). Call `lineart_lib.press.house_style` first.

    Returns
    -------
    matplotlib.figure.Figure
        Its names are texts whose gid begins with ``label``.
    """
    figure, axes = _canvas(SEATING_IN, 4.95)
    _draw_hall(axes)
    step = SEATING_IN / 4
    for row, y in ((back, 1.86), (front, 3.4)):
        left = (SEATING_IN - step * (len(row) - 1)) / 2
        for place, person in enumerate(row):
            x = left + place * step
            _draw_bust(axes, x, y, 1.0, person["look"])
            first, last = person["name"].split()
            axes.text(x, y + 0.5, first, size=SMALL_PT, ha="center", gid=f"label-{last}-first")
            axes.text(x, y + 0.69, last, weight="bold", ha="center", gid=f"label-{last}")
    x = 0.3
    for look, words in LOOKS.items():
        _draw_bust(axes, x, 4.7, 0.3, look)
        text = axes.text(x + 0.18, 4.7, words, size=SMALL_PT, va="center_baseline")
        x += 0.18 + text.get_window_extent().width / figure.dpi + 0.32
    return figure


def _canvas(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """Open a figure whose coordinates are inches from its top left corner."""
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(width_in, height_in), layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width_in), ylim=(height_in, 0))
    axes.set_axis_off()
    return figure, axes


def _draw_axis(axes: Axes, timeline: Timeline, y: Callable[[float], float]) -> None:
    """Draw the axis, an arrow at its end, and a mark with its year every so often."""
    axes.annotate(
        "",
        (AXIS_IN, y(timeline.end) + 0.16),
        (AXIS_IN, y(timeline.start)),
        arrowprops={"arrowstyle": "-|>", "color": FAINT, "linewidth": 2.2, "shrinkA": 0},
        zorder=1,
    )
    first = -(-timeline.start // timeline.tick) * timeline.tick
    year = first
    while year <= timeline.end:
        axes.plot([AXIS_IN - 0.09, AXIS_IN], [y(year)] * 2, color=FAINT, linewidth=1.4, ls="-")
        axes.text(
            AXIS_IN - 0.15, y(year), f"{year:.0f}", size=SMALL_PT, ha="right", va="center_baseline"
        )
        year += timeline.tick


def _draw_winter(axes: Axes, winter: Winter, y: Callable[[float], float]) -> None:
    """Shade a winter: firmly where the tellings agree, faintly where they do not."""
    from matplotlib.patches import Rectangle

    for (begin, end), strength in ((winter.extent, 0.13), (winter.core, 0.22)):
        axes.add_patch(
            Rectangle(
                (0.04, y(begin)),
                AXIS_IN - 0.04,
                y(end) - y(begin),
                facecolor=PALETTE["blue"],
                alpha=strength,
                linewidth=0,
                zorder=0,
            )
        )
    first, second = winter.label.split()
    middle = y(sum(winter.core) / 2)
    axes.text(0.12, middle, f"{first}\n{second}", size=SMALL_PT, va="center", style="italic")


def _draw_legend(axes: Axes, timeline: Timeline, looks: dict[str, tuple[str, str]]) -> None:
    """Name the kinds in one line above the axis."""
    x = 0.12
    for kind, name in timeline.kinds.items():
        colour, marker = looks[kind]
        axes.plot(x, 0.2, marker, color=colour, markersize=6.5)
        text = axes.text(x + 0.12, 0.2, name, size=SMALL_PT, va="center_baseline")
        x += 0.12 + text.get_window_extent().width / axes.figure.dpi + 0.24


def _draw_hall(axes: Axes) -> None:
    """Suggest the place: a hall with its windows, two trees, the grass."""
    from matplotlib.patches import Circle, Polygon, Rectangle

    style = {"facecolor": PAPER, "edgecolor": FAINT, "linewidth": 1.2, "zorder": 1}
    ground = 1.22
    axes.add_patch(Rectangle((2.44, 0.06), 0.32, 0.3, **style))
    axes.add_patch(Rectangle((0.95, 0.42), 3.3, ground - 0.42, **style))
    axes.add_patch(Polygon([(1.85, 0.42), (2.6, 0.16), (3.35, 0.42)], **style))
    for floor in (0.52, 0.86):
        for column in range(9):
            axes.add_patch(Rectangle((1.09 + column * 0.355, floor), 0.18, 0.22, **style))
    for x, radius in ((0.52, 0.36), (4.7, 0.4)):
        axes.plot([x, x], [0.5, ground], color=FAINT, linewidth=2.4, linestyle="-", zorder=1)
        axes.add_patch(Circle((x, 0.5), radius, **style))
    axes.plot([0.1, SEATING_IN - 0.1], [ground] * 2, color=FAINT, linewidth=1.2, linestyle="-")
    for x, y in ((0.16, 2.95), (0.4, 3.6), (0.22, 4.2), (4.98, 2.95), (4.75, 3.55), (5.0, 4.2)):
        for lean, tall in ((-0.04, 0.08), (0.0, 0.13), (0.04, 0.09)):
            blade = ([x + lean, x + 1.8 * lean], [y, y - tall])
            axes.plot(*blade, color=FAINT, linewidth=1.2, linestyle="-")


def _draw_bust(axes: Axes, x: float, y: float, size: float, look: str) -> None:
    """Draw a head and shoulders around a point, in one of the looks."""
    from matplotlib.patches import Circle, Polygon

    blue = PALETTE["blue"]
    style = {
        "facecolor": blue if look == "proposer" else PAPER,
        "edgecolor": blue,
        "linewidth": 1.6 if size > 0.5 else 1.1,
        "linestyle": (0, (3, 2)) if look == "doubtful" else "-",
        "zorder": 3,
    }
    angles = [step * math.pi / 24 for step in range(25)]
    shoulders = [
        (x - 0.36 * size * math.cos(a), y + size * (0.34 - 0.34 * math.sin(a))) for a in angles
    ]
    axes.add_patch(Polygon(shoulders, closed=True, **style))
    axes.add_patch(Circle((x, y - 0.2 * size), 0.19 * size, **style))


def _side_by_side(positions: Sequence[float]) -> list[float]:
    """Shift to the right each marker that would cover the one before it, in inches."""
    shifts = [0.0]
    for earlier, later in itertools.pairwise(positions):
        shifts.append(shifts[-1] + 0.13 if later - earlier < MARKER_IN else 0.0)
    return shifts
