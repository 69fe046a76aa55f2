"""PaintsTorch and StencilTorch as painters; `lineart_lib.painters` says what a painter is."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import nn

from lineart_lib.models import blocks, hinted_unet, inputs, line_features, paintstorch, stenciltorch
from lineart_lib.models.hinted_unet import REDUCTION
from lineart_lib.models.inputs import Inputs, filled_hints_at
from lineart_lib.models.line_features import LineFeatures
from lineart_lib.models.stenciltorch import GuidedStencilTorch
from lineart_lib.training.games import Game, trained_game

_CODE = (blocks, hinted_unet, inputs, line_features, paintstorch, stenciltorch)
_HINTS = 4
"""Hints enter at a quarter of the size."""

Array = NDArray[np.floating]


@dataclass(frozen=True)
class GamePainter:
    """One of the dissertation's colorizers: it paints the lines too, and knows no chance."""

    key: str
    network: nn.Module
    """A `ColourGenerator` or `StencilTorch` in evaluation mode."""
    seen: LineFeatures | None
    """F1, where the network takes features."""
    size_px: int = 128
    step: int = REDUCTION
    lines: bool = True
    at_once: int = 16
    """Pictures that the network sees together."""

    @torch.inference_mode()
    def paint(
        self, lineart: Array, hints: Array, mask: Array, composite: Array, seeds: Sequence[int]
    ) -> NDArray[np.float32]:
        """Colour as `lineart_lib.painters.Painter.paint` says; seeds change nothing."""
        planes = (lineart, hints, mask, composite)
        given = Inputs(*(torch.from_numpy(np.asarray(plane, np.float32)) for plane in planes))
        size = tuple(side // _HINTS for side in lineart.shape[2:])
        given = given._replace(hints=filled_hints_at(given.hints, size))
        made = []
        for rows in torch.arange(len(lineart)).split(self.at_once):
            some = Inputs(*(None if plane is None else plane[rows] for plane in given))
            features = None if self.seen is None else self.seen.features(some.lineart)
            made.append(self.network(some, features))
        return torch.cat(made).numpy()


def painter_of(network: nn.Module, seen: LineFeatures | None, size_px: int = 128) -> GamePainter:
    """Make a painter of a trained network; its key is a hash of all weights and of the code.

    Parameters
    ----------
    network : ColourGenerator, StencilTorch or GuidedStencilTorch
        Of the last its colorizer.
    seen : LineFeatures, optional
        F1; not kept where the network takes no features.
    size_px : int
        Of the pictures that it was made for.
    """
    network = network.colorizer if isinstance(network, GuidedStencilTorch) else network
    seen = seen if network.unet.size.features else None
    state = hashlib.sha256()
    for model in (network, *([] if seen is None else [seen])):
        state.update(save({n: value.contiguous() for n, value in model.state_dict().items()}))
    for module in _CODE:
        state.update(inspect.getsource(module).encode())
    kind = type(network).__name__
    return GamePainter(f"{kind}\0{state.hexdigest()}", network.eval(), seen, size_px)


def game_painter(game: Game, profile: str) -> GamePainter:
    """Load a trained colorizer as a painter; errors are those of `trained_game`."""
    return painter_of(*trained_game(game, profile)[:3])
