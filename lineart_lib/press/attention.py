"""Drawings of attention: matrices with their numbers, patches, maps over a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.press.style import FAINT, INK, PALETTE, SMALL_PT, WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE = PALETTE["blue"], PALETTE["orange"]


def draw_matrices(
    matrices: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    rows: Sequence[str],
    columns: Sequence[Sequence[str]],
    digits: int = 2,
) -> Figure:
    """Draw small matrices side by side, each cell with its number.

    Parameters
    ----------
    matrices : sequence of ndarray
        Two-dimensional, with as many rows each. The larger a number within its matrix, the
        stronger the colour; NaN and infinite cells stay empty.
    titles : sequence of str
        One for each matrix.
    rows : sequence of str
        Names of the rows, written once at the left.
    columns : sequence of sequence of str
        Names of the columns of each matrix.
    digits : int
        After the point.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        The names do not fit the matrices.
    """
    from matplotlib import pyplot

    shapes = [matrix.shape for matrix in matrices]
    if shapes != [(len(rows), len(names)) for names in columns] or len(titles) != len(shapes):
        raise ValueError(
            f"expected a title and names for each row and column; got matrices {shapes}, "
            f"{len(titles)} titles, {len(rows)} rows, {[len(names) for names in columns]} columns"
        )
    widths = [shape[1] for shape in shapes]
    across = WIDE[0] / (sum(widths) + 0.5 * len(widths) + 0.5)
    figure, panels = pyplot.subplots(
        1,
        len(matrices),
        figsize=(WIDE[0], min(across, 0.62) * len(rows) + 1.0),
        width_ratios=widths,
        squeeze=False,
    )
    for number, axes in enumerate(panels[0]):
        draw_cells(axes, matrices[number], digits=digits)
        axes.set(title=titles[number])
        axes.set_xticks(range(len(columns[number])), columns[number])
        axes.set_yticks(range(len(rows)), rows if number == 0 else [""] * len(rows))
    return figure


def draw_cells(axes: Axes, matrix: np.ndarray, *, digits: int | None = 2) -> None:
    """Fill one panel with a matrix as orange cells, stronger where larger.

    Parameters
    ----------
    axes : Axes
        An empty panel.
    matrix : ndarray
        (rows, columns). NaN and infinite cells stay empty.
    digits : int, optional
        After the point of the numbers in the cells; None writes none.
    """
    finite = np.isfinite(matrix)
    low, high = matrix[finite].min(), matrix[finite].max()
    shares = np.where(finite, (matrix - low) / ((high - low) or 1), 0)
    opacity = np.clip(0.62 * np.nan_to_num(shares), 0, 0.62)
    red, green, blue = (int(ORANGE[k : k + 2], 16) / 255 for k in (1, 3, 5))
    colours = np.stack([np.full_like(opacity, c) for c in (red, green, blue)] + [opacity], axis=-1)
    axes.imshow(colours, interpolation="none", aspect="equal")
    if digits is not None:
        for (row, column), value in np.ndenumerate(matrix):
            words = f"{value:.{digits}f}" if np.isfinite(value) else ""
            axes.text(column, row, words, ha="center", va="center", fontsize=SMALL_PT, color=INK)
    axes.set_xticks(np.arange(matrix.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(matrix.shape[0] + 1) - 0.5, minor=True)
    if matrix.size <= 400:
        axes.grid(which="minor", color=FAINT, linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)


def draw_patches(image: np.ndarray, size: int) -> Figure:
    """Draw a picture with its grid, and its patches in a row, each with its place.

    Parameters
    ----------
    image : ndarray
        uint8 (side, side), shown as it is stored, in both themes.
    size : int
        Side of a patch; it divides the side of the picture.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        The patches do not tile the picture.
    """
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    side = image.shape[0]
    if image.shape != (side, side) or size < 1 or side % size:
        raise ValueError(f"{size} px patches do not tile a picture of shape {image.shape}")
    cells = side // size
    figure, (whole, sequence) = pyplot.subplots(
        1, 2, figsize=(WIDE[0], 2.6), width_ratios=[2.2, 4.6]
    )
    whole.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="none")
    for cut in range(1, cells):
        whole.axhline(cut * size - 0.5, color=ORANGE, linewidth=1.2)
        whole.axvline(cut * size - 0.5, color=ORANGE, linewidth=1.2)
    columns, step, high = 2 * cells, 1.18, 1.52
    for place in range(cells**2):
        row, column = divmod(place, cells)
        patch = image[row * size : (row + 1) * size, column * size : (column + 1) * size]
        left, top = place % columns * step, (1 + place // columns) * high
        box_ = (left, left + 1, top + 1, top)
        sequence.imshow(patch, cmap="gray", vmin=0, vmax=255, extent=box_, interpolation="none")
        sequence.add_patch(Rectangle((left, top), 1, 1, fill=False, edgecolor=FAINT, linewidth=0.8))
        words = {"ha": "center", "va": "top", "fontsize": SMALL_PT}
        sequence.text(left + 0.5, top + 1.05, str(place + 1), **words)
    token = Rectangle((0, 0), 1, 1, facecolor=BLUE, alpha=0.25, edgecolor=BLUE, linewidth=1.5)
    sequence.add_patch(token)
    sequence.text(0.5, 1.05, "0", ha="center", va="top", fontsize=SMALL_PT)
    sequence.text(1.3, 0.5, "class token, learned", va="center", fontsize=SMALL_PT)
    sequence.set(xlim=(-0.1, columns * step), ylim=(high * (1 + cells**2 // columns) + 0.1, -0.1))
    for axes in (whole, sequence):
        axes.set_aspect("equal")
        axes.axis("off")
    return figure


def draw_maps(image: np.ndarray, maps: np.ndarray, *, rows: str, columns: str) -> Figure:
    """Draw where a token looks: the picture, and over it one map for each layer and head.

    Parameters
    ----------
    image : ndarray
        uint8 (side, side).
    maps : ndarray
        (layers, heads, cells, cells): shares of the attention. Each map has a scale of its own.
    rows, columns : str
        What a row and a column of the figure are called; a number is added.

    Returns
    -------
    Figure
    """
    from matplotlib import pyplot

    layers, heads = maps.shape[:2]
    side = image.shape[0]
    figure, panels = pyplot.subplots(
        layers,
        heads + 1,
        figsize=(WIDE[0], WIDE[0] / (heads + 1) * layers * 0.96 + 0.3),
        squeeze=False,
    )
    for layer in range(layers):
        for column, axes in enumerate(panels[layer]):
            shown = maps[layer].mean(0) if column == 0 else maps[layer, column - 1]
            axes.imshow(image, cmap="gray", vmin=0, vmax=255, extent=(0, side, side, 0))
            share = np.kron(shown / shown.max(), np.ones((side // shown.shape[0],) * 2))
            tint = np.zeros((side, side, 4))
            tint[..., :3] = [1.0, 0.55, 0.15]
            tint[..., 3] = 0.72 * share
            axes.imshow(tint, extent=(0, side, side, 0), interpolation="none")
            axes.set(xticks=[], yticks=[])
            if layer == 0:
                title = "mean" if column == 0 else f"{columns} {column}"
                axes.set_title(title, fontsize=SMALL_PT, loc="center", fontweight="normal", pad=4)
            if column == 0:
                axes.set_ylabel(f"{rows} {layer + 1}", fontsize=SMALL_PT)
    return figure
