"""PaintsTorch's networks: the paper's size, ranges, what they read, and that they learn."""

import pytest
import torch

from lineart_lib.models.blocks import parameters
from lineart_lib.models.hinted_unet import BOOK, PAPER, GeneratorSize
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.paintstorch import (
    BOOK_CRITIC,
    PAPER_CRITIC,
    ColourGenerator,
    Critic,
    CriticSize,
    LineGenerator,
)
from lineart_lib.runtime import generator

TINY = GeneratorSize(8, 6, ((1, 1), (1,), (2,), (1,)), (4, 4, 4, 4))
TINY_CRITIC = CriticSize(16, 6, 8, side=64)


def example(batch=2, side=64, features=6, seed=0):
    """Draw inputs with a prior, and features."""
    draw = generator(seed)
    lineart = 2 * torch.rand(batch, 1, side, side, generator=draw) - 1
    mask = (torch.rand(batch, 1, side // 4, side // 4, generator=draw) < 0.2).float()
    colour = 2 * torch.rand(batch, 3, side // 4, side // 4, generator=draw) - 1
    prior = 2 * torch.rand(batch, 3, side, side, generator=draw) - 1
    inputs = inputs_of(lineart, torch.cat([colour * mask, mask], dim=1), prior=prior)
    return inputs, torch.randn(batch, features, side // 16, side // 16, generator=draw)


def test_parameters_at_the_paper_and_the_book_size():
    """Property: the numbers that docstrings and book state."""
    with torch.device("meta"):
        counted = [
            parameters(model)
            for model in (
                ColourGenerator(PAPER),
                LineGenerator(PAPER),
                Critic(PAPER_CRITIC),
                ColourGenerator(BOOK),
                LineGenerator(BOOK),
                Critic(BOOK_CRITIC),
            )
        ]
    assert counted == [21_936_003, 21_935_425, 10_612_033, 1_057_899, 1_057_753, 454_681]


def test_shapes_at_the_paper_size():
    """Property: 512 × 512 in and out, a score for each picture; no number is computed."""
    with torch.device("meta"):
        inputs = inputs_of(torch.empty(2, 1, 512, 512), torch.empty(2, 4, 128, 128))
        features = torch.empty(2, 512, 32, 32)
        picture = ColourGenerator(PAPER)(inputs, features)
        assert picture.shape == (2, 3, 512, 512)
        assert LineGenerator(PAPER)(picture, inputs.hints, features).shape == (2, 1, 512, 512)
        assert Critic(PAPER_CRITIC)(picture, features).shape == (2,)


@pytest.mark.parametrize("size", [(64, 64), (32, 80)])
def test_pictures_are_in_range_at_any_size(size):
    """Property: whatever comes in, [-1, 1] and the lineart's size come out."""
    draw = generator(0)
    lineart = 100 * torch.randn(2, 1, *size, generator=draw)
    inputs = inputs_of(lineart, torch.ones(2, 4, *size))
    features = 100 * torch.randn(2, 6, size[0] // 16, size[1] // 16, generator=draw)
    picture = ColourGenerator(TINY, generator(0))(inputs, features)
    assert picture.shape == (2, 3, *size)
    assert picture.detach().abs().max() <= 1


def test_every_weight_gets_a_gradient():
    """Gradient: of both generators through the critic, without any that is zero throughout."""
    inputs, features = example()
    first, second = ColourGenerator(TINY, generator(0)), LineGenerator(TINY, generator(1))
    critic = Critic(TINY_CRITIC, generator(2))
    picture = first(inputs, features)
    (second(picture, inputs.hints, features).mean() + critic(picture, features).mean()).backward()
    for model in (first, second, critic):
        for name, weight in model.named_parameters():
            assert weight.grad is not None, name
            assert float(weight.grad.abs().sum()) > 0, name


def test_hints_and_features_are_read_and_the_prior_only_when_asked():
    """Property: each input changes the picture, the prior only that of a network made for one."""
    inputs, features = example()
    plain = ColourGenerator(TINY, generator(0))
    told = ColourGenerator(
        GeneratorSize(8, 6, TINY.dilations, TINY.groups, prior=True), generator(0)
    )
    before = plain(inputs, features)
    assert not torch.equal(plain(inputs._replace(hints=0 * inputs.hints), features), before)
    assert not torch.equal(plain(inputs, 0 * features), before)
    other = inputs._replace(prior=-inputs.prior)
    assert torch.equal(plain(other, features), before)
    assert not torch.equal(told(other, features), told(inputs, features))
    with pytest.raises(ValueError, match="reads a prior"):
        told(inputs._replace(prior=None), features)


def test_hints_may_be_given_at_full_size():
    """Equivalence: hints whose pixels are repeated are pooled to what they were."""
    inputs, features = example()
    model = ColourGenerator(TINY, generator(0))
    large = inputs.hints.repeat_interleave(4, 2).repeat_interleave(4, 3)
    # A mean of sixteen equal float32 numbers may differ in its last bit.
    torch.testing.assert_close(
        model(inputs._replace(hints=large), features), model(inputs, features)
    )


def test_the_score_of_a_picture_is_its_own():
    """Property: no picture changes the score of another, which the gradient penalty relies on."""
    draw = generator(4)
    critic = Critic(TINY_CRITIC, generator(0)).double()
    pictures = torch.randn(3, 3, 64, 64, generator=draw, dtype=torch.float64)
    features = torch.randn(3, 6, 4, 4, generator=draw, dtype=torch.float64)
    alone = torch.cat([critic(pictures[i : i + 1], features[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(critic(pictures, features), alone)


def test_one_batch_is_learned():
    """Learning: a tiny network paints one picture of two colours much better than at first."""
    inputs, features = example(1, 32)
    target = torch.ones(1, 3, 32, 32)
    target[..., :16] = torch.tensor([0.8, -0.5, -0.9])[:, None, None]
    model = ColourGenerator(TINY, generator(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        loss = (model(inputs, features) - target).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_same_seed_same_weights():
    """Property: first weights come from the generator that is passed."""
    first, again, other = (Critic(TINY_CRITIC, generator(seed)) for seed in (0, 0, 1))
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first.judge[0][0].weight, other.judge[0][0].weight)


def test_what_does_not_fit_is_named():
    """Error: features, sides and sizes that the networks do not take."""
    inputs, features = example()
    model, critic = ColourGenerator(TINY), Critic(TINY_CRITIC)
    with pytest.raises(ValueError, match="takes features"):
        model(inputs)
    with pytest.raises(ValueError, match="multiples of 16"):
        model(inputs_of(torch.zeros(1, 1, 24, 24), torch.zeros(1, 4, 6, 6)), features)
    with pytest.raises(ValueError, match="takes \\(B, 3, 64, 64\\)"):
        critic(torch.zeros(1, 3, 32, 32), features)
    with pytest.raises(ValueError, match="takes features"):
        critic(torch.zeros(2, 3, 64, 64))
    with pytest.raises(ValueError, match="power of two"):
        CriticSize(side=192)
    with pytest.raises(ValueError, match="four entries"):
        GeneratorSize(groups=(8, 8))
    with pytest.raises(ValueError, match="even"):
        GeneratorSize(width=7)
