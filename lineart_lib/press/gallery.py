"""Rows of small pictures: side by side, in layers, or sorted into kept and dropped by a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib import images
from lineart_lib.press.style import INK, PALETTE, SMALL_PT, WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KEPT, DROPPED = PALETTE["green"], PALETTE["red"]
_LABELS = np.array(
    [
        [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        for colour in (*PALETTE.values(), "#7d8596", "#3c4656")
    ],
    np.uint8,
)


def coloured(labels: np.ndarray) -> np.ndarray:
    """Show labels as colours: 0 is white, neighbouring numbers differ, many share a colour.

    Parameters
    ----------
    labels : ndarray
        Integer, (height, width), at least 0.

    Returns
    -------
    ndarray
        uint8, (height, width, 3).
    """
    return np.where(labels[..., None] > 0, _LABELS[labels % len(_LABELS)], np.uint8(255))


def on_grey_paper(lineart: np.ndarray, hints: np.ndarray | None = None) -> np.ndarray:
    """Lay hints on lines and light grey paper, so that a white hint can be seen.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    hints : ndarray, optional
        (4, H, W), premultiplied, or smaller by a whole number; then each pixel is repeated.

    Returns
    -------
    ndarray
        uint8, (H, W, 3).
    """
    paper = np.rint(0.82 * images.to_grey_pixels(lineart)).astype(np.uint8)
    canvas = np.repeat(paper[..., None], 3, axis=2)
    if hints is not None:
        times = lineart.shape[-1] // hints.shape[-1]
        large = hints.repeat(times, axis=1).repeat(times, axis=2)
        present = large[3] > 0
        colour = large[:3] / np.where(present, large[3], 1)
        canvas[present] = images.to_pixels(np.clip(colour, -1, 1))[present]
    return canvas


def show_picture(axes: Axes, picture: np.ndarray, title: str = "") -> None:
    """Show a picture, uint8 (height, width) or (height, width, 3), as sharp pixels in a panel."""
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3):
        raise ValueError(
            f"a picture must be uint8, (height, width) or (height, width, 3); "
            f"got {picture.dtype} {picture.shape}"
        )
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    axes.set_title(title, fontsize=SMALL_PT, fontweight="normal", pad=4, loc="center")


def draw_gallery(
    rows: Sequence[Sequence[np.ndarray]],
    titles: Sequence[str] = (),
    names: Sequence[str] = (),
) -> Figure:
    """Draw pictures in rows of equal length.

    Parameters
    ----------
    rows : sequence of sequence of ndarray
        uint8 pictures.
    titles : sequence of str
        Above each column.
    names : sequence of str
        Left of each row.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        The rows, or the words, differ in length.
    """
    from matplotlib import pyplot

    columns = len(rows[0])
    if any(len(row) != columns for row in rows) or len(titles) not in (0, columns):
        raise ValueError(
            f"expected {columns} pictures a row, and as many titles; "
            f"got {[len(row) for row in rows]} and {len(titles)}"
        )
    if len(names) not in (0, len(rows)):
        raise ValueError(f"expected {len(rows)} names of rows; got {len(names)}")
    cell = WIDE[0] / columns
    high = len(rows) * cell + (0.25 if titles else 0)
    figure, panels = pyplot.subplots(len(rows), columns, figsize=(WIDE[0], high), squeeze=False)
    for number, row in enumerate(rows):
        for column, picture in enumerate(row):
            title = titles[column] if titles and number == 0 else ""
            show_picture(panels[number, column], picture, title)
        if names:
            panels[number, 0].set_ylabel(names[number], fontsize=SMALL_PT)
    return figure


def draw_sieve(
    pictures: Sequence[np.ndarray],
    values: Sequence[float],
    threshold: float,
    *,
    at_least: bool,
    measure: str,
    titles: Sequence[str] = (),
    form: str = ".2f",
    words: tuple[str, str] = ("kept", "dropped"),
) -> Figure:
    """Draw pictures in the order of what a filter measures, each marked as kept or dropped.

    Parameters
    ----------
    pictures : sequence of ndarray
        uint8, of any sizes.
    values : sequence of float
        What was measured of each.
    threshold : float
        Of the filter.
    at_least : bool
        Whether a picture is kept from the threshold upwards, else downwards; the edge is kept.
    measure : str
        What was measured, in words.
    titles : sequence of str
        What each picture is.
    form : str
        How a value is written.
    words : tuple of str
        What is written under a picture that the filter keeps, and under one that it drops.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        There are not as many values, or titles, as pictures.
    """
    from matplotlib import pyplot

    if len(values) != len(pictures) or len(titles) not in (0, len(pictures)):
        raise ValueError(
            f"expected {len(pictures)} values and titles; got {len(values)} and {len(titles)}"
        )
    order = sorted(range(len(pictures)), key=lambda place: -values[place])
    if not at_least:
        order.reverse()
    cell = WIDE[0] / len(pictures)
    figure, panels = pyplot.subplots(1, len(pictures), figsize=(WIDE[0], cell + 0.8), squeeze=False)
    for axes, place in zip(panels[0], order, strict=True):
        value = values[place]
        kept = value >= threshold if at_least else value <= threshold
        show_picture(axes, pictures[place], titles[place] if titles else "")
        for spine in axes.spines.values():
            spine.set(
                color=KEPT if kept else DROPPED, linewidth=2, linestyle="-" if kept else (0, (4, 2))
            )
        axes.set_xlabel(
            f"{value:{form}}\n{words[0] if kept else words[1]}",
            fontsize=SMALL_PT,
            color=INK,
            labelpad=4,
        )
    sign = "at least" if at_least else "at most"
    figure.suptitle(
        f"{measure}: {words[0]} {sign} {threshold:{form}}",
        fontsize=SMALL_PT,
        color=INK,
        x=0.01,
        ha="left",
    )
    return figure
