"""Train the network that corrects a fill, on what the copier learns from."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from lineart_lib.models.correcting import Corrector
from lineart_lib.training.copying import (
    PROFILES,
    Banks,
    CopySettings,
    Lesson,
    learn_from_banks,
    pixel_weights,
)
from lineart_lib.training.players import Terms
from lineart_lib.training.runs import Run, of_profile

ERRORS = {"absolute": 1, "squared": 2}
"""What may be learned from, and the power of the difference that it is."""


def corrector(profile: str, error: str, banks: Banks | None = None, **changes: Any) -> Run:
    """Return a corrector of the minimum cut, trained when it is not there yet.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
    error : {"absolute", "squared"}
        Of each pixel. The run lies in `runs/copying/<profile>-corrects-<error>/`.
    banks : dict, optional
        As in `lineart_lib.training.copying.copier`.
    **changes
        Fields of `CopySettings` to set otherwise.

    Raises
    ------
    ValueError
        The profile or the error is unknown, or a setting is out of range.
    FileNotFoundError
        A source is not prepared; the message names the command that does it.
    """
    if error not in ERRORS:
        raise ValueError(f"error must be one of {', '.join(ERRORS)}; got {error!r}")
    settings: CopySettings = replace(of_profile(PROFILES, profile), **changes)

    def loss(model: torch.nn.Module, batch: Lesson) -> Terms:
        off = (model(batch.choices).own - batch.colour).abs() ** ERRORS[error]
        return {"loss": (pixel_weights(batch, settings) * off).sum() / 3}

    name = f"corrects-{error}"
    make = partial(Corrector, settings.widths)
    return learn_from_banks(make, f"Corrector, {error}", loss, settings, profile, name, banks)
