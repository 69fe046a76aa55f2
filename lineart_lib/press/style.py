"""The look of every figure: one palette, one scale of type, three colours that follow the theme."""

from __future__ import annotations

INK = "#1b1f2a"
"""Text and main lines. The page turns it light in its dark theme."""
FAINT = "#c9ced8"
"""Grids, spines and other quiet lines. The page darkens it in its dark theme."""
PAPER = "#ffffff"
"""The page behind the figure. For a white that must stay white, write ``#fffffe``."""

PAPERS = {"light": "#ffffff", "dark": "#14181e"}
"""The two backgrounds on which a figure must be readable."""

PALETTE = {
    "blue": "#2b86d9",
    "orange": "#c9561a",
    "green": "#2a9660",
    "red": "#d03a3e",
    "purple": "#784bc8",
    "teal": "#159fa8",
    "pink": "#cf4a8e",
    "gold": "#b68c05",
}
"""Mid-tones that keep 3:1 of contrast on both backgrounds (WCAG 2.2, 1.4.11), and that stay apart
in simulated colour-blindness. They are for marks, not for small text, which needs 4.5:1 and takes
INK; and no meaning may hang on colour alone."""

LINE_STYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (7, 2)), (0, (3, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

WIDE = (7.2, 3.4)
"""Size in inches of a figure as wide as the column."""
HALF = (4.6, 3.4)
"""Size in inches of a figure that needs a bit more than half of the column."""

TEXT_PT = 10.0
SMALL_PT = 8.5
TITLE_PT = 11.0


def house_style() -> None:
    """Set Matplotlib's defaults to the look of the book.

    The background is transparent and text becomes paths, so that a figure looks the same on
    every machine. The series cycle changes colour and line style together: no meaning hangs on
    colour alone.
    """
    import matplotlib
    from cycler import cycler

    cycle = cycler(color=list(PALETTE.values())) + cycler(linestyle=list(LINE_STYLES))
    matplotlib.rcParams.update(
        {
            "figure.figsize": WIDE,
            "figure.dpi": 100,
            "figure.facecolor": "none",
            "figure.edgecolor": "none",
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.08,
            "figure.constrained_layout.h_pad": 0.08,
            "savefig.dpi": 144,  # Of the raster parts only.
            "savefig.facecolor": "none",
            "savefig.edgecolor": "none",
            "svg.fonttype": "path",
            "svg.image_inline": True,
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],  # Ships with Matplotlib: the same everywhere.
            "mathtext.fontset": "cm",
            "font.size": TEXT_PT,
            "text.color": INK,
            "axes.facecolor": "none",
            "axes.edgecolor": FAINT,
            "axes.linewidth": 1.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.labelcolor": INK,
            "axes.labelsize": TEXT_PT,
            "axes.labelpad": 6.0,
            "axes.titlesize": TITLE_PT,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.titlepad": 10.0,
            "axes.titlecolor": INK,
            "axes.grid": False,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycle,
            "grid.color": FAINT,
            "grid.linewidth": 0.6,
            "grid.alpha": 0.6,
            "xtick.color": FAINT,
            "ytick.color": FAINT,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "xtick.labelsize": SMALL_PT,
            "ytick.labelsize": SMALL_PT,
            "xtick.major.size": 3.5,
            "ytick.major.size": 3.5,
            "xtick.major.pad": 4.0,
            "ytick.major.pad": 4.0,
            "legend.frameon": False,
            "legend.fontsize": SMALL_PT,
            "legend.labelcolor": INK,
            "legend.handlelength": 2.4,
            "lines.linewidth": 1.8,
            "lines.markersize": 5.0,
            "lines.solid_capstyle": "round",
            "lines.dash_capstyle": "round",
            "scatter.edgecolors": "none",
            "patch.linewidth": 1.0,
            "patch.edgecolor": INK,
            "image.cmap": "viridis",
            "image.interpolation": "nearest",
        }
    )


def luminance(colour: str) -> float:
    """Compute the relative luminance of a colour.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.

    Returns
    -------
    float
        In [0, 1]: 0 is black, 1 is white.

    Raises
    ------
    ValueError
        When the colour is not written ``#rrggbb``.

    References
    ----------
    WCAG 2.2, definition of relative luminance.
    """
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"a colour must be written #rrggbb; got {colour!r}")
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Compute the contrast ratio of two colours, in [1, 21] and symmetric.

    References
    ----------
    WCAG 2.2, definition of contrast ratio.
    """
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
