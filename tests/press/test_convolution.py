"""Drawings of convolutions and graphs show the numbers that they were given."""

import re

import numpy as np
from matplotlib.patches import Rectangle

from lineart_lib.models.cnn import ConvNet
from lineart_lib.models.mlp import parameter_count
from lineart_lib.press.convolution import (
    draw_convolution,
    draw_kernels,
    draw_maps,
    draw_receptive_fields,
)
from lineart_lib.press.layers import core_nn_convnet, draw_operations
from lineart_lib.press.svg import inline

DRAW = np.random.default_rng(0)


def test_every_number_of_a_convolution_is_written():
    """Equivalence: the texts of the cells are the numbers of all grids, minus signs included."""
    image, kernel, out = DRAW.integers(0, 2, (6, 6)), DRAW.integers(-1, 2, (3, 3)), -np.eye(4)
    rest = [("stride 2", out[::2, ::2], (0, 1)), ("max-pooling", np.zeros((2, 2)), (1, 1))]
    (axes,) = draw_convolution(image, kernel, out, rest, at=(0, 1), block=((2, 2), 2)).axes
    written = sorted(t.get_text() for t in axes.texts if re.fullmatch(r"−?\d+", t.get_text()))
    grids = [image, kernel, out, *(values for _, values, _ in rest)]
    expected = sorted(f"{int(v)}".replace("-", "−") for grid in grids for v in grid.flat)
    assert written == expected
    frames = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_linewidth() > 2]
    assert next((f.get_x(), f.get_y(), f.get_width()) for f in frames) == (1, 0, 3)


def test_receptive_fields_have_their_size():
    """Equivalence: each panel holds a square of the field's side, and one moved by the jump."""
    figure = draw_receptive_fields(
        np.zeros((28, 28), np.uint8), [("a", 5, 1), ("b", 16, 4)], corner=(3, 2)
    )
    for axes, (size, jump) in zip(figure.axes, [(5, 1), (16, 4)], strict=True):
        neighbour, own = axes.patches
        assert own.get_width() == own.get_height() == neighbour.get_width() == size
        assert neighbour.get_x() - own.get_x() == jump
        assert own.get_xy() == (1.5, 2.5)


def test_maps_and_kernels_are_shown_as_they_are():
    """Equivalence: the first maps of each layer, in order; each kernel cell by its size."""
    maps = DRAW.random((10, 4, 4))
    figure = draw_maps(np.zeros((28, 28), np.uint8), [("one", maps), ("two", 2 * maps)], columns=8)
    shown = [axes.images[0].get_array() for axes in figure.axes[1:]]
    assert len(shown) == 16
    assert all(np.array_equal(a, b) for a, b in zip(shown[:8], maps, strict=False))
    kernels = DRAW.normal(size=(3, 2, 2))
    (axes,) = draw_kernels(kernels, columns=2).axes
    opacity = [patch.get_alpha() for patch in axes.patches if patch.get_fill()]
    most = np.abs(kernels).max((1, 2), keepdims=True)
    np.testing.assert_allclose(opacity, (np.abs(kernels) / most).ravel())


def test_the_diagram_has_the_sizes_of_the_network():
    """Equivalence: the numbers drawn under the layers add up to the network's parameters."""
    model = ConvNet()
    layers = [m for m in model.modules() if hasattr(m, "weight")]
    drawn = ["416", "12,832", "82,080", "20,608", "1,290"]
    assert [f"{parameter_count(layer):,}" for layer in layers] == drawn
    assert inline(core_nn_convnet(), name="net", alt="Boxes and arrows of a network.")


def test_a_graph_has_a_box_for_each_operation():
    """Property: the input and every operation get one rounded box, and weights one arrow each."""
    operations = [("conv2d", (1, 2, 3, 3), (2, 1, 2, 2)), *[("relu", (1, 2, 3, 3), None)] * 7]
    svg = draw_operations(operations, start=(1, 1, 4, 4), columns=4)
    assert svg.count('width="112" height="40"') == 9
    assert inline(svg, name="graph", alt="Boxes and arrows of a graph.")
