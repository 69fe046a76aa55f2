"""How noise is added to a picture, and how a network's prediction is read.

Notation, the same everywhere: ``alpha_bar`` is the share of the signal's variance that is left
after ``t`` steps, so that ``x_t = sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) epsilon``.
The derivations stand in the book's chapter on diffusion.

References
----------
.. [1] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, equations 4 and 7.
.. [2] Nichol, Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021, equation 17.
.. [3] Salimans, Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", 2022,
   appendix D (the v prediction).
.. [4] Ho, Salimans, "Classifier-Free Diffusion Guidance", 2022, equation 6.
.. [5] Rombach, Blattmann, Lorenz, Esser, Ommer, "High-Resolution Image Synthesis with Latent
   Diffusion Models", 2022 (its public code).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

Prediction = Literal["epsilon", "x_0", "v"]
Spacing = Literal["leading", "trailing", "linspace"]
Denoise = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Schedule:
    """The noise that a picture has met after each step.

    Attributes
    ----------
    alpha_bar : Tensor
        Shape (steps,), float64, in (0, 1), never rising: the share of the signal's variance
        left at each step.
    """

    alpha_bar: Tensor

    def __post_init__(self) -> None:
        alpha_bar = self.alpha_bar
        if alpha_bar.ndim != 1 or not len(alpha_bar):
            raise ValueError(
                f"alpha_bar must be one value a step, shape (steps,); got {tuple(alpha_bar.shape)}"
            )
        if not ((alpha_bar > 0).all() and (alpha_bar < 1).all()):
            raise ValueError(
                f"alpha_bar must stay between 0 and 1; got {alpha_bar.min():.3g} to "
                f"{alpha_bar.max():.3g}: no step may keep all of the signal, or none of it"
            )
        if (alpha_bar.diff() > 0).any():
            raise ValueError("alpha_bar must not rise: noise is only ever added")

    @property
    def steps(self) -> int:
        """The number of noising steps."""
        return len(self.alpha_bar)

    def at(self, t: Tensor | int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weights of signal and noise at step ``t``, shaped to multiply ``like``.

        Parameters
        ----------
        t : Tensor or int
            Steps in [0, steps), shape (batch,), or one step for all.
            The step -1 stands for the clean picture.
        like : Tensor
            The batch that the weights will multiply, shape (batch, ...).

        Returns
        -------
        signal, noise : Tensor
            ``sqrt(alpha_bar)`` and ``sqrt(1 - alpha_bar)``, shape (batch or 1, 1, ...), the
            type and device of ``like``.
        """
        t = torch.as_tensor(t, device=self.alpha_bar.device).reshape(-1)
        if (t < -1).any() or (t >= self.steps).any():
            raise ValueError(
                f"steps run from 0 to {self.steps - 1} (-1 is the clean picture); "
                f"got {t.min().item()} to {t.max().item()}"
            )
        alpha_bar = torch.where(t < 0, 1.0, self.alpha_bar[t.clamp(min=0)])
        alpha_bar = alpha_bar.reshape(-1, *[1] * (like.ndim - 1))  # (batch, 1, ...)
        return alpha_bar.sqrt().to(like), (1 - alpha_bar).sqrt().to(like)


def linear_schedule(
    steps: int = 1000, beta_start: float = 1e-4, beta_end: float = 0.02
) -> Schedule:
    """Return the schedule whose variance per step grows linearly [1]_ (section 4)."""
    beta = torch.linspace(beta_start, beta_end, steps, dtype=torch.float64)
    return Schedule((1 - beta).cumprod(0))


def cosine_schedule(steps: int = 1000, offset: float = 0.008, beta_max: float = 0.999) -> Schedule:
    """Return the schedule that follows a squared cosine [2]_: gentler at both ends.

    ``beta_max`` bounds the noise of one step, so that the last ones stay finite.
    """
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    f = torch.cos((t + offset) / (1 + offset) * math.pi / 2) ** 2
    beta = (1 - f[1:] / f[:-1]).clamp(max=beta_max)
    return Schedule((1 - beta).cumprod(0))


def root_linear_schedule(
    steps: int = 1000, beta_start: float = 1e-4, beta_end: float = 0.02
) -> Schedule:
    """Return the schedule whose noise per step, not its variance, grows linearly [5]_.

    Latent diffusion uses it: more of a latent's small signal is left in the middle.
    """
    beta = torch.linspace(beta_start**0.5, beta_end**0.5, steps, dtype=torch.float64).square()
    return Schedule((1 - beta).cumprod(0))


def add_noise(schedule: Schedule, x_0: Tensor, t: Tensor | int, epsilon: Tensor) -> Tensor:
    """Jump from the clean picture to step ``t`` at once ([1]_, equation 4).

    Parameters
    ----------
    x_0 : Tensor
        Clean pictures, shape (batch, ...), in [-1, 1].
    t : Tensor or int
        Steps, shape (batch,), or one for all.
    epsilon : Tensor
        Standard normal noise, the shape of ``x_0``.
    """
    signal, noise = schedule.at(t, x_0)
    return signal * x_0 + noise * epsilon


