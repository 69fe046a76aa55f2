"""`lineart colorize` writes what is asked for, and says in a line what it cannot do."""

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from lineart_lib.cli import app


@pytest.fixture
def drawing(tmp_path):
    """A closed box with a red stroke in it."""
    lines = np.full((60, 80), 255, np.uint8)
    lines[10:50, 10:70] = 0
    lines[13:47, 13:67] = 255
    strokes = np.zeros((60, 80, 4), np.uint8)
    strokes[30, 30:40] = [255, 0, 0, 255]
    Image.fromarray(lines).save(tmp_path / "box.png")
    Image.fromarray(strokes).save(tmp_path / "strokes.png")
    return tmp_path


def run(*arguments):
    """Run the command quietly."""
    return CliRunner().invoke(app, ["--quiet", "colorize", *map(str, arguments)])


@pytest.mark.parametrize("model", ["min-cut", "watershed", "trapped ball"])
def test_a_drawing_is_coloured_by_any_model(drawing, model):
    """Property: red inside, white outside, the lines as they were; the names are told."""
    given = (drawing / "box.png", "--hints", drawing / "strokes.png", "--model", model)
    done = run(*given, "--out", drawing / "made.png", "--out", drawing / "made.ora")
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == [str(drawing / "made.png"), str(drawing / "made.ora")]
    picture = np.asarray(Image.open(drawing / "made.png"))
    assert (picture[13:47, 13:67] == [255, 0, 0]).all()
    assert (picture[:10] == 255).all()
    assert (picture[11, 10:70] == 0).all()


def test_a_folder_goes_on_past_a_bad_drawing(drawing):
    """Property: exit code 1, the bad one in a line, the good one done."""
    (drawing / "bad.png").write_bytes(b"\x89PNG")
    done = run(drawing, "--out", drawing / "made", "--formats", "png,.gpl")
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if "bad.png" in line]
    assert "Traceback" not in done.output
    names = sorted(path.name for path in (drawing / "made").iterdir())
    assert names == ["box.gpl", "box.png", "strokes.gpl", "strokes.png"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("none.png",), "none.png: no such file or folder"),
        (("box.png", "--model", "magic"), "model must be one of watershed"),
        (("box.png", "--hints", "box.png"), "export the layer of the strokes alone"),
        (("box.png", "--out", "made.jpg"), "expected a name that ends in .png"),
        (("box.png", "--out", "box.png"), "box.png is a file that is read"),
        (("box.png", "--out", "strokes.png"), "strokes.png is there already"),
        (("box.png", "--variations", "0"), "variations must be 1 or more; got 0"),
        (("box.png", "--strength", "0.5"), "min-cut has no dial: leave strength out"),
        (("box.png", "--model", "fewsteps", "--strength", "2"), "strength must lie in [0, 1]"),
        (("box.png", "--size", "1"), "size_px must be 8 or more; got 1"),
    ],
)
def test_what_cannot_be_done_is_one_line(drawing, monkeypatch, given, said):
    """Error: exit code 1, nothing written."""
    monkeypatch.chdir(drawing)
    before = sorted(drawing.iterdir())
    done = run(*given)
    assert done.exit_code == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("lineart: ")
    assert said in line
    assert sorted(drawing.iterdir()) == before
