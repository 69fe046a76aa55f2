"""Pieces of paper and hinted colours that read one another, and say which colour fits which piece.

A convolution sees what is near. But an ear is skin because the face is, however far the face, and
both eyes are white because one of them was hinted. So every piece of paper becomes one token, every
hinted colour another, and the transformer blocks of the chapter "Attention" let all of them read
one another. What a piece then prefers holds for all of its pixels.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017.
.. [2] Casey, Pérez, Li, "The Animation Transformer: Visual Correspondence via Segment Matching",
   2021: areas between lines as tokens.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from lineart_lib.models.attention import Block
from lineart_lib.recipe.choices import Choices

TRUST = 2.5
"""What a fill is trusted with is counted in these, since it decides for all pixels of a piece."""


class Pieces(nn.Module):
    """Score every colour for every piece of paper.

    A piece starts from what its pixels tell, where it lies, how large it is, the colours that are
    hinted in it and those that the fills give it. A colour starts from what its hinted pixels tell,
    from itself, from how much of it is hinted, and from the pieces that it is hinted in.

    Parameters
    ----------
    told : int
        Channels that are told of each pixel.
    fills : int
        Fills that the choices come with.
    width, blocks, heads : int
        Of the transformer.
    """

    def __init__(
        self, told: int, fills: int, width: int = 96, blocks: int = 3, heads: int = 4
    ) -> None:
        super().__init__()
        self.fills = fills
        self.enter_piece = nn.Linear(told + 3, width)  # its middle, its area
        self.enter_colour = nn.Linear(told + 4, width)  # red, green, blue, the hinted area
        self.hinted = nn.Linear(width, width, bias=False)
        self.filled = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(fills))
        self.blocks = nn.ModuleList(Block(width, heads, 2 * width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.trust = nn.Linear(width, fills + 1)
        with torch.no_grad():  # At first pieces say little.
            self.query.weight.mul_(0.3)
            self.trust.weight.mul_(0.1)
            self.trust.bias.zero_()

    def forward(self, told: Tensor, choices: Choices) -> Tensor:
        """Let pieces and colours talk.

        Parameters
        ----------
        told : Tensor
            float32 (B, h, w, told), of folds of pixels, see `label_means`.
        choices : Choices

        Returns
        -------
        Tensor
            float32 (B, 1 + K, H, W): what to add to the scores of each pixel; plane 0 is the colour
            of its own. 0 for pixels that lie in no piece; what a row of colours beyond a picture's
            count gets means nothing.
        """
        pieces, count = choices.pieces, choices.colours.shape[1]
        most = int(pieces.max())
        marked = overlap(pieces, choices.markers, most, count)
        area = marked.sum(dim=2, keepdim=True)  # (B, P, 1)
        share = [
            overlap(pieces, choices.fills[:, i], most, count)[..., 1:] / area.clamp(min=1)
            for i in range(self.fills)
        ]
        piece, colour = self._tokens(told, choices, marked[..., 1:], area, share)
        real = torch.cat([area[..., 0] > 0, choices.real], dim=1)
        seen = real[:, None, :] | torch.eye(real.shape[1], dtype=torch.bool, device=real.device)
        tokens = torch.cat([piece, colour], dim=1)
        for block in self.blocks:
            tokens = block(tokens, seen[:, None])
        piece, colour = self.norm(tokens).split((most, count), dim=1)
        scores = self.query(piece) @ self.key(colour).mT / math.sqrt(piece.shape[2])
        own, *trust = self.trust(piece).split(1, dim=2)
        for each, part in zip(trust, share, strict=True):
            scores = scores + TRUST * each * part
        return spread(torch.cat([own, scores], dim=2), pieces)

    def _tokens(
        self, told: Tensor, choices: Choices, hinted: Tensor, area: Tensor, share: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Make one token of each piece and of each colour: (B, P, width) and (B, K, width)."""
        down, across = (torch.linspace(-1, 1, side, device=told.device) for side in told.shape[1:3])
        place = torch.stack(torch.meshgrid(down, across, indexing="ij"), dim=2)
        values = torch.cat([told, place.expand(len(told), -1, -1, -1)], dim=3)
        pixels = choices.pieces[0].numel()
        piece = label_means(values, choices.pieces, area.shape[1])
        piece = self.enter_piece(torch.cat([piece, _logarithm(area, pixels)], dim=2))
        amount = hinted.sum(dim=1)[..., None]  # (B, K, 1)
        colour = label_means(told, choices.markers, amount.shape[1])
        colour = torch.cat([colour, choices.colours, _logarithm(amount, pixels)], dim=2)
        colour = self.enter_colour(colour)
        piece = piece + (hinted > 0).float() @ self.hinted(colour)
        for part, layer in zip(share, self.filled, strict=True):
            piece = piece + part @ layer(colour)
        return piece, colour + (hinted.mT / amount.clamp(min=1)) @ piece


