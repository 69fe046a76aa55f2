"""The inline form of a drawing: complete, confined, themed, harmless."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.press.style import FAINT, INK, PAPER
from lineart_lib.press.svg import VARIABLES, inline, parse

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SAMPLE = f"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
{HEAD} width="72pt" height="36pt" id="top" version="1.1">
<metadata>made today</metadata>
<style>.quiet, #glyph {{ stroke: {FAINT}; fill: url(#shade) }}</style>
<defs>
<path id="glyph" d="M0,0L1,1"/>
<linearGradient id="shade"><stop offset="0" stop-color="{INK.upper()}"/></linearGradient>
<clipPath id="clip"><rect width="3" height="3"/></clipPath>
</defs>
<g clip-path="url(#clip)" style="fill: {INK}; stroke:{PAPER}; opacity: 0.5">
<use xlink:href="#glyph"/><use href="#glyph" fill="{FAINT}" stroke="white"/>
</g>
<rect class="quiet" width="2" height="2" fill="url('#shade')" style="stroke: #1b1f2b"/>
</svg>"""


def without_variables(text: str) -> str:
    """Take the themed colours, whose fallbacks hold the plain ones, out of a text."""
    for variable in VARIABLES.values():
        text = text.replace(variable, "")
    return text


def references(text: str) -> set[str]:
    """List the ids that a text refers to."""
    found = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', text)
    return {one or other for one, other in found}


def test_all_ids_are_prefixed_and_all_references_resolve():
    """Property: after prefixing, every reference still leads to an element, and no id is bare."""
    themed = inline(SAMPLE, name="sample", alt="A sample.")
    ids = re.findall(r'\bid="([^"]+)"', themed)
    assert sorted(ids) == ["sample-clip", "sample-glyph", "sample-shade", "sample-svg"]
    assert references(themed) == {"sample-clip", "sample-glyph", "sample-shade"}


def test_no_theme_colour_stays_raw():
    """Property: INK, FAINT and PAPER are gone in attributes, styles and style sheets alike."""
    rest = without_variables(inline(SAMPLE, name="sample", alt="A sample.")).lower()
    for colour in (INK, FAINT, PAPER, '"white"'):
        assert colour not in rest
    assert "#1b1f2b" in rest  # A colour that is merely close is left alone.


def test_unset_and_black_fills_follow_the_theme():
    """Property: black, which Matplotlib leaves out as the default fill, becomes INK."""
    themed = inline(
        f'{HEAD} viewBox="0 0 2 2"><path d="M0,0" stroke="#000"/></svg>', name="a", alt="b"
    )
    assert f"fill:{VARIABLES[INK]}" in themed.split(">")[0]
    assert f"stroke: {VARIABLES[INK]}" in themed


def test_a_white_that_must_stay_white_stays():
    """Property: #fffffe is no theme colour."""
    drawn = f'{HEAD} viewBox="0 0 2 2"><path d="M0,0" fill="#fffffe"/></svg>'
    assert 'fill="#fffffe"' in inline(drawn, name="a", alt="b")


def test_style_rules_are_confined_to_the_drawing():
    """Property: each selector of a style sheet starts at the drawing's own root."""
    themed = inline(SAMPLE, name="sample", alt="A sample.")
    assert "#sample-svg .quiet, #sample-svg #sample-glyph {" in themed


def test_the_root_fits_a_page_and_speaks():
    """Property: one img with a label, as wide as the page allows, at most its own width."""
    themed = inline(SAMPLE, name="sample", alt='Less < more & "quoted".')
    root = ElementTree.fromstring(themed)
    assert themed.startswith("<svg")
    assert "<!DOCTYPE" not in themed
    assert "metadata" not in themed
    assert root.get("viewBox") == "0 0 96 48"  # 72 pt are 96 px.
    assert root.get("width") == "100%"
    assert root.get("height") is None
    assert "max-width:96px" in root.get("style")
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Less < more & "quoted".'


def test_two_drawings_share_no_id():
    """Property: the same drawing under two names can stand on one page."""
    ids = [
        set(re.findall(r'\bid="([^"]+)"', inline(SAMPLE, name=name, alt="x")))
        for name in ("a", "b")
    ]
    assert not ids[0] & ids[1]


@given(st.sets(st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,12}", fullmatch=True), min_size=1))
def test_any_set_of_ids_survives(ids: set[str]):
    """Property: whatever the ids are called, each reference reaches its own element."""
    shapes = "".join(f'<path id="{one}" d="M0,0"/><use href="#{one}"/>' for one in ids)
    themed = inline(f'{HEAD} viewBox="0 0 1 1">{shapes}</svg>', name="n", alt="x")
    root = ElementTree.fromstring(themed)
    drawn = list(root)
    assert len(drawn) == 2 * len(ids)
    for path, use in zip(drawn[::2], drawn[1::2], strict=True):
        assert use.get("href") == f"#{path.get('id')}"
    assert references(themed) == {f"n-{one}" for one in ids}


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<script>alert(1)</script>", "script"),
        ("<foreignObject/>", "foreignObject"),
        ('<path d="M0,0" onclick="x()"/>', "event handlers"),
        ('<a href="javascript:x()"/>', "outside itself"),
        ('<image href="https://example.org/a.png"/>', "outside itself"),
        ('<path d="M0,0" fill="url(https://example.org/#a)"/>', "outside itself"),
        ('<use href="#missing"/>', "#missing"),
        ('<path d="M0,0" fill="url(#missing)"/>', "#missing"),
        ("<style>@import 'x';</style>", "@-rule"),
    ],
)
def test_what_must_not_enter_a_page_is_refused(inside: str, message: str):
    """Property: code, outside content and dangling references are refused, and named."""
    with pytest.raises(ValueError, match=message):
        inline(f'{HEAD} viewBox="0 0 1 1">{inside}</svg>', name="n", alt="x")


@pytest.mark.parametrize(
    ("svg", "message"),
    [
        ("<svg", "well-formed"),
        ("<html/>", "root must be"),
        (f'{HEAD} width="100%"/>', "viewBox"),
    ],
)
def test_what_is_no_drawing_is_refused(svg: str, message: str):
    """Property: text that is not a sized SVG is refused with the reason."""
    with pytest.raises(ValueError, match=message):
        parse(svg)


def test_an_id_stands_once():
    """Property: of elements that share an id, as equal pictures do, only the first keeps it."""
    twice = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><g id="a"/><g id="a"/></svg>'
    assert inline(twice, name="twins", alt="Two groups.").count('id="twins-a"') == 1
