"""Drawings of computation graphs: a node in, an SVG out, in pure Python.

Values flow from left to right along solid green wires. Gradients flow back along dashed red ones,
each marked with the slope that multiplies it there. The ink, the faint grey and the paper are the
three colours that a page may exchange for its theme's.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import copysign, hypot, sqrt

from lineart_lib.autodiff.engine import Node
from lineart_lib.autodiff.layout import Layout, Wire, arrange

INK, FAINT, PAPER = "#1b1f2a", "#c9ced8", "#ffffff"
FORWARD, BACKWARD = "#2a9660", "#d03a3e"  # the palette's green and red, legible on both papers
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
DASHES = "5 4"
SYMBOLS = {"*": "×", "/": "÷", "-": "−", "neg": "−( )"}
MOST_NODES = 200
"""Beyond this many boxes nobody can read the drawing."""

BOX_HEIGHT, ROW, GAP, MARGIN = 70.0, 90.0, 112.0, 14.0
APART = 6.5
"""Half the distance between a forward wire and its backward twin, px."""
LEGEND_HEIGHT, LEGEND_WIDTH = 48.0, 640.0


@dataclass(frozen=True)
class _Box:
    x: float  # left edge, px
    y: float  # middle, px
    width: float


def draw(node: Node) -> str:
    """Draw the graph that a node was computed from.

    Parameters
    ----------
    node : Node
        The output. Call its `backward` first to show gradients other than zero.

    Returns
    -------
    str
        A complete SVG document with one ``<g class="node">`` a node and, for every use of an
        operand, one ``<path class="forward">`` and one ``<path class="backward">``.

    Raises
    ------
    ValueError
        If the graph has more than 200 nodes.

    Examples
    --------
    >>> w, x = Node(0.1, "w"), Node(2.0, "x")
    >>> draw((w * x).tanh()).startswith("<svg")
    True
    """
    layout = arrange(node)
    if len(layout.column) > MOST_NODES:
        raise ValueError(
            f"the graph has {len(layout.column)} nodes, too many to read; at most {MOST_NODES}: "
            "draw an inner node, or a smaller network"
        )
    boxes = _boxes(layout)
    wires = _wires(layout, boxes)
    right = max(box.x + box.width for box in boxes.values())
    bottom = max(box.y for box in boxes.values()) + BOX_HEIGHT / 2
    width = max(right, MARGIN + LEGEND_WIDTH) + MARGIN
    height = bottom + LEGEND_HEIGHT + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="{FONT}">',
        *wires,
        *(_node(n, box, is_output=n is node) for n, box in boxes.items()),
        _legend(MARGIN, bottom + LEGEND_HEIGHT),
        "</svg>",
    ]
    return "\n".join(parts)


def _title(node: Node) -> str:
    operation = SYMBOLS.get(node.operation, node.operation.replace(" ", "").replace("**", "^"))
    if node.label and operation:
        return f"{node.label} = {operation}"
    return node.label or operation or "leaf"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _boxes(layout: Layout) -> dict[Node, _Box]:
    columns = max(layout.column.values()) + 1
    widths = [128.0] * columns
    for node, column in layout.column.items():
        widths[column] = max(widths[column], 28.0 + 9.0 * len(_title(node)))
    lefts = [MARGIN]
    for width in widths[:-1]:
        lefts.append(lefts[-1] + width + GAP)
    top = MARGIN + BOX_HEIGHT / 2
    return {
        node: _Box(lefts[column], top + ROW * layout.height[node], widths[column])
        for node, column in layout.column.items()
    }


def _wires(layout: Layout, boxes: dict[Node, _Box]) -> list[str]:
    """Draw each wire from a port of its operand to a port of its consumer, there and back."""
    leaving: dict[Node, list[Wire]] = {node: [] for node in boxes}
    arriving: dict[Node, list[Wire]] = {node: [] for node in boxes}
    for wire in layout.wires:
        leaving[wire.operand].append(wire)
        arriving[wire.consumer].append(wire)
    starts, ends = {}, {}
    for node, box in boxes.items():
        leaving[node].sort(key=lambda w: (*w.waypoints, layout.height[w.consumer])[0])
        arriving[node].sort(key=lambda w: (layout.height[w.operand], *w.waypoints)[-1])
        radius = _radius(node)
        starts |= _ports(leaving[node], box.x + box.width, box.y, -radius)
        ends |= _ports(arriving[node], box.x, box.y, radius)
    first_of_column: dict[int, _Box] = {}
    for node, column in layout.column.items():
        first_of_column.setdefault(column, boxes[node])
    drawn, labels = [], []
    for wire in layout.wires:
        points = [starts[id(wire)]]
        for i, height in enumerate(wire.waypoints):
            box = first_of_column[layout.column[wire.operand] + 1 + i]
            y = MARGIN + BOX_HEIGHT / 2 + ROW * height
            points += [(box.x, y), (box.x + box.width, y)]
        points.append(ends[id(wire)])
        drawn.append(_path(points, -APART, "forward"))
        drawn.append(_path(points[::-1], APART, "backward"))
        labels.append(_slope(wire.slope, points[-2], points[-1]))
    return drawn + labels


def _ports(wires: list[Wire], x: float, y: float, radius: float) -> dict[int, tuple[float, float]]:
    """Space the ends of wires along the side of a box; at its round corners they reach inwards."""
    pitch = min(24.0, (BOX_HEIGHT - 22.0) / max(len(wires) - 1, 1))
    ports = {}
    for i, wire in enumerate(wires):
        rise = pitch * (i - (len(wires) - 1) / 2)
        over = max(0.0, abs(rise) + APART - (BOX_HEIGHT / 2 - abs(radius)))
        inset = abs(radius) - sqrt(max(radius * radius - over * over, 0.0))
        ports[id(wire)] = (x + copysign(inset, radius), y + rise)
    return ports


def _radius(node: Node) -> float:
    return 9.0 if node.operands else 22.0


def _path(points: list[tuple[float, float]], shift: float, direction: str) -> str:
    """Join points by curves that start and end level; the arrow head needs no marker, so no id.

    `shift` moves the wire sideways, so that the two directions run in parallel: down where it is
    level, and towards the left where it falls.
    """
    sign = 1.0 if direction.endswith("forward") else -1.0
    colour, dashes = (FORWARD, "") if sign > 0 else (BACKWARD, f' stroke-dasharray="{DASHES}"')
    moved = [(x, y + shift) for x, y in points]
    (tip_x, tip_y), head = moved[-1], 8.0
    moved[-1] = (tip_x - sign * head, tip_y)
    steps = [f"M{moved[0][0]:.1f} {moved[0][1]:.1f}"]
    for (x, y), (next_x, next_y) in pairwise(moved):
        rise = sign * (next_y - y)
        bend, aside = (next_x - x) / 2, -1.2 * shift * rise / hypot(rise, 60.0)
        steps.append(
            f"C{x + bend + aside:.1f} {y:.1f} {next_x - bend + aside:.1f} {next_y:.1f} "
            f"{next_x:.1f} {next_y:.1f}"
        )
    back = tip_x - sign * (head + 1)
    return (
        f'<path class="{direction}" d="{"".join(steps)}" fill="none" stroke="{colour}" '
        f'stroke-width="1.8"{dashes}/>'
        f'<polygon points="{tip_x:.1f},{tip_y:.1f} {back:.1f},{tip_y - 4.2:.1f} '
        f'{back:.1f},{tip_y + 4.2:.1f}" fill="{colour}"/>'
    )


def _slope(slope: float, start: tuple[float, float], end: tuple[float, float]) -> str:
    """Write the slope on the backward wire, a little nearer to the consumer: at 0.6 of the bend."""
    run, rise = end[0] - start[0], end[1] - start[1]
    x = start[0] + 0.576 * run - 0.864 * APART * rise / hypot(rise, 60.0)
    y = start[1] + 0.648 * rise + APART
    return (
        f'<text class="slope" x="{x:.1f}" y="{y + 4:.1f}" font-size="11.5" fill="{INK}" '
        f'stroke="{PAPER}" stroke-width="4" stroke-linejoin="round" paint-order="stroke" '
        f'text-anchor="middle">×{_number(slope)}</text>'
    )


def _node(node: Node, box: _Box, *, is_output: bool) -> str:
    x, y, width = box.x, box.y - BOX_HEIGHT / 2, box.width
    stroke = 2.6 if is_output else 1.4
    middle, right = x + width / 2, x + width - 14
    value, grad = _number(node.value), _number(node.grad)
    title = escape(_title(node))
    return (
        f'<g class="node"><title>{title}: value {value}, gradient {grad}</title>'
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BOX_HEIGHT:.0f}" '
        f'rx="{_radius(node):.0f}" fill="{PAPER}" stroke="{INK}" stroke-width="{stroke}"/>'
        f'<text x="{middle:.1f}" y="{y + 20:.1f}" font-size="15" font-weight="600" fill="{INK}" '
        f'text-anchor="middle">{title}</text>'
        f'<path d="M{x + 12:.1f} {y + 28:.1f}H{x + width - 12:.1f}" fill="none" stroke="{FAINT}"/>'
        f'<g font-size="12" fill="{INK}">'
        f'<text x="{x + 14:.1f}" y="{y + 43:.1f}">value</text>'
        f'<text x="{right:.1f}" y="{y + 43:.1f}" text-anchor="end">{value}</text>'
        f'<text x="{x + 14:.1f}" y="{y + 60:.1f}">grad</text>'
        f'<text x="{right:.1f}" y="{y + 60:.1f}" text-anchor="end">{grad}</text></g></g>'
    )


def _legend(x: float, y: float) -> str:
    def words(text: str, left: float) -> str:
        return f'<text x="{left:.0f}" y="{y:.0f}">{text}</text>'

    def key(left: float, radius: int, stroke: float) -> str:
        return (
            f'<rect x="{left:.0f}" y="{y - 13:.0f}" width="28" height="18" rx="{radius}" '
            f'fill="none" stroke="{INK}" stroke-width="{stroke}"/>'
        )

    level = y - 4
    return (
        f'<g class="legend" font-size="12" fill="{INK}">'
        f"{_path([(x, level), (x + 40, level)], 0.0, 'legend-forward')}"
        f"{words('forward: values', x + 48)}"
        f"{_path([(x + 208, level), (x + 168, level)], 0.0, 'legend-backward')}"
        f"{words('backward: gradients, each × the slope', x + 216)}"
        f"{key(x + 480, 8, 1.4)}{words('leaf', x + 514)}"
        f"{key(x + 562, 4, 2.6)}{words('output', x + 596)}</g>"
    )