def _logarithm(area: Tensor, pixels: int) -> Tensor:
    """Tell how large an area is, from about -2.3 to 0: a hundredth of it is about one less."""
    return (area / pixels + 1e-4).log() / 4


def label_means(values: Tensor, labels: Tensor, count: int) -> Tensor:
    """Average values over the pixels of each label.

    Parameters
    ----------
    values : Tensor
        float32 (B, h, w, C): of each pixel, or of each fold of them, whose pixels share it.
    labels : Tensor
        Whole numbers (B, H, W), with sides that are multiples of h and w: 0 is none, 1 to `count`
        are the labels.
    count : int

    Returns
    -------
    Tensor
        float32 (B, count, C); 0 for a label that no pixel has.
    """
    height, width = values.shape[1:3]
    within = labels.unflatten(2, (width, -1)).unflatten(1, (height, -1))  # (B, h, f, w, g)
    within = within.permute(0, 2, 4, 1, 3).flatten(3).flatten(1, 2)  # (B, f g, h w)
    pixels = values.new_zeros(len(values), count + 1, height * width)  # of a label in a fold
    pixels = pixels.scatter_add_(1, within.long(), values.new_ones(()).expand(within.shape))[:, 1:]
    return (pixels @ values.flatten(1, 2)) / pixels.sum(dim=2, keepdim=True).clamp(min=1)


def label_medians(values: Tensor, labels: Tensor, count: int) -> Tensor:
    """Return what lies in the middle of the values of each label, channel by channel.

    Parameters
    ----------
    values : Tensor
        float32 (B, H, W, C), in [-1, 1].
    labels : Tensor
        Whole numbers (B, H, W): 0 is none, 1 to `count` are the labels.
    count : int

    Returns
    -------
    Tensor
        float32 (B, count, C); of two in the middle the lower one, and 0 for a label that no pixel
        has.
    """
    places = labels.flatten(1).long()
    apart = 4.0 * places[:, None] + values.flatten(1, 2).mT.double()  # No two labels overlap.
    sizes = places.new_zeros(len(places), count + 1).scatter_add(1, places, torch.ones_like(places))
    middle = (sizes.cumsum(dim=1) - 1 - sizes // 2)[:, 1:].clamp(min=0)
    found = apart.sort(dim=2).values.gather(2, middle[:, None].expand(-1, apart.shape[1], -1)).mT
    found = found - 4.0 * torch.arange(1, count + 1, device=found.device)[:, None]
    return found.where(sizes[:, 1:, None] > 0, 0.0).to(values.dtype)


def spread(values: Tensor, labels: Tensor) -> Tensor:
    """Give each pixel what its label has: (B, count, C) becomes (B, C, H, W); 0 for label 0."""
    table = pad(values, (0, 0, 1, 0)).mT
    places = labels.flatten(1).long()[:, None].expand(-1, table.shape[1], -1)
    return table.gather(2, places).unflatten(2, labels.shape[1:])


def unhinted(choices: Choices) -> Tensor:
    """Number the pieces of paper in which there is no hint, from 1 on without a gap.

    Returns
    -------
    Tensor
        int64 (B, H, W); 0 where a piece is hinted, or where there is none.
    """
    most = int(choices.pieces.max())
    free = (overlap(choices.pieces, choices.markers > 0, most, 1)[..., 1:] == 0).long()
    return spread(free * free.cumsum(dim=1), choices.pieces)[:, 0]


def overlap(first: Tensor, second: Tensor, most: int, count: int) -> Tensor:
    """Count the pixels that have a label of one kind and a label of another.

    Parameters
    ----------
    first : Tensor
        Whole numbers (B, H, W), 0 to `most`; 0 is left out.
    second : Tensor
        Whole or logical numbers (B, H, W), 0 to `count`; 0 counts too.
    most, count : int

    Returns
    -------
    Tensor
        float32 (B, most, 1 + count), in pixels.
    """
    places = first.flatten(1).long() * (count + 1) + second.flatten(1).long()
    table = torch.zeros(len(first), (most + 1) * (count + 1), device=first.device)
    table = table.scatter_add(1, places, torch.ones_like(places, dtype=table.dtype))
    return table.unflatten(1, (most + 1, count + 1))[:, 1:]
