"""Conversions lose nothing, and colours mean what the standards say."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage import color
from skimage.color.colorconv import xyz_from_rgb

from lineart_lib import images

SIDES = st.integers(1, 9)
PIXELS = st.tuples(SIDES, SIDES).flatmap(lambda s: arrays.arrays(np.uint8, (*s, 3)))
BYTES = np.arange(256, dtype=np.uint8)
RNG = np.random.default_rng(0)


def random_picture(*shape):
    """Return sRGB values in [-1, 1], float32."""
    return RNG.uniform(-1, 1, shape).astype(np.float32)


@given(PIXELS)
@settings(max_examples=50, deadline=None)
def test_pixels_survive_the_round_trip(pixels):
    """Property: disk → library → disk is the identity; layout and range are the contract's."""
    picture = images.to_picture(pixels)
    assert picture.dtype == np.float32
    assert picture.shape == (3, *pixels.shape[:2])
    assert -1 <= picture.min() <= picture.max() <= 1
    assert np.array_equal(images.to_pixels(picture), pixels)
    assert np.array_equal(images.to_pixels(images.to_picture(pixels[None]))[0], pixels)


def test_every_byte_survives_in_every_form():
    """Property: all 256 values come back, from NumPy, as lineart, and through [0, 1]."""
    signed = images.to_signed(BYTES)
    assert (signed[0], signed[-1]) == (-1, 1)
    assert np.array_equal(images.to_bytes(signed), BYTES)
    assert np.array_equal(images.to_bytes(images.from_unit(images.to_unit(signed))), BYTES)
    grey = BYTES.reshape(16, 16)
    assert np.array_equal(images.to_grey_pixels(images.to_lineart(grey)), grey)


def test_torch_and_numpy_agree_on_the_range():
    """Equivalence: a tensor of bytes gets the same numbers as an array."""
    tensor = images.to_signed(torch.from_numpy(BYTES))
    assert tensor.dtype == torch.float32
    assert np.array_equal(tensor.numpy(), images.to_signed(BYTES))


def test_masks_survive_the_round_trip():
    """Property: booleans and bytes give the same mask, and the bytes come back."""
    present = RNG.random((5, 7)) < 0.5
    mask = images.to_mask(present)
    assert mask.shape == (1, 5, 7)
    assert np.array_equal(mask, images.to_mask(np.where(present, 255, 0).astype(np.uint8)))
    assert np.array_equal(images.to_mask_pixels(mask) == 255, present)


def test_hints_are_premultiplied_and_come_apart_again():
    """Property: colour × mask, then the mask; dividing gives the colour back, 0 where none is."""
    colour, mask = random_picture(3, 6, 6), images.to_mask(RNG.random((6, 6)) < 0.4)
    hints = images.join_hints(colour, mask)
    assert np.array_equal(hints[:3], colour * mask)
    again, mask_again = images.split_hints(hints)
    assert np.array_equal(mask_again, mask)
    assert np.array_equal(again, colour * mask)
    soft = RNG.uniform(0.01, 1, (1, 6, 6)).astype(np.float32)
    again, _ = images.split_hints(images.join_hints(colour, soft))
    assert np.abs(again - colour).max() < 1e-6  # A product and a quotient, each rounded once.


def test_grey_is_the_luma_of_bt601():
    """Equivalence: grey stays grey, and pure colours get their published weight."""
    same = np.full((3, 2, 2), 0.3, np.float32)
    assert np.allclose(images.to_grey(same), 0.3, atol=1e-6)
    for channel, weight in enumerate(images.LUMA):
        pure = np.full((3, 1, 1), -1, np.float32)
        pure[channel] = 1
        assert images.to_unit(images.to_grey(pure)).item() == pytest.approx(weight, abs=1e-6)


def test_linear_light_agrees_with_scikit_image():
    """Equivalence: light times the sRGB matrix is the XYZ of scikit-image; and it inverts."""
    picture = random_picture(3, 8, 8).astype(np.float64)
    light = images.to_linear(picture)
    xyz = np.tensordot(xyz_from_rgb, light, axes=1)
    assert np.allclose(xyz, color.rgb2xyz(images.to_unit(picture), channel_axis=0), atol=1e-12)
    assert np.allclose(images.from_linear(light), picture, atol=1e-6)  # 0.04045 is itself rounded.


def test_lab_of_known_colours():
    """Equivalence: black, white and the primaries have the published CIELAB."""
    pixels = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]]], np.uint8)
    lab = images.to_lab(images.to_picture(pixels))[:, 0].T
    known = [[0, 0, 0], [100, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]]
    assert np.allclose(lab, known, atol=0.02)  # Published to two digits.


def test_delta_e_is_ciede2000():
    """Equivalence: black to white is 100, equal is 0; a published pair through the same call."""
    black, white = np.full((3, 1, 1), -1.0), np.full((3, 1, 1), 1.0)
    assert images.delta_e(black, white).item() == pytest.approx(100, abs=1e-3)
    picture = random_picture(2, 3, 4, 4)
    assert images.delta_e(picture, picture).shape == (2, 4, 4)
    assert np.abs(images.delta_e(picture, picture)).max() == 0
    pair = np.array([[[50, 50], [2.5, 0], [0, -2.5]]])  # Sharma et al., table 1, pair 16.
    first, second = (
        images.from_unit(color.lab2rgb(pair[0, :, i].reshape(3, 1, 1), channel_axis=0))
        for i in range(2)
    )
    assert images.delta_e(first, second).item() == pytest.approx(4.3065, abs=2e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: images.to_signed(np.zeros((2, 2))), "uint8"),
        (lambda: images.to_bytes(np.array([1.5])), r"\[-1, 1\]"),
        (lambda: images.to_bytes(np.array([np.nan])), r"\[-1, 1\]"),
        (lambda: images.to_picture(np.zeros((2, 2, 4), np.uint8)), "alpha"),
        (lambda: images.to_pixels(np.zeros((2, 2, 3))), "channels come first"),
        (lambda: images.to_mask(np.full((2, 2), 128, np.uint8)), "threshold"),
        (lambda: images.to_mask_pixels(np.full((1, 2, 2), 0.5)), "0 and 1"),
        (lambda: images.split_hints(np.zeros((2, 3, 8, 8))), "did you drop the mask channel"),
        (lambda: images.split_hints(np.ones((4, 2, 2)) * [[[1]], [[1]], [[1]], [[0]]]), "premult"),
        (lambda: images.join_hints(np.zeros((3, 2, 2)), np.zeros((1, 2, 3))), "different sizes"),
        (lambda: images.delta_e(np.zeros((3, 2, 2)), np.zeros((3, 2, 1))), "one shape"),
        (lambda: images.check(np.zeros((1, 2, 2), int), "lineart", channels=1), "floating"),
    ],
)
def test_wrong_input_is_refused_with_words(call, words):
    """Property: nothing is silently repaired; the message names the mend."""
    with pytest.raises(ValueError, match=words):
        call()
