"""A loaded part holds what was drawn, row by row."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from lineart_lib.recipe import openmoji
from lineart_lib.recipe.art import read_art_recipe
from lineart_lib.recipe.artwork import PLANES
from lineart_lib.recipe.description import find_recipe
from lineart_lib.recipe.pictures import load_pictures
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.runtime import project_root


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Prepare thirty small OpenMoji drawings; return the recipe and the data folder."""
    recipe = read_art_recipe(find_recipe("openmoji", project_root()))
    few = replace(recipe.profiles["smoke"], designs=30, size_px=32)
    recipe = replace(recipe, profiles=recipe.profiles | {"smoke": few})
    folder = tmp_path_factory.mktemp("data")
    prepare_art(recipe, "smoke", folder)
    return recipe, folder


def test_each_row_is_the_drawing_of_its_name(prepared):
    """Equivalence: what is loaded equals the drawing made anew."""
    recipe, folder = prepared
    pictures = load_pictures("openmoji", "smoke", "train", folder)
    assert len(pictures) > 10
    for number in (0, len(pictures) - 1):
        found = pictures.row(number)
        drawn = openmoji.draw_openmoji(
            found.name,
            32,
            line_layers=recipe.line_layers,
            min_ink=recipe.min_ink,
            min_colour=recipe.min_colour,
        )
        for plane in PLANES:
            np.testing.assert_array_equal(getattr(found, plane), getattr(drawn, plane))
        assert (found.design, found.words, found.lines) == (drawn.design, drawn.words, drawn.lines)


def test_a_subset_keeps_the_rows_together(prepared):
    """Property: names and planes of a subset belong together."""
    pictures = load_pictures("openmoji", "smoke", "train", prepared[1])
    chosen = pictures.subset([3, 1])
    assert chosen.names == (pictures.names[3], pictures.names[1])
    np.testing.assert_array_equal(chosen.row(0).regions, pictures.row(3).regions)


def test_a_spread_goes_from_the_first_to_the_last(prepared):
    """Property: as many as asked for, in order, both ends among them; a small part stays whole."""
    pictures = load_pictures("openmoji", "smoke", "train", prepared[1])
    some = pictures.spread(3)
    assert len(some) == 3
    assert (some.names[0], some.names[-1]) == (pictures.names[0], pictures.names[-1])
    assert pictures.spread(len(pictures) + 1) is pictures


def test_says_what_is_missing(prepared):
    """Error: an unprepared profile and an unknown part are named, with the mend."""
    with pytest.raises(FileNotFoundError, match="lineart prepare openmoji --profile book"):
        load_pictures("openmoji", "book", "train", prepared[1])
    with pytest.raises(ValueError, match="got 'exam'"):
        load_pictures("openmoji", "smoke", "exam", prepared[1])


def test_another_form_is_named_with_its_mend(prepared, tmp_path):
    """Error: arrays of an older version are neither read nor replaced; the message says how."""
    recipe, folder = prepared
    old = shutil.copytree(folder / "openmoji", tmp_path / "openmoji") / "smoke"
    manifest = json.loads((old / "manifest.json").read_text())
    del manifest["form"], manifest["shards"]
    (old / "manifest.json").write_text(json.dumps(manifest))
    mend = r"another form \(arrays, .*lineart prepare openmoji --profile smoke --force"
    with pytest.raises(ValueError, match=mend):
        load_pictures("openmoji", "smoke", "train", tmp_path)
    with pytest.raises(ValueError, match=mend):
        prepare_art(recipe, "smoke", tmp_path)
    assert "form" not in json.loads((old / "manifest.json").read_text())
