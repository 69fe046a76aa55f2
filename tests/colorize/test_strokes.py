"""The colours of strokes are those that were chosen, whatever a brush mixes at its edge."""

import cv2
import numpy as np
import pytest

from lineart_lib.colorize.strokes import numbered

CHOSEN = [(240, 145, 63), (255, 243, 224), (42, 154, 165), (46, 158, 170), (107, 59, 68)]


def layer(width_px, kind, gap_px):
    """Draw one row of strokes, hard, blended with black by a careless program, or blurred."""
    marks = np.zeros((120, 400, 4), np.uint8)
    for number, colour in enumerate(CHOSEN):
        y = 20 + number * (width_px + gap_px)
        smooth = cv2.LINE_8 if kind == "hard" else cv2.LINE_AA
        cv2.line(marks, (20, y), (370, y + 5), (*colour, 255), width_px, smooth)
    if kind == "blurred":
        marks = cv2.GaussianBlur(marks, (0, 0), 1)
    marks[..., 3] = np.where(marks[..., 3] >= 128, 255, 0)
    return marks * (marks[..., 3:] > 0)


@pytest.mark.parametrize("kind", ["hard", "soft", "blurred"])
@pytest.mark.parametrize("gap_px", [0, 6])
def test_the_chosen_colours_are_found_and_no_other(kind, gap_px):
    """Property: five colours, two of them alike, for strokes that touch and strokes that do not."""
    marks = layer(9, kind, gap_px)
    if kind != "hard":
        assert len(np.unique(marks[marks[..., 3] > 0], axis=0)) > 20
    numbers, colours = numbered(marks)
    assert {tuple(one) for one in colours.tolist()} == set(CHOSEN)
    np.testing.assert_array_equal(numbers > 0, marks[..., 3] > 0)
    # In the middle of each stroke it is the colour that was painted.
    for number, colour in enumerate(CHOSEN):
        y = 20 + number * (9 + gap_px) + 2
        assert tuple(colours[numbers[y, 160] - 1]) == colour


def test_thin_hard_strokes_are_kept_exactly():
    """Round trip: a pixel wide, every number leads back to its colour."""
    marks = layer(1, "hard", 7)
    numbers, colours = numbered(marks)
    present = marks[..., 3] > 0
    np.testing.assert_array_equal(colours[numbers[present] - 1], marks[present][:, :3])


def test_without_strokes_there_is_no_colour():
    """Property: no number, no colour, and what was given is not changed."""
    numbers, colours = numbered(np.zeros((5, 7, 4), np.uint8))
    assert not numbers.any()
    assert colours.shape == (0, 3)
    marks = layer(9, "soft", 0)
    before = marks.copy()
    numbered(marks)
    np.testing.assert_array_equal(marks, before)
