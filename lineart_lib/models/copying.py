"""Our form of the one-pass colorizer: each pixel copies a hint, or takes a colour of its own.

A network that predicts colours smears what a fill has exactly right, and a fill is far off where a
line is open. So the network decides instead of painting. Each pixel attends to the hinted colours:
how likely is each of them here? The classical fills speak first, as scores that the network may
outvote. The pieces of paper between the lines speak too, since what one is says what others may be.
A colour is then copied exactly as it was painted. One more option, a colour that the network
predicts itself, stands for all that nobody has hinted.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017: queries that look for keys.
.. [2] Vinyals, Fortunato, Jaitly, "Pointer Networks", 2015: attention whose answer is a choice
   among the inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_unshuffle

from lineart_lib.models.picture_unet import PictureUNet
from lineart_lib.models.pieces import Pieces, label_means, label_medians, spread, unhinted
from lineart_lib.recipe.choices import FILLS, Choices, painted

FOLD = 2
"""Pixels are folded two by two: four times the channels on a quarter of the area."""
FIRST_TRUST = {"min-cut": 4.0, "watershed": 0.5, "trapped ball": 0.5}
"""Scores that the fills start with: the minimum cut, the best of them, outvotes the others."""
TENS = 10.0
SHARPNESS = 4.0
"""Of `paint_decision`, for pictures to look at: a colour that is likely is copied exactly."""
_NEVER = -1e4


class Decision(NamedTuple):
    """What a network thinks of each pixel."""

    scores: Tensor
    """float32 (B, 1 + K, H, W): logits; plane 0 is the colour of its own, plane k colour k - 1."""
    own: Tensor
    """float32 (B, 3, H, W), in [-1, 1]: the colour where no hint fits."""


class Copier(nn.Module):
    """Attention from pixels to hints, with fills as its prior.

    With q a pixel's query, k_c the mean key of all pixels hinted with colour c, and f_i(x) the
    colour that fill i takes at pixel x, the score of c at x is::

        scale · q(x) · k_c  +  Σ_i  max(0, base_i + gate_i(x)) · [f_i(x) = c]  +  p_c(x)

    where p_c(x) is what the piece of paper that x lies in thinks of c, see
    `lineart_lib.models.pieces.Pieces`. At first the minimum cut outvotes the rest, since it is the
    best of the fills.

    Parameters
    ----------
    widths : sequence of int
        Of the U-Net, at a half, a quarter … of the picture's size.
    keys : int
        Length of queries and keys.
    heard : sequence of str
        The fills that the choices come with; none to do without, whatever they come with.
    piece_channels : int
        What pieces of paper are told of each pixel; 0 to do without pieces.

    Notes
    -----
    A shape that does not depend on the number of colours: the network never sees which colour is
    which number, so it cannot learn habits of numbering, and a picture may have any number.
    """

    def __init__(
        self,
        widths: Sequence[int] = (48, 96, 144, 192),
        keys: int = 16,
        heard: Sequence[str] = FILLS,
        piece_channels: int = 32,
    ) -> None:
        super().__init__()
        self.keys, self.fills = keys, len(heard)
        fills = self.fills
        # Of each pixel: query, gates, own score, own colour. Of each fold: key, and what its piece
        # is told; both are averaged over many pixels anyway.
        self.parts = (keys, fills, 1, 3)
        self.folded = (sum(self.parts) * FOLD**2, keys, piece_channels)
        self.network = PictureUNet(planes_of(fills) * FOLD**2, sum(self.folded), widths)
        with torch.no_grad():  # At first the best fill decides alone.
            self.network.leave.weight[: sum(self.folded[:-1])].mul_(0.1)
            self.network.leave.bias.zero_()
        self.pieces = Pieces(piece_channels, fills) if piece_channels else None
        # Adam moves every number alike, so what decides for all pixels is counted in tens.
        self.base = nn.Parameter(
            torch.tensor([FIRST_TRUST.get(name, 0.1) / TENS for name in heard])
        )
        self.scale = nn.Parameter(torch.tensor([1.0]))
        self.own_bias = nn.Parameter(torch.tensor([-1.0]))

    @property
    def step(self) -> int:
        """What both sides of a picture must be multiples of."""
        return FOLD * 2**self.network.halvings

    def forward(self, choices: Choices) -> Decision:
        """Score every colour at every pixel.

        Raises
        ------
        ValueError
            The sides are no multiples of `step`, or the choices hold another number of fills.
        """
        if self.fills and choices.fills.shape[1] != self.fills:
            raise ValueError(
                f"the network was made for {self.fills} fills; got {choices.fills.shape[1]}"
            )
        said = answer_folds(self.network, choices, self.fills)
        with torch.autocast(said.device.type, enabled=False):  # Scores differ by little: float32.
            return self._decide(choices, said)

    def _decide(self, choices: Choices, said: Tensor) -> Decision:
        """Make scores of what the network says of each pixel."""
        count = choices.colours.shape[1]
        of_pixels, keys, for_pieces = said.split(self.folded, dim=3)
        queries, gates, own_score, own = unfolded(of_pixels).split(self.parts, dim=1)
        means = label_means(keys, choices.markers, count) * self.scale  # (B, K, keys)
        never = _NEVER * ~choices.real[..., None]  # No pixel is marked so: the mean key is 0.
        copied = torch.baddbmm(never, means, queries.flatten(2)).unflatten(2, queries.shape[2:])
        scores = torch.cat([own_score + self.own_bias, copied], dim=1)
        if self.fills:
            labels = choices.fills.long()
            trust = (TENS * self.base[:, None, None] + gates).clamp(min=0) * (labels > 0)
            scores = scores.scatter_add(1, labels, trust)
        if self.pieces is not None:
            scores = scores + self.pieces(for_pieces, choices)
        return Decision(scores, own.tanh())


def planes_of(fills: int) -> int:
    """Return how many planes `lay_out` makes of choices with so many fills."""
    return 1 + 1 + 3 + 3 * fills + (fills if fills > 1 else 0)


def lay_out(choices: Choices, fills: int) -> Tensor:
    """Lay out lineart, hints, and each fill: its colour, and where it differs from the next.

    Returns
    -------
    Tensor
        float32 (B, planes_of(fills), H, W), in [-1, 1].
    """
    markers, labels = choices.markers, choices.fills
    planes = [
        choices.lineart,
        (markers[:, None] > 0).float(),
        painted(markers, choices.colours),
        *(painted(labels[:, i], choices.colours) for i in range(fills)),
    ]
    if fills > 1:
        planes.append(((labels != labels.roll(1, dims=1)) | (labels == 0)).float())
    return torch.cat(planes, dim=1)


def answer_folds(network: nn.Module, choices: Choices, fills: int) -> Tensor:
    """Ask a network about a picture; it sees the pixels folded `FOLD` by `FOLD`.

    Returns
    -------
    Tensor
        float32 (B, H / FOLD, W / FOLD, channels): all that the network puts out.
    """
    seen = pixel_unshuffle(lay_out(choices, fills), FOLD)
    said = network(seen.contiguous(memory_format=torch.channels_last))
    return said.float().permute(0, 2, 3, 1)


def unfolded(said: Tensor) -> Tensor:
    """Give every pixel its own part of what is said of its fold.

    Parameters
    ----------
    said : Tensor
        (B, H / FOLD, W / FOLD, FOLD² · channels): the pixels of a fold one after the other, row by
        row, each with all that is said of it.

    Returns
    -------
    Tensor
        (B, channels, H, W).
    """
    whole = said.unflatten(3, (FOLD, FOLD, -1)).transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return whole.permute(0, 3, 1, 2)


def paint_decision(decision: Decision, colours: Tensor, sharpness: float = 1.0) -> Tensor:
    """Mix the colours by how likely each is.

    Parameters
    ----------
    decision : Decision
    colours : Tensor
        float32 (B, K, 3), in [-1, 1].
    sharpness : float
        Above 0. Each probability is raised to this power: 1 mixes as unsure as the network is,
        which has the least squared error; a large one copies the likeliest colour exactly.

    Returns
    -------
    Tensor
        float32 (B, 3, H, W), in [-1, 1], without lines.
    """
    return mix_colours(_sharpened(decision, sharpness), decision.own, colours)


def paint_settled(decision: Decision, choices: Choices, sharpness: float = SHARPNESS) -> Tensor:
    """Mix the colours, and let each piece of paper that nobody hinted decide as one.

    Its pixels are unsure, each in another way, and what they make up would run across the lines. So
    such a piece takes the mean of how likely they find each colour, and the median of the colours
    of their own: what has the least absolute error for all of them, which each was trained to.

    Parameters and result are those of `paint_decision`, with the choices that were decided on.
    """
    likely, own = _sharpened(decision, sharpness), decision.own
    pieces = unhinted(choices)
    count = int(pieces.max())
    if count:
        free = (pieces > 0)[:, None]
        agreed = label_means(likely.permute(0, 2, 3, 1), pieces, count)
        middle = label_medians(own.permute(0, 2, 3, 1), pieces, count)
        likely = torch.where(free, spread(agreed, pieces), likely)
        own = torch.where(free, spread(middle, pieces), own)
    return mix_colours(likely, own, choices.colours)


def _sharpened(decision: Decision, sharpness: float) -> Tensor:
    """Return how likely each colour is, raised to a power: (B, 1 + K, H, W), with sums of 1."""
    if not sharpness > 0:
        raise ValueError(f"sharpness must be above 0; got {sharpness}")
    return (decision.scores * sharpness).softmax(dim=1)


def mix_colours(likely: Tensor, own: Tensor, colours: Tensor) -> Tensor:
    """Mix the colours by how likely each is: float32 (B, 1 + K, H, W), with sums of 1."""
    return likely[:, :1] * own + torch.einsum("bkhw,bkc->bchw", likely[:, 1:], colours)
