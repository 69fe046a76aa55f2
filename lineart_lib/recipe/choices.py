"""Which hinted colour a pixel may take: markers, fills and pieces, as labels a network can read.

A fill decides which hint each pixel belongs to. As labels, its answer stays exact: whoever reads it
may follow it, or choose another hint, and the colour is still one that somebody painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lineart_lib import images
from lineart_lib.recipe.energies import min_cut
from lineart_lib.recipe.flats import fewer_colours
from lineart_lib.recipe.regions import (
    hint_markers,
    nearest_value,
    trapped_ball_fill,
    trapped_ball_regions,
    watershed_fill,
)

FILLS = ("watershed", "trapped ball", "min-cut")
"""The fills that are asked, in this order."""
MOST = 255
"""Colours, and pieces of paper, that a picture may have: labels are bytes."""


class Choices(NamedTuple):
    """A batch of hinted linearts; B pictures, F fills, K colours, P pieces of paper."""

    lineart: Tensor
    """float32 (B, 1, H, W), in [-1, 1]."""
    markers: Tensor
    """uint8 (B, H, W): k where a hint has colour k - 1, else 0."""
    fills: Tensor
    """uint8 (B, F, H, W): k where a fill takes colour k - 1; 0 where it takes none."""
    pieces: Tensor
    """uint8 (B, H, W): which piece of paper a pixel lies in, 1 to P; 0 where all is ink."""
    colours: Tensor
    """float32 (B, K, 3), in [-1, 1]; rows from a picture's count on mean nothing."""
    counts: Tensor
    """int64 (B,): how many colours a picture has, 0 to K."""

    @property
    def real(self) -> Tensor:
        """Which rows of the colours mean something: bool (B, K)."""
        numbers = torch.arange(self.colours.shape[1], device=self.colours.device)
        return numbers < self.counts[:, None]

    def rows(self, index: Tensor) -> Choices:
        """Return the pictures of an index, with as many colours as they need."""
        counts = self.counts[index]
        most = max(1, int(counts.max()))
        return Choices(
            self.lineart[index],
            self.markers[index],
            self.fills[index],
            self.pieces[index],
            self.colours[index, :most],
            counts,
        )

    def mirrored(self, chosen: Tensor) -> Choices:
        """Turn the chosen pictures, bool (B,), left to right."""
        planes = (self.lineart, self.markers, self.fills, self.pieces)
        return Choices(*(mirrored(plane, chosen) for plane in planes), self.colours, self.counts)

    def halved(self) -> Choices:
        """Return the pictures at half their size; both sides must be even.

        Of four pixels, the darkest and a hint are kept, so that lines stay closed and hints stay.
        Fills and pieces are those of the first pixel.
        """
        return self._replace(
            lineart=in_fours(self.lineart).amin((-3, -1)),
            markers=in_fours(self.markers).amax((-3, -1)),
            fills=self.fills[..., ::2, ::2],
            pieces=self.pieces[..., ::2, ::2],
        )


def in_fours(planes: Tensor) -> Tensor:
    """See pixels two by two: (..., H, W) becomes (..., H / 2, 2, W / 2, 2)."""
    return planes.unflatten(-1, (-1, 2)).unflatten(-3, (-1, 2))


def mirrored(planes: Tensor, chosen: Tensor) -> Tensor:
    """Turn the chosen rows, bool (B,), of (B, ..., W) left to right."""
    return torch.where(chosen.view(-1, *[1] * (planes.ndim - 1)), planes.flip(-1), planes)


def choices(
    lineart: NDArray[np.floating], hints: NDArray[np.floating], *, border: bool = True
) -> Choices:
    """Find the colours of the hints, ask the fills where each belongs, and cut the paper to pieces.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1].
    hints : ndarray
        (4, H, W), premultiplied; none at all is allowed.
    border : bool
        The paper at the border of the picture is a white hint, see `hint_markers`.

    Returns
    -------
    Choices
        Of one picture.

    Raises
    ------
    ValueError
        An array is not as the contract says, the sizes differ, or there are more than `MOST`
        colours.
    """
    markers = hint_markers(lineart, hints, border=border)
    count = len(markers.colours)
    if count > MOST:
        raise ValueError(
            f"hints may have {MOST} colours; got {count:,}: paint strokes of one colour each, or "
            "reduce the colours first"
        )
    areas = trapped_ball_regions(lineart)
    found = np.zeros((len(FILLS), *markers.labels.shape), np.uint8)
    if count:
        found[0] = watershed_fill(lineart, hints, border=border).labels
        found[1] = trapped_ball_fill(lineart, hints, border=border, areas=areas).labels
        found[2] = min_cut(lineart, markers).labels
    colours = markers.colours if count else np.zeros((1, 3), np.float32)
    return Choices(
        torch.from_numpy(np.asarray(lineart, np.float32))[None],
        torch.from_numpy(markers.labels.astype(np.uint8))[None],
        torch.from_numpy(found)[None],
        torch.from_numpy(paper_pieces(areas))[None],
        torch.from_numpy(colours)[None],
        torch.tensor([count]),
    )


