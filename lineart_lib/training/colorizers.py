"""The games in which PaintsTorch and StencilTorch are trained, as players of the loop.

References
----------
.. [1] Hati, Jouet, Rousseaux, Duhart, "PaintsTorch: a User-Guided Anime Line Art Colorization Tool
   with Double Generator Conditional Adversarial Network", 2019, section 3.
.. [2] Hati et al., "StencilTorch: an Iterative and User-Guided Framework for Anime Lineart
   Colorization", 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from lineart_lib.models.inputs import Inputs
from lineart_lib.models.paintstorch import ColourGenerator, Critic, LineGenerator
from lineart_lib.models.stenciltorch import Guided, GuidedStencilTorch
from lineart_lib.training.losses import Maps, PenaltyForm, content_loss, critic_terms, guide_loss
from lineart_lib.training.players import Models, Player, Terms

RATE, BETAS = 1e-4, (0.5, 0.9)
"""Of Adam for all players, as the dissertation has them; set the loop's weight decay to 0."""


class Lesson(NamedTuple):
    """A batch to learn from."""

    inputs: Inputs
    picture: Tensor
    """(B, 3, H, W), in [-1, 1]: the illustration."""
    features: Tensor | None = None
    """F1 of the lineart, where the networks take it."""
    flats: Tensor | None = None
    """(B, 3, H, W), in [-1, 1]: the flattened picture, for a guide."""


@dataclass(frozen=True)
class Weights:
    """What each loss of a generator weighs, at least 0, and how the critic is held."""

    adversarial: float = 1e-4
    """Of the critic's opinion; 1e-4 is the dissertation's."""
    content: float = 1.0
    """Of the difference in a network's eyes."""
    reconstruction: float = 1.0
    """Of the lineart that the second generator draws, where there is one."""
    guide: float = 1.0
    """Of the flattened picture. The dissertation wished it were lower: it makes results flat."""
    penalty: float = 10.0
    """Of the critic's gradient penalty."""
    drift: float = 1e-3
    """Of the critic's scores of real pictures."""
    form: PenaltyForm = "corrected"
    """Where the penalty is taken; see `critic_terms`."""

    def __post_init__(self) -> None:
        for name in ("adversarial", "content", "reconstruction", "guide", "penalty", "drift"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0; got {getattr(self, name)}")


def paintstorch_players(
    colour: ColourGenerator,
    critic: Critic,
    line: LineGenerator | None,
    content: Maps,
    weights: Weights | None = None,
    learning_rate: float = RATE,
) -> dict[str, Player]:
    """Seat PaintsTorch's networks: first generator, second where there is one, critic [1]_.

    Parameters
    ----------
    colour, critic, line
        G1, C and G2; None for the ablation without a second generator.
    content : callable
        Of `lineart_lib.models.content`.
    weights : Weights, optional
        The dissertation's by default.
    learning_rate : float
        Of all of them, above 0.

    Returns
    -------
    dict
        For `lineart_lib.training.loop.play`, whose batches are `Lesson`. The networks move in the
        dissertation's circle, critic, first, second; the first round starts with the first, since
        the loop keeps the player that it is given first.
    """
    weights = weights or Weights()
    seat = partial(Player, learning_rate=learning_rate, betas=BETAS)
    players = {"colour": seat(colour, partial(_colour_terms, content=content, weights=weights))}
    if line is not None:
        players["line"] = seat(line, _line_terms)
    players["critic"] = seat(critic, partial(_critic_terms, made_by="colour", weights=weights))
    return players


def stenciltorch_players(
    stencil: GuidedStencilTorch,
    critic: Critic,
    content: Maps,
    weights: Weights | None = None,
    learning_rate: float = RATE,
) -> dict[str, Player]:
    """Seat StencilTorch with its guide, and the critic [2]_; arguments as for PaintsTorch.

    The critic sees whole composites: what was painted, and what was there.
    """
    weights = weights or Weights()
    seat = partial(Player, learning_rate=learning_rate, betas=BETAS)
    return {
        "stencil": seat(stencil, partial(_stencil_terms, content=content, weights=weights)),
        "critic": seat(critic, partial(_critic_terms, made_by="stencil", weights=weights)),
    }


def _colour_terms(models: Models, lesson: Lesson, content: Maps, weights: Weights) -> Terms:
    """1e-4 · adversarial + content + reconstruction."""
    made = models["colour"](lesson.inputs, lesson.features)
    terms = _judged(models, lesson, made, content)
    if "line" in models:
        drawn = models["line"](made, lesson.inputs.hints, lesson.features)
        terms["reconstruction"] = mse_loss(drawn, lesson.inputs.lineart)
    return _weighted(terms, weights)


def _line_terms(models: Models, lesson: Lesson) -> Terms:
    """The second generator's own loss, of colours that it cannot change."""
    with torch.no_grad():
        made = models["colour"](lesson.inputs, lesson.features)
    drawn = models["line"](made, lesson.inputs.hints, lesson.features)
    return {"loss": mse_loss(drawn, lesson.inputs.lineart)}


def _stencil_terms(models: Models, lesson: Lesson, content: Maps, weights: Weights) -> Terms:
    """1e-4 · adversarial + content + guide."""
    made = models["stencil"](lesson.inputs, lesson.features)
    terms = _judged(models, lesson, made.picture, content)
    if lesson.flats is None:
        raise ValueError("a guide needs the flattened pictures; got a lesson without flats")
    terms["guide"] = guide_loss(made.flats, lesson.flats, lesson.inputs.mask)
    return _weighted(terms, weights)


def _judged(models: Models, lesson: Lesson, made: Tensor, content: Maps) -> Terms:
    """What critic and content network say of a picture."""
    return {
        "adversarial": -models["critic"](made, lesson.features).mean(),
        "content": content_loss(content, made, lesson.picture),
    }


def _weighted(terms: Terms, weights: Weights) -> Terms:
    total = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    return {"loss": total, **terms}


def _critic_terms(models: Models, lesson: Lesson, made_by: str, weights: Weights) -> Terms:
    with torch.no_grad():
        made = models[made_by](lesson.inputs, lesson.features)
        made = made.picture if isinstance(made, Guided) else made
    alpha = torch.rand(len(made), device=made.device)  # The loop has set the state it comes from.
    return critic_terms(
        lambda pictures: models["critic"](pictures, lesson.features),
        lesson.picture,
        made,
        alpha,
        penalty=weights.penalty,
        drift=weights.drift,
        form=weights.form,
    )
