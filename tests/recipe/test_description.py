"""Recipes: the one of MNIST agrees with torchvision, and each wrong field is named."""

from pathlib import Path

import pytest
import yaml

from lineart_lib.recipe.description import find_recipe, load_recipe

ROOT = Path(__file__).parents[2]
MNIST = ROOT / "data_recipes" / "mnist.yml"


def test_mnist_agrees_with_torchvision():
    """Equivalence: the mirrors, archives and MD5 sums are those that torchvision knows."""
    from torchvision.datasets import MNIST as reference

    recipe = load_recipe(MNIST)
    assert list(recipe.mirrors) == reference.mirrors
    assert [(file.archive, file.archive_md5) for file in recipe.files] == reference.resources


def test_mnist_sizes_follow_from_the_counts():
    """Equivalence: the sizes are those of the IDX format for 28 x 28 pictures and for labels."""
    for file in load_recipe(MNIST).files:
        expected = 16 + file.count * 28 * 28 if "images" in file.name else 8 + file.count
        assert file.size_bytes == expected


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["name"], "../mnist", "recipe: name: expected a plain name"),
        (["name"], 5, "recipe: name: expected str; got int 5"),
        (["title"], "  ", "recipe: title: expected a text that is not empty"),
        (["homepage"], "ftp://somewhere", "recipe: homepage: expected an http or https address"),
        (["licence"], None, "recipe: licence: expected str; got nothing"),
        (["mirrors"], ["http://host/folder"], "recipe: mirrors: .* end with '/'"),
        (["mirrors"], "http://host/", "recipe: mirrors: expected a list; got str"),
        (["mirrors"], ["file:///etc/"], "recipe: mirrors: expected http"),
        (["mirrors"], [3], "recipe: mirrors: expected http"),
        (["npm"], [], "npm: expected a mapping of fields; got list"),
        (["npm", "package"], "--registry=x", "npm: package: expected the name of an npm package"),
        (["npm", "version"], "^1.2.6", "npm: version: expected an exact version"),
        (["npm", "version"], "latest", "npm: version: expected an exact version"),
        (["npm", "integrity"], "sha1-abc", "npm: integrity: expected 'sha512-'"),
        (["npm", "size_bytes"], 0, "npm: size_bytes: expected at least 1; got 0"),
        (["files"], [], "recipe: files: expected at least one file"),
        (["files", 0, "name"], "a/b", "files: 'a/b': name: expected a file name without a folder"),
        (["files", 0, "archive"], "..", "archive: expected a file name without a folder"),
        (["files", 0, "count"], True, "count: expected int; got bool True"),
        (["files", 0, "count"], -1, "count: expected at least 1; got -1"),
        (["files", 1, "size_bytes"], "9", "size_bytes: expected int; got str '9'"),
        (["files", 2, "sha256"], "abc", "sha256: expected lower-case hexadecimal digits"),
        (["files", 3, "archive_md5"], "Z" * 32, "archive_md5: expected lower-case hexadecimal"),
        (["files", 0, "npm_path"], "../../etc/passwd", "npm_path: expected a relative path"),
        (["files", 0, "npm_path"], "/etc/passwd", "npm_path: expected a relative path"),
        (["files", 0, "colour"], "red", "files: number 1: unknown field 'colour'"),
        (["files", 1], "x", "files: number 2: expected a mapping of fields; got str"),
        (["extra"], 1, "recipe: unknown field 'extra'"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, path, value, complaint):
    """Property: each field that is wrong gives an error with the file, the field and what came."""
    content = yaml.safe_load(MNIST.read_text(encoding="utf-8"))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    changed = tmp_path / "changed.yml"
    changed.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint) as caught:
        load_recipe(changed)
    assert str(caught.value).startswith("changed.yml: ")


@pytest.mark.parametrize("field", ["name", "licence", "attribution", "mirrors", "npm", "files"])
def test_a_missing_field_is_named(tmp_path, field):
    """Property: no field has a silent default."""
    content = yaml.safe_load(MNIST.read_text(encoding="utf-8"))
    del content[field]
    changed = tmp_path / "changed.yml"
    changed.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f"the field '{field}' is missing"):
        load_recipe(changed)


def test_two_files_cannot_share_a_name(tmp_path):
    """Property: a name that occurs twice is refused, since one file would replace the other."""
    content = yaml.safe_load(MNIST.read_text(encoding="utf-8"))
    content["files"].append(dict(content["files"][0]))
    changed = tmp_path / "changed.yml"
    changed.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match="each name must occur once"):
        load_recipe(changed)


@pytest.mark.parametrize(
    "content", [b"a: [", b"\xff\xfe\x00", b"- 1", b"", b"!!python/name:os.system"]
)
def test_what_is_no_recipe_is_refused(tmp_path, content):
    """Property: broken, empty, listed or unsafe YAML gives a ValueError that names the file."""
    changed = tmp_path / "changed.yml"
    changed.write_bytes(content)
    with pytest.raises(ValueError, match=r"^changed\.yml: "):
        load_recipe(changed)


def test_recipes_are_found_by_name():
    """Property: a name is looked up in data_recipes/, a path is taken as it is."""
    assert find_recipe("mnist", ROOT) == MNIST
    assert find_recipe(str(MNIST)) == MNIST
    with pytest.raises(FileNotFoundError, match=r"no recipe 'minst'.* holds: .*mnist"):
        find_recipe("minst", ROOT)
    with pytest.raises(ValueError, match="a recipe is named like"):
        find_recipe("../pyproject", ROOT)
    with pytest.raises(FileNotFoundError, match="no recipe at"):
        load_recipe(find_recipe("nowhere.yml"))
