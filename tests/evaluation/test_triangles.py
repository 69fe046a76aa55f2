"""The fill over triangles: two rooms with a gap between them keep their colours."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.triangles import delaunay_fill, triangles

RED, BLUE = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0)


def rooms(gap: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw two rooms of 12 pixels, with a gap in the wall between them, and a hint in each."""
    lineart = np.ones((1, 17, 29), np.float32)
    lineart[:, [1, 15], 1:28] = lineart[:, 1:16, [1, 14, 27]] = -1
    if gap:
        lineart[:, 6 : 6 + gap, 14] = 1
    colour, mask = np.zeros((3, 17, 29), np.float32), np.zeros((17, 29), bool)
    for column, value in ((5, RED), (22, BLUE)):
        mask[8, column] = True
        colour[:, 8, column] = value
    return lineart, images.join_hints(colour, images.to_mask(mask))


@pytest.mark.parametrize("gap", [0, 3, 5])
def test_two_rooms_keep_their_colours(gap):
    """Property: through a gap narrower than the room nothing comes before the room is full."""
    lineart, hints = rooms(gap)
    picture = delaunay_fill(lineart, hints, np.ones_like(lineart))
    for columns, colour in ((slice(3, 12), RED), (slice(17, 26), BLUE)):
        np.testing.assert_array_equal(
            picture[:, 3:14, columns], np.broadcast_to(np.reshape(colour, (3, 1, 1)), (3, 11, 9))
        )


def test_a_room_without_a_hint_is_entered_by_design():
    """Limit: with a hint in one room only and no border, its colour fills the other as well."""
    lineart, hints = rooms(3)
    hints[:, :, 15:] = 0
    picture = delaunay_fill(lineart, hints, np.ones_like(lineart), border=False)
    np.testing.assert_array_equal(picture[:, 8, 22], RED)


def test_lines_mask_and_absence_of_hints():
    """Property: ink stays ink; outside the mask, and without a hint, the lineart stays exactly."""
    lineart, hints = rooms(0)
    mask = np.zeros_like(lineart)
    mask[:, :, :14] = 1
    picture = delaunay_fill(lineart, hints, mask)
    np.testing.assert_array_equal(picture[:, lineart[0] < 0], -1)
    np.testing.assert_array_equal(picture[:, :, 14:], np.repeat(lineart, 3, 0)[:, :, 14:])
    nothing = delaunay_fill(lineart, np.zeros_like(hints), np.ones_like(lineart))
    np.testing.assert_array_equal(nothing, np.repeat(lineart, 3, axis=0))


def test_triangles_cover_the_picture_once():
    """Closed form: the areas of the triangles sum to that of the rectangle of pixel centres."""
    points, corners = triangles(rooms(3)[0])
    a, b, c = (points[corners[:, k]] for k in range(3))
    areas = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert areas.sum() == pytest.approx(16 * 28, rel=1e-12)
