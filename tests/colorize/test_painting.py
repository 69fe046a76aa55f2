"""Drawings of any size and mode are coloured; lines and what is outside the mask stay exactly."""

import numpy as np
import pytest
from PIL import Image

from lineart_lib.colorize import colorize
from lineart_lib.layers import flatten
from lineart_lib.layers.stack import multiplied

WHITE = (255, 255, 255)


def colours_at(picture, scale):
    """Return the colours in both rooms and on the ground."""
    places = ((26, 16), (26, 48), (2, 2))
    return [tuple(picture[scale * y, scale * x].tolist()) for y, x in places]


@pytest.mark.parametrize("size_px", [32, 64, 100, 512])
@pytest.mark.parametrize("scale", [2, 8])
def test_each_room_has_the_colour_of_its_stroke(rooms, flooding, scale, size_px):
    """Property: at any working size, exactly, up to the last pixel of paper."""
    lines, strokes = rooms(scale)
    made = colorize(lines, strokes, painter=flooding, size_px=size_px)
    picture = made.picture()
    assert colours_at(picture, scale) == [(200, 30, 40), (20, 90, 220), WHITE]
    paper = lines == 255
    found = {tuple(one) for one in np.unique(picture[paper], axis=0).tolist()}
    assert found == {(200, 30, 40), (20, 90, 220), WHITE}
    np.testing.assert_array_equal(flatten(made.stack()), picture)


def test_the_lines_lie_over_the_colour_exactly(rooms, flooding):
    """Property: every pixel is colour times line as it came; full ink is the same ink."""
    lines, strokes = rooms(8)
    coloured_lines = np.stack([lines, np.maximum(lines, 60), np.maximum(lines, 20)], -1)
    made = colorize(coloured_lines, strokes, painter=flooding)
    np.testing.assert_array_equal(made.lines, coloured_lines)
    colour = made.paintings[0].colour()
    np.testing.assert_array_equal(made.picture(), multiplied(colour, coloured_lines))
    white = (colour == 255).all(axis=-1)
    assert white.any()
    np.testing.assert_array_equal(made.picture()[white], coloured_lines[white])


@pytest.mark.parametrize("with_picture", [False, True])
def test_outside_the_mask_nothing_changes(rooms, flooding, with_picture):
    """Property: difference exactly 0, to the drawing or to the picture to go on from."""
    lines, strokes = rooms(8)
    inside = np.zeros(lines.shape, bool)
    inside[:, : lines.shape[1] // 2 + 5] = True
    before = np.random.default_rng(0).integers(0, 256, (*lines.shape, 3), dtype=np.uint8)
    made = colorize(
        lines, strokes, inside, flooding, picture=before if with_picture else None, size_px=100
    )
    stays = before if with_picture else np.repeat(lines[..., None], 3, -1)
    np.testing.assert_array_equal(made.picture()[~inside], stays[~inside])
    assert colours_at(made.picture(), 8)[0] == (200, 30, 40)
    np.testing.assert_array_equal(flatten(made.stack()), made.picture())
    mask, composite = flooding.seen[0][2:4]
    assert set(np.unique(mask)) == {0, 1}
    assert mask.mean() == pytest.approx(inside.mean(), abs=0.02)
    given = composite[0].mean(axis=0)[mask[0, 0] == 0].mean()
    assert (abs(given) < 0.1) == with_picture  # Noise is grey in the mean, paper is not.


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 3000), (333, 2), (65, 64), (700, 500)])
@pytest.mark.parametrize("step", [1, 16])
def test_any_size_is_coloured_and_padded_to_the_step(size, step, flooding):
    """Property: the painter sees multiples of its step, and the size of the drawing stays."""
    flooding.step = step
    made = colorize(np.full(size, 255, np.uint8), painter=flooding)
    assert made.picture().shape == (*size, 3)
    height, width = flooding.seen[0][0].shape[2:]
    assert height % step == width % step == 0
    np.testing.assert_array_equal(flatten(made.stack()), made.picture())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGBA", "CMYK", "I;16"])
def test_any_mode_gives_the_same_picture(mode, rooms, flooding, tmp_path):
    """Equivalence: the same black lines in each mode, as a file."""
    lines, strokes = rooms(4)
    lines = np.where(lines < 128, 0, 255).astype(np.uint8)
    path = tmp_path / "lines.tif"
    if mode == "RGBA":
        ink = np.dstack([np.zeros((*lines.shape, 3), np.uint8), 255 - lines])
        Image.fromarray(ink).save(path)
    elif mode == "I;16":
        Image.fromarray(lines.astype(np.uint16) * 257).save(path)
    else:
        Image.fromarray(lines).convert(mode).save(path)
    Image.fromarray(strokes).save(tmp_path / "strokes.png")
    made = colorize(path, tmp_path / "strokes.png", painter=flooding)
    expected = colorize(lines, strokes, painter=flooding)
    np.testing.assert_array_equal(made.picture(), expected.picture())


def test_hints_of_any_size_are_the_same_hints(rooms, flooding):
    """Property: half and twice the size give the same colours."""
    lines, strokes = rooms(8)
    for given in (strokes[::2, ::2], np.repeat(np.repeat(strokes, 2, 0), 2, 1)):
        made = colorize(lines, given, painter=flooding)
        assert colours_at(made.picture(), 8) == [(200, 30, 40), (20, 90, 220), WHITE]


