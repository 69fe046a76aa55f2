"""Two networks against each other: losses, the gradient penalty, and the loop.

References
----------
.. [1] Goodfellow et al., "Generative Adversarial Nets", 2014, equation 1 and section 3.
.. [2] Arjovsky, Chintala, Bottou, "Wasserstein GAN", 2017, equation 2.
.. [3] Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, equation 3, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import softplus

if TYPE_CHECKING:
    from lineart_lib.models.gan import Critic, Generator

Score = Callable[[Tensor], Tensor]
Conditions = dict[str, Tensor]
Draw = Callable[[int, torch.Generator], tuple[Tensor, Conditions]]
"""``draw(n, rng)`` returns n real pictures and the conditions they were made under."""


def cross_entropy_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return -E log σ(real) - E log(1 - σ(fake)): the critic's part of the game of [1]_.

    Parameters
    ----------
    real, fake : Tensor
        Scores (..., B) of real and of made samples.

    Returns
    -------
    Tensor
        (...,), at least 0.
    """
    return softplus(-real).mean(-1) + softplus(fake).mean(-1)


def saturating_generator(fake: Tensor) -> Tensor:
    """Return E log(1 - σ(fake)): the game as written. Flat where the critic is sure of the fake."""
    return -softplus(fake).mean(-1)