def target(kind: Prediction, schedule: Schedule, x_0: Tensor, t: Tensor, epsilon: Tensor) -> Tensor:
    """Return what a network that predicts ``kind`` should answer."""
    _check_kind(kind)
    signal, noise = schedule.at(t, x_0)
    return {"epsilon": epsilon, "x_0": x_0, "v": signal * epsilon - noise * x_0}[kind]


def as_x_0(
    kind: Prediction, schedule: Schedule, output: Tensor, x_t: Tensor, t: Tensor | int
) -> Tensor:
    """Read a network's output as the clean picture.

    Dividing by the signal's weight makes the epsilon form delicate where little signal is left;
    the v form needs no division.
    """
    _check_kind(kind)
    signal, noise = schedule.at(t, x_t)
    if kind == "epsilon":
        return (x_t - noise * output) / signal
    return output if kind == "x_0" else signal * x_t - noise * output


def as_epsilon(
    kind: Prediction, schedule: Schedule, output: Tensor, x_t: Tensor, t: Tensor | int
) -> Tensor:
    """Read a network's output as the noise."""
    _check_kind(kind)
    signal, noise = schedule.at(t, x_t)
    if kind == "x_0":
        return (x_t - signal * output) / noise
    return output if kind == "epsilon" else noise * x_t + signal * output


def as_v(
    kind: Prediction, schedule: Schedule, output: Tensor, x_t: Tensor, t: Tensor | int
) -> Tensor:
    """Read a network's output as the velocity ``v`` ([3]_)."""
    if kind == "v":
        return output
    signal, noise = schedule.at(t, x_t)
    epsilon = as_epsilon(kind, schedule, output, x_t, t)
    return signal * epsilon - noise * as_x_0(kind, schedule, output, x_t, t)


def denoiser(
    network: Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    kind: Prediction,
    clip: float | None = None,
) -> Denoise:
    """Wrap a network into the contract of the samplers, ``denoise(x_t, t) -> x_0``.

    Parameters
    ----------
    network : callable
        Takes (x_t, t) with ``t`` of shape (batch,) and predicts ``kind``.
    clip : float, optional
        Bound the clean picture to [-clip, clip], as pictures are. Default: no bound.
    """

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        x_0 = as_x_0(kind, schedule, network(x_t, t), x_t, t)
        return x_0 if clip is None else x_0.clamp(-clip, clip)

    return denoise


def guide(conditional: Denoise, unconditional: Denoise, scale: float) -> Denoise:
    """Push the denoised picture away from the unconditional one ([4]_).

    The paper writes ``(1 + w) conditional - w unconditional`` for epsilon. Since x_0 is affine in
    epsilon at a given step, the same combination of x_0 is the same guidance; here
    ``scale = 1 + w``: 0 ignores the condition, 1 is plain conditional sampling.
    """

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        without = unconditional(x_t, t)
        return without + scale * (conditional(x_t, t) - without)

    return denoise


def class_denoiser(
    network: Callable[[Tensor, Tensor, Tensor], Tensor],
    schedule: Schedule,
    kind: Prediction,
    labels: Tensor,
    no_label: int,
    *,
    scale: float = 1.0,
    clip: float | None = 1.0,
) -> Denoise:
    """Wrap a network that was trained with forgotten labels, guided as far as wanted ([4]_).

    Parameters
    ----------
    network : callable
        Takes (x_t, t, labels) and predicts ``kind``.
    labels : Tensor
        int64 (batch,), what each picture shall show.
    no_label : int
        The label that tells nothing.
    scale : float
        As in :func:`guide`. At 0 and at 1 the network is called once a step, otherwise twice.
    clip : float, optional
        Bound the guided picture to [-clip, clip].
    """

    def told(labels: Tensor) -> Denoise:
        return denoiser(lambda x_t, t: network(x_t, t, labels), schedule, kind)

    nothing = told(torch.full_like(labels, no_label))
    if scale in (0.0, 1.0):
        guided = told(labels) if scale else nothing
    else:
        guided = guide(told(labels), nothing, scale)

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        x_0 = guided(x_t, t)
        return x_0 if clip is None else x_0.clamp(-clip, clip)

    return denoise


def timesteps(steps: int, n: int, spacing: Spacing = "leading") -> Tensor:
    """Choose ``n`` of ``steps`` steps to sample on, from the noisiest down.

    Parameters
    ----------
    steps : int
        The length of the schedule.
    n : int
        How many of them to visit, in [1, steps].
    spacing : str
        ``leading`` starts at step 0 (Ho 2020), ``trailing`` ends at the last one, so that sampling
        starts from pure noise; ``linspace`` has both ends.
    """
    if not 1 <= n <= steps:
        raise ValueError(f"n must be between 1 and {steps} steps; got {n}")
    if spacing == "leading":
        chosen = torch.arange(n) * (steps // n)
    elif spacing == "trailing":
        chosen = (torch.arange(n, 0, -1) * steps / n).round().long().flip(0) - 1
    elif spacing == "linspace":
        chosen = torch.linspace(0, steps - 1, n, dtype=torch.float64).round().long()
    else:
        raise ValueError(f"spacing must be one of {get_args(Spacing)}; got {spacing!r}")
    return chosen.flip(0)


def _check_kind(kind: str) -> None:
    if kind not in get_args(Prediction):
        raise ValueError(f"a network predicts one of {get_args(Prediction)}; got {kind!r}")
