"""Drawings of diffusion: grids of small grey pictures, by row and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.press.style import SMALL_PT, WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP_PX = 3


def mosaic(pictures: np.ndarray, gap_px: int = GAP_PX) -> np.ndarray:
    """Lay pictures side by side with transparent gaps.

    Parameters
    ----------
    pictures : ndarray
        (rows, columns, height, width) in [-1, 1]; what lies outside is clipped.
    gap_px : int
        Pixels between two pictures, at least 0.

    Returns
    -------
    ndarray
        (rows (height + gap_px) - gap_px, …) in [-1, 1], NaN in the gaps.

    Raises
    ------
    ValueError
        The pictures have another shape.
    """
    if pictures.ndim != 4 or not pictures.size:
        raise ValueError(
            f"pictures must be (rows, columns, height, width); got {pictures.shape}: "
            "leave the channel out"
        )
    rows, columns, height, width = pictures.shape
    padded = np.full((rows, columns, height + gap_px, width + gap_px), np.nan, dtype=np.float32)
    padded[:, :, :height, :width] = np.clip(pictures, -1, 1)
    whole = padded.transpose(0, 2, 1, 3).reshape(rows * (height + gap_px), -1)
    return whole[: whole.shape[0] - gap_px, : whole.shape[1] - gap_px]


def draw_grid(
    pictures: np.ndarray, *, rows: Sequence[str], columns: Sequence[str], label_in: float = 1.0
) -> Figure:
    """Draw a grid of pictures with a word for each row and column.

    Parameters
    ----------
    pictures : ndarray
        (rows, columns, height, width) in [-1, 1]: -1 is black, 1 is white, in both themes.
    rows, columns : sequence of str
        What stands at the left of each row and above each column; empty for nothing.
    label_in : float
        Inches for the words at the left.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        The words do not fit the pictures.
    """
    from matplotlib import pyplot

    if (len(rows), len(columns)) != pictures.shape[:2]:
        raise ValueError(
            f"expected {pictures.shape[0]} words for the rows and {pictures.shape[1]} for the "
            f"columns; got {len(rows)} and {len(columns)}"
        )
    step = (pictures.shape[2] + GAP_PX, pictures.shape[3] + GAP_PX)
    inches = (WIDE[0] - label_in) / (pictures.shape[1] * step[1])  # of one pixel
    height = pictures.shape[0] * step[0] * inches + 0.3
    figure, axes = pyplot.subplots(figsize=(WIDE[0], height))
    place_grid(axes, pictures)
    for number, word in enumerate(rows):
        middle = number * step[0] + pictures.shape[2] / 2
        axes.text(-4, middle, word, ha="right", va="center", fontsize=SMALL_PT)
    for number, word in enumerate(columns):
        middle = number * step[1] + pictures.shape[3] / 2
        axes.text(middle, -4, word, ha="center", va="bottom", fontsize=SMALL_PT)
    return figure


def place_grid(axes: Axes, pictures: np.ndarray) -> None:
    """Show a mosaic in axes, pixel for pixel, without ticks or frame."""
    from matplotlib import colormaps

    grey = colormaps["gray"].with_extremes(bad=(0.0, 0.0, 0.0, 0.0))  # transparent gaps
    axes.imshow(mosaic(pictures), cmap=grey, vmin=-1, vmax=1, interpolation="none")
    axes.axis("off")
