"""Every kind of edit changes exactly the keys that it should."""

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineart_lib.bindery.keys import digest, file_digests, make_plan, plan_notebook
from lineart_lib.bindery.library import Library
from lineart_lib.bindery.notebooks import code_cells, imported_names, read_notebook
from lineart_lib.runtime import project_root

PACKAGE = "tinyhouse"
FILES = {
    "tinyhouse/__init__.py": "",
    "tinyhouse/floor/__init__.py": "from tinyhouse.floor.plank import SAW\n",
    "tinyhouse/floor/plank.py": "SAW = 1\n",
    "tinyhouse/floor/grain.json": "{}",
    "tinyhouse/floor/pegs/round.js": "export const peg = 1;",
    "tinyhouse/roof/__init__.py": "",
    "tinyhouse/roof/tile.py": "def tile():\n    from tinyhouse.floor import SAW\n    return SAW\n",
    "tinyhouse/cellar.py": "WINE = 2\n",
    "book/index.md": "# Book\n",
    "book/vendor/package-lock.json": "{}",
    "_config.yml": "title: Tiny\n",
    "_toc.yml": "root: book/index\n",
    "constraints.txt": "numpy==2\n",
    "data_recipes/clay.yml": "name: clay\n",
    "data_recipes/sand.yml": "name: sand\n",
    "notebooks/profiles.yml": "nb_roof: {smoke: {n: 1}, book: {n: 9}, data: [clay]}\n",
}
PARAMETERS = ("parameters", 'profile = "book"\nseed = 0\nn = 3')


def write_notebook(path, *code, text="# Title", outputs=()):
    """Write a notebook: a text cell, then code cells, each a source or (tag, source)."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text}]
    for cell in code:
        tag, source = cell if isinstance(cell, tuple) else (None, cell)
        cells.append(
            {
                "cell_type": "code",
                "metadata": {"tags": [tag]} if tag else {},
                "source": source.splitlines(keepends=True),
                "outputs": list(outputs),
                "execution_count": None,
            }
        )
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A project of two notebooks: one uses the roof, which uses the floor; one the cellar."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    notebooks = tmp_path / "notebooks"
    write_notebook(notebooks / "nb_roof.ipynb", PARAMETERS, "from tinyhouse.roof import tile")
    write_notebook(notebooks / "nb_wine.ipynb", PARAMETERS, "import tinyhouse.cellar as cellar")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def keys(root, profile="smoke"):
    """Give every key of the plan by a short name."""
    plan = make_plan(root, profile, PACKAGE)
    named = {name: notebook.key for name, notebook in plan.notebooks.items()}
    return {**named, "site": plan.site, "vendor": plan.vendor}


def changed(before, after):
    """Name the keys that differ."""
    return {name for name in before if before[name] != after[name]}


EDITS = {
    "prose": ("book/index.md", {"site"}),
    "settings of the book": ("_config.yml", {"site"}),
    "table of contents": ("_toc.yml", {"site"}),
    "a module imported directly": ("tinyhouse/cellar.py", {"nb_wine", "site"}),
    "a module imported inside a function": ("tinyhouse/roof/tile.py", {"nb_roof", "site"}),
    "a module imported by a package's init": ("tinyhouse/floor/plank.py", {"nb_roof", "site"}),
    "the init of a package": ("tinyhouse/floor/__init__.py", {"nb_roof", "site"}),
    "a file beside a module": ("tinyhouse/floor/grain.json", {"nb_roof", "site"}),
    "a file in a folder beside a module": (
        "tinyhouse/floor/pegs/round.js",
        {"nb_roof", "site"},
    ),
    "the init of all": ("tinyhouse/__init__.py", {"nb_roof", "nb_wine", "site"}),
    "versions": ("constraints.txt", {"nb_roof", "nb_wine", "site"}),
    "the recipe of the data": ("data_recipes/clay.yml", {"nb_roof", "site"}),
    "another recipe": ("data_recipes/sand.yml", {"site"}),
    "vendored packages": ("book/vendor/package-lock.json", {"vendor", "site"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_its_keys_and_no_other(house, edit):
    """Property: each kind of edit reaches what is made of it, and undoing it restores the keys."""
    name, expected = EDITS[edit]
    before = keys(house)
    text = (house / name).read_text()
    (house / name).write_text(text + "\n# edited\n" if name.endswith(".py") else text + " ")
    assert changed(before, keys(house)) == expected
    (house / name).write_text(text)
    assert keys(house) == before


def test_code_counts_for_execution_and_text_for_the_site_only(house):
    """Property: text and outputs never make a notebook run again; code and tags do."""
    path = house / "notebooks" / "nb_wine.ipynb"
    cells = (PARAMETERS, "import tinyhouse.cellar as cellar")
    before = keys(house)
    write_notebook(path, *cells, text="# Another title")
    assert changed(before, keys(house)) == {"site"}
    stream = {"output_type": "stream", "name": "stdout", "text": "hello"}
    write_notebook(path, *cells, outputs=[stream])
    assert keys(house) == before
    write_notebook(path, PARAMETERS, ("hide-input", cells[1]))
    assert changed(before, keys(house)) == {"nb_wine", "site"}
    write_notebook(path, PARAMETERS, "import tinyhouse.cellar as wine")
    assert changed(before, keys(house)) == {"nb_wine", "site"}


def test_parameters_count_in_their_own_profile(house):
    """Property: a changed smoke parameter runs the smoke notebook again, and no other."""
    path = house / "notebooks" / "profiles.yml"
    smoke, book = keys(house), keys(house, "book")
    path.write_text(path.read_text().replace("n: 1}", "n: 2}"))
    assert changed(smoke, keys(house)) == {"nb_roof", "site"}
    assert keys(house, "book") == book
    assert smoke["nb_wine"] != book["nb_wine"], "the profile itself is injected"


def test_generated_files_and_dates_do_not_count(house):
    """Property: caches, editor files and a new date leave every key alone."""
    before = keys(house)
    for name in ("tinyhouse/floor/__pycache__/plank.pyc", "book/.index.md.swp", "book/index.md~"):
        (house / name).parent.mkdir(exist_ok=True)
        (house / name).write_text("dirt")
    for path in house.rglob("*.py"):
        path.touch()
    assert keys(house) == before


def test_keys_do_not_depend_on_the_place(house, tmp_path_factory, monkeypatch):
    """Property: the same sources elsewhere have the same keys, so a cache can be shared."""
    before = keys(house)
    other = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(house, other, ignore=shutil.ignore_patterns("build"))
    monkeypatch.syspath_prepend(other)
    assert keys(other) == before


def test_each_file_of_a_toy_counts_where_a_toy_is_shown():
    """Property: every script that a toy is joined from, shared ones too, is in the live room."""
    from lineart_lib.live import page

    library = Library(project_root())
    room = set(library.files(library.closure({"lineart_lib.live.widgets"})))
    for name in page.TOYS:
        assert {*page.sources(name), page.STYLE} <= room
    elsewhere = library.files(library.closure({"lineart_lib.press", "lineart_lib.models"}))
    assert not room & {path for path in elsewhere if path.suffix == ".js"}


def test_a_library_that_python_would_not_import_is_refused(house, tmp_path_factory):
    """Property: keys of files that the notebooks do not use are never computed."""
    with pytest.raises(FileNotFoundError, match="expected Python to import tinyhouse from"):
        Library(tmp_path_factory.mktemp("empty"), PACKAGE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(order=st.permutations(sorted(FILES)))
def test_the_order_of_files_does_not_matter(house, order):
    """Property: files listed in any order have one hash."""
    paths = [house / name for name in order]
    assert digest(file_digests(house, paths)) == digest(file_digests(house, sorted(paths)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_hashes_are_equal_exactly_when_contents_are(one, other):
    """Property: no two contents share a hash, and JSON's own equality decides."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest(one) == digest(other)) == same


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b, c as d", {"a.b", "c"}),
        ("from a import b, c", {"a.b", "a.c"}),
        ("if True:\n    import a\n    !ls\n    %timeit 1", {"a"}),
        ("def f():\n    from a.b import c", {"a.b.c"}),
        ("%%time\nimport a", {"a"}),
        ("%%bash\nimport -window root x.png", set()),
        ("a?", set()),
        ("import_module('a.b')", {"a.b"}),
        ("run('python -m a.b --fast')", {"a.b"}),
    ],
)
def test_imports_are_found_wherever_they_stand(source, expected):
    """Equivalence with a reading by hand, IPython's own lines included."""
    cell = {"cell_type": "code", "source": source}
    assert imported_names({"cells": [cell]}) == expected


