"""Diffusion: the process that adds noise, the samplers that walk it back, and where they start.

The three parts of a diffusion model stay three things here. ``process`` knows how noise is added
and how one prediction turns into another; ``samplers`` knows how to walk back; the network is
whatever the caller trained. They meet in one contract, ``denoise(x_t, t) -> x_0``.
"""

from lineart_lib.diffusion.corruption import CORRUPTIONS, corrupted, corruption_step, steps_down
from lineart_lib.diffusion.process import (
    Schedule,
    add_noise,
    as_epsilon,
    as_v,
    as_x_0,
    class_denoiser,
    cosine_schedule,
    denoiser,
    guide,
    linear_schedule,
    root_linear_schedule,
    target,
    timesteps,
)
from lineart_lib.diffusion.samplers import ddim, ddpm, dpm_solver_pp_2m, keep_known

__all__ = [
    "CORRUPTIONS",
    "Schedule",
    "add_noise",
    "as_epsilon",
    "as_v",
    "as_x_0",
    "class_denoiser",
    "corrupted",
    "corruption_step",
    "cosine_schedule",
    "ddim",
    "ddpm",
    "denoiser",
    "dpm_solver_pp_2m",
    "guide",
    "keep_known",
    "linear_schedule",
    "root_linear_schedule",
    "steps_down",
    "target",
    "timesteps",
]
