"""The page of attribution: every work is named, and none without its maker's words."""

import pytest

from lineart_lib.bindery.attribution import attribution_page

DRAWN = {
    "title": "Heads",
    "version": "1",
    "description": "Two styles.",
    "licence": "one each",
    "attribution": "as listed",
    "homepage": "https://example.org/",
    "considered": 12,
    "pictures": {"train": 7, "test": 3},
    "refused_counts": {"duplicate": 2},
    "licences": [
        {
            "work": "Round_head (a)",
            "creator": "Ada *Artist*",
            "licence": "CC BY 4.0",
            "url": "https://example.org/by",
            "attribution": "Remix of „Round” (https://example.org/a_long/way), licensed",
        },
        {"work": "Square", "creator": "Bo", "licence": "CC0 1.0", "url": "", "attribution": "none"},
    ],
}
FILES = {
    "title": "Digits",
    "version": "2",
    "licence": "CC BY-SA 3.0",
    "attribution": "Their makers",
}


def test_every_work_is_named_with_maker_licence_and_words():
    """Property: each entry of each manifest is on the page, and the counts are the manifest's."""
    page = attribution_page({"heads": DRAWN, "digits": FILES})
    assert page.index("## Digits") < page.index("## Heads")
    for words in (
        "Round\\_head (a)",
        "Ada \\*Artist\\*",
        "[CC BY 4.0](https://example.org/by)",
        "Remix of „Round” ([example.org](https://example.org/a_long/way)), licensed",
        "- CC0 1.0",
        "- Their makers",
        "10 pictures (7 in train, 3 in test), out of 12 that were looked at; 2 were refused",
    ):
        assert words in page


@pytest.mark.parametrize("key", ["title", "licence", "attribution"])
def test_a_set_without_attribution_stops_the_build(key):
    """Property: a manifest that does not say whose work it is, is an error that names the key."""
    with pytest.raises(ValueError, match=f"heads lacks {key}"):
        attribution_page({"heads": {**DRAWN, key: ""}})


def test_nothing_prepared_is_said():
    """Property: a build without data has a page all the same."""
    assert "No data set" in attribution_page({})


def test_the_page_builds_without_a_warning(make_book):
    """Property: what is written is sound MyST, and a name keeps its signs."""
    book = make_book({"book/index": f"# Attribution\n\n{attribution_page({'heads': DRAWN})}"})
    left = [line for line in book.warnings.splitlines() if "toctree" not in line]
    assert left == []
    assert "Ada *Artist*" in book.page("book/index")
