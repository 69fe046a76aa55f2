"""Pink noise: variance one in each pixel, equal power in each octave, a say in large areas."""

import pytest
import torch

from lineart_lib.diffusion.noise import draw_noise, pink_noise
from lineart_lib.runtime import generator


@pytest.mark.parametrize("size", [(64, 64), (48, 20), (33, 7), (1, 1)])
def test_each_pixel_has_variance_one(size):
    """Property: mean 0 and variance 1, at any size, odd ones too.

    Three thousand pictures, and pixels that depend on each other: five standard errors of a
    variance that were independent from picture to picture are 5 √(2 / 3000) = 0.13.
    """
    drawn = pink_noise((3000, *size), generator(0))
    assert drawn.shape == (3000, *size)
    assert abs(float(drawn.square().mean()) - 1) < 0.13
    assert abs(float(drawn.mean())) < 0.1


def test_each_octave_has_the_same_power():
    """Property: from 2 to 32 cycles, power by octave within a fifth of their mean."""
    drawn = pink_noise((200, 64, 64), generator(1))
    power = torch.fft.fft2(drawn).abs().square().mean(0)
    f = torch.fft.fftfreq(64) * 64
    far = torch.sqrt(f[:, None].square() + f.square())
    octaves = torch.stack([power[(far >= low) & (far < 2 * low)].sum() for low in (2, 4, 8, 16)])
    assert float((octaves / octaves.mean() - 1).abs().max()) < 0.2


def test_its_mean_over_an_area_stays_while_that_of_white_noise_vanishes():
    """Property: over 16 × 16 pixels white noise keeps a 16th of its spread, pink about half."""
    for colour, low, high in (("white", 0.055, 0.07), ("pink", 0.4, 0.6)):
        drawn = draw_noise(colour, (2000, 64, 64), generator(2))
        assert low < float(drawn[:, :16, :16].mean((1, 2)).std()) < high
    with pytest.raises(ValueError, match="noise must be one of"):
        draw_noise("blue", (4, 4))


def test_a_seed_decides():
    """Property: equal generators give equal noise."""
    assert torch.equal(pink_noise((3, 8, 8), generator(5)), pink_noise((3, 8, 8), generator(5)))
