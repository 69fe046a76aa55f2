"""PSD files: layers for Photoshop, Clip Studio Paint, Krita, GIMP and others.

psd-tools knows the records of the format; we fill them in. Its own `PSDImage.save` would composite
the layers once more, in floats, and give an RGB document layer masks instead of transparency.

References
----------
.. [1] Adobe, "Photoshop File Formats Specification", 2019.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from lineart_lib.layers.stack import Group, Layer, Stack, flatten

if TYPE_CHECKING:
    from psd_tools.psd.layer_and_mask import ChannelDataList, LayerRecord

MOST_PX = 30_000
"""The format has no longer sides."""
_BLENDS = {"normal": "NORMAL", "multiply": "MULTIPLY", "screen": "SCREEN"}


def photoshop(stack: Stack) -> bytes:
    """Return the bytes of a PSD file of 8 bits a channel, RGB, with the picture itself [1]_.

    Parameters
    ----------
    stack : Stack
        No side longer than 30,000 pixels.

    Returns
    -------
    bytes
        Equal stacks give equal bytes.

    Raises
    ------
    ValueError
        A side is longer.
    """
    from psd_tools.constants import ColorMode, Compression, SectionDivider
    from psd_tools.psd.document import PSD
    from psd_tools.psd.header import FileHeader
    from psd_tools.psd.image_data import ImageData
    from psd_tools.psd.image_resources import ImageResources
    from psd_tools.psd.layer_and_mask import (
        ChannelImageData,
        LayerAndMaskInformation,
        LayerInfo,
        LayerRecords,
    )

    if max(stack.height, stack.width) > MOST_PX:
        raise ValueError(
            f"a PSD has sides of at most {MOST_PX:,} pixels; got {stack.width} x {stack.height}: "
            "write OpenRaster (.ora) instead"
        )
    parts: list[tuple[LayerRecord, ChannelDataList]] = []
    for item in stack.items:
        if isinstance(item, Group):
            parts.append(_divider("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER))
            parts += map(_record, item.layers)
            parts.append(_divider(item.name, SectionDivider.OPEN_FOLDER))
        else:
            parts.append(_record(item))
    header = FileHeader(
        channels=3, height=stack.height, width=stack.width, depth=8, color_mode=ColorMode.RGB
    )
    merged = ImageData(compression=Compression.RLE)
    merged.set_data([plane.tobytes() for plane in np.moveaxis(flatten(stack), -1, 0)], header)
    information = LayerAndMaskInformation(
        layer_info=LayerInfo(
            layer_count=len(parts),
            layer_records=LayerRecords([record for record, _ in parts]),
            channel_image_data=ChannelImageData([channels for _, channels in parts]),
        )
    )
    buffer = io.BytesIO()
    PSD(
        header=header,
        image_resources=ImageResources.new(),
        layer_and_mask_information=information,
        image_data=merged,
    ).write(buffer)
    return buffer.getvalue()


def _record(layer: Layer) -> tuple[LayerRecord, ChannelDataList]:
    """Return the record of a layer, and its planes: alpha, red, green, blue."""
    from psd_tools.constants import BlendMode, ChannelID, Compression, Tag
    from psd_tools.psd.layer_and_mask import (
        ChannelData,
        ChannelDataList,
        ChannelInfo,
        LayerFlags,
        LayerRecord,
    )

    height, width = layer.rgba.shape[:2]
    planes = ChannelDataList()
    told = []
    for number, channel in ((-1, 3), (0, 0), (1, 1), (2, 2)):
        plane = ChannelData(Compression.RLE)
        plane.set_data(layer.rgba[..., channel].tobytes(), width, height, 8)
        planes.append(plane)
        told.append(ChannelInfo(ChannelID(number), 2 + len(plane.data)))
    record = LayerRecord(
        top=layer.top,
        left=layer.left,
        bottom=layer.top + height,
        right=layer.left + width,
        channel_info=told,
        blend_mode=BlendMode[_BLENDS[layer.blend]],
        flags=LayerFlags(visible=layer.visible),
        name=_roman(layer.name),
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, layer.name)
    return record, planes


def _divider(name: str, kind) -> tuple[LayerRecord, ChannelDataList]:
    """Return the record without pixels that begins or ends a folder; the end comes first."""
    from psd_tools.constants import BlendMode, ChannelID, Compression, Tag
    from psd_tools.psd.layer_and_mask import (
        ChannelData,
        ChannelDataList,
        ChannelInfo,
        LayerRecord,
    )

    planes = ChannelDataList([ChannelData(Compression.RAW) for _ in range(4)])
    told = [ChannelInfo(ChannelID(number), 2) for number in (-1, 0, 1, 2)]
    record = LayerRecord(channel_info=told, name=_roman(name))
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    record.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, kind)
    record.blend_mode = BlendMode.NORMAL
    return record, planes


def _roman(name: str) -> str:
    """Return the name for old programs, which know Mac OS Roman only."""
    return name.encode("macroman", "replace").decode("macroman")
