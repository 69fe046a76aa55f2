"""Each damage does what was asked, as much as was asked, and nothing else."""

import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import skeletonize

from lineart_lib import images
from lineart_lib.recipe import damage
from lineart_lib.recipe.damage import Damage
from lineart_lib.recipe.lineart import lines_agree, remove_specks


def drawing(side=128, width=3):
    """Return circles crossed by straight lines."""
    canvas = np.full((side, side), 255, np.uint8)
    for radius in (side // 8, side // 4, side // 3):
        cv2.circle(canvas, (side // 2, side // 2), radius, 0, width)
    cv2.line(canvas, (4, side // 2), (side - 5, side // 2), 0, width)
    cv2.line(canvas, (10, 10), (side - 20, side - 11), 0, width)
    return images.to_lineart(canvas)


ART = drawing()
FUNCTIONS = {
    "gaps": damage.cut_gaps,
    "strokes": damage.lose_strokes,
    "jitter": damage.jitter,
    "width": damage.uneven_width,
    "all": damage.damaged,
}


def lost(before, after):
    """Return the share of the ink that is gone."""
    return 1 - ((after < 0) & (before < 0)).sum() / (before < 0).sum()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_damage_is_repeatable_and_leaves_its_input(name):
    """Property: equal states, equal damage; others, another; the input is not touched."""
    before = ART.copy()
    first, second, other = (FUNCTIONS[name](ART, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(ART, before)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert first.dtype == np.float32
    assert first.shape == ART.shape
    images.check(first, "lineart", channels=1)


@pytest.mark.parametrize("function", [damage.cut_gaps, damage.lose_strokes])
@pytest.mark.parametrize("share", [(0.0, 0.0), (0.02, 0.02), (0.05, 0.1), (0.3, 0.5), (1.0, 1.0)])
def test_the_share_of_lost_ink_is_in_its_range(function, share):
    """Property: whatever the seed, within the range to half a pixel; nothing is added."""
    total = (ART < 0).sum()
    for seed in range(10):
        after = function(ART, np.random.default_rng(seed), share)
        assert share[0] - 1 / total <= lost(ART, after) <= share[1] + 1e-12
        changed = after != ART
        assert (ART[changed] < 0).all()
        assert (after[changed] == 1).all()


@pytest.mark.parametrize("width", [1, 3, 9])
def test_gaps_part_a_line(width):
    """Property: one gap makes two pieces of one line, however thick, as long as it was asked."""
    line = np.ones((1, 31, 101), np.float32)
    line[0, 15 - width // 2 : 16 + width // 2, 5:96] = -1
    for seed in range(5):
        generator = np.random.default_rng(seed)
        after = damage.cut_gaps(line, generator, (7 / 91, 7 / 91), (3, 3))
        columns = np.flatnonzero((line != after)[0, 15])
        if columns.min() > 9 and columns.max() < 91:
            assert ndimage.label(after[0] < 0)[1] == 2
            assert len(columns) == 7


@pytest.mark.parametrize("function", [damage.cut_gaps, damage.lose_strokes])
def test_soft_edges_go_with_their_ink(function):
    """Property: erasing all of an antialiased drawing leaves blank paper, no ghost."""
    soft = cv2.GaussianBlur(ART[0], (3, 3), 0.7)[None]
    assert ((soft > 0) & (soft < 1)).sum() > 100
    after = function(soft, np.random.default_rng(0), (1.0, 1.0))
    assert (after == 1).all()
    some = function(soft, np.random.default_rng(0), (0.3, 0.3))
    changed = some != soft
    away = ndimage.distance_transform_edt(~(changed[0] & (soft[0] < 0)))
    assert away[changed[0]].max() <= 3
    faint = (some[0] < 1) & (some[0] >= 0)
    assert ndimage.distance_transform_edt(some[0] >= 0)[faint].max() <= 3


def test_strokes_end_at_crossings():
    """Property: a cross has four strokes, of nearly equal length, each an arm; a ring has one."""
    cross = np.ones((1, 61, 61), np.float32)
    cross[0, 29:32, 5:56] = cross[0, 5:56, 29:32] = -1
    strokes = damage.strokes_of(cross)
    assert strokes.max() == 4
    arms = [strokes[30, 8], strokes[30, 52], strokes[8, 30], strokes[52, 30]]
    assert sorted(arms) == [1, 2, 3, 4]
    lengths = np.bincount(strokes.ravel())[1:]
    assert lengths.min() > 0.7 * lengths.max()
    assert np.array_equal(strokes > 0, cross[0] < 0)
    ring = np.ones((1, 61, 61), np.float32)
    y, x = np.mgrid[-30:31, -30:31]
    ring[0, abs(np.hypot(x, y) - 20) < 1.5] = -1
    assert damage.strokes_of(ring).max() == 1


def test_a_lost_stroke_is_lost_whole():
    """Property: asked for a quarter of a cross, one arm goes, and not a bit of each."""
    cross = np.ones((1, 61, 61), np.float32)
    cross[0, 29:32, 5:56] = cross[0, 5:56, 29:32] = -1
    strokes = damage.strokes_of(cross)
    share = np.bincount(strokes.ravel())[1:].max() / (cross < 0).sum()
    after = damage.lose_strokes(cross, np.random.default_rng(0), (share, share))
    hurt = np.bincount(strokes[(after != cross)[0]], minlength=5)[1:]
    whole = hurt == np.bincount(strokes.ravel())[1:]
    assert whole.sum() == 1
    assert hurt[~whole].sum() <= 0.1 * hurt.sum()


@pytest.mark.parametrize("amplitude", [0.0, 0.5, 2.0])
def test_jitter_moves_lines_no_farther_than_asked(amplitude):
    """Property: lines agree at the amplitude and a half pixel; at a large one, not at less."""
    line = drawing(width=1)
    for seed in range(5):
        after = damage.jitter(line, np.random.default_rng(seed), amplitude)
        dark = np.where(after < 1, np.float32(-1), np.float32(1))
        assert lines_agree(dark, line, amplitude + 1).precision == 1
        assert lines_agree(dark, line, amplitude + 1).recall > 0.999
        if amplitude == 0:
            assert np.array_equal(after, line)
        if amplitude == 2:
            assert lines_agree(dark, line, 1).precision < 0.95


def test_width_stays_within_its_bounds_and_keeps_lines_whole():
    """Property: between the thinnest and the thickest form; both occur; no line breaks."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    ink = (ART[0] < 0).astype(np.uint8)
    thickest, thinnest = cv2.dilate(ink, cross), cv2.erode(ink, cross)
    eight = np.ones((3, 3))
    for seed in range(5):
        after = damage.uneven_width(ART, np.random.default_rng(seed))[0] < 0
        assert not (after & (thickest == 0)).any()
        assert not ((thinnest == 1) & ~after).any()
        assert (after & (ink == 0)).sum() > 50
        assert ((ink == 1) & ~after).sum() > 50
        assert ndimage.label(after, eight)[1] == ndimage.label(ink, eight)[1]
    thin = drawing(width=1)
    after = damage.uneven_width(thin, np.random.default_rng(0))
    assert ((after < 0) >= skeletonize(thin < 0)).all()
    still = damage.uneven_width(ART, np.random.default_rng(0), 0)
    assert np.array_equal(still, ART)


def test_all_damage_together_is_bounded():
    """Property: the lines found near the true ones stay many, those lost are at most the sum."""
    settings = Damage()
    for seed in range(5):
        after = damage.damaged(ART, np.random.default_rng(seed), settings)
        agreement = lines_agree(after, ART, settings.jitter_px + settings.width_px + 1)
        assert agreement.precision == 1
        assert 0.8 < agreement.recall <= 1
    nothing = Damage((0, 0), (0, 0), (0, 0), 0.0, 0)
    assert np.array_equal(damage.damaged(ART, np.random.default_rng(0), nothing), ART)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("ink", ["none", "one pixel", "everywhere"])
def test_odd_drawings_survive(name, ink):
    """Property: empty, tiny and full drawings give a lineart, and empty ones stay empty."""
    art = np.ones((1, 9, 12), np.float32)
    if ink == "one pixel":
        art[0, 4, 5] = -1
    elif ink == "everywhere":
        art[:] = -1
    after = FUNCTIONS[name](art, np.random.default_rng(0))
    images.check(after, "lineart", channels=1)
    if ink == "none":
        assert np.array_equal(after, art)
    assert np.array_equal(remove_specks(after, 0), after)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Damage(gap_share=(0.5, 0.1)), "gap_share must be"),
        (lambda: Damage(gap_radius_px=(3, 1)), "gap_radius_px must be"),
        (lambda: Damage(scale_px=0), "scale_px above 0"),
        (lambda: damage.cut_gaps(ART, np.random.default_rng(0), (0, 2)), "share must be"),
        (lambda: damage.jitter(ART[0], np.random.default_rng(0)), "lineart must be"),
    ],
)
def test_wrong_input_is_refused_with_words(call, words):
    """Property: the message says what is wrong."""
    with pytest.raises(ValueError, match=words):
        call()
