"""Ink and flat colours: which paint is a line, where lines run by rule, what goes on under them."""

import numpy as np
import pytest

from lineart_lib.recipe.ink import contours, dark, go_on_under, is_ink, rgb_of, without_solids


@pytest.mark.parametrize(
    ("colour", "ink"),
    [
        ("black", True),
        ("#000", True),
        ("#000000", True),
        ("#26211c", True),
        ("#282828", True),
        ("#292929", False),
        ("#2b0000", False),
        ("url(#a)", False),
        ("white", False),
    ],
)
def test_ink_is_near_black(colour, ink):
    """Equivalence: no channel above 40, in each way to write a colour."""
    assert is_ink(colour) is ink


def test_channels_are_read_in_order():
    """Equivalence: two hexadecimal digits each for red, green and blue."""
    assert rgb_of("#0a64ff") == (10, 100, 255)


def test_dark_pixels_are_painted_ones():
    """Equivalence: 40 is ink, 41 is not, and transparent black is paper."""
    picture = np.array([[[40, 40, 40, 255], [41, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)
    assert dark(picture).tolist() == [[True, False, False]]


def halves(step: int, side: int = 96) -> np.ndarray:
    """Return two flat halves that differ by `step` levels in one channel."""
    picture = np.full((side, side, 4), 200, np.uint8)
    picture[:, side // 2 :, 1] -= step
    return picture


@pytest.mark.parametrize(("step", "inked"), [(20, False), (21, True), (120, True)])
def test_a_contour_needs_a_difference(step, inked):
    """Property: a line runs between the halves if they differ by more than 20 levels."""
    lines = contours(halves(step), 32, 1 / 32)
    assert lines.shape == (32, 32)
    assert (lines.min() < 128) == inked


@pytest.mark.parametrize("width_px", [1, 2, 3])
def test_a_contour_has_the_width_asked_and_lies_on_the_border(width_px):
    """Equivalence: the ink of each row adds up to the width; its centre is the border."""
    darkness = (255 - contours(halves(60), 32, width_px / 32).astype(float)) / 255
    assert darkness.sum(axis=1) == pytest.approx(np.full(32, width_px), abs=0.34)
    centres = (darkness * (np.arange(32) + 0.5)).sum(axis=1) / darkness.sum(axis=1)
    assert centres == pytest.approx(np.full(32, 16.0), abs=0.34)


def test_solid_blacks_are_left_out():
    """Property: a line stays ink, a disc thicker than four lines does not, nor one at the edge."""
    ink = np.zeros((60, 60), bool)
    ink[5:7, 5:55] = True
    ink[20:50, 20:50] = True
    ink[45:, :12] = True
    left = without_solids(ink, 2.0)
    assert left[5:7, 5:55].all()
    assert not left[25:45, 25:45].any()
    assert not left[52:, :6].any()
    assert not (left & ~ink).any()


def test_colours_go_on_to_the_middle_of_a_line():
    """Equivalence: of five inked columns two go on from the left, two from the right."""
    picture = np.zeros((4, 9, 3), np.uint8)
    picture[:, :2], picture[:, 7:] = 50, 90
    ink = np.zeros((4, 9), bool)
    ink[:, 2:7] = True
    filled = go_on_under(picture, ink)
    assert (filled[:, :4] == 50).all()
    assert (filled[:, 5:] == 90).all()
    assert (picture[:, 2:7] == 0).all()


@pytest.mark.parametrize("all_or_none", [True, False])
def test_without_a_neighbour_a_picture_stays(all_or_none):
    """Property: if all is ink there is nothing to go on with; if nothing is, nothing to fill."""
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert np.array_equal(go_on_under(picture, np.full((4, 4), all_or_none)), picture)
