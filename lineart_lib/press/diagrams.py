"""The drawn diagrams of the core chapters: data flow, perceptron, multi-layer perceptron."""

from __future__ import annotations

import itertools

from lineart_lib.press.drawing import arrow, box, disc, document, element, group, line, text
from lineart_lib.press.style import FAINT, INK, PALETTE

BLUE, ORANGE, GREEN = PALETTE["blue"], PALETTE["orange"], PALETTE["green"]
RED, PURPLE, TEAL = PALETTE["red"], PALETTE["purple"], PALETTE["teal"]

Point = tuple[float, float]


def station(
    centre: Point, size: Point, title: str, symbol: str, *, colour: str, dashes: str | None = None
) -> str:
    """Draw a box with a name and, under it, the symbol of the mathematics."""
    x, y = centre
    return group(
        box(centre, size, colour=colour, dashes=dashes),
        text(title, (x, y - 6), size=13.5, weight="bold"),
        text(symbol, (x, y + 18), size=16.5),
    )


def core_nn_dataflow() -> str:
    """Draw how supervised learning turns a dataset into better parameters.

    Returns
    -------
    str
        A whole SVG document.
    """
    wide, tall = 128, 66
    top, low = 62, 208
    data, model, guess, loss = (
        (82.0, float(top)),
        (276.0, float(top)),
        (470.0, float(top)),
        (664.0, float(top)),
    )
    penalty, goal, update = (470.0, float(low)), (664.0, float(low)), (276.0, float(low))
    half = wide / 2
    drawn = [
        _elbow([(data[0], top - tall / 2), (data[0], 12), (loss[0], 12), (loss[0], top - 33)]),
        text("labels $y_i$", (373, 28), size=13, anchor="middle"),
        arrow((data[0] + half, top), (model[0] - half, top)),
        text("inputs $x_i$", (178, top - 9), size=12.5),
        arrow((model[0] + half, top), (guess[0] - half, top)),
        arrow((guess[0] + half, top), (loss[0] - half, top)),
        arrow((loss[0], top + tall / 2), (goal[0], low - tall / 2)),
        arrow((penalty[0] + half, low), (goal[0] - half, low)),
        text("+", (loss[0] + 14, (top + low) / 2 + 6), size=18, weight="bold"),
        text("+", (567, low - 9), size=18, weight="bold"),
        arrow((model[0] + 40, top + tall / 2), (penalty[0] - 44, low - tall / 2), bend=0.1),
        text("parameters $\\theta$", (400, (top + low) / 2 - 3), size=13, anchor="start"),
        station(data, (wide, tall), "Dataset", "$(x_i, y_i) \\in D$", colour=BLUE),
        station(model, (wide, tall), "Model", "$f_\\theta \\in \\mathcal{F}$", colour=PURPLE),
        station(guess, (wide, tall), "Prediction", "$\\hat{y}_i = f_\\theta(x_i)$", colour=PURPLE),
        station(loss, (wide, tall), "Loss", "$L(\\hat{y}_i, y_i)$", colour=ORANGE),
        station(penalty, (wide, tall), "Regularization", "$R(\\theta)$", colour=ORANGE),
        station(goal, (wide, tall), "Objective", "$C(\\theta) = L + R$", colour=RED),
        station(
            update,
            (wide, tall),
            "Update",
            "$\\theta \\leftarrow \\theta - \\epsilon \\nabla_\\theta C$",
            colour=GREEN,
            dashes="6 4",
        ),
        _elbow(
            [
                (goal[0], low + tall / 2),
                (goal[0], low + 62),
                (update[0], low + 62),
                (update[0], low + 33),
            ],
            colour=GREEN,
            dashes="6 4",
        ),
        text("gradient $\\nabla_\\theta C$", (470, low + 54), size=13),
        arrow(
            (update[0], low - tall / 2),
            (model[0], top + tall / 2),
            colour=GREEN,
            dashes="6 4",
        ),
        text("repeat", (model[0] - 10, (top + low) / 2 + 5), size=13, anchor="end"),
    ]
    return document(746, 282, *drawn)


