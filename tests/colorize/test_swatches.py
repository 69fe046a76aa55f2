"""The colours of a picture are found as they are, whatever soft edges mixed in."""

import cv2
import numpy as np
from skimage.color import rgb2lab

from lineart_lib.colorize.swatches import swatches


def colours_of(found):
    """Return them as a set."""
    return {tuple(one) for one in found.colours.tolist()}


def test_few_colours_are_kept_exactly():
    """Round trip: up to forty-eight, however near to each other."""
    table = np.array([[100 + i, 100, 100] for i in range(48)], np.uint8)
    pixels = table[np.random.default_rng(0).integers(0, 48, 500)]
    found = swatches(pixels)
    np.testing.assert_array_equal(found.colours[found.labels], pixels)


def test_soft_edges_make_no_colours():
    """Property: four discs, anti-aliased over each other, have their own four colours and white."""
    own = [(210, 40, 40), (220, 60, 60), (30, 60, 200), (250, 240, 90)]
    picture = np.full((160, 160, 3), 255, np.uint8)
    for number, colour in enumerate(own):
        cv2.circle(picture, (50 + 20 * number, 70 + 8 * number), 30, colour, -1, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture, (3, 3), 0)
    flat = picture.reshape(-1, 3)
    assert len(np.unique(flat, axis=0)) > 200
    found = swatches(flat)
    assert colours_of(found) == {*own, (255, 255, 255)}
    # A mixed pixel counts as one of those that it was mixed of, or as one that lies between them.
    same = (found.colours[found.labels] == flat).all(axis=1)
    assert same.mean() > 0.9


def test_gradients_are_parted_into_steps():
    """Property: colours that are 6 apart in CIELAB, and no pixel is twice as far from its own."""
    ramp = np.stack(np.meshgrid(np.arange(256), np.arange(60, 160), [90], indexing="ij"), -1)
    flat = ramp.reshape(-1, 3).astype(np.uint8)
    found = swatches(flat, most=200)
    assert 10 < len(found.colours) < 200
    lab, own = (rgb2lab(one[:, None] / 255)[:, 0] for one in (flat, found.colours))
    assert np.linalg.norm(lab - own[found.labels], axis=1).max() < 12
    between = np.linalg.norm(own[:, None] - own, axis=-1)
    assert between[np.triu_indices(len(own), 1)].min() >= 6
