"""PSD files read back as they were written, by psd-tools' own compositor and by Pillow."""

import io

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from lineart_lib.layers import Layer, Stack, flatten
from lineart_lib.layers.photoshop import photoshop


@pytest.fixture
def psd(stack):
    """Its file, as psd-tools reads it."""
    return PSDImage.open(io.BytesIO(photoshop(stack)))


def test_names_blends_and_folders_come_back(psd):
    """Round trip: the tree of layers, the lowest first, with names beyond Mac OS Roman."""
    told = [(one.name, one.kind, one.blend_mode.name, one.visible) for one in psd]
    assert told == [
        ("paper", "pixel", "NORMAL", True),
        ("flats", "group", "NORMAL", True),
        ("shading", "pixel", "MULTIPLY", True),
        ("light", "pixel", "SCREEN", True),
        ("line", "pixel", "MULTIPLY", True),
        ("hints", "pixel", "NORMAL", False),
    ]
    assert [one.name for one in psd[1]] == ["1 #ff8000", "2 été 色"]


def test_every_pixel_is_there(psd, stack):
    """Round trip: each layer with its place, without loss, and no mask beside its alpha."""
    known = {layer.name: layer for layer in stack.layers()}
    found = [one for one in psd.descendants() if one.kind == "pixel"]
    assert len(found) == len(known)
    for one in found:
        layer = known[one.name]
        assert one.offset == (layer.left, layer.top)
        assert not one.has_mask()
        np.testing.assert_array_equal(np.asarray(one.topil().convert("RGBA")), layer.rgba)


def test_another_compositor_sees_the_same_picture(psd, stack):
    """Equivalence: psd-tools blends in floats, we round six times, so three steps at most."""
    other = np.asarray(psd.composite(ignore_preview=True).convert("RGB")).astype(int)
    assert np.abs(other - flatten(stack)).max() <= 3


def test_pillow_finds_the_picture_and_the_layers(stack):
    """Equivalence: a reader of other authors sees the merged picture, and where each layer is."""
    found = Image.open(io.BytesIO(photoshop(stack)))
    assert (found.format, found.mode, found.size) == ("PSD", "RGB", (37, 23))
    np.testing.assert_array_equal(np.asarray(found), flatten(stack))
    boxes = {name: box for name, mode, box, _ in found.layers if mode == "RGBA" and any(box)}
    known = {one.name: one for one in stack.layers() if one.name.isascii()}
    assert {name: boxes[name] for name in known} == {
        name: (one.left, one.top, one.left + one.rgba.shape[1], one.top + one.rgba.shape[0])
        for name, one in known.items()
    }


def test_equal_stacks_give_equal_bytes(stack):
    """Determinism: no date, no chance."""
    assert photoshop(stack) == photoshop(stack)


def test_a_side_that_the_format_does_not_have_is_refused():
    """Error: the limit, what came and the mend."""
    wide = Stack(1, 30_001, (Layer("a", np.zeros((1, 1, 4), np.uint8)),))
    with pytest.raises(ValueError, match=r"30,000 pixels; got 30001 x 1: write OpenRaster"):
        photoshop(wide)