def core_nn_perceptron() -> str:
    """Draw a perceptron: three inputs, their weights, a sum, a threshold.

    Returns
    -------
    str
        A whole SVG document.
    """
    middle = 122.0
    adder, gate, out = (318.0, middle), (462.0, middle), (600.0, middle)
    drawn = []
    for index, y in enumerate((38.0, middle, 206.0), start=1):
        start, end = (92.0, y), (adder[0] - 38, adder[1] + (y - middle) * 0.16)
        drawn.append(arrow(start, end, colour=INK))
        weight = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        drawn.append(element("circle", cx=weight[0], cy=weight[1], r=17, fill="#ffffff"))
        drawn.append(disc(weight, 17, colour=ORANGE))
        drawn.append(text(f"$w_{index}$", (weight[0], weight[1] + 5), size=16))
        drawn.append(disc((70.0, y), 22, colour=BLUE))
        drawn.append(text(f"$x_{index}$", (70.0, y + 5.5), size=18))
    drawn += [
        disc(adder, 36, colour=PURPLE),
        text("$\\Sigma$", (adder[0], adder[1] + 9), size=26),
        arrow((adder[0] + 36, middle), (gate[0] - 38, middle)),
        box(gate, (76, 72), colour=GREEN),
        _step(gate),
        arrow((gate[0] + 38, middle), (out[0] - 24, middle)),
        disc(out, 22, colour=RED),
        text("$y$", (out[0], out[1] + 5), size=18),
    ]
    labels = [
        ("inputs", 70.0),
        ("weights", 186.0),
        ("weighted sum", adder[0]),
        ("threshold $\\sigma$", gate[0]),
        ("output", out[0]),
    ]
    drawn += [text(words, (x, 258), size=14) for words, x in labels]
    drawn.append(text("$\\sum_{i=1}^{3} w_i \\, x_i$", (adder[0], 66), size=15))
    drawn.append(text("fires above 0.5", (gate[0], 66), size=13))
    return document(660, 272, *drawn)


def core_nn_mlp() -> str:
    """Draw a 3-layer perceptron, neuron by neuron, with the shapes of its matrices below.

    Returns
    -------
    str
        A whole SVG document.
    """
    columns = [
        ("input", "$x$", 3, 92.0, BLUE),
        ("hidden 1", "$h_1$", 5, 268.0, PURPLE),
        ("hidden 2", "$h_2$", 5, 444.0, PURPLE),
        ("output", "$y$", 2, 620.0, RED),
    ]
    middle, pitch, radius = 140.0, 46.0, 15.0
    places = [
        [(x, middle + (row - (count - 1) / 2) * pitch) for row in range(count)]
        for _, _, count, x, _ in columns
    ]
    wires = [
        line([left, right], stroke=FAINT, stroke_width=1.2)
        for before, after in itertools.pairwise(places)
        for left in before
        for right in after
    ]
    drawn = [group(*wires)]
    for (_title, _symbol, _count, _x, colour), neurons in zip(columns, places, strict=True):
        for centre in neurons:
            drawn.append(element("circle", cx=centre[0], cy=centre[1], r=radius, fill="#ffffff"))
            drawn.append(disc(centre, radius, colour=colour, tint=0.22))
    for title, _symbol, _count, x, _colour in columns:
        drawn.append(text(title, (x, 20), size=14.5, weight="bold"))
    shapes = ["$1 \\times 3$", "$1 \\times 5$", "$1 \\times 5$", "$1 \\times 2$"]
    for (_title, symbol, _count, x, _), shape in zip(columns, shapes, strict=True):
        drawn.append(text(symbol, (x, 284), size=19))
        drawn.append(text(shape, (x, 306), size=13))
    steps = [
        ("$\\sigma(x W_1^T)$", "$W_1$: $5 \\times 3$"),
        ("$\\sigma(h_1 W_2^T)$", "$W_2$: $5 \\times 5$"),
        ("$h_2 W_3^T$", "$W_3$: $2 \\times 5$"),
    ]
    for (formula, shape), left, right in zip(steps, columns, columns[1:], strict=False):
        start, end = left[3] + 30, right[3] - 30
        drawn.append(arrow((start, 279), (end, 279), colour=ORANGE))
        drawn.append(text(formula, ((start + end) / 2, 268), size=15))
        drawn.append(text(shape, ((start + end) / 2, 306), size=13))
    return document(712, 322, *drawn)


def _elbow(points: list[Point], *, colour: str = INK, dashes: str | None = None) -> str:
    """Draw an arrow along right angles; its last leg carries the head."""
    shaft = line(points[:-1], stroke=colour, stroke_dasharray=dashes)
    return group(shaft, arrow(points[-2], points[-1], colour=colour, dashes=dashes))


def _step(centre: Point) -> str:
    """Draw the graph of a threshold function about a point."""
    x, y = centre
    return group(
        line([(x - 26, y + 18), (x + 26, y + 18)], stroke=FAINT, stroke_width=1.2),
        line(
            [(x - 26, y + 18), (x, y + 18), (x, y - 18), (x + 26, y - 18)],
            stroke=GREEN,
            stroke_width=2.6,
        ),
    )
