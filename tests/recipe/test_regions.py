"""Colours spread as far as lines let them: cases whose answer is known, and where each fails."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.segmentation import relabel_sequential

from lineart_lib import images
from lineart_lib.recipe import regions

RED, BLUE, WHITE = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (1.0, 1.0, 1.0)


def paper(height, width):
    """Return a lineart without ink."""
    return np.ones((1, height, width), np.float32)


def room(side=32, wall=8, gap=0):
    """Return a square room within paper, with a gap in the middle of its right wall."""
    art = paper(side, side)
    art[:, wall, wall : side - wall] = art[:, side - wall - 1, wall : side - wall] = -1
    art[:, wall : side - wall, wall] = art[:, wall : side - wall, side - wall - 1] = -1
    start = (side - gap) // 2
    art[:, start : start + gap, side - wall - 1] = 1
    return art


def dots(shape, *placed):
    """Return hints of one pixel each: (row, column, colour)."""
    colour, mask = np.zeros((3, *shape)), np.zeros((1, *shape))
    for row, column, value in placed:
        colour[:, row, column], mask[0, row, column] = value, 1
    return images.join_hints(colour, mask)


def colour_at(result, row, column):
    """Return the colour that came to a pixel, None where none did."""
    label = result.labels[row, column]
    return tuple(result.colours[label - 1].tolist()) if label else None


def test_white_regions_end_at_lines_and_corners():
    """Equivalence: labels of SciPy with four neighbours; a diagonal line parts the paper."""
    art = paper(9, 9)
    np.fill_diagonal(art[0], -1)
    labels = regions.white_regions(art)
    assert labels.max() == 2
    assert np.array_equal(labels, ndimage.label(art[0] > 0)[0])
    faint = art * 0.5
    assert regions.white_regions(faint, level=-0.6).max() == 1


def test_markers_are_numbered_by_colour():
    """Property: equal colours share a label, pooled hints count by their own colour."""
    hints = dots((6, 6), (0, 0, RED), (2, 2, BLUE), (4, 4, RED)) * 0.25
    markers = regions.hint_markers(paper(6, 6), hints, border=False)
    assert markers.labels[0, 0] == markers.labels[4, 4] != markers.labels[2, 2]
    assert (markers.labels > 0).sum() == 3
    assert colour_at(markers, 0, 0) == RED
    assert colour_at(markers, 2, 2) == BLUE
    empty = regions.hint_markers(paper(6, 6), np.zeros((4, 6, 6), np.float32))
    assert not empty.labels.any()
    assert empty.colours.shape == (0, 3)


def test_the_border_is_one_more_hint():
    """Property: white all around, but for hints and ink on it; none when it is not wanted."""
    art = room(gap=5)
    markers = regions.hint_markers(art, dots((32, 32), (16, 16, RED), (0, 5, BLUE)))
    assert colour_at(markers, 0, 5) == BLUE
    assert colour_at(markers, 0, 6) == WHITE
    assert (markers.labels > 0).sum() == 1 + 4 * 31
    art[:, 31, 10] = -1
    markers = regions.hint_markers(art, dots((32, 32), (16, 16, RED)))
    assert colour_at(markers, 31, 10) is None
    assert colour_at(markers, 31, 11) == WHITE
    alone = regions.hint_markers(art, dots((32, 32), (16, 16, RED)), border=False)
    assert (alone.labels > 0).sum() == 1


def test_a_figure_that_the_border_cuts_is_no_paper():
    """Property: between two lines that reach the lower border nothing is white, beside them all."""
    art = paper(20, 30)
    art[:, 8:, 10] = art[:, 8:, 19] = art[:, 8, 10:20] = -1
    hints = dots((20, 30), (12, 15, RED))
    markers = regions.hint_markers(art, hints)
    assert not markers.labels[19, 10:20].any()
    assert (markers.labels[19, :10] > 0).all()
    assert (markers.labels[19, 20:] > 0).all()
    for fill in (regions.watershed_fill, regions.trapped_ball_fill):
        result = fill(art, hints)
        assert (result.labels[9:, 11:19] == result.labels[12, 15]).all()
        assert colour_at(result, 19, 5) == WHITE


def test_the_watershed_fills_a_closed_room_and_meets_on_the_line():
    """Equivalence: inside red, outside white, and the ink between them is shared."""
    art, hints = room(), dots((32, 32), (10, 10, RED))
    result = regions.watershed_fill(art, hints)
    inside = np.zeros((32, 32), bool)
    inside[9:23, 9:23] = True
    red = result.labels == result.labels[10, 10]
    assert red[inside].all()
    assert not red[~inside & (art[0] > 0)].any()
    assert (result.labels > 0).all()


def test_the_watershed_meets_on_the_darkest_pixel():
    """Property: of a thick soft line the darkest column is the border."""
    art = paper(8, 21)
    art[0, :, 6:14] = [0.6, 0.2, -0.2, -0.6, -0.9, -0.4, 0.2, 0.8]  # Darkest at column 10.
    hints = dots((8, 21), (4, 1, RED), (4, 20, BLUE))
    result = regions.watershed_fill(art, hints, border=False)
    red = result.labels == result.labels[4, 1]
    assert red[:, :10].all()
    assert not red[:, 11:].any()


def test_the_watershed_fails_by_design_where_a_line_is_open():
    """Property: it leaks through a gap of one pixel, and takes an area that has no hint."""
    hints = dots((32, 32), (16, 16, RED))
    for art in (room(gap=1), room()):
        result = regions.watershed_fill(art, hints, border=False)
        assert colour_at(result, 2, 2) == RED


@pytest.mark.parametrize("gap", range(1, 8))
@pytest.mark.parametrize("radius", [0, 1, 2, 3])
def test_a_ball_is_trapped_by_gaps_narrower_than_itself(gap, radius):
    """Property: gaps below 2 r + 1 pixels hold the ball; wider ones let it out."""
    labels = regions.trapped_ball_regions(room(side=48, gap=gap), radius)
    held = labels[24, 24] != labels[2, 2]
    assert held == (gap < 2 * radius + 1)
    assert labels.max() == (2 if held else 1)


def test_a_ball_of_no_size_finds_the_white_regions():
    """Equivalence: with radius 0, the connected areas; with any, every paper pixel has a label."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        art = np.where(ndimage.gaussian_filter(rng.normal(size=(40, 40)), 1.5) > -0.05, 1.0, -1.0)
        found = regions.trapped_ball_regions(art[None], 0)
        expected = regions.white_regions(art[None])
        # The same parts of the plane: each label of one is exactly one label of the other.
        pairs = np.unique(np.stack([found.ravel(), expected.ravel()]), axis=1)
        assert pairs.shape[1] == found.max() + 1 == expected.max() + 1
        for radius in (1, 4):
            labels = regions.trapped_ball_regions(art[None], radius)
            assert np.array_equal(labels > 0, art > 0)
            assert np.array_equal(relabel_sequential(labels)[0], labels)
            parents = np.unique(np.stack([labels[art > 0], expected[art > 0]]), axis=1)
            assert parents.shape[1] == labels.max()  # No area crosses a line.


