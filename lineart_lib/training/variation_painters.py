"""StablePaint as a painter, in both forms; `lineart_lib.painters` says what a painter is.

Both were made for small pictures. Larger ones are made smaller, coloured, and the colours enlarged.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import nn

from lineart_lib.models import (
    fewsteps,
    group_norm,
    inputs,
    latent_autoencoder,
    latent_blocks,
    latent_unet,
    picture_unet,
    stablepaint,
)
from lineart_lib.models.fewsteps import FewSteps, given
from lineart_lib.models.inputs import Inputs
from lineart_lib.models.latent_autoencoder import AutoencoderSize
from lineart_lib.models.latent_unet import DenoiserSize
from lineart_lib.models.stablepaint import StablePaint, StablePaintSize
from lineart_lib.recipe import choices as recipe_choices
from lineart_lib.recipe.choices import choices, stack
from lineart_lib.training import latents, variations
from lineart_lib.training.fewsteps import EXPERIMENT as FEW_STEPS
from lineart_lib.training.latents import colour_variation
from lineart_lib.training.runs import CONFIG, fill_model, trained_folder
from lineart_lib.training.stablepaint import EXPERIMENT as STABLE_PAINT
from lineart_lib.training.variations import MOST_STEPS, vary

Array = NDArray[np.floating]

_FEW_STEPS_CODE = (fewsteps, group_norm, picture_unet, recipe_choices, variations)
_STABLE_PAINT_CODE = (
    inputs,
    latent_autoencoder,
    latent_blocks,
    latent_unet,
    latents,
    stablepaint,
)
_HINTS = 4
"""StablePaint's hints are drawn on a picture this many times smaller, as in its training."""