def test_a_cell_that_is_not_python_is_named():
    """Property: the message leads to the notebook, the cell and the line."""
    cells = [{"cell_type": "code", "source": source} for source in ("x = 1", "x =\ny")]
    with pytest.raises(SyntaxError, match=r"nb\.ipynb: code cell 2 must be Python; line 1"):
        imported_names({"cells": cells}, "nb.ipynb")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nb_roof: {smok: {n: 1}}", "got smok"),
        ("nb_roof: {data: [mud]}", "expected data_recipes/mud.yml"),
    ],
)
def test_wrong_profiles_are_refused(house, text, message):
    """Property: a misspelt profile or recipe stops the build and is named."""
    (house / "notebooks" / "profiles.yml").write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        make_plan(house, "smoke", PACKAGE)


def test_the_plan_of_one_notebook_is_that_of_the_build(house):
    """Equivalence: the quick plan of one notebook is what the plan of all says of it."""
    for profile in ("smoke", "book"):
        for name, notebook in make_plan(house, profile, PACKAGE).notebooks.items():
            assert plan_notebook(house, name, profile, PACKAGE) == notebook


@pytest.mark.parametrize(("recipe", "apart"), [("name: clay\n", False), ("kind: openmoji\n", True)])
def test_drawn_data_are_prepared_for_each_profile(house, recipe, apart):
    """Property: drawings have a key for each profile, and files that are fetched have one."""
    (house / "data_recipes" / "clay.yml").write_text(recipe)
    found = {make_plan(house, name, PACKAGE).recipes["clay"] for name in ("smoke", "book")}
    assert (len(found) == 2) == apart


def test_a_broken_notebook_is_named(tmp_path):
    """Property: half a file, as after a merge conflict, is refused by name."""
    (tmp_path / "nb.ipynb").write_text('{"cells": [')
    with pytest.raises(ValueError, match=r"nb\.ipynb must be a notebook"):
        read_notebook(tmp_path / "nb.ipynb")


def test_sources_read_alike_as_text_or_lines(house):
    """Property: both spellings of a source in the format are the same cell."""
    path = house / "notebooks" / "nb_roof.ipynb"
    before, loaded = keys(house), json.loads(path.read_text())
    for cell in loaded["cells"]:
        cell["source"] = "".join(cell["source"])
    path.write_text(json.dumps(loaded))
    assert keys(house) == before
    assert len(code_cells(read_notebook(path))) == 2
