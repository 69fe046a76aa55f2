"""Noise that is coarse as well as fine, so that it has a say in the colour of a whole area.

White noise is new in every pixel. Its mean over an area of n pixels shrinks with √n, so a denoiser
that sees a large flat area knows its colour almost at once, whatever the noise. Noise with equal
power in every octave keeps its say: its mean over an area hardly depends on the area's size.

References
----------
.. [1] Hoogeboom, Heek, Salimans, "simple diffusion: End-to-end diffusion for high resolution
   images", 2023, section 3.1: white noise means less, the larger the picture.
.. [2] Voss, Clarke, "1/f noise in music and speech", Nature 258, 1975.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

Colour = Literal["pink", "white"]


def pink_noise(shape: tuple[int, ...], rng: torch.Generator | None = None) -> Tensor:
    """Draw Gaussian noise whose amplitude falls as one over the frequency.

    White noise is filtered in the frequency domain. Every octave of scales has the same power
    [2]_; the mean of the picture counts as the lowest frequency. Each pixel's variance is 1.

    Parameters
    ----------
    shape : tuple of int
        (..., height, width); each picture and channel has noise of its own. It wraps around at the
        borders.
    rng : torch.Generator, optional
        On the CPU. Without one torch's global generator draws.

    Returns
    -------
    Tensor
        float32, of that shape, on the CPU.
    """
    height, width = shape[-2:]
    down = torch.fft.fftfreq(height)[:, None] * height
    across = torch.fft.rfftfreq(width) * width
    gain = 1 / torch.sqrt(down.square() + across.square()).clamp(min=1)
    # Columns but the first and, for an even width, the last stand for two frequencies each.
    twice = torch.full((gain.shape[1],), 2.0)
    twice[0] = 1
    twice[-1] = 1 if width % 2 == 0 or width == 1 else 2
    power = (gain.square() * twice).sum() / (height * width)
    white = torch.randn(shape, generator=rng)
    return torch.fft.irfft2(torch.fft.rfft2(white) * gain / power.sqrt(), s=(height, width))


def draw_noise(
    colour: Colour, shape: tuple[int, ...], rng: torch.Generator | None = None
) -> Tensor:
    """Draw pink or white noise of variance 1; arguments as in `pink_noise`.

    Raises
    ------
    ValueError
        There is no such noise.
    """
    if colour not in get_args(Colour):
        raise ValueError(f"noise must be one of {get_args(Colour)}; got {colour!r}")
    return pink_noise(shape, rng) if colour == "pink" else torch.randn(shape, generator=rng)
