"""The site shows what ran, from one place, in words as well as in pictures."""

import json
import os

import pytest
import yaml

from lineart_lib.bindery.__main__ import BusyError, lock, switch
from lineart_lib.bindery.site import readable, share_vendored
from lineart_lib.bindery.stage import merge_outputs, publish, write_contents
from lineart_lib.bindery.web import check_site, clean, faults, outside_style

THEBE = """<head>
<link rel="stylesheet" type="text/css" href="_static/sphinx-thebe.css?v=4fa983c6" />
<script>const THEBE_JS_URL = "https://unpkg.com/thebe@0.8.2/lib/index.js"; const x = 1</script>
<script async="async" src="_static/sphinx-thebe.js?v=c100c467"></script>
<script>let toggleHintShow = 'Click to show';</script>
<script type="text/x-thebe-config">{ requestKernel: true }</script>
<script>kernelName = 'python3'</script>
</head>"""


def test_thebe_is_stripped_and_nothing_else():
    """Equivalence with a page cleaned by hand; cleaning twice changes nothing."""
    cleaned = "<head>\n<script>let toggleHintShow = 'Click to show';</script>\n</head>"
    assert clean(THEBE) == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "element",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<script src='//cdn.example/x.js'></script>",
        '<link rel="stylesheet" href="http://fonts.example/x.css">',
        '<link rel="preload" as="script" href="https://cdn.example/x.js">',
        '<img alt="A red square" src="https://pictures.example/x.png">',
        '<img alt="A red square" src="x.png" srcset="y.png 1x, https://pictures.example/x.png 2x">',
        '<iframe src="https://video.example/1"></iframe>',
        "<style>@import 'https://fonts.example/x.css';</style>",
        "<style>a { background: url(//pictures.example/x.png) }</style>",
        '<div style="background: url(https://pictures.example/x.png)"></div>',
        '<svg aria-label="A red square"><image href="https://pictures.example/x.png"/></svg>',
    ],
)
def test_nothing_is_loaded_from_outside(element):
    """Property: every element that a browser fetches by itself must stay on the site."""
    assert len(faults(f"<main>{element}</main>")) == 1


@pytest.mark.parametrize(
    "element",
    [
        '<a href="https://doi.org/10.1037/h0042519">a link to follow</a>',
        '<script src="../_static/x.js"></script>',
        '<script>const page = "https://example.org";</script>',
        '<link rel="canonical" href="https://book.example/">',
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="A square"></svg>',
        '<svg aria-hidden="true"></svg>',
        "<svg><title>A square</title><path/></svg>",
        '<img src="x.png" alt="A red square on white">',
        '<img src="x.png" alt="" role="presentation">',
        '<img src="data:image/png;base64,AAAA" alt="A red square">',
    ],
)
def test_what_a_reader_may_follow_or_see_is_left_alone(element):
    """Property: links, local files and described pictures are no fault."""
    assert faults(element) == []


@pytest.mark.parametrize(
    "element",
    [
        '<img src="x.png">',
        '<img src="x.png" alt=" ">',
        '<img src="x.png" alt="../_images/x.png">',
        '<img src="x.png" alt="0f3a1b2c4d5e6f708192a3b4c5d6e7f8.png">',
        '<img src="x.png" alt="0f3a1b2c4d5e6f708192a3b4c5d6e7f8">',
        "<svg><path/></svg>",
        '<svg role="img" aria-label=""><path/></svg>',
        "<svg><path/>",
    ],
)
def test_every_picture_has_words(element):
    """Property: a missing, empty or made-up alternative text is one fault."""
    assert len(faults(f"<p>Text</p>{element}")) == 1


def test_a_site_is_cleaned_in_place_and_its_faults_name_their_page(tmp_path):
    """Property: pages below folders, and style sheets, are all looked at."""
    (tmp_path / "book").mkdir()
    (tmp_path / "_static").mkdir()
    (tmp_path / "book" / "a.html").write_text(THEBE + '<img src="x.png">')
    (tmp_path / "_static" / "x.css").write_text("a { src: url('https://fonts.example/x.woff') }")
    (tmp_path / "_static" / "sphinx-thebe.js").write_text("")
    found = check_site(tmp_path)
    assert [fault.split(":")[0] for fault in found] == ["book/a.html", "_static/x.css"]
    assert "THEBE" not in (tmp_path / "book" / "a.html").read_text()
    assert not (tmp_path / "_static" / "sphinx-thebe.js").exists()
    assert outside_style("a { src: url(data:font/woff;base64,AAAA) }") == []


