"""The line extractor takes pictures of any size, and every weight of it can learn."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib import images
from lineart_lib.models.line_extractor import LineExtractor, extract_lines
from lineart_lib.runtime import generator


def pictures(*shape, seed=0):
    """Noise in [-1, 1]."""
    return 2 * torch.rand(*shape, generator=generator(seed)) - 1


@pytest.fixture(scope="module")
def model():
    """An untrained extractor with three sizes."""
    return LineExtractor((8, 8, 16), generator(1))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_any_size_gives_a_lineart_of_that_size(model, height, width, seed):
    """Property: shape, type and range of the contract, also for sides of one pixel."""
    picture = pictures(3, height, width, seed=seed).numpy()
    found = extract_lines(picture, model)
    images.check(found, "found", channels=1)
    assert found.shape == (1, height, width)
    assert found.dtype == np.float32


def test_what_is_padded_is_what_one_pads(model):
    """Equivalence: a picture made longer by its own edge, and cut, gives the same lines."""
    picture = pictures(2, 3, 13, 10)
    longer = torch.cat([picture, *[picture[:, :, -1:]] * 3], dim=2)
    longer = torch.cat([longer, *[longer[..., -1:]] * 2], dim=3)
    assert longer.shape == (2, 3, 16, 12)
    with torch.no_grad():
        torch.testing.assert_close(model(picture), model(longer)[..., :13, :10])


def test_lines_are_the_chance_of_ink(model):
    """Closed form: lineart = 1 - 2 sigmoid(logits)."""
    picture = pictures(1, 3, 8, 8)
    with torch.no_grad():
        expected = 1 - 2 * model.logits(picture).sigmoid()
        torch.testing.assert_close(model(picture), expected)


def test_the_gradient_reaches_every_weight():
    """Gradient: no weight is cut off from the loss."""
    model = LineExtractor((8, 16), generator(2))
    model.logits(pictures(2, 3, 10, 12)).square().mean().backward()
    dead = [name for name, w in model.named_parameters() if w.grad is None or not w.grad.any()]
    assert dead == []


def test_a_generator_decides_the_weights():
    """Property: equal states give equal weights, other states others, and torch's is untouched."""
    before = torch.random.get_rng_state()
    first, again, other = (
        LineExtractor((8,), generator(seed)).net.enter.weight for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 4, 8, 8), (1, 3, 0, 8)])
def test_other_shapes_are_named(model, shape):
    """Error: what came and what was expected."""
    with pytest.raises(ValueError, match=r"must be \(B, 3, H, W\)"):
        model(torch.zeros(shape))
