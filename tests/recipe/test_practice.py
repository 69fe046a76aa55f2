"""What a network practises on: shares are shares, and an opened picture is hinted from around."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.recipe.artwork import Artwork
from lineart_lib.recipe.practice import (
    Practice,
    practice_hints,
    practice_lines,
    practice_surroundings,
)
from lineart_lib.recipe.stencils import Stencils, stencil

SIDE = 64


@pytest.fixture
def art():
    """Two halves, red and blue, within a frame of paper, a line between them."""
    flats = np.full((SIDE, SIDE, 3), 255, np.uint8)
    flats[8:56, 8:32], flats[8:56, 32:56] = (200, 40, 40), (40, 40, 200)
    lineart = np.full((SIDE, SIDE), 255, np.uint8)
    lineart[8:56, [8, 32, 55]] = lineart[[8, 55], 8:56] = 0
    regions = np.zeros((SIDE, SIDE), np.int32)
    regions[8:56, 8:32], regions[8:56, 32:56] = 1, 2
    illustration = np.where(lineart[..., None] == 0, np.uint8(0), flats)
    parts = np.zeros_like(lineart)
    planes = (lineart, illustration, flats, flats, regions, parts)
    return Artwork("art", "art", *planes, (), "artist")


def test_hints_have_the_colour_of_their_region(art):
    """Property: neat hints lie in their region, in its colour; none are drawn when asked."""
    neat = Practice(bare=0, complete=1, careless=0)
    found = practice_hints(art, np.random.default_rng(0), neat)
    for number in (1, 2):
        inside = (found[3] > 0) & (art.regions == number)
        assert inside.any()
        wanted = images.to_picture(art.colour)[:, art.regions == number][:, :1]
        assert np.abs(found[:3, inside] - wanted).max() < 1e-6
    none = practice_hints(art, np.random.default_rng(0), Practice(bare=1, complete=0))
    assert not none.any()


def test_lines_are_the_artists_unless_they_are_damaged_or_drawn_anew(art):
    """Property: shares of 0 and 1 do what they say."""
    kept = practice_lines(art, np.random.default_rng(0), Practice(damaged=0, extracted=0))
    np.testing.assert_array_equal(kept, images.to_lineart(art.lineart))
    for changed in (Practice(damaged=1, extracted=0), Practice(damaged=0, extracted=1)):
        assert not np.array_equal(practice_lines(art, np.random.default_rng(0), changed), kept)


def test_an_opened_part_is_hinted_from_around(art):
    """Property: what is told is on paper, outside, and has the picture's colours there."""
    lines = images.to_lineart(art.lineart)
    hints = practice_hints(art, np.random.default_rng(1), Practice(bare=0, complete=1, careless=0))
    same = practice_surroundings(art, lines, hints, np.random.default_rng(0), Practice(opened=0))
    np.testing.assert_array_equal(same, hints)
    seen = 0
    for seed in range(8):
        draw = np.random.default_rng(seed)
        told = practice_surroundings(art, lines, hints, draw, Practice(opened=1))
        again = np.random.default_rng(seed)
        again.random()
        hole = stencil(lines.shape[1:], again, Stencils(whole=0))[0] == 1
        np.testing.assert_array_equal(told[:, hole], hints[:, hole])
        new = (told[3] > 0) & ~hole
        seen += int(new.sum())
        assert (lines[0, new] >= 0).all()
        picture = images.to_picture(art.illustration)
        assert np.abs(told[:3, new] - picture[:, new]).max(initial=0) < 0.1
    assert seen > 100


def test_refuses_shares_that_are_none():
    """Error: a share outside [0, 1], and two that sum to more, are named."""
    with pytest.raises(ValueError, match=r"opened must lie in \[0, 1\]; got 2"):
        Practice(opened=2)
    with pytest.raises(ValueError, match="damaged and extracted must sum to 1 at most"):
        Practice(damaged=0.7, extracted=0.7)
