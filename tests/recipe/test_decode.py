"""Decoding: every mode gives the right colours, every limit holds, mutated files only refuse."""

import io
import random
import sys
import time

import numpy as np
import pytest
from PIL import Image

from lineart_lib.recipe.decode import DecodeLimits, RefusedError, decode, decode_layer

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 31, 3), dtype=np.uint8)


def written(picture: Image.Image, file_format: str = "PNG", **options) -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "PPM", "TGA"])
def test_lossless_formats_keep_every_pixel(file_format):
    """Equivalence: what was written without loss comes back unchanged."""
    found = decode(written(Image.fromarray(PIXELS), file_format))
    assert np.array_equal(found.rgb, PIXELS)
    assert found.format == file_format
    assert found.notes == ()


@pytest.mark.parametrize(
    ("mode", "file_format", "options"),
    [
        ("1", "PNG", {}),
        ("L", "PNG", {}),
        ("P", "PNG", {}),
        ("CMYK", "TIFF", {}),
        ("YCbCr", "TIFF", {}),
        ("RGB", "WEBP", {"lossless": True}),
        ("P", "GIF", {}),
    ],
)
def test_modes_agree_with_pillow(mode, file_format, options):
    """Equivalence: a picture without alpha decodes to what Pillow's own conversion gives."""
    data = written(Image.fromarray(PIXELS).convert(mode), file_format, **options)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert np.array_equal(decode(data).rgb, expected)


def test_cmyk_jpeg_is_not_inverted():
    """Equivalence: a light CMYK picture stays light, within JPEG's loss of a flat colour."""
    ink = Image.new("CMYK", (16, 16), (10, 40, 0, 0))
    found = decode(written(ink, "JPEG", quality=95)).rgb
    assert np.abs(found.astype(int) - np.array([245, 215, 255])).max() <= 4


def test_lab_goes_through_its_profile():
    """Equivalence: L = 100 is white and L = 0 is black, within one step of 8 bits."""
    lab = np.zeros((4, 8, 3), np.uint8)
    lab[:, :4, 0] = 255
    found = decode(written(Image.fromarray(lab, "LAB"), "TIFF")).rgb
    assert found[:, :4].min() >= 254
    assert found[:, 4:].max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_composited_on_white(mode):
    """Equivalence: colour a over white is 255 - alpha + colour * alpha / 255, within rounding."""
    draw = np.random.default_rng(1)
    channels = draw.integers(0, 256, (9, 7, len(mode)), dtype=np.uint8)
    if mode == "LA":
        full = np.concatenate([np.repeat(channels[..., :1], 3, -1), channels[..., 1:]], -1)
    else:
        full = channels
    colour, alpha = full[..., :3].astype(float), full[..., 3:].astype(float)
    found = decode(written(Image.fromarray(channels, mode)))
    assert np.abs(found.rgb - (255 - alpha + colour * alpha / 255)).max() <= 1
    assert found.notes == ("alpha",)


def test_a_transparent_palette_entry_becomes_white():
    """Property: a transparent palette entry shows white, the other one its colour."""
    palette = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "P")
    palette.putpalette([200, 0, 0, 0, 0, 180])
    for data in (written(palette, transparency=0), written(palette, "GIF", transparency=0)):
        found = decode(data)
        assert found.rgb[0, 0].tolist() == [255, 255, 255]
        assert found.rgb[0, 1].tolist() == [0, 0, 180]
        assert "alpha" in found.notes


def test_sixteen_bits_are_divided_by_257():
    """Equivalence: 257 v becomes v for each of the 256 levels."""
    levels = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    found = decode(written(Image.fromarray(levels)))
    assert np.array_equal(found.rgb[..., 0].ravel(), np.arange(256))
    assert "sixteen_bit" in found.notes


