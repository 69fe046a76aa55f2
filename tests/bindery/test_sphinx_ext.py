"""What notebooks published appears in the chapters; what is missing is a warning at its place."""

import json
import re

import pytest
from docutils import nodes

from lineart_lib.bindery.listings import short_caption

CHAPTER = """# Chapter

```{saved-figure} square
```

```{saved-table} runs
```
"""
OTHER = "# Other\n\nSee {numref}`square` and {numref}`runs`.\n"


def text_of(html: str) -> str:
    """Drop the tags."""
    return re.sub(r"<[^>]+>", "", html)


def test_figure_is_numbered_and_found_from_another_page(make_book):
    """Property: a saved figure and table have numbers, and a reference from any page finds them."""
    book = make_book({"index": OTHER, "part/chapter": CHAPTER})
    assert book.warnings == ""
    assert 'href="part/chapter.html#square"' in book.page("index")
    assert "See Fig. 1 and Table 1." in text_of(book.page("index"))
    chapter = book.page("part/chapter")
    assert re.search(r'<figure[^>]* id="square">', chapter)
    assert '<span class="caption-number">Fig. 1 </span>' in chapter
    assert '<span class="caption-number">Table 1 </span>' in chapter


def test_figure_is_inline_themed_and_described(make_book):
    """Property: the drawing stands in the page, follows the theme and has its text; math works."""
    chapter = make_book({"index": CHAPTER}).page("index")
    svg = re.search(r"<svg.*?</svg>", chapter, re.S)[0]
    assert 'role="img"' in svg
    assert 'aria-label="A dark square fills the whole picture from edge to edge."' in svg
    assert "var(--lineart-ink" in svg
    assert 'id="square-a"' in svg
    assert r"\(s\)</span>. Second sentence." in chapter


def test_stamp_is_folded_and_complete(make_book):
    """Property: one line shows notebook, profile, commit, time; unfolded it holds everything."""
    book = make_book({"index": CHAPTER, "notebooks/nb01_shapes": "# Shapes\n"})
    stamp = re.search(r'<details class="stamp">.*?</details>', book.page("index"), re.S)[0]
    summary = re.search(r"<summary>(.*?)</summary>", stamp)[1]
    assert summary.replace("\N{NO-BREAK SPACE}", " ") == "nb01_shapes · book · 0123456 · 12 s"
    assert '<a href="notebooks/nb01_shapes.html">nb01_shapes</a>' in stamp
    for text in ("0123456789abcdef" * 2, "cd" * 32, "python 3.11.9", "epochs 10", "410", "<dd>7<"):
        assert text in stamp
    assert "<details open" not in stamp


def test_smoke_says_so_everywhere(make_book):
    """Property: under smoke, banner, stamps and values say it; under book nothing does."""
    page = CHAPTER + "\nIt is {value}`mnist.accuracy`.\n"
    note = "numbers are not results"
    smoke = make_book({"index": page}, profile="smoke").page("index")
    assert smoke.index('<p class="profile-banner" role="note">') < smoke.index("<h1>")
    assert smoke.count(note) == 4, "banner, figure, table, value"
    assert note not in make_book({"index": page}, profile="book").page("index")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("mnist.accuracy:.1f", "97.4 %"),
        ("mnist.accuracy", "97.43 %"),
        ("mnist.images", "60,000"),
        ("mnist.images:d", "60000"),
        ("mnist.confused", "4 as 9"),
        ("mnist.loss:.2f", "\N{MINUS SIGN}0.50"),
        ("mnist.loss:.1e", "\N{MINUS SIGN}5.0 × 10⁻¹"),
    ],
)
def test_values_in_prose(make_book, written, expected):
    """Equivalence: number, format and unit as a person would write them."""
    book = make_book({"index": f"# Page\n\nIt is {{value}}`{written}`.\n"})
    assert book.warnings == ""
    span = re.search(r'<span class="value" title="([^"]*)">(.*?)</span>', book.page("index"))
    assert span[2].replace("\N{NO-BREAK SPACE}", " ") == expected
    assert "nb01_shapes" in span[1]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("{value}`mnist.acuracy`", "did you mean mnist.accuracy"),
        ("{value}`mnist.confused:.1f`", "'4 as 9' and cannot be written as '.1f'"),
        ("{lib}`runtime.no_such_name`", "lineart_lib.runtime has no 'no_such_name'"),
        ("{lib}`no_such_room.thing`", "lineart_lib has no 'no_such_room'"),
        ("```{saved-figure} sqare\n```", "did you mean square"),
        ("```{saved-figure} square\nbody\n```", "must have no body"),
        ("```{saved-table} walks\n```", "no notebook saved a table named 'walks'"),
        ("```{live} no-such-toy\n```", "no-such-toy"),
        ("```{live} decision-boundary\n[1]\n```", "must be a JSON object; got list"),
        ("```{live} decision-boundary\n{oops\n```", "must be JSON"),
        ("```{live} decision-boundary\n:state: rigs\n```", "did you mean rings"),
    ],
)
def test_every_miss_warns_at_its_line(make_book, text, warning):
    """Property: a missing or misused name is a warning that names the file and the line."""
    book = make_book({"index": f"# Page\n\nA line.\n\n{text}\n"})
    (line,) = [line for line in book.warnings.splitlines() if "WARNING" in line]
    assert warning in line
    assert re.search(r"index\.md:5: WARNING", line)


