"""The CNN: the written sums, torch's own initialization, what a unit can see, learning."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d, relu

from lineart_lib.models.cnn import (
    ConvNet,
    ReceptiveField,
    convolution,
    receptive_fields,
    windows,
)
from lineart_lib.models.mlp import mlp, parameter_count
from lineart_lib.runtime import generator


def test_the_network_is_about_as_large_as_the_mlp():
    """Equivalence: layer by layer the closed form, and within 1 % of the MLP of the book."""
    by_layer = [
        (1 * 25 + 1) * 16,
        (16 * 25 + 1) * 32,
        (32 * 4 * 4 + 1) * 160,
        (160 + 1) * 128,
        (128 + 1) * 10,
    ]
    count = parameter_count(ConvNet())
    assert count == sum(by_layer) == 117_226
    assert count == pytest.approx(parameter_count(mlp((784, 128, 128, 10))), rel=0.01)


def loops(images, weight, bias):
    """Slide every kernel over every picture, with nothing but sums (NumPy, float64)."""
    outputs, _, kernel, _ = weight.shape
    side = images.shape[-1] - kernel + 1
    out = np.zeros((len(images), outputs, side, side))
    for row in range(side):
        for column in range(side):
            window = images[:, None, :, row : row + kernel, column : column + kernel]
            out[:, :, row, column] = (window * weight).sum(axis=(2, 3, 4)) + bias
    return out


def pooled(maps):
    """Keep the largest of each 2 × 2 block."""
    return np.maximum.reduce([maps[..., i::2, j::2] for i in range(2) for j in range(2)])


def test_the_network_is_the_written_sums():
    """Equivalence: sliding sums, block maxima and matrix products in NumPy give the logits."""
    model = ConvNet((3, 4), (6, 5), generator=generator(0)).double()
    images = np.random.default_rng(0).random((2, 1, 28, 28))
    maps = images
    for layer in (m for m in model.convolutions if isinstance(m, nn.Conv2d)):
        maps = np.maximum(
            pooled(loops(maps, layer.weight.detach().numpy(), layer.bias.detach().numpy())), 0
        )
    out = maps.reshape(2, -1)
    dense = [m for m in model.head if isinstance(m, nn.Linear)]
    for layer in dense[:-1]:
        out = np.maximum(out @ layer.weight.detach().numpy().T + layer.bias.detach().numpy(), 0)
    features = out
    out = out @ dense[-1].weight.detach().numpy().T + dense[-1].bias.detach().numpy()
    x = torch.tensor(images)
    # float64: sums of at most a hundred numbers near 1 round to about 1e-14.
    np.testing.assert_allclose(model.features(x).detach().numpy(), features, atol=1e-12)
    np.testing.assert_allclose(model(x).detach().numpy(), out, atol=1e-12)


def test_pooling_before_relu_is_pooling_after_it():
    """Equivalence: ReLU never changes an order, so the maximum may be taken first, bit for bit."""
    maps = torch.randn(3, 4, 12, 12, generator=generator(0))
    assert torch.equal(relu(max_pool2d(maps, 2)), max_pool2d(relu(maps), 2))


def test_initial_weights_are_those_of_torch():
    """Equivalence: from the same seed, the weights are those that `nn.Conv2d` draws."""
    torch.manual_seed(7)
    reference = nn.Conv2d(3, 4, 5)
    ours = convolution(3, 4, 5, generator(7))
    # torch's bound is sqrt(3) · sqrt(1/3) / sqrt(inputs): the same number but for rounding.
    torch.testing.assert_close(ours.weight, reference.weight, rtol=1e-6, atol=0)
    torch.testing.assert_close(ours.bias, reference.bias, rtol=1e-6, atol=0)


def test_a_generator_leaves_the_global_one_alone():
    """Property: building a seeded network neither reads nor moves torch's global generator."""
    before = torch.get_rng_state()
    first, again = (ConvNet(generator=generator(1)) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)
    )
    assert first.convolutions[0].weight.abs().max() <= 1 / math.sqrt(25)


