"""Drawings of the colorizers hold every stage and every way that they are given."""

from xml.etree import ElementTree

import pytest

from lineart_lib.press.colorizers import Maps, Station, draw_flow, draw_unet

DOWN = [Maps(8, 64), Maps(16, 32), Maps(32, 16)]
UP = [Maps(8, 64, "3 blocks"), Maps(3, 64)]
SVG = "{http://www.w3.org/2000/svg}"


def count(drawing, tag):
    """Count the elements of a kind."""
    return len(ElementTree.fromstring(drawing).findall(f".//{SVG}{tag}"))


def test_each_stage_is_a_box():
    """Property: encoder, code, and the decoders without the picture; a second decoder adds its."""
    words = {"entry": "lines", "beside": {1: "hints"}}
    one = draw_unet(DOWN, Maps(16, 32), [UP], leaves=["picture"], **words)
    two = draw_unet(DOWN, Maps(16, 32), [UP, UP], leaves=["picture", "flats"], **words)
    assert count(one, "rect") == 3 + 1 + 1
    assert count(two, "rect") == 3 + 1 + 2
    width = [float(ElementTree.fromstring(d).get("width")[:-2]) for d in (one, two)]
    assert width[1] > width[0]


def test_each_way_touches_both_boxes():
    """Property: an arrow for each way; it begins and ends at the borders of its boxes, the one to a
    loss is dashed."""
    stations = {
        "a": Station("x", (60, 50), "data"),
        "b": Station("net", (260, 50), "net", "paints"),
        "c": Station("loss", (260, 150), "loss"),
    }
    drawn = draw_flow(stations, [("a", "b"), ("b", "c", "of it")], (320, 190))
    root = ElementTree.fromstring(drawn)
    shafts = [e.get("d") for e in root.iter(f"{SVG}path") if e.get("stroke-linecap") == "round"]
    assert len(shafts) == 2
    assert shafts[0].startswith("M104.0,50.0")  # Half a box is 44 wide.
    assert shafts[1].startswith("M260.0,72.0")  # And 22 high.
    dashed = [e for e in root.iter(f"{SVG}path") if e.get("stroke-dasharray")]
    assert len(dashed) == 1
    assert count(drawn, "rect") == 3


def test_a_way_to_nowhere_is_named():
    """Error: a station that is not there, a kind without a colour."""
    with pytest.raises(ValueError, match="no station"):
        draw_flow({"a": Station("x", (0, 0), "data")}, [("a", "b")], (10, 10))
    with pytest.raises(ValueError, match="no kind"):
        draw_flow({"a": Station("x", (0, 0), "toy")}, [], (10, 10))
