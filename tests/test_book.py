"""The finished site in a real browser: what a reader meets on every page.

The smoke site is built once a session. ``LINEART_SITE`` names a built site to read instead.
"""

from __future__ import annotations

import contextlib
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lineart_lib.live import page as live_page
from lineart_lib.runtime import project_root

# What a screen reader and a keyboard need, looked up in the loaded page.
LOOK = r"""
() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length;
  const name = (e) => {
    const by = (e.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const labels = [...(e.labels ?? [])].map((l) => l.textContent).join(" ");
    const inner = e.matches("a, button, summary, [role]")
      ? e.textContent + [...e.querySelectorAll("img[alt]")].map((i) => i.alt).join(" ") : "";
    return [e.getAttribute("aria-label"), by, labels, e.title, inner].join("").trim();
  };
  const brief = (e) => e.outerHTML.slice(0, 120);
  const cut = (e) => {
    for (let n = e.parentElement; n && n !== document.body; n = n.parentElement) {
      if (getComputedStyle(n).overflowX !== "visible") return true;
    }
    return false;
  };
  const channel = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const rgba = (text) => {
    const n = text.match(/[\d.]+/g).map(Number);
    return { c: n.slice(0, 3).map((v) => v / 255), a: n[3] ?? 1 };
  };
  const over = (top, under) => top.c.map((v, i) => v * top.a + under[i] * (1 - top.a));
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = (e) => {
    const chain = [];
    for (let n = e; n; n = n.parentElement) {
      chain.unshift(rgba(getComputedStyle(n).backgroundColor));
    }
    return chain.reduce((under, top) => over(top, under), [1, 1, 1]);
  };
  const contrast = (e) => {
    const under = ground(e);
    const pair = [light(over(rgba(getComputedStyle(e).color), under)), light(under)].sort();
    return (pair[1] + 0.05) / (pair[0] + 0.05);
  };
  const article = document.querySelector("article") ?? document.body;
  const words = "p, li, td, th, dd, h1, h2, h3, figcaption, summary, label, a, button, span";
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, "
    + "[role=slider], [role=application]";
  const labelled = (s) => s.getAttribute("role") === "img" && s.getAttribute("aria-label")?.trim();
  const width = document.documentElement.clientWidth;
  const text = [...article.querySelectorAll(words)]
    .filter((e) => shown(e) && !e.closest("[disabled], .headerlink, pre, svg")
      && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return {
    title: document.title,
    language: document.documentElement.lang,
    headings: [...article.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((h) => +h.tagName[1]),
    twice: [...article.querySelectorAll("p, li, dd")]
      .map((e) => e.textContent.match(/\d\s([\p{L}%]+)\s\1(?!\p{L})/u)?.[0]).filter(Boolean),
    images: [...document.querySelectorAll("img:not([alt])")].map(brief),
    drawings: [...article.querySelectorAll(".saved-figure svg")]
      .filter((s) => !labelled(s)).map(brief),
    nameless: [...document.querySelectorAll(controls)]
      .filter((e) => shown(e) && !name(e)).map(brief),
    dull: text.filter((e) => contrast(e) < 4.5)
      .map((e) => `${contrast(e).toFixed(2)} ${e.tagName} ${e.textContent.trim().slice(0, 50)}`),
    twins: ids.filter((id, i) => ids.indexOf(id) !== i),
    math: document.querySelectorAll(".math").length,
    plain: [...document.querySelectorAll(".math")].filter((e) => !e.querySelector("mjx-container"))
      .map((e) => e.textContent.slice(0, 60)),
    broken: [...document.querySelectorAll("mjx-merror, [data-mjx-error]")].map(brief),
    wide: document.documentElement.scrollWidth - width,
    wideParts: [...article.querySelectorAll("*")]
      .filter((e) => shown(e) && e.getBoundingClientRect().right > width + 1 && !cut(e))
      .slice(0, 3).map(brief),
  };
}
"""