def test_soft_strokes_make_no_new_colours(rooms, flooding):
    """Property: strokes blurred together give the painter the two colours that were painted."""
    lines, strokes = rooms(8)
    red = strokes.copy()
    red[160:164] = [200, 30, 40, 255]
    red[164:168] = [20, 90, 220, 255]
    mixed = ((red[160:164].astype(int) + red[164:168]) // 2).astype(np.uint8)
    red[163:165] = mixed[0]
    colorize(lines, red, painter=flooding, size_px=512)
    given = flooding.seen[0][1][0]
    present = given[3] > 0
    assert len(np.unique(given[:3, present].round(3), axis=1).T) <= 3


def test_a_photograph_of_paper_is_coloured_like_the_drawing(rooms, flooding):
    """Recovery: under a lamp, with noise, the rooms get their colours and the paper is white."""
    lines, strokes = rooms(8)
    generator = np.random.default_rng(2)
    light = np.linspace(0.95, 0.5, lines.shape[1])[None, :, None] * np.array([250, 240, 220])
    photo = light * (0.25 + 0.75 * lines[..., None] / 255)
    photo = np.clip(photo + generator.normal(0, 2, photo.shape), 0, 255).astype(np.uint8)
    made = colorize(photo, strokes, painter=flooding)
    assert "photograph" in made.notes[0]
    for found, wanted in zip(
        colours_at(made.picture(), 8), [(200, 30, 40), (20, 90, 220), WHITE], strict=True
    ):
        assert np.abs(np.subtract(found, wanted)).max() < 12
    assert colorize(lines, strokes, painter=flooding).notes == ()


def test_variations_have_seeds_of_their_own(rooms, steady):
    """Property: three pictures for three seeds; a painter without chance makes one, and says so."""
    lines, _ = rooms(4)
    shades = steady(lambda h, w, seed: np.full((3, h, w), seed / 10))
    made = colorize(lines, painter=shades, variations=3, seed=5)
    ground = [made.picture(k)[2, 2, 0] for k in range(3)]
    assert ground == [round(255 * (1 + seed / 10) / 2) for seed in (5, 6, 7)]
    alike = steady(lambda h, w, seed: np.zeros((3, h, w)))
    made = colorize(lines, painter=alike, variations=3)
    assert len(made.paintings) == 1
    assert "3 variations are one" in made.notes[0]


def test_gradients_become_flats_and_shading(rooms, steady):
    """Property: a ramp is lifted smoothly, to a step, and few flats carry it."""
    lines = np.full((300, 400), 255, np.uint8)
    ramp = steady(
        lambda h, w, seed: np.stack(
            [np.broadcast_to(np.linspace(-0.6, 0.6, w), (h, w))] * 2 + [np.zeros((h, w))]
        )
    )
    made = colorize(lines, painter=ramp)
    colour = made.paintings[0].colour().astype(int)
    assert len(np.unique(colour.reshape(-1, 3), axis=0)) > 60
    assert len(made.stack().palette) <= 48
    wanted = (
        255
        * (1 + np.interp(np.arange(400), np.linspace(2.6, 396.4, 64), np.linspace(-0.6, 0.6, 64)))
        / 2
    )
    inner = slice(20, 380)
    assert np.abs(colour[150, inner, 0] - wanted[inner]).max() <= 1.5
    np.testing.assert_array_equal(flatten(made.stack()), made.picture())


def test_a_painter_that_draws_lines_does_not_draw_them_twice(rooms, steady):
    """Property: its grey lines are taken out of the colour, so the sharp ones stand alone."""
    lines, _ = rooms(8)
    small = None

    class Drawing(steady):
        def paint(self, lineart, hints, mask, composite, seeds):
            nonlocal small
            small = lineart
            return np.repeat((lineart + 1) / 2, 3, axis=1) * 1.4 - 1  # Grey 0.7 times the lines.

    made = colorize(lines, painter=Drawing(None, lines=True))
    colour = made.paintings[0].colour().astype(int)
    assert np.abs(colour[lines == 255] - 178).max() < 20
    assert small.min() < 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"variations": 0}, "variations must be 1 or more; got 0"),
        ({"size_px": 7}, "size_px must be 8 or more; got 7"),
        ({"picture": np.zeros((80, 128), np.uint8)}, "needs a mask"),
        ({"painter": "magic"}, "got 'magic'"),
        ({"strength": 0.5}, "strength is set when a painter is loaded"),
        ({"painter": "min-cut", "strength": 0.5}, "min-cut has no dial"),
        ({"hints": np.zeros((9, 9, 4), np.uint8)}, "no pixel is painted"),
        ({"mask": np.zeros((80, 128), np.uint8)}, "nothing is to be painted"),
        (
            {"mask": np.ones((80, 128), bool), "picture": np.zeros((40, 64), np.uint8)},
            "64 x 40 pixels beside a drawing of 128 x 80",
        ),
    ],
)
def test_what_does_not_fit_is_named(given, said, rooms, flooding):
    """Error: what came, what was expected, the mend."""
    with pytest.raises(ValueError, match=said):
        colorize(rooms(2)[0], **{"painter": flooding} | given)


def test_light_lines_on_dark_are_refused(rooms, flooding):
    """Error: says how dark it is, and to invert it."""
    with pytest.raises(ValueError, match=r"9\d% of it is dark: invert it"):
        colorize(255 - rooms(8)[0], painter=flooding)
