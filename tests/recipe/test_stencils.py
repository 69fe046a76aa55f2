"""Masks are open where they say, as often as they say, and the same for the same state."""

import cv2
import numpy as np
import pytest

from lineart_lib.recipe.stencils import Stencils, stencil


def drawn(count=300, shape=(48, 64), **settings):
    """Draw many masks from one state."""
    draw = np.random.default_rng(0)
    return [stencil(shape, draw, Stencils(**settings)) for _ in range(count)]


def test_each_kind_comes_as_often_as_its_share():
    """Property: whole masks, windows and strokes, by their shares, all in {0, 1} and never empty.

    With 300 draws a share of 0.4 has a standard error below 0.03, so 0.1 is more than three.
    """
    masks = drawn()
    assert all(mask.shape == (1, 48, 64) and set(np.unique(mask)) <= {0, 1} for mask in masks)
    assert all(mask.any() for mask in masks)
    whole = np.mean([mask.all() for mask in masks])
    assert whole == pytest.approx(0.4, abs=0.1)


def is_window(mask):
    """Tell whether what is open is one rectangle."""
    rows, columns = mask[0].any(axis=1), mask[0].any(axis=0)
    return mask[0].sum() == rows.sum() * columns.sum()


def test_a_window_is_a_rectangle_of_the_sizes_that_are_asked_for():
    """Property: one rectangle, each side within its range of the shorter side."""
    for mask in drawn(whole=0, window=1, side=(0.25, 0.5)):
        assert is_window(mask)
        for side in (mask[0].any(axis=1).sum(), mask[0].any(axis=0).sum()):
            assert 12 <= side <= 24


def test_strokes_are_as_thick_as_the_brush():
    """Property: the middle of a stroke that keeps off the border is half its width from its edge.

    A brush of 32 pixels is drawn as a polygon with round ends: a pixel more or less.
    """
    brush = {"strokes": (1, 1), "waypoints": (2, 2), "thickness": (0.25, 0.25)}
    masks = [mask[0].astype(np.uint8) for mask in drawn(60, (128, 128), whole=0, window=0, **brush)]
    free = [m for m in masks if not (m[[0, -1]].any() or m[:, [0, -1]].any())]
    assert len(free) > 5
    for mask in free:
        inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        assert inside.max() == pytest.approx(16, abs=1.5)


def test_equal_states_give_equal_masks():
    """Property: nothing but the generator decides."""
    first, again = drawn(20), drawn(20)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"whole": 0.8, "window": 0.4}, "sum to 1 at most"),
        ({"side": (0.9, 0.2)}, "side must be"),
        ({"strokes": (0, 2)}, "strokes must be"),
    ],
)
def test_settings_out_of_range_are_named(settings, said):
    """Error: shares above one, ranges the wrong way round, no stroke at all."""
    with pytest.raises(ValueError, match=said):
        Stencils(**settings)
