"""The page of a study works by keyboard in a real browser, and what it saves can be read."""

import pytest
from PIL import Image

from lineart_lib.evaluation.study.answers import read_key, read_sheets
from lineart_lib.evaluation.study.making import Plan, make_study


def opened(browser, page_file, **ways):
    """Open a study, and note what it asks of the network and says on the console."""
    context = browser.new_context(accept_downloads=True, **ways)
    page = context.new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(page_file.as_uri())
    return page


def begin(page, name):
    """Give a name and begin, by keys."""
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".pictures")


def saved(page, path):
    """Save the answers at the end, by keys."""
    page.wait_for_selector("text=Thank you")
    with page.expect_download() as download:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    download.value.save_as(path)
    return path


def test_a_rater_answers_by_keyboard_alone(folders, tmp_path, browser):
    """Property: a whole study by keys, with undo and a break; its file is read, nothing leaves."""
    plan = Plan(repeats=0.5)
    page_file, key, total = make_study(folders, tmp_path / "s.html", plan, folders["artist"])
    assert total == 6 + 3 + 6 + 3  # Each question once, half of them again.
    page = opened(browser, page_file)
    begin(page, "Grace")
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
    assert page.locator("text=Start anew").count() == 0  # Not before the answers are saved.
    answers = saved(page, tmp_path / "answers.json")
    page.click("text=Start anew")
    page.wait_for_selector("#rater")
    page.context.close()
    [sheet] = read_sheets([answers], read_key(key))
    assert (sheet.rater, sheet.asked) == ("Grace", total)
    assert [o.score for o in sheet.opinions] == [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert [c.side for c in sheet.choices] == ["left", "right", "tie"] * 3
    assert sum(o.repeat for o in sheet.opinions) == sum(c.repeat for c in sheet.choices) == 3
    assert page.said == []
    assert {url.partition(":")[0] for url in page.asked} <= {"file", "data", "blob"}
    assert [url for url in page.asked if url.startswith("file")] == [page_file.as_uri()] * 2


def test_each_rater_has_an_order_and_a_share_of_their_own(tmp_path, browser):
    """Property: two raters get other questions; what comes again is turned, and never at once."""
    folders = {name: tmp_path / name for name in ("one", "two")}
    for shade, folder in enumerate(folders.values()):
        folder.mkdir()
        for number in range(20):
            Image.new("RGB", (4, 4), (shade * 99, number, 7)).save(folder / f"{number}.png")
    plan = Plan(asks=("pairs",), most=12, repeats=0.5)
    page_file, key, total = make_study(folders, tmp_path / "s.html", plan)
    assert total == 18
    first_seen = []
    for name in ("Ada", "Grace"):
        page = opened(browser, page_file)
        begin(page, name)
        for _ in range(total):
            page.keyboard.press("ArrowLeft")
        [sheet] = read_sheets([saved(page, tmp_path / f"{name}.json")], read_key(key))
        page.context.close()
        at = {}
        for place, choice in enumerate(sheet.choices):
            pair = frozenset((choice.left, choice.right))
            if choice.repeat:
                before, left = at[pair]
                assert place - before > 1
                assert choice.right == left
            at[pair] = place, choice.left
        assert sum(choice.repeat for choice in sheet.choices) == 6
        assert len(at) == 12
        first_seen.append(list(at))
    # Both draw 12 of 20 at random: the same 12 have a chance of 1 in 125,970.
    assert set(first_seen[0]) != set(first_seen[1])


def test_a_browser_that_keeps_nothing_says_so(folders, tmp_path, browser):
    """Property: without storage the study works, and the rater is told to save in time."""
    page_file, _, _ = make_study(folders, tmp_path / "s.html")
    context = browser.new_context()
    context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    page = context.new_page()
    page.goto(page_file.as_uri())
    begin(page, "Ada")
    assert "This browser keeps nothing" in page.inner_text("main")
    page.keyboard.press("3")
    assert page.inner_text("#count").startswith("1 of")
    context.close()


CONTRAST = """() => {
  const channels = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = channels(c).slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    const own = getComputedStyle(e).backgroundColor;
    return channels(own)[3] === 0 ? ground(e.parentElement) : light(own);
  };
  return [...document.querySelectorAll("h1, h2, p, figcaption, button, label, input")].map((e) => {
    const pair = [light(getComputedStyle(e).color), ground(e)];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  });
}"""
"""Of each text and what lies behind it."""


SEEN = """() => [...document.querySelectorAll(".answers button")].map((e) =>
  e.getBoundingClientRect().bottom <= innerHeight && e.scrollWidth <= e.clientWidth)"""
"""Of each answer, whether it stands on the screen with all its text."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(320, 640), (1280, 720)])
def test_the_page_fits_the_screen_and_the_theme(folders, tmp_path, browser, scheme, size):
    """Property: no text is pale, nothing is too wide, and every answer is in sight at once.

    A mark below the edge of the screen would be given less often.
    """
    plan = Plan(most=1, repeats=0)
    page_file, _, _ = make_study(folders, tmp_path / "s.html", plan, given=folders["artist"])
    viewport = {"width": size[0], "height": size[1]}
    page = opened(browser, page_file, viewport=viewport, color_scheme=scheme)
    # The least that WCAG asks of text.
    assert min(page.evaluate(CONTRAST)) >= 4.5
    begin(page, "Ada")
    for answers, key in ((5, "3"), (3, "ArrowLeft")):
        assert page.evaluate(SEEN) == [True] * answers
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert min(page.evaluate(CONTRAST)) >= 4.5
        page.keyboard.press(key)
    page.wait_for_selector("text=Thank you")
    assert min(page.evaluate(CONTRAST)) >= 4.5
    page.context.close()


def test_the_focus_can_be_seen(folders, tmp_path, browser):
    """Property: a key that moves the focus draws a ring around where it is."""
    page = opened(browser, make_study(folders, tmp_path / "s.html").page)
    begin(page, "Ada")
    for _ in range(6):
        page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid" in ring
        assert "3px" in ring
    page.context.close()
