"""Ink and flat colours apart: which paint is a line, and what colour goes on under it."""

from __future__ import annotations

import re

import cv2
import numpy as np

DARKEST = 40
"""Of 255: the lightest channel that still counts as ink."""


def is_ink(colour: str) -> bool:
    """Tell whether a colour as an SVG writes it is near black: no channel above 40 of 255."""
    if colour.lower() == "black":
        return True
    short = re.fullmatch(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])", colour)
    if short:
        colour = "#" + "".join(2 * digit for digit in short.groups())
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return False
    return max(rgb_of(colour)) <= DARKEST


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def dark(flat: np.ndarray) -> np.ndarray:
    """Return where uint8 RGBA of shape (height, width, 4) is ink; transparent black is not."""
    red, green, blue, alpha = cv2.split(flat)
    return (cv2.max(cv2.max(red, green), blue) <= DARKEST) & (alpha > 0)


def contours(
    flat: np.ndarray, size_px: int, line_width: float, min_difference: int = 20
) -> np.ndarray:
    """Draw a line of one width along the borders of flat colours.

    Parameters
    ----------
    flat : ndarray
        uint8 RGBA of shape (side, side, 4) without blended edges; larger than the result, so that
        the lines get soft edges.
    size_px : int
        Side of the result in pixels.
    line_width : float
        Width of a line as a share of the side.
    min_difference : int
        Neighbours that differ by at most so many levels in each channel have no line between them.

    Returns
    -------
    ndarray
        uint8 of shape (size_px, size_px): 0 is ink, 255 is paper.
    """
    side = flat.shape[0]
    border = np.zeros((side, side), np.uint8)
    for plane in cv2.split(flat):  # a copy of each channel: reducing along the last axis is slow
        border[:, 1:] |= cv2.absdiff(plane[:, 1:], plane[:, :-1]) > min_difference
        border[1:] |= cv2.absdiff(plane[1:], plane[:-1]) > min_difference
    width = max(1, round(line_width * side))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    lines = cv2.dilate(border, disc) * 255
    return 255 - cv2.resize(lines, (size_px, size_px), interpolation=cv2.INTER_AREA)


def without_solids(ink: np.ndarray, line_px: float) -> np.ndarray:
    """Leave out of an ink mask what is thicker than four lines: solid blacks are paint.

    Parameters
    ----------
    ink : ndarray
        bool of shape (height, width).
    line_px : float
        Width of a line in pixels.
    """
    width = max(3, round(4 * line_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    solid = cv2.morphologyEx(
        np.pad(ink, width, mode="symmetric").astype(np.uint8), cv2.MORPH_OPEN, disc
    )
    return ink & (solid[width:-width, width:-width] == 0)


def go_on_under(picture: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Give each pixel under the ink the value of the nearest pixel that is not.

    Parameters
    ----------
    picture : ndarray
        uint8 of shape (height, width, channels).
    ink : ndarray
        bool of shape (height, width). If all is ink, or nothing, the picture comes back as it is.
    """
    if not ink.any() or ink.all():
        return picture
    _, labels = cv2.distanceTransformWithLabels(
        ink.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    values = np.zeros((labels.max() + 1, picture.shape[-1]), picture.dtype)
    values[labels[~ink]] = picture[~ink]
    filled = picture.copy()
    filled[ink] = values[labels[ink]]
    return filled
