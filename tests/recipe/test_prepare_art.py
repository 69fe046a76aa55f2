"""Preparing drawings: the folder is whole, repeatable, and says what is in it and what is not."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lineart_lib.recipe import openmoji, units, verdicts
from lineart_lib.recipe import prepare_art as module
from lineart_lib.recipe.art import OpenMojiProfile, read_art_recipe
from lineart_lib.recipe.artwork import PLANES
from lineart_lib.recipe.openmoji import draw_openmoji
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.recipe.shards import decode_plane, read_rows
from lineart_lib.recipe.sources import sha256_of

RECIPES = Path(__file__).parents[2] / "data_recipes"


def small_openmoji():
    """Return OpenMoji's recipe with 60 designs, up to three variants of each, at 32 px."""
    recipe = read_art_recipe(RECIPES / "openmoji.yml")
    return replace(recipe, profiles={**recipe.profiles, "smoke": OpenMojiProfile(32, 60, 3)})


def small_dicebear():
    """Return DiceBear's recipe with three cheap styles, two characters of each, at 32 px."""
    recipe = read_art_recipe(RECIPES / "dicebear.yml")
    styles = tuple(s for s in recipe.styles if s.name in {"dylan", "micah", "personas"})
    smoke = replace(recipe.profiles["smoke"], size_px=32, characters=2)
    return replace(recipe, styles=styles, profiles={**recipe.profiles, "smoke": smoke})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Prepare OpenMoji's small recipe once."""
    return prepare_art(small_openmoji(), "smoke", tmp_path_factory.mktemp("data")).folder


def read(folder: Path, name: str):
    """Read a JSON file of a folder."""
    return json.loads((folder / name).read_text(encoding="utf-8"))


def rows_of(folder: Path, *columns: str):
    """Return some columns of all shards, part by part."""
    return [
        {"part": shard["part"], **row}
        for shard in read(folder, "manifest.json")["shards"]
        for row in read_rows(folder / shard["file"], columns)
    ]


def test_shards_and_manifest_agree(prepared):
    """Equivalence: each part has as many rows as pictures; each plane is of the size asked."""
    rows = rows_of(prepared, "name", "areas", "height", "width", *PLANES)
    manifest = read(prepared, "manifest.json")
    assert Counter(row["part"] for row in rows) == manifest["pictures"]
    assert sum(shard["rows"] for shard in manifest["shards"]) == len(rows)
    assert len({row["name"] for row in rows}) == len(rows)
    for row in rows:
        planes = {plane: decode_plane(row[plane], plane, 32, 32) for plane in PLANES}
        assert (row["height"], row["width"]) == (32, 32)
        assert planes["regions"].max() == row["areas"]


def test_no_design_is_in_two_parts(prepared):
    """Property: variants of a design are in one part, and some design has several."""
    parts: dict[str, set[str]] = {}
    rows = rows_of(prepared, "design")
    for row in rows:
        parts.setdefault(row["design"], set()).add(row["part"])
    assert all(len(found) == 1 for found in parts.values())
    assert len(rows) > len(parts)


def test_shards_are_cut_at_their_size(prepared, tmp_path, monkeypatch):
    """Equivalence: smaller shards hold the same pictures in the same order."""
    monkeypatch.setattr(verdicts, "SHARD", 7)
    cut = prepare_art(small_openmoji(), "smoke", tmp_path).folder
    sizes = [s["rows"] for s in read(cut, "manifest.json")["shards"] if s["part"] == "train"]
    assert len(sizes) > 3
    assert set(sizes[:-1]) == {7}
    assert rows_of(cut, "name", "flats") == rows_of(prepared, "name", "flats")


def test_nothing_disappears_without_a_reason(prepared):
    """Equivalence: pictures and refusals add up to what was considered."""
    manifest = read(prepared, "manifest.json")
    taken, refused = sum(manifest["pictures"].values()), manifest["refused"]
    assert taken + sum(len(names) for names in refused.values()) == manifest["considered"]
    assert manifest["refused_counts"] == {reason: len(names) for reason, names in refused.items()}
    assert "left_out_kind" in refused
    assert all(sentence for names in refused.values() for sentence in names.values())
    listed = read_rows(prepared / "refused.parquet", ("name", "reason", "sentence"))
    assert all(refused[row["reason"]].pop(row["name"]) == row["sentence"] for row in listed)
    assert not any(refused.values())


def test_the_manifest_knows_its_files(prepared):
    """Equivalence: the files beside the manifest are those listed, with their SHA-256."""
    listed = read(prepared, "manifest.json")["files"]
    assert set(listed) == {p.name for p in prepared.iterdir()} - {"manifest.json"}
    assert all(sha256_of(prepared / name) == digest for name, digest in listed.items())
    assert [path.name for path in prepared.parent.iterdir()] == ["smoke"]


