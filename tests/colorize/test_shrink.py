"""A drawing shrinks with its lines closed and its strokes in their areas."""

import cv2
import numpy as np
import pytest

from lineart_lib.colorize.shrink import contrasted, ground, shrunk_hints, shrunk_lines, working_size


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((2048, 2048), (128, 128)),
        ((1000, 2000), (64, 128)),
        ((128, 100), (128, 100)),
        ((5, 9), (5, 9)),
        ((1, 1), (1, 1)),
        ((17, 3000), (17, 3000)),  # A strip keeps its height: 51,000 pixels are few.
        ((40, 4000), (32, 3200)),
        ((32, 2_000_000), (2, 128_000)),  # Unless it would have too many.
    ],
)
def test_the_longer_side_is_the_models_and_strips_keep_their_lines(size, wanted):
    """Property: the aspect stays, nothing is enlarged, pixels are bounded."""
    assert working_size(size, 128) == wanted


def test_thin_lines_stay_closed(rooms):
    """Property: at an eighth, lines of half a pixel part what they parted."""
    lines, _ = rooms(16)
    lines = cv2.erode(255 - cv2.erode(255 - lines, np.ones((5, 5))), np.ones((3, 3)))  # 6 px wide
    small = shrunk_lines(lines, (40, 64))
    areas = [ground(one, one.shape).areas for one in (lines, small)]
    assert areas[0].max() == areas[1].max() == 3
    mean = cv2.resize(lines, (64, 40), interpolation=cv2.INTER_AREA)
    assert ground(mean, mean.shape).areas.max() < 3  # A plain mean opens them.


def test_a_drawing_at_its_own_size_is_itself(rooms):
    """Equivalence: nothing changes, lines or hints."""
    lines, strokes = rooms(4)
    np.testing.assert_array_equal(shrunk_lines(lines, lines.shape), lines)
    np.testing.assert_array_equal(
        shrunk_hints(strokes[..., 3], ground(lines, lines.shape)), strokes[..., 3]
    )


def test_each_small_pixel_stands_for_the_area_under_it(rooms):
    """Equivalence: inside the rooms the owner is the area at the centre, and sure; in thick ink it
    is nobody."""
    lines, _ = rooms(8)
    lines[8:60, 8:60] = 0
    found = ground(lines, (40, 64))
    assert found.areas.shape == lines.shape
    centre = found.areas[4::8, 4::8]
    inner = cv2.erode((lines == 255).astype(np.uint8), np.ones((17, 17)))[4::8, 4::8] > 0
    assert inner.sum() > 800
    np.testing.assert_array_equal(found.owner[inner], centre[inner])
    assert found.sure[inner].all()
    assert (found.owner[2:7, 2:7] == 0).all()
    assert not found.sure[2:7, 2:7].any()


def test_a_stroke_over_a_line_stays_on_its_side(rooms):
    """Property: of a stroke from one room into the other, the small one has no pixel whose owner
    was not painted; thin strokes are not lost; the majority decides."""
    lines, _ = rooms(16)
    marks = np.zeros_like(lines)
    marks[320:322, 300:520] = 3  # Two pixels high, sixteen to one: over the wall at 496.
    marks[330:333, 300:400] = 5
    found = ground(lines, (40, 64))
    small = shrunk_hints(marks, found)
    assert set(np.unique(small)) == {0, 5, 3}
    y, x = np.nonzero(small)
    for row, column in zip(y, x, strict=True):
        block = np.s_[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        own = found.areas[block] == found.owner[row, column]
        assert (marks[block][own] == small[row, column]).any()
    assert (small[20, 19:24] == 5).all()  # Three rows of fives against two of threes.


def test_no_area_loses_its_colour(rooms):
    """Property: a dot in a corner whose small pixel belongs to the other room is set as near as
    can be in its own; a dot on ink is not."""
    lines, _ = rooms(16)
    marks = np.zeros_like(lines)
    corner = np.argwhere(ground(lines, (20, 32)).areas[:, :496] == 2)
    y, x = corner[corner.sum(axis=1).argmax()]  # The last pixel of the left room.
    marks[y - 1 : y + 1, x - 1 : x + 1] = 9
    marks[6 * 16, 20 * 16] = 4
    assert lines[6 * 16, 20 * 16] == 0
    found = ground(lines, (20, 32))
    small = shrunk_hints(marks, found)
    [place] = np.argwhere(small)
    assert small[tuple(place)] == 9
    assert found.owner[tuple(place)] == found.areas[y, x]
    assert np.abs((place + 0.5) * 32 - (y, x)).max() < 64


def test_pencil_on_grey_paper_is_seen_as_ink_on_white(rooms):
    """Recovery: lines of half the contrast on even paper come back, to rounding of 8 bits; what
    has full contrast, or no line at all, is left alone."""
    lines, _ = rooms(8)
    pencil = (110 + lines / 255 * 120).round().astype(np.uint8)
    np.testing.assert_allclose(contrasted(pencil), lines, atol=2)
    np.testing.assert_array_equal(contrasted(lines), lines)
    empty = np.random.default_rng(0).integers(220, 256, (9, 9), dtype=np.uint8)
    np.testing.assert_array_equal(contrasted(empty), empty)
