"""Pictures to make studies of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Three methods with two pictures each, whose files tell who made them."""
    draw = np.random.default_rng(0)
    methods = ("watershed", "network", "artist")
    for method in methods:
        (tmp_path / method).mkdir()
        note = PngImagePlugin.PngInfo()
        note.add_text("Software", f"made by {method}")
        for name in ("tabby", "beagle"):
            pixels = draw.integers(0, 256, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / method / f"{name}.png", pnginfo=note)
    return {method: tmp_path / method for method in methods}
