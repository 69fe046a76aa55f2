"""Eight Gaussians on a ring: the smallest stage on which a generator forgets most of its data.

References
----------
.. [1] Metz, Poole, Pfau, Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
   section 3.1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from lineart_lib.models.mlp import mlp
from lineart_lib.training.adversarial import Objective, gradient_penalty

MODES = 8
SPREAD = 0.05
"""Standard deviation of each mode; the ring has radius 1."""
LATENT = 2


def centres() -> Tensor:
    """Return the means of the modes: float32 (8, 2), evenly spaced on the unit circle."""
    angles = 2 * math.pi * torch.arange(MODES) / MODES
    return torch.stack([angles.cos(), angles.sin()], 1)


def draw_ring(shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """Draw points of the mixture: float32 (*shape, 2)."""
    modes = torch.randint(MODES, shape, generator=rng)
    return centres()[modes] + SPREAD * torch.randn(*shape, 2, generator=rng)


def play_ring(
    objective: Objective,
    *,
    games: int,
    steps: int,
    rng: torch.Generator,
    batch_size: int = 64,
    hidden: int = 64,
    learning_rate: float = 1e-3,
    shown: int = 512,
    stops: tuple[int, ...] = (),
) -> dict[int, Tensor]:
    """Train several independent pairs at once, and let each generator show what it makes.

    The games differ in their first weights and in all their draws. They are stacked, so that one
    matrix product serves them all.

    Parameters
    ----------
    objective : Objective
        What the pairs minimise.
    games : int
        Independent pairs, at least 1.
    steps : int
        Updates of each generator, at least 1.
    rng : torch.Generator
        Draws weights, points and noise.
    batch_size, hidden, learning_rate
        Points in an update; units in each of two hidden layers; of Adam, with β = (0.5, 0.99).
    shown : int
        Points to make when the games are looked at.
    stops : tuple of int
        Updates after which to look; the last one is always looked at.

    Returns
    -------
    dict
        From update to points (games, shown, 2). The noise is the same at each look.

    Raises
    ------
    ValueError
        No game or no step.
    """
    if games < 1 or steps < 1:
        raise ValueError(f"games and steps must be at least 1; got {games} and {steps}")
    make, make_weights, maker = _stack((LATENT, hidden, hidden, 2), games, learning_rate, rng)
    score, score_weights, scorer = _stack((2, hidden, hidden, 1), games, learning_rate, rng)
    gaze = torch.randn(games, shown, LATENT, generator=rng)
    size = (games, batch_size)

    def critic(points: Tensor) -> Tensor:
        return score(score_weights, points).squeeze(-1)  # (games, batch)

    def fakes() -> Tensor:
        return make(make_weights, torch.randn(*size, LATENT, generator=rng))

    seen = {}
    for step in range(1, steps + 1):
        for _ in range(objective.critic_steps):
            real, fake = draw_ring(size, rng), fakes().detach()
            loss = objective.critic(critic(real), critic(fake))
            if objective.penalty:
                alpha = torch.rand(*size, generator=rng)
                penalty = gradient_penalty(critic, real, fake, alpha).mean(-1)
                loss = loss + objective.penalty * penalty
            _update(scorer, loss.sum())  # The games share nothing: the sum parts them again.
        _update(maker, objective.generator(critic(fakes())).sum())
        if step in stops or step == steps:
            with torch.no_grad():
                seen[step] = make(make_weights, gaze)
    return seen


def _stack(widths: tuple[int, ...], games: int, learning_rate: float, rng: torch.Generator):
    """Build one network a game; return the stacked call, the weights and their optimizer."""
    networks = [mlp(widths, "relu", rng) for _ in range(games)]
    weights, _ = stack_module_state(networks)
    call = vmap(lambda w, x: functional_call(networks[0], w, (x,)))
    optimizer = torch.optim.Adam(weights.values(), lr=learning_rate, betas=(0.5, 0.99))
    return call, weights, optimizer


def _update(player: torch.optim.Optimizer, loss: Tensor) -> None:
    player.zero_grad(set_to_none=True)
    loss.backward()
    player.step()
