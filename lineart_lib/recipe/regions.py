"""Areas between lines, and colours that spread from hints as far as the lines let them.

References
----------
.. [1] Meyer, "Color image segmentation", 1992: watershed by flooding from markers.
.. [2] Zhang, Chen, Zhang, Hu, Martin, "Vectorizing Cartoon Animations", IEEE Transactions on
   Visualization and Computer Graphics 15(4), 2009, section 4: trapped-ball segmentation.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from lineart_lib import images

_WHITE = 0xFFFFFF


class Propagation(NamedTuple):
    """Which hint's colour each pixel got."""

    labels: NDArray[np.int32]
    """(H, W): k stands for row k - 1 of the colours; 0 where no colour came."""
    colours: NDArray[np.float32]
    """(n, 3), in [-1, 1], each different."""


def white_regions(lineart: NDArray[np.floating], level: float = 0.0) -> NDArray[np.int32]:
    """Number the connected white areas between the lines.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    level : float
        Below it is ink.

    Returns
    -------
    ndarray
        int32, (H, W): 0 is ink, the areas are 1 to n. Areas that meet at a corner are two.
    """
    return _pieces(_paper(lineart, level))


def _paper(lineart: NDArray[np.floating], level: float) -> NDArray[np.uint8]:
    """Return 1 where there is no ink."""
    images.check(lineart, "lineart", channels=1)
    return (lineart[0] >= level).astype(np.uint8)


