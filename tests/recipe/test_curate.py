"""Filters: each tells made pictures on both sides of its threshold, and grouping is exact."""

import io
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lineart_lib.recipe import curate
from lineart_lib.recipe.curate import Thresholds, check, near_duplicates, perceptual_hash
from lineart_lib.recipe.decode import RefusedError

LIMITS = Thresholds()


def drawing(side: int = 300, shift: int = 0, colour: str = "#e06050") -> np.ndarray:
    """Return a head with two eyes and a coat: flat colours and thin lines."""
    picture = Image.new("RGB", (side, side), "white")
    pen, unit = ImageDraw.Draw(picture), side / 100
    pen.ellipse(
        [25 * unit + shift, 10 * unit, 75 * unit + shift, 60 * unit],
        "#ffd0b0",
        "black",
        side // 150,
    )
    pen.polygon([(10 * unit, side), (50 * unit, 57 * unit), (90 * unit, side)], colour, "black")
    for x in (38, 58):
        pen.ellipse([x * unit + shift, 30 * unit, (x + 6) * unit + shift, 36 * unit], "black")
    return np.asarray(picture)


def page(rows: int, columns: int, paper: int = 255, gutter: int = 10) -> np.ndarray:
    """Return a page of grey panels with some content, separated by gutters."""
    picture = np.full((400, 300, 3), paper, np.uint8)
    heights, widths = (400 - gutter) // rows, (300 - gutter) // columns
    for row in range(rows):
        for column in range(columns):
            top, left = gutter + row * heights, gutter + column * widths
            panel = picture[top : top + heights - gutter, left : left + widths - gutter]
            panel[:] = [90, 140, 200]
            panel[20:40, 20:40] = [240, 200, 60]
    return picture


def jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    """Return a picture after JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def test_a_clean_drawing_passes_all_filters():
    """Property: a drawing with flat colours is taken in, also after good JPEG."""
    check(drawing(), LIMITS)
    check(jpeg(drawing(), 95), LIMITS)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (drawing()[:255], "too_small"),
        (np.repeat(drawing().mean(-1, keepdims=True), 3, -1).astype(np.uint8), "monochrome"),
        (
            np.clip(
                drawing() + np.random.default_rng(0).normal(0, 9, (300, 300, 3)), 0, 255
            ).astype(np.uint8),
            "photo",
        ),
        (cv2.GaussianBlur(drawing(), (0, 0), 4), "low_quality"),
        (jpeg(drawing(), 5), "low_quality"),
        (page(2, 2), "comic_page"),
    ],
)
def test_each_filter_refuses_what_it_is_for(bad, reason):
    """Property: one made picture of each kind is refused for its own reason."""
    with pytest.raises(RefusedError) as caught:
        check(bad, LIMITS)
    assert caught.value.reason == reason


def test_sides_hold_exactly():
    """Property: the least side itself passes."""
    assert curate.shorter_side(drawing()[:256]) == 256
    check(drawing()[:256], LIMITS)


@pytest.mark.parametrize("rows", [0, 30, 150, 300])
def test_colour_share_is_the_share_of_coloured_pixels(rows):
    """Equivalence: red rows on grey give exactly their share."""
    picture = np.full((300, 100, 3), 128, np.uint8)
    picture[:rows] = [200, 30, 30]
    assert curate.colour_share(picture) == pytest.approx(rows / 300)


def test_flat_share_counts_pixels_without_texture():
    """Equivalence: half noise, half paint gives one half but for the seam; a slope is flat."""
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, 50:] = np.random.default_rng(0).integers(0, 256, (100, 50, 3))
    assert curate.flat_share(picture) == pytest.approx(0.49, abs=1e-9)
    slope = np.repeat(np.arange(100, dtype=np.uint8)[None, :, None] * 2, 100, 0).repeat(3, -1)
    assert curate.flat_share(slope) == 1.0


@pytest.mark.parametrize(
    ("picture", "count"),
    [
        (page(1, 1), 1),
        (page(1, 2), 2),
        (page(3, 1), 3),
        (page(2, 2), 4),
        (page(2, 3, paper=0), 6),
        (np.full((80, 80, 3), 255, np.uint8), 1),
        (drawing(), 1),
    ],
)
def test_panels_are_counted(picture, count):
    """Equivalence: pages of known layout, on white and black paper, give their panels."""
    assert curate.panels(picture) == count


def test_panels_of_two_widths_are_counted():
    """Equivalence: a wide panel above two narrow ones is three."""
    picture = page(2, 2)
    picture[10:195, 10:280] = [90, 140, 200]
    assert curate.panels(picture) == 3


def test_a_narrow_gap_is_no_gutter():
    """Property: gaps thinner than the threshold, such as white lines in a drawing, do not cut."""
    assert curate.panels(page(2, 2, gutter=10), min_gutter=0.03) == 1
    assert curate.panels(page(2, 2, gutter=10), min_gutter=0.02) == 4


def test_blockiness_grows_as_jpeg_gets_worse():
    """Property: without JPEG 1, then rising, and beyond the threshold at quality 5."""
    values = [curate.blockiness(drawing())]
    values += [curate.blockiness(jpeg(drawing(), quality)) for quality in (90, 50, 20, 5)]
    assert values[0] == pytest.approx(1, abs=0.01)
    assert values == sorted(values)
    assert values[3] < LIMITS.max_blockiness < values[4]


def test_blockiness_looks_at_jpegs_grid_only():
    """Property: cropping by three pixels moves the blocks off the grid, and lowers the number."""
    bad = jpeg(drawing(), 5)
    assert curate.blockiness(bad) > 1.5 * curate.blockiness(bad[3:, 3:])


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_sharpness_of_a_blurred_edge_is_known(sigma):
    """Equivalence: an edge blurred by s has its steepest step at 0.4 / s of its contrast."""
    edge = np.zeros((64, 200, 3), np.uint8)
    edge[:, 100:] = 255
    found = curate.sharpness(cv2.GaussianBlur(edge, (0, 0), sigma))
    assert found == pytest.approx(0.3989 / sigma, rel=0.1)
    assert curate.sharpness(edge) == 1.0
    assert curate.sharpness(np.full((9, 9, 3), 7, np.uint8)) == 0.0


def brute_force(hashes: list[int], distance: int) -> list[list[int]]:
    """Compare every pair, and close the groups."""
    groups = [{n} for n in range(len(hashes))]
    for a in range(len(hashes)):
        for b in range(a):
            if (hashes[a] ^ hashes[b]).bit_count() <= distance:
                one = next(group for group in groups if a in group)
                two = next(group for group in groups if b in group)
                if one is not two:
                    groups.remove(two)
                    one |= two
    return sorted(sorted(group) for group in groups if len(group) > 1)


@settings(deadline=None, max_examples=60)
@given(
    seeds=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=12),
    flips=st.lists(
        st.tuples(st.integers(0, 11), st.lists(st.integers(0, 63), max_size=18)), max_size=30
    ),
    distance=st.integers(0, 16),
)
def test_groups_agree_with_brute_force(seeds, flips, distance):
    """Equivalence: banded search finds the groups that comparing all pairs finds."""
    hashes = list(seeds)
    for which, bits in flips:
        changed = seeds[which % len(seeds)]
        for bit in bits:
            changed ^= 1 << bit
        hashes.append(changed)
    assert near_duplicates(hashes, distance) == brute_force(hashes, distance)


def test_groups_of_many_are_found_fast():
    """Property: 20,000 random hashes with 50 planted pairs take under 5 s; all pairs are found."""
    draw = np.random.default_rng(0)
    hashes = [int(h) for h in draw.integers(0, 2**64, 20_000, dtype=np.uint64)]
    for n in range(50):
        bits = draw.choice(64, 4, replace=False)
        hashes[-1 - n] = hashes[n] ^ sum(1 << int(bit) for bit in bits)
    start = time.perf_counter()
    assert near_duplicates(hashes, 4) == [[n, 19_999 - n] for n in range(50)]
    assert time.perf_counter() - start < 5.0
    assert near_duplicates([], 4) == []
    with pytest.raises(ValueError, match="0 to 16; got 17"):
        near_duplicates(hashes, 17)


def test_hashes_ignore_what_does_not_change_a_picture():
    """Property: size and JPEG keep a hash within the distance, another drawing does not."""
    first = perceptual_hash(drawing(shift=20))
    for same in (drawing(600, 40), jpeg(drawing(shift=20), 60)):
        assert (first ^ perceptual_hash(same)).bit_count() <= LIMITS.duplicate_distance
    assert (first ^ perceptual_hash(page(2, 2))).bit_count() > 16
    assert near_duplicates([first, perceptual_hash(drawing(600, 40)), ~first & (2**64 - 1)], 4) == [
        [0, 1]
    ]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("min_side_px", 0, "min_side_px: expected at least 1; got 0"),
        ("min_flat_share", 1.5, "min_flat_share: expected 0 to 1; got 1.5"),
        ("max_blockiness", float("nan"), "max_blockiness: expected at least 1"),
        ("duplicate_distance", 17, "duplicate_distance: expected 0 to 16; got 17"),
    ],
)
def test_thresholds_are_checked(field, value, complaint):
    """Property: a threshold that cannot be is refused with its name."""
    with pytest.raises(ValueError, match=complaint):
        replace(LIMITS, **{field: value})


def test_looking_up_some_at_a_time_changes_nothing(monkeypatch):
    """Equivalence: hashes looked up in small blocks form the groups of one large block."""
    draw = np.random.default_rng(3)
    seeds = draw.integers(0, 2**64, 40, dtype=np.uint64)
    bits = np.uint64(1) << draw.integers(0, 64, (40, 2), dtype=np.uint64)
    hashes = np.concatenate([seeds, seeds ^ bits[:, 0] ^ bits[:, 1], seeds[:5]])
    whole = near_duplicates(hashes, 4)
    assert len(whole) == 40
    monkeypatch.setattr(curate, "_LOOKED_UP", 7)
    assert near_duplicates(hashes, 4) == whole == near_duplicates(hashes.tolist(), 4)
