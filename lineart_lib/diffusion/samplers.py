"""Samplers: plain functions that walk from noise back to a picture.

Each takes ``denoise(x_t, t) -> x_0`` and a list of steps from the noisiest down, and gives back
the picture after the last. They differ only in how they use the same estimates.

``start`` is whatever the walk starts from: pure noise, or a picture to which some noise was
added, with the list of steps cut to match. The second is how a finished picture is varied.

References
----------
.. [1] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, equation 7.
.. [2] Song, Meng, Ermon, "Denoising Diffusion Implicit Models", 2020, equations 12 and 16.
.. [3] Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic
   Models", 2022, algorithm 2.
.. [4] Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models",
   2022, equation 8.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lineart_lib.diffusion.process import Denoise, Schedule, add_noise

Callback = Callable[[int, Tensor, Tensor], None]
Constrain = Callable[[Tensor, int], Tensor]


@torch.no_grad()
def ddpm(
    denoise: Denoise,
    schedule: Schedule,
    start: Tensor,
    steps: Tensor,
    generator: torch.Generator,
    *,
    constrain: Constrain | None = None,
    callback: Callback | None = None,
) -> Tensor:
    """Sample the chain's own posterior: every step adds fresh noise ([1]_, equation 7).

    Parameters
    ----------
    denoise : callable
        ``denoise(x_t, t) -> x_0``; ``t`` has shape (batch,).
    schedule : Schedule
        The noise of each step.
    start : Tensor
        ``x_t`` at ``steps[0]``, shape (batch, ...).
    steps : Tensor
        Steps to visit, falling, from :func:`lineart_lib.diffusion.process.timesteps`.
    generator : torch.Generator
        Source of the noise.
    constrain : callable, optional
        ``constrain(x, t) -> x`` after each step, such as :func:`keep_known`; ``t`` is the step
        reached, -1 for the clean picture.
    callback : callable, optional
        ``callback(t, x_t, x_0)`` before each step, to watch.
    """
    x = start
    for t, previous in _pairs(steps, schedule):
        x_0 = denoise(x, _batch(t, x))
        if callback:
            callback(t, x, x_0)
        alpha_bar, alpha_bar_previous = _alpha_bar(schedule, t), _alpha_bar(schedule, previous)
        alpha = alpha_bar / alpha_bar_previous
        left = (1 - alpha_bar_previous) / (1 - alpha_bar)  # noise left, as a share
        x = alpha_bar_previous**0.5 * (1 - alpha) / (1 - alpha_bar) * x_0 + alpha**0.5 * left * x
        if previous >= 0:
            x = x + (left * (1 - alpha)) ** 0.5 * _noise(x, generator)
        x = constrain(x, previous) if constrain else x
    return x


@torch.no_grad()
def ddim(
    denoise: Denoise,
    schedule: Schedule,
    start: Tensor,
    steps: Tensor,
    generator: torch.Generator | None = None,
    *,
    eta: float = 0.0,
    constrain: Constrain | None = None,
    callback: Callback | None = None,
) -> Tensor:
    """Sample with as little fresh noise as wanted ([2]_, equations 12 and 16).

    ``eta`` = 0 adds none: the same start gives the same picture. ``eta`` = 1 is the DDPM.
    Other parameters as in :func:`ddpm`.
    """
    if eta and generator is None:
        raise ValueError(f"eta = {eta} adds noise: pass a torch.Generator for it")
    x = start
    for t, previous in _pairs(steps, schedule):
        x_0 = denoise(x, _batch(t, x))
        if callback:
            callback(t, x, x_0)
        alpha_bar, alpha_bar_previous = _alpha_bar(schedule, t), _alpha_bar(schedule, previous)
        epsilon = (x - alpha_bar**0.5 * x_0) / (1 - alpha_bar) ** 0.5
        fresh = (1 - alpha_bar_previous) / (1 - alpha_bar) * (1 - alpha_bar / alpha_bar_previous)
        sigma = eta * fresh**0.5
        x = alpha_bar_previous**0.5 * x_0 + (1 - alpha_bar_previous - sigma**2) ** 0.5 * epsilon
        if sigma > 0:
            x = x + sigma * _noise(x, generator)
        x = constrain(x, previous) if constrain else x
    return x


@torch.no_grad()
def dpm_solver_pp_2m(
    denoise: Denoise,
    schedule: Schedule,
    start: Tensor,
    steps: Tensor,
    *,
    constrain: Constrain | None = None,
    callback: Callback | None = None,
) -> Tensor:
    """Solve the sampling equation to second order, reusing the last estimate ([3]_, algorithm 2).

    One call of ``denoise`` a step, like DDIM, whose first-order rule it takes at both ends.
    Other parameters as in :func:`ddpm`.
    """
    x, x_0_before, step_before = start, None, None
    for t, previous in _pairs(steps, schedule):
        x_0 = denoise(x, _batch(t, x))
        if callback:
            callback(t, x, x_0)
        if previous < 0:  # no noise is left: the estimate is the picture
            x = x_0
        else:
            step = _half_log_snr(schedule, previous) - _half_log_snr(schedule, t)
            estimate = x_0
            if x_0_before is not None:  # extrapolate the estimate by the slope of the last step
                estimate = x_0 + (x_0 - x_0_before) * step / (2 * step_before)
            alpha_bar, alpha_bar_previous = _alpha_bar(schedule, t), _alpha_bar(schedule, previous)
            shrink = ((1 - alpha_bar_previous) / (1 - alpha_bar)) ** 0.5
            gain = alpha_bar_previous**0.5 * -torch.expm1(-step).item()
            x, x_0_before, step_before = shrink * x + gain * estimate, x_0, step
        x = constrain(x, previous) if constrain else x
    return x


def keep_known(
    schedule: Schedule, known: Tensor, mask: Tensor, generator: torch.Generator
) -> Constrain:
    """Fill only where the mask is 1: put the known picture, noised to the step, elsewhere ([4]_).

    Parameters
    ----------
    known : Tensor
        The clean picture, shape (batch, channels, height, width).
    mask : Tensor
        1 where the sampler may paint, 0 where ``known`` stays; broadcastable to ``known``.

    Returns
    -------
    callable
        ``constrain(x, t)`` for a sampler; at the end, pixels outside the mask equal ``known``
        exactly.
    """

    def constrain(x: Tensor, t: int) -> Tensor:
        noised = known if t < 0 else add_noise(schedule, known, t, _noise(known, generator))
        return torch.where(mask.bool(), x, noised)

    return constrain


def _pairs(steps: Tensor, schedule: Schedule) -> list[tuple[int, int]]:
    """Return (step, next lower step), ending at -1, the clean picture."""
    chosen = steps.tolist()
    if not chosen or chosen != sorted(set(chosen), reverse=True) or chosen[-1] < 0:
        raise ValueError(f"steps must fall strictly and end at 0 or above; got {chosen[:5]} ...")
    if chosen[0] >= schedule.steps:
        raise ValueError(f"the schedule has steps 0 to {schedule.steps - 1}; got {chosen[0]}")
    return list(zip(chosen, [*chosen[1:], -1], strict=True))


def _alpha_bar(schedule: Schedule, t: int) -> float:
    return 1.0 if t < 0 else schedule.alpha_bar[t].item()


def _half_log_snr(schedule: Schedule, t: int) -> Tensor:
    alpha_bar = schedule.alpha_bar[t]
    return (alpha_bar.log() - (1 - alpha_bar).log()) / 2


def _batch(t: int, x: Tensor) -> Tensor:
    return torch.full((len(x),), t, device=x.device)


def _noise(x: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)
