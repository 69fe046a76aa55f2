"""Figures and tables are published whole, repeatably, with words, and never over another's."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from lineart_lib.press import PALETTE, house_style, save_figure, save_table
from lineart_lib.press.figures import format_cell

CAPTION = "Two lines, $x$ and $x^2$."
ALT = "Two curves rise from the lower left, one straight and one bent upwards."
DRAW = """
import matplotlib; matplotlib.use("Agg")
from matplotlib import pyplot
from lineart_lib.press import house_style, save_figure
house_style()
figure, axes = pyplot.subplots()
axes.plot([1, 2, 3], [1, 4, 9], marker="o", label="$x^2$")
axes.imshow([[0, 1], [1, 0]], extent=(1, 2, 4, 6))
axes.legend()
save_figure("drawn", figure, caption="A curve.", alt="A curve of three round markers.")
"""


@pytest.fixture
def figure() -> Figure:
    """Draw lines, text, mathematics, a clipped raster part and a colour bar."""
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        house_style()
        figure, axes = pyplot.subplots()
        axes.plot([0, 1, 2], [0, 1, 4], color=PALETTE["blue"], label="$x^2$")
        axes.text(1, 1, "black", color="k")
        figure.colorbar(axes.imshow(np.eye(4), extent=(0, 1, 2, 3)))
        axes.legend()
    return figure


def test_a_figure_leaves_its_svg_and_its_words(publication: Path, figure: Figure):
    """Property: SVG and JSON are written under the name, and the figure is closed."""
    number = figure.number
    saved = save_figure("two_lines", figure, caption=CAPTION, alt=ALT)
    assert saved.path == publication / "figures" / "two_lines.svg"
    assert json.loads((publication / "figures" / "two_lines.json").read_text()) == {
        "name": "two_lines",
        "caption": CAPTION,
        "alt": ALT,
        "notebook": "nb99_test",
    }
    assert not pyplot.fignum_exists(number)
    assert sorted(path.name for path in saved.path.parent.iterdir()) == [
        "two_lines.json",
        "two_lines.svg",
    ]


def test_a_matplotlib_figure_can_stand_in_a_page(publication: Path, figure: Figure):
    """Property: no <text>, no outside file, every reference resolved, no raw theme colour."""
    shown = save_figure("two_lines", figure, caption=CAPTION, alt=ALT)._repr_html_()
    assert shown.startswith("<svg")
    assert "<text" not in shown
    assert 'href="data:image/png;base64,' in shown
    ids = set(re.findall(r'\bid="([^"]+)"', shown))
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', shown))
    assert used
    assert used <= ids
    assert all(one.startswith("two_lines-") for one in ids)
    bare = re.sub(r"var\(--lineart-\w+, var\(--jp-[\w-]+, #\w{6}\)\)", "", shown)
    assert not re.search(r"#1b1f2a|#c9ced8|#ffffff", bare)


def test_the_repr_names_no_folder(publication: Path, figure: Figure):
    """Property: the text that stays in an executed notebook does not depend on the machine."""
    saved = save_figure("two_lines", figure, caption=CAPTION, alt=ALT)
    assert repr(saved) == "SavedFigure('two_lines')"
    assert repr(save_table("t", ["a"], [[1]], caption="One.")) == "SavedTable('t')"


def test_fresh_processes_write_the_same_bytes(tmp_path: Path):
    """Property: the same code gives the same SVG bytes in processes with other hash seeds."""
    digests = set()
    for seed in ("1", "2"):
        folder = tmp_path / seed
        environment = {
            "LINEART_PUBLICATION": str(folder),
            "PYTHONHASHSEED": seed,
            "HOME": str(tmp_path),
            "PATH": "",
        }
        subprocess.run([sys.executable, "-c", DRAW], check=True, env=environment, cwd=tmp_path)
        digests.add(hashlib.sha256((folder / "figures" / "drawn.svg").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_an_svg_string_is_kept_as_it_is(publication: Path):
    """Property: a drawn SVG round-trips byte for byte."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0,0L2,2"/></svg>\n'
    saved = save_figure("drawn", svg, caption="A line.", alt="One line from corner to corner.")
    assert saved.path.read_text(encoding="utf-8") == svg


@pytest.mark.parametrize("name", ["", "Two", "two-lines", "2lines", "a/b", "é", "a.svg", "_a"])
def test_an_unfit_name_is_refused(publication: Path, figure: Figure, name: str):
    """Property: a name that cannot be file, label and id writes nothing."""
    with pytest.raises(ValueError, match="lower-case letters"):
        save_figure(name, figure, caption=CAPTION, alt=ALT)
    assert not publication.exists()


