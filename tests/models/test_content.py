"""Networks that compare pictures: the named layers, colour seen, gradients only to the picture."""

import pytest
import torch
from torch import nn

from lineart_lib import images
from lineart_lib.models.content import LineContent, VggContent, content_network
from lineart_lib.models.features import MEAN, STD, activations
from lineart_lib.models.line_features import LineFeatures, LineSize
from lineart_lib.runtime import generator

SIZE = LineSize((8, 8, 8, 16), words=2, parts=2)


def chain():
    """Build convolutions with VGG16's pattern of layers, small and with drawn weights."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(6, 6, 3, padding=1),
        nn.ReLU(inplace=True),
    )


def picture():
    """Draw pictures that ask for a gradient."""
    return (2 * torch.rand(2, 3, 16, 16, generator=generator(0)) - 1).requires_grad_()


def test_vgg_gives_the_named_activations():
    """Equivalence: those that the library's other function finds, of a standardised picture."""
    layers, given = chain(), picture()
    network = VggContent(layers, activations=(3, 1))
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (MEAN, STD))
    expected = activations(layers, (images.to_unit(given.detach()) - mean) / std)
    found = network(given)
    torch.testing.assert_close(found, [expected[0], expected[2]])
    assert network.name == "VGG16, activation 1, 3"
    sum(maps.mean() for maps in found).backward()
    assert float(given.grad.abs().sum()) > 0
    assert all(weight.grad is None for weight in network.parameters())


def test_only_the_layers_that_are_needed_are_kept():
    """Property: nothing is computed behind the last activation that is asked for."""
    assert len(VggContent(chain(), activations=(2,)).layers) == 5
    with pytest.raises(ValueError, match=r"1\.\.3"):
        VggContent(chain(), activations=(4,))


def test_f1_sees_each_channel_as_a_lineart():
    """Equivalence: the maps of one channel are F1's of that channel, and so colour is seen."""
    lines = LineFeatures(SIZE, generator(1))
    given = picture()
    network = LineContent(lines, stages=(1, 2))
    found = network(given)
    for stage in (0, 1):
        for channel in range(3):
            expected = lines.maps(given[:, channel : channel + 1])[stage]
            torch.testing.assert_close(found[stage][:, 8 * channel : 8 * channel + 8], expected)
    turned = given[:, [1, 2, 0]]  # other hues, the same three channels
    assert not torch.allclose(network(turned)[0], found[0])
    found[1].mean().backward()
    assert float(given.grad.abs().sum()) > 0
    assert all(weight.grad is None for weight in lines.parameters())
    beside = LineContent(lines, stages=(0, 2))
    assert torch.equal(beside(given)[0], given)
    torch.testing.assert_close(beside(given)[1], found[1])
    assert beside.name == "pixels and F1 by channel, stage 2"
    with pytest.raises(ValueError, match=r"0\.\.4"):
        LineContent(lines, stages=(5,))


def test_it_goes_where_the_pictures_are_and_f1_stays():
    """Property: a training on a GPU compares there, while F1 reads drawings where it was; torch's
    device without memory stands for the GPU."""
    lines = LineFeatures(SIZE, generator(1))
    given = torch.empty(1, 3, 16, 16, device="meta")
    for network in (LineContent(lines), VggContent(chain(), (2,))):
        assert network(given)[0].device == given.device
    assert next(lines.parameters()).device == torch.device("cpu")
    assert next(lines.parameters()).requires_grad


def test_f1_stands_in_where_vgg_cannot_be_had():
    """Property: the first source that answers is taken, else F1 and pixels; the name says which."""

    def away():
        raise OSError("no network")

    lines = LineFeatures(SIZE, generator(1))
    assert content_network(lines, [away]).name == "pixels and F1 by channel, stage 2"

    def there():
        return nn.Sequential(*chain(), nn.Conv2d(6, 2, 1), nn.ReLU())

    assert content_network(lines, [away, there]).name == "VGG16, activation 4"