@pytest.mark.parametrize("gap", [1, 3])
def test_a_small_room_behind_a_gap_stays_by_itself(gap):
    """Property: too small for the first ball, it still does not join the paper it opens onto."""
    labels = regions.trapped_ball_regions(room(side=40, wall=15, gap=gap))  # 8 pixels inside.
    assert labels.max() == 2
    assert labels[20, 20] != labels[3, 3]
    assert (labels[16:24, 16:23] == labels[20, 20]).all()


@pytest.mark.parametrize("shape", ["square", "disc", "triangle", "empty"])
def test_corners_belong_to_their_room(shape):
    """Property: what the ball cannot reach in a corner is no area of its own."""
    y, x = np.mgrid[:60, :60]
    inside = {
        "square": (abs(x - 30) < 20) & (abs(y - 30) < 20),
        "disc": (x - 30) ** 2 + (y - 30) ** 2 < 20**2,
        "triangle": (y < 50) & (y - 10 > 2 * abs(x - 30)),
        "empty": np.ones((60, 60), bool),
    }[shape]
    art = np.where(inside, 1.0, -1.0)[None]
    assert regions.trapped_ball_regions(art).max() == 1


def test_the_trapped_ball_does_not_leak_where_the_watershed_does():
    """Property: red stays in the room with a gap; the area without a hint stays empty."""
    hints = dots((32, 32), (16, 16, RED))
    result = regions.trapped_ball_fill(room(gap=3), hints, border=False)
    assert colour_at(result, 10, 10) == RED
    assert colour_at(result, 2, 2) is None
    assert colour_at(result, 16, 30) is None
    assert colour_at(regions.trapped_ball_fill(room(gap=3), hints), 2, 2) == WHITE


