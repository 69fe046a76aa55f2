"""A generator and a critic for small grey pictures (chapter "Generative Adversarial Networks").

References
----------
.. [1] Radford, Metz, Chintala, "Unsupervised Representation Learning with Deep Convolutional
   Generative Adversarial Networks", 2015, section 3.
.. [2] Mirza, Osindero, "Conditional Generative Adversarial Nets", 2014, section 3.2.
.. [3] Miyato, Koyama, "cGANs with Projection Discriminator", 2018, equation 4.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

SLOPE = 0.2
"""Of the LeakyReLU in the critic, the value of [1]_."""


class Generator(nn.Module):
    """Turn noise into pictures: a dense layer, then two convolutions that double the side [1]_.

    Parameters
    ----------
    side : int
        Of the pictures in pixels, a multiple of 4.
    latent : int
        Numbers of noise for a picture.
    channels : int
        Maps at half of the side; there are twice as many at a quarter.
    classes : int
        Labels to choose from; 0 for a generator that takes none. A label is embedded as a vector
        that stands beside the noise, so that the dense layer sees both ([2]_).
    box : bool
        Take a mask that says where to paint. The dense layer sees it at a quarter of the side, the
        later ones as one more map, so that each pixel knows on which side of the edge it is.
    rng : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.

    Raises
    ------
    ValueError
        The side is no multiple of 4.
    """

    def __init__(
        self,
        side: int = 28,
        latent: int = 64,
        channels: int = 24,
        *,
        classes: int = 0,
        box: bool = False,
        rng: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.base = _base(side)
        self.side, self.latent, self.box = side, latent, box
        self.label = nn.Embedding(classes, latent) if classes else None
        maps = int(box)
        inputs = latent + (latent if classes else 0) + (self.base**2 if box else 0)
        self.dense = nn.Sequential(
            nn.Linear(inputs, 4 * channels, bias=False),
            nn.BatchNorm1d(4 * channels),
            nn.ReLU(),
            nn.Linear(4 * channels, 2 * channels * self.base**2, bias=False),
            nn.BatchNorm1d(2 * channels * self.base**2),
            nn.ReLU(),
        )
        self.grow = nn.Sequential(
            nn.ConvTranspose2d(2 * channels + maps, channels, 4, 2, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )
        self.paint = nn.ConvTranspose2d(channels + maps, 1, 4, 2, 1)
        _draw_weights(self, rng)

    def forward(
        self, noise: Tensor, *, label: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Paint.

        Parameters
        ----------
        noise : Tensor
            (B, latent), normal.
        label : Tensor, optional
            int64 (B,), in [0, classes).
        mask : Tensor, optional
            (B, 1, side, side), 1 inside the box and 0 outside.

        Returns
        -------
        Tensor
            (B, 1, side, side) in [-1, 1], -1 is the background.

        Raises
        ------
        ValueError
            A condition is missing, or one is given that this generator does not take.
        """
        _check(self, label, mask)
        known = [noise]
        if label is not None:
            known.append(self.label(label))
        if mask is not None:
            known.append(adaptive_avg_pool2d(mask, self.base).flatten(1))
        x = self.dense(torch.cat(known, 1)).unflatten(1, (-1, self.base, self.base))
        x = self.grow(_beside(x, mask))
        return self.paint(_beside(x, mask)).tanh()


class Critic(nn.Module):
    """Score pictures: two convolutions that halve the side, then a weighted sum.

    There is no batch normalization: it would make the score of a picture depend on its neighbours
    in the batch, and the gradient penalty is about one picture at a time.

    Parameters
    ----------
    side, channels, classes, box, rng
        As those of `Generator`. A label enters as the inner product of its embedding and the last
        maps, which is added to the score ([3]_).
    """

    def __init__(
        self,
        side: int = 28,
        channels: int = 24,
        *,
        classes: int = 0,
        box: bool = False,
        rng: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        width = 2 * channels * _base(side) ** 2
        self.side, self.box = side, box
        self.label = nn.Embedding(classes, width) if classes else None
        self.body = nn.Sequential(
            nn.Conv2d(1 + int(box), channels, 4, 2, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(channels, 2 * channels, 4, 2, 1),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
        )
        self.score = nn.Linear(width, 1)
        _draw_weights(self, rng)

    def forward(
        self, images: Tensor, *, label: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Score pictures (B, 1, side, side) under their conditions; a higher one means more real.

        Returns
        -------
        Tensor
            (B,), any real number.
        """
        _check(self, label, mask)
        x = self.body(_beside(images, mask))
        score = self.score(x).squeeze(1)
        return score if label is None else score + (self.label(label) * x).sum(1)


def _beside(maps: Tensor, mask: Tensor | None) -> Tensor:
    """Put the mask, at the size of the maps, beside them as one more channel."""
    if mask is None:
        return maps
    return torch.cat([maps, adaptive_avg_pool2d(mask, maps.shape[-1])], 1)


def _base(side: int) -> int:
    """Return a quarter of the side."""
    if side < 4 or side % 4:
        raise ValueError(f"side must be a multiple of 4, as it is halved twice; got {side}")
    return side // 4


def _check(model: Generator | Critic, label: Tensor | None, mask: Tensor | None) -> None:
    """Refuse a missing condition and one too many."""
    for name, given, taken in (
        ("label", label is not None, model.label is not None),
        ("mask", mask is not None, model.box),
    ):
        if given != taken:
            raise ValueError(
                f"this {type(model).__name__} takes {'a' if taken else 'no'} {name}; "
                f"got {'one' if given else 'none'}"
            )


def _draw_weights(model: nn.Module, rng: torch.Generator | None) -> None:
    """Draw the first weights; biases are 0.

    [1]_ draws all of them from N(0, 0.02²), for networks with hundreds of maps. Ours have tens and
    would start too slowly: dense layers get variance one over their inputs, convolutions 0.05².
    """
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0, layer.in_features**-0.5, generator=rng)
        elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 0.05, generator=rng)
        elif isinstance(layer, nn.Embedding):
            nn.init.normal_(
                layer.weight, 0, 1.0 if layer.embedding_dim < 256 else 0.02, generator=rng
            )
        else:
            continue
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)