def run_folder(place, notebook, **published):
    """Write what a notebook published: figures, tables, values."""
    run = place / notebook
    for kind in ("figures", "tables"):
        (run / kind).mkdir(parents=True)
        for name in published.get(kind, []):
            (run / kind / f"{name}.json").write_text(json.dumps({"name": name, "caption": "C"}))
            (run / kind / f"{name}.svg").write_text("<svg/>")
    (run / "values.json").write_text(json.dumps(published.get("values", {})))
    (run / "provenance.json").write_text(json.dumps({"seed": 0}))
    return run


def test_what_notebooks_publish_is_merged_under_their_names(tmp_path):
    """Property: nothing is lost, and each value and figure knows its notebook."""
    value = {"value": 97.5, "unit": "%"}
    runs = {
        "nb_a": run_folder(tmp_path, "nb_a", figures=["sgd"], values={"a.x": value}),
        "nb_b": run_folder(tmp_path, "nb_b", tables=["sgd"], values={"b.x": value}),
    }
    publish(runs, tmp_path / "out")
    values = json.loads((tmp_path / "out/values.json").read_text())
    assert values == {
        "a.x": {**value, "notebook": "nb_a"},
        "b.x": {**value, "notebook": "nb_b"},
    }
    assert json.loads((tmp_path / "out/figures/sgd.json").read_text())["notebook"] == "nb_a"
    assert json.loads((tmp_path / "out/tables/sgd.json").read_text())["notebook"] == "nb_b"
    assert (tmp_path / "out/figures/sgd.svg").is_file()
    assert set(json.loads((tmp_path / "out/provenance.json").read_text())) == {"nb_a", "nb_b"}


@pytest.mark.parametrize(
    "published", [{"figures": ["sgd"]}, {"tables": ["sgd"]}, {"values": {"a.x": {"value": 1}}}]
)
def test_one_name_belongs_to_one_notebook(tmp_path, published):
    """Property: the second to publish a name is refused, and both are named."""
    runs = {name: run_folder(tmp_path, name, **published) for name in ("nb_a", "nb_b")}
    with pytest.raises(ValueError, match="is published by nb_a and by nb_b"):
        publish(runs, tmp_path / "out")


def code(source, *outputs, tags=()):
    """Make a code cell."""
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": list(outputs),
        "execution_count": 1,
    }


def notebook(*cells):
    """Make a notebook."""
    return {"cells": list(cells), "metadata": {"widgets": {}}, "nbformat": 4, "nbformat_minor": 5}


