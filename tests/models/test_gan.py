"""Generator and critic: shapes that follow from what they do, conditions that matter."""

import pytest
import torch

from lineart_lib.models.gan import Critic, Generator
from lineart_lib.runtime import generator


def half_box(n, side):
    """A mask of the left half of the canvas."""
    mask = torch.zeros(n, 1, side, side)
    mask[..., : side // 2] = 1
    return mask


@pytest.mark.parametrize("side", [8, 28, 32])
def test_pictures_have_the_side_and_the_range(side):
    """Property: whatever the noise, pictures lie in [-1, 1] and have the side that was asked."""
    model = Generator(side, latent=5, channels=3, rng=generator(0))
    made = model(50 * torch.randn(6, 5, generator=generator(1)))
    assert made.shape == (6, 1, side, side)
    assert made.abs().max() <= 1
    assert Critic(side, 3, rng=generator(0))(made).shape == (6,)


def test_score_of_a_picture_is_its_own():
    """Property: no picture changes the score of another, which the gradient penalty relies on."""
    critic = Critic(12, 4, classes=3, rng=generator(0)).double()
    x = torch.randn(5, 1, 12, 12, generator=generator(1), dtype=torch.float64)
    label = torch.tensor([0, 1, 2, 0, 1])
    alone = torch.cat([critic(x[i : i + 1], label=label[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(critic(x, label=label), alone)


def test_label_enters_as_a_projection():
    """Equivalence: with and without its label, a score differs by the written inner product."""
    critic = Critic(8, 2, classes=4, rng=generator(0)).double()
    x = torch.randn(4, 1, 8, 8, generator=generator(1), dtype=torch.float64)
    label = torch.arange(4)
    maps = critic.body(x)
    expected = critic.score(maps).squeeze(1) + (critic.label.weight[label] * maps).sum(1)
    torch.testing.assert_close(critic(x, label=label), expected)


def test_conditions_change_what_is_made_and_how_it_is_judged():
    """Property: the same noise under another label or mask gives another picture and score."""
    noise = torch.randn(3, 6, generator=generator(2))
    made = Generator(8, 6, 3, classes=4, rng=generator(0)).eval()
    label = torch.zeros(3, dtype=torch.long)
    assert not torch.equal(made(noise, label=label), made(noise, label=label + 1))
    made = Generator(8, 6, 3, box=True, rng=generator(0)).eval()
    left = half_box(3, 8)
    assert not torch.equal(made(noise, mask=left), made(noise, mask=1 - left))
    critic = Critic(8, 3, box=True, rng=generator(0))
    x = made(noise, mask=left)
    assert not torch.equal(critic(x, mask=left), critic(x, mask=1 - left))


def test_same_seed_same_weights():
    """Property: first weights come from the generator that is passed, and from no other."""
    before = torch.get_rng_state()
    first, again, other = (Generator(8, 4, 2, classes=3, rng=generator(s)) for s in (0, 0, 1))
    pairs = list(zip(first.parameters(), again.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first.paint.weight, other.paint.weight)
    assert torch.get_rng_state().shape == before.shape


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_missing_conditions_are_refused(kind):
    """Property: a condition too few or too many is named."""
    x = torch.zeros(2, 64) if kind is Generator else torch.zeros(2, 1, 28, 28)
    with pytest.raises(ValueError, match="takes a label; got none"):
        kind(classes=10)(x)
    with pytest.raises(ValueError, match="takes no mask; got one"):
        kind()(x, mask=torch.zeros(2, 1, 28, 28))
    with pytest.raises(ValueError, match="multiple of 4"):
        kind(30)
