"""Safe SVG: what could reach outside or cost too much is refused; what passes draws as it says."""

import base64
import io
import random
import time

import numpy as np
import pytest
from PIL import Image

from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.drawing import draw, layers, on_white, repaint
from lineart_lib.recipe.svg import SvgLimits, read_svg


def svg(content: str, attributes: str = 'viewBox="0 0 10 10"') -> bytes:
    """Wrap content in an svg element."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f"{attributes}>{content}</svg>"
    ).encode()


def png_uri(side: int = 2) -> str:
    """Return a data address of a small red picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


HALVES = svg(
    '<g id="left" class="a"><rect width="5" height="10" fill="#ff0000"/></g>'
    '<g id="right" class="b c"><rect x="5" width="5" height="10" fill="#0000ff"/></g>'
)


def test_a_drawing_is_the_shapes_it_holds():
    """Equivalence: two half squares fill exactly the left and the right columns."""
    drawn = draw(read_svg(HALVES), 8)
    assert drawn.dtype == np.uint8
    assert (drawn[:, :4] == [255, 0, 0, 255]).all()
    assert (drawn[:, 4:] == [0, 0, 255, 255]).all()


@pytest.mark.parametrize(("names", "drawn"), [(["left"], 0), (["c"], 1), (["nobody"], None)])
def test_layers_are_drawn_alone(names, drawn):
    """Property: a group called by its id or class is drawn, and nothing else."""
    alpha = draw(layers(read_svg(HALVES), names), 8)[..., 3]
    expected = np.zeros((8, 8), np.uint8)
    if drawn is not None:
        expected[:, 4 * drawn : 4 * drawn + 4] = 255
    assert np.array_equal(alpha, expected)


def test_a_wide_drawing_is_centred():
    """Equivalence: twice as wide as high fills the middle half of the square."""
    wide = svg('<rect width="20" height="10" fill="lime"/>', 'viewBox="0 0 20 10"')
    alpha = draw(read_svg(wide), 8)[..., 3]
    assert (alpha[2:6] == 255).all()
    assert alpha.sum() == 255 * 32


def test_crisp_drawings_hold_only_the_colours_of_their_shapes():
    """Property: without anti-aliasing a circle is of one colour, even if the file asks for it."""
    circle = svg(
        '<circle cx="5" cy="5" r="4" fill="#123456"/>', 'viewBox="0 0 10 10" shape-rendering="auto"'
    )
    smooth, crisp = (draw(read_svg(circle), 33, crisp=crisp) for crisp in (False, True))
    assert np.unique(smooth[..., 3]).size > 2
    assert np.unique(crisp[..., 3]).tolist() == [0, 255]
    assert (crisp[crisp[..., 3] == 255] == [0x12, 0x34, 0x56, 255]).all()


def test_white_lies_under_transparency():
    """Equivalence: 40 % black on white is 153, an empty drawing is white."""
    assert on_white(np.array([[[0, 0, 0, 102]]], np.uint8)).tolist() == [[[153, 153, 153]]]
    assert (on_white(draw(read_svg(svg("")), 4)) == 255).all()


def test_repaint_knows_inherited_paint_and_opacity():
    """Equivalence: groups hand down their fill, and opacities multiply."""
    seen = []
    content = (
        '<g id="g" fill="#00ff00" opacity="0.5"><rect width="10" height="10" fill-opacity="50%"/>'
        '<path d="M0 0h9" fill="none" stroke="red"/></g><rect width="1" height="1"/>'
    )

    def paint(colour, group, opacity):
        seen.append((colour, group.get("id"), opacity))
        return "#0000ff" if colour == "#00ff00" else None

    drawn = draw(repaint(read_svg(svg(content)), paint), 4)
    assert seen == [("#00ff00", "g", 0.25), ("red", "g", 0.5), ("black", None, 1.0)]
    assert (drawn == [0, 0, 255, 255]).all()


