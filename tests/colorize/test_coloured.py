"""Layers flatten to the picture, to the bit, and nobody's pixels are lost."""

import numpy as np
import pytest

from lineart_lib.colorize import Coloured, Painting
from lineart_lib.layers import flatten

SHAPE = (19, 26)


@pytest.fixture
def generator():
    """Draw the same each time."""
    return np.random.default_rng(4)


def painting(generator, shaded=True, outside=False):
    """Return labels of five colours, one of them unused; shading goes both ways."""
    labels = generator.integers(1, 5, SHAPE, dtype=np.uint8)
    if outside:
        labels[:, 15:] = 0
    colours = generator.integers(0, 256, (5, 3), dtype=np.uint8)
    colours[0], colours[1] = (0, 255, 7), (255, 0, 255)
    colour = generator.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    colour[labels == 0] = 255
    return Painting(labels, colours, colour if shaded else None)


def drawing(generator):
    """Return lines with every grey, a little coloured."""
    return generator.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)


@pytest.mark.parametrize("shaded", [False, True])
@pytest.mark.parametrize("outside", [False, True])
def test_the_layers_are_the_picture(generator, shaded, outside):
    """Equivalence: exactly, for every byte of flat, shadow, light and line."""
    lines, one = drawing(generator), painting(generator, shaded, outside)
    kept = drawing(generator)
    alpha = np.where(one.labels == 0, 255, 0).astype(np.uint8)[..., None]
    coloured = Coloured(lines, (one,), kept=np.concatenate([kept, alpha], -1) if outside else None)
    np.testing.assert_array_equal(flatten(coloured.stack()), coloured.picture())
    np.testing.assert_array_equal(coloured.picture()[one.labels == 0], kept[one.labels == 0])


def test_all_bytes_of_a_flat_reach_all_bytes_of_a_target():
    """Closed form: every flat becomes every target by one factor of 8 bits, dark or light."""
    flat, target = (v.astype(np.uint8) for v in np.mgrid[:256, :256])
    labels = np.repeat(np.arange(256)[:, None], 256, 1)
    for half in (slice(0, 255), slice(1, 256)):  # Labels are bytes, and 0 is none.
        table = np.repeat(np.arange(256, dtype=np.uint8)[half, None], 3, -1)
        rows = labels[half] - labels[half].min() + 1
        shaded = np.repeat(target[half, :, None], 3, -1)
        white = np.full_like(shaded, 255)
        coloured = Coloured(white, (Painting(rows.astype(np.uint8), table, shaded),))
        np.testing.assert_array_equal(flatten(coloured.stack()), shaded)
    assert flat.shape == target.shape


def test_the_layers_have_names_an_order_and_a_palette(generator):
    """Property: from paper to hints; flats by area, each colour once, none that is not used."""
    hints = np.zeros((*SHAPE, 4), np.uint8)
    hints[3:5, 7:9] = [1, 2, 3, 255]
    one = painting(generator)
    stack = Coloured(drawing(generator), (one,), hints).stack()
    names = [item.name for item in stack.items]
    assert names == ["paper", "flats", "shading", "light", "line", "hints"]
    flats = stack.items[1].layers
    areas = [int((layer.rgba[..., 3] > 0).sum()) for layer in flats]
    assert areas == sorted(areas, reverse=True)
    assert sum(areas) == SHAPE[0] * SHAPE[1]
    assert len(stack.palette) == len(flats) == 4
    for layer, colour in zip(flats, stack.palette, strict=True):
        assert layer.name.endswith("#{:02x}{:02x}{:02x}".format(*colour))
        assert {tuple(v) for v in layer.rgba[layer.rgba[..., 3] > 0].tolist()} == {(*colour, 255)}
    top = stack.items[-1]
    assert not top.visible
    assert (top.top, top.left, top.rgba.shape) == (3, 7, (2, 2, 4))


def test_flat_paintings_have_an_empty_layer_for_shading(generator):
    """Property: an artist finds the layer, multiplied, with nothing in it."""
    stack = Coloured(drawing(generator), (painting(generator, shaded=False),)).stack()
    [shading] = [item for item in stack.items if item.name == "shading"]
    assert shading.blend == "multiply"
    assert not shading.rgba.any()
    assert "light" not in [item.name for item in stack.items]


def test_white_colour_leaves_the_lines_as_they_are(generator):
    """Property: difference exactly 0."""
    lines = drawing(generator)
    white = Painting(np.ones(SHAPE, np.uint8), np.full((1, 3), 255, np.uint8))
    np.testing.assert_array_equal(Coloured(lines, (white,)).picture(), lines)
