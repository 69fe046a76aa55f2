"""A study is blind and whole, works by keyboard in a browser, and its answers can be read."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from typer.testing import CliRunner

from lineart_lib.cli import app
from lineart_lib.evaluation.study.answers import read_key, read_sheets
from lineart_lib.evaluation.study.making import Plan, make_study

METHODS, PICTURES = ("watershed", "network", "artist"), ("tabby", "beagle")


@pytest.fixture
def folders(tmp_path):
    """Three methods with two pictures each, whose files tell who made them."""
    draw = np.random.default_rng(0)
    for method in METHODS:
        (tmp_path / method).mkdir()
        note = PngImagePlugin.PngInfo()
        note.add_text("Software", f"made by {method}")
        for name in PICTURES:
            pixels = draw.integers(0, 256, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / method / f"{name}.png", pnginfo=note)
    return {method: tmp_path / method for method in METHODS}


def data_of(page):
    """Return what the page holds."""
    text = page.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))


def test_the_page_is_blind_and_the_key_opens_it(folders, tmp_path):
    """Property: no method, name or note in the page; each image is the pixels that the key says."""
    page, key = make_study(folders, tmp_path / "s.html", Plan("Colours <b>"))
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


def test_seeds_decide_the_codes(folders, tmp_path):
    """Property: the same seed gives the same study, another seed another one."""
    first = make_study(folders, tmp_path / "a.html")[0].read_bytes()
    assert make_study(folders, tmp_path / "b.html")[0].read_bytes() == first
    other = make_study(folders, tmp_path / "c.html", Plan(seed=1))[0]
    assert not set(data_of(other)["images"]) & set(data_of(tmp_path / "a.html")["images"])


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
    with pytest.raises(ValueError, match=r"\[0, 1\]; got 2"):
        Plan(repeats=2)
    with pytest.raises(ValueError, match="a title"):
        Plan(title=" ")


def test_a_rater_answers_by_keyboard_alone(folders, tmp_path, browser):
    """Property: a whole study by keys, with undo and a break; its file is read, nothing leaves."""
    plan = Plan(repeats=0.5)
    page_file, key = make_study(folders, tmp_path / "s.html", plan, given=folders["artist"])
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(page_file.as_uri())
    page.keyboard.type("Grace")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pictures")
    total = 6 + 3 + 6 + 3  # Each question once, half of them again.
    assert page.inner_text("#count") == f"0 of {total} answered"
    page.keyboard.press("5")
    page.keyboard.press("Backspace")
    page.keyboard.press("9")  # No key of the page.
    assert page.inner_text("#count") == f"0 of {total} answered"
    for number in range(9):
        page.keyboard.press(str(number % 5 + 1))
    page.reload()  # A break: the browser remembers.
    page.wait_for_selector(".pictures")
    assert page.inner_text("#count") == f"9 of {total} answered"
    assert page.locator("img").count() == 3  # What was given, left, right.
    for number in range(9):
        page.keyboard.press(["ArrowLeft", "ArrowRight", " "][number % 3])
    page.wait_for_selector("text=Thank you")
    with page.expect_download() as download:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    answers = tmp_path / "answers.json"
    download.value.save_as(answers)
    context.close()
    [sheet] = read_sheets([answers], read_key(key))
    assert (sheet.rater, sheet.asked) == ("Grace", total)
    assert [o.score for o in sheet.opinions] == [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert [c.side for c in sheet.choices] == ["left", "right", "tie"] * 3
    assert sum(o.repeat for o in sheet.opinions) == sum(c.repeat for c in sheet.choices) == 3
    assert said == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}
    assert [url for url in asked if url.startswith("file")] == [page_file.as_uri()] * 2


def test_the_page_fits_a_phone_and_the_dark(folders, tmp_path, browser):
    """Property: nothing is wider than the screen, and text keeps its contrast in both themes."""
    page_file, _ = make_study(folders, tmp_path / "s.html")
    contrast = """() => {
      const light = (c) => {
        const [r, g, b] = c.match(/\\d+/g).slice(0, 3).map((v) => v / 255)
          .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = light(getComputedStyle(document.body).backgroundColor);
      return [...document.querySelectorAll("h1, h2, p, figcaption, button:not(.main)")].map((e) => {
        const ink = light(getComputedStyle(e).color);
        return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      });
    }"""
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 360, "height": 720}, color_scheme=scheme)
        page = context.new_page()
        page.goto(page_file.as_uri())
        page.fill("#rater", "Ada")
        page.click("button.main")
        page.wait_for_selector(".pictures")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360
        assert min(page.evaluate(contrast)) >= 4.5
        context.close()


def test_from_the_command_line_to_a_result(folders, tmp_path):
    """Property: make writes page and key; analyse reads answers, prints a table, writes JSON."""
    runner = CliRunner()
    given = [f"{name}={folder}" for name, folder in folders.items()]
    page = tmp_path / "s.html"
    made = runner.invoke(app, ["study", "make", *given, "--out", str(page)])
    assert made.exit_code == 0, made.output
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
    wrong = runner.invoke(app, ["study", "make", "watershed", "--out", str(page)])
    assert wrong.exit_code == 1
    assert "expected NAME=FOLDER; got 'watershed'" in wrong.output