def test_the_same_recipe_gives_the_same_bytes(prepared, tmp_path):
    """Determinism: prepared again elsewhere, the manifest is equal to the letter."""
    again = prepare_art(small_openmoji(), "smoke", tmp_path).folder
    assert (again / "manifest.json").read_bytes() == (prepared / "manifest.json").read_bytes()


def test_what_is_there_is_kept_until_forced(tmp_path):
    """Property: a second call draws nothing; another recipe is refused; force replaces."""
    recipe = small_dicebear()
    first = prepare_art(recipe, "smoke", tmp_path)
    assert len(first.fetched) == 3  # two parts, and what was refused
    assert first.source == recipe.credit.version
    assert prepare_art(recipe, "smoke", tmp_path).fetched == ()
    other = replace(recipe, line_width=0.03)
    with pytest.raises(ValueError, match=r"was made from another recipe.*--force"):
        prepare_art(other, "smoke", tmp_path)
    before = read(first.folder, "manifest.json")["sha256"]
    assert prepare_art(other, "smoke", tmp_path, force=True).fetched
    assert read(first.folder, "manifest.json")["sha256"] != before


def test_styles_are_whole_in_their_parts_and_credited(tmp_path):
    """Property: a held-out style is in the test part alone; each style used has its credit."""
    folder = prepare_art(small_dicebear(), "smoke", tmp_path).folder
    found = {(row["design"], row["part"]) for row in rows_of(folder, "design")}
    assert found == {("dylan", "train"), ("micah", "test"), ("personas", "test")}
    credits = read(folder, "manifest.json")["licences"]
    assert [credit["licence"] for credit in credits] == ["CC BY 4.0"] * 3
    assert "Micah Lanier" in [credit["creator"] for credit in credits]


def test_a_style_without_an_allowed_licence_is_refused(tmp_path):
    """Property: with only CC0 allowed, these three styles are named and none is drawn."""
    recipe = replace(small_dicebear(), licences=("CC0 1.0",))
    manifest = read(prepare_art(recipe, "smoke", tmp_path).folder, "manifest.json")
    assert set(manifest["refused"]["licence_not_allowed"]) == {"dylan", "micah", "personas"}
    assert manifest["pictures"] == {}


def test_a_stopped_run_goes_on(prepared, tmp_path, monkeypatch):
    """Property: stopped half-way, nothing bears the final name; the next call draws the rest."""
    drawn = []

    def draw(code, *arguments, **settings):
        if len(drawn) == 30:  # in the second unit or the third
            raise KeyboardInterrupt
        drawn.append(code)
        return draw_openmoji(code, *arguments, **settings)

    monkeypatch.setattr(units, "UNIT", 20)
    monkeypatch.setattr(openmoji, "draw_openmoji", draw)
    with pytest.raises(KeyboardInterrupt):
        prepare_art(small_openmoji(), "smoke", tmp_path)
    assert not (tmp_path / "openmoji" / "smoke").exists()
    staged = (tmp_path / "openmoji" / ".smoke.part" / "staged").glob("*.parquet")
    done = {row["name"] for path in staged for row in read_rows(path, ["name"])}
    assert len(done) in {20, 40}
    drawn[:] = ["a new start"] * 31
    folder = prepare_art(small_openmoji(), "smoke", tmp_path).folder
    assert not done & set(drawn)
    assert (folder / "manifest.json").read_bytes() == (prepared / "manifest.json").read_bytes()
    assert [path.name for path in folder.parent.iterdir()] == ["smoke"]


def test_what_another_recipe_left_is_not_used(tmp_path, monkeypatch):
    """Property: a stopped run of other settings is thrown away, not continued."""
    recipe = small_dicebear()
    with monkeypatch.context() as patch:
        patch.setattr(module, "judge", stop)
        with pytest.raises(KeyboardInterrupt):
            prepare_art(replace(recipe, line_width=0.05), "smoke", tmp_path / "a")
    found = prepare_art(recipe, "smoke", tmp_path / "a").folder
    clean = prepare_art(recipe, "smoke", tmp_path / "b").folder
    assert read(found, "manifest.json") == read(clean, "manifest.json")


def stop(*_):
    """Stand for a user who presses Ctrl-C."""
    raise KeyboardInterrupt


def test_versions_and_profiles_are_checked(tmp_path):
    """Property: another package version than the recipe's, or an unknown profile, is an error."""
    recipe = small_openmoji()
    with pytest.raises(ValueError, match="profile must be one of smoke, book, paper; got 'fast'"):
        prepare_art(recipe, "fast", tmp_path)
    old = replace(recipe, credit=replace(recipe.credit, version="16.0.0"))
    with pytest.raises(
        ValueError, match=r"the recipe is for version 16.0.0, but 17.0.0 is installed"
    ):
        prepare_art(old, "smoke", tmp_path)
