"""Drawings of text: every sign is there, bars and grounds are as strong as the numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from markdown_it import MarkdownIt

from lineart_lib.press.language import (
    as_markdown,
    draw_guesses,
    draw_looks,
    draw_staircase,
    draw_surprise,
    visible,
)


@pytest.fixture(autouse=True)
def closed():
    """Close what a test has drawn."""
    yield
    plt.close("all")


def test_every_sign_can_be_seen():
    """Property: white signs get a mark, the others are themselves."""
    assert [visible(sign) for sign in "a \n"] == ["a", "␣", "⏎"]


def test_markdown_shows_a_text_as_it_is():
    """Round trip: rendered as Markdown, the escaped text is the text, sign by sign."""
    text = 'a_b_ *c* `#` [x](y) <b> $1$ | ~~z~~ !q \\ {cite}`k` &amp; 1. -- "t" H^2^ https://a.b'
    inline = MarkdownIt("commonmark").enable("strikethrough").parseInline(as_markdown(text))
    children = inline[0].children
    assert {token.type for token in children} <= {"text", "text_special"}
    assert "".join(token.content for token in children) == text


def test_the_staircase_asks_each_sign_once():
    """Property: row t holds the signs up to t + 1, and the last of a row is the one asked."""
    axes = draw_staircase("fox r").axes[0]
    rows: dict[float, str] = {}
    for words in axes.texts[:-2]:
        rows[words.get_position()[1]] = rows.get(words.get_position()[1], "") + words.get_text()
    assert list(rows.values()) == ["fo", "fox", "fox␣", "fox␣r"]
    framed = [patch for patch in axes.patches if not patch.get_fill()]
    assert len(framed) == 4


def test_bars_are_the_likeliest_signs():
    """Equivalence: lengths and names of the bars are the largest probabilities, in order."""
    chances = np.array([0.1, 0.6, 0.05, 0.25])
    figure = draw_guesses({"one": chances, "two": chances[::-1]}, "ab c", "th", count=3)
    first, second = figure.axes
    assert [bar.get_width() for bar in first.patches] == [0.6, 0.25, 0.1]
    assert [tick.get_text() for tick in first.get_yticklabels()] == ["b", "c", "a"]
    assert [tick.get_text() for tick in second.get_yticklabels()] == ["␣", "a", "c"]
    with pytest.raises(ValueError, match="one: expected 3"):
        draw_guesses({"one": chances}, "abc", "th")


def test_grounds_are_as_strong_as_the_surprise():
    """Property: no bits, no ground; the strength grows in proportion and stops at `most`."""
    _, axes = plt.subplots()
    draw_surprise(axes, "a b\nc", np.array([0.0, 2.0, 4.0, 8.0, 99.0]), columns=2, most=8.0)
    strengths = [patch.get_alpha() for patch in axes.patches]
    np.testing.assert_allclose(strengths, [0, 0.1875, 0.375, 0.75, 0.75])
    assert "".join(words.get_text() for words in axes.texts) == "a b⏎c"
    with pytest.raises(ValueError, match="bits of 2 signs"):
        draw_surprise(axes, "ab", np.zeros(3))


def test_looks_are_drawn_as_they_are():
    """Equivalence: the opacity of a cell is its share."""
    looks = np.tril(np.full((3, 3), 0.5))
    figure = draw_looks([looks, looks], ["near", "far"], "a b")
    for axes in figure.axes:
        np.testing.assert_array_equal(axes.images[0].get_array()[..., 3], looks)
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a", "␣", "b"]
    with pytest.raises(ValueError, match="maps of 2 signs"):
        draw_looks([looks], ["near"], "ab")
