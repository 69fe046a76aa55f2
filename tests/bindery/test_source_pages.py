"""Names of the library lead to their source, and the source leads back to the text."""

import importlib
import re
from pathlib import Path

import pytest

import lineart_lib
from lineart_lib.bindery.source_pages import address, definitions, find

PAGE = """# Page

## Nodes

See {lib}`autodiff.engine.Node.backward`, again `lineart_lib.autodiff.engine.Node.backward`, and
`lineart_lib.nothing.there`.
"""
OTHER = "# Other\n\nA `lineart_lib.autodiff.Node` and {lib}`models.mlp`.\n"


def test_text_leads_to_the_definition_and_back(make_book):
    """Property: each mention links to an id that exists, from which links lead back."""
    book = make_book({"index": PAGE, "part/other": OTHER})
    assert book.warnings == ""
    assert book.page("index").count('href="library/autodiff/engine.html#Node.backward"') == 2
    assert 'href="../library/autodiff/engine.html#Node"' in book.page("part/other")
    engine = book.page("library/autodiff/engine")
    for inside in ("Node", "Node.backward"):
        assert engine.count(f'id="{inside}"') == 1
    assert '<a href="../../index.html#nodes">Nodes</a>' in engine
    assert '<a href="../../part/other.html#other">Other</a>' in engine
    assert '<a href="../../part/other.html#other">' in book.page("library/models/mlp")


def test_unknown_names_are_left_as_code(make_book):
    """Property: what the library lacks is no link and has no page."""
    book = make_book({"index": PAGE})
    assert 'href="library/nothing' not in book.page("index")
    assert not (book.out / "library/nothing").exists()


def test_all_lines_of_the_module_are_shown(make_book):
    """Equivalence: without its tags, colours and links the page is the file."""
    engine = make_book({"index": PAGE}).page("library/autodiff/engine")
    blocks = re.findall(r"<pre>(.*?)</pre>", engine, re.S)
    text = "\n".join(re.sub(r"<[^>]+>", "", block) for block in blocks)
    for mark, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'")):
        text = text.replace(mark, character)
    source = Path(lineart_lib.__file__).parent / "autodiff" / "engine.py"
    written = source.read_text(encoding="utf-8").replace("&amp;", "&")
    assert text.replace("&amp;", "&").split() == written.split()


def test_a_name_is_found_where_it_is_defined():
    """Property: an imported name is followed home; a constant stays in the module that is named."""
    assert find("lineart_lib.autodiff.Node") == ("lineart_lib.autodiff.engine", "Node")
    assert find("lineart_lib.models.unet.GROUPS") == ("lineart_lib.models.unet", "GROUPS")
    assert find("lineart_lib.models.unet") == ("lineart_lib.models.unet", "")
    assert find("lineart_lib.models.nothing") is None


@pytest.mark.parametrize("module", ["autodiff.engine", "models.unet", "training.diffusion"])
def test_definitions_begin_where_the_file_says(module):
    """Property: the line of each definition holds its name, or a decorator of it."""
    path = Path(importlib.import_module(f"lineart_lib.{module}").__file__)
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    known = definitions(source)
    assert known
    for name, line in known.items():
        assert name.split(".")[-1] in lines[line - 1] or lines[line - 1].lstrip().startswith("@")


def test_each_module_has_an_address_of_its_own():
    """Property: two modules never share a page."""
    assert address("lineart_lib") == "library/index"
    assert address("lineart_lib.models.unet") == "library/models/unet"
    assert address("lineart_lib.models") == "library/models"
