"""The drawn diagrams of latent diffusion: StablePaint's parts, and ControlNet's copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lineart_lib.press.drawing import arrow, box, disc, document, line, text
from lineart_lib.press.style import FAINT, INK, PALETTE

BLUE, ORANGE, GREEN = PALETTE["blue"], PALETTE["orange"], PALETTE["green"]
PURPLE, RED, TEAL = PALETTE["purple"], PALETTE["red"], PALETTE["teal"]

Point = tuple[float, float]


class Layer(NamedTuple):
    """A stage of a U-Net, as it was met in a forward pass."""

    channels: int
    side: int
    """Of its maps, in cells."""
    looks: bool
    """Whether it looks at the context."""


def draw_stablepaint(
    shapes: Mapping[str, str], parameters: Mapping[str, int], layers: Sequence[Layer]
) -> str:
    """Draw how StablePaint's parts hang together, and below them the denoiser, layer by layer.

    Parameters
    ----------
    shapes : mapping
        What to write under `picture`, `planes` (lineart and hints) and `latent`.
    parameters : mapping
        Of `picture_encoder`, `decoder`, `context_encoder` and `denoiser`.
    layers : sequence of Layer
        Of the denoiser, in the order of computation.

    Returns
    -------
    str
        A whole SVG document.
    """
    top, low = 44.0, 172.0
    x = (60.0, 206.0, 350.0, 534.0, 688.0)
    drawn = [
        _thing((x[0], top), "illustration", shapes["picture"]),
        _part((x[1], top), "picture encoder", parameters["picture_encoder"], BLUE),
        _thing((x[2], top), "latent", shapes["latent"]),
        _part((x[3], top), "decoder", parameters["decoder"], PURPLE),
        _thing((x[4], top), "picture", shapes["picture"]),
        _thing((x[0], low), "lineart, hints", shapes["planes"]),
        _part((x[1], low), "context encoder", parameters["context_encoder"], GREEN),
        _thing((x[2], low), "context", shapes["latent"]),
        _part((x[3], low), "denoiser", parameters["denoiser"], ORANGE),
        _thing((x[4], low), "latent", shapes["latent"]),
    ]
    for y in (top, low):
        drawn += [
            arrow((x[0] + 52, y), (x[1] - 66, y)),
            arrow((x[1] + 66, y), (x[2] - 52, y)),
            arrow((x[2] + 52, y), (x[3] - 66, y)),
            arrow((x[3] + 66, y), (x[4] - 52, y)),
        ]
    drawn += [
        text("+ noise", ((x[2] + x[3]) / 2 - 8, low - 9), size=12.5),
        _corner([(x[2], low + 26), (x[2], low + 58), (x[3], low + 58), (x[3], low + 34)]),
        text("keys and values", ((x[2] + x[3]) / 2, low + 74), size=12.5),
        _corner([(x[4], low - 26), (x[4], 108), (x[3] + 24, 108), (x[3] + 24, top + 34)]),
    ]
    return document(746, 488, *drawn, *_bars(layers, 268.0))


def _bars(layers: Sequence[Layer], top: float) -> list[str]:
    """Draw each layer as a bar: as wide as its channels ask for, as low as its maps are small."""
    full, most = max(layer.side for layer in layers), max(layer.channels for layer in layers)
    wide, gap = 640.0, 3.0
    units = sum(8 + 22 * layer.channels / most for layer in layers)
    unit = (wide - gap * (len(layers) - 1)) / units
    left, middle, drawn = 52.0, top + 90, []
    sides: list[tuple[float, float, Layer]] = []
    for layer in layers:
        width = unit * (8 + 22 * layer.channels / most)
        height = 24 + 120 * layer.side / full
        colour = ORANGE if layer.looks else FAINT
        drawn.append(
            box((left + width / 2, middle), (width, height), colour=colour, radius=3, tint=0.35)
        )
        sides.append((left, left + width, layer))
        left += width + gap
    start = 0
    for number in range(1, len(sides) + 1):
        if number == len(sides) or sides[number][2].side != sides[start][2].side:
            x = (sides[start][0] + sides[number - 1][1]) / 2
            side = sides[start][2].side
            drawn.append(text(f"{side}²", (x, top + 182), size=12))
            start = number
    for width in sorted({layer.channels for layer in layers}):
        first = next(number for number, (*_, layer) in enumerate(sides) if layer.channels == width)
        x = (sides[first][0] + sides[first][1]) / 2
        drawn.append(text(str(width), (x, middle + 4), size=9.5))
    drawn += [
        text("The denoiser's layers:", (52, top + 8), size=13, anchor="start", weight="bold"),
        box((226, top + 4), (14, 12), colour=ORANGE, radius=3, tint=0.35),
        text("looks at the context", (238, top + 8), size=12.5, anchor="start"),
        box((388, top + 4), (14, 12), colour=FAINT, radius=3, tint=0.35),
        text("does not", (400, top + 8), size=12.5, anchor="start"),
        text(
            "width: channels, height: size of the maps", (52, top + 214), size=12.5, anchor="start"
        ),
    ]
    return drawn


def draw_control(widths: Sequence[int], frozen: int, trained: int, channels: int) -> str:
    """Draw a frozen U-Net, the copy of its way down, and the zero convolutions between.

    Parameters
    ----------
    widths : sequence of int
        Channels at each size, the full one first.
    frozen, trained : int
        Parameters of both.
    channels : int
        Of the condition.

    Returns
    -------
    str
        A whole SVG document.
    """
    copy, down, up = 170.0, 420.0, 630.0
    first, pitch = 118.0, 62.0
    rows = [first + pitch * number for number in range(len(widths))]
    drawn = [
        _thing((copy, 34), "condition", f"{channels} channels", wide=112),
        _thing((down, 34), "noised picture", "step as a plane", wide=124),
        text("trained copy", (copy, rows[-1] + 52), size=13, weight="bold"),
        text(f"{trained:,} parameters", (copy, rows[-1] + 70), size=12.5),
        text("frozen", ((down + up) / 2, rows[-1] + 52), size=13, weight="bold"),
        text(f"{frozen:,} parameters", ((down + up) / 2, rows[-1] + 70), size=12.5),
        arrow((copy, 58), (copy, rows[0] - 20)),
        arrow((down, 58), (down, rows[0] - 20)),
        _zero((copy, 79)),
        arrow((down - 62, 40), (copy + 10, rows[0] - 31), bend=-0.06),
    ]
    for number, (y, width) in enumerate(zip(rows, widths, strict=True)):
        deepest = number == len(widths) - 1
        drawn.append(box((copy, y), (96, 38), colour=GREEN))
        drawn.append(text(str(width), (copy, y + 5), size=13.5))
        drawn.append(box((down, y), (96, 38), colour=INK, dashes="5 4", tint=0.05))
        drawn.append(text(str(width), (down, y + 5), size=13.5))
        middle = (down + up) / 2
        drawn.append(disc((middle, y), 10, colour=ORANGE))
        drawn.append(text("+", (middle, y + 5), size=15))
        drawn.append(arrow((down + 48, y), (middle - 10, y)))
        # From the copy, behind the frozen box, into the sum.
        drawn.append(
            line(
                [(copy + 48, y), (copy + 74, y), (copy + 74, y + 27), (middle, y + 27)],
                stroke=GREEN,
            )
        )
        drawn.append(arrow((middle, y + 27), (middle, y + 10), colour=GREEN))
        drawn.append(_zero((copy + 128, y + 27)))
        if not deepest:
            drawn.append(box((up, y), (96, 38), colour=INK, dashes="5 4", tint=0.05))
            drawn.append(text(str(width), (up, y + 5), size=13.5))
            drawn.append(arrow((middle + 10, y), (up - 48, y)))
            drawn.append(arrow((copy, y + 19), (copy, rows[number + 1] - 19), colour=GREEN))
            drawn.append(arrow((down, y + 19), (down, rows[number + 1] - 19)))
            if number < len(widths) - 2:
                drawn.append(arrow((up, rows[number + 1] - 19), (up, y + 19)))
        else:
            drawn.append(line([(middle + 10, y), (up, y)]))
            drawn.append(arrow((up, y), (up, rows[number - 1] + 19)))
    drawn.append(arrow((up, rows[0] - 19), (up, 58)))
    drawn.append(_thing((up, 34), "guess", "same network", wide=112))
    drawn.append(_zero((40, rows[0])))
    drawn.append(text("1 × 1, starts", (40, rows[0] + 26), size=12))
    drawn.append(text("at zero", (40, rows[0] + 41), size=12))
    return document(704, rows[-1] + 84, *drawn)


def _zero(centre: Point) -> str:
    """Draw a zero convolution."""
    return "\n".join(
        [
            box(centre, (22, 18), colour=RED, radius=4, tint=0.25),
            text("0", (centre[0], centre[1] + 4.5), size=12.5, weight="bold"),
        ]
    )


def _thing(centre: Point, title: str, shape: str, wide: float = 104) -> str:
    """Draw what flows, with its shape."""
    x, y = centre
    return "\n".join(
        [
            box(centre, (wide, 48), colour=TEAL, dashes="5 4", tint=0.06),
            text(title, (x, y - 3), size=13),
            text(shape, (x, y + 15), size=12),
        ]
    )


def _part(centre: Point, title: str, parameters: int, colour: str) -> str:
    """Draw a network, with its number of parameters."""
    x, y = centre
    return "\n".join(
        [
            box(centre, (132, 64), colour=colour),
            text(title, (x, y - 4), size=13, weight="bold"),
            text(
                f"{parameters / 1e6:.1f} million" if parameters >= 1e6 else f"{parameters:,}",
                (x, y + 17),
                size=12.5,
            ),
        ]
    )


def _corner(points: Sequence[Point]) -> str:
    """Draw an arrow along right angles."""
    return "\n".join([line(points[:-1]), arrow(points[-2], points[-1])])
