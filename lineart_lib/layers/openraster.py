"""OpenRaster files: layers as PNG in a ZIP, for Krita, GIMP, MyPaint and others.

References
----------
.. [1] OpenRaster 0.0.5, "File Layout Specification" and "Layer Stack Specification",
   openraster.org.
"""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lineart_lib.layers.stack import Group, Layer, Stack, flatten

MIMETYPE = "image/openraster"
_VERSION = "0.0.5"
_THUMBNAIL_PX = 256
_BLENDS = {"normal": "svg:src-over", "multiply": "svg:multiply", "screen": "svg:screen"}


def openraster(stack: Stack) -> bytes:
    """Return the bytes of an OpenRaster file [1]_.

    Parameters
    ----------
    stack : Stack
        Any. The highest layer comes first in the file, as the specification wants it.

    Returns
    -------
    bytes
        A ZIP: the type first and not compressed, `stack.xml`, the layers in `data/`, the picture
        that they make, and a thumbnail. Equal stacks give equal bytes.
    """
    image = ElementTree.Element(
        "image", version=_VERSION, w=str(stack.width), h=str(stack.height), xres="72", yres="72"
    )
    root = ElementTree.SubElement(image, "stack")
    files: dict[str, bytes] = {}

    def describe(layer: Layer, parent: ElementTree.Element) -> None:
        source = f"data/layer{len(files):03}.png"
        files[source] = png(layer.rgba)
        ElementTree.SubElement(
            parent,
            "layer",
            {
                "name": layer.name,
                "src": source,
                "x": str(layer.left),
                "y": str(layer.top),
                "opacity": "1.0",
                "visibility": "visible" if layer.visible else "hidden",
                "composite-op": _BLENDS[layer.blend],
            },
        )

    for item in reversed(stack.items):
        if isinstance(item, Group):
            told = {"name": item.name, "opacity": "1.0", "visibility": "visible"}
            folder = ElementTree.SubElement(root, "stack", told | {"composite-op": "svg:src-over"})
            for layer in reversed(item.layers):
                describe(layer, folder)
        else:
            describe(item, root)
    merged = flatten(stack)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        xml = ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)
        _add(archive, "mimetype", MIMETYPE.encode())
        _add(archive, "stack.xml", xml, zipfile.ZIP_DEFLATED)
        for name, data in files.items():
            _add(archive, name, data)
        _add(archive, "mergedimage.png", png(merged))
        _add(archive, "Thumbnails/thumbnail.png", png(_thumbnail(merged)))
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, method: int = zipfile.ZIP_STORED):
    """Add a file without a date of its own: PNG are compressed already, so they are stored."""
    archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)


def _thumbnail(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture within 256 x 256 pixels, not enlarged."""
    small = Image.fromarray(picture)
    small.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    return np.asarray(small)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return (H, W, 3) or (H, W, 4) as a PNG, fast rather than small."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
