"""Where sampling starts: a guide plus a chosen amount of noise, from faithful to free.

A guide that is noised a little and then denoised stays close to itself; noised more, it only
decides the rough layout. The share of the schedule that is run backwards is called corruption in
the dissertation.

References
----------
.. [1] Meng et al., "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential
   Equations", 2022, section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lineart_lib.diffusion.process import Schedule, add_noise, timesteps

CORRUPTIONS = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)
"""Those that the dissertation shows."""


def corruption_step(schedule: Schedule, corruption: float) -> int:
    """Return the step up to which a guide is noised.

    Parameters
    ----------
    corruption : float
        Share of the schedule, in [0, 1].

    Returns
    -------
    int
        In [-1, steps); -1, for no corruption, is the guide itself.

    Raises
    ------
    ValueError
        The share lies outside [0, 1].
    """
    if not 0 <= corruption <= 1:
        raise ValueError(f"corruption must lie in [0, 1]; got {corruption}: 50 % is 0.5")
    return round(corruption * schedule.steps) - 1


def corrupted(schedule: Schedule, guide: Tensor, corruption: float, epsilon: Tensor) -> Tensor:
    """Add as much noise as the corruption says.

    Even at 1 a trace of the guide is left, as much as the last step of the schedule leaves.

    Parameters
    ----------
    guide, epsilon : Tensor
        (B, …), and standard normal noise of the same shape.
    corruption : float
        In [0, 1]; at 0 the guide comes back.

    Returns
    -------
    Tensor
        The shape of `guide`.
    """
    step = corruption_step(schedule, corruption)
    return guide if step < 0 else add_noise(schedule, guide, step, epsilon)


def steps_down(schedule: Schedule, corruption: float, n: int) -> Tensor:
    """Choose the steps for a sampler that starts at `corrupted`.

    Parameters
    ----------
    corruption : float
        In [0, 1].
    n : int
        How many to visit at most, at least 1; less where the way is shorter.

    Returns
    -------
    Tensor
        int64, falling, from `corruption_step`; empty for no corruption: there is nothing to remove.

    Raises
    ------
    ValueError
        The share lies outside [0, 1], or n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")
    length = corruption_step(schedule, corruption) + 1
    if not length:
        return torch.empty(0, dtype=torch.int64)
    return timesteps(length, min(n, length), "trailing")
