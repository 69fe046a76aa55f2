"""Positions: what attention cannot know of a token unless it is told (chapter "Attention").

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def sinusoidal_positions(tokens: int, width: int, period: float = 10_000.0) -> Tensor:
    """Write each position as sines and cosines, from fast to slow ([1]_).

    Parameters
    ----------
    tokens : int
        Positions 0 … tokens - 1, at least one.
    width : int
        Even, at least 2.
    period : float
        Wavelengths grow from 2π towards 2π times this.

    Returns
    -------
    Tensor
        float32 (tokens, width) in [-1, 1]: sine and cosine of a frequency stand side by side.

    Raises
    ------
    ValueError
        There is no position, or the width is odd or below 2.
    """
    if tokens < 1 or width < 2 or width % 2:
        raise ValueError(
            "expected at least one token and an even width of at least 2; "
            f"got {tokens} tokens, width {width}"
        )
    even = torch.arange(0, width, 2, dtype=torch.float64)
    angle = torch.arange(tokens, dtype=torch.float64)[:, None] * period ** (-even / width)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).float()


class LearnedPositions(nn.Module):
    """Add a vector of its own to each position; training decides what it says.

    Parameters
    ----------
    tokens : int
        Positions, at least one: no longer input can be read.
    width : int
        Numbers of a token.
    generator : torch.Generator, optional
        Draws the first vectors, normal with deviation 0.02. Without one, torch's global generator
        is used.
    """

    def __init__(self, tokens: int, width: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.vectors = nn.Parameter(0.02 * torch.randn(tokens, width, generator=generator))

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """Add the vectors of positions start, start + 1, … to (..., tokens, width).

        Raises
        ------
        ValueError
            The last position has no vector.
        """
        end = start + x.shape[-2]
        if end > len(self.vectors):
            raise ValueError(
                f"there are vectors for {len(self.vectors)} positions; got input up to {end}: "
                "cut it, or build the model for more tokens"
            )
        return x + self.vectors[start:end]
