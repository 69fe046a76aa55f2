"""An abbreviation is spelt out where a page first uses it, and explained after that."""

import re
from pathlib import Path

import pytest

from lineart_lib.bindery.abbreviations import Abbreviation, load

ROOT = Path(__file__).parents[2]
KNOWN = """
- {short: MLP, long: Multi-Layer Perceptron}
- {short: GAN, long: Generative Adversarial Network}
- {short: LSTM, long: Long Short-Term Memory, plural: Long Short-Term Memories}
- {short: ACT-R, long: Adaptive Control of Thought—Rational}
"""


@pytest.fixture
def read(make_book):
    """Build one page with the abbreviations above and return its HTML."""

    def build(text: str) -> str:
        book = make_book({"index": f"# Title\n\n{text}\n"}, abbreviations=KNOWN)
        assert book.warnings == ""
        return book.page("index").partition("</h1>")[2]

    return build


def words(html: str) -> str:
    """Drop the tags and join the lines."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_first_use_is_spelt_out_and_later_ones_explained(read):
    """Property: the long form stands in the text once, later uses have it as a title."""
    html = read("An MLP here.\n\nAnd an MLP there, and one more MLP.")
    assert words(html).startswith(
        "An MLP (Multi-Layer Perceptron) here. And an MLP there, and one more MLP."
    )
    assert html.count('title="Multi-Layer Perceptron"') == 2


def test_each_page_spells_out_again(make_book):
    """Property: the first use counts for each page."""
    pages = {"index": "# One\n\nAn MLP.\n", "two": "# Two\n\nAn MLP.\n"}
    book = make_book(pages, abbreviations=KNOWN)
    for page in pages:
        assert "MLP (Multi-Layer Perceptron)." in words(book.page(page))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two GANs.", "Two GANs (Generative Adversarial Networks)."),
        ("Two LSTMs.", "Two LSTMs (Long Short-Term Memories)."),
        ("Use ACT-R.", "Use ACT-R (Adaptive Control of Thought—Rational)."),
        ("GAN-based art.", "GAN (Generative Adversarial Network)-based art."),
        ("**MLP** first.", "MLP (Multi-Layer Perceptron) first."),
    ],
)
def test_forms(read, text, expected):
    """Property: plurals, irregular plurals, hyphens and emphasis are handled."""
    assert words(read(text)).startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "`MLP` in code.",
        "```\nMLP\n```",
        "Math $MLP$ inline.",
        "$$\nMLP\n$$",
        "[MLP](https://example.org)",
        "## MLP\n",
        "An MLPX, a xMLP, an MLP_2 and a.MLP are other words.",
        "| a | b |\n|---|---|\n| MLP | 1 |",
    ],
)
def test_where_nothing_is_spelt_out(read, text):
    """Property: code, math, titles, links, other words and tables keep their text."""
    assert "(Multi-Layer Perceptron)" not in words(read(text))


@pytest.mark.parametrize("where", ["## MLP\n\nAn MLP.", "`MLP` and an MLP."])
def test_a_use_that_stays_does_not_count_as_the_first(read, where):
    """Property: the first use in prose is spelt out whatever stood in a title or in code."""
    assert "An MLP (Multi-Layer" in words(read(where)).replace("an MLP (", "An MLP (")


def test_author_already_spelt_it_out(read):
    """Property: nothing is said twice."""
    text = words(read("A multi-layer perceptron (MLP), and GAN (generative adversarial network)."))
    assert text.startswith(
        "A multi-layer perceptron (MLP), and GAN (generative adversarial network)."
    )


def test_one_tab_stop_a_section(read):
    """Property: the keyboard reaches a tooltip once a section, not at every use."""
    html = read("MLP MLP MLP\n\n## Next\n\nMLP MLP")
    assert html.count('title="Multi') == 4
    assert html.count('tabindex="0"') == 2


def test_list_of_abbreviations(make_book):
    """Property: every abbreviation is listed once, in alphabetical order, and not expanded."""
    book = make_book({"index": "# L\n\n```{list-of-abbreviations}\n```\n"}, abbreviations=KNOWN)
    page = book.page("index")
    assert re.findall(r"<strong>(.*?)</strong>", page) == ["ACT-R", "GAN", "LSTM", "MLP"]
    assert "<abbr" not in page
    assert "Long Short-Term Memory" in page


def test_the_book_has_all_of_the_draft():
    """Property: the 29 abbreviations of the draft's header, and GPU with its right expansion."""
    names = "AI NN ANN ML DL CV GPU TPU NPU GD SGD VAE GAN DDM LLM RL MLP SVM RNN LSTM CNN ACT-R"
    names += " RLHF MSE DAG AD AST ReLU MNIST"
    draft = set(names.split())
    known = load(ROOT / "book" / "abbreviations.yml")
    assert len(draft) == 29
    assert draft <= set(known)
    assert known["GPU"].long == "Graphics Processing Unit"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("short: A", "must be a list of short, long; got dict"),
        ("- {short: A}", "entry 1: .*'long'"),
        ("- {short: A, long: ''}", "entry 1: long must be a text; got ''"),
        ("- {short: A, long: B}\n- {short: A, long: C}", "entry 2: 'A' comes twice"),
    ],
)
def test_errors_name_the_entry(tmp_path, text, message):
    """Property: a wrong file is refused with the entry and the reason."""
    path = tmp_path / "abbreviations.yml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load(path)


def test_plural_defaults_to_s():
    """Property: an s is added unless a plural is given."""
    assert Abbreviation("A", "Big Cat").spelt(True) == "Big Cats"
    assert Abbreviation("A", "Mouse", "Mice").spelt(True) == "Mice"
    assert Abbreviation("A", "Mouse", "Mice").spelt(False) == "Mouse"