def test_repaint_leaves_the_original_alone():
    """Property: a second drawing of the same tree is as before."""
    root = read_svg(HALVES)
    before = draw(root, 8)
    assert (draw(repaint(root, lambda *_: "black"), 8)[..., :3] == 0).all()
    assert np.array_equal(draw(root, 8), before)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<rect onload="x()"/>', "script"),
        ('<use href="javascript:x"/>', "script"),
        ("<foreignObject/>", "script"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>', "script"),
        ('<image href="http://localhost/a.png"/>', "external"),
        ('<image xlink:href="file:///etc/hostname"/>', "external"),
        ('<image href="/etc/hostname"/>', "external"),
        ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "external"),
        ('<use href="other.svg#part"/>', "external"),
        ('<rect fill="url(http://localhost/#a)"/>', "external"),
        ('<rect style="fill:url( other.svg#a )"/>', "external"),
        ('<rect style="fill:u\\72l(x)"/>', "external"),
        ('<rect fill="url(#a" />', "external"),
        ('<g xml:base="http://localhost/"/>', "external"),
        ("<style>@import 'x.css';</style>", "unsupported"),
        ("<text>words</text>", "unsupported"),
        ('<filter id="f"><feImage href="x.png"/></filter>', "unsupported"),
        ('<rect><animate attributeName="x"/></rect>', "unsupported"),
        ('<rect filter="blur(100000)"/>', "unsupported"),
        ('<rect style="filter:blur(100000px)"/>', "unsupported"),
        ('<image href="data:image/png;base64,AAAA"/>', "not_a_picture"),
        ('<image href="data:image/png;base64,%%"/>', "damaged"),
        ('<g id="a"><use href="#a"/></g>', "cycle"),
        ('<g id="a"><use href="#b"/></g><g id="b" mask="url(#a)"/>', "cycle"),
    ],
)
def test_what_is_not_safe_is_refused(content, reason):
    """Property: each way out of the file, and each thing a drawing does not need, has a reason."""
    with pytest.raises(RefusedError) as caught:
        read_svg(svg(content))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_svg"),
        (b"<svg", "not_svg"),
        (b"<html/>", "not_svg"),
        (b'<svg viewBox="0 0 1 1"/>', "not_svg"),
        (b"\xff\xfe<\x00s\x00", "not_svg"),
        (b'<!DOCTYPE svg SYSTEM "file:///etc/hostname">' + svg(""), "doctype"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + svg("&x;"), "doctype"),
        (b'<?xml-stylesheet href="http://localhost/a.css"?>' + svg(""), "external"),
        (b'<?xml version="1.0" encoding="nonsense"?>' + svg("\u00e9"), None),
    ],
)
def test_the_prolog_is_checked(data, reason):
    """Property: document types, entities and style sheets are refused; the encoding is UTF-8."""
    if reason is None:
        assert read_svg(data) is not None
        return
    with pytest.raises(RefusedError) as caught:
        read_svg(data)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("content", "limits", "reason"),
    [
        ("<g>" * 5 + "</g>" * 5, {"max_depth": 6}, "too_deep"),
        ("<g/>" * 5, {"max_elements": 6}, "too_many_elements"),
        ('<path d="12345"/>', {"max_attribute": 5}, "too_large"),
        ('<g id="a"><g/><g/></g><use href="#a"/>', {"max_drawn": 8}, "too_many_elements"),
        ('<g opacity=".5"/><g clip-path="url(#x)"/>', {"max_layers": 2}, "too_many_elements"),
        ('<path stroke-dasharray="1"/>', {"max_layers": 16}, "too_many_elements"),
        ('<path style="stroke-dasharray:1"/>', {"max_layers": 17}, "too_many_elements"),
    ],
)
def test_limits_hold_on_both_sides(content, limits, reason):
    """Property: at the limit a file passes; with a limit lower by one it is refused."""
    data = svg(content, 'viewBox="0"')
    read_svg(data, SvgLimits(**limits))
    tighter = {field: value - 1 for field, value in limits.items()}
    with pytest.raises(RefusedError) as caught:
        read_svg(data, SvgLimits(**tighter))
    assert caught.value.reason == reason


def test_references_that_multiply_are_refused():
    """Property: ten parts that each draw the next ten times, 10 billion shapes, cost nothing."""
    parts = "".join(f'<g id="p{n}">' + f'<use href="#p{n + 1}"/>' * 10 + "</g>" for n in range(10))
    start = time.perf_counter()
    with pytest.raises(RefusedError, match="too_many_elements"):
        read_svg(svg(parts))
    assert time.perf_counter() - start < 1.0


