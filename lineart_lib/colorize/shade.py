"""Light and shadow from the size of a model to the size of the drawing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from lineart_lib.colorize.cells import CORNERS, corners, places, spread
from lineart_lib.colorize.shrink import Ground

Bytes = NDArray[np.uint8]
_NEAR = 15.0
"""What differs by more in CIELAB is another colour, not a shade."""


def shade(painted: Bytes, small: Bytes, labels: Bytes, colours: Bytes, ground: Ground) -> Bytes:
    """Interpolate what a model painted, between small pixels of one area and of like colour.

    A small pixel that is far from its flat colour lies on a border and mixes both sides: it counts
    as flat. A pixel of the drawing is the mean, by bilinear weights, of the small pixels around it
    that belong to its area and lie near its flat. So gradients go on over the steps between flats,
    and colours do not cross lines or sharp borders.

    Parameters
    ----------
    painted : ndarray
        uint8, (h, w, 3).
    small : ndarray
        uint8, (h, w): the flat of each, from 1; settled, see `lineart_lib.colorize.lift.settled`.
    labels : ndarray
        uint8, (H, W): the flat of each pixel of the drawing; 0 is no colour and becomes white.
    colours : ndarray
        uint8, (n, 3): the flats.
    ground : Ground
        Of the drawing.

    Returns
    -------
    ndarray
        uint8, (H, W, 3). What was painted when both sizes are equal.
    """
    if small.shape == labels.shape:
        return np.where(labels[..., None] == 0, np.uint8(255), painted)
    table = np.concatenate([np.full((1, 3), 255, np.uint8), colours])
    lab = rgb2lab(table[:, None] / 255.0)[:, 0].astype(np.float32)
    told = rgb2lab(painted / 255.0).astype(np.float32)
    mixed = ((told - lab[small]) ** 2).sum(axis=-1) > _NEAR**2
    painted = np.where(mixed[..., None], table[small], painted)
    told[mixed] = lab[small][mixed]
    whole = cv2.resize(painted, labels.shape[::-1], interpolation=cv2.INTER_LINEAR)

    voice = np.pad(ground.owner, 1, mode="edge")
    says = np.pad(small, 1, mode="edge")
    here, label = (
        np.stack([plane[cut] for cut in corners(voice.shape)]) for plane in (voice, says)
    )
    alike = ((here == here[0]) & (label == label[0])).all(axis=0)
    (rows, columns), (down, across) = zip(*map(places, labels.shape, small.shape), strict=True)
    area = spread(np.where(alike, here[0], -1), rows, columns)
    easy = (area == ground.areas) & (spread(label[0], rows, columns) == labels)
    y, x = np.nonzero(~easy & (labels > 0))
    own, flat = ground.areas[y, x], labels[y, x]
    said, lights = (np.pad(p, ((1, 1), (1, 1), (0, 0)), mode="edge") for p in (told, painted))
    total, sums = np.zeros(len(y), np.float32), np.zeros((len(y), 3), np.float32)
    for i, j in CORNERS:
        at = rows[y] + i, columns[x] + j
        weight = (down[y] if i else 1 - down[y]) * (across[x] if j else 1 - across[x])
        near = ((said[at] - lab[flat]) ** 2).sum(axis=-1) <= _NEAR**2
        weight = weight * (near & ((own == 0) | (voice[at] == own)))
        total += weight
        sums += weight[:, None] * lights[at]
    heard = total > 0
    mean = table[flat].astype(np.float32)
    mean[heard] = sums[heard] / total[heard, None]
    whole[y, x] = np.rint(mean).astype(np.uint8)
    whole[labels == 0] = 255
    return whole