def paper_pieces(areas: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Give every pixel to a piece of paper that one colour is likely to fill.

    Ink belongs to the nearest piece. Of more than `MOST`, the smallest join the nearest of the
    others.

    Parameters
    ----------
    areas : ndarray
        int32, (H, W), as `trapped_ball_regions` returns them.

    Returns
    -------
    ndarray
        uint8, (H, W): 1 to the number of pieces; 0 where all is ink.
    """
    sizes = np.bincount(areas.ravel())
    sizes[0] = 0
    kept = np.zeros(len(sizes), bool)
    kept[np.argsort(-sizes, kind="stable")[:MOST]] = True
    kept[0] = False
    present = kept[areas]
    if not present.any():
        return np.zeros(areas.shape, np.uint8)
    return nearest_value(present, np.cumsum(kept)[areas[present]]).astype(np.uint8)


def with_surroundings(
    lineart: NDArray[np.floating],
    hints: NDArray[np.floating],
    mask: NDArray[np.floating],
    composite: NDArray[np.floating],
    *,
    reach_px: int = 8,
    colours: int = 25,
) -> NDArray[np.float32]:
    """Let what stands around a mask hint what is painted inside.

    Parameters
    ----------
    lineart, hints : ndarray
        As in `choices`.
    mask : ndarray
        (1, H, W), in {0, 1}: where to paint.
    composite : ndarray
        (3, H, W), in [-1, 1]: the picture outside the mask; read there only.
    reach_px : int
        How far from the mask the picture is read.
    colours : int
        At most so many are told apart outside.

    Returns
    -------
    ndarray
        float32, (4, H, W): the hints that were given, and in the paper around the mask its colours.
    """
    images.check_mask(mask)
    images.check(composite, "composite", channels=3)
    inside = (mask[0] == 1).astype(np.uint8)
    near = cv2.dilate(inside, np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)) == 1
    told = near & (inside == 0) & (lineart[0] >= 0) & (hints[3] == 0)
    made = np.array(hints, np.float32)
    if told.any():
        found, number, areas = np.unique(
            images.to_bytes(composite[:, told]), axis=1, return_inverse=True, return_counts=True
        )
        palette = fewer_colours(images.to_signed(found).T, areas, colours)
        made[:3, told] = palette[number.ravel()].T
        made[3, told] = 1
    return made


def stack(batch: Sequence[Choices]) -> Choices:
    """Join batches of pictures of one size; colours are padded with zeros.

    Raises
    ------
    ValueError
        There is nothing to join, or the sizes differ.
    """
    sizes = sorted({tuple(one.lineart.shape[2:]) for one in batch})
    if len(sizes) != 1:
        raise ValueError(f"expected pictures of one size; got {sizes or 'none at all'}")
    most = max(one.colours.shape[1] for one in batch)
    padded = [
        torch.nn.functional.pad(one.colours, (0, 0, 0, most - one.colours.shape[1]))
        for one in batch
    ]
    return Choices(
        torch.cat([one.lineart for one in batch]),
        torch.cat([one.markers for one in batch]),
        torch.cat([one.fills for one in batch]),
        torch.cat([one.pieces for one in batch]),
        torch.cat(padded),
        torch.cat([one.counts for one in batch]),
    )


def painted(labels: Tensor, colours: Tensor) -> Tensor:
    """Give labels their colours; 0, no label, becomes mid grey, which is 0.

    Parameters
    ----------
    labels : Tensor
        uint8 (B, H, W).
    colours : Tensor
        float32 (B, K, 3), in [-1, 1].

    Returns
    -------
    Tensor
        float32 (B, 3, H, W), in [-1, 1].
    """
    table = torch.cat([torch.zeros_like(colours[:, :1]), colours], dim=1)  # (B, 1 + K, 3)
    rows = torch.arange(len(labels), device=labels.device)[:, None, None]
    return table[rows, labels.long()].permute(0, 3, 1, 2)
