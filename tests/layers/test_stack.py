"""Layers blend as the W3C says, and what is no layer is refused."""

from dataclasses import replace

import numpy as np
import pytest

from lineart_lib.layers import Layer, Stack, flatten
from lineart_lib.layers.stack import Group, multiplied

BLENDS = {
    "normal": lambda below, above: above,
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: below + above - below * above,
}


def exact(stack):
    """Blend in float64 by the formulas of the W3C, sections 5.1, 10.1.2 and 10.1.3."""
    canvas = np.ones((stack.height, stack.width, 3))
    for layer in stack.layers():
        if layer.visible:
            rgba = layer.rgba / 255
            rows = slice(layer.top, layer.top + len(rgba))
            box = canvas[rows, layer.left : layer.left + rgba.shape[1]]
            alpha = rgba[..., 3:]
            box[:] = (1 - alpha) * box + alpha * BLENDS[layer.blend](box, rgba[..., :3])
    return 255 * canvas


def test_a_stack_is_blended_as_the_formulas_say(stack):
    """Equivalence: after six layers, each rounded once or twice, within three steps of 8 bits."""
    assert np.abs(flatten(stack) - exact(stack)).max() < 3


@pytest.mark.parametrize("blend", list(BLENDS))
def test_one_layer_is_rounded_to_the_nearest(blend):
    """Equivalence: every pair of bytes, opaque, to half a step."""
    below, above = (np.repeat(v[..., None], 3, -1) for v in np.mgrid[:256, :256].astype(np.uint8))
    opaque = np.full((256, 256, 1), 255, np.uint8)
    layers = [Layer("below", np.concatenate([below, opaque], -1))]
    layers.append(Layer("above", np.concatenate([above, opaque], -1), blend=blend))
    stack = Stack(256, 256, tuple(layers))
    assert np.abs(flatten(stack) - exact(stack)).max() <= 0.5 + 1e-9


def test_white_times_anything_is_that_thing():
    """Property: lines on white paper stay what they are, and full ink is full ink on any colour."""
    byte = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(multiplied(byte, np.full_like(byte, 255)), byte)
    assert (multiplied(byte, np.zeros_like(byte)) == 0).all()


def test_hidden_layers_are_no_part_of_the_picture(stack):
    """Property: the picture is the same without them."""
    shown = tuple(item for item in stack.items if getattr(item, "visible", True))
    assert len(shown) < len(stack.items)
    np.testing.assert_array_equal(flatten(replace(stack, items=shown)), flatten(stack))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda dot: Layer("a", dot[..., :3]), r"uint8 \(h, w, 4\)"),
        (lambda dot: Layer("a", dot[:0]), "not empty"),
        (lambda dot: Layer("a", dot / 255), "float64"),
        (lambda dot: Layer("a", dot, blend="add"), "multiply or screen; got 'add'"),
        (lambda dot: Layer("", dot), "1 to 255"),
        (lambda dot: Stack(0, 1, ()), "0 x 1"),
        (lambda dot: Stack(2, 2, (Layer("a", dot, left=2),)), "columns 2 to 3: it leaves"),
        (lambda dot: Stack(2, 2, (Layer("a", dot, top=-1),)), "rows -1 to 0"),
        (
            lambda dot: Stack(2, 2, (Group("g", (Layer("a", dot, blend="screen"),)),)),
            "'g' must blend normally",
        ),
    ],
)
def test_what_is_no_layer_is_refused(make, said):
    """Error: says what came."""
    with pytest.raises(ValueError, match=said):
        make(np.full((1, 1, 4), 9, np.uint8))
