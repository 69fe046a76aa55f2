"""Hints keep to their ranges, have the picture's colours, and pool without a loss."""

from itertools import pairwise

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.recipe import hints as makers
from lineart_lib.recipe.flats import paint
from lineart_lib.recipe.hints import Strokes

RNG = np.random.default_rng(0)
PICTURE = RNG.uniform(-1, 1, (3, 64, 80)).astype(np.float32)
REGIONS = np.repeat([1, 2, 3, 4], [40, 20, 12, 8])[None].repeat(64, 0)
"""Four upright bands, the largest first."""


def drawn(picture=PICTURE, seed=0, **ranges):
    """Return stroke hints with some ranges fixed."""
    return makers.stroke_hints(picture, np.random.default_rng(seed), Strokes(**ranges))


def test_strokes_have_the_dissertations_ranges():
    """Property: the defaults are those of the text."""
    assert Strokes() == Strokes((0, 10), (1, 4), (1, 5), (0, 10), 4)


def test_strokes_are_premultiplied_at_a_quarter_and_repeatable():
    """Property: size, mask in {0, 1}, no colour without mask; equal seeds give equal hints."""
    first, second = drawn(seed=7), drawn(seed=7)
    assert first.shape == (4, 16, 20)
    assert np.array_equal(first, second)
    images.check_hints(first)
    assert set(np.unique(first[3])) == {0, 1}
    assert not np.array_equal(first, drawn(seed=8))


def test_a_stroke_has_the_colour_under_its_first_point():
    """Equivalence: a dot of one pixel is the reduced picture there; a stroke has one colour."""
    reduced = PICTURE.reshape(3, 16, 4, 20, 4).mean(axis=(2, 4))
    for seed in range(20):
        dot = drawn(seed=seed, strokes=(1, 1), thickness_px=(1, 1), waypoints=(1, 1))
        assert dot[3].sum() == 1
        assert np.allclose(dot[:3, dot[3] > 0], reduced[:, dot[3] > 0], atol=1e-6)
        stroke = drawn(seed=seed, strokes=(1, 1))
        colours = np.unique(stroke[:3, stroke[3] > 0], axis=1)
        assert colours.shape[1] == 1
        assert np.isclose(reduced.reshape(3, -1), colours, atol=1e-6).all(axis=0).any()


def test_the_brush_is_round():
    """Equivalence: the discs of a dot of width 1 to 4, counted by hand."""
    for width, area in ((1, 1), (2, 5), (3, 9), (4, 13)):
        labels = makers._brushed((11, 11), [(5, 5, 5, 5)], [width], [1])
        y, x = np.mgrid[-5:6, -5:6]
        assert np.array_equal(labels == 1, x**2 + y**2 <= width**2 / 4)
        assert labels.sum() == area


def test_the_brush_follows_its_points():
    """Equivalence: the exact distance to the line through all points, also beyond the border."""
    points = np.array([[2, 3], [12, 3], [19, 14], [0, 14]])
    segments = [(*start, *end) for start, end in pairwise(points.tolist())]
    labels = makers._brushed((15, 20), segments, [3] * 3, [1] * 3)
    y, x = np.mgrid[:15, :20]
    near = np.zeros((15, 20), bool)
    for start, end in pairwise(points):
        for share in np.linspace(0, 1, 2001):
            at = start + share * (end - start)
            near |= (x - at[0]) ** 2 + (y - at[1]) ** 2 <= 2.25
    assert np.array_equal(labels == 1, near)


def test_a_later_stroke_lies_over_an_earlier_one():
    """Property: where brushes of any widths cross, the last one shows."""
    segments = [(0, 5, 10, 5), (5, 0, 5, 10), (2, 2, 2, 2)]
    labels = makers._brushed((11, 11), segments, [3, 1, 4], [1, 2, 3])
    assert labels[5].tolist() == [1] * 5 + [2] + [1] * 5
    assert labels[2, 2] == 3
    assert set(labels[:4, 5]) == {2}


def test_strokes_stay_in_reach():
    """Property: the extent of a stroke is bounded by its points, their reach and its width."""
    for seed in range(30):
        art = drawn(np.zeros((3, 400, 400), np.float32), seed, strokes=(1, 1), reach_px=(0, 3))
        rows, columns = np.nonzero(art[3])
        assert max(np.ptp(rows), np.ptp(columns)) <= 4 * 3 + 2 * 2
    for low, high in ((0, 0), (3, 3)):
        still = drawn(strokes=(low, high), reach_px=(0, 0), thickness_px=(1, 1))
        assert still[3].sum() <= high


def test_random_pixels_show_the_picture():
    """Equivalence: exactly so many pixels, each with the colour of the reduced picture."""
    reduced = PICTURE.reshape(3, 16, 4, 20, 4).mean(axis=(2, 4))
    for count in (0, 1, 50, 320):
        some = makers.pixel_hints(PICTURE, np.random.default_rng(count), (count, count))
        assert some[3].sum() == count
        assert np.allclose(some[:3], reduced * some[3], atol=1e-6)
    numbers = [
        int(makers.pixel_hints(PICTURE, np.random.default_rng(i), (2, 4))[3].sum())
        for i in range(40)
    ]
    assert set(numbers) == {2, 3, 4}


