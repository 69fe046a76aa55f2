"""A small stack that has everything: groups, blends, soft alpha, a hidden layer, odd names."""

import numpy as np
import pytest

from lineart_lib.layers import Layer, Stack
from lineart_lib.layers.stack import Group


@pytest.fixture
def stack():
    """37 x 23 pixels, seven layers."""
    generator = np.random.default_rng(3)

    def noise(height, width, alpha=None):
        rgba = generator.integers(0, 256, (height, width, 4), dtype=np.uint8)
        if alpha is not None:
            rgba[..., 3] = alpha
        return rgba

    return Stack(
        23,
        37,
        (
            Layer("paper", np.full((23, 37, 4), 255, np.uint8)),
            Group(
                "flats",
                (Layer("1 #ff8000", noise(9, 11, 255), 4, 3), Layer("2 été 色", noise(5, 7), 1, 2)),
            ),
            Layer("shading", noise(23, 20), blend="multiply"),
            Layer("light", noise(8, 8), 29, 15, blend="screen"),
            Layer("line", noise(23, 37, 255), blend="multiply"),
            Layer("hints", noise(3, 3), 30, 2, visible=False),
        ),
        ((255, 128, 0), (1, 2, 3)),
    )
