"""The copier as a painter, alone, and with another painter that invents what nobody hinted."""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lineart_lib.models import attention, copying, group_norm, picture_unet, pieces
from lineart_lib.models.copying import SHARPNESS, Copier, Decision, paint_decision, paint_settled
from lineart_lib.recipe import choices as recipe_choices
from lineart_lib.recipe import energies, regions
from lineart_lib.recipe.choices import Choices, choices, stack, with_surroundings
from lineart_lib.training.copying import EXPERIMENT, load_copier
from lineart_lib.training.runs import WEIGHTS, runs_folder
from lineart_lib.training.variation_painters import FewStepsPainter, few_steps_painter

Array = NDArray[np.floating]
_CODE = (attention, copying, group_norm, picture_unet, pieces, recipe_choices, energies, regions)
"""What decides a picture besides the weights."""


@dataclass(frozen=True)
class CopyPainter:
    """The network that copies hints: what stands around the mask hints it too.

    With a network that knows pieces of paper, those that nobody hinted decide as one, see
    `lineart_lib.models.copying.paint_settled`; with another, each pixel is painted alone.
    """

    key: str
    model: Copier
    size_px: int = 128
    lines: bool = False
    sharpness: float = SHARPNESS
    """Of `paint_decision`."""

    @property
    def step(self) -> int:
        """Both sides must be multiples of it."""
        return self.model.step

    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `lineart_lib.painters.Painter.paint` says; seeds change nothing."""
        return self.mixed(*self.decide(lineart, hints, mask, composite))

    @torch.inference_mode()
    def decide(
        self, lineart: Array, hints: Array, mask: Array, composite: Array
    ) -> tuple[Decision, Choices]:
        """Say how likely each colour is at each pixel, and which choices there were.

        What comes more than once, as for several seeds, is decided once.
        """
        found: list[Choices] = []
        places: dict[bytes, int] = {}
        rows = []
        for art, *given in zip(lineart, hints, mask, composite, strict=True):
            told = with_surroundings(art, *given)
            rows.append(places.setdefault(art.tobytes() + told.tobytes(), len(found)))
            if rows[-1] == len(found):
                found.append(choices(art, told))
        batch = stack(found)
        decision = self.model(batch)
        return Decision(*(plane[rows] for plane in decision)), batch.rows(torch.tensor(rows))

    @torch.inference_mode()
    def mixed(self, decision: Decision, seen: Choices) -> NDArray[np.float32]:
        """Paint what was decided."""
        if self.model.pieces is None:
            return paint_decision(decision, seen.colours, self.sharpness).numpy()
        return paint_settled(decision, seen, self.sharpness).numpy()


@dataclass(frozen=True)
class VariedPainter:
    """Copies the hints, and lets another painter invent the colour that the copier would make up.

    So two seeds differ where nobody hinted, and agree where somebody did. A piece of paper without
    a hint takes one invented colour, the median.
    """

    copier: CopyPainter
    inventor: FewStepsPainter
    lines: bool = False

    @property
    def key(self) -> str:
        """Names both painters."""
        return f"{self.copier.key}\0{self.inventor.key}"

    @property
    def size_px(self) -> int:
        """Of the copier."""
        return self.copier.size_px

    @property
    def step(self) -> int:
        """Both sides must be multiples of it."""
        return math.lcm(self.copier.step, self.inventor.step)

    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `lineart_lib.painters.Painter.paint` says; seeds go to the inventor."""
        decision, seen = self.copier.decide(lineart, hints, mask, composite)
        invented = self.inventor.paint(lineart, hints, mask, composite, seeds)
        return self.copier.mixed(decision._replace(own=torch.from_numpy(invented)), seen)


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


def varied_painter(profile: str, strength: float = 0.5) -> VariedPainter:
    """Load the copier and our few-step form of StablePaint, which invents.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
    strength : float
        The dial of the few-step form, in [0, 1].

    Raises
    ------
    FileNotFoundError
        One of both was not trained; the message names the command that does it.
    """
    return VariedPainter(copy_painter(profile), few_steps_painter(profile, strength))
