"""Every fill is right on a case whose answer is known, and fails where its design says so."""

import numpy as np
import pytest
from scipy import ndimage

from lineart_lib import images
from lineart_lib.evaluation import fills
from lineart_lib.evaluation.fills import FILLS

RED, BLUE, WHITE = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (1.0, 1.0, 1.0)
SIDE = 40
SOLVING = ["watershed", "min-cut", "optimization", "random walker"]
PICKING = ["nearest hint", "watershed", "trapped ball", "min-cut", "random walker"]
INSIDE = np.zeros((SIDE, SIDE), bool)
INSIDE[11:29, 11:29] = True
OUTSIDE = np.ones((SIDE, SIDE), bool)
OUTSIDE[10:30, 10:30] = False
ALL = np.ones((1, SIDE, SIDE), np.float32)


def room(gap=0):
    """Return a square room in paper, a gap in the middle of its right wall."""
    art = ALL.copy()
    art[:, 10:30, 10:30] = -1
    art[:, 11:29, 11:29] = 1
    start = (SIDE - gap) // 2
    art[:, start : start + gap, 29] = 1
    return art


def dots(*placed, shape=(SIDE, SIDE)):
    """Return hints of one pixel each: (row, column, colour)."""
    colour, mask = np.zeros((3, *shape)), np.zeros((1, *shape))
    for row, column, value in placed:
        colour[:, row, column], mask[0, row, column] = value, 1
    return images.join_hints(colour, mask)


def share(picture, colour, where):
    """Return the share of pixels that have a colour, up to rounding."""
    return (np.abs(picture[:, where] - np.array(colour)[:, None]).max(axis=0) < 1e-3).mean()


@pytest.mark.parametrize("name", FILLS)
@pytest.mark.parametrize("gap", [0, 3])
def test_outside_the_mask_nothing_changes(name, gap):
    """Property: the difference to the lineart is exactly 0 there; and the inputs stay."""
    art, mask = room(gap) * np.float32(0.9), images.to_mask(INSIDE)
    hints = dots((20, 20, RED), (3, 3, BLUE))
    before = [array.copy() for array in (art, hints, mask)]
    picture = FILLS[name](art, hints, mask)
    assert picture.dtype == np.float32
    assert picture.shape == (3, SIDE, SIDE)
    assert -1 <= picture.min() <= picture.max() <= 1
    assert (picture[:, ~INSIDE] == art[0, ~INSIDE]).all()
    assert np.array_equal(picture, FILLS[name](art, hints, mask))
    for array, was in zip((art, hints, mask), before, strict=True):
        assert np.array_equal(array, was)


@pytest.mark.parametrize("name", FILLS)
def test_without_hints_the_lines_stay_on_white(name):
    """Property: the lineart comes back, exactly."""
    art = room() * np.float32(0.7)
    picture = FILLS[name](art, np.zeros((4, SIDE, SIDE), np.float32), ALL)
    assert np.array_equal(picture, np.repeat(art, 3, axis=0))


@pytest.mark.parametrize("name", FILLS)
def test_full_ink_stays_black(name):
    """Property: the difference on full ink is exactly 0, whatever colour lies under it."""
    art = room()
    picture = FILLS[name](art, dots((20, 20, RED), (3, 3, BLUE)), ALL)
    assert (picture[:, art[0] == -1] == -1).all()


@pytest.mark.parametrize("name", ["watershed", "trapped ball", "min-cut", "random walker"])
def test_a_closed_room_is_filled(name):
    """Equivalence: red within, white around, with one hint in the room."""
    picture = FILLS[name](room(), dots((15, 13, RED)), ALL)
    assert share(picture, RED, INSIDE) == 1
    assert share(picture, WHITE, OUTSIDE) == 1


@pytest.mark.parametrize("name", ["watershed", "trapped ball", "min-cut", "random walker"])
def test_every_room_gets_its_own_colour(name):
    """Equivalence: the plan of four rooms is rebuilt from one hint in each, in any order."""
    art = ALL.copy()
    art[:, :, 20] = art[:, 14, :] = -1
    colours = [RED, BLUE, (0.0, 1.0, 0.0), (-1.0, 0.2, 0.2)]
    walls = art[0] < 0
    rooms = ndimage.label(~walls)[0]
    places = [(3, 17), (10, 30), (30, 4), (38, 38)]
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        placed = [(*places[i], colours[order[i]]) for i in range(4)]
        picture = FILLS[name](art, dots(*placed), ALL, border=False)
        for (row, column), i in zip(places, order, strict=True):
            exact = images.to_signed(images.to_bytes(np.array(colours[i])))
            assert share(picture, exact, rooms == rooms[row, column]) == 1


