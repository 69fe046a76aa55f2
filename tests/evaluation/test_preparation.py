"""The cost of preparing is measured on what is really prepared."""

import pytest

from lineart_lib.evaluation.preparation import STYLES, measure
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