def text(source):
    """Make a text cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def test_outputs_join_the_text_as_it_is_now(capsys):
    """Property: prose comes from the source, outputs from the run, injected cells are not shown.
    What is left out is told, once for a cell."""
    shown = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>1</b>"}}
    widget = {**shown, "data": {**shown["data"], "application/vnd.jupyter.widget-view+json": {}}}
    noise = {"output_type": "stream", "name": "stderr", "text": "warning"}
    page = notebook(text("New prose"), code("n = 1", tags=["parameters"]), code("show(n)"))
    ran = notebook(
        text("Old prose"),
        code("n = 1", tags=["parameters"]),
        code("n = 2", tags=["injected-parameters"]),
        code("show(n)", noise, widget, noise),
    )
    merged = merge_outputs(page, ran, "nb")
    assert [cell["source"] for cell in merged["cells"]] == [
        "New prose",
        "n = 1",
        "n = 2",
        "show(n)",
    ]
    assert "remove-cell" in merged["cells"][2]["metadata"]["tags"]
    assert merged["cells"][3]["outputs"] == [shown], "no stderr, no view that needs a kernel"
    assert "widgets" not in merged["metadata"], "no state that would load a widget manager"
    assert capsys.readouterr().out.count("nb, cell 3 wrote to stderr") == 1


@pytest.mark.parametrize(
    ("source", "output", "message"),
    [
        (
            "1 / 0",
            {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "", "traceback": []},
            "cell 2 ended in ZeroDivisionError: a traceback is not published",
        ),
        (
            "slider",
            {
                "output_type": "display_data",
                "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Slider"},
            },
            "cell 2 shows a widget without text/html",
        ),
    ],
)
def test_what_a_page_cannot_show_is_refused(source, output, message):
    """Property: a traceback or a dead widget never reaches a reader."""
    page = notebook(text("Title"), code(source))
    with pytest.raises(ValueError, match=message):
        merge_outputs(page, notebook(text("Title"), code(source, output)), "nb")


def test_outputs_of_other_code_are_refused():
    """Property: an output never stands under code that did not make it."""
    with pytest.raises(ValueError, match="cell 1 is not the cell that ran"):
        merge_outputs(notebook(code("x = 2")), notebook(code("x = 1")), "nb")


def test_the_contents_and_the_pages_must_agree(tmp_path):
    """Property: a missing chapter and a forgotten notebook are both named; a draft leaves them."""
    (tmp_path / "book").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "book" / "index.md").write_text("# Book")
    (tmp_path / "notebooks" / "nb_a.ipynb").write_text("{}")
    toc = tmp_path / "toc.yml"
    chapters = [{"file": "book/later", "sections": [{"file": "book/index"}]}]
    parts = [{"caption": "Part", "chapters": chapters}]
    toc.write_text(yaml.safe_dump({"format": "jb-book", "root": "book/index", "parts": parts}))
    with pytest.raises(ValueError, match=r"names book/later, .*does not name notebooks/nb_a"):
        write_contents(toc, tmp_path)
    write_contents(toc, tmp_path, draft=True)
    assert yaml.safe_load((tmp_path / "_toc.yml").read_text()) == {
        "format": "jb-book",
        "root": "book/index",
    }


def test_warnings_read_like_places_in_the_project(tmp_path):
    """Equivalence with a log read by hand: no stage, and a notebook by its cells."""
    log = (
        f"{tmp_path}/book/a.md:12: WARNING: undefined label: 'x' [ref.ref]\n"
        "reading sources... [ 50%]\n"
        f"{tmp_path}/notebooks/nb.ipynb:20003: WARNING: no such value\n"
        "  it continues here\n"
        f"{tmp_path}/book/a.md:12: WARNING: undefined label: 'x' [ref.ref]\n"
    )
    assert readable(log, tmp_path) == [
        "book/a.md:12: undefined label: 'x' [ref.ref]",
        "notebooks/nb.ipynb, cell 2, line 3: no such value it continues here",
    ]


def test_vendored_files_lie_on_disk_once(tmp_path):
    """Property: the site keeps every file whole, and its copies cost no room."""
    vendor, html = tmp_path / "vendor", tmp_path / "html"
    for place in (vendor / "mathjax", html / "_static" / "mathjax"):
        place.mkdir(parents=True)
        (place / "x.js").write_text("maths")
    share_vendored(html, vendor)
    copy = html / "_static" / "mathjax" / "x.js"
    assert copy.read_text() == "maths"
    assert copy.samefile(vendor / "mathjax" / "x.js")


def test_the_link_to_the_site_is_switched_in_one_step(tmp_path):
    """Property: the link is relative, so a moved checkout keeps working, and never absent."""
    for name in ("one", "two"):
        (tmp_path / "site" / name).mkdir(parents=True)
        switch(tmp_path / "html", tmp_path / "site" / name)
        assert (tmp_path / "html").resolve() == (tmp_path / "site" / name).resolve()
    assert (tmp_path / "html").readlink().as_posix() == "site/two"


def test_one_build_at_a_time(tmp_path):
    """Property: a second build is refused and told by whom; the lock ends with its holder."""
    handle = lock(tmp_path)
    with pytest.raises(BusyError, match=f"process {os.getpid()}"):
        lock(tmp_path)
    os.close(handle)
    os.close(lock(tmp_path))
