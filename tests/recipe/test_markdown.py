"""Prose out of chapters: text stays, all else goes, and nothing but the alphabet is left."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.recipe.markdown import ALPHABET, STAND_IN, prose

CHAPTERS = sorted((Path(__file__).parents[2] / "book" / "context").glob("*.md"))


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("A *plain* and **bold** word.", "A plain and bold word."),
        ("See [the house](house.md#door) there.", "See the house there."),
        ("Attention {cite}`vaswani_2017` looks.", "Attention looks."),
        ("It took {value}`a.seconds:.1f` in all.", f"It took {STAND_IN} in all."),
        ("With $x_1 * x_2$ and `code`.", f"With {STAND_IN} and {STAND_IN}."),
        ("Café – “one” × 2…", 'Cafe - "one" x 2...'),
        ("a snake_case word and _this_", "a snake_case word and this"),
        ("- an item", "an item"),
        ("12. another", "another"),
    ],
)
def test_a_line_keeps_its_words(line, left):
    """Property: of each kind of markup the words stay, and nothing else."""
    assert prose(line) == [left]


@pytest.mark.parametrize(
    "block",
    [
        "# A heading",
        "(sec-label)=",
        "% a comment",
        "<!-- a comment\nof two lines -->",
        "| a | table |\n|---|---|\n| b | c |",
        "$$\na = b\n\nc\n$$",
        "```{math}\n:label: eq\na = b\n```",
        "````{admonition} Exercise\nask\n```{dropdown} Solution\nanswer\n```\nmore\n````",
        "```python\nprint(1)\n```",
        "42",
    ],
)
def test_what_is_not_running_text_goes(block):
    """Property: a block that is not text leaves nothing, and the text around it is whole."""
    assert prose(f"Before it.\n\n{block}\n\nAfter it.") == ["Before it.", "After it."]


def test_a_paragraph_is_one_line():
    """Property: lines of a paragraph are joined; paragraphs and items are kept apart."""
    assert prose("One\ntwo.\n\nThree.\n- four\n  five\n- six") == [
        "One two.",
        "Three.",
        "four five",
        "six",
    ]


@given(st.text(max_size=200))
def test_only_the_alphabet_is_left(text):
    """Property: whatever comes in, paragraphs hold signs of the alphabet alone, none empty."""
    for paragraph in prose(text):
        assert set(paragraph) <= set(ALPHABET) - {"\n"}
        assert paragraph == paragraph.strip() != ""
        assert "  " not in paragraph


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_the_chapters_leave_no_markup(chapter):
    """Property: in the book itself no role, directive, citation key or formula is left over."""
    text = "\n".join(prose(chapter.read_text(encoding="utf-8")))
    assert len(text) > 1000
    for rest in ("{cite", "{value", "{numref", "```", "$", "](", "{lib}", ":label:", "\\"):
        assert rest not in text
