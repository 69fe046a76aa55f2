"""What the copier is measured against: a network that corrects a fill, pixel by pixel.

It is the obvious way to join both. The picture is the fill's plus what the network adds. See the
chapter on copying for what becomes of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from lineart_lib.models.copying import FOLD, Decision, answer_folds, planes_of, unfolded
from lineart_lib.models.picture_unet import PictureUNet
from lineart_lib.recipe.choices import FILLS, Choices, painted

FOLLOWED = FILLS.index("min-cut")
"""The fill that is corrected, the best of them."""
_ALONE = 1e4


class Corrector(nn.Module):
    """The minimum cut's colour of each pixel, and a correction of it.

    Its decision leaves no choice: each pixel takes the colour of its own. So whatever paints what a
    `lineart_lib.models.copying.Copier` decides can paint this too.

    Parameters
    ----------
    widths : sequence of int
        Of the U-Net, as in the copier.
    """

    pieces = None
    """It knows no pieces of paper: whoever paints it paints each pixel alone."""

    def __init__(self, widths: Sequence[int] = (48, 96, 144, 192)) -> None:
        super().__init__()
        self.network = PictureUNet(planes_of(len(FILLS)) * FOLD**2, 3 * FOLD**2, widths)
        nn.init.zeros_(self.network.leave.weight)  # At first nothing is corrected.
        nn.init.zeros_(self.network.leave.bias)

    @property
    def step(self) -> int:
        """What both sides of a picture must be multiples of."""
        return FOLD * 2**self.network.halvings

    def forward(self, choices: Choices) -> Decision:
        """Correct the fill; where it leaves paper, white is corrected.

        In training the colour may leave [-1, 1], so that the error can tell it to come back.
        """
        labels = choices.fills[:, FOLLOWED]
        filled = painted(labels, choices.colours).where(labels[:, None] > 0, torch.ones(()))
        scores = filled.new_zeros(len(filled), 1 + choices.colours.shape[1], *filled.shape[2:])
        scores[:, 0] = _ALONE
        said = answer_folds(self.network, choices, len(FILLS))
        own = filled + unfolded(said)
        return Decision(scores, own if self.training else own.clamp(-1, 1))