def test_library_names_are_checked(make_book):
    """Property: a name that exists is shown in full, without a warning."""
    book = make_book({"index": "# Page\n\nUse {lib}`bindery.published.Published.stamp`.\n"})
    assert book.warnings == ""
    assert "lineart_lib.bindery.published.Published.stamp" in text_of(book.page("index"))


def test_lists_of_figures_and_tables(make_book):
    """Property: every figure and table is listed once, with number, link, caption."""
    lists = "# Lists\n\n```{list-of-figures}\n```\n\n```{list-of-tables}\n```\n"
    book = make_book({"index": lists, "part/chapter": CHAPTER})
    page = book.page("index")
    figures, tables = re.findall(r'<ul class="listing.*?</ul>', page, re.S)
    assert figures.count("<li>") == tables.count("<li>") == 1
    assert 'href="part/chapter.html#square"' in figures
    assert (
        " ".join(text_of(figures).split()) == r"Fig. 1 A square with side \(s\). Second sentence."
    )
    assert 'href="part/chapter.html#runs"' in tables
    assert text_of(tables).split() == ["Table", "1", "Runs", "of", "it."]


@pytest.mark.parametrize(
    ("caption", "kept"),
    [
        ("Short. Then more words than that. Then the rest.", "Short. Then more words than that."),
        ("One sentence that is long enough. The rest.", "One sentence that is long enough."),
        ("No full stop at all", "No full stop at all"),
        ("Version 1.5 of a long caption. The rest.", "Version 1.5 of a long caption."),
    ],
)
def test_a_list_shortens_captions_to_whole_sentences(caption, kept):
    """Property: what is kept is whole sentences, and more than a word or two."""
    title = nodes.caption("", "", nodes.Text(caption))
    assert "".join(node.astext() for node in short_caption(title)) == kept


def test_empty_list_says_so(make_book):
    """Property: a book without figures has a sentence in the place of the list."""
    book = make_book({"index": "# Lists\n\n```{list-of-figures}\n```\n"})
    assert "There is no numbered figure yet." in book.page("index")


def test_table_aligns_numbers_and_reads_markup(make_book):
    """Property: numbers are marked for alignment; texts may hold markup."""
    page = make_book({"index": CHAPTER}).page("index")
    assert '<td class="number"><p>97.25</p></td>' in page
    assert "<strong>97.5</strong>" in page


def test_live_toy_runs_without_requests(make_book):
    """Property: a toy stands in its page as one inline module with its state and no import."""
    state = '{"learning_rate": 0.8125}'
    book = make_book({"index": f"# Page\n\n```{{live}} decision-boundary\n{state}\n```\n"})
    assert book.warnings == ""
    toy = re.search(r'<figure class="live".*?</figure>', book.page("index"), re.S)[0]
    assert 'data-live="decision-boundary"' in toy
    script = re.search(r'<script type="module">(.*?)</script>', toy, re.S)[1]
    assert "0.8125" in script
    assert "export default" not in script
    assert not re.search(r"^\s*import\s", script, re.M)


def test_live_toy_takes_the_state_that_a_notebook_saved(make_book):
    """Property: the saved state reaches the page; a key of the body goes before it."""
    text = '```{live} decision-boundary\n:state: rings\n\n{"noise": 0.0625}\n```'
    book = make_book({"index": f"# Page\n\n{text}\n"})
    assert book.warnings == ""
    state = re.search(r"^const liveState = (.*);$", book.page("index"), re.M)[1]
    assert json.loads(state) == {"dataset": "circles", "noise": 0.0625, "seed": 7}


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_other_formats_fall_back(make_book, builder):
    """Property: without HTML a figure is its file, a stamp is a line, a toy is a sentence."""
    page = CHAPTER + "\n```{live} decision-boundary\n```\n"
    book = make_book({"index": page}, builder=builder)
    assert "unknown node" not in book.warnings
    written = "".join(path.read_text() for path in book.out.rglob("*.t[e]x*"))
    written += "".join(path.read_text() for path in book.out.rglob("*.txt"))
    flat = re.sub(r"\s+", " ", written)
    assert "runs in the web edition of this page" in flat
    assert "nb01" in flat
    assert ("square" in flat) if builder == "latex" else ("A dark square fills" in flat)
    assert "<svg" not in flat
