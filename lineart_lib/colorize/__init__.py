"""Colour a drawing of any size: read it, paint it small, lift the colours between its lines."""

from lineart_lib.colorize.coloured import Coloured, Painting
from lineart_lib.colorize.painting import colorize

__all__ = ["Coloured", "Painting", "colorize"]
