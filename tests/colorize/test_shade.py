"""Gradients go on over flats, and neither lines nor sharp borders are crossed."""

import numpy as np
import pytest

from lineart_lib.colorize.lift import lift, settled
from lineart_lib.colorize.shade import shade
from lineart_lib.colorize.shrink import ground
from lineart_lib.colorize.swatches import swatches


def shaded(painted, lines):
    """Lift and shade as `colorize` does."""
    found = swatches(painted.reshape(-1, 3))
    areas = ground(lines, painted.shape[:2])
    small = settled(found.labels.reshape(painted.shape[:2]) + np.uint8(1), areas)
    return shade(painted, small, lift(small, areas), found.colours, areas)


def two_ramps():
    """Red that grows to the right on the left half, blue that grows downwards on the right."""
    painted = np.zeros((40, 64, 3), np.uint8)
    painted[:, :32, 0] = np.linspace(150, 250, 32)
    painted[:, 32:, 2] = np.linspace(120, 250, 40)[:, None]
    return painted


@pytest.mark.parametrize("wall_px", [0, 6])
def test_two_gradients_do_not_mix(wall_px):
    """Property: with a line between them or without, every pixel is red or blue, none purple, and
    each ramp is smooth to two steps of 8 bits."""
    lines = np.full((320, 512), 255, np.uint8)
    if wall_px:
        lines[:, 256 - wall_px // 2 : 256 + wall_px // 2] = 0
    made = shaded(two_ramps(), lines).astype(int)
    assert (np.minimum(made[..., 0], made[..., 2]) == 0).all()
    red, blue = made[160, 10:240, 0], made[10:310, 400, 2]
    for ramp, low, high in ((red, 150, 250), (blue, 120, 250)):
        steps = np.diff(ramp)
        assert steps.min() >= -1
        assert steps.max() <= 2
        assert (ramp[0] - low) < 12
        assert (high - ramp[-1]) < 12


def test_what_a_model_mixes_at_a_line_is_no_shade():
    """Property: a small picture whose pixels beside the wall are half red, half blue, has none of
    that when it is large."""
    painted = two_ramps()
    painted[:, 31:33] = (120, 0, 110)
    lines = np.full((320, 512), 255, np.uint8)
    lines[:, 250:262] = 0
    made = shaded(painted, lines).astype(int)
    paper = lines == 255
    assert np.minimum(made[..., 0], made[..., 2])[paper].max() == 0


def test_at_equal_size_it_is_what_was_painted():
    """Equivalence: byte by byte."""
    painted = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(shaded(painted, np.full((20, 30), 255, np.uint8)), painted)
