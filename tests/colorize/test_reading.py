"""Any mode and size is read; what is no drawing, hint or mask is named with its mend."""

import numpy as np
import pytest
from PIL import Image

from lineart_lib.colorize.reading import read_drawing, read_hints, read_mask

GREY = np.random.default_rng(0).integers(0, 256, (21, 34), dtype=np.uint8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_drawing_of_any_mode_has_the_same_pixels(mode, tmp_path):
    """Equivalence: a black and white picture is the same in every mode; arrays too."""
    drawing = np.where(GREY < 40, np.uint8(0), np.uint8(255))
    path = tmp_path / f"drawing.{'tif' if mode in ('CMYK', 'I;16') else 'png'}"
    if mode == "I;16":
        Image.fromarray(drawing.astype(np.uint16) * 257).save(path)
    else:
        Image.fromarray(drawing).convert(mode).save(path)
    expected = np.repeat(drawing[..., None], 3, -1)
    np.testing.assert_array_equal(read_drawing(path), expected)
    np.testing.assert_array_equal(read_drawing(str(path)), expected)
    np.testing.assert_array_equal(read_drawing(drawing), expected)
    np.testing.assert_array_equal(read_drawing(expected), expected)


def test_transparency_lies_on_paper(tmp_path):
    """Equivalence: arrays are laid on white as files are, to a step of 8 bits."""
    ink = np.concatenate([np.zeros((21, 34, 3), np.uint8), GREY[..., None]], -1)
    Image.fromarray(ink).save(tmp_path / "ink.png")
    np.testing.assert_allclose(read_drawing(tmp_path / "ink.png"), read_drawing(ink), atol=1)
    np.testing.assert_array_equal(read_drawing(ink)[..., 0], 255 - GREY)


def test_a_photograph_is_turned_upright(tmp_path):
    """Property: EXIF 6 asks for a quarter turn clockwise."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GREY).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(read_drawing(tmp_path / "turned.png")[..., 0], np.rot90(GREY, -1))


def strokes(height, width):
    """A red row on top of a transparent ground."""
    made = np.zeros((height, width, 4), np.uint8)
    made[0] = [255, 0, 0, 200]
    made[1] = [9, 9, 9, 100]
    return made


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_hints_of_another_size_keep_every_stroke(factor):
    """Property: colours are never mixed, thin strokes are kept, faint ones are left out."""
    small, large = (20, 30), (20 * factor, 30 * factor)
    for given, wanted in ((small, large), (large, small)):
        made = read_hints(strokes(*given), wanted)
        assert made.shape == (*wanted, 4)
        assert (made[0] == [255, 0, 0, 255]).all()
        assert len(np.unique(made.reshape(-1, 4), axis=0)) == 2
        rows = np.flatnonzero(made[..., 3].any(axis=1))
        assert len(rows) == max(1, wanted[0] // given[0])


def test_a_mask_is_white_or_opaque(tmp_path):
    """Equivalence: the same half as grey, as alpha, as bool, and at half the size."""
    half = np.zeros((20, 30), bool)
    half[:10] = True
    grey = np.where(half, 255, 0).astype(np.uint8)
    alpha = np.dstack([np.zeros((20, 30, 3), np.uint8), grey])
    Image.fromarray(grey).save(tmp_path / "mask.png")
    for given in (half, grey, alpha, grey[::2, ::2], tmp_path / "mask.png"):
        np.testing.assert_array_equal(read_mask(given, (20, 30)), half)


def painted_over(shape):
    """Return hints without transparency."""
    return np.full((*shape, 4), 255, np.uint8)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda: read_drawing(GREY / 255), "lineart must be uint8 in 0..255; got float64"),
        (lambda: read_drawing(GREY.astype(np.uint16)), "divide 16 bits by 257"),
        (lambda: read_drawing(GREY[:0]), r"not empty; got \(0, 34, 1\)"),
        (lambda: read_drawing(np.zeros((4, 5, 2), np.uint8)), "channels come last"),
        (
            lambda: read_hints(painted_over((9, 9)), (9, 9)),
            "transparent ground; 100% of it is opaque",
        ),
        (lambda: read_hints(GREY, (21, 34)), "export the layer of the strokes alone"),
        (lambda: read_hints(np.zeros((9, 9, 4), np.uint8), (9, 9)), "no pixel is painted"),
        (
            lambda: read_hints(strokes(20, 30), (30, 20)),
            "30 x 20 pixels beside a drawing of 20 x 30",
        ),
        (lambda: read_mask(np.zeros((9, 9), np.uint8), (9, 9)), "nothing is to be painted"),
        (lambda: read_mask(GREY, (21, 50)), "34 x 21 pixels beside a drawing of 50 x 21"),
    ],
)
def test_what_does_not_fit_is_named(read, said):
    """Error: what came, what was expected, the mend."""
    with pytest.raises(ValueError, match=said):
        read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file has no bytes"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "expected one of PNG, JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "hostile.png"),
    ],
)
@pytest.mark.parametrize("read", [read_drawing, read_hints, read_mask])
def test_hostile_files_are_refused_by_name(read, content, said, tmp_path):
    """Error: the message names the file and why; no other exception leaves."""
    path = tmp_path / "hostile.png"
    path.write_bytes(content)
    given = (path,) if read is read_drawing else (path, (9, 9))
    with pytest.raises(ValueError, match=said) as caught:
        read(*given)
    assert "hostile.png" in str(caught.value)


def test_a_truncated_file_and_a_folder_are_refused(tmp_path):
    """Error: both say what they are."""
    path = tmp_path / "cut.png"
    Image.fromarray(GREY).save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"cut.png"):
        read_drawing(path)
    with pytest.raises(ValueError, match="expected a picture, got a folder"):
        read_drawing(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_drawing(tmp_path / "none.png")
