"""DiceBear: licences come from the styles, characters from their seeds, lines from known rules."""

import re

import cv2
import numpy as np
import pytest

from lineart_lib.recipe.artwork import PARTS
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.dicebear import (
    character_svg,
    draw_character,
    licence_of,
    package_versions,
    require_licence,
    slots_of,
    styles,
)

MICAH = {"hair": ["#d0502e"], "base": ["#f2c3a0"], "shirt": ["#4fa3d9"]}
MINIAVS = {"hair": ["#7a4a2b"], "skin": ["#f2c3a0"], "body": ["#d94f4f"]}


def test_every_style_names_its_licence():
    """Property: each style of the package says who made it and under which licence."""
    found = [licence_of(style) for style in styles()]
    assert len(found) > 40
    assert all(licence.name and licence.creator and licence.attribution for licence in found)
    assert {licence.name for licence in found} == {
        "CC0 1.0",
        "CC BY 4.0",
        "MIT",
        "Free for personal and commercial use",
    }


def test_only_allowed_licences_are_drawn():
    """Property: a style passes with its licence on the list, and is refused without."""
    assert require_licence("micah", ["CC BY 4.0"]).creator == "Micah Lanier"
    assert "Micah Lanier" in licence_of("micah").attribution
    with pytest.raises(RefusedError, match="avataaars is under 'Free for personal") as caught:
        require_licence("avataaars", ["CC0 1.0", "CC BY 4.0", "MIT"])
    assert caught.value.reason == "licence_not_allowed"


def test_a_character_depends_on_style_seed_and_colours_alone():
    """Determinism: twice the same is the same; another seed is another character."""
    assert character_svg("dylan", "1") == character_svg("dylan", "1")
    assert len({character_svg("dylan", str(number)) for number in range(20)}) > 15
    assert re.fullmatch(r"dicebear-core \S+ dicebear-styles \S+", package_versions())


def test_colours_do_not_change_the_shapes():
    """Equivalence: with other colours, all that is not a colour is the same text."""
    plain, dyed = (
        re.sub(r"#[0-9a-f]{6}", "#", character_svg("micah", "7", colours))
        for colours in (None, MICAH)
    )
    bare = re.sub(r"-[0-9a-f]{8}(?=[\")])", "-", plain)
    assert bare == re.sub(r"-[0-9a-f]{8}(?=[\")])", "-", dyed)
    assert "#d0502e" in character_svg("miniavs", "7", {"hair": ["#d0502e"]})


@pytest.mark.parametrize(
    ("style", "seed", "lines", "colours"),
    [("micah", "1", "artist", MICAH), ("miniavs", "3", "contours", MINIAVS)],
)
def test_the_planes_of_a_character_agree(style, seed, lines, colours):
    """Property: regions are of one flat colour, parts lie where paint is and name its colour."""
    art = draw_character(style, seed, 96, lines=lines, colours=colours)
    assert (art.design, art.name, art.lines) == (style, f"{style}-{seed}", lines)
    assert ((art.regions > 0) == (art.parts > 0)).all()
    for region in range(1, art.regions.max() + 1):
        inside = art.flats[art.regions == region]
        assert (inside == inside[0]).all()
    for part, slot in zip(("hair", "skin", "clothes"), colours.values(), strict=True):
        pixels = art.flats[art.parts == PARTS.index(part)]
        assert len(pixels) > 50
        expected = [int(slot[0][n : n + 2], 16) for n in (1, 3, 5)]
        assert (pixels == expected).all()


def test_artist_lines_stand_in_the_illustration():
    """Property: where the lineart is black, so is the picture; no line is added by rule."""
    art = draw_character("micah", "3", 128, lines="artist", colours=MICAH)
    assert (art.lineart == 0).sum() > 200
    assert art.illustration[art.lineart == 0].max() <= 40
    assert (art.illustration.min(-1) < 30).sum() <= (art.lineart < 128).sum()


def test_contours_run_along_every_border_of_the_flats():
    """Property: two flat neighbours of other colours have a line within two pixels."""
    art = draw_character("miniavs", "3", 128, lines="contours", colours=MINIAVS)
    borders = np.zeros((128, 128), bool)
    borders[1:] = np.abs(np.diff(art.flats.astype(int), axis=0)).max(-1) > 60
    near = cv2.erode(art.lineart, np.ones((5, 5), np.uint8))
    assert borders.sum() > 100
    assert (near[borders] < 128).all()


def test_contours_are_multiplied_into_the_illustration():
    """Property: paper stays paper, black lines are black, and colour is kept off the lines."""
    art = draw_character("miniavs", "3", 128, lines="contours", colours=MINIAVS)
    assert (art.illustration[art.lineart == 0] == 0).all()
    far = cv2.erode(art.lineart, np.ones((7, 7), np.uint8)) == 255
    assert np.array_equal(art.illustration[far], art.colour[far])


def test_a_wider_line_is_wider():
    """Property: twice the width gives more ink, and less than three times as much."""
    thin, wide = (
        (255 - draw_character("dylan", "1", 96, lines="contours", line_width=w).lineart.astype(int))
        for w in (0.016, 0.032)
    )
    assert 1.2 < wide.sum() / thin.sum() < 3


def test_ink_has_bounds_on_both_sides():
    """Property: too little or too much ink is refused, exactly at what is asked."""
    art = draw_character("micah", "3", 64, lines="artist", colours=MICAH)
    ink = float((255 - art.lineart.astype(int)).mean() / 255)
    draw_character("micah", "3", 64, lines="artist", colours=MICAH, min_ink=ink, max_ink=ink)
    for bounds, reason in (
        ({"min_ink": ink + 1e-6}, "no_lines"),
        ({"max_ink": ink - 1e-6}, "too_much_ink"),
    ):
        with pytest.raises(RefusedError) as caught:
            draw_character("micah", "3", 64, lines="artist", colours=MICAH, **bounds)
        assert caught.value.reason == reason


def test_wrong_requests_are_named():
    """Property: an unknown style, colour or rule gives an error with what is known."""
    with pytest.raises(ValueError, match="'nobody' is no style of dicebear-styles; known are"):
        licence_of("nobody")
    with pytest.raises(ValueError, match="dylan has no colour 'shirt'; it has background, hair"):
        character_svg("dylan", "1", {"shirt": ["#000000"]})
    with pytest.raises(ValueError, match="expected lines of"):
        draw_character("dylan", "1", 64, lines="traced")
    assert slots_of("dylan") == ("background", "hair", "skin")
