"""Sheets of samples: what a colorizer makes of a few drawings that it never learns from.

The loop asks for one every `sample_every` steps, and keeps it as a picture in the run's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from lineart_lib import images
from lineart_lib.recipe.hints import region_hints
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.smaller import smaller
from lineart_lib.training.loop import Sample
from lineart_lib.training.machines import place

EACH = 2
"""Drawings of each part."""
HINTED = 0.5
"""Share of their regions that is hinted, the largest first."""


class Watched(NamedTuple):
    """The drawings of a sheet, the same on every one of them."""

    lineart: Tensor
    """float32 (B, 1, H, W), in [-1, 1]."""
    hints: Tensor
    """float32 (B, 4, H, W), premultiplied, mask in {0, 1}."""
    picture: Tensor
    """float32 (B, 3, H, W), in [-1, 1]: the artist's, with its lines."""


def watched(parts: Sequence[Pictures], size_px: int = 0) -> Watched:
    """Take a few drawings of each part, evenly spread, and hint them.

    Parameters
    ----------
    parts : sequence of Pictures
        Of one size.
    size_px : int
        Side to bring them to; it divides their own. 0 leaves them as they are.
    """
    rows = []
    for whole in parts:
        part = whole.spread(EACH)
        part = smaller(part, size_px) if size_px else part
        for art, colour, regions, picture in zip(
            part.lineart, part.colour, part.regions, part.illustration, strict=True
        ):
            hints = region_hints(images.to_picture(colour), regions, HINTED)
            rows.append((images.to_lineart(art), hints, images.to_picture(picture)))
    return Watched(*(torch.from_numpy(np.stack(plane)) for plane in zip(*rows, strict=True)))


def sheets(
    drawings: Callable[[], Watched],
    paint: Callable[[nn.Module, Watched], Tensor],
    *,
    lines: bool,
) -> Sample:
    """Say how a training paints its sheets.

    Parameters
    ----------
    drawings : callable
        Loads them; called once, for the first sheet.
    paint : callable
        ``paint(model, drawings)`` returns pictures (B, 3, H, W). The drawings lie on the device of
        the model, which is in evaluation mode; no gradient is kept.
    lines : bool
        Whether it paints the lines too; else they are laid over the colours.

    Returns
    -------
    callable
        For `lineart_lib.training.loop.play`. A sheet has a row for each drawing: the lineart with
        its hints, what was made, the artist's picture.
    """
    loaded = cache(drawings)

    def sample(model: nn.Module, step: int) -> np.ndarray:
        known = loaded()
        made = paint(model, place(known, next(model.parameters()).device, False))
        made = made.float().clamp(-1, 1).cpu()
        if not lines:
            made = images.from_unit(images.to_unit(made) * images.to_unit(known.lineart))
        given = torch.where(known.hints[:, 3:] > 0, known.hints[:, :3], known.lineart)
        columns = torch.cat([given, made, known.picture], dim=3)  # (B, 3, H, 3 W)
        return images.to_pixels(torch.cat(list(columns), dim=1).numpy())

    return sample
