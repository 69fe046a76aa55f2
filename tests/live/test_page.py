"""The HTML form of the toys: what it holds, and what it refuses."""

from __future__ import annotations

import json
import re

import pytest

from lineart_lib.live import page


@pytest.mark.parametrize("name", sorted(page.TOYS))
def test_the_html_form_is_a_div_and_one_module(name: str) -> None:
    """Property: one div, one module script that ends once, and no export or import in it."""
    html = page.inline(name, {})
    assert html.count('<div class="lineart-live-place"') == 1
    assert html.count("<script") == 1
    assert html.count("</script") == 1
    assert html.rstrip().endswith("</script>")
    script = html.split('<script type="module">')[1].split("</script>")[0]
    assert not re.search(r"^export\b", script, re.MULTILINE)
    assert script.count("const liveToy =") == 1
    assert "<!--" not in script


def test_ids_are_unique() -> None:
    """Property: two toys of one kind on a page never share an id."""
    forms = [page.inline("optimizer-playground", {}) for _ in range(3)]
    ids = [re.search(r'id="([^"]+)"', form).group(1) for form in forms]
    assert len(set(ids)) == 3
    for form, identifier in zip(forms, ids, strict=True):
        assert f'const liveId = "{identifier}"' in form


def test_the_state_survives_the_page() -> None:
    """Round trip: the state that goes in is the state that the script holds."""
    state = {"code": "print('</script><!-- & \u2028 é')"}
    html = page.inline("autodiff", state)
    assert html.count("</script") == 1
    held = re.search(r"^const liveState = (.*);$", html, re.MULTILINE).group(1)
    assert json.loads(held) == {**state, "files": page.autodiff_files()}


def test_the_autodiff_cell_loads_what_the_room_holds() -> None:
    """Equivalence: the files named in the state are the modules of lineart_lib/autodiff."""
    room = page.FOLDER.parent
    for name in page.autodiff_files():
        assert (room.parent / name).is_file()
    assert "lineart_lib/autodiff/engine.py" in page.autodiff_files()
    assert "lineart_lib/autodiff/__init__.py" in page.autodiff_files()


@pytest.mark.parametrize(
    "code",
    [
        'import x from "./x.js";\nexport default { x };',
        'import { a,\n b } from "y";\nexport default {};',
        'import * as d3 from "d3";\nexport default {};',
        'import "side-effect";\nexport default {};',
    ],
)
def test_import_statements_are_refused(code: str) -> None:
    """Property: whatever form a static import takes, the error names it and its line."""
    with pytest.raises(ValueError, match=r"line 1 is an import statement"):
        page.constant_module(code, "toy")


def test_import_on_demand_and_python_text_are_allowed() -> None:
    """Property: import(...) and Python's import inside a string are no import statements."""
    code = "const p = `\nimport math\n`;\nconst q = () =>\n  import(p);\nexport default { q };\n"
    assert page.constant_module(code, "toy").endswith("const toy = { q };\n")


@pytest.mark.parametrize(
    "code",
    [
        "const a = 1;",
        "export const a = 1;\nexport default { a };",
        "export { a };",
        "export default { a };\nexport default { b };",
    ],
)
def test_other_exports_are_refused(code: str) -> None:
    """Property: a module has exactly one export, the default one."""
    with pytest.raises(ValueError, match="exactly one export"):
        page.constant_module(code, "toy")


def test_code_cannot_end_its_script() -> None:
    """Property: no spelling of an end tag or comment opener stays in escaped code."""
    escaped = page.escape_script('const a = "</script>", b = `</ScRiPt >`, c = "<!--<script>";')
    assert "<" not in escaped
    assert escaped.count(r"\x3c") == 4


@pytest.mark.parametrize(
    ("name", "state", "message"),
    [
        ("optimizer-playground", {"lr": 1}, "knows no 'lr'"),
        ("decision-boundary", {"seed": float("nan")}, "must be JSON"),
        ("autodiff", {"code": object()}, "must be JSON"),
    ],
)
def test_wrong_states_are_refused(name: str, state: dict, message: str) -> None:
    """Property: a typing error in a state is named, never ignored."""
    with pytest.raises(ValueError, match=message):
        page.inline(name, state)


def test_unknown_toys_are_refused() -> None:
    """Property: the error lists the toys that exist."""
    with pytest.raises(LookupError, match="attention-map, autodiff, decision-boundary"):
        page.inline("tetris", {})


def test_every_key_that_python_offers_is_read_by_the_toy() -> None:
    """Property: no key of a state is dead: the module asks its model for each of them."""
    for name, keys in page.TOYS.items():
        for key in keys:
            assert f'"{key}"' in page.source(name), f"{name} never reads {key}"


def test_colours_of_the_toys_are_those_of_the_figures() -> None:
    """Equivalence: a series has one colour in figures and toys, legible on both papers."""
    from lineart_lib.press.style import INK, PALETTE, PAPERS, contrast

    style = page.STYLE.read_text(encoding="utf-8")
    found = dict(re.findall(r"--ll-(\w+): (#[0-9a-f]{6});", style))
    for name in ("blue", "orange", "green", "red", "purple", "teal"):
        assert found[name] == PALETTE[name]
    assert contrast(found["act"], "#ffffff") >= 4.5  # White text on the main button.
    assert f"--ll-plain-ink: {INK}" in style
    assert f"--ll-plain-paper: {PAPERS['dark']}" in style


def test_text_of_the_book_has_contrast() -> None:
    """Property: ink, muted text and links have at least 4.5:1 on paper and panel, both themes."""
    from lineart_lib.press.style import contrast

    style = (page.FOLDER.parents[1] / "book" / "_static" / "book.css").read_text(encoding="utf-8")
    themes = re.findall(r"^html(?:\[data-theme=\"dark\"\])? \{\n(.*?)\n\}", style, re.M | re.S)[:2]
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--lineart-(\w+): (#[0-9a-f]{6});", theme))
        for text in ("ink", "muted", "accent"):
            for ground in ("paper", "panel"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["edge"], colours["paper"]) >= 3.0
