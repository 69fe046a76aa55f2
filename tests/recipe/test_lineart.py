"""XDoG is the published formula; agreement of lines is right on cases made by hand."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.recipe import lineart
from lineart_lib.recipe.lineart import SIGMAS_PX, XDoG

RNG = np.random.default_rng(0)


def blurred_directly(light, sigma):
    """Sum the neighbours of each pixel one by one, weighted by a Gaussian."""
    reach = int(np.ceil(4 * sigma))
    offsets = range(-reach, reach + 1)
    height, width = light.shape
    total, weights = np.zeros_like(light), 0.0
    for dy in offsets:
        for dx in offsets:
            weight = np.exp(-(dy**2 + dx**2) / (2 * sigma**2))
            rows = np.clip(np.arange(height) + dy, 0, height - 1)
            columns = np.clip(np.arange(width) + dx, 0, width - 1)
            total += weight * light[np.ix_(rows, columns)]
            weights += weight
    return total / weights


def drawing(rows):
    """Turn rows of text into a lineart: # is ink."""
    ink = np.array([[character == "#" for character in row] for row in rows])
    return images.to_lineart(np.where(ink, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("sigma", SIGMAS_PX)
@pytest.mark.parametrize("phi", [5.0, 1e9])
def test_xdog_is_the_published_formula(sigma, phi):
    """Equivalence: direct sums over the neighbours give the same lines."""
    grey = RNG.uniform(-1, 1, (1, 17, 23))
    settings = XDoG(sigma_px=sigma, phi=phi)
    light = (grey[0] + 1) / 2
    difference = blurred_directly(light, sigma) - 0.95 * blurred_directly(light, 4.5 * sigma)
    expected = np.where(difference >= -0.1, 1, 1 + np.tanh(phi * (difference + 0.1)))
    found = images.to_unit(lineart.xdog(grey, settings)[0])
    assert 0.02 < (expected < 0.5).mean() < 0.98  # Both branches are met.
    assert np.abs(found - expected).max() < 1e-6  # The result is in single precision.


def test_xdog_has_the_dissertations_settings():
    """Property: the defaults are those of the text."""
    assert XDoG() == XDoG(sigma_px=0.4, k=4.5, gamma=0.95, epsilon=-0.1, phi=1e9)


def test_xdog_inks_a_dark_line_and_leaves_even_areas():
    """Property: a thin dark line becomes ink; any even grey stays paper."""
    for level in (-1.0, 0.0, 1.0):
        assert (lineart.xdog(np.full((1, 9, 9), level)) == 1).all()
    true = drawing(["." * 15] * 7 + ["#" * 15] + ["." * 15] * 7)
    picture = np.repeat(true, 3, axis=0)
    assert np.array_equal(lineart.extract(picture, least_px=0), true)


def test_specks_go_by_their_area():
    """Property: pieces of less than the least area go, those of it stay; corners connect."""
    art = drawing(["##....#.", "##......", "......##", ".#......", "..#....."])
    assert (lineart.remove_specks(art, 1) == art).all()
    left = drawing(["##......", "##......", "......##", ".#......", "..#....."])
    assert np.array_equal(lineart.remove_specks(art, 2), left)
    assert np.array_equal(
        lineart.remove_specks(art, 4)[0] < 0, drawing(["##......"] * 2 + ["." * 8] * 3)[0] < 0
    )
    grey = art * 0.5
    assert np.array_equal(
        lineart.remove_specks(grey, 2)[grey < 0], np.where(left < 0, -0.5, 1)[grey < 0]
    )


def test_threshold_leaves_two_values():
    """Property: below the level is ink, the level itself is paper."""
    values = np.array([[[-1, -0.1, 0, 0.1, 1]]], np.float32)
    assert lineart.threshold(values).tolist() == [[[-1, -1, 1, 1, 1]]]
    assert lineart.threshold(values, 0.5).tolist() == [[[-1, -1, -1, -1, 1]]]


@pytest.mark.parametrize(
    ("found", "true", "precision", "recall"),
    [
        (["#####"] + ["....."] * 4, ["#####"] + ["....."] * 4, 1, 1),
        ([".....", "#####"] + ["....."] * 3, ["#####"] + ["....."] * 4, 1, 1),  # One row off.
        (["....."] * 2 + ["#####"] + ["....."] * 2, ["#####"] + ["....."] * 4, 0, 0),  # Two off.
        (["##..."] + ["....."] * 4, ["#####"] + ["....."] * 4, 1, 3 / 5),  # The third is near.
        (["#####"] + ["....."] * 3 + ["#####"], ["#####"] + ["....."] * 4, 1 / 2, 1),
        (["....."] * 5, ["#####"] + ["....."] * 4, 1, 0),
        (["#####"] + ["....."] * 4, ["....."] * 5, 0, 1),
        (["....."] * 5, ["....."] * 5, 1, 1),
        (["#....", "....."], [".....", ".#..."], 0, 0),  # A corner is sqrt(2) away.
    ],
)
def test_agreement_of_lines_made_by_hand(found, true, precision, recall):
    """Equivalence: precision, recall and F counted by hand; and swapping swaps them."""
    agreement = lineart.lines_agree(drawing(found), drawing(true))
    assert (agreement.precision, agreement.recall) == (precision, recall)
    mean = 2 * precision * recall / (precision + recall) if precision + recall else 0
    assert agreement.f == pytest.approx(mean)
    swapped = lineart.lines_agree(drawing(true), drawing(found))
    assert (swapped.recall, swapped.precision) == (precision, recall)


def test_a_wider_tolerance_forgives_more():
    """Property: the corner neighbour counts from sqrt(2) on."""
    found, true = drawing(["#....", "....."]), drawing([".....", ".#..."])
    assert lineart.lines_agree(found, true, 1.4).f == 0
    assert lineart.lines_agree(found, true, 2**0.5).f == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: XDoG(sigma_px=0), "sigma_px > 0"),
        (lambda: XDoG(k=1), "k > 1"),
        (lambda: lineart.xdog(np.zeros((3, 4, 4))), "grey must be"),
        (lambda: lineart.remove_specks(np.zeros((4, 4))), "lineart must be"),
        (lambda: lineart.lines_agree(np.zeros((1, 4, 4)), np.zeros((1, 4, 5))), "differ in size"),
    ],
)
def test_wrong_input_is_refused_with_words(call, words):
    """Property: the message says what is wrong."""
    with pytest.raises(ValueError, match=words):
        call()