def test_a_convolution_moves_with_its_input():
    """Property: a picture moved by two pixels moves the first maps by two, and pooled by one."""
    model = ConvNet(generator=generator(2)).double()
    image = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    image[..., 8:16, 8:16] = torch.rand(8, 8, dtype=torch.float64, generator=generator(3))
    maps, moved = (model.convolutions[:3](x) for x in (image, image.roll((2, 2), (2, 3))))
    # The same products in another place; only the order of additions may differ.
    torch.testing.assert_close(moved[..., 1:, 1:], maps[..., :-1, :-1], atol=1e-14, rtol=0)


def test_gradients_are_right():
    """Gradient: torch's gradcheck in float64, through convolution, pooling and dense layers."""
    model = ConvNet((2, 2), (3, 3), 2, generator=generator(4)).double()
    names, values = zip(*model.named_parameters(), strict=True)
    image = torch.rand(1, 1, 28, 28, dtype=torch.float64, generator=generator(5))

    def logits(*values):
        return torch.func.functional_call(model, dict(zip(names, values, strict=True)), (image,))

    # The fast mode compares one random projection of the Jacobian: a wrong entry shows in it.
    assert torch.autograd.gradcheck(logits, values, fast_mode=True)


def seen_from_one_unit(layers: list[tuple[int, int]]) -> tuple[int, int]:
    """Measure by backpropagation which input pixels one unit depends on, and its neighbour's."""
    side = receptive_fields(layers)[-1].size_px + receptive_fields(layers)[-1].jump_px
    line = torch.rand(1, 1, side, dtype=torch.float64, generator=generator(0), requires_grad=True)
    out = line
    for kernel, stride in layers:
        weight = torch.ones(1, 1, kernel, dtype=torch.float64)
        out = nn.functional.conv1d(out, weight, stride=stride)
    assert out.shape[-1] == 2
    first, second = (torch.autograd.grad(out[0, 0, i], line, retain_graph=True)[0] for i in (0, 1))
    return int((first != 0).sum()), int((second[0, 0] != 0).nonzero().min())


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 3)).filter(lambda layer: layer[0] >= layer[1]),
        min_size=1,
        max_size=4,
    )
)
def test_receptive_fields_are_what_backpropagation_sees(layers):
    """Equivalence: the recurrence gives the pixels that have a gradient, and their distance."""
    field = receptive_fields(layers)[-1]
    assert seen_from_one_unit(layers) == (field.size_px, field.jump_px)


def test_receptive_fields_of_the_network():
    """Equivalence: convolution and pooling, twice, as computed in the chapter."""
    assert windows(ConvNet()) == [(5, 1), (2, 2), (5, 1), (2, 2)]
    assert receptive_fields(windows(ConvNet())) == [
        ReceptiveField(5, 1),
        ReceptiveField(6, 2),
        ReceptiveField(14, 2),
        ReceptiveField(16, 4),
    ]


def test_one_batch_is_overfitted():
    """Learning: the network memorizes 16 noise pictures with random labels."""
    draw = generator(6)
    images = torch.rand(16, 1, 28, 28, generator=draw)
    labels = torch.randint(0, 10, (16,), generator=draw)
    model = ConvNet(generator=draw)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(50):
        loss = cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model(images).argmax(1) == labels).all()
    assert loss < 0.1


@pytest.mark.parametrize("shape", [(2, 784), (28, 28), (2, 3, 28, 28), (2, 1, 32, 32)])
def test_other_pictures_are_refused(shape):
    """Property: what is no batch of grey 28 × 28 pictures is refused, with the mend."""
    with pytest.raises(ValueError, match="reshape"):
        ConvNet(generator=generator(0))(torch.zeros(shape))


def test_sizes_that_make_no_network_are_refused():
    """Property: channels, kernels and strides below 1 are refused."""
    with pytest.raises(ValueError, match="channels"):
        ConvNet((0, 4))
    with pytest.raises(ValueError, match="kernel and stride"):
        receptive_fields([(3, 0)])
