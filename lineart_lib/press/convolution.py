"""Drawings of convolutions: the sums with their numbers, what a unit sees, maps and kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.press.style import FAINT, INK, PALETTE, SMALL_PT, WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = PALETTE["blue"], PALETTE["orange"], PALETTE["green"]
_MOST_OPACITY = 0.6


def draw_convolution(
    image: np.ndarray,
    kernel: np.ndarray,
    convolved: np.ndarray,
    rest: Sequence[tuple[str, np.ndarray, tuple[int, int]]],
    *,
    at: tuple[int, int],
    block: tuple[tuple[int, int], int],
) -> Figure:
    """Draw a convolution with all its numbers, and what padding, stride and pooling make of it.

    Parameters
    ----------
    image, kernel, convolved : ndarray
        Square; whole numbers of one digit.
    rest : sequence of (str, ndarray, (int, int))
        Further results for the second row: title, numbers, and the cell to mark.
    at : (int, int)
        Row and column of the marked cell of `convolved`, whose window is marked in `image`.
    block : ((int, int), int)
        Corner and side of the pooling block to mark in `convolved`.

    Returns
    -------
    Figure
    """
    from matplotlib import pyplot

    side, window, out = len(image), len(kernel), len(convolved)
    gap = 1.6
    across = side + window + out + 2 * gap
    second = side + 2.0
    height = second + max(len(values) for _, values, _ in rest)
    figure, axes = pyplot.subplots(figsize=(WIDE[0], WIDE[0] * (height + 1.1) / (across + 0.2)))
    places = {"kernel": side + gap, "out": side + window + 2 * gap}
    most = max(np.abs(convolved).max(), 1)
    _cells(axes, image, (0, 0), "input", 1.0)
    middle = side / 2
    top = middle - window / 2
    _cells(axes, kernel, (places["kernel"], top), "kernel", 1.0)
    _cells(axes, convolved, (places["out"], middle - out / 2), "convolution", most)
    for left, words in ((side, "∗"), (places["out"] - gap, "=")):
        axes.text(left + gap / 2, middle, words, ha="center", va="center", fontsize=18)
    _mark(axes, (at[1], at[0]), window, BLUE)
    corner = (places["out"], middle - out / 2)
    _mark(axes, (corner[0] + at[1], corner[1] + at[0]), 1, BLUE)
    (row, column), width = block
    _mark(axes, (corner[0] + column, corner[1] + row), width, ORANGE, dashed=True)
    left = 0.0
    spare = across - sum(len(values) for _, values, _ in rest)
    for title, values, marked in rest:
        _cells(axes, values, (left, second), title, most)
        pooled = title.startswith("max")
        colour = ORANGE if pooled else BLUE
        _mark(axes, (left + marked[1], second + marked[0]), 1, colour, dashed=pooled)
        left += len(values) + spare / max(1, len(rest) - 1)
    axes.set(xlim=(-0.1, across + 0.1), ylim=(height + 0.1, -1.0), aspect="equal")
    axes.axis("off")
    return figure


def _cells(
    axes: Axes, values: np.ndarray, corner: tuple[float, float], title: str, most: float
) -> None:
    """Write numbers into a grid of cells: orange above zero, blue below, stronger when larger."""
    from matplotlib.patches import Rectangle

    for (row, column), value in np.ndenumerate(values):
        place = (corner[0] + column, corner[1] + row)
        cell = Rectangle(place, 1, 1, linewidth=0, facecolor=ORANGE if value > 0 else BLUE)
        cell.set_alpha(_MOST_OPACITY * min(1.0, abs(value) / most))
        axes.add_patch(cell)
        axes.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor=FAINT, linewidth=0.8))
        words = f"{int(value)}".replace("-", "−")
        axes.text(place[0] + 0.5, place[1] + 0.52, words, ha="center", va="center", fontsize=11)
    words = {"ha": "left", "va": "bottom", "fontsize": SMALL_PT, "fontweight": "bold"}
    axes.text(corner[0], corner[1] - 0.18, title, **words)


def _mark(
    axes: Axes, corner: tuple[float, float], side: float, colour: str, *, dashed: bool = False
) -> None:
    """Put a thick frame around cells."""
    from matplotlib.patches import Rectangle

    style = "--" if dashed else "-"
    frame = Rectangle(corner, side, side, fill=False, edgecolor=colour, linewidth=2.6)
    frame.set(linestyle=style, zorder=3)
    axes.add_patch(frame)


def draw_receptive_fields(
    image: np.ndarray, fields: Sequence[tuple[str, int, int]], *, corner: tuple[int, int]
) -> Figure:
    """Draw over a picture which pixels one unit of each layer sees, and its right neighbour.

    Parameters
    ----------
    image : ndarray
        uint8 (side, side), shown as it is stored, in both themes.
    fields : sequence of (str, int, int)
        For each layer its name, the side of the field and the distance to the neighbour's.
    corner : (int, int)
        Row and column of the upper left pixel of every field.

    Returns
    -------
    Figure
    """
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    figure, panels = pyplot.subplots(1, len(fields), figsize=(WIDE[0], 2.35), squeeze=False)
    row, column = corner
    for axes, (name, size, jump) in zip(panels[0], fields, strict=True):
        axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="none")
        for shift, colour, style in ((jump, "#f0b429", ":"), (0, "#ff7a3d", "-")):
            place = (column + shift - 0.5, row - 0.5)
            frame = Rectangle(place, size, size, fill=False, edgecolor=colour, linestyle=style)
            frame.set_linewidth(2.2)
            axes.add_patch(frame)
        axes.set_title(name, fontsize=SMALL_PT, pad=5)
        axes.set_xlabel(f"{size} × {size} px, every {jump}", fontsize=SMALL_PT, color=INK)
        axes.set(xticks=[], yticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def draw_maps(
    image: np.ndarray, groups: Sequence[tuple[str, np.ndarray]], *, columns: int = 8
) -> Figure:
    """Draw what leaves some layers, one row of maps for each, with the picture at the left.

    Parameters
    ----------
    image : ndarray
        uint8 (H, W) or (H, W, 3).
    groups : sequence of (str, ndarray)
        A layer's name and its maps, (maps, h, w), at least 0. The first `columns` are shown, each
        on its own scale from black, 0, to white, its largest value.
    columns : int
        Maps in a row.

    Returns
    -------
    Figure
    """
    from matplotlib import pyplot
    from matplotlib.gridspec import GridSpec

    rows = len(groups)
    cell = WIDE[0] / (columns + 1.9)
    figure = pyplot.figure(figsize=(WIDE[0], rows * cell * 1.3 + 0.1))
    grid = GridSpec(rows, columns + 1, figure=figure, width_ratios=[1.8] + [1] * columns)
    shown = figure.add_subplot(grid[:, 0])
    shown.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="none")
    shown.set_title("input", fontsize=SMALL_PT, loc="center", fontweight="normal", pad=4)
    _bare(shown)
    for row, (name, maps) in enumerate(groups):
        for column in range(columns):
            axes = figure.add_subplot(grid[row, column + 1])
            values = maps[column]
            axes.imshow(
                values, cmap="gray", vmin=0, vmax=max(values.max(), 1e-12), interpolation="none"
            )
            _bare(axes)
            if column == 0:
                axes.set_title(" ", fontsize=SMALL_PT, pad=4)  # Keeps the height free.
                words = axes.text(0, 1.09, name, fontsize=SMALL_PT, transform=axes.transAxes)
                words.set_in_layout(False)  # It may reach over the maps that follow.
    return figure


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=FAINT, linewidth=0.8)


def draw_kernels(kernels: np.ndarray, *, columns: int = 8) -> Figure:
    """Draw kernels: orange above zero, blue below, each on its own scale.

    Parameters
    ----------
    kernels : ndarray
        (kernels, side, side).
    columns : int
        Kernels in a row.

    Returns
    -------
    Figure
    """
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    side = kernels.shape[-1]
    rows = -(-len(kernels) // columns)
    step = side + 1
    figure, axes = pyplot.subplots(figsize=(WIDE[0], WIDE[0] * rows / columns))
    for number, kernel in enumerate(kernels):
        most = np.abs(kernel).max() or 1.0
        down, across = divmod(number, columns)
        corner = (across * step, down * step)
        for (row, column), value in np.ndenumerate(kernel):
            cell = Rectangle((corner[0] + column, corner[1] + row), 1, 1, linewidth=0)
            cell.set(facecolor=ORANGE if value > 0 else BLUE, alpha=float(abs(value) / most))
            axes.add_patch(cell)
        axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=FAINT, linewidth=0.8))
    axes.set(xlim=(-0.2, columns * step - 0.8), ylim=(rows * step - 0.8, -0.2), aspect="equal")
    axes.axis("off")
    return figure
