"""A folder of pictures and a hub's files become pairs, and whatever is wrong is named."""

import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from lineart_lib import images
from lineart_lib.recipe.art import FolderRecipe, HubRecipe, read_art_recipe
from lineart_lib.recipe.curate import Thresholds
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.lineart import lines_agree
from lineart_lib.recipe.openmoji import draw_openmoji
from lineart_lib.recipe.pictures import load_pictures
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.recipe.raster import draw_raster
from lineart_lib.runtime import project_root

CODES = ("1F98A", "1F99C", "1F353", "1F697", "1F916", "1F422", "1F41D", "1F344", "1F33B", "1F355")
LOOSE = Thresholds(32, 0.0, 0.0, max_panels=1000, max_blockiness=1000.0, min_sharpness=0.0)


def as_file(pixels, kind="PNG", **options):
    """Encode a picture."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def drawn():
    """Ten drawings whose own lines are known."""
    return [draw_openmoji(code, 160) for code in CODES]


def a_recipe(kind, **fields):
    """Read the example recipe of a kind, small and loose."""
    recipe = read_art_recipe(project_root() / "data_recipes" / f"{kind}.yml")
    profiles = {name: replace(p, size_px=48) for name, p in recipe.profiles.items()}
    return replace(recipe, curation=LOOSE, profiles=profiles, **fields)


def test_lines_of_a_picture_are_near_the_artists(drawn):
    """Learning: on drawings whose lines are known, most computed ink lies on true ink."""
    for art in drawn[:3]:
        found = draw_raster(as_file(art.illustration), "n", "n", 160, ())
        agreed = lines_agree(images.to_lineart(found.lineart), images.to_lineart(art.lineart), 2)
        assert agreed.precision > 0.8
        assert found.lines == "extracted"


def test_colour_is_the_picture_without_its_lines(drawn):
    """Property: no ink is left in colour and flats, regions are one flat colour each."""
    found = draw_raster(as_file(drawn[2].illustration), "n", "n", 160, ())  # A strawberry.
    ink = (found.illustration.max(axis=2) < 40).mean()
    assert ink > 0.02
    assert (found.colour.max(axis=2) < 40).mean() < ink / 10
    for number in range(1, found.regions.max() + 1):
        assert len(np.unique(found.flats[found.regions == number], axis=0)) == 1
    assert set(np.unique(found.parts)) <= {0, 1}


def test_a_wide_picture_keeps_its_shape():
    """Property: it lies in the middle of a white square, not stretched."""
    wide = np.full((50, 100, 3), (200, 60, 40), np.uint8)
    wide[10:40, 20:24] = wide[10:40, 60:64] = 0
    found = draw_raster(as_file(wide), "n", "n", 64, ())
    assert (found.illustration[:14] == 255).all()
    assert (found.illustration[-14:] == 255).all()
    assert abs(found.illustration[20:44, 4:8].astype(int) - (200, 60, 40)).max() < 4


def test_a_folder_is_prepared_with_its_refusals(drawn, tmp_path):
    """Property: pictures of any kind are taken, words come of the path, the rest is refused."""
    folder = tmp_path / "mine"
    (folder / "wild animals").mkdir(parents=True)
    for number, art in enumerate(drawn):
        kind, ending = (("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"))[number % 3]
        options = {"quality": 95} if kind == "JPEG" else {}
        data = as_file(art.illustration, kind, **options)
        (folder / "wild animals" / f"{CODES[number]} no {number}.{ending}").write_bytes(data)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    (folder / "notes.txt").write_text("not looked at")
    (folder / "twin.png").write_bytes(as_file(drawn[0].illustration))
    outside = tmp_path / "outside.png"
    outside.write_bytes(as_file(drawn[1].illustration))
    (folder / "link.png").symlink_to(outside)
    recipe = a_recipe("folder", folder=str(folder))
    done = prepare_art(recipe, "smoke", tmp_path / "data")
    manifest = json.loads((done.folder / "manifest.json").read_text("utf-8"))
    assert manifest["considered"] == 12
    refused = {name: reason for reason, names in manifest["refused"].items() for name in names}
    assert len(refused) == 2
    assert refused["broken.png"] in ("damaged", "not_a_picture")
    assert manifest["refused_counts"]["duplicate"] == 1
    assert manifest["lines"] == {"extracted": 10}
    assert sum(manifest["pictures"].values()) == 10 - len(manifest["left_out"])
    train = load_pictures("folder", "smoke", "train", tmp_path / "data")
    assert {"wild", "animals"} <= set(train.words[0]) or "twin" in train.words[0]
    assert done.folder == prepare_art(recipe, "smoke", tmp_path / "data").folder
    (folder / "new.png").write_bytes(as_file(drawn[3].illustration))
    with pytest.raises(ValueError, match=r"there are now 13 files.*--force"):
        prepare_art(recipe, "smoke", tmp_path / "data")


def test_a_hubs_files_are_read_by_rows(drawn, tmp_path):
    """Equivalence: rows of a local copy of the format become what their bytes become alone."""
    rows = [
        {"image": {"bytes": as_file(art.illustration), "path": f"{k}.png"}, "text": f"No {k}, red"}
        for k, art in enumerate(drawn)
    ]
    rows.append({"image": {"bytes": None, "path": "away.png"}, "text": ""})
    for number, part in enumerate((rows[:6], rows[6:])):
        table = pa.Table.from_pylist(part)
        pq.write_table(table, tmp_path / f"train-{number}.parquet", row_group_size=4)
    recipe = a_recipe("hub", files=(str(tmp_path / "train-*.parquet"),), words=("text",))
    done = prepare_art(recipe, "smoke", tmp_path / "data")
    manifest = json.loads((done.folder / "manifest.json").read_text("utf-8"))
    assert manifest["considered"] == 11
    assert manifest["refused_counts"] == {"no_bytes": 1}
    train = load_pictures("hub", "smoke", "train", tmp_path / "data")
    file, group, row = train.names[0].removesuffix(".parquet").rsplit("-", 2)
    number = (6 if "train-1" in file else 0) + 4 * int(group) + int(row)
    alone = draw_raster(rows[number]["image"]["bytes"], "n", "n", 48, ())
    np.testing.assert_array_equal(train.illustration[0], alone.illustration)
    np.testing.assert_array_equal(train.lineart[0], alone.lineart)
    assert train.words[0] == ("no", str(number), "red")


def test_a_number_of_pictures_is_kept(drawn, tmp_path):
    """Property: a profile that asks for three looks at three, of a folder and of a hub."""
    table = pa.table({"image": [as_file(art.illustration) for art in drawn]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    recipe = a_recipe("hub", files=(str(tmp_path / "a.parquet"),))
    few = {name: replace(p, pictures=3) for name, p in recipe.profiles.items()}
    done = prepare_art(replace(recipe, profiles=few), "smoke", tmp_path / "data")
    manifest = json.loads((done.folder / "manifest.json").read_text("utf-8"))
    assert manifest["considered"] == 3


def test_what_is_not_there_is_named(tmp_path):
    """Error: a missing folder, an empty one, a missing file, and a missing column."""
    recipe = a_recipe("folder", folder=str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=r"expected a folder at .*nowhere"):
        prepare_art(recipe, "smoke", tmp_path / "data")
    with pytest.raises(ValueError, match=r"no file in .* ends in .png"):
        prepare_art(replace(recipe, folder=str(tmp_path)), "smoke", tmp_path / "data")
    hub = a_recipe("hub", files=(str(tmp_path / "none-*.parquet"),))
    with pytest.raises(FileNotFoundError, match=r"no file is at|cannot be listed"):
        prepare_art(hub, "smoke", tmp_path / "data")
    pq.write_table(pa.table({"picture": [b""]}), tmp_path / "p.parquet")
    with pytest.raises(ValueError, match="has no column image; it has picture"):
        prepare_art(replace(hub, files=(str(tmp_path / "p.parquet"),)), "smoke", tmp_path / "data")
    with pytest.raises(RefusedError, match="no line"):
        draw_raster(as_file(np.full((64, 64, 3), 255, np.uint8)), "blank", "blank", 64, ())


@pytest.mark.parametrize(
    ("kind", "field", "value", "said"),
    [
        (FolderRecipe, "shares", {"train": 2, "validation": 0, "test": 0}, "train"),
        (HubRecipe, "files", [], "files: expected at least one address"),
        (FolderRecipe, "profiles", {}, "profiles: expected smoke, book, paper"),
        (FolderRecipe, "endings", "png", "expected a list"),
    ],
)
def test_a_wrong_field_is_named(kind, field, value, said, tmp_path):
    """Error: the file, the field, what came and what was expected."""
    import yaml

    name = {FolderRecipe: "folder", HubRecipe: "hub"}[kind]
    given = yaml.safe_load((project_root() / "data_recipes" / f"{name}.yml").read_text("utf-8"))
    (tmp_path / "mine.yml").write_text(yaml.safe_dump(given | {field: value}))
    with pytest.raises(ValueError, match=rf"mine\.yml.*{said}"):
        read_art_recipe(tmp_path / "mine.yml")
