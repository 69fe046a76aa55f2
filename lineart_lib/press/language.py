"""Drawings of text: what is seen before each sign, what is guessed, and how surprising it was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.press.style import FAINT, INK, PALETTE, SMALL_PT, WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE = PALETTE["blue"], PALETTE["orange"]
_MONO = {"family": "DejaVu Sans Mono", "ha": "center", "va": "center", "color": INK}


def visible(sign: str) -> str:
    """Write a sign so that it can be seen: a space as ␣, a line break as ⏎."""
    return {" ": "␣", "\n": "⏎"}.get(sign, sign)


def as_markdown(text: str) -> str:
    """Escape what Markdown would read as markup, so that a text is shown as it was written."""
    return re.sub(r"([\\`*_{}\[\]()<>#$|~!&^:+.-])", r"\\\1", text)


def draw_staircase(text: str) -> Figure:
    """Draw a text as the exercises that are in it: all signs before a place, and the sign there.

    Parameters
    ----------
    text : str
        At least two signs; each but the first is guessed once.

    Returns
    -------
    Figure
    """
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    rows = len(text) - 1
    figure, axes = pyplot.subplots(figsize=(WIDE[0], 0.36 * rows + 0.5))
    for row in range(rows):
        for place in range(row + 2):
            asked = place == row + 1
            colour = ORANGE if asked else BLUE
            axes.add_patch(
                Rectangle(
                    (place - 0.46, row - 0.44),
                    0.92,
                    0.88,
                    facecolor=colour,
                    alpha=0.22,
                    edgecolor="none",
                )
            )
            if asked:
                axes.add_patch(
                    Rectangle((place - 0.46, row - 0.44), 0.92, 0.88, fill=False, edgecolor=colour)
                )
            axes.text(place, row, visible(text[place]), fontsize=11, **_MONO)
    words = {"fontsize": SMALL_PT, "color": INK}
    axes.text(0, -1.05, "read", ha="center", va="center", **words)
    axes.text(1, -1.05, "asked", ha="center", va="center", **words)
    axes.set(xlim=(-0.8, rows + 0.8), ylim=(rows - 0.3, -1.5))
    axes.axis("off")
    return figure


def draw_guesses(
    guesses: Mapping[str, np.ndarray], alphabet: str, history: str, count: int = 6
) -> Figure:
    """Draw which signs each model holds likely after a history: one panel a model.

    Parameters
    ----------
    guesses : mapping of str to ndarray
        Name of a model → (signs,) probabilities.
    alphabet : str
        The signs, in their order.
    history : str
        What came before; it stands above the panels.
    count : int
        Bars in a panel: the likeliest.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        A model guesses another number of signs.
    """
    from matplotlib import pyplot

    for name, chances in guesses.items():
        if chances.shape != (len(alphabet),):
            raise ValueError(
                f"{name}: expected {len(alphabet)} probabilities; got shape {chances.shape}"
            )
    figure, panels = pyplot.subplots(
        1, len(guesses), figsize=(WIDE[0], 2.7), sharex=True, squeeze=False
    )
    for axes, (name, chances) in zip(panels[0], guesses.items(), strict=True):
        best = np.argsort(-chances, kind="stable")[:count]
        axes.barh(range(count), chances[best], color=BLUE, height=0.62)
        for row, place in enumerate(best):
            axes.text(
                chances[place] + 0.02, row, f"{chances[place]:.2f}", va="center", fontsize=SMALL_PT
            )
        axes.set_yticks(
            range(count),
            [visible(alphabet[place]) for place in best],
            family=_MONO["family"],
            fontsize=11,
        )
        axes.set(xlim=(0, 1.18), xticks=[0, 0.5, 1], xlabel="probability")
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_title(name)
    shown = "".join(map(visible, history))
    figure.suptitle(
        f"after “{shown}”", family=_MONO["family"], fontsize=10, x=0.01, ha="left", color=INK
    )
    return figure


def draw_surprise(
    axes: Axes, text: str, bits: np.ndarray, *, columns: int = 60, most: float = 8.0
) -> None:
    """Write a text with each sign on a ground that is stronger the more bits the sign cost.

    Parameters
    ----------
    axes : Axes
        An empty panel.
    text : str
        Broken after `columns` signs, wherever that is.
    bits : ndarray
        (len(text),), at least 0.
    columns : int
        Signs in a row.
    most : float
        Bits of the strongest ground; more looks the same.

    Raises
    ------
    ValueError
        The bits are not those of the text.
    """
    from matplotlib.patches import Rectangle

    if bits.shape != (len(text),):
        raise ValueError(f"expected bits of {len(text)} signs; got shape {bits.shape}")
    for place, sign in enumerate(text):
        row, column = divmod(place, columns)
        strength = 0.75 * min(1.0, float(bits[place]) / most)
        axes.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5), 1, 1, facecolor=ORANGE, alpha=strength, edgecolor="none"
            )
        )
        axes.text(column, row, sign if sign != "\n" else visible(sign), fontsize=8.5, **_MONO)
    rows = -(-len(text) // columns)
    axes.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6), xticks=[], yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)


def draw_looks(
    weights: Sequence[np.ndarray], titles: Sequence[str], text: str, *, strongest: float = 1.0
) -> Figure:
    """Draw who looks back at whom: a panel for each head, a row for each sign that looks.

    Parameters
    ----------
    weights : sequence of ndarray
        (signs, signs) each: shares in [0, 1].
    titles : sequence of str
        One for each.
    text : str
        The signs, written at both sides.
    strongest : float
        The share that gets the full colour.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        A map does not fit the text, or a title is missing.
    """
    from matplotlib import pyplot

    shapes = {looks.shape for looks in weights}
    if shapes != {(len(text), len(text))} or len(titles) != len(weights):
        raise ValueError(f"expected maps of {len(text)} signs, each with a title; got {shapes}")
    across = WIDE[0] / len(weights)
    figure, panels = pyplot.subplots(
        1, len(weights), figsize=(WIDE[0], across + 0.25), squeeze=False
    )
    red, green, blue = (int(ORANGE[k : k + 2], 16) / 255 for k in (1, 3, 5))
    letters = [visible(sign) for sign in text]
    for axes, looks, title in zip(panels[0], weights, titles, strict=True):
        tint = np.zeros((*looks.shape, 4))
        tint[..., :3] = red, green, blue
        tint[..., 3] = np.clip(looks / strongest, 0, 1)
        axes.imshow(tint, interpolation="none")
        small = {"fontsize": 7, "family": _MONO["family"]}
        axes.set_xticks(range(len(text)), letters, **small)
        axes.set_yticks(range(len(text)), letters, **small)
        axes.tick_params(length=0, pad=2)
        axes.plot([-0.5, len(text) - 0.5], [-0.5, len(text) - 0.5], color=FAINT, linewidth=0.8)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set(xlabel="looked at", ylabel="looks", title=title)
    return figure
