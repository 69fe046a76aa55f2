"""The palette can be read on both backgrounds, and the style reaches Matplotlib."""

from __future__ import annotations

import itertools

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineart_lib.press import style

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
# Machado, Oliveira and Fernandes, 2009, table of severity 1.0, for linear light.
DEFICIENCIES = {
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("paper", style.PAPERS.values(), ids=style.PAPERS)
@pytest.mark.parametrize("name", style.PALETTE)
def test_every_palette_colour_keeps_three_to_one(name: str, paper: str):
    """Property: each colour reaches WCAG's 3:1 for graphics on the light and dark background."""
    assert style.contrast(style.PALETTE[name], paper) >= 3


def test_ink_reads_as_text_on_light_paper():
    """Property: INK reaches WCAG's 7:1 for text on PAPER."""
    assert style.contrast(style.INK, style.PAPER) >= 7


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_matches_published_ratios(first: str, second: str, expected: float):
    """Equivalence: the ratio is that of published WCAG examples, to their two digits."""
    assert style.contrast(first, second) == pytest.approx(expected, abs=0.005)


@given(COLOURS, COLOURS)
def test_contrast_is_symmetric_and_bounded(first: str, second: str):
    """Property: contrast ignores the order, is 1 with itself and stays within [1, 21]."""
    ratio = style.contrast(first, second)
    assert ratio == style.contrast(second, first)
    assert 1 <= ratio <= 21.0001  # The weights of the channels sum to 1 up to rounding.
    assert style.contrast(first, first) == 1


def test_a_colour_by_name_is_refused():
    """Property: luminance takes #rrggbb only, and says so."""
    with pytest.raises(ValueError, match="#rrggbb"):
        style.luminance("teal")


def test_series_differ_by_more_than_colour():
    """Property: in the cycle no two series share a colour, nor a line style, nor a marker."""
    with matplotlib.rc_context():
        style.house_style()
        cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()
    assert len(cycle["color"]) == len(style.PALETTE)
    for property_values in (*cycle.values(), style.MARKERS):
        assert len(set(property_values)) == len(property_values) == len(style.PALETTE)


@pytest.mark.parametrize(("deficiency", "least"), [("protan", 10), ("deutan", 10), ("tritan", 8)])
def test_colour_blind_readers_tell_the_palette_apart(deficiency: str, least: float):
    """Property: in the simulation of Machado et al., every two colours differ by several steps.

    A difference of about 2.3 in CIELAB is just noticeable (Mahy et al., 1994).
    """
    seen = {name: _lab(DEFICIENCIES[deficiency] @ _linear(c)) for name, c in style.PALETTE.items()}
    for first, second in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) >= least, (first, second)


def _linear(colour: str) -> np.ndarray:
    """Decode sRGB to linear light in [0, 1]."""
    encoded = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    """Convert linear sRGB to CIELAB for a D65 white."""
    encoded = np.clip(linear, 0, 1)
    xyz = TO_XYZ @ encoded / np.array([0.95047, 1.0, 1.08883])
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_house_style_is_transparent_and_sets_text_as_paths():
    """Property: the page's background shines through, and no font is needed to read a figure."""
    with matplotlib.rc_context():
        style.house_style()
        for key in ("figure.facecolor", "axes.facecolor", "savefig.facecolor"):
            assert matplotlib.rcParams[key] == "none"
        assert matplotlib.rcParams["svg.fonttype"] == "path"
