"""Colour a drawing in a few steps, in as many variations as are wanted.

The network answers once from nothing: its first answer, the same for every seed. Noise is added to
that, as much as the dial says, and taken away again in a few steps. Without noise the first answer
is the picture; with all of it nothing is left of that answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lineart_lib import images
from lineart_lib.diffusion.corruption import corrupted, steps_down
from lineart_lib.diffusion.noise import Colour, draw_noise
from lineart_lib.diffusion.process import Denoise, Schedule, cosine_schedule
from lineart_lib.diffusion.samplers import ddim
from lineart_lib.models.fewsteps import FewSteps, Given
from lineart_lib.runtime import generator

MOST_STEPS = 8
"""Calls of the network after the first answer."""


@torch.no_grad()
def first_answer(model: FewSteps, given: Given) -> Tensor:
    """Return what the network makes of lines, hints and fills alone: (B, 3, H, W), in [-1, 1]."""
    like = given.lineart[:, :, :1, :1]
    nothing = torch.zeros_like(given.composite)
    return model(nothing, torch.zeros_like(like), torch.ones_like(like), given).clamp(-1, 1)


@torch.no_grad()
def vary(
    model: FewSteps,
    given: Given,
    strength: float,
    seeds: Sequence[int],
    *,
    steps: int = MOST_STEPS,
    noise: Colour = "pink",
    guide: Tensor | None = None,
    schedule: Schedule | None = None,
) -> Tensor:
    """Colour.

    Parameters
    ----------
    model : FewSteps
        Trained, in evaluation mode.
    given : Given
        B pictures.
    strength : float
        The dial, in [0, 1]: share of the schedule that the guide is noised by. At 0 the guide is
        returned, whatever the seeds.
    seeds : sequence of int
        B of them. A picture with the same seed gets the same colours, whatever else is in the
        batch, up to rounding.
    steps : int
        Most calls of the network, at least 1.
    noise : {"pink", "white"}
        As in training.
    guide : Tensor, optional
        (B, 3, H, W), in [-1, 1]: a colour layer to vary. The network's first answer by default.
    schedule : Schedule, optional
        As in training; the cosine of a thousand steps by default.

    Returns
    -------
    Tensor
        (B, 3, H, W), in [-1, 1], the colour layer without lines; `finished` lays them over it.

    Raises
    ------
    ValueError
        There is another number of seeds, or strength or steps are out of range.
    """
    if len(seeds) != len(given.lineart):
        raise ValueError(f"expected a seed for each of {len(given.lineart)} pictures; got {seeds}")
    schedule = schedule or cosine_schedule()
    chosen = steps_down(schedule, strength, steps)
    guide = first_answer(model, given) if guide is None else guide
    if not len(chosen):
        return guide
    shape = tuple(guide.shape[1:])
    drawn = torch.stack([draw_noise(noise, shape, generator(int(seed))) for seed in seeds])
    start = corrupted(schedule, guide, strength, drawn.to(guide))
    return ddim(guesser(model, given, schedule), schedule, start, chosen).clamp(-1, 1)


def guesser(model: FewSteps, given: Given, schedule: Schedule) -> Denoise:
    """Wrap the network into the contract of the samplers, ``denoise(x_t, t) -> x_0``."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return model(x, *schedule.at(t, x), given).clamp(-1, 1)

    return denoise


def finished(colour: Tensor, given: Given) -> Tensor:
    """Lay the lines over a colour layer where the mask is 1, and keep the rest, to the bit.

    Parameters
    ----------
    colour : Tensor
        (B, 3, H, W), in [-1, 1].
    given : Given

    Returns
    -------
    Tensor
        (B, 3, H, W), in [-1, 1].
    """
    both = images.from_unit(images.to_unit(colour) * images.to_unit(given.lineart))
    return torch.where(given.mask.bool(), both, given.composite)