@pytest.mark.parametrize("shape", ["scribble", "dot"])
def test_the_largest_regions_are_marked_in_their_median_colour(shape):
    """Equivalence: ratio × regions, rounded up, largest first; colour by NumPy's median."""
    for ratio, count in ((0, 0), (0.01, 1), (0.25, 1), (0.26, 2), (0.5, 2), (1, 4)):
        marked = makers.region_hints(PICTURE, REGIONS, ratio, shape)
        assert set(REGIONS[marked[3] > 0]) == set(range(1, count + 1))
        for label in range(1, count + 1):
            expected = np.median(PICTURE[:, label == REGIONS], axis=1)
            found = marked[:3, (marked[3] > 0) & (label == REGIONS)]
            assert np.allclose(found, expected[:, None], atol=1e-6)
    everything = makers.region_hints(PICTURE, REGIONS, 1.0, shape)
    assert np.array_equal(everything, makers.region_hints(PICTURE, REGIONS, 1.0, shape))


def test_more_hints_keep_the_earlier_ones():
    """Property: a higher ratio adds marks and moves none; ten regions at 10 % are one."""
    labels = np.repeat(np.arange(1, 11), 8)[None].repeat(64, 0)
    previous = np.zeros((4, 64, 80), np.float32)
    counts = []
    for ratio in makers.RATIOS:
        marked = makers.region_hints(PICTURE, labels, ratio)
        assert np.array_equal(marked * (previous[3] > 0), previous)
        counts.append(len(set(labels[marked[3] > 0])))
        previous = marked
    assert counts == [0, 1, 1, 1, 1, 3, 5, 10]


def test_pooling_is_the_mean_weighted_by_the_mask():
    """Equivalence: explicit sums over whole squares, colour weighted by mask."""
    colour = RNG.uniform(-1, 1, (3, 12, 18)).astype(np.float32)
    mask = images.to_mask(RNG.random((12, 18)) < 0.2)
    pooled = makers.pool_hints(images.join_hints(colour, mask), (4, 6))
    found, weight = images.split_hints(pooled)
    for row in range(4):
        for column in range(6):
            square = (slice(3 * row, 3 * row + 3), slice(3 * column, 3 * column + 3))
            inside = mask[0][square]
            assert weight[0, row, column] == pytest.approx(inside.mean(), abs=1e-6)
            if inside.any():
                expected = (colour[:, *square] * inside).sum((1, 2)) / inside.sum()
                assert np.allclose(found[:, row, column], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(12, 18), (5, 7), (11, 4), (1, 1)])
def test_pooling_keeps_every_bit_of_colour(size):
    """Property: the mean over the picture stays, whatever the new size, and the mask bounds it."""
    colour = RNG.uniform(-1, 1, (3, 12, 18))
    hints = images.join_hints(colour, images.to_mask(RNG.random((12, 18)) < 0.3))
    pooled = makers.pool_hints(hints, size)
    assert np.allclose(pooled.mean((1, 2)), hints.mean((1, 2)), atol=1e-6)
    images.check_hints(pooled)
    if size == (12, 18):
        assert np.array_equal(pooled, hints)


def test_hints_of_a_flat_picture_rebuild_it():
    """Property: all regions marked, each painted in the colour of its mark: the flat picture."""
    flat = paint(REGIONS, RNG.uniform(-1, 1, (4, 3)))
    marked = makers.region_hints(flat, REGIONS, 1.0, "dot", radius_px=0)
    assert marked[3].sum() == 4
    order = np.argsort(REGIONS[marked[3] > 0])
    assert np.allclose(paint(REGIONS, marked[:3, marked[3] > 0].T[order]), flat, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Strokes(thickness_px=(0, 2)), "thickness_px must be"),
        (lambda: Strokes(strokes=(4, 2)), "strokes must be"),
        (lambda: Strokes(reduction=0), "reduction must be"),
        (lambda: drawn(np.zeros((3, 30, 32), np.float32)), "divide by 4"),
        (lambda: makers.pixel_hints(PICTURE, RNG, (0, 321)), r"within 0\.\.320"),
        (lambda: makers.region_hints(PICTURE, REGIONS, 5), "5 % is 0.05"),
        (lambda: makers.region_hints(PICTURE, REGIONS, 0.5, "star"), "scribble"),
        (lambda: makers.pool_hints(np.zeros((4, 4, 4)), (5, 4)), "to less"),
        (lambda: makers.pool_hints(np.zeros((3, 4, 4)), (2, 2)), "mask channel"),
    ],
)
def test_wrong_input_is_refused_with_words(call, words):
    """Property: the message says what is wrong."""
    with pytest.raises(ValueError, match=words):
        call()