def test_grey_lines_multiply():
    """Equivalence: half ink over red is half the light of red."""
    art = room()
    art[art < 0] = -0.2
    picture = fills.watershed(art, dots((20, 20, RED)), ALL, border=False)
    line = picture[:, art[0] < 0]
    assert np.allclose(images.to_unit(line), np.array([0.4, 0, 0])[:, None], atol=1e-6)


def test_the_lineart_as_is_fails_by_design():
    """Property: no hint is obeyed."""
    picture = fills.as_is(room(), dots((20, 20, RED)), ALL)
    assert np.array_equal(picture, np.repeat(room(), 3, axis=0))


def test_the_nearest_hint_is_a_voronoi_diagram():
    """Equivalence: half-planes of two hints; by design lines do not matter."""
    hints = dots((20, 4, RED), (20, 35, BLUE))
    empty = fills.nearest_hint(ALL, hints, ALL, border=False)
    columns = np.broadcast_to(np.arange(SIDE), (SIDE, SIDE))
    assert share(empty, RED, columns < 20) == 1
    assert share(empty, BLUE, columns >= 20) == 1
    art = room()
    crossed = fills.nearest_hint(art, hints, ALL, border=False)
    assert np.array_equal(crossed[:, art[0] > 0], empty[:, art[0] > 0])
    assert 0 < share(crossed, RED, INSIDE) < 1


def test_a_gap_tells_the_fills_apart():
    """Property: through a gap of one pixel the watershed leaks, by design; three others do not."""
    hints = dots((20, 27, RED), (2, 2, BLUE))
    names = ("watershed", "trapped ball", "min-cut", "random walker")
    results = {name: FILLS[name](room(gap=1), hints, ALL, border=False) for name in names}
    assert share(results["watershed"], RED, OUTSIDE) > 0.1
    for name in ("trapped ball", "min-cut"):
        assert share(results[name], RED, INSIDE) == 1
        assert share(results[name], BLUE, OUTSIDE) == 1
    assert share(results["random walker"], RED, OUTSIDE) < 0.02


def test_the_trapped_ball_fails_by_design_where_the_gap_is_wider():
    """Property: what the ball passes, it fills; a larger ball does not pass."""
    hints = dots((20, 13, RED))
    wide = fills.trapped_ball(room(gap=9), hints, ALL, border=False)
    assert share(wide, RED, OUTSIDE) == 1
    held = fills.trapped_ball(room(gap=9), hints, ALL, radius_px=5)
    assert share(held, RED, INSIDE) == 1
    assert share(held, WHITE, OUTSIDE) > 0.95  # The mouth of the gap goes to one of the sides.


def test_areas_without_a_hint_tell_the_fills_apart():
    """Property: only the trapped ball leaves such an area white; the others give it away."""
    hints = dots((20, 3, RED), (20, 36, BLUE))
    for name in ("watershed", "min-cut", "optimization", "random walker"):
        assert share(FILLS[name](room(), hints, ALL, border=False), WHITE, INSIDE) == 0
    assert share(fills.trapped_ball(room(), hints, ALL), WHITE, INSIDE) == 1


def test_the_min_cut_spans_a_gap_and_fails_by_design_when_it_is_wide():
    """Property: cutting out a dot costs four pixels of paper, so a gap of five is given up."""
    hints = dots((20, 20, RED), *[(0, column, WHITE) for column in range(SIDE)])
    spanned = fills.lazybrush(room(gap=3), hints, ALL, border=False)
    assert share(spanned, RED, INSIDE) == 1
    assert share(spanned, WHITE, OUTSIDE) == 1
    given_up = fills.lazybrush(room(gap=5), hints, ALL, border=False)
    assert (given_up[1] < 0)[room(gap=5)[0] > 0].sum() == 1


def test_the_optimization_is_a_ramp_on_even_paper():
    """Equivalence: between two hinted borders, linear; by design it blends within an area."""
    shape = (9, 21)
    placed = [(row, 0, RED) for row in range(9)] + [(row, 20, BLUE) for row in range(9)]
    art, mask = np.ones((1, *shape), np.float32), np.ones((1, *shape), np.float32)
    picture = fills.optimization(art, dots(*placed, shape=shape), mask, border=False)
    ramp = np.linspace(1, -1, 21)
    assert np.abs(picture[0] - ramp).max() < 1e-5
    assert np.abs(picture[2] + ramp).max() < 1e-5
    assert share(picture, RED, np.ones(shape, bool)) < 0.2


