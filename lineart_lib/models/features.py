"""VGG16's convolutions with the weights that ImageNet gave them, where they can be had."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

_log = logging.getLogger(__name__)

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Of ImageNet's pixels in [0, 1], red, green, blue: what torchvision's weights expect."""

Source = Callable[[], nn.Sequential]


def kept_weights(address: str) -> dict[str, Tensor]:
    """Read weights that were fetched before, from torch's cache on this machine.

    Parameters
    ----------
    address : str
        Where torchvision has them from.

    Raises
    ------
    FileNotFoundError
        The cache has no such file.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / address.rpartition("/")[2]
    if not path.is_file():
        raise FileNotFoundError(f"no weights at {path}")
    return torch.load(path, map_location="cpu", weights_only=True)


def kept_vgg16() -> nn.Sequential:
    """Load VGG16's features from torch's cache on this machine.

    Returns
    -------
    nn.Sequential
        31 layers: (B, 3, H, W), standardised by `MEAN` and `STD`, to (B, 512, H / 32, W / 32).

    Raises
    ------
    FileNotFoundError
        The cache has no such file.
    """
    from torchvision.models import VGG16_Weights, vgg16

    weights = kept_weights(VGG16_Weights.IMAGENET1K_V1.url)
    model = vgg16()
    model.load_state_dict(weights)
    return model.features.eval()


def fetched_vgg16(silence_s: float = 3.0) -> nn.Sequential:
    """Load VGG16's features from torchvision's server (528 MB), and leave them in torch's cache.

    Parameters
    ----------
    silence_s : float
        Seconds that the server may stay silent before it counts as out of reach.

    Returns
    -------
    nn.Sequential
        As `kept_vgg16`.

    Raises
    ------
    OSError
        The server cannot be reached.
    """
    from torchvision.models import VGG16_Weights, vgg16

    with patience(silence_s):
        return vgg16(weights=VGG16_Weights.IMAGENET1K_V1, progress=False).features.eval()


def vgg16_features(
    sources: Sequence[Source] = (kept_vgg16, fetched_vgg16),
) -> nn.Sequential | None:
    """Try to get VGG16's convolutions [1]_ with their ImageNet weights.

    Parameters
    ----------
    sources : sequence of callables
        Tried in order; each returns the layers or raises OSError.

    Returns
    -------
    nn.Sequential or None
        In evaluation mode; None where no source has them, which the log explains.

    References
    ----------
    .. [1] Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", 2015, table 1, column D.
    """
    for source in sources:
        try:
            return source()
        except OSError as problem:
            _log.info("VGG16 is not to be had from %s: %s", source.__name__, problem)
    return None


def standardised(picture: Tensor) -> Tensor:
    """Prepare a picture, float (3, H, W) in [0, 1], for VGG16: (1, 3, H, W)."""
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (MEAN, STD))
    return ((picture - mean) / std).unsqueeze(0)


def activations(
    layers: nn.Sequential, images: Tensor, kind: type[nn.Module] = nn.ReLU
) -> list[Tensor]:
    """Run layers one after the other and keep what leaves those of one kind.

    Parameters
    ----------
    layers : nn.Sequential
        A chain.
    images : Tensor
        What the first layer takes.
    kind : type
        Whose outputs are kept.

    Returns
    -------
    list of Tensor
        In order, without gradients.
    """
    kept, x = [], images
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
            if isinstance(layer, kind):
                kept.append(x.clone())  # A later layer may work in place.
    return kept


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let a server stay silent for so many seconds, then give up."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
