"""OpenRaster files are what the specification says, and hold every pixel."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from lineart_lib.layers import Layer, Stack, flatten
from lineart_lib.layers.openraster import openraster


@pytest.fixture
def archive(stack):
    """Its file, opened by another library."""
    return zipfile.ZipFile(io.BytesIO(openraster(stack)))


def opened(archive, name):
    """Return a picture of the archive."""
    return Image.open(io.BytesIO(archive.read(name)))


def test_the_layout_is_that_of_the_specification(archive, stack):
    """Property: type first, stored, bare; only STORED and DEFLATED; every data file is named."""
    assert archive.testzip() is None
    first, *rest = archive.infolist()
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert archive.read("mimetype") == b"image/openraster"
    assert {one.compress_type for one in rest} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    root = ElementTree.fromstring(archive.read("stack.xml"))
    assert (root.tag, root.get("w"), root.get("h")) == ("image", "37", "23")
    assert root.get("version") == "0.0.5"
    assert [child.tag for child in root] == ["stack"]
    sources = {layer.get("src") for layer in root.iter("layer")}
    others = {"mimetype", "stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"}
    assert set(archive.namelist()) == sources | others
    assert all(opened(archive, name).format == "PNG" for name in sources)
    names = {layer.get("name") for layer in root.iter("layer")}
    assert names == {layer.name for layer in stack.layers()}


def test_the_layers_say_how_they_blend(archive, stack):
    """Property: the highest comes first, groups are stacks, and the operators are the spec's."""
    [root] = ElementTree.fromstring(archive.read("stack.xml"))
    told = [
        (one.tag, one.get("name"), one.get("composite-op"), one.get("visibility")) for one in root
    ]
    assert told == [
        ("layer", "hints", "svg:src-over", "hidden"),
        ("layer", "line", "svg:multiply", "visible"),
        ("layer", "light", "svg:screen", "visible"),
        ("layer", "shading", "svg:multiply", "visible"),
        ("stack", "flats", "svg:src-over", "visible"),
        ("layer", "paper", "svg:src-over", "visible"),
    ]
    assert [one.get("name") for one in root.find("stack")] == ["2 été 色", "1 #ff8000"]


def test_every_pixel_is_there(archive, stack):
    """Round trip: each layer with its place, and the merged picture, without loss."""
    known = {layer.name: layer for layer in stack.layers()}
    for element in ElementTree.fromstring(archive.read("stack.xml")).iter("layer"):
        layer = known[element.get("name")]
        assert (int(element.get("x")), int(element.get("y"))) == (layer.left, layer.top)
        found = opened(archive, element.get("src"))
        assert found.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(found), layer.rgba)
    np.testing.assert_array_equal(np.asarray(opened(archive, "mergedimage.png")), flatten(stack))


@pytest.mark.parametrize(
    ("size", "thumbnail"), [((23, 37), (37, 23)), ((17, 3000), (256, 1)), ((900, 600), (171, 256))]
)
def test_the_thumbnail_fits_and_is_never_larger(size, thumbnail):
    """Property: at most 256 a side, the aspect kept to a pixel, 8 bits, not interlaced."""
    stack = Stack(*size, (Layer("paper", np.full((*size, 4), 200, np.uint8)),))
    found = opened(zipfile.ZipFile(io.BytesIO(openraster(stack))), "Thumbnails/thumbnail.png")
    assert np.abs(np.subtract(found.size, thumbnail)).max() <= 1
    assert max(found.size) <= 256
    assert found.mode == "RGB"
    assert not found.info.get("interlace")


def test_equal_stacks_give_equal_bytes(stack):
    """Determinism: no date, no chance."""
    assert openraster(stack) == openraster(stack)
