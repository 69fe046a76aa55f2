"""The cost of preparing is measured on what is really prepared."""

import io

import pytest
from PIL import Image

from lineart_lib.evaluation.preparation import STYLES, measure, raster_costs
from lineart_lib.recipe.openmoji import draw_openmoji
from lineart_lib.runtime import project_root


def test_a_measured_preparation_is_whole():
    """Property: as many characters as asked for, in a folder with a hash, and memory was seen."""
    cost = measure(project_root(), 2 * len(STYLES), 24)
    assert cost.pictures == 2 * len(STYLES)
    assert 0 < cost.kept <= cost.pictures
    assert len(cost.sha256) == 64
    assert cost.bytes > 0
    assert cost.driver_mb > 50
    assert cost.rate == pytest.approx(cost.pictures / cost.seconds)


def test_a_preparation_that_fails_says_why():
    """Error: the last words of the process are passed on."""
    with pytest.raises(RuntimeError, match="size_px"):
        measure(project_root(), 3, 4)


def test_the_steps_of_a_picture_are_timed_apart():
    """Property: every step takes time; more pixels take more disk."""
    file = io.BytesIO()
    Image.fromarray(draw_openmoji("1F98A", 192).illustration).save(file, "PNG")
    small, large = (raster_costs([file.getvalue()] * 2, size) for size in (48, 96))
    assert set(small) == {"decode", "draw", "curate", "pack", "kb"}
    assert all(value > 0 for value in small.values())
    assert small["kb"] < large["kb"]
