"""The drawn diagram of a transformer block, with its attention opened (chapter "Attention")."""

from __future__ import annotations

import itertools

from lineart_lib.press.drawing import arrow, box, disc, document, element, line, text
from lineart_lib.press.style import FAINT, PALETTE, PAPER

BLUE, ORANGE, GREEN = PALETTE["blue"], PALETTE["orange"], PALETTE["green"]
PURPLE, TEAL = PALETTE["purple"], PALETTE["teal"]


def core_nn_transformer_block() -> str:
    """Draw a transformer block, and its attention opened beside it.

    Returns
    -------
    str
        A whole SVG document.
    """
    return document(740, 400, *_block(), *_heads())


def _block() -> list[str]:
    """Draw the two branches, from the tokens below to the tokens above."""
    x, wide = 150.0, 168.0
    rows = {
        "norm": 318.0,
        "attend": 266.0,
        "add": 214.0,
        "norm2": 152.0,
        "mlp": 100.0,
        "add2": 48.0,
    }
    drawn = [text("A block", (x, 394), size=15, weight="bold")]
    for key, words, colour in (
        ("norm", "layer norm", TEAL),
        ("attend", "self-attention", ORANGE),
        ("norm2", "layer norm", TEAL),
        ("mlp", "MLP, token by token", PURPLE),
    ):
        drawn += [
            box((x, rows[key]), (wide, 34), colour=colour),
            text(words, (x, rows[key] + 5), size=13.5),
        ]
    for key in ("add", "add2"):
        drawn += [disc((x, rows[key]), 13, colour=GREEN), text("+", (x, rows[key] + 6), size=18)]
    half = {"add": 13.0, "add2": 13.0}
    stops = [("in", 374.0), *rows.items(), ("out", 6.0)]
    for (low, y0), (high, y1) in itertools.pairwise(stops):
        start = y0 - (0 if low == "in" else half.get(low, 17.0))
        end = y1 + (0 if high == "out" else half.get(high, 17.0))
        drawn.append(arrow((x, start), (x, end)))
    for fork, join in ((354.0, rows["add"]), (188.0, rows["add2"])):
        side = x - wide / 2 - 26
        drawn += [
            line([(x, fork), (side, fork), (side, join)], stroke=GREEN),
            arrow((side, join), (x - 13, join), colour=GREEN),
        ]
    drawn.append(text("$x$: $T \\times d$", (x + 16, 372), size=14, anchor="start"))
    drawn.append(text("$T \\times d$", (x + 16, 20), size=14, anchor="start"))
    return drawn


def _heads() -> list[str]:
    """Draw what happens inside the attention: three heads, each with its Q, K and V."""
    left, gap = 330.0, 14.0
    middle = 512.0
    drawn = [text("Its self-attention, here with 3 heads", (middle, 394), size=15, weight="bold")]
    for head in (2, 1, 0):  # The first head lies on top.
        dx, dy = head * gap, -head * gap
        panel = (middle + dx, 214.0 + dy)
        drawn.append(
            element(
                "rect",
                x=panel[0] - 178,
                y=panel[1] - 92,
                width=356,
                height=184,
                rx=10,
                fill=PAPER,
                stroke=FAINT,
                stroke_width=1.5,
            )
        )
    for column, (name, colour) in enumerate((("Q", BLUE), ("K", BLUE), ("V", PURPLE))):
        x = left + 60 + 122 * column
        drawn += [
            box((x, 276), (92, 34), colour=colour),
            text(f"${name} = x W_{name}$", (x, 281), size=14.5),
            arrow((middle, 346), (x, 294), colour=FAINT),
        ]
    q, k, v = (left + 60 + 122 * column for column in range(3))
    scores = (q + k) / 2
    drawn += [
        box((scores, 214), (176, 34), colour=ORANGE),
        text("softmax$(QK^T / \\sqrt{d_h})$", (scores, 219), size=14.5),
        arrow((q, 259), (scores - 40, 232)),
        arrow((k, 259), (scores + 40, 232)),
        text("weights: $T \\times T$", (scores - 6, 190), size=13.5, anchor="end"),
        box((middle, 152), (120, 34), colour=ORANGE),
        text("weights $\\cdot\\, V$", (middle, 157), size=14.5),
        arrow((scores, 197), (middle - 34, 170)),
        arrow((v, 259), (middle + 40, 170)),
        arrow((middle, 135), (middle, 65)),
        text("$T \\times d_h$ from each head", (middle + 12, 84), size=13.5, anchor="start"),
        box((middle, 48), (240, 34), colour=TEAL),
        text("side by side, then $W_O$", (middle, 53), size=14.5),
        arrow((middle, 31), (middle, 6)),
        text("$T \\times d$", (middle + 12, 20), size=14, anchor="start"),
        arrow((middle, 374), (middle, 348)),
        text("$x$: $T \\times d$", (middle + 14, 368), size=14, anchor="start"),
    ]
    return drawn
