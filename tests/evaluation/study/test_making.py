"""A study is blind and whole, and no study is taken for another."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from lineart_lib.cli import app
from lineart_lib.evaluation.study.answers import read_key
from lineart_lib.evaluation.study.making import Plan, make_study

METHODS, PICTURES = ("watershed", "network", "artist"), ("tabby", "beagle")


def data_of(page):
    """Return what the page holds."""
    text = page.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))


def test_the_page_is_blind_and_the_key_opens_it(folders, tmp_path):
    """Property: no method, name or note in the page; each image is the pixels that the key says."""
    page, key, _ = make_study(folders, tmp_path / "s.html", Plan("Colours <b>"))
    text = page.read_text("utf-8")
    assert not [word for word in (*METHODS, *PICTURES, str(tmp_path)) if word in text]
    assert "Colours &lt;b&gt;" in text
    content, known = data_of(page), read_key(key)
    assert len(content["images"]) == 6
    for code, address in content["images"].items():
        raw = base64.b64decode(address.partition(",")[2])
        assert b"made by" not in raw
        method, picture = known.images[code]
        source = folders[known.methods[method]] / f"{known.pictures[picture]}.png"
        shown = np.asarray(Image.open(io.BytesIO(raw)))
        np.testing.assert_array_equal(shown, np.asarray(Image.open(source)))
    assert len(content["pairs"]) == 2 * 3
    for one, two in content["pairs"]:
        assert known.images[one][1] == known.images[two][1]


def test_the_order_in_the_page_tells_no_method(folders, tmp_path):
    """Property: over many seeds each method comes first as often as lot says, and given pictures
    are there once for all methods."""
    firsts = []
    for seed in range(60):
        made = make_study(
            folders, tmp_path / f"{seed}.html", Plan(seed=seed), given=folders["artist"]
        )
        content, known = data_of(made.page), read_key(made.key)
        assert len(content["given"]) == len(PICTURES)
        for code, number in content["given_of"].items():
            assert number == known.images[code][1]
        orders = [list(content[part]) for part in ("images", "given_of")]
        assert orders[0] == orders[1]
        firsts += [known.images[orders[0][0]][0], known.images[content["pairs"][0][0]][0]]
    # 120 draws of three: 40 of each in the mean, with a standard deviation of 5.2.
    assert np.abs(np.bincount(firsts, minlength=3) - 40).max() < 21


def test_the_pictures_and_the_plan_decide_the_codes(folders, tmp_path):
    """Property: the same study is made again to the byte; any other has codes of its own."""
    first = make_study(folders, tmp_path / "a.html").page
    assert make_study(folders, tmp_path / "b.html").page.read_bytes() == first.read_bytes()
    renamed = dict(zip(("one", "two", "three"), folders.values(), strict=True))
    others = [
        make_study(folders, tmp_path / "c.html", Plan(seed=1)),
        make_study(folders, tmp_path / "d.html", Plan(repeats=0)),
        make_study(renamed, tmp_path / "e.html"),
    ]
    Image.new("RGB", (32, 24), "teal").save(folders["artist"] / "tabby.png")
    others.append(make_study(folders, tmp_path / "f.html"))
    contents = [data_of(first), *(data_of(made.page) for made in others)]
    assert len({content["study"] for content in contents}) == len(contents)
    codes = [code for content in contents for code in content["images"]]
    assert len(set(codes)) == len(codes)


def test_a_key_is_not_written_over(folders, tmp_path):
    """Error: another study under the same name, unless forced; the same study may be made again."""
    made = make_study(folders, tmp_path / "s.html")
    before = made.key.read_bytes()
    make_study(folders, tmp_path / "s.html")
    with pytest.raises(FileExistsError, match=r"s\.key\.json is of another study"):
        make_study(folders, tmp_path / "s.html", Plan(seed=1))
    assert made.key.read_bytes() == before
    make_study(folders, tmp_path / "s.html", Plan(seed=1), force=True)
    assert made.key.read_bytes() != before


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda f: (f["artist"] / "beagle.png").unlink(),
            "only one of them has beagle",
        ),
        (lambda f: (f["artist"] / "beagle.png").write_bytes(b"no"), "is no picture"),
        (
            lambda f: Image.new("RGB", (9, 9)).save(f["artist"] / "beagle.png"),
            "beagle: all methods need one size; got watershed 32 × 24",
        ),
        (
            lambda f: Image.new("RGB", (32, 24)).save(f["artist"] / "beagle.bmp"),
            r"holds beagle\.bmp and beagle\.png, which are one name",
        ),
    ],
)
def test_folders_that_do_not_fit_are_refused(folders, tmp_path, spoil, said):
    """Error: what differs is named, and nothing is written."""
    spoil(folders)
    with pytest.raises(ValueError, match=said):
        make_study(folders, tmp_path / "s.html")
    assert not list(tmp_path.glob("s.*"))


def test_a_plan_says_what_it_expects():
    """Error: unknown questions, shares and titles."""
    with pytest.raises(ValueError, match="some of opinion, pairs"):
        Plan(asks=("smell",))
    with pytest.raises(ValueError, match=r"\[0, 0\.5\].*got 0\.6"):
        Plan(repeats=0.6)
    with pytest.raises(ValueError, match="most=0"):
        Plan(most=0)
    with pytest.raises(ValueError, match="a title"):
        Plan(title=" ")


def test_from_the_command_line_to_a_result(folders, tmp_path):
    """Property: make writes page and key; analyse reads answers, prints a table, writes JSON."""
    runner = CliRunner()
    given = [f"{name}={folder}" for name, folder in folders.items()]
    page = tmp_path / "s.html"
    made = runner.invoke(app, ["study", "make", *given, "--out", str(page)])
    assert made.exit_code == 0, made.output
    assert "asks each of them 14 questions" in made.output  # 6 marks, 6 pairs, one of each again.
    content = data_of(page)
    sheet = {
        "format": content["format"],
        "study": content["study"],
        "rater": "Ada",
        "asked": 6,
        "answers": [
            {"kind": "opinion", "image": code, "score": 1 + k % 5, "repeat": False}
            for k, code in enumerate(content["images"])
        ],
    }
    answers, result = tmp_path / "ada.json", tmp_path / "result.json"
    answers.write_text(json.dumps(sheet))
    key = page.with_suffix(".key.json")
    done = runner.invoke(app, ["study", "analyse", str(key), str(answers), "--out", str(result)])
    assert done.exit_code == 0, done.output
    assert "Mean opinion" in done.output
    assert json.loads(result.read_text("utf-8"))["raters"] == 1
    again = runner.invoke(app, ["study", "analyse", str(key), str(answers), "--out", str(result)])
    assert again.exit_code == 1
    assert "choose another name, or --force" in " ".join(again.output.split())
    wrong = runner.invoke(app, ["study", "make", "watershed", "--out", str(page)])
    assert wrong.exit_code == 1
    assert "expected NAME=FOLDER; got 'watershed'" in wrong.output
