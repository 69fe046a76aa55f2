"""Photographed paper is recognised and taken away; drawings made on a screen are left alone."""

import numpy as np
import pytest

from lineart_lib.colorize.paper import is_photograph, whitened


def photographed(lines, generator, noise=3.0, ink=60.0):
    """Lay lines on warm paper, light it from one side, shade a corner, add noise of the sensor."""
    height, width = lines.shape
    y, x = np.mgrid[:height, :width] / max(height, width)
    light = 0.95 - 0.45 * x - 0.15 * y - 0.25 * np.exp(-((x - 0.8) ** 2 + (y - 0.1) ** 2) / 0.05)
    paper = np.array([245.0, 235.0, 215.0]) * light[..., None]
    share = lines[..., None] / 255.0
    picture = paper * (share + (1 - share) * ink / 245) + generator.normal(
        0, noise, (*lines.shape, 3)
    )
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("scale", "ink"), [(8, 20.0), (8, 110.0), (16, 60.0)])
def test_the_lines_of_a_photograph_come_back(rooms, scale, ink):
    """Recovery: ink and pencil under a lamp give the lines, and clean paper, at two sizes.

    Anti-aliased edges may move by a third of the range, since the ink is not quite black there."""
    lines, _ = rooms(scale)
    photo = photographed(lines, np.random.default_rng(0), ink=ink)
    assert photo.min(axis=-1)[lines == 255].min() < 110  # Darker than some ink elsewhere.
    assert is_photograph(photo)
    found = whitened(photo)
    paper, full = lines == 255, lines == 0
    assert (found[paper].min(axis=-1) >= 250).mean() > 0.99
    assert (found[full].max(axis=-1) < 90).mean() > 0.99
    # What counts as ink is the same, but for the soft edges.
    same = (found.mean(axis=-1) < 128) == (lines < 128)
    assert same[paper | full].mean() > 0.999


def test_a_wide_blot_stays_ink(rooms):
    """Recovery: a black disc an eighth of the picture wide is no shadow... up to a sixteenth."""
    lines, _ = rooms(8)
    lines[300:325, 480:505] = 0
    found = whitened(photographed(lines, np.random.default_rng(1)))
    assert found[304:321, 484:501].max() < 110


@pytest.mark.parametrize(
    "kind", ["white", "screen", "grey paper", "hatched", "transparent", "one pixel", "black"]
)
def test_what_is_no_photograph_is_left_alone(kind, rooms):
    """Property: white or evenly coloured paper, dense hatching, any size."""
    lines, _ = rooms(4)
    picture = np.repeat(lines[..., None], 3, -1)
    if kind == "grey paper":
        picture = (picture * np.array([0.85, 0.85, 0.8])).astype(np.uint8)
    elif kind == "hatched":
        picture[::3] = 0
    elif kind == "one pixel":
        picture = picture[:1, :1]
    elif kind == "black":
        picture = np.zeros_like(picture)
    elif kind == "white":
        picture = np.full_like(picture, 255)
    assert not is_photograph(picture)


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (41, 5)])
def test_any_size_is_whitened(size):
    """Property: the size stays, and even paper becomes white."""
    photo = np.random.default_rng(0).integers(150, 154, (*size, 3), dtype=np.uint8)
    found = whitened(photo)
    assert found.shape == photo.shape
    assert (found.mean() if size == (1, 1) else np.median(found)) > 240