def non_saturating_generator(fake: Tensor) -> Tensor:
    """Return -E log σ(fake): the same wish, steep where the other is flat ([1]_, section 3)."""
    return softplus(-fake).mean(-1)


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return E fake - E real: least when the scores are as far apart as the penalty lets them."""
    return fake.mean(-1) - real.mean(-1)


def wasserstein_generator(fake: Tensor) -> Tensor:
    """Return -E fake."""
    return -fake.mean(-1)


def interpolate(real: Tensor, fake: Tensor, alpha: Tensor) -> Tensor:
    """Return ``alpha real + (1 - alpha) fake``, a point on the line between each pair.

    Parameters
    ----------
    real, fake : Tensor
        (..., *sample) each.
    alpha : Tensor
        (...,) in [0, 1], one number for a pair.
    """
    alpha = alpha.reshape(alpha.shape + (1,) * (real.ndim - alpha.ndim))
    return alpha * real + (1 - alpha) * fake


def slipped_interpolate(real: Tensor, fake: Tensor, alpha: Tensor) -> Tensor:
    """Return ``alpha real - (1 - alpha) fake``, as the author's public code does by mistake.

    The points lie on no line between the pairs: the critic is held to a slope where neither real
    nor made samples ever are. Parameters are those of `interpolate`.
    """
    return interpolate(real, -fake, alpha)


def gradient_penalty(
    critic: Score,
    real: Tensor,
    fake: Tensor,
    alpha: Tensor,
    points_of: Callable[[Tensor, Tensor, Tensor], Tensor] = interpolate,
) -> Tensor:
    """Return (‖∇critic(x̂)‖ - 1)² at points x̂ between real and made samples ([3]_).

    Parameters
    ----------
    critic : callable
        Maps (..., *sample) to scores (...,); the score of a sample depends on that sample alone.
    real, fake : Tensor
        (..., *sample) each.
    alpha : Tensor
        (...,) in [0, 1], where between the two.
    points_of : callable
        Maps real, fake and alpha to the points; `slipped_interpolate` is the other choice.

    Returns
    -------
    Tensor
        (...,), at least 0. It knows its gradient with respect to the critic's parameters: a
        gradient of a gradient.
    """
    points = points_of(real, fake, alpha).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return (slope.flatten(alpha.ndim).norm(dim=-1) - 1).square()


@dataclass(frozen=True)
class Objective:
    """What the two networks minimise."""

    critic: Callable[[Tensor, Tensor], Tensor]
    """Loss of the critic, of the scores of real and of made samples."""
    generator: Callable[[Tensor], Tensor]
    """Loss of the generator, of the scores of made samples."""
    penalty: float = 0.0
    """Weight of the gradient penalty, at least 0; the λ of [3]_."""
    critic_steps: int = 1
    """Updates of the critic for one of the generator, at least 1."""


NON_SATURATING = Objective(cross_entropy_critic, non_saturating_generator)
WASSERSTEIN = Objective(wasserstein_critic, wasserstein_generator, penalty=10.0, critic_steps=3)


@dataclass(frozen=True)
class Update:
    """One round of the game, measured before its updates."""

    critic: float
    """Loss of the critic, without the penalty."""
    generator: float
    """Loss of the generator."""
    real: float
    """Mean score of real pictures."""
    fake: float
    """Mean score of made ones."""


def fit(
    generator: Generator,
    critic: Critic,
    draw: Draw,
    objective: Objective,
    *,
    steps: int,
    batch_size: int,
    learning_rate: float,
    rng: torch.Generator,
    betas: tuple[float, float] = (0.5, 0.99),
) -> list[Update]:
    """Train both networks in turn with Adam. The rate falls to zero over the second half.

    Parameters
    ----------
    generator, critic : Generator, Critic
        Changed in place.
    draw : callable
        Gives real pictures in [-1, 1] with their conditions, such as ``{"label": …}``.
    objective : Objective
        `NON_SATURATING` or `WASSERSTEIN`, or one of your own.
    steps : int
        Updates of the generator, at least 1.
    batch_size : int
        Pictures in an update, at least 2: the generator normalizes over them.
    learning_rate : float
        Of both networks in the first half.
    rng : torch.Generator
        Draws pictures, noise, and points of the penalty.
    betas : (float, float)
        Memories of Adam. A game has no fixed slope: the first is short, as usual for it.

    Returns
    -------
    list of Update
        One for each update of the generator.

    Raises
    ------
    ValueError
        Fewer than one step, or a batch of fewer than two.
    """
    if steps < 1 or batch_size < 2:
        raise ValueError(f"need steps >= 1 and batch_size >= 2; got {steps} and {batch_size}")
    players = [
        torch.optim.Adam(player.parameters(), lr=learning_rate, betas=betas)
        for player in (generator, critic)
    ]
    falling = [
        torch.optim.lr_scheduler.LambdaLR(player, lambda k: min(1.0, 2 - 2 * k / steps))
        for player in players
    ]
    generator.train()
    history = []
    for _ in range(steps):
        for _ in range(objective.critic_steps):
            images, given = draw(batch_size, rng)
            with torch.no_grad():
                made = generator(_noise(generator, batch_size, rng), **given)
            real, fake = critic(images, **given), critic(made, **given)
            critic_loss = loss = objective.critic(real, fake)
            if objective.penalty:
                alpha = torch.rand(batch_size, generator=rng)
                bound = lambda x, given=given: critic(x, **given)  # noqa: E731
                loss = (
                    loss + objective.penalty * gradient_penalty(bound, images, made, alpha).mean()
                )
            _update(players[1], loss)
        _, given = draw(batch_size, rng)
        critic.requires_grad_(False)
        loss = objective.generator(
            critic(generator(_noise(generator, batch_size, rng), **given), **given)
        )
        _update(players[0], loss)
        critic.requires_grad_(True)
        for schedule in falling:
            schedule.step()
        history.append(
            Update(critic_loss.item(), loss.item(), real.mean().item(), fake.mean().item())
        )
    return history


def _noise(generator: Generator, n: int, rng: torch.Generator) -> Tensor:
    return torch.randn(n, generator.latent, generator=rng)


def _update(player: torch.optim.Optimizer, loss: Tensor) -> None:
    player.zero_grad(set_to_none=True)
    loss.backward()
    player.step()


@torch.no_grad()
def sample(generator: Generator, noise: Tensor, **given: Tensor) -> Tensor:
    """Paint with the averages of training instead of those of the batch.

    Parameters
    ----------
    generator : Generator
        Set to evaluation mode.
    noise : Tensor
        (B, latent).
    **given : Tensor
        Its conditions.

    Returns
    -------
    Tensor
        (B, 1, side, side) in [0, 1], 0 is the background.
    """
    generator.eval()
    return (generator(noise, **given) + 1) / 2