@dataclass
class Visit:
    """What happened while a page was open."""

    outside: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files without a log."""

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of 127.0.0.1 and give its address."""
    handler = partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def site(browser: Any) -> Path:
    """Build the smoke site once."""
    named = os.environ.get("LINEART_SITE")
    if named:
        folder = Path(named).resolve()
    else:
        root = project_root()
        command = [sys.executable, "-m", "lineart_lib.bindery", "--profile", "smoke"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"the smoke build failed:\n{done.stdout}\n{done.stderr}"
        folder = (root / "build" / "smoke" / "html").resolve()
    assert (folder / "book" / "index.html").is_file(), f"{folder} is no built site"
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Serve the site for the session."""
    with served(site) as base:
        yield base


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """List every page of the site by its path."""
    return sorted(
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if "_static" not in path.parts and path != site / "index.html"
    )


@contextlib.contextmanager
def opened(
    browser: Any, address: str, name: str, *, theme: str | None = "light", **context: Any
) -> Iterator[tuple[Any, Visit]]:
    """Open a page, wait until it is at rest, and note what it asks for; nothing leaves the host."""
    visit = Visit()

    def gate(route: Any) -> None:
        url = route.request.url
        visit.requests.append(url)
        if url.startswith((address, "blob:", "data:", "file:")):
            route.continue_()
        else:
            visit.outside.append(url)
            route.abort()

    settings = {"viewport": {"width": 1280, "height": 900}, **context}
    within = browser.new_context(**settings)
    if theme:
        within.add_init_script(
            f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
        )
    within.route("**/*", gate)
    tab = within.new_page()
    tab.on("console", lambda m: visit.errors.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: visit.errors.append(str(error)))
    within.on(
        "response",
        lambda r: visit.missing.append(f"{r.status} {r.url}") if r.status >= 400 else None,
    )
    tab.goto(address + name, wait_until="load")
    tab.evaluate(
        "async () => { await window.MathJax?.startup?.promise; await document.fonts.ready }"
    )
    tab.wait_for_timeout(50)
    yield tab, visit
    within.close()


@pytest.fixture(scope="session")
def visits(browser: Any, address: str, pages: list[str]) -> dict[tuple[str, str], Visit]:
    """Visit every page once on a desktop in light and once on a phone in dark."""
    records = {}
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    for name in pages:
        for look, settings in (
            ("desktop", {"theme": "light"}),
            ("phone", {"theme": "dark", **phone}),
        ):
            with opened(browser, address, name, **settings) as (tab, visit):
                visit.found = tab.evaluate(LOOK)
            records[name, look] = visit
    return records


def faults(visits: dict[tuple[str, str], Visit], key: str) -> dict[str, Any]:
    """Collect what is not empty under a key, by page."""
    return {
        f"{name} ({look})": value
        for (name, look), visit in visits.items()
        if (value := getattr(visit, key) if hasattr(visit, key) else visit.found[key])
    }


def page_with(site: Path, pages: list[str], text: str) -> str:
    """Find the first page whose HTML holds a text."""
    for name in pages:
        if text in (site / name).read_text(encoding="utf-8"):
            return name
    pytest.fail(f"no page of the site holds {text}")


# ------------------------------------------------------------------------------- every page


def test_no_page_asks_another_host(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: reading the book makes zero requests off the site."""
    assert faults(visits, "outside") == {}


def test_nothing_is_missing(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: no request is answered with an error status."""
    assert faults(visits, "missing") == {}


def test_no_page_logs_an_error(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: the console of every page stays free of errors."""
    assert faults(visits, "errors") == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_visit_follows_the_system(
    browser: Any, address: str, pages: list[str], scheme: str
) -> None:
    """Property: with nothing stored, a page takes the system's theme and logs no error."""
    with opened(browser, address, pages[0], theme=None, color_scheme=scheme) as (tab, visit):
        assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    assert visit.errors == []


def test_mathematics_is_rendered(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: every formula became MathJax output, none with an error; there are formulas."""
    assert faults(visits, "plain") == {}
    assert faults(visits, "broken") == {}
    assert sum(visit.found["math"] for visit in visits.values()) > 0


def test_pictures_have_words(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: each image has alt text and each drawing a role and a label."""
    assert faults(visits, "images") == {}
    assert faults(visits, "drawings") == {}


def test_no_unit_is_written_twice(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: a value brings its unit, and the sentence around it does not say it again."""
    assert faults(visits, "twice") == {}


def test_headings_are_in_order(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: one first heading, which comes first, and no level is left out going down."""
    wrong = {}
    for (name, _), visit in visits.items():
        levels = visit.found["headings"]
        falls = any(low - high > 1 for high, low in pairwise(levels))
        if levels[:1] != [1] or levels.count(1) != 1 or falls:
            wrong[name] = levels
    assert wrong == {}


def test_controls_have_names(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: links, buttons and fields that can be seen have an accessible name."""
    assert faults(visits, "nameless") == {}


def test_text_can_be_read(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: text has a contrast of at least 4.5:1, light on the desktop, dark on the phone."""
    assert faults(visits, "dull") == {}


def test_ids_are_unique(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: no page uses an id twice, so that labels and links find the one they mean."""
    assert faults(visits, "twins") == {}


def test_phones_scroll_one_way(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: at 390 px no page is wider than the screen."""
    wide = {
        name: visit.found["wideParts"]
        for (name, look), visit in visits.items()
        if look == "phone" and visit.found["wide"] > 0
    }
    assert wide == {}


def test_pages_say_their_title_and_language(visits: dict[tuple[str, str], Visit]) -> None:
    """Property: each page has a title and is marked as English."""
    assert all(visit.found["title"].strip() for visit in visits.values())
    assert {visit.found["language"] for visit in visits.values()} == {"en"}


# ------------------------------------------------------------------------------- one page


def test_theme_recolours_figures(browser: Any, address: str, site: Path, pages: list[str]) -> None:
    """Property: the theme button turns the ink of a drawing from dark to light, without reload."""
    name = page_with(site, pages, 'class="saved-figure"')
    ink = """() => {
      const parts = [...document.querySelectorAll(".saved-figure svg *")];
      const ink = /(fill|stroke)\\s*[:=]\\s*"?\\s*var\\(--lineart-ink/;
      const inked = parts.find((e) => ink.test(e.cloneNode(false).outerHTML));
      const painted = inked.cloneNode(false).outerHTML.match(ink)[1];
      const colour = getComputedStyle(inked)[painted];
      return Math.max(...colour.match(/\\d+/g).slice(0, 3).map(Number));
    }"""
    with opened(browser, address, name) as (tab, _):
        assert tab.evaluate(ink) < 90
        for _ in range(3):  # The button goes round dark, light and automatic.
            if tab.evaluate("document.documentElement.dataset.theme") == "dark":
                break
            tab.locator(".theme-switch-button:visible").first.click()
        assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
        assert tab.evaluate(ink) > 180


def test_menu_of_mathjax_stays_on_the_site(
    browser: Any, address: str, site: Path, pages: list[str]
) -> None:
    """Property: the explorer and the speech of MathJax's menu load from the site, and exist."""
    name = page_with(site, pages, 'class="math')
    with opened(browser, address, name) as (tab, visit):
        tab.evaluate("localStorage.setItem('MathJax-Menu-Settings', '{\"explorer\": true}')")
        visit.requests.clear()
        tab.reload(wait_until="load")
        tab.wait_for_function("window.MathJax?.startup?.promise")
        tab.evaluate("async () => { await MathJax.startup.promise }")
        tab.wait_for_selector("mjx-container[tabindex]", state="attached", timeout=20000)
        tab.wait_for_timeout(500)
        assert any("/a11y/" in url for url in visit.requests)
        assert (visit.outside, visit.missing, visit.errors) == ([], [], [])


# ------------------------------------------------------------------------------- the toys


@pytest.fixture
def playground(
    browser: Any, address: str, site: Path, pages: list[str]
) -> Iterator[tuple[Any, Any, Visit]]:
    """Open the first optimizer playground of the book; nothing it does may log an error."""
    name = page_with(site, pages, 'data-live="optimizer-playground"')
    with opened(browser, address, name, reduced_motion="reduce") as (tab, visit):
        yield tab, tab.locator(".ll-optimizer").first, visit
        assert (visit.errors, visit.outside) == ([], [])


def test_playground_shows_the_three_rates(playground: tuple[Any, Any, Visit]) -> None:
    """Closed form: on y = x² the rates 2, 1 and 0.1 diverge, bounce and converge."""
    _, toy, _ = playground
    row = toy.locator('tr[data-optimizer="sgd"]')
    for label, word in (("ε = 2", "diverged"), ("ε = 1", "bouncing"), ("ε = 0.1", "converged")):
        toy.get_by_role("button", name=label, exact=True).click()
        assert row.locator("[data-verdict]").get_attribute("data-verdict") == word


@pytest.mark.parametrize("width", [820, 1280, 1600])
def test_playground_cuts_no_result(playground: tuple[Any, Any, Visit], width: int) -> None:
    """Property: on tablets and desktops the table of results fits into its place."""
    tab, toy, _ = playground
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_timeout(200)
    cut = toy.locator(".ll-scroll").evaluate("box => box.scrollWidth - box.clientWidth")
    assert cut <= 1


def test_playground_reacts_to_the_mouse(playground: tuple[Any, Any, Visit]) -> None:
    """Property: a drag moves the start to where the mouse is, and all that follows from it."""
    tab, toy, _ = playground
    toy.get_by_role("button", name="ε = 0.1", exact=True).click()
    before = toy.locator("tr[data-optimizer=sgd] td").first.inner_text()
    toy.locator("svg.ll-plot").first.scroll_into_view_if_needed()
    box = toy.locator("svg.ll-plot").first.bounding_box()
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + 0.5 * box["width"], y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.7 * box["width"], y)
    middle = float(toy.get_by_label("Start, x").input_value())
    tab.mouse.move(box["x"] + 0.9 * box["width"], y)
    tab.mouse.up()
    last = float(toy.get_by_label("Start, x").input_value())
    assert 0 < middle < last <= 4
    assert toy.locator("tr[data-optimizer=sgd] td").first.inner_text() != before


def test_playground_reacts_to_the_keyboard(playground: tuple[Any, Any, Visit]) -> None:
    """Property: arrow keys move the start by a hundredth of the view, with Shift by a twentieth."""
    tab, toy, _ = playground
    toy.get_by_role("button", name="ε = 0.1", exact=True).click()
    handle = toy.get_by_role("slider", name=re.compile("Starting point"))
    handle.focus()
    tab.keyboard.press("ArrowRight")
    assert float(toy.get_by_label("Start, x").input_value()) == pytest.approx(-0.92)
    tab.keyboard.press("Shift+ArrowLeft")
    assert float(toy.get_by_label("Start, x").input_value()) == pytest.approx(-1.32)
    assert "x = −1.32" in handle.get_attribute("aria-valuetext")


def test_playground_draws_several_walks(playground: tuple[Any, Any, Visit]) -> None:
    """Property: each optimizer has a colour, a dash and a mark of its own; a box adds its walk."""
    _, toy, _ = playground
    toy.get_by_role("button", name="Five optimizers").click()
    walks = toy.locator("svg.ll-plot").first.locator("g[clip-path] .ll-walk")
    assert walks.count() == 5
    toy.get_by_label("AdamW", exact=True).check()
    assert walks.count() == 6
    looks = walks.evaluate_all(
        "(all) => all.map((w) => [getComputedStyle(w).stroke, getComputedStyle(w).strokeDasharray])"
    )
    assert len({colour for colour, _ in looks}) == 6
    assert len({dash for _, dash in looks}) == 6
    toy.get_by_label("SGD", exact=True).uncheck()
    assert walks.count() == 5


def test_playground_plays_step_by_step(playground: tuple[Any, Any, Visit]) -> None:
    """Property: Rewind shows the start, Step one move, Play runs on and can be paused."""
    tab, toy, _ = playground
    toy.get_by_role("button", name="ε = 0.1", exact=True).click()
    clock = toy.locator(".ll-clock")
    toy.get_by_role("button", name="Rewind").click()
    assert clock.inner_text().startswith("step 0 of")
    toy.get_by_role("button", name="Step", exact=True).click()
    assert clock.inner_text().startswith("step 1 of")
    assert toy.locator("tr[data-optimizer=sgd] td").first.inner_text() == "−0.8"
    toy.get_by_role("button", name="Play").click()
    tab.wait_for_function("(c) => !c.textContent.startsWith('step 0')", arg=clock.element_handle())
    toy.get_by_role("button", name="Pause").click()
    held = clock.inner_text()
    tab.wait_for_timeout(600)
    assert clock.inner_text() == held


@pytest.fixture
def boundary(
    browser: Any, address: str, site: Path, pages: list[str]
) -> Iterator[tuple[Any, Any, Visit]]:
    """Open the first decision boundary of the book; nothing it does may log an error."""
    name = page_with(site, pages, 'data-live="decision-boundary"')
    with opened(browser, address, name) as (tab, visit):
        yield tab, tab.locator(".ll-boundary").first, visit
        assert (visit.errors, visit.outside) == ([], [])


def counts(toy: Any) -> list[int]:
    """Read how many points of each class the picture says it has."""
    label = toy.get_by_role("application").get_attribute("aria-label")
    return [int(n) for n in re.findall(r"(\d+) (?:points )?of class", label)]


def test_boundary_learns_in_the_page(boundary: tuple[Any, Any, Visit]) -> None:
    """Learning: training lowers the loss; 2-32-32-1 has 1,185 parameters; Reset starts again."""
    tab, toy, _ = boundary
    loss = toy.locator(".ll-readout strong").nth(0)
    assert toy.locator(".ll-readout strong").nth(2).inner_text() == "1,185"
    first = loss.inner_text()
    toy.get_by_role("button", name="Train").click()
    clock = toy.locator(".ll-clock").element_handle()
    tab.wait_for_function("(c) => parseInt(c.textContent.slice(5)) > 60", arg=clock, timeout=60000)
    toy.get_by_role("button", name="Pause").click()
    now = float(loss.inner_text().replace("−", "-"))
    assert now < 0.5 * float(first)
    assert toy.locator(".ll-loss").get_attribute("d").count("L") >= 50
    toy.get_by_role("button", name="Reset").click()
    assert loss.inner_text() == first


def test_boundary_takes_points(boundary: tuple[Any, Any, Visit]) -> None:
    """Property: click, Shift + click, keys and touch-sized buttons add points; Undo takes back."""
    tab, toy, _ = boundary
    picture = toy.get_by_role("application")
    a, b = counts(toy)
    picture.click(position={"x": 60, "y": 60})
    assert counts(toy) == [a + 1, b]
    picture.click(position={"x": 90, "y": 60}, modifiers=["Shift"])
    assert counts(toy) == [a + 1, b + 1]
    toy.get_by_label("B", exact=True).check()
    picture.click(position={"x": 120, "y": 60})
    assert counts(toy) == [a + 1, b + 2]
    picture.focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("a")
    assert counts(toy) == [a + 2, b + 2]
    tab.keyboard.press("Delete")
    toy.get_by_role("button", name="Undo point").click()
    assert counts(toy) == [a + 1, b + 1]


def test_boundary_follows_theme_and_shape(boundary: tuple[Any, Any, Visit]) -> None:
    """Property: the field is drawn at the screen's resolution; sizes change the count."""
    tab, toy, _ = boundary
    canvas = "(toy) => { const c = toy.querySelector('canvas'); return c.width / c.clientWidth }"
    assert toy.evaluate(canvas) == pytest.approx(tab.evaluate("devicePixelRatio"), abs=0.02)
    units = toy.get_by_label("Units in hidden layer 2; 0 leaves the layer out")
    units.fill("0")
    units.press("Tab")
    assert toy.locator(".ll-readout strong").nth(2).inner_text() == str(2 * 32 + 32 + 32 + 1)
    line = "(toy) => getComputedStyle(toy.querySelector('.ll-boundary-line')).stroke"
    light = toy.evaluate(line)
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert toy.evaluate(line) != light


@pytest.fixture
def cell(
    browser: Any, address: str, site: Path, pages: list[str]
) -> Iterator[tuple[Any, Any, Visit]]:
    """Open the first autodiff cell of the book."""
    name = page_with(site, pages, 'data-live="autodiff"')
    with opened(browser, address, name) as (tab, visit):
        yield tab, tab.locator(".ll-autodiff").first, visit
        assert (visit.errors, visit.outside, visit.missing) == ([], [], [])


def settled(tab: Any, toy: Any) -> str:
    """Wait until the cell has run, and return its status."""
    tab.wait_for_function(
        "(toy) => toy.getAttribute('aria-busy') === 'false'",
        arg=toy.element_handle(),
        timeout=120000,
    )
    return toy.locator("[role=status]").inner_text()


def test_python_loads_on_click_and_differentiates(cell: tuple[Any, Any, Visit]) -> None:
    """Gradient: nothing is loaded before Run; then d tanh(0.1)/dw1 = 1 - tanh²(0.1) is printed."""
    tab, toy, visit = cell
    tab.wait_for_timeout(300)
    assert [url for url in visit.requests if "pyodide" in url or "_python" in url] == []
    editor = toy.get_by_role("textbox")
    editor.fill(
        "from lineart_lib.autodiff import Node\n"
        "w, x = Node(0.1, 'w'), Node(1.0, 'x')\nz = (w * x).tanh()\nz.backward()\n"
        "print(f'{w.grad:.6f}')\nz\n"
    )
    toy.get_by_role("button", name="Run", exact=True).click()
    assert settled(tab, toy) == "Done."
    assert toy.locator(".ll-output").inner_text().strip() == "0.990066"
    graph = toy.locator(".ll-graph svg")
    assert graph.locator("g.node").count() == 4
    ink = "(svg) => getComputedStyle(svg.querySelector('text')).fill"
    light = graph.evaluate(ink)
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert graph.evaluate(ink) != light

    editor.fill("print('before')\n1 / 0\n")
    editor.press("Control+Enter")
    assert settled(tab, toy) == "That did not work."
    assert "ZeroDivisionError" in toy.get_by_role("alert").inner_text()
    assert "line 2" in toy.get_by_role("alert").inner_text()
    assert "before" in toy.locator(".ll-output").inner_text()

    editor.fill("while True:\n    pass\n")
    toy.get_by_role("button", name="Run", exact=True).click()
    toy.get_by_role("button", name="Stop").click()
    assert "Stopped" in settled(tab, toy)

    editor.fill("6 * 7\n")
    toy.get_by_role("button", name="Run", exact=True).click()
    assert settled(tab, toy) == "Done."
    assert toy.locator(".ll-output").inner_text().strip() == "42"


def test_the_editor_can_be_left_by_keyboard(cell: tuple[Any, Any, Visit]) -> None:
    """Property: Tab indents, Shift + Tab takes it back, Escape and Tab move the focus on."""
    tab, toy, _ = cell
    editor = toy.get_by_role("textbox")
    editor.fill("")
    editor.focus()
    tab.keyboard.press("Tab")
    assert editor.input_value() == "    "
    tab.keyboard.press("Shift+Tab")
    assert editor.input_value() == ""
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    assert toy.get_by_role("button", name="Run", exact=True).evaluate(
        "(b) => b === document.activeElement"
    )


def test_the_cell_says_where_it_can_run(
    browser: Any, site: Path, pages: list[str], tmp_path: Path
) -> None:
    """Property: opened as a file, or outside the site, the cell names the way to run it."""
    name = page_with(site, pages, 'data-live="autodiff"')
    with opened(browser, site.as_uri() + "/", name) as (tab, visit):
        toy = tab.locator(".ll-autodiff").first
        toy.get_by_role("button", name="Run", exact=True).click()
        assert "make serve" in toy.get_by_role("alert").inner_text()
        assert not any("pyodide" in url for url in visit.requests)
    toy_alone = live_page.inline("autodiff", {})
    (tmp_path / "lab.html").write_text(f"<!doctype html><title>x</title>{toy_alone}", "utf-8")
    with served(tmp_path) as base, opened(browser, base, "lab.html") as (tab, _):
        tab.get_by_role("button", name="Run", exact=True).click()
        assert "notebook" in tab.get_by_role("alert").inner_text()


@contextlib.contextmanager
def toy_alone(browser: Any, folder: Path, name: str) -> Iterator[tuple[Any, Any]]:
    """Open a toy on a page of its own; nothing it does may log an error."""
    head = "<!doctype html><html lang=en><meta charset=utf-8><title>toy</title><body>"
    html = head + live_page.inline(name, {})
    (folder / "toy.html").write_text(html, "utf-8")
    with (
        served(folder) as base,
        opened(browser, base, "toy.html", reduced_motion="reduce") as (tab, visit),
    ):
        yield tab, tab.locator(".lineart-live")
        assert [error for error in visit.errors if "404" not in error] == []


@pytest.mark.parametrize("name", ["diffusion-1d", "diffusion-2d"])
def test_diffusion_moves_through_time(browser: Any, tmp_path: Path, name: str) -> None:
    """Property: the slider of time shows the first step, the last, and one on the way."""
    with toy_alone(browser, tmp_path, name) as (_, toy):
        time, clock = toy.get_by_label("Time"), toy.locator(".ll-clock")
        time.press("Home")
        assert clock.inner_text().startswith("step 0 of")
        for _ in range(40):  # Of a thousand stops.
            time.press("ArrowRight")
        assert re.match("step [1-9]", clock.inner_text())
        time.press("End")
        total = clock.inner_text().split()[-1]
        assert clock.inner_text() == f"step {total} of {total}"
        toy.get_by_role("button", name="Play").click()
        toy.get_by_role("button", name="Pause").click()
        assert toy.get_by_role("button", name="Play").count() == 1


def test_plane_takes_points_and_gives_them_back(browser: Any, tmp_path: Path) -> None:
    """Property: clicks and keys add points to the cloud, button and key take them back."""
    with toy_alone(browser, tmp_path, "diffusion-2d") as (_, toy):
        picture = toy.get_by_role("application")
        undo = toy.get_by_role("button", name="Undo point")

        def points() -> int:
            return int(re.search(r"(\d+) points", picture.get_attribute("aria-label")).group(1))

        first = points()
        assert undo.is_disabled()
        picture.click(position={"x": 40, "y": 40})
        picture.press("Control+ArrowLeft")
        picture.press("Enter")
        assert points() == first + 2
        picture.press("Delete")
        undo.click()
        assert points() == first
        picture.press("ArrowUp")
        assert "ring at 1.2, -0.3" in picture.get_attribute("aria-label")


def test_the_game_plays_and_begins_anew(browser: Any, tmp_path: Path) -> None:
    """Property: ten steps at a time, or on and on; another loss, seed or ring starts again."""
    with toy_alone(browser, tmp_path, "mode-collapse") as (tab, toy):
        clock = toy.locator(".ll-clock")
        toy.get_by_role("button", name="10 steps").click()
        assert clock.inner_text() == "step 10"
        toy.get_by_role("button", name="Play").click()
        tab.wait_for_function("(c) => +c.textContent.slice(5) > 10", arg=clock.element_handle())
        toy.get_by_role("button", name="Pause").click()
        toy.get_by_label("Modes", exact=True).press("ArrowLeft")
        assert clock.inner_text() == "step 0"
        assert "of 7" in toy.locator(".ll-readout").inner_text()


def test_attention_is_read_by_keyboard(browser: Any, tmp_path: Path) -> None:
    """Property: arrows walk from the class token through the patches, and one is pressed."""
    with toy_alone(browser, tmp_path, "attention-map") as (tab, toy):
        chosen = toy.locator(".ll-patch[aria-pressed=true]")
        chosen.focus()
        for key, label in (
            ("ArrowDown", "Patch in row 1, column 1"),
            ("ArrowRight", "Patch in row 1, column 2"),
            ("End", "Patch in row 4, column 4"),
            ("Home", "Class token"),
        ):
            tab.keyboard.press(key)
            assert chosen.count() == 1
            assert chosen.get_attribute("aria-label").startswith(label)
            assert chosen.evaluate("(b) => b === document.activeElement")


def test_xdog_draws_by_keyboard_and_mouse(browser: Any, tmp_path: Path) -> None:
    """Property: arrow and drag move one number, the ink changes, the button brings all back."""
    with toy_alone(browser, tmp_path, "xdog") as (tab, toy):
        ink = toy.locator(".ll-readout strong").first
        before = ink.inner_text()
        level = toy.get_by_label("ε, level", exact=True)
        level.focus()
        for _ in range(12):
            tab.keyboard.press("ArrowRight")
        assert level.get_attribute("aria-valuetext") == "0.02"
        assert ink.inner_text() != before
        toy.get_by_role("button", name="The dissertation's").click()
        assert level.get_attribute("aria-valuetext") == "−0.10"
        assert ink.inner_text() == before
        box = level.bounding_box()
        middle = box["y"] + box["height"] / 2
        tab.mouse.move(box["x"] + box["width"] / 2, middle)
        tab.mouse.down()
        tab.mouse.move(box["x"] + box["width"], middle, steps=4)
        tab.mouse.up()
        assert level.get_attribute("aria-valuetext") == "0.30"
        assert ink.inner_text() != before
        toy.get_by_role("button", name="The dissertation's").click()
        assert ink.inner_text() == before
        colours = "(c) => [...new Set(c.getContext('2d').getImageData(0, 0, 128, 128).data)].length"
        assert toy.locator("canvas").last.evaluate(colours) == 2  # Ink and paper, steep.


@pytest.mark.parametrize("name", sorted(live_page.TOYS))
@pytest.mark.parametrize("width", [320, 760])
def test_toys_fit(browser: Any, tmp_path: Path, name: str, width: int) -> None:
    """Property: two toys of a kind share a page, whatever its width, with ids of their own."""
    toys = live_page.inline(name, {}) + live_page.inline(name, {})
    html = "<!doctype html><html lang=en><meta name=viewport content='width=device-width'>"
    (tmp_path / "toys.html").write_text(f"{html}<title>toys</title><body>{toys}", "utf-8")
    size = {"width": width, "height": 700}
    with (
        served(tmp_path) as base,
        opened(browser, base, "toys.html", viewport=size, color_scheme="dark") as (tab, visit),
    ):
        found = tab.evaluate(LOOK)
        assert tab.locator(".lineart-live").count() == 2
        assert (found["wide"], found["twins"], found["nameless"]) == (0, [], [])
        assert [error for error in visit.errors if "404" not in error] == []
