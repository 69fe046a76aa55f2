"""Change whole batches of pairs at once: mirror, crop, scale, recolour, damage or colour lines.

What belongs together changes together: lines and colours of one picture get the same mirror and
the same crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from lineart_lib.recipe.damage import Damage, damaged


@dataclass(frozen=True)
class Augmentation:
    """How much of each change; all zeros, and a scale of 1, change nothing."""

    mirror: float = 0.5
    """Share of the pictures that are mirrored, in [0, 1]."""
    least_scale: float = 0.75
    """A crop keeps at least this share of the side, in (0, 1]; it is enlarged to the full size."""
    hue_turns: float = 0.08
    """Farthest turn of all hues of a picture, in [0, 0.5] of the circle, either way."""
    saturation: float = 0.2
    """Most that saturation is raised or lowered, as a share of itself, in [0, 1]."""
    damage: float = 0.0
    """Share of the linearts that are damaged, in [0, 1]; this one step works picture by picture."""

    def __post_init__(self) -> None:
        ranges = {"mirror": 1, "hue_turns": 0.5, "saturation": 1, "damage": 1}
        for field, most in ranges.items():
            if not 0 <= getattr(self, field) <= most:
                raise ValueError(f"{field} must lie in [0, {most}]; got {getattr(self, field)}")
        if not 0 < self.least_scale <= 1:
            raise ValueError(f"least_scale must lie in (0, 1]; got {self.least_scale}")


PLAIN = Augmentation(mirror=0, least_scale=1, hue_turns=0, saturation=0)
"""Changes nothing."""


def augment(
    lineart: Tensor,
    picture: Tensor,
    settings: Augmentation,
    draw: torch.Generator,
    damage: Damage | None = None,
) -> tuple[Tensor, Tensor]:
    """Change a batch of pairs.

    Parameters
    ----------
    lineart, picture : Tensor
        float32 (B, 1, H, W) and (B, 3, H, W), in [-1, 1].
    settings : Augmentation
    draw : torch.Generator
        Draws everything; equal states give equal batches.
    damage : Damage, optional
        How lines are damaged where they are.

    Returns
    -------
    lineart, picture : Tensor
        Of the same shapes and range. What a mirror alone changed has the values it had.
    """
    joined = torch.cat([lineart, picture], dim=1)  # (B, 4, H, W)
    turned = torch.rand(len(joined), generator=draw) < settings.mirror
    if settings.least_scale < 1:
        joined = cropped(joined, settings.least_scale, turned, draw)
    elif turned.any():
        joined = torch.where(turned[:, None, None, None], joined.flip(3), joined)
    lineart, picture = joined[:, :1], joined[:, 1:]
    if settings.hue_turns or settings.saturation:
        picture = recoloured(picture, settings.hue_turns, settings.saturation, draw)
    if settings.damage:
        lineart = lineart.clone()
        for row in torch.rand(len(lineart), generator=draw).lt(settings.damage).nonzero()[:, 0]:
            seed = int(torch.randint(2**31, (), generator=draw))
            art = damaged(lineart[row].numpy(), np.random.default_rng(seed), damage)
            lineart[row] = torch.from_numpy(art)
    return lineart, picture


def cropped(batch: Tensor, least_scale: float, turned: Tensor, draw: torch.Generator) -> Tensor:
    """Cut a square window out of each picture, by chance, and enlarge it to the old size.

    Parameters
    ----------
    batch : Tensor
        (B, C, H, W).
    least_scale : float
        The side of a window is drawn evenly from this share of the old one to all of it.
    turned : Tensor
        bool (B,): which pictures are mirrored too, from left to right.
    draw : torch.Generator
        Draws sides and places.

    Returns
    -------
    Tensor
        (B, C, H, W), bilinear.
    """
    count, _, height, width = batch.shape
    chance = torch.rand(3, count, generator=draw)
    scale = least_scale + (1 - least_scale) * chance[0]
    # A window of side s has its centre within 1 - s of the middle, in units of half the side.
    middle = (2 * chance[1:] - 1) * (1 - scale)
    x, y = (torch.arange(side).mul(2).add(1).div(side) - 1 for side in (width, height))
    x = (scale * torch.where(turned, -1, 1))[:, None] * x + middle[0, :, None]
    y = scale[:, None] * y + middle[1, :, None]
    grid = torch.empty(count, height, width, 2)  # rows and columns apart: a crop does not turn
    grid[..., 0] = x[:, None, :]
    grid[..., 1] = y[:, :, None]
    return grid_sample(batch, grid, padding_mode="border", align_corners=False)


def recoloured(picture: Tensor, hue_turns: float, saturation: float, draw: torch.Generator):
    """Turn the hues of each picture by one angle, and scale its saturation; greys stay.

    The turn is a rotation of RGB about its grey axis, so black lines stay black and paper stays
    white. What leaves the range is cut.

    Parameters
    ----------
    picture : Tensor
        float32 (B, 3, H, W), in [-1, 1].
    hue_turns, saturation : float
        As in `Augmentation`.
    draw : torch.Generator
        Draws an angle and a factor for each picture.

    Returns
    -------
    Tensor
        (B, 3, H, W).
    """
    chance = 2 * torch.rand(2, len(picture), generator=draw) - 1
    angle = 2 * math.pi * hue_turns * chance[0]
    factor = 1 + saturation * chance[1]
    # Rodrigues' formula about the axis (1, 1, 1) / sqrt 3, without the part along the axis, which
    # is the mean of the channels: that part is added back unscaled.
    mean = torch.full((3, 3), 1 / 3)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turn = torch.cos(angle)[:, None, None] * (torch.eye(3) - mean)
    turn = turn + torch.sin(angle)[:, None, None] * cross
    matrix = mean + factor[:, None, None] * turn  # (B, 3, 3)
    return (matrix @ picture.flatten(2)).view_as(picture).clamp(-1, 1)


def with_coloured_ink(lineart, picture, ink):
    """Draw the black lines of pictures in other colours.

    Where a share a of a pixel is black ink, the pixel is (1 - a) times what lies under it. Ink of
    another colour adds a times that colour.

    Parameters
    ----------
    lineart, picture : ndarray or Tensor
        (..., 1, H, W) and (..., 3, H, W), floating, in [-1, 1]. The picture holds the lines.
    ink : ndarray or Tensor
        (..., 3, 1, 1), red, green and blue in [0, 1]; 0 is the black that was there.

    Returns
    -------
    ndarray or Tensor
        As `picture`. The lineart stays what it is: ink is ink in any colour.
    """
    return (picture + (1 - lineart) * ink).clip(-1, 1)
