"""Drawings of a classifier: its pictures, how it learned, what it confuses.

They take plain arrays, so that any model of the book can be shown in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.press.style import FAINT, INK, PALETTE, SMALL_PT, WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPLITS = {
    "train": ("blue", "-", "o", "training"),
    "validation": ("orange", "--", "s", "validation"),
}
_MOST_OPACITY = 0.62


def draw_pictures(images: np.ndarray, words: Sequence[str], *, columns: int) -> Figure:
    """Draw small grey pictures in rows, each over its own words.

    Parameters
    ----------
    images : ndarray
        uint8 (N, height, width), 0 is black, 255 is white. They are shown as they are stored, in
        both themes.
    words : sequence of str
        What stands under each picture; a line break starts a second line.
    columns : int
        Pictures in a row, at least 1.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        There is no picture, another number of words than pictures, or no column.
    """
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    if not len(images) or len(words) != len(images) or columns < 1:
        raise ValueError(
            "expected at least one picture, as many words as pictures and at least one column; "
            f"got {len(images)} pictures, {len(words)} words, {columns} columns"
        )
    gap, below = 0.16, 0.30 * max(1 + word.count("\n") for word in words)
    rows = -(-len(images) // columns)
    across, down = columns * (1 + gap) - gap, rows * (1 + gap + below) - gap
    figure, axes = pyplot.subplots(figsize=(WIDE[0], WIDE[0] * down / across))
    for number, (image, word) in enumerate(zip(images, words, strict=True)):
        left = (number % columns) * (1 + gap)
        top = (number // columns) * (1 + gap + below)
        box = (left, left + 1, top + 1, top)
        axes.imshow(image, cmap="gray", vmin=0, vmax=255, extent=box, interpolation="none")
        axes.add_patch(Rectangle((left, top), 1, 1, fill=False, edgecolor=FAINT, linewidth=0.8))
        axes.text(
            left + 0.5, top + 1.07, word, ha="center", va="top", fontsize=SMALL_PT, linespacing=1.25
        )
    axes.set(xlim=(-0.01, across + 0.01), ylim=(down, -0.01), aspect="equal")
    axes.axis("off")
    return figure


def draw_history(
    loss: Mapping[str, np.ndarray], accuracy: Mapping[str, np.ndarray], *, low: float = 0.0
) -> Figure:
    """Draw loss and accuracy by epoch: the mean over runs, in a band from the least to the most.

    Parameters
    ----------
    loss, accuracy : mapping of str to ndarray
        "train" and "validation": (runs, epochs), one number for each epoch of each run; "test":
        (runs,), measured once after the last epoch. Loss in nats, accuracy in percent.
    low : float
        Where the axis of the accuracy begins, in percent.

    Returns
    -------
    Figure
        Two panels with a common legend.

    Raises
    ------
    ValueError
        A part is missing or has another shape.
    """
    from matplotlib import pyplot
    from matplotlib.ticker import MaxNLocator

    for measured in (loss, accuracy):
        shapes = {name: np.shape(measured.get(name, ())) for name in (*_SPLITS, "test")}
        runs_epochs = shapes["train"]
        if (
            len(runs_epochs) != 2
            or shapes["validation"] != runs_epochs
            or shapes["test"] != runs_epochs[:1]
        ):
            raise ValueError(
                f"expected train and validation as (runs, epochs) and test as (runs,); got {shapes}"
            )
    figure, panels = pyplot.subplots(1, 2, figsize=WIDE)
    for axes, measured in zip(panels, (loss, accuracy), strict=True):
        _draw_bands(axes, measured)
    panels[0].set(title="Loss", ylabel="cross-entropy (nats)")
    panels[0].set_ylim(bottom=0)
    panels[1].set(title="Accuracy", ylabel="right answers (%)")
    panels[1].set_ylim(low, 100)
    panels[1].yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def _draw_bands(axes: Axes, measured: Mapping[str, np.ndarray]) -> None:
    epochs = np.arange(1, measured["train"].shape[1] + 1)
    for name, (colour, line, marker, words) in _SPLITS.items():
        values = measured[name]
        axes.fill_between(
            epochs, values.min(0), values.max(0), color=PALETTE[colour], alpha=0.22, linewidth=0
        )
        axes.plot(
            epochs,
            values.mean(0),
            color=PALETTE[colour],
            linestyle=line,
            marker=marker,
            markersize=4,
            label=words,
        )
    test, place = measured["test"], epochs[-1] + 0.06 * max(4, epochs[-1])
    axes.errorbar(
        place,
        test.mean(),
        yerr=[[test.mean() - test.min()], [test.max() - test.mean()]],
        color=PALETTE["green"],
        marker="D",
        markersize=5,
        capsize=3,
        linestyle="none",
        label="test, once at the end",
    )
    step = max(1, -(-len(epochs) // 10))
    axes.set_xticks(epochs[::-1][::step][::-1])
    axes.set_xlabel("epoch")
    axes.grid(axis="y")


def draw_confusion(counts: np.ndarray) -> Figure:
    """Draw a confusion matrix whose diagonal does not drown the errors.

    The diagonal says in percent how many of a class were recognised. Off the diagonal stand the
    errors, for every thousand pictures of the class, the more the stronger the colour.

    Parameters
    ----------
    counts : ndarray
        (classes, classes): row = true class, column = guess; whole or mean numbers, at least 0.
        Each row has a sum above 0.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        It is not square, holds a negative number, or a class has no picture.
    """
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    counts = np.asarray(counts, dtype=float)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1]
    if not square or (counts < 0).any() or not (counts.sum(1) > 0).all():
        raise ValueError(
            "expected a square matrix of counts, none negative, with a picture in every row; "
            f"got shape {counts.shape} with row sums {counts.sum(-1)}"
        )
    classes = len(counts)
    shares = counts / counts.sum(1, keepdims=True)
    errors = shares * (1 - np.eye(classes))
    most = errors.max() or 1.0
    figure, axes = pyplot.subplots(figsize=(0.56 * classes + 0.5, 0.44 * classes + 0.7))
    for row in range(classes):
        for column in range(classes):
            right = row == column
            share = shares[row, column]
            opacity = 0.16 if right else _MOST_OPACITY * errors[row, column] / most
            cell = Rectangle((column - 0.5, row - 0.5), 1, 1, linewidth=0)
            cell.set(facecolor=PALETTE["blue" if right else "orange"], alpha=opacity)
            axes.add_patch(cell)
            words = f"{100 * share:.1f}" if right else f"{1000 * share:.1f}"
            if right or share >= 0.0005:
                axes.text(
                    column,
                    row,
                    words,
                    ha="center",
                    va="center",
                    color=INK,
                    fontsize=SMALL_PT,
                    fontweight="bold" if right else "normal",
                )
    axes.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
    axes.set(xticks=range(classes), yticks=range(classes))
    axes.set(xlabel="guess of the network", ylabel="digit shown")
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=FAINT, linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure
