"""Recipes of every kind go through one door, and each kind has its own place."""

from pathlib import Path

import pytest

from lineart_lib.recipe.kinds import DRAWN, FILES, folder_of, kind_of, prepare_recipe

RECIPES = Path(__file__).parents[2] / "data_recipes"


def test_a_recipe_names_its_kind():
    """Property: the kind is what the file says, and plain files need none."""
    assert kind_of(RECIPES / "mnist.yml") == FILES
    assert {kind_of(RECIPES / f"{kind}.yml") for kind in DRAWN} == DRAWN


@pytest.mark.parametrize("content", ["kind: [", "- openmoji", b"\xff\xfe"])
def test_what_cannot_be_read_has_no_kind(tmp_path, content):
    """Property: no file stops the question; who prepares it says what is wrong."""
    path = tmp_path / "odd.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert kind_of(path) == FILES
    with pytest.raises(ValueError, match=r"odd\.yml"):
        prepare_recipe(str(path), "smoke", None, tmp_path / "data")


def test_drawings_of_two_profiles_lie_apart():
    """Property: drawings have a folder for each profile; fetched files are the same for all."""
    data = Path("data")
    places = {folder_of(RECIPES / "openmoji.yml", name, data) for name in ("smoke", "book")}
    assert places == {data / "openmoji" / "smoke", data / "openmoji" / "book"}
    places = {folder_of(RECIPES / "mnist.yml", name, data) for name in ("smoke", "book")}
    assert places == {data / "mnist"}


def test_an_unknown_kind_is_refused(tmp_path):
    """Property: the message names the file, what came and what is known."""
    path = tmp_path / "odd.yml"
    path.write_text("kind: opnmoji\n")
    with pytest.raises(ValueError, match=r"odd\.yml: kind: expected .*openmoji.*; got 'opnmoji'"):
        prepare_recipe(str(path), "smoke", None, tmp_path)
