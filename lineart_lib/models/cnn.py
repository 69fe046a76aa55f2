"""The CNN of the book: two convolutions with pooling, then an MLP (chapter "Convolution").

References
----------
.. [1] LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition",
   1998, section II (alternating convolutions and pooling, then dense layers).
.. [2] Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill,
   2019, equations 2 to 4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lineart_lib.models.mlp import mlp

KERNEL = 5
POOL = 2
SIDE = 28


class ConvNet(nn.Module):
    """Read a 28 × 28 picture with two 5 × 5 convolutions and a 3-layer perceptron.

    The sizes are chosen so that the network has about as many parameters as the MLP
    784-128-128-10 of the book: 117,226 against 118,282.

    Parameters
    ----------
    channels : (int, int)
        Kernels of the two convolutions.
    hidden : (int, int)
        Units of the two hidden dense layers; the second is the width of `features`.
    classes : int
        Number of logits.
    generator : torch.Generator, optional
        Draws the initial weights by torch's own scheme, uniform in ±1/√(inputs of a unit). Without
        one, torch's global generator is used.

    Attributes
    ----------
    convolutions : nn.Sequential
        Convolution, max-pooling, ReLU, twice: (B, 1, 28, 28) → (B, channels[1], 4, 4).
    head : nn.Sequential
        The MLP on top of it.

    Raises
    ------
    ValueError
        A size is below 1.
    """

    def __init__(
        self,
        channels: tuple[int, int] = (16, 32),
        hidden: tuple[int, int] = (160, 128),
        classes: int = 10,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if len(channels) != 2 or min(channels) < 1:
            raise ValueError(f"channels must be two numbers, each at least 1; got {channels}")
        first, second = channels
        side = SIDE
        for _ in channels:
            side = (side - KERNEL + 1) // POOL  # 28 → 24 → 12 → 8 → 4
        self.convolutions = nn.Sequential(
            convolution(1, first, KERNEL, generator),
            nn.MaxPool2d(POOL),
            nn.ReLU(),  # After pooling, which gives the same for a quarter of the work.
            convolution(first, second, KERNEL, generator),
            nn.MaxPool2d(POOL),
            nn.ReLU(),
        )
        self.head = mlp((second * side * side, *hidden, classes), generator=generator)

    def features(self, images: Tensor) -> Tensor:
        """Return what the last layer decides by.

        Parameters
        ----------
        images : Tensor
            float (B, 1, 28, 28) in [0, 1], 0 is the background.

        Returns
        -------
        Tensor
            (B, hidden[1]), at least 0: the units of the last hidden layer after ReLU.

        Raises
        ------
        ValueError
            The pictures have another shape.
        """
        if images.ndim != 4 or images.shape[1:] != (1, SIDE, SIDE):
            raise ValueError(
                f"images must be (B, 1, {SIDE}, {SIDE}); got {tuple(images.shape)}: reshape rows "
                f"with .reshape(-1, 1, {SIDE}, {SIDE}), resize other pictures"
            )
        maps = self.convolutions(images)  # (B, channels[1], 4, 4)
        return self.head[:-1](maps.flatten(1))

    def forward(self, images: Tensor) -> Tensor:
        """Map pictures (B, 1, 28, 28) in [0, 1] to logits (B, classes)."""
        return self.head[-1](self.features(images))


def convolution(
    inputs: int, outputs: int, kernel: int, generator: torch.Generator | None = None
) -> nn.Conv2d:
    """Make a convolution without padding; with a generator, torch's global one is left alone.

    Parameters
    ----------
    inputs, outputs : int
        Channels before and after.
    kernel : int
        Side of the kernels in pixels.
    generator : torch.Generator, optional
        Draws weights and biases uniformly in ±1/√(inputs · kernel²), which is torch's own scheme.

    Returns
    -------
    nn.Conv2d
        Maps (B, inputs, H, W) to (B, outputs, H - kernel + 1, W - kernel + 1).
    """
    if generator is None:
        return nn.Conv2d(inputs, outputs, kernel)
    layer = nn.utils.skip_init(nn.Conv2d, inputs, outputs, kernel)
    bound = 1 / math.sqrt(inputs * kernel**2)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


@dataclass(frozen=True)
class ReceptiveField:
    """Which input pixels one unit of a layer sees, along one side."""

    size_px: int
    """Side of the square of input pixels that can change the unit."""
    jump_px: int
    """Distance in the input between the squares of two neighbouring units."""


def receptive_fields(layers: Iterable[tuple[int, int]]) -> list[ReceptiveField]:
    """Follow how the receptive field grows through convolutions and pooling.

    Parameters
    ----------
    layers : iterable of (int, int)
        Kernel side and stride of each layer, from the input on; each at least 1.

    Returns
    -------
    list of ReceptiveField
        One after each layer, by r ← r + (k - 1) j, then j ← s j, from r = j = 1 ([2]_).

    Raises
    ------
    ValueError
        A kernel or a stride is below 1.
    """
    size, jump = 1, 1
    fields = []
    for kernel, stride in layers:
        if kernel < 1 or stride < 1:
            raise ValueError(f"kernel and stride must be at least 1; got {kernel} and {stride}")
        size += (kernel - 1) * jump
        jump *= stride
        fields.append(ReceptiveField(size, jump))
    return fields


def windows(model: nn.Module) -> list[tuple[int, int]]:
    """List kernel side and stride of every convolution and pooling of a model, in order.

    Parameters
    ----------
    model : nn.Module
        Its square `nn.Conv2d` and `nn.MaxPool2d` are read; other layers see one unit at a time.

    Returns
    -------
    list of (int, int)
        For `receptive_fields`.
    """
    return [
        tuple(side if isinstance(side, int) else side[0] for side in (m.kernel_size, m.stride))
        for m in model.modules()
        if isinstance(m, nn.Conv2d | nn.MaxPool2d)
    ]
