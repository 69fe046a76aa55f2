"""Recipes of drawings: those of the project are sound, and each wrong field is named."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lineart_lib.recipe import dicebear, openmoji
from lineart_lib.recipe.art import DiceBearRecipe, OpenMojiRecipe, read_art_recipe
from lineart_lib.recipe.ink import is_ink

RECIPES = Path(__file__).parents[2] / "data_recipes"


def test_the_recipes_are_for_what_is_installed():
    """Equivalence: versions and licences in the recipes are those of the packages."""
    one = read_art_recipe(RECIPES / "openmoji.yml")
    assert isinstance(one, OpenMojiRecipe)
    assert one.credit.version == openmoji.package_version()
    assert one.credit.licence == openmoji.LICENCE
    assert one.credit.attribution == openmoji.ATTRIBUTION
    other = read_art_recipe(RECIPES / "dicebear.yml")
    assert isinstance(other, DiceBearRecipe)
    assert other.credit.version == dicebear.package_versions()


def test_the_unfiltered_recipe_differs_in_its_filters_alone():
    """Equivalence: source, split, layers and sizes are those of the filtered recipe."""
    filtered, bare = (
        read_art_recipe(RECIPES / f"{name}.yml") for name in ("openmoji", "openmoji-unfiltered")
    )
    filters = ("leave_out", "min_ink", "min_colour", "curation")
    told = {name: getattr(filtered, name) for name in filters}
    told["credit"] = replace(filtered.credit, name=bare.credit.name, title=bare.credit.title)
    assert replace(bare, **told) == replace(filtered, credit=told["credit"])
    assert all(getattr(bare, name) != getattr(filtered, name) for name in filters)


def test_every_style_of_the_recipe_has_an_allowed_licence():
    """Property: no style of the recipe is refused for its licence."""
    recipe = read_art_recipe(RECIPES / "dicebear.yml")
    for choice in recipe.styles:
        dicebear.require_licence(choice.name, recipe.licences)


def test_two_styles_are_held_out_whole():
    """Property: one style of each line rule is for the end alone, and no palette looks like ink."""
    recipe = read_art_recipe(RECIPES / "dicebear.yml")
    tested = [choice for choice in recipe.styles if choice.part == "test"]
    assert sorted(choice.lines for choice in tested) == ["artist", "contours"]
    assert not any(is_ink(c) for colours in recipe.palettes.values() for c in colours)


def test_a_recipe_of_another_kind_is_left_to_others():
    """Property: MNIST's recipe is no recipe of drawings, and no error either."""
    assert read_art_recipe(RECIPES / "mnist.yml") is None


WRONG = [
    (
        "openmoji",
        ["credit", "name"],
        "../x",
        "credit: name: expected a plain name without a folder",
    ),
    ("openmoji", ["credit", "version"], 17.0, "credit: version: expected str; got float 17.0"),
    ("openmoji", ["credit", "title"], " ", "credit: title: expected a text that is not empty"),
    ("openmoji", ["credit", "homepage"], "ftp://x", "homepage: expected an http or https address"),
    ("openmoji", ["credit"], None, "recipe: credit: expected a mapping of fields; got nothing"),
    ("openmoji", ["colour"], 1, "recipe: unknown field 'colour'; known are credit"),
    ("openmoji", ["salt"], 3, "recipe: salt: expected str; got int 3"),
    ("openmoji", ["shares", "test"], 0.3, "recipe: shares: shares: expected a sum of 1; got 1.2"),
    ("openmoji", ["shares", "test"], True, "shares: test: expected float; got bool True"),
    ("openmoji", ["line_layers"], [], "line_layers: expected at least 1 of line"),
    ("openmoji", ["line_layers"], ["ink"], "line_layers: expected some of line, line-supplement"),
    ("openmoji", ["line_layers"], "line", "line_layers: expected a list; got str 'line'"),
    ("openmoji", ["leave_out"], ["flags"], "leave_out: expected some of flag, .*; got 'flags'"),
    ("openmoji", ["min_ink"], 2, "min_ink: expected 0 to 1; got 2.0"),
    ("openmoji", ["curation", "max_panels"], 0, "curation: max_panels: expected at least 1"),
    ("openmoji", ["profiles", "smoke", "size_px"], 8, "smoke: size_px: expected 16 to 1024; got 8"),
    ("openmoji", ["profiles", "smoke", "designs"], "9", "designs: expected int; got str '9'"),
    ("openmoji", ["profiles", "fast"], {}, "profiles: fast: the field 'size_px' is missing"),
    ("dicebear", ["palettes", "skin"], ["red"], "palettes: skin: expected colours '#rrggbb'; got"),
    ("dicebear", ["palettes", "skin"], [], "palettes: skin: expected colours '#rrggbb'; got none"),
    ("dicebear", ["styles", 0, "name"], "nobody", "styles: number 1: name: expected some of"),
    (
        "dicebear",
        ["styles", 0, "name"],
        "micah",
        "number 1: colours: expected some of base, .*skin",
    ),
    ("dicebear", ["styles", 0, "lines"], "traced", "lines: expected some of artist, contours"),
    ("dicebear", ["styles", 0, "part"], "all", "part: expected some of train, validation, test"),
    ("dicebear", ["styles", 0, "colours"], {"skin": "x"}, "styles: adventurer: expected some of"),
    ("dicebear", ["styles", 8, "part"], "train", "at least two of part 'test'; got \\['personas'"),
    ("dicebear", ["line_width"], 0, "line_width: expected 0.001 to 0.2; got 0"),
    ("dicebear", ["profiles", "book", "characters"], 0, "book: characters: expected 1 to"),
]


@pytest.mark.parametrize(("name", "path", "value", "complaint"), WRONG)
def test_a_wrong_field_is_named(tmp_path, name, path, value, complaint):
    """Property: each field that is wrong gives an error with the file, the field and what came."""
    content = yaml.safe_load((RECIPES / f"{name}.yml").read_text(encoding="utf-8"))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    changed = tmp_path / "changed.yml"
    changed.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint) as caught:
        read_art_recipe(changed)
    assert str(caught.value).startswith("changed.yml: recipe")


@pytest.mark.parametrize("name", ["openmoji", "dicebear"])
def test_a_missing_field_is_named(tmp_path, name):
    """Property: no field of a recipe has a silent default."""
    content = yaml.safe_load((RECIPES / f"{name}.yml").read_text(encoding="utf-8"))
    for field in set(content) - {"kind"}:
        shorter = copy.deepcopy(content)
        del shorter[field]
        changed = tmp_path / "changed.yml"
        changed.write_text(yaml.safe_dump(shorter), encoding="utf-8")
        with pytest.raises(ValueError, match=f"the field '{field}' is missing"):
            read_art_recipe(changed)


def test_what_is_no_recipe_at_all_is_refused(tmp_path):
    """Property: a file that is not there or not YAML gives an error with its name."""
    with pytest.raises(FileNotFoundError, match="no recipe at"):
        read_art_recipe(tmp_path / "none.yml")
    (tmp_path / "bad.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.yml: not a readable YAML file"):
        read_art_recipe(tmp_path / "bad.yml")
