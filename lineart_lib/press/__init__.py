"""What a notebook uses to publish: a style, figures, tables, values, states; their provenance."""

from lineart_lib.press.figures import SavedFigure, SavedTable, save_figure, save_table
from lineart_lib.press.states import SavedState, save_state
from lineart_lib.press.style import FAINT, HALF, INK, PALETTE, PAPER, WIDE, house_style
from lineart_lib.press.values import record

__all__ = [
    "FAINT",
    "HALF",
    "INK",
    "PALETTE",
    "PAPER",
    "WIDE",
    "SavedFigure",
    "SavedState",
    "SavedTable",
    "house_style",
    "record",
    "save_figure",
    "save_state",
    "save_table",
]
