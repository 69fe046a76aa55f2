"""Colours are lifted between the lines: none steps over, none is mixed, none is lost."""

import cv2
import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.colorize.lift import lift, settled
from lineart_lib.colorize.shrink import ground
from lineart_lib.recipe.regions import watershed_fill


def test_at_equal_size_nothing_happens():
    """Equivalence: the labels themselves."""
    labels = np.random.default_rng(0).integers(1, 9, (12, 17), dtype=np.uint8)
    paper = np.full((12, 17), 255, np.uint8)
    assert lift(labels, ground(paper, (12, 17))) is labels


@pytest.mark.parametrize("size", [(40, 64), (20, 32), (37, 59), (12, 19)])
def test_closed_rooms_get_one_colour_whatever_the_model_smears(rooms, size):
    """Property: a small picture, wrong by a pixel at walls, is right when it is large."""
    lines, _ = rooms(8)
    found = ground(lines, size)
    true = found.areas.astype(np.uint8)
    small = cv2.resize(true, size[::-1], interpolation=cv2.INTER_NEAREST)
    small[small == 0] = 1
    smeared = np.roll(small, 1, axis=1)  # All walls move by one small pixel.
    paper = lines >= 128
    large = lift(settled(small, found), found)
    np.testing.assert_array_equal(large[paper], true[paper])
    moved = lift(settled(smeared, found), found)
    assert (moved[paper] == true[paper]).mean() > 0.9
    naive = cv2.resize(small, lines.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert (naive[paper] != true[paper]).any()


def test_two_colours_in_one_area_meet_along_a_straight_line():
    """Closed form: without lines the border of two halves lies where bilinear weights are equal."""
    labels = np.ones((10, 16), np.uint8)
    labels[:, 8:] = 2
    made = lift(labels, ground(np.full((80, 128), 255, np.uint8), (10, 16)))
    assert (made[:, :64] == 1).all()
    assert (made[:, 64:] == 2).all()
    slope = np.where(np.add.outer(np.arange(16), np.arange(16)) < 16, 1, 2).astype(np.uint8)
    made = lift(slope, ground(np.full((256, 256), 255, np.uint8), (16, 16)))
    exact = np.where(np.add.outer(np.arange(256), np.arange(256)) < 256 + 7, 1, 2)
    away = cv2.distanceTransform((exact == 1).astype(np.uint8), cv2.DIST_L2, 5)
    away += cv2.distanceTransform((exact == 2).astype(np.uint8), cv2.DIST_L2, 5)
    assert away[made != exact].max(initial=0) < 12  # Within a small pixel, which is 16 wide.


def test_areas_too_small_to_be_seen_take_their_hint(rooms):
    """Property: a ring of 9 pixels at a sixteenth owns nothing; a dot in it decides its colour."""
    lines, _ = rooms(8)
    cv2.circle(lines, (130, 160), 9, 0, 4)
    found = ground(lines, (20, 32))
    inside = found.areas[160, 130]
    assert inside not in found.owner[found.sure]
    small = np.ones((20, 32), np.uint8)
    marks = np.zeros_like(lines)
    assert lift(small, found, marks)[160, 130] == 1
    marks[159:161, 130] = 7
    made = lift(small, found, marks)
    assert (made[found.areas == inside] == 7).all()
    assert (made[(found.areas != inside) & (found.areas > 0)] == 1).all()


def test_ink_takes_the_colour_of_the_nearest_paper(rooms):
    """Property: both sides of a wall meet in its middle, so no white shines through."""
    lines, _ = rooms(8)
    found = ground(lines, (40, 64))
    small = np.maximum(cv2.resize(found.areas.astype(np.uint8), (64, 40), interpolation=0), 1)
    made = lift(small, found)
    assert made.min() >= 1
    row = made[160, 20:240]  # From the ground over a wall into the left room.
    assert len(np.flatnonzero(np.diff(row.astype(int)))) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (17, 200)])
def test_odd_sizes_and_all_ink(size):
    """Property: every pixel has a label that was there, drawings of ink alone too."""
    small = max(1, size[0] // 4), max(1, size[1] // 4)
    labels = np.random.default_rng(0).integers(1, 4, small, dtype=np.uint8)
    for grey in (0, 255):
        made = lift(labels, ground(np.full(size, grey, np.uint8), small))
        assert made.shape == size
        assert set(np.unique(made)) <= {1, 2, 3}


def test_a_lifted_fill_is_nearly_the_fill_at_full_size(rooms):
    """Equivalence: where walls are closed, a watershed at a quarter, lifted, is the large one."""
    lines, strokes = rooms(8)
    numbers = np.where(strokes[..., 3] > 0, np.where(strokes[..., 0] > 100, 1, 2), 0)

    def flooded(grey, marks):
        colour = np.stack([np.where(marks == 1, 1.0, -1.0)] * 3).astype(np.float32)
        given = images.join_hints(colour, images.to_mask(marks > 0))
        return watershed_fill(images.to_lineart(grey), given).labels.astype(np.uint8)

    found = ground(lines, (80, 128))
    small = cv2.resize(lines, (128, 80), interpolation=cv2.INTER_AREA)
    lifted = lift(flooded(small, numbers[2::4, 2::4]), found)
    paper = lines >= 128
    assert (lifted == flooded(lines, numbers))[paper].mean() == 1
