"""Files bear what their names promise, nothing is overwritten, a bad drawing stops no other."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from lineart_lib.colorize import colorize
from lineart_lib.colorize.batch import colour_all
from lineart_lib.colorize.files import FORMS, Job, form_of, jobs, save


@pytest.fixture
def coloured(rooms, flooding):
    """The two rooms, painted, small."""
    return colorize(*rooms(2), painter=flooding)


@pytest.fixture
def folder(rooms, tmp_path):
    """Two drawings with strokes, a broken one, and a text."""
    for name in ("drawings", "strokes"):
        (tmp_path / name).mkdir()
    lines, strokes = rooms(2)
    for name in ("b.png", "a.bmp"):
        Image.fromarray(lines).save(tmp_path / "drawings" / name)
        Image.fromarray(strokes).save(tmp_path / "strokes" / f"{name[0]}.png")
    (tmp_path / "drawings" / "broken.png").write_bytes(b"nothing")
    (tmp_path / "drawings" / "notes.txt").write_text("a diary")
    return tmp_path


def test_each_name_gets_its_form(coloured, tmp_path):
    """Round trip: all six, each read by another library."""
    paths = {form: save(coloured, tmp_path / "new" / f"room.{form}") for form in FORMS}
    picture = np.asarray(Image.open(paths["png"]))
    np.testing.assert_array_equal(picture, coloured.picture())
    colours = np.asarray(Image.open(paths["colours.png"]))
    np.testing.assert_array_equal(colours, coloured.paintings[0].colour())
    merged = zipfile.ZipFile(paths["ora"]).read("mergedimage.png")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(merged))), picture)
    psd = PSDImage.open(paths["psd"])
    np.testing.assert_array_equal(np.asarray(psd.topil().convert("RGB")), picture)
    again = np.asarray(psd.composite(ignore_preview=True).convert("RGB")).astype(int)
    assert np.abs(again - picture).max() <= 1  # One product is rounded here, none there.
    assert paths["gpl"].read_text().count("#") == 1 + 3
    assert paths["ase"].read_bytes()[:4] == b"ASEF"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(
        f"room.{form}" for form in FORMS
    )


def test_nothing_is_overwritten(coloured, tmp_path):
    """Error: unless told so; a name that says nothing is refused with those that do."""
    path = save(coloured, tmp_path / "a.png")
    path.write_bytes(b"dear")
    with pytest.raises(FileExistsError, match=r"a.png is there already: .* --force"):
        save(coloured, path)
    assert path.read_bytes() == b"dear"
    save(coloured, path, force=True)
    assert Image.open(path).size == (128, 80)
    with pytest.raises(ValueError, match=r"ends in \.png, \.colours\.png.*got 'a\.jpg'"):
        save(coloured, tmp_path / "a.jpg")


def test_the_longest_end_decides(tmp_path):
    """Property: in any case of letters."""
    assert [form_of(tmp_path / n) for n in ("A.COLOURS.PNG", "a.b.ora", "colours.png")] == [
        "colours.png",
        "ora",
        "png",
    ]


def test_a_drawing_is_written_beside_itself(folder):
    """Property: the default name, numbers for variations, forms as asked."""
    drawing = folder / "drawings" / "b.png"
    [job] = jobs(drawing, forms=("png", "ora"))
    assert [path.name for path in job.outputs[0]] == ["b-coloured.png", "b-coloured.ora"]
    [job] = jobs(drawing, [folder / "x.colours.png"], variations=2)
    assert [one.name for paths in job.outputs for one in paths] == [
        "x-1.colours.png",
        "x-2.colours.png",
    ]


def test_a_folder_is_coloured_and_the_bad_one_told(folder, flooding):
    """Property: each drawing takes the strokes of its name; the others are done all the same."""
    asked = jobs(folder / "drawings", forms=("png", "gpl"), hints=folder / "strokes")
    assert [job.lineart.name for job in asked] == ["a.bmp", "b.png", "broken.png"]
    assert [job.hints and job.hints.name for job in asked] == ["a.png", "b.png", None]
    ticks = []
    report = colour_all(asked, flooding, done=lambda: ticks.append(1))
    assert len(ticks) == 3
    names = sorted(path.name for path in (folder / "drawings-coloured").iterdir())
    assert names == ["a.gpl", "a.png", "b.gpl", "b.png"]
    assert sorted(path.name for path in report.written) == names
    [(bad, why)] = report.failed.items()
    assert bad.name == "broken.png"
    assert "expected one of PNG" in why
    picture = np.asarray(Image.open(folder / "drawings-coloured" / "a.png"))
    assert tuple(picture[52, 32]) == (200, 30, 40)


def test_files_that_are_there_stop_all_before_work(folder, flooding):
    """Error: before a drawing is read."""
    asked = jobs(folder / "drawings" / "b.png")
    colour_all(asked, flooding)
    with pytest.raises(FileExistsError, match=r"b-coloured\.png is there already"):
        colour_all(asked, flooding)
    assert len(flooding.seen) == 1
    assert not colour_all(asked, flooding, force=True).failed


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda f: jobs(f / "none.png"), "none.png: no such file"),
        (lambda f: jobs(f / "drawings", forms=("jpg",)), "formats must be among png.*got 'jpg'"),
        (lambda f: jobs(f / "drawings", hints=f / "strokes" / "a.png"), "expected a folder"),
        (lambda f: jobs(f / "drawings" / "b.png", hints=f / "strokes"), "expected a file"),
        (lambda f: jobs(f / "drawings" / "b.png", hints=f / "no.png"), "hints .*no.png: no such"),
        (lambda f: jobs(f / "drawings", [f / "a", f / "b"]), "expected one folder"),
        (lambda f: jobs(f / "drawings", [f / "drawings"]), "b.png is a file that is read"),
        (lambda f: jobs(f), "no file ends in .png"),
        (
            lambda f: jobs(f / "drawings" / "b.png", [f / "x.ora", f / "x.ora"]),
            "x.ora would be written twice",
        ),
        (lambda f: jobs(f / "strokes", mask=f / "drawings-masks"), "no such file or folder"),
    ],
)
def test_what_cannot_be_done_is_named(folder, ask, said):
    """Error: what came, what was expected."""
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        ask(folder)


def test_two_drawings_of_one_name_are_told(folder):
    """Error: a.bmp and a.png would both become a.png."""
    Image.new("L", (9, 9), 255).save(folder / "drawings" / "a.png")
    with pytest.raises(ValueError, match=r"a\.png would be written twice"):
        jobs(folder / "drawings")


def test_a_job_whose_strokes_do_not_fit_fails_alone(folder, flooding):
    """Property: the error names the file of the strokes."""
    Image.new("RGBA", (9, 9), "red").save(folder / "strokes" / "b.png")
    asked = jobs(folder / "drawings" / "b.png", hints=folder / "strokes" / "b.png")
    assert isinstance(asked[0], Job)
    report = colour_all(asked, flooding)
    assert not report.written
    assert (
        "strokes/b.png: expected strokes on a transparent ground" in report.failed[asked[0].lineart]
    )
