"""The one contract of all colorizers: lineart, hints, mask, composite, and a prior if there is one.

A network that has no use for a plane does not read it: PaintsTorch takes lineart and hints,
StencilTorch mask and composite too. So one batch can be given to each of them in turn.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate


class Inputs(NamedTuple):
    """What a colorizer reads, a batch of B pictures; make it with `inputs_of`."""

    lineart: Tensor
    """(B, 1, H, W), in [-1, 1]: 1 is paper, -1 is full ink."""
    hints: Tensor
    """(B, 4, h, w): a colour in [-1, 1] multiplied by the mask of the hints, then that mask, in
    [0, 1]. As large as the lineart, or smaller by a whole number. Without any hint, all zeros."""
    mask: Tensor
    """(B, 1, H, W), in {0, 1}: 1 where to paint. All ones for a whole picture."""
    composite: Tensor
    """(B, 3, H, W), in [-1, 1]: the picture as it stands outside the mask, the lineart inside."""
    prior: Tensor | None = None
    """(B, 3, H, W), in [-1, 1]: what a classical fill makes of the hints."""


def inputs_of(
    lineart: Tensor,
    hints: Tensor,
    mask: Tensor | None = None,
    picture: Tensor | None = None,
    prior: Tensor | None = None,
) -> Inputs:
    """Put the inputs of a colorizer together.

    Parameters
    ----------
    lineart, hints, prior : Tensor
        As in `Inputs`.
    mask : Tensor, optional
        (B, 1, H, W), in {0, 1}: where to paint. Everywhere by default.
    picture : Tensor, optional
        (B, 3, H, W), in [-1, 1]: what stands outside the mask; read there only. Needed with a mask.

    Returns
    -------
    Inputs

    Raises
    ------
    ValueError
        A shape or the mask is not as the contract says, or one of mask and picture is missing.
    """
    if (mask is None) != (picture is None):
        raise ValueError(
            "mask and picture belong together: the one says where to paint, the other what stands "
            f"elsewhere; got {'no mask' if mask is None else 'no picture'}"
        )
    art = lineart.expand(-1, 3, -1, -1) if lineart.ndim == 4 else lineart
    if mask is None:
        made = Inputs(lineart, hints, torch.ones_like(lineart), art, prior)
        check_inputs(made)
        return made
    check_inputs(Inputs(lineart, hints, mask, picture, prior))
    if not ((mask == 0) | (mask == 1)).all():
        raise ValueError("mask must hold 0 and 1 only: threshold a soft one first")
    return Inputs(lineart, hints, mask, torch.where(mask.bool(), art, picture), prior)


def check_inputs(inputs: Inputs, step: int = 1) -> None:
    """Refuse shapes that break the contract, or sides that are no multiples of `step`.

    Raises
    ------
    ValueError
        Says what came, what was expected and the mend.
    """
    lineart, hints = inputs.lineart, inputs.hints
    if lineart.ndim != 4 or lineart.shape[1] != 1:
        raise ValueError(f"lineart must be (B, 1, H, W); got {tuple(lineart.shape)}")
    batch, _, height, width = lineart.shape
    for name, channels in (("mask", 1), ("composite", 3), ("prior", 3)):
        plane = getattr(inputs, name)
        if plane is not None and plane.shape != (batch, channels, height, width):
            raise ValueError(
                f"{name} must be {(batch, channels, height, width)} beside this lineart; got "
                f"{tuple(plane.shape)}"
            )
    if hints.ndim != 4 or hints.shape[:2] != (batch, 4):
        raise ValueError(
            f"hints must be ({batch}, 4, h, w); got {tuple(hints.shape)}: did you drop the mask "
            "channel?"
        )
    if height % step or width % step:
        raise ValueError(
            f"sides must be multiples of {step}; got {height} x {width}: pad the picture"
        )
    shrunk = height // hints.shape[2]
    if hints.shape[2:] != (height // max(shrunk, 1), width // max(shrunk, 1)) or not shrunk:
        raise ValueError(
            f"hints must be as large as the lineart, {height} x {width}, or smaller by a whole "
            f"number; got {hints.shape[2]} x {hints.shape[3]}"
        )


def hints_at(hints: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring hints to a size: means over squares, or each pixel repeated.

    Since the colour is multiplied by the mask, a mean of both keeps the colour of what is hinted.

    Parameters
    ----------
    hints : Tensor
        (B, 4, h, w).
    size : (int, int)
        Height and width, a whole number of times larger or smaller.

    Returns
    -------
    Tensor
        (B, 4, *size).

    Raises
    ------
    ValueError
        Neither size is a multiple of the other.
    """
    old = tuple(hints.shape[2:])
    if old == tuple(size):
        return hints
    if old[0] % size[0] == 0 and old[1] % size[1] == 0:
        return avg_pool2d(hints, (old[0] // size[0], old[1] // size[1]))
    if size[0] % old[0] == 0 and size[1] % old[1] == 0:
        return interpolate(hints, size=size, mode="nearest")
    raise ValueError(f"hints of {old} cannot be brought to {tuple(size)} by a whole number")


def filled_hints_at(hints: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring hints to a smaller size, where each square that holds any hint counts as hinted whole.

    Networks that learned from strokes drawn at that size have seen no half-hinted square. A thin
    line, a quarter of whose pixels fill a square, would look to them like a faint hint.

    Parameters
    ----------
    hints : Tensor
        (B, 4, h, w).
    size : (int, int)
        Height and width, a whole number of times smaller, or the same.

    Returns
    -------
    Tensor
        (B, 4, *size), the mask in {0, 1}; a colour is the mean of what is hinted in the square.

    Raises
    ------
    ValueError
        The size does not divide.
    """
    small = hints_at(hints, size)
    share = small[:, 3:]
    present = (share > 0).to(small.dtype)
    colour = small[:, :3] / torch.where(share > 0, share, 1)
    return torch.cat([colour.clamp(-1, 1) * present, present], dim=1)