@dataclass(frozen=True)
class FewStepsPainter:
    """Our form: from the first answer, noised by `strength`, in a few steps."""

    key: str
    model: FewSteps
    size_px: int = 64
    strength: float = 0.5
    """The dial, in [0, 1]: at 0 the first answer, whatever the seed."""
    steps: int = MOST_STEPS
    step: int = 1
    lines: bool = False

    @torch.inference_mode()
    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `lineart_lib.painters.Painter.paint` says; another seed, another variation."""
        seen, size = shrunk((lineart, hints, mask, composite), self.size_px, self.model.step)
        known = [choices(art, told) for art, told in zip(*seen[:2], strict=True)]
        around = (torch.from_numpy(plane) for plane in seen[2:])
        made = vary(
            self.model, given(stack(known), *around), self.strength, seeds, steps=self.steps
        )
        return enlarged(made.numpy(), size, lineart.shape[2:])


@dataclass(frozen=True)
class StablePaintPainter:
    """The dissertation's form: it paints the lines too, and reads neither mask nor composite."""

    key: str
    model: StablePaint
    size_px: int = 64
    corruption: float = 0.0
    """The dial, in [0, 1]: at 0 the context is painted as it is, whatever the seed."""
    steps: int = 20
    step: int = 1
    lines: bool = True

    @torch.inference_mode()
    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `lineart_lib.painters.Painter.paint` says; another seed, another variation."""
        seen, size = shrunk((lineart, hints, mask, composite), self.size_px, self.model.step)
        seen[1] = scattered(seen[1], tuple(side // _HINTS for side in seen[0].shape[2:]))
        planes = Inputs(*(torch.from_numpy(plane) for plane in seen))
        made = colour_variation(self.model, planes, self.corruption, seeds, steps=self.steps)
        return enlarged(made.numpy(), size, lineart.shape[2:])


def shrunk(
    planes: Sequence[Array], size_px: int, step: int
) -> tuple[list[NDArray[np.float32]], tuple[int, int]]:
    """Make inputs so small that the longer side is `size_px`, and pad them to multiples of a step.

    Lineart and composite are averaged, a mask is rounded. A hint keeps its colour to the bit: each
    hinted pixel is written where it falls.

    Parameters
    ----------
    planes : sequence of ndarray
        Lineart, hints, mask and composite, (B, C, H, W) each.
    size_px : int
        Smaller pictures stay as they are.
    step : int
        Both sides become multiples of it; the border is repeated, hints are not.

    Returns
    -------
    planes : list of ndarray
        float32, as they came.
    size : (int, int)
        Height and width before they were padded.
    """
    height, width = planes[0].shape[2:]
    share = min(1.0, size_px / max(height, width))
    size = max(1, round(height * share)), max(1, round(width * share))
    lineart, hints, mask, composite = (np.asarray(plane, np.float32) for plane in planes)
    if size != (height, width):
        lineart, mask, composite = (
            np.stack(
                [
                    [cv2.resize(c, size[::-1], interpolation=cv2.INTER_AREA) for c in one]
                    for one in p
                ]
            )
            for p in (lineart, mask, composite)
        )
        mask = (mask >= 0.5).astype(np.float32)
        hints = scattered(hints, size)
    room = ((0, 0), (0, 0), (0, -size[0] % step), (0, -size[1] % step))
    lineart, mask, composite = (np.pad(p, room, mode="edge") for p in (lineart, mask, composite))
    return [lineart, np.pad(hints, room), mask, composite], size


def scattered(hints: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    """Bring hints to a smaller size, each hinted pixel where it falls, the last one on top.

    So no colour is mixed, and a thin line is as strong as a blot.

    Parameters
    ----------
    hints : ndarray
        (B, 4, H, W).
    size : (int, int)
        Height and width, neither larger than before.

    Returns
    -------
    ndarray
        float32 (B, 4, *size).
    """
    height, width = hints.shape[2:]
    picture, y, x = np.nonzero(hints[:, 3] > 0)
    small = np.zeros((len(hints), 4, *size), np.float32)
    small[picture, :, y * size[0] // height, x * size[1] // width] = hints[picture, :, y, x]
    return small


def enlarged(
    colour: NDArray[np.float32], size: tuple[int, int], wanted: tuple[int, int]
) -> NDArray[np.float32]:
    """Cut the padding off (B, 3, h, w), and bring the rest to another size, smoothly."""
    cut = colour[..., : size[0], : size[1]]
    if tuple(size) == tuple(wanted):
        return np.ascontiguousarray(cut)
    return np.stack(
        [
            [cv2.resize(c, tuple(wanted)[::-1], interpolation=cv2.INTER_LINEAR) for c in one]
            for one in cut
        ]
    )


def few_steps_painter(profile: str, strength: float = 0.5) -> FewStepsPainter:
    """Load our few-step form as it was trained, without its data.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
    strength : float
        The dial, in [0, 1].

    Raises
    ------
    FileNotFoundError
        It was not trained; the message names the command that does it.
    ValueError
        The weights do not fit their settings.
    """
    folder = trained_folder(FEW_STEPS, profile)
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    model = FewSteps(config["widths"])
    fill_model(model, folder)
    key = _key(f"{FEW_STEPS}\0{strength}", model, _FEW_STEPS_CODE)
    return FewStepsPainter(key, model.eval(), config["size_px"], strength)


def stable_paint_painter(profile: str, corruption: float = 0.0) -> StablePaintPainter:
    """Load the dissertation's form; arguments and errors as for `few_steps_painter`."""
    folder = trained_folder(STABLE_PAINT, profile)
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    told = config["size"]
    size = StablePaintSize(
        AutoencoderSize(**told["autoencoder"] | {"widths": tuple(told["autoencoder"]["widths"])}),
        DenoiserSize(**told["denoiser"] | {"widths": tuple(told["denoiser"]["widths"])}),
    )
    model = StablePaint(size)
    fill_model(model, folder)
    key = _key(f"{STABLE_PAINT}\0{corruption}", model, _STABLE_PAINT_CODE)
    return StablePaintPainter(key, model.eval(), config["size_px"], corruption)


def _key(name: str, model: nn.Module, code: Sequence[ModuleType]) -> str:
    """Name weights and code."""
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    state = hashlib.sha256(save(weights))
    for module in code:
        state.update(inspect.getsource(module).encode())
    return f"{name}\0{state.hexdigest()}"
