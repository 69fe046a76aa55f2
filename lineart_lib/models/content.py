"""Networks by whose eyes two pictures are compared, for losses; each has a name to print.

They go to the device of the pictures that they are shown.

The dissertation's content loss looks through VGG16. Where its weights cannot be had, F1 looks
instead, at red, green and blue one after the other, as if each were a lineart: so it sees colour,
though it has only ever learned from lines. Of areas of even colour, which linearts do not have, it
was never asked to tell anything. So the pixels themselves stand beside its maps.

References
----------
.. [1] Johnson, Alahi, Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and
   Super-Resolution", 2016, section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from lineart_lib import images
from lineart_lib.models.features import (
    MEAN,
    STD,
    Source,
    fetched_vgg16,
    kept_vgg16,
    vgg16_features,
)
from lineart_lib.models.line_features import LineFeatures


class VggContent(nn.Module):
    """Activations of VGG16, frozen; gradients go through to the picture.

    Parameters
    ----------
    layers : nn.Sequential
        VGG16's convolutions, as `vgg16_features` returns them.
    activations : sequence of int
        Which to return, counted from 1. The dissertation takes the fourth alone.

    Attributes
    ----------
    name : str
        What to call it in tables.

    Raises
    ------
    ValueError
        There are not that many activations, or none is asked for.
    """

    def __init__(self, layers: nn.Sequential, activations: Sequence[int] = (4,)) -> None:
        super().__init__()
        places = [n for n, layer in enumerate(layers) if isinstance(layer, nn.ReLU)]
        if not activations or min(activations) < 1 or max(activations) > len(places):
            raise ValueError(f"activations must lie in 1..{len(places)}; got {tuple(activations)}")
        self.wanted = sorted(places[n - 1] for n in activations)
        self.layers = layers[: self.wanted[-1] + 1].requires_grad_(False).eval()
        self.name = f"VGG16, activation {', '.join(map(str, sorted(activations)))}"
        self.register_buffer("mean", torch.tensor(MEAN).reshape(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).reshape(3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return maps of pictures (B, 3, H, W) in [-1, 1], shallow ones first."""
        self.to(pictures.device)
        found, x = [], (images.to_unit(pictures) - self.mean) / self.std
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number in self.wanted:
                found.append(x)
        return found


class LineContent(nn.Module):
    """Maps of F1, frozen, one channel of the picture at a time.

    Parameters
    ----------
    lines : LineFeatures
        Trained. A copy of it is frozen here.
    stages : sequence of int
        Which stages to return, counted from 1, at a half, a quarter, an eighth and a sixteenth of
        the size; 0 is the picture itself. The second is where VGG16's fourth activation is.

    Attributes
    ----------
    name : str
        What to call it in tables.

    Raises
    ------
    ValueError
        There are not that many stages, or none is asked for.
    """

    def __init__(self, lines: LineFeatures, stages: Sequence[int] = (2,)) -> None:
        super().__init__()
        if not stages or min(stages) < 0 or max(stages) > len(lines.stages):
            raise ValueError(f"stages must lie in 0..{len(lines.stages)}; got {tuple(stages)}")
        self.lines = deepcopy(lines).requires_grad_(False).eval()
        self.stages = sorted(stages)
        seen = [str(stage) for stage in self.stages if stage]
        names = ["pixels"] * (0 in self.stages) + [f"F1 by channel, stage {', '.join(seen)}"] * (
            len(seen) > 0
        )
        self.name = " and ".join(names)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return maps (B, 3 C, h, w) of pictures (B, 3, H, W) in [-1, 1], shallow ones first."""
        self.to(pictures.device)
        maps = self.lines.maps(pictures.flatten(0, 1).unsqueeze(1))  # (3 B, C, h, w) each
        found = [each.unflatten(0, (-1, 3)).flatten(1, 2) for each in maps]
        return [found[stage - 1] if stage else pictures for stage in self.stages]


def content_network(
    lines: LineFeatures, sources: Sequence[Source] = (kept_vgg16, fetched_vgg16)
) -> VggContent | LineContent:
    """Return VGG16's fourth activation where its weights can be had, else pixels and F1's second.

    Parameters
    ----------
    lines : LineFeatures
        Trained, to fall back to.
    sources : sequence of callables
        As in `vgg16_features`.
    """
    layers = vgg16_features(sources)
    return LineContent(lines, (0, 2)) if layers is None else VggContent(layers)
