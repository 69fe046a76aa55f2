"""The copier as a painter."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lineart_lib.models import attention, copying, picture_unet, pieces
from lineart_lib.models.copying import Copier, paint_decision
from lineart_lib.recipe import choices as recipe_choices
from lineart_lib.recipe import energies, regions
from lineart_lib.recipe.choices import choices, stack, with_surroundings
from lineart_lib.training.copying import EXPERIMENT, load_copier
from lineart_lib.training.runs import WEIGHTS, runs_folder

Array = NDArray[np.floating]
_CODE = (attention, copying, picture_unet, pieces, recipe_choices, energies, regions)
"""What decides a picture besides the weights."""


@dataclass(frozen=True)
class CopyPainter:
    """The network that copies hints: what stands around the mask hints it too."""

    key: str
    model: Copier
    size_px: int = 128
    lines: bool = False
    sharpness: float = 4.0
    """Of `paint_decision`: at 4 a colour that is likely is copied exactly."""

    @property
    def step(self) -> int:
        """Both sides must be multiples of it."""
        return self.model.step

    @torch.inference_mode()
    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `lineart_lib.painters.Painter.paint` says; seeds change nothing."""
        batch = stack(
            [
                choices(art, with_surroundings(art, *given))
                for art, *given in zip(lineart, hints, mask, composite, strict=True)
            ]
        )
        return paint_decision(self.model(batch), batch.colours, self.sharpness).numpy()


def copy_painter(profile: str) -> CopyPainter:
    """Load the copier of a profile.

    Raises
    ------
    FileNotFoundError
        It was not trained; the message names the command that does it.
    """
    model = load_copier(profile)
    state = hashlib.sha256((runs_folder() / EXPERIMENT / profile / WEIGHTS).read_bytes())
    for module in _CODE:
        state.update(inspect.getsource(module).encode())
    return CopyPainter(f"{EXPERIMENT}\0{profile}\0{state.hexdigest()}", model)