@pytest.mark.parametrize(
    ("caption", "alt", "message"),
    [
        ("  ", ALT, "needs a caption"),
        (CAPTION, "", "at least a sentence"),
        (CAPTION, "A short plot.", "at least a sentence"),
        (CAPTION, "see the file that is called two_lines.svg", "not its file"),
        ("Two lines that rise, and more.", "Two lines that rise, and more.", "repeats its caption"),
        ("Two lines that rise slowly, and more.", "Two lines that rise slowly.", "repeats"),
    ],
)
def test_missing_words_are_refused(
    publication: Path, figure: Figure, caption: str, alt: str, message: str
):
    """Property: a figure without a caption, or with an alt that helps nobody, writes nothing."""
    with pytest.raises(ValueError, match=message):
        save_figure("two_lines", figure, caption=caption, alt=alt)
    assert not publication.exists()


def test_another_kind_of_figure_is_refused(publication: Path, figure: Figure):
    """Property: passing the axes is answered with the mend."""
    with pytest.raises(TypeError, match="not its axes"):
        save_figure("two_lines", figure.axes[0], caption=CAPTION, alt=ALT)


def test_a_name_belongs_to_one_notebook(
    publication: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch
):
    """Property: its own notebook may save again; another one is refused and changes nothing."""
    saved = save_figure("two_lines", figure, caption=CAPTION, alt=ALT)
    save_figure("two_lines", saved.path.read_text(), caption="Newer.", alt=ALT)
    monkeypatch.setenv("LINEART_NOTEBOOK", "nb98_other")
    with pytest.raises(ValueError, match="already published by nb99_test"):
        save_figure("two_lines", saved.path.read_text(), caption=CAPTION, alt=ALT)
    assert json.loads(saved.path.with_suffix(".json").read_text())["caption"] == "Newer."


def test_by_hand_goes_to_the_build_folder(by_hand: Path, monkeypatch: pytest.MonkeyPatch):
    """Property: without a build, figures go to build/by-hand under JupyterLab's notebook name."""
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/reader/notebooks/nb05_perceptron.ipynb")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0,0L2,2"/></svg>'
    saved = save_figure("drawn", svg, caption="A line.", alt="One line from corner to corner.")
    assert saved.path == by_hand / "figures" / "drawn.svg"
    assert json.loads(saved.path.with_suffix(".json").read_text())["notebook"] == "nb05_perceptron"


def test_a_table_round_trips(publication: Path):
    """Property: cells come back from JSON as plain numbers, texts and empty cells."""
    rows = [["a", np.float32(0.5), None], ["b", np.int64(1200), 2.0]]
    saved = save_table("numbers", ["name", "x", "y"], rows, caption="Numbers.")
    written = json.loads(saved.path.read_text())
    assert saved.path == publication / "tables" / "numbers.json"
    assert written["columns"] == ["name", "x", "y"]
    assert written["rows"] == [["a", 0.5, None], ["b", 1200, 2.0]]
    assert written["notebook"] == "nb99_test"


def test_a_table_is_escaped_and_its_numbers_stand_right(publication: Path):
    """Property: text cannot break out of its cell; only columns of numbers are right-aligned."""
    rows = [["<b>", "97.5 ± 0.1 %", 1200], ["&", "-3", None]]
    shown = save_table("t", ["name", "score", "count"], rows, caption="T.")._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "1,200" in shown
    head = re.findall(r"<th [^>]*text-align:(\w+)", shown)
    assert head == ["left", "right", "right"]


@pytest.mark.parametrize(
    ("columns", "rows", "error", "message"),
    [
        ([], [], ValueError, "at least one column"),
        (["a", "b"], [[1, 2], [1]], ValueError, "row 1 must have 2 cells"),
        (["a"], [[float("nan")]], ValueError, "finite"),
        (["a"], [[object()]], TypeError, "number or a text"),
    ],
)
def test_a_broken_table_is_refused(publication: Path, columns, rows, error, message: str):
    """Property: a ragged, empty or unprintable table writes nothing."""
    with pytest.raises(error, match=message):
        save_table("t", columns, rows, caption="T.")
    assert not publication.exists()


def test_cells_are_written_for_people():
    """Property: floats get four digits, integers thousands marks, None nothing."""
    assert [format_cell(cell) for cell in (0.123456, 12345, None, "x")] == [
        "0.1235",
        "12,345",
        "",
        "x",
    ]


def test_importing_the_press_is_light():
    """Property: a fresh process that imports the press loads neither PyTorch nor Matplotlib."""
    code = "import sys, lineart_lib.press; print({'torch', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
