"""The drawn diagrams: their tools keep their promises, and each can enter a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.press import diagrams, fox, illustration
from lineart_lib.press.drawing import arrow, document, element, text, text_width
from lineart_lib.press.pencil import ink, sketch, smooth
from lineart_lib.press.style import INK
from lineart_lib.press.svg import inline

DRAWINGS = {
    "motivations_steps": illustration.motivations_steps,
    "core_nn_dataflow": diagrams.core_nn_dataflow,
    "core_nn_perceptron": diagrams.core_nn_perceptron,
    "core_nn_mlp": diagrams.core_nn_mlp,
}
POINTS = st.lists(
    st.tuples(st.integers(-100, 100), st.integers(-100, 100)), min_size=2, max_size=8, unique=True
)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_repeatable_and_fit_for_a_page(name: str):
    """Property: drawn twice it is the same text; inline, every id is unique and needs no font."""
    svg = DRAWINGS[name]()
    assert svg == DRAWINGS[name]()
    shown = inline(svg, name=name, alt="A drawing.")
    ids = re.findall(r'\bid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))
    assert "<text" not in shown
    assert "nan" not in svg


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_stays_on_its_sheet(name: str):
    """Property: no straight or curved outline in page coordinates leaves the view box."""
    root = ElementTree.fromstring(DRAWINGS[name]())
    width, height = (float(root.get(side).removesuffix("px")) for side in ("width", "height"))
    for shape in root:  # Groups at the top hold arrows; cards are moved and clipped.
        if shape.get("transform") or shape.tag.endswith(("clipPath", "defs")):
            continue
        for inner in shape.iter():
            if inner.get("transform") or "d" not in inner.attrib:
                continue
            numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", inner.get("d"))]
            assert all(0 <= x <= width for x in numbers[::2])
            assert all(0 <= y <= height for y in numbers[1::2])


def test_the_seed_moves_only_the_sketch():
    """Property: another seed gives another sketch; the other stages do not depend on it."""
    assert illustration.stage_sketch(0) == illustration.stage_sketch(0)
    assert illustration.stage_sketch(0) != illustration.stage_sketch(1)
    first, second = illustration.motivations_steps(0), illustration.motivations_steps(1)
    for stage in (
        illustration.stage_ink(),
        illustration.stage_colour(),
        illustration.stage_post(),
    ):
        assert stage in first
        assert stage in second


def test_every_part_of_the_fox_closes():
    """Property: in each part every stroke starts where the last one ended, round to the start."""
    for part in fox.PARTS:
        for before, after in zip(part.outline, part.outline[1:] + part.outline[:1], strict=True):
            assert before[-1] == pytest.approx(after[0]), part.name


@given(POINTS)
def test_a_smooth_stroke_passes_through_its_points(points: list[tuple[int, int]]):
    """Property: the spline interpolates: each point is one of its samples."""
    curve = smooth(points, steps=4)
    assert curve.shape == (4 * (len(points) - 1) + 1, 2)
    np.testing.assert_allclose(curve[::4], points, atol=1e-9)  # Rounding in float64 only.


def test_a_closed_stroke_visits_every_point_once():
    """Property: a closed curve has as many spans as points and does not repeat its start."""
    points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    curve = smooth(points, steps=3, closed=True)
    np.testing.assert_allclose(curve[::3], points, atol=1e-9)


def test_evenly_spaced_points_on_a_line_stay_on_it():
    """Equivalence: through points on a line the spline is that line."""
    curve = smooth([(0, 0), (2, 1), (4, 2), (6, 3)])
    np.testing.assert_allclose(curve[:, 1], curve[:, 0] / 2, atol=1e-9)


def test_a_stroke_needs_two_points():
    """Property: one point is refused with the count."""
    with pytest.raises(ValueError, match="at least two points; got 1"):
        smooth([(0, 0)])


def test_ink_is_thin_at_the_ends_and_full_between():
    """Property: a level stroke is as wide as asked in the middle, and thinner at its ends."""
    data = re.search(
        r'd="M([^"z]+)z', ink(smooth([(0, 0), (50, 0), (100, 0)]), width=4, colour="#000")
    )
    outline = np.array([pair.split(",") for pair in data[1].split()], dtype=float)
    middle = outline[np.abs(outline[:, 0] - 50) < 1e-6][:, 1]
    ends = outline[outline[:, 0] < 1e-6][:, 1]
    assert np.ptp(middle) == pytest.approx(4, abs=0.1)  # Coordinates are kept to a tenth.
    assert 0 < np.ptp(ends) < 0.6 * np.ptp(middle)


def test_a_sketch_stays_near_its_line():
    """Property: each try is another line, and none strays more than a few px at looseness 1."""
    curve = smooth([(0, 0), (50, 0), (100, 0)])
    drawn = sketch(curve, np.random.default_rng(0), passes=20, colour="#000")
    tries = re.findall(r' d="M([^"]+)"', drawn)
    assert len(set(tries)) == 20
    heights = [abs(float(pair.split(",")[1])) for one in tries for pair in one.split()]
    assert 0.2 < max(heights) < 8


def test_an_arrow_touches_what_it_points_at():
    """Property: the tip of the head is the end point, bent or straight."""
    for bend in (0.0, 0.3):
        head = re.findall(r'd="M([^"]+)z"', arrow((0, 0), (30, 40), bend=bend))[0]
        assert head.split()[0] == "30,40"


def test_text_is_placed_by_its_anchor():
    """Property: start, middle and end differ by half the measured width each."""
    width = text_width("weights $w_i$", size=12)
    left = [
        float(
            re.search(
                r"translate\((-?[\d.]+) 7\)", text("weights $w_i$", (100, 7), size=12, anchor=a)
            )[1]
        )
        for a in ("start", "middle", "end")
    ]
    assert left == pytest.approx([100, 100 - width / 2, 100 - width], abs=0.01)  # Two decimals.


def test_elements_escape_nothing_and_lose_nothing():
    """Equivalence: an element reads back with its attributes, None left out."""
    svg = document(3, 4, element("circle", r=1.5, stroke_width=2, fill=None, opacity=0.25))
    circle = ElementTree.fromstring(svg)[0]
    assert circle.attrib == {"r": "1.5", "stroke-width": "2", "opacity": "0.25"}


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_words_of_a_drawing_are_in_ink(name: str):
    """Property: small text needs 4.5:1 of contrast, so every word follows the theme's ink."""
    words = [
        path
        for path in ElementTree.fromstring(DRAWINGS[name]()).iter()
        if path.tag.endswith("path") and path.get("transform", "").startswith("translate")
    ]
    assert len(words) >= 4
    assert {path.get("fill") for path in words} == {INK}