def test_the_optimization_keeps_to_a_closed_room():
    """Property: within two ΔE00 of red inside, of white outside."""
    picture = fills.optimization(room(), dots((20, 20, RED)), ALL)
    goal = np.where(INSIDE, np.array(RED)[:, None, None], 1.0)
    error = images.delta_e(picture, goal)
    assert error[INSIDE].max() < 2
    assert error[OUTSIDE].max() < 2


@pytest.mark.parametrize("name", PICKING)
def test_colours_are_copied_and_never_mixed(name):
    """Property: away from lines only the colours of hints and white occur."""
    rng = np.random.default_rng(5)
    placed = [(*rng.integers(0, SIDE, 2), tuple(rng.uniform(-1, 1, 3))) for _ in range(8)]
    hints = dots(*placed)
    exact = images.to_bytes(hints[:3, hints[3] > 0].T)
    art = room(gap=1)
    pixels = images.to_pixels(FILLS[name](art, hints, ALL))[art[0] == 1]
    allowed = {tuple(colour) for colour in exact.tolist()} | {(255, 255, 255)}
    assert {tuple(pixel) for pixel in pixels.tolist()} <= allowed


@pytest.mark.parametrize("name", SOLVING)
@pytest.mark.parametrize("hints", ["one", "everywhere"])
def test_few_and_many_hints(name, hints):
    """Property: one hint on blank paper colours all of it; hints everywhere are the picture."""
    if hints == "one":
        picture = FILLS[name](ALL, dots((20, 20, RED)), ALL, border=False)
        assert share(picture, RED, ALL[0] > 0) == 1
    else:
        colour = images.to_signed(np.random.default_rng(0).integers(0, 256, (3, 8, 8), np.uint8))
        white = np.ones((1, 8, 8), np.float32)
        picture = FILLS[name](white, images.join_hints(colour, white), white)
        assert np.abs(picture - colour).max() < 1e-6


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FILLS)
def test_odd_drawings_give_a_picture(name):
    """Property: tiny, blank, black and noisy drawings: in range, finite, exact outside the mask."""
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (1, 5), (4, 1), (2, 2), (9, 14)):
        drawings = [np.ones(shape), -np.ones(shape), rng.uniform(-1, 1, shape)]
        for art in (drawing[None].astype(np.float32) for drawing in drawings):
            for density in (0.1, 0.5, 1.0):
                present = images.to_mask(rng.random(shape) < density)
                hints = images.join_hints(rng.choice([-1.0, 0.2, 1.0], (3, *shape)), present)
                mask = images.to_mask(rng.random(shape) < 0.7)
                picture = FILLS[name](art, hints, mask)
                assert picture.shape == (3, *shape)
                assert (np.abs(picture) <= 1).all()
                assert (picture[:, mask[0] == 0] == art[0, mask[0] == 0]).all()


@pytest.mark.parametrize("name", FILLS)
@pytest.mark.parametrize(
    ("art", "hints", "mask", "words"),
    [
        ((3, 8, 8), (4, 8, 8), (1, 8, 8), "lineart must be"),
        ((1, 8, 8), (3, 8, 8), (1, 8, 8), "hints must be"),
        ((1, 8, 8), (4, 8, 9), (1, 8, 8), "differ in size"),
        ((1, 8, 8), (4, 8, 8), (1, 4, 4), "differ in size"),
        ((2, 1, 8, 8), (2, 4, 8, 8), (2, 1, 8, 8), "one picture at a time"),
    ],
)
def test_wrong_shapes_are_refused_with_words(name, art, hints, mask, words):
    """Property: the message says what is wrong."""
    with pytest.raises(ValueError, match=words):
        FILLS[name](np.zeros(art), np.zeros(hints), np.zeros(mask))


@pytest.mark.parametrize("name", FILLS)
def test_wrong_values_are_refused_with_words(name):
    """Property: bytes, soft masks and colours without their mask do not pass."""
    none = np.zeros((4, SIDE, SIDE))
    for art, hints, mask, words in (
        (np.full((1, SIDE, SIDE), 255.0), none, ALL, "lineart must be in"),
        (ALL, none, ALL * 0.5, "0 and 1 only"),
        (ALL, none + np.array([1, 0, 0, 0])[:, None, None], ALL, "premultiplied"),
    ):
        with pytest.raises(ValueError, match=words):
            FILLS[name](art, hints, mask)