def _pieces(present: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Number the pieces that are connected through sides."""
    return cv2.connectedComponents(present, connectivity=4)[1]


def _ball(radius_px: int) -> NDArray[np.uint8]:
    """Return a disc, (2 radius + 1) pixels wide."""
    side = 2 * radius_px + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _rooms(paper: NDArray[np.uint8], radius_px: int) -> NDArray[np.int32]:
    """Number the areas in which a ball can roll; 0 where it does not reach.

    Outside the picture nothing holds the ball back.
    """
    cores = _pieces(cv2.erode(paper, _ball(radius_px))).astype(np.float32)  # Exact below 2^24.
    return cv2.dilate(cores, _ball(radius_px)).astype(np.int32) * paper


def hint_markers(
    lineart: NDArray[np.floating], hints: NDArray[np.floating], *, border: bool = True
) -> Propagation:
    """Return where hints are, numbered by colour.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    hints : ndarray
        (4, H, W); every pixel with a mask above 0 is a hint. Colours are told apart in steps of
        8 bits.
    border : bool
        Take the paper at the border of the picture as one more hint, white, so that the ground
        around a figure needs none. Stretches of border between two lines that hold no corner of the
        picture are left out: there the border cuts a figure. Say False for a coloured ground.

    Returns
    -------
    Propagation
        The labels are 0 where no hint is. No hint at all: no label, no colour, whatever `border`.

    Raises
    ------
    ValueError
        The sizes differ, or an array is not as the contract says.
    """
    images.check(lineart, "lineart", channels=1)
    images.check_hints(hints)
    if lineart.shape[1:] != hints.shape[1:]:
        raise ValueError(
            f"lineart {lineart.shape} and hints {hints.shape} differ in size: make the hints as "
            "large as the lineart"
        )
    present = hints[3] > 0
    labels = np.zeros(present.shape, np.int32)
    if not present.any():
        return Propagation(labels, np.empty((0, 3), np.float32))
    colours = images.to_bytes(np.clip(hints[:3, present] / hints[3, present], -1, 1))  # (3, n)
    codes = colours.astype(np.int32).T @ np.array([1 << 16, 1 << 8, 1], np.int32)
    edge = np.zeros_like(present)
    if border:
        edge[:, [0, -1]] = edge[[0, -1]] = True
        stretches = _pieces((edge & (lineart[0] >= 0)).astype(np.uint8))
        corners = stretches[[0, 0, -1, -1], [0, -1, 0, -1]]
        edge = (stretches > 0) & np.isin(stretches, corners) & ~present
    codes = np.concatenate([codes, np.full(int(edge.any()), _WHITE, np.int32)])
    known, numbers = np.unique(codes, return_inverse=True)
    labels[present] = numbers[: int(present.sum())] + 1
    labels[edge] = numbers[-1] + 1
    table = np.stack([known >> 16, known >> 8 & 255, known & 255], axis=-1).astype(np.uint8)
    return Propagation(labels, images.to_signed(table))


def watershed_fill(
    lineart: NDArray[np.floating], hints: NDArray[np.floating], *, border: bool = True
) -> Propagation:
    """Flood the drawing from its hints, the brightest pixels first [1]_.

    Floods meet on the darkest line between two hints, whichever its thickness. Areas without a
    hint are flooded over their lowest dam; through a gap they are flooded early.

    Parameters
    ----------
    lineart, hints, border
        As in `hint_markers`. Without a hint nothing is flooded, else every pixel, ink too.
    """
    markers = hint_markers(lineart, hints, border=border)
    if not len(markers.colours):
        return markers
    darkness = images.to_bytes(-lineart[0])
    return markers._replace(
        labels=watershed(darkness, markers.labels, connectivity=1).astype(np.int32)
    )


def trapped_ball_regions(
    lineart: NDArray[np.floating], radius_px: int = 4, level: float = 0.0
) -> NDArray[np.int32]:
    """Part the paper into the areas that trap a ball, large balls first [2]_.

    A ball of radius r does not pass a gap of less than 2 r + 1 pixels. Its areas are taken out,
    and the next smaller ball rolls in what is left. What a ball could not reach in a corner opens
    onto its area in full width: such a piece joins the neighbour with the longest contact. A piece
    behind a gap opens in less than its own width, and stays an area of its own.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    radius_px : int
        Radius of the first ball; each next one is a pixel smaller, down to 0.
    level : float
        Below it is ink.

    Returns
    -------
    ndarray
        int32, (H, W): 0 is ink, the areas are 1 to n.

    Raises
    ------
    ValueError
        The radius is negative or the lineart not as the contract says.
    """
    if radius_px < 0:
        raise ValueError(f"radius_px must be 0 or more; got {radius_px}")
    paper = _paper(lineart, level)
    labels = np.zeros(paper.shape, np.int32)
    radii = [np.array([radius_px + 1])]  # Of each label; 0 is ink and joins nothing.
    for radius in range(radius_px, -1, -1):
        rooms = _rooms(paper & (labels == 0), radius)
        found = rooms > 0
        labels[found] = rooms[found] + sum(map(len, radii)) - 1
        radii.append(np.full(rooms.max(), radius))
    labels = _joined(labels, np.concatenate(radii))
    kept = np.bincount(labels.ravel()) > 0
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)[labels]


def _joined(labels: NDArray[np.int32], radii: NDArray[np.integer]) -> NDArray[np.int32]:
    """Give each piece the label of a larger ball that it touches in its own width, small first."""
    first, second = _contacts(labels)
    becomes = np.arange(len(radii), dtype=np.int32)
    radius = 0
    while radius < radii[1:].max(initial=0):
        lower, higher = np.minimum(first, second), np.maximum(first, second)
        # The higher label came later: it is no larger.
        touching = (radii[higher] == radius) & (radii[lower] > radius)
        codes, contacts = np.unique(
            lower[touching] * np.int64(len(radii)) + higher[touching], return_counts=True
        )
        wide = np.flatnonzero(contacts >= 2 * radius + 1)
        if len(wide):
            order = wide[np.argsort(contacts[wide], kind="stable")]  # The longest comes last.
            joins = np.arange(len(radii), dtype=np.int32)
            joins[codes[order] % len(radii)] = codes[order] // len(radii)
            becomes, first, second = joins[becomes], joins[first], joins[second]
            # What grew may now touch another one of this radius: once more.
        else:
            radius += 1
    return becomes[labels]


def _contacts(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the two labels wherever two areas touch with a side."""
    pairs = []
    for first, second in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        touching = np.nonzero((first != second) & (first > 0) & (second > 0))
        pairs.append(np.stack([first[touching], second[touching]]))
    first, second = np.concatenate(pairs, axis=1)
    return first, second


def trapped_ball_fill(
    lineart: NDArray[np.floating],
    hints: NDArray[np.floating],
    radius_px: int = 4,
    *,
    border: bool = True,
    areas: NDArray[np.int32] | None = None,
) -> Propagation:
    """Colour the areas of `trapped_ball_regions` that hold a hint, and only these.

    An area with hints of several colours is flooded from them. Ink takes the colour of the
    nearest paper, so that lines can be laid over it. A hint that lies wholly on ink is ignored.

    Parameters
    ----------
    lineart, hints, border
        As in `hint_markers`.
    radius_px : int
        Of the first ball.
    areas : ndarray, optional
        What `trapped_ball_regions` found already.

    Returns
    -------
    Propagation
    """
    markers = hint_markers(lineart, hints, border=border)
    count = len(markers.colours)
    if not count:
        return markers
    if areas is None:
        areas = trapped_ball_regions(lineart, radius_px)
    seeds = np.where(areas > 0, markers.labels, 0)
    held = np.zeros((int(areas.max()) + 1, count + 1), bool)
    held[areas[seeds > 0], seeds[seeds > 0]] = True
    several = held.sum(axis=1) > 1
    labels = held.argmax(axis=1).astype(np.int32)[areas]  # The one colour; 0 where there is none.
    touching = np.zeros_like(several)
    for side in _contacts(np.where(several[areas], areas, 0)):
        touching[side] = True
    # Areas that touch are flooded one by one, lest a flood runs over; all others together.
    for group in [np.flatnonzero(several & ~touching), *np.flatnonzero(touching)[:, None]]:
        if len(group):
            inside = np.isin(areas, group)
            flat = np.zeros(areas.shape, np.uint8)
            labels[inside] = watershed(flat, seeds * inside, 1, mask=inside)[inside]
    paper = areas > 0
    return markers._replace(labels=nearest_value(paper, labels[paper]) if paper.any() else labels)


def nearest_value(present: NDArray[np.bool_], values: NDArray[np.integer]) -> NDArray[np.integer]:
    """Give every pixel of (H, W) the value of the nearest one that is present.

    The values, (n,), are those of the present pixels in reading order; there is at least one.
    """
    _, nearest = cv2.distanceTransformWithLabels(
        (~present).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(nearest.max()) + 1, values.dtype)
    table[nearest[present]] = values
    return table[nearest]
