"""Digits as the input of a convolution: laid out, parted, moved about."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from lineart_lib.models.cnn import SIDE
from lineart_lib.recipe.dataset import Digits
from lineart_lib.training.classification import Split


def split_digits(digits: Digits, images: int, draw: torch.Generator) -> tuple[Split, Split]:
    """Take the first pictures and keep a fifth of them, drawn at random, for validation.

    Parameters
    ----------
    digits : Digits
        The training file.
    images : int
        Pictures to take, at least 5.
    draw : torch.Generator
        Decides which picture goes where.

    Returns
    -------
    train, validation : Split
        Inputs float32 (N, 1, 28, 28) in [0, 1].
    """
    first, second = (
        Split(as_pictures(part), part.labels) for part in digits[:images].split(draw, fraction=0.8)
    )
    return first, second


def as_pictures(digits: Digits) -> Tensor:
    """Return digits as the input of a convolution: float32 (N, 1, 28, 28) in [0, 1]."""
    return digits.inputs().reshape(-1, 1, SIDE, SIDE)


def shifted(images: Tensor, most_px: int, draw: torch.Generator) -> Tensor:
    """Move each picture by its own whole number of pixels; what comes in is background.

    Parameters
    ----------
    images : Tensor
        (B, 1, H, W), 0 is the background.
    most_px : int
        Each shift is drawn evenly from -most_px … most_px, down and across; at least 0.
    draw : torch.Generator
        Draws the shifts.

    Returns
    -------
    Tensor
        As `images`.
    """
    batch, _, height, width = images.shape
    corners = torch.randint(0, 2 * most_px + 1, (2, batch), generator=draw)
    views = pad(images, (most_px,) * 4)[:, 0].unfold(1, height, 1).unfold(2, width, 1)
    return views[torch.arange(batch), corners[0], corners[1]].unsqueeze(1)
