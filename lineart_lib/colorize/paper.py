"""Photographs of paper: find out whether a drawing is one, and take paper and light away.

References
----------
.. [1] Land, McCann, "Lightness and Retinex Theory", 1971: what the eye sees is the reflectance; the
   light that falls on it changes slowly and can be divided away.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib import images

Bytes = NDArray[np.uint8]
_WORK_PX = 512
_WHITE = 250
_FLAT_SHARE = 0.25
_REACH = 16
"""Lines and blots up to a sixteenth of the longer side are taken for ink, not for shadow."""


def is_photograph(pixels: Bytes) -> bool:
    """Tell whether the paper of a drawing is a photographed one.

    A drawing made on a screen has white paper, or one colour everywhere. A photograph has neither:
    less than half of its paper is white, and no grey covers a quarter of it.

    Parameters
    ----------
    pixels : ndarray
        uint8, (H, W, 3).
    """
    grey = _grey(pixels)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    paper = counts[int(level) + 1 :].sum()
    return bool(counts[_WHITE:].sum() < 0.5 * paper and counts.max() < _FLAT_SHARE * grey.size)


def whitened(pixels: Bytes) -> Bytes:
    """Divide a photographed drawing by its paper, then stretch it from ink to white [1]_.

    The paper is a closing, which bridges dark lines, blurred. What a channel loses to the colour of
    the lamp goes with it. Noise of the paper becomes white, the darkest lines black.

    Parameters
    ----------
    pixels : ndarray
        uint8, (H, W, 3).

    Returns
    -------
    ndarray
        uint8, (H, W, 3).
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORK_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    reach = max(size) // _REACH | 1
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    # Outside the picture nothing is dark: a line at the border is bridged as any other.
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, ball, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.GaussianBlur(paper.astype(np.float32), (0, 0), reach / 3)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    paper = np.maximum(paper, 1)
    light = pixels / paper
    grey = light @ np.array(images.LUMA, np.float32)
    black = min(float(np.quantile(grey, 0.005)), 0.6)
    bright = grey > 0.75
    if not bright.any():
        return pixels
    middle = float(np.median(light[bright]))
    # Noise of a sensor is as strong in the shade, where it is a larger share of the light.
    noise = 1.4826 * float(np.median(np.abs((light[bright] - middle) * paper[bright])))
    white = np.clip(middle - 3.5 * noise / paper, 0.65, 0.98)
    stretched = (light - black) * (255 / (white - black))
    return np.rint(np.clip(stretched, 0, 255)).astype(np.uint8)


def _grey(pixels: Bytes) -> Bytes:
    """Return the luma, uint8 (H, W)."""
    return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
