"""The snapshot of the book's prose: what it holds, how it is dealt out, when it is taken again."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.recipe.kinds import PROSE, folder_of, kind_of, prepare_recipe
from lineart_lib.recipe.prose import (
    ProseRecipe,
    blocks,
    load_prose,
    part_blocks,
    prepare_prose,
    read_prose_recipe,
)

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "data_recipes" / "prose.yml"
WORDS = {"title": "t", "version": "1", "licence": "l", "attribution": "a"}


@pytest.fixture
def book(tmp_path):
    """Make a book of two chapters and a recipe of it."""
    for name in ("one", "two"):
        text = "\n\n".join(f"Paragraph {k} of chapter {name}, with some words." for k in range(40))
        (tmp_path / f"{name}.md").write_text(f"# Title\n\n{text}\n")
    return tmp_path, ProseRecipe("prose", chapters=("one.md", "two.md"), **WORDS)


def test_the_recipe_names_chapters_of_the_book():
    """Property: every chapter exists, none twice, and the one on language models is not read."""
    recipe = read_prose_recipe(RECIPE)
    assert [name for name in recipe.chapters if not (ROOT / name).is_file()] == []
    assert len(set(recipe.chapters)) == len(recipe.chapters)
    assert "book/context/language-models.md" not in recipe.chapters
    assert kind_of(RECIPE) == PROSE
    assert folder_of(RECIPE, "smoke", Path("d")) == folder_of(RECIPE, "book", Path("d"))


def test_the_snapshot_holds_the_whole_text_once(book, tmp_path):
    """Round trip: all parts together are the paragraphs of all chapters, each once."""
    root, recipe = book
    done = prepare_prose(recipe, root, tmp_path / "data")
    assert done.fetched == ("prose.json",)
    parts = load_prose(done.folder, block_characters=100)
    lines = "".join((*parts.train, *parts.validation, *parts.test)).splitlines()
    expected = [
        f"Paragraph {k} of chapter {name}, with some words."
        for name in ("one", "two")
        for k in range(40)
    ]
    assert sorted(lines) == sorted(expected)
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["files"]["prose.json"]["count"] == sum(len(line) + 1 for line in lines)


def test_a_snapshot_stands_until_it_is_forced(book, tmp_path):
    """Property: an edited chapter changes nothing by itself; the same chapters, the same hash."""
    root, recipe = book
    folder = prepare_prose(recipe, root, tmp_path / "data").folder
    before = (folder / "manifest.json").read_bytes()
    again = prepare_prose(recipe, root, tmp_path / "other").folder
    assert (again / "manifest.json").read_bytes() == before
    (root / "one.md").write_text("Another text altogether.\n")
    assert prepare_prose(recipe, root, tmp_path / "data").fetched == ()
    assert (folder / "manifest.json").read_bytes() == before
    assert prepare_prose(recipe, root, tmp_path / "data", force=True).fetched == ("prose.json",)
    assert (folder / "manifest.json").read_bytes() != before


def test_another_recipe_takes_another_snapshot(book, tmp_path):
    """Property: with other chapters or another version, the old snapshot does not serve."""
    root, recipe = book
    prepare_prose(recipe, root, tmp_path / "data")
    for changed in (
        ProseRecipe("prose", chapters=("two.md",), **WORDS),
        ProseRecipe("prose", chapters=("two.md",), **{**WORDS, "version": "2"}),
    ):
        assert prepare_prose(changed, root, tmp_path / "data").fetched == ("prose.json",)


def test_a_changed_snapshot_is_refused_and_made_again(book, tmp_path):
    """Property: a damaged file is never learned from."""
    root, recipe = book
    folder = prepare_prose(recipe, root, tmp_path / "data").folder
    (folder / "prose.json").write_text("{}")
    with pytest.raises(ValueError, match="--force"):
        load_prose(folder)
    assert prepare_prose(recipe, root, tmp_path / "data").fetched == ("prose.json",)
    assert load_prose(folder).train


def test_it_goes_through_the_common_door(book, tmp_path):
    """Equivalence: a recipe given by its path reads the project that its folder lies in."""
    root, recipe = book
    (root / "data_recipes").mkdir()
    path = root / "data_recipes" / "prose.yml"
    words = "".join(f"{key}: '{value}'\n" for key, value in WORDS.items())
    path.write_text(f"kind: prose\nname: prose\n{words}chapters: [one.md, two.md]\n")
    assert read_prose_recipe(path) == recipe
    done = prepare_recipe(str(path), "book", None, tmp_path / "data")
    known = prepare_prose(recipe, root, tmp_path / "other")
    assert load_prose(done.folder) == load_prose(known.folder)


@given(st.lists(st.text("ab ", min_size=1, max_size=40), max_size=30), st.integers(1, 100))
def test_blocks_lose_nothing(paragraphs, characters):
    """Round trip: blocks joined are the paragraphs; all but the last reach their length."""
    found = list(blocks(paragraphs, characters))
    assert "".join(found) == "".join(f"{text}\n" for text in paragraphs)
    assert all(len(block) >= characters for block in found[:-1])


@given(st.integers(0, 200))
def test_parts_are_dealt_by_place(count):
    """Property: each block in one part; of every ten, eight, one and one."""
    parts = part_blocks([str(number) for number in range(count)])
    assert sorted(map(int, (*parts.train, *parts.validation, *parts.test))) == list(range(count))
    assert len(parts.validation) == (count + 5) // 10
    assert len(parts.test) == count // 10


@pytest.mark.parametrize("path", ["/etc/one.md", "../one.md", "a/../../one.md", "one.txt"])
def test_no_path_leaves_the_project(path):
    """Property: only Markdown below the root may be read."""
    with pytest.raises(ValueError, match=r"below the root"):
        ProseRecipe("prose", chapters=(path,), **WORDS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("kind: prose\nname: odd\n", "expected the fields"),
        ("- prose", "no field"),
        ("kind: [", "not YAML"),
        (
            "kind: prose\nname: even\ntitle: t\nversion: 1\nlicence: l\nattribution: a\n"
            "chapters: [a.md]",
            "expected odd",
        ),
        (
            "kind: prose\nname: odd\ntitle: t\nversion: 1\nlicence: l\nattribution: a\n"
            "chapters: []",
            "at least one",
        ),
    ],
)
def test_a_wrong_recipe_is_named(tmp_path, content, message):
    """Property: the message names the file and what is wrong with it."""
    path = tmp_path / "odd.yml"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"odd\.yml.*{message}"):
        read_prose_recipe(path)


def test_a_missing_chapter_is_named(tmp_path):
    """Property: the mend is in the message, and nothing is written."""
    recipe = ProseRecipe("prose", chapters=("gone.md",), **WORDS)
    with pytest.raises(FileNotFoundError, match=r"gone\.md.*data_recipes/prose\.yml"):
        prepare_prose(recipe, tmp_path, tmp_path / "data")
    assert not (tmp_path / "data").exists()
    with pytest.raises(FileNotFoundError, match="lineart prepare prose"):
        load_prose(tmp_path / "data" / "prose")
