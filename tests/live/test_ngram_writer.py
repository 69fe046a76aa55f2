"""The n-gram writer: the page counts as the library does, and draws as it guesses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineart_lib.models.ngram import NGram
from lineart_lib.recipe.markdown import ALPHABET

TEXT = "the fox draws the ox.\nThe fox that the artist drew was red: #, 3 times.\n"


@pytest.mark.parametrize("order", [1, 2, 5, 9])
def test_the_page_guesses_as_the_library_does(in_node: Callable[..., Any], order: int) -> None:
    """Equivalence: all probabilities after several pasts, to the rounding of float64."""
    pasts = ["", "t", "the fo", "the fox that the", "xyzzy", "drew was red: #, 3 times.\n", "~"]
    found = in_node(
        "ngram-writer",
        """
        const counts = toy.createCounts(given.text);
        return given.pasts.map((past) => counts.guess(past, given.order).chances);
        """,
        text=TEXT,
        pasts=pasts,
        order=order,
    )
    model = NGram(order, ALPHABET).fit([TEXT])
    expected = [model.probabilities("\n" + past) for past in pasts]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_bits_are_those_of_the_library(in_node: Callable[..., Any]) -> None:
    """Equivalence: the mean surprise of a text under the counts of another."""
    said = "the fox was red."
    found = in_node(
        "ngram-writer",
        "return toy.bitsOf(toy.createCounts(given.text), given.said, 4);",
        text=TEXT,
        said=said,
    )
    assert found == pytest.approx(NGram(4, ALPHABET).fit([TEXT]).bits(said).mean(), abs=1e-12)


def test_temperature_is_a_power(in_node: Callable[..., Any]) -> None:
    """Closed form: probabilities to the power of 1 / temperature, made to sum to 1 again."""
    chances = [0.5, 0.25, 0.125, 0.125]
    cold, same, hot = in_node(
        "ngram-writer",
        "return [0.5, 1, 2].map((t) => toy.heat(given.chances, t));",
        chances=chances,
    )
    for found, temperature in ((cold, 0.5), (same, 1), (hot, 2)):
        powers = np.array(chances) ** (1 / temperature)
        np.testing.assert_allclose(found, powers / powers.sum(), atol=1e-12)


def test_signs_are_picked_in_proportion(in_node: Callable[..., Any]) -> None:
    """Property: even numbers in [0, 1) fall on signs as often as they are likely."""
    picked = in_node(
        "ngram-writer",
        """
        const { chances } = toy.createCounts(given.text).guess("th", 3);
        const numbers = Array.from({ length: 10000 }, (_, k) => k / 10000);
        return numbers.map((uniform) => toy.pick(chances, uniform));
        """,
        text=TEXT,
    )
    expected = NGram(3, ALPHABET).fit([TEXT]).probabilities("th")
    shares = np.array([picked.count(sign) for sign in ALPHABET]) / 10_000
    np.testing.assert_allclose(shares, expected, rtol=0, atol=2e-4)  # At both ends of a share.


def test_only_the_alphabet_is_counted(in_node: Callable[..., Any]) -> None:
    """Property: accents go, line breaks stay, signs of other alphabets are left out."""
    found = in_node("ngram-writer", "return toy.clean(given.text);", text="Café\n→ été 狐 ok\t")
    assert found == "Cafe\n ete  ok"
