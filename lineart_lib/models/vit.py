"""The vision transformer: a picture is cut into patches, and these attend to each other.

The chapter is "Attention".

References
----------
.. [1] Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at
   Scale", 2021.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineart_lib.models.attention import Block
from lineart_lib.models.positions import LearnedPositions


def to_patches(images: Tensor, size: int) -> Tensor:
    """Cut pictures into square patches, read line by line.

    Parameters
    ----------
    images : Tensor
        (batch, channels, H, W); H and W are multiples of `size`.
    size : int
        Side of a patch in pixels, at least 1.

    Returns
    -------
    Tensor
        (batch, H / size · W / size, channels · size²). A patch is written channel by channel, each
        line by line.

    Raises
    ------
    ValueError
        The pictures have another shape.
    """
    if images.ndim != 4 or size < 1 or images.shape[2] % size or images.shape[3] % size:
        raise ValueError(
            f"images must be (batch, channels, H, W) with H and W multiples of {size}; "
            f"got {tuple(images.shape)}"
        )
    batch, channels, height, width = images.shape
    grid = images.view(batch, channels, height // size, size, width // size, size)
    return grid.permute(0, 2, 4, 1, 3, 5).reshape(batch, -1, channels * size**2)


def from_patches(patches: Tensor, size: int, height: int) -> Tensor:
    """Put patches together again: the inverse of `to_patches`.

    Parameters
    ----------
    patches : Tensor
        (batch, patches, channels · size²).
    size : int
        Side of a patch in pixels.
    height : int
        Of the picture, in pixels: a multiple of `size`.

    Returns
    -------
    Tensor
        (batch, channels, height, W).
    """
    batch, count, numbers = patches.shape
    rows = height // size
    grid = patches.view(batch, rows, count // rows, numbers // size**2, size, size)
    return grid.permute(0, 3, 1, 4, 2, 5).reshape(batch, -1, height, count // rows * size)


class ViT(nn.Module):
    """Classify grey pictures by attention between their patches ([1]_).

    A two-layer MLP embeds each patch, a token of its own is put in front ("class token"), learned
    positions are added, blocks follow. The class is read from that first token alone.

    Parameters
    ----------
    side : int
        Of the picture in pixels, a multiple of `patch`.
    patch : int
        Side of a patch in pixels.
    width : int
        Numbers of a token, a multiple of `heads`.
    heads : int
        Of each block's attention.
    layers : int
        Blocks, at least one.
    classes : int
        Logits.
    hidden : int, optional
        Units of each block's MLP; four times the width by default.
    generator : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.

    Raises
    ------
    ValueError
        The patches do not tile the picture, the heads do not divide the width, or no block.
    """

    def __init__(
        self,
        side: int = 28,
        patch: int = 7,
        width: int = 64,
        heads: int = 4,
        layers: int = 3,
        classes: int = 10,
        hidden: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if patch < 1 or side < patch or side % patch:
            raise ValueError(
                f"the side must be a multiple of the patch; got side {side}, patch {patch}"
            )
        if layers < 1:
            raise ValueError(f"there must be at least one block; got {layers}")
        self.patch = patch
        tokens = (side // patch) ** 2 + 1
        self.embed = nn.Sequential(nn.Linear(patch**2, width), nn.GELU(), nn.Linear(width, width))
        self.class_token = nn.Parameter(0.02 * torch.randn(width, generator=generator))
        self.positions = LearnedPositions(tokens, width, generator)
        self.blocks = nn.ModuleList(
            Block(width, heads, hidden, generator=generator) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)
        for layer in (self.embed[0], self.embed[2], self.head):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)

    def tokens(self, images: Tensor) -> Tensor:
        """Embed the patches: (batch, 1, side, side) to (batch, 1 + patches, width)."""
        x = self.embed(to_patches(images, self.patch))
        first = self.class_token.to(x.dtype).expand(len(x), 1, -1)
        return self.positions(torch.cat([first, x], dim=1))

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, 1, side, side) to logits (batch, classes)."""
        x = self.tokens(images)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))

    def attention_maps(self, images: Tensor) -> Tensor:
        """Say who looks at whom, in each block.

        Returns
        -------
        Tensor
            (batch, layers, heads, tokens, tokens): row = who looks, column = at whom. Token 0 is
            the class token; the others are the patches, line by line.
        """
        x = self.tokens(images)
        maps = []
        for block in self.blocks:
            maps.append(block.weights(x))
            x = block(x)
        return torch.stack(maps, dim=1)