def test_the_trapped_ball_fails_by_design_at_a_neck():
    """Property: one area with a neck narrower than the ball is coloured on one side only."""
    art = -np.ones((1, 20, 50), np.float32)
    art[:, 3:17, 3:20] = art[:, 3:17, 30:47] = 1
    art[:, 9:12, 20:30] = 1  # A neck of 3 pixels.
    hints = dots((20, 50), (10, 10, RED))
    assert colour_at(regions.trapped_ball_fill(art, hints), 10, 40) is None
    assert colour_at(regions.trapped_ball_fill(art, hints, radius_px=1), 10, 40) == RED
    assert colour_at(regions.watershed_fill(art, hints), 10, 40) == RED


def test_two_hints_share_an_area_by_distance():
    """Equivalence: in one even room, the border lies half-way; touching areas are not crossed."""
    art = -np.ones((1, 20, 62), np.float32)
    art[:, 1:19, 1:41] = art[:, 1:19, 42:61] = 1
    art[:, 9:11, 41] = 1  # A gap, so that the two areas touch.
    placed = [(10, 4, RED), (10, 37, BLUE), (10, 57, RED), (2, 59, WHITE)]
    result = regions.trapped_ball_fill(art, dots((20, 62), *placed))
    assert (result.labels[1:19, 1:20] == result.labels[10, 4]).all()
    assert (result.labels[1:19, 22:41] == result.labels[10, 37]).all()
    beyond = result.labels[1:19, 42:61]  # Blue stands before the gap, and does not come through.
    assert set(np.unique(beyond)) == {result.labels[10, 57], result.labels[2, 59]}


def test_ink_takes_the_nearest_colour():
    """Equivalence: each ink pixel has a label that SciPy's exact transform finds nearest."""
    art, hints = room(), dots((32, 32), (16, 16, RED), (2, 2, BLUE))
    labels = regions.trapped_ball_fill(art, hints).labels
    ink = art[0] < 0
    for label in (1, 2):
        away = ndimage.distance_transform_edt(~((labels == label) & ~ink))
        nearest = ndimage.distance_transform_edt(ink)
        assert np.allclose(away[ink & (labels == label)], nearest[ink & (labels == label)])
    on_ink = regions.trapped_ball_fill(art, dots((32, 32), (8, 8, RED)))
    assert not (on_ink.labels == 1).any()


@pytest.mark.parametrize("fill", [regions.watershed_fill, regions.trapped_ball_fill])
def test_no_hint_gives_no_colour(fill):
    """Property: nothing is made up."""
    result = fill(room(), np.zeros((4, 32, 32), np.float32))
    assert not result.labels.any()
    assert len(result.colours) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: regions.white_regions(np.zeros((3, 4, 4))), "lineart must be"),
        (lambda: regions.hint_markers(paper(4, 4), np.zeros((4, 4, 5))), "differ in size"),
        (lambda: regions.hint_markers(paper(4, 4), np.zeros((3, 4, 4))), "mask channel"),
        (lambda: regions.trapped_ball_regions(paper(4, 4), -1), "radius_px must be"),
    ],
)
def test_wrong_input_is_refused_with_words(call, words):
    """Property: the message says what is wrong."""
    with pytest.raises(ValueError, match=words):
        call()