def test_floats_are_zero_to_one_or_refused():
    """Property: floats up to 1 reach white; floats that are no numbers are refused."""
    found = decode(written(Image.fromarray(np.array([[0.0, 1.0]], np.float32)), "TIFF"))
    assert found.rgb[0, :, 0].tolist() == [0, 255]
    with pytest.raises(RefusedError, match="damaged"):
        decode(written(Image.fromarray(np.array([[0.0, np.nan]], np.float32)), "TIFF"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation):
    """Equivalence: each of the eight EXIF orientations gives the upright picture."""
    upright = np.array([[10, 60, 110], [160, 210, 250]], np.uint8)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(written(Image.fromarray(np.ascontiguousarray(stored)), exif=exif))
    assert np.array_equal(found.rgb[..., 0], upright)
    assert ("turned" in found.notes) == (orientation != 1)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_is_taken(file_format):
    """Property: of a red and a blue frame the red one comes back, and a note says so."""
    red, blue = (Image.new("RGB", (8, 8), colour) for colour in ("#ff0000", "#0000ff"))
    options = {"lossless": True} if file_format == "WEBP" else {}
    found = decode(written(red, file_format, save_all=True, append_images=[blue], **options))
    assert found.rgb[4, 4].tolist() == [255, 0, 0]
    assert "first_frame" in found.notes


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_a_truncated_file_is_refused(file_format):
    """Property: half a file is refused, never half decoded."""
    data = written(Image.fromarray(np.repeat(PIXELS, 4, 0)), file_format)
    with pytest.raises(RefusedError) as caught:
        decode(data[: len(data) // 2])
    assert caught.value.reason in {"truncated", "damaged", "not_a_picture"}
    if file_format in {"PNG", "JPEG"}:
        assert caught.value.reason == "truncated"


def test_limits_are_looked_at_before_pixels():
    """Property: a file of a few kilobytes that would unpack to 400 MB is refused within 0.1 s."""
    bomb = written(Image.new("1", (20_000, 20_000)))
    assert len(bomb) < 100_000
    start = time.perf_counter()
    with pytest.raises(RefusedError, match="at most 64,000,000 pixels") as caught:
        decode(bomb)
    assert time.perf_counter() - start < 0.1
    assert caught.value.reason == "too_large"


def test_limits_hold_on_both_sides():
    """Property: a picture at the limit is taken, one more byte or pixel is not."""
    data = written(Image.fromarray(PIXELS))
    assert decode(data, DecodeLimits(len(data), 24 * 31)).rgb.shape == (24, 31, 3)
    for limits in (DecodeLimits(len(data) - 1, 10**6), DecodeLimits(10**6, 24 * 31 - 1)):
        with pytest.raises(RefusedError, match="too_large"):
            decode(data, limits)
    with pytest.raises(ValueError, match="max_pixels must be at least 1; got 0"):
        DecodeLimits(max_pixels=0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "not_a_picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_a_picture"),
        (b"\x89PNG\r\n\x1a\n", "not_a_picture"),
    ],
)
def test_what_is_no_picture_is_refused(data, reason):
    """Property: bytes of no raster format are refused; PostScript never starts an interpreter."""
    with pytest.raises(RefusedError) as caught:
        decode(data)
    assert caught.value.reason == reason


def mutated(data: bytes, draw: random.Random) -> bytes:
    """Damage a file in one of five ways."""
    damaged = bytearray(data)
    kind = draw.randrange(5)
    if kind == 0:
        return bytes(damaged[: draw.randrange(len(damaged))])
    if kind == 1:
        for _ in range(draw.randint(1, 30)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
    elif kind == 2:
        for _ in range(draw.randint(1, 6)):
            damaged[draw.randrange(min(len(damaged), 64))] ^= 1 << draw.randrange(8)
    elif kind == 3:
        start = draw.randrange(len(damaged))
        del damaged[start : start + draw.randint(1, 60)]
    else:
        start = draw.randrange(len(damaged))
        piece = damaged[start : start + draw.randint(1, 80)]
        damaged[start:start] = piece * draw.randint(1, 5)
    return bytes(damaged)


WATCHED: dict[str, list | None] = {"events": None}


def watch(event: str, details: tuple) -> None:
    """Note every attempt to open a file, a socket or a process, while a test listens."""
    events = WATCHED and WATCHED["events"]  # At the interpreter's end globals are None.
    if events is not None and event.split(".")[0] in {"open", "socket", "subprocess"}:
        events.append((event, details))


sys.addaudithook(watch)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_mutated_files_are_decoded_or_refused():
    """Property: of 500 mutated files each is taken or refused within 2 s; none opens anything."""
    picture = Image.fromarray(PIXELS)
    sources = [
        written(picture),
        written(picture.convert("P"), transparency=3),
        written(picture.convert("RGBA")),
        written(Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257)),
        written(picture, "JPEG"),
        written(picture, "JPEG", progressive=True),
        written(picture.convert("CMYK"), "JPEG"),
        written(picture, "GIF", save_all=True, append_images=[picture.rotate(90)]),
        written(picture, "WEBP"),
        written(picture, "BMP"),
        written(picture, "TIFF"),
        written(picture, "TIFF", compression="tiff_lzw"),
        written(picture, "PPM"),
        written(picture, "TGA"),
    ]
    Image.init()
    draw = random.Random(7)
    limits = DecodeLimits(1 << 20, 1_000_000)
    for data in sources:
        decode(data, limits)
    reasons = {"taken": 0}
    WATCHED["events"] = []
    try:
        for number in range(500):
            start = time.perf_counter()
            try:
                found = decode(mutated(sources[number % len(sources)], draw), limits)
                assert found.rgb.dtype == np.uint8
                assert found.rgb.ndim == 3
                assert found.rgb.shape[2] == 3
                reasons["taken"] += 1
            except RefusedError as error:
                reasons[error.reason] = reasons.get(error.reason, 0) + 1
            assert time.perf_counter() - start < 2.0
        assert WATCHED["events"] == []
    finally:
        WATCHED["events"] = None
    assert sum(reasons.values()) == 500
    assert reasons["taken"] > 20
    assert set(reasons) <= {
        "taken",
        "empty",
        "too_large",
        "not_a_picture",
        "truncated",
        "damaged",
    }
    assert reasons["truncated"] > 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_layer_keeps_colour_and_transparency(mode):
    """Equivalence: what Pillow's own conversion gives; opaque where the file has no alpha."""
    alpha = PIXELS[..., :1]
    picture = Image.fromarray(np.concatenate([PIXELS, alpha], -1)).convert(mode)
    found = decode_layer(written(picture))
    np.testing.assert_array_equal(found, np.asarray(picture.convert("RGBA")))
    assert (mode in ("LA", "P", "RGBA")) == (found[..., 3] < 255).any()


def test_a_layer_is_decode_before_it_is_laid_on_white():
    """Equivalence: laid on white it is what `decode` returns, upright too."""
    exif = Image.Exif()
    exif[0x0112] = 8
    data = written(Image.fromarray(np.concatenate([PIXELS, PIXELS[..., 1:2]], -1)), exif=exif)
    layer = Image.fromarray(decode_layer(data))
    paper = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    np.testing.assert_array_equal(np.asarray(paper.convert("RGB")), decode(data).rgb)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "empty"), (b"%PDF-1.4", "not_a_picture"), (None, "too_large")]
)
def test_a_layer_is_refused_as_a_picture_is(data, reason):
    """Error: the same limits and reasons."""
    data = written(Image.fromarray(PIXELS)) if data is None else data
    with pytest.raises(RefusedError, match=reason):
        decode_layer(data, DecodeLimits(max_pixels=100))
