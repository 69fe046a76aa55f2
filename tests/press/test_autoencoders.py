"""Drawings of autoencoders: readable on both papers, and a mark for every code."""

import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lineart_lib.press.autoencoders import (
    DIGIT_COLOURS,
    core_gai_autoencoder,
    core_gai_vae,
    map_codes,
)
from lineart_lib.press.style import INK, PAPERS, contrast


def test_digits_are_seen_on_both_papers_and_told_apart():
    """Property: ten different colours, with 3:1 of contrast on each paper (INK turns with it)."""
    assert len(set(DIGIT_COLOURS)) == 10
    for colour in set(DIGIT_COLOURS) - {INK}:
        assert min(contrast(colour, paper) for paper in PAPERS.values()) >= 3


def test_every_code_gets_one_mark_where_it_is():
    """Property: the marks of a map are the codes, each under its digit."""
    codes = np.random.default_rng(0).normal(size=(40, 2))
    labels = np.arange(40) % 10
    figure, axes = plt.subplots()
    map_codes(axes, codes, labels)
    drawn = [np.asarray(marks.get_offsets()) for marks in axes.collections]
    plt.close(figure)
    for digit, points in enumerate(drawn):
        np.testing.assert_array_equal(points, codes[labels == digit])


@pytest.mark.parametrize("draw", [core_gai_autoencoder, core_gai_vae])
def test_drawings_are_whole_documents(draw):
    """Property: a drawing is well-formed, always the same, and its boxes lie inside of it."""
    root = ElementTree.fromstring(draw())
    assert draw() == draw()
    _, _, width, height = (float(value) for value in root.get("viewBox").split())
    boxes = [node for node in root.iter() if node.tag.endswith("rect")]
    assert len(boxes) >= 6
    for node in boxes:
        x, y, across, down = (float(node.get(key)) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= x + across <= width
        assert 0 <= y <= y + down <= height


def test_codes_off_the_plane_are_refused():
    """Property: codes of three numbers, or labels too few, are named."""
    axes = None  # Refused before anything is drawn.
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        map_codes(axes, np.zeros((4, 3)), np.zeros(4))
    with pytest.raises(ValueError, match="3 labels"):
        map_codes(axes, np.zeros((4, 2)), np.zeros(3))
