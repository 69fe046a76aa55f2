"""The sliders of XDoG: the page filters and measures as the library does."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from lineart_lib.recipe.lineart import XDoG, lines_agree, xdog

SETTINGS = [
    XDoG(),
    XDoG(sigma_px=1.0, k=1.6, gamma=0.95, epsilon=0.0, phi=10.0),
    XDoG(sigma_px=2.5, k=8.0, gamma=1.2, epsilon=0.3, phi=1.0),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_page_draws_as_the_library_does(in_node: Callable[..., Any], settings: XDoG) -> None:
    """Equivalence: on a small picture that is no square, wider filters than the picture too."""
    light = np.random.default_rng(0).random((9, 13))
    light[:, 6] = 0.05  # A line, so that there is ink.
    values = asdict(settings)
    found = in_node(
        "xdog",
        "return toy.xdog(given.light, 13, 9, given.numbers);",
        light=light.ravel().tolist(),
        numbers={"sigma": values.pop("sigma_px"), **values},
    )
    expected = (xdog((2 * light - 1)[None], settings)[0] + 1) / 2
    assert expected.min() < 0.6 < expected.max()
    # The library rounds to float32; phi = 1e9 makes 1e-7 of the last bit of a difference.
    np.testing.assert_allclose(np.reshape(found, (9, 13)), expected, rtol=0, atol=2e-6)


def test_the_page_measures_as_the_library_does(in_node: Callable[..., Any]) -> None:
    """Equivalence: precision, recall and F of sparse lines, at a tolerance of one pixel."""
    generator = np.random.default_rng(1)
    found, truth = (np.where(generator.random((11, 17)) < 0.15, -1.0, 1.0) for _ in range(2))
    told = in_node(
        "xdog",
        "return toy.agree(given.found, given.truth, 17, 11);",
        found=((found + 1) / 2).ravel().tolist(),
        truth=((truth + 1) / 2).ravel().tolist(),
    )
    expected = lines_agree(found[None], truth[None])
    assert 0.1 < expected.f < 0.9
    assert told == pytest.approx(asdict(expected), abs=1e-12)


def test_no_ink_is_no_mistake(in_node: Callable[..., Any]) -> None:
    """Property: nothing found has precision 1 and recall 0, as in the library."""
    told = in_node("xdog", "return toy.agree([1, 1, 1, 1], [0, 1, 1, 1], 2, 2);")
    assert told == {"precision": 1, "recall": 0, "f": 0}


def test_bytes_come_back(in_node: Callable[..., Any]) -> None:
    """Round trip: bytes in base64 are the numbers in [0, 1] that they stand for."""
    pixels = np.arange(0, 256, 5, dtype=np.uint8)
    text = base64.b64encode(pixels.tobytes()).decode()
    found = in_node("xdog", "return toy.decoded(given.text);", text=text)
    np.testing.assert_allclose(found, pixels / 255, rtol=0, atol=1e-15)