def test_limits_and_sizes_are_checked():
    """Property: a limit of 0, or a size outside 1 to 2048, is an error of the caller."""
    with pytest.raises(ValueError, match="max_depth must be at least 1; got 0"):
        SvgLimits(max_depth=0)
    for size in (0, 2049):
        with pytest.raises(ValueError, match="size_px must lie in 1 to 2048"):
            draw(read_svg(HALVES), size)


def test_an_embedded_raster_picture_is_drawn():
    """Property: a picture inside the file is allowed, and shows."""
    content = f'<image width="10" height="10" href="{png_uri()}"/>'
    assert (draw(read_svg(svg(content)), 4) == [255, 0, 0, 255]).all()


FRAGMENTS = (
    '<!DOCTYPE a [<!ENTITY x "y">]>',
    "&x;",
    "<script/>",
    '<image href="http://localhost/a"/>',
    '<use href="#a"/>',
    ' onload="x"',
    ' fill="url(#a)"',
    ' style="fill:url(x)"',
    ' transform="scale(1e308)"',
    ' stroke-width="-1e40" stroke="red"',
    ' viewBox="0 0 0 0"',
    ' r="NaN"',
    ' d="M1e39 1e-39A1 1 0 0 1 9 9z"',
    ' opacity="nan"',
    ' stroke-dasharray="0 0" stroke="red"',
    "</g>",
    "<g>",
    "\x00",
)


def mutated(data: bytes, draw_: random.Random) -> bytes:
    """Damage an SVG: bytes changed, cut or doubled, or something hostile put in."""
    damaged = bytearray(data)
    for _ in range(draw_.choice((1, 1, 2))):
        place = draw_.randrange(1, len(damaged))
        kind = draw_.randrange(5)
        if kind == 0:
            damaged[place] = draw_.randrange(256)
        elif kind == 1:
            del damaged[place : place + draw_.randint(1, 20)]
        elif kind == 2:
            damaged[place:place] = damaged[place : place + 40]
        else:
            fragment = draw_.choice(FRAGMENTS)
            sign = b" "[0] if fragment[0] == " " else b"<"[0]  # between attributes, or elements
            spots = [n for n, byte in enumerate(damaged) if n and byte == sign] or [place]
            damaged[(spot := draw_.choice(spots)) : spot] = fragment.encode()
    return bytes(damaged)


def test_mutated_files_are_drawn_or_refused():
    """Property: of 400 mutated files each is drawn or refused within 2 s, with a reason."""
    sources = [
        HALVES,
        svg(
            '<defs><linearGradient id="a"><stop stop-color="red"/></linearGradient>'
            '<clipPath id="c"><circle cx="5" cy="5" r="3"/></clipPath></defs>'
            '<g clip-path="url(#c)"><path d="M0 0C1 2 3 4 9 9z" fill="url(#a)"/></g>'
        ),
        svg(
            '<mask id="m" style="mask-type:alpha"><rect width="5" height="5"/></mask><g id="a" '
            'mask="url(#m)"><circle cx="5" cy="5" r="4"/></g><use href="#a" x="2" opacity=".5"/>'
        ),
        svg(
            f'<image width="9" height="9" href="{png_uri()}"/><polyline points="1,1 2,3 9,9" '
            'fill="none" stroke="#123" stroke-width="2" stroke-dasharray="1 2"/>'
        ),
    ]
    draw_ = random.Random(3)
    reasons = {"drawn": 0}
    for number in range(400):
        start = time.perf_counter()
        try:
            drawn = draw(read_svg(mutated(sources[number % 4], draw_)), 24)
            assert drawn.shape == (24, 24, 4)
            reasons["drawn"] += 1
        except RefusedError as error:
            reasons[error.reason] = reasons.get(error.reason, 0) + 1
        assert time.perf_counter() - start < 2.0
    assert sum(reasons.values()) == 400
    assert reasons["drawn"] > 40
    assert {"not_svg", "script", "external"} <= set(reasons)
