"""A small U-Net that draws the lines of a coloured picture (chapter "A recipe for data").

It sees what a difference of Gaussians cannot: colour, and what lies around. So it can tell a line
from a dark area, and from a border between two colours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad

from lineart_lib import images
from lineart_lib.models.picture_unet import PictureUNet

WIDTHS = (8, 16, 32)


class LineExtractor(nn.Module):
    """Turn illustrations into linearts of the same size.

    Parameters
    ----------
    widths : sequence of int
        Channels at each size, the full one first; multiples of 8.
    generator : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.

    Raises
    ------
    ValueError
        A width is no multiple of 8, or there is none.
    """

    def __init__(
        self, widths: Sequence[int] = WIDTHS, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[], enabled=generator is not None):
            if generator is not None:
                torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
            self.net = PictureUNet(3, 1, widths)

    def logits(self, illustration: Tensor) -> Tensor:
        """Map (B, 3, H, W) in [-1, 1] to (B, 1, H, W): how much more likely ink is than paper.

        A side that does not halve evenly is made longer by repeating its edge; what was added is
        cut off again.

        Raises
        ------
        ValueError
            The illustrations have another shape.
        """
        if illustration.ndim != 4 or illustration.shape[1] != 3 or 0 in illustration.shape:
            raise ValueError(
                f"illustrations must be (B, 3, H, W), none of them 0; "
                f"got {tuple(illustration.shape)}"
            )
        height, width = illustration.shape[-2:]
        step = 2**self.net.halvings
        more = (0, -width % step, 0, -height % step)
        return self.net(pad(illustration, more, mode="replicate"))[..., :height, :width]

    def forward(self, illustration: Tensor) -> Tensor:
        """Map (B, 3, H, W) in [-1, 1] to linearts (B, 1, H, W) in [-1, 1]; 1 is paper."""
        # The chance of ink is a sigmoid, and 1 - 2 sigmoid(z) = -tanh(z / 2).
        return -torch.tanh(self.logits(illustration) / 2)


def extract_lines(illustration: NDArray[np.floating], model: LineExtractor) -> NDArray[np.float32]:
    """Return the lineart of one illustration, with soft edges as an artist's lines have.

    The same call as `lineart_lib.recipe.lineart.extract`, with the model filled in, so that one
    stands where the other may stand.

    Parameters
    ----------
    illustration : ndarray
        (3, H, W), in [-1, 1], of any size.
    model : LineExtractor
        Trained; its mode is left as it is, which makes no difference to it.

    Returns
    -------
    ndarray
        float32, (1, H, W), in [-1, 1]; below 0 is ink.

    Raises
    ------
    ValueError
        The illustration is not as the contract says.
    """
    images.check(illustration, "illustration", channels=3)
    place = next(model.parameters()).device
    given = torch.from_numpy(np.ascontiguousarray(illustration, np.float32))
    with torch.inference_mode():
        return model(given[None].to(place))[0].cpu().numpy()
