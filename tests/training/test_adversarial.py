"""The adversarial losses, the gradient of a gradient, and games that are learned."""

import math

import pytest
import torch
from torch.autograd import gradcheck
from torch.nn.functional import binary_cross_entropy_with_logits

from lineart_lib.models.gan import Critic, Generator
from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.adversarial import (
    NON_SATURATING,
    WASSERSTEIN,
    cross_entropy_critic,
    fit,
    gradient_penalty,
    interpolate,
    non_saturating_generator,
    sample,
    saturating_generator,
    wasserstein_critic,
    wasserstein_generator,
)
from lineart_lib.training.ring import MODES, centres, draw_ring, play_ring


def scores(seed, n=9):
    """Draw scores in float64 that ask for a gradient."""
    return torch.randn(n, generator=generator(seed), dtype=torch.float64).mul(3).requires_grad_()


def test_critic_loss_is_the_cross_entropy():
    """Equivalence: torch's binary cross-entropy with ones for real and zeros for made samples."""
    real, fake = scores(0), scores(1)
    expected = binary_cross_entropy_with_logits(
        real, torch.ones_like(real)
    ) + binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    torch.testing.assert_close(cross_entropy_critic(real, fake), expected)
    even = torch.zeros(4, dtype=torch.float64)
    assert cross_entropy_critic(even, even).item() == pytest.approx(2 * math.log(2))


def test_slopes_of_the_two_generator_losses():
    """Equivalence: their slopes by the score s are -σ(s) and -(1 - σ(s)), over the batch's size."""
    fake = scores(2)
    (flat,) = torch.autograd.grad(saturating_generator(fake), fake)
    (steep,) = torch.autograd.grad(non_saturating_generator(fake), fake)
    torch.testing.assert_close(flat, -fake.sigmoid() / len(fake))
    torch.testing.assert_close(steep, -(1 - fake.sigmoid()) / len(fake))
    sure = torch.tensor([-20.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(saturating_generator(sure), sure)[0].abs() < 1e-8
    assert torch.autograd.grad(non_saturating_generator(sure), sure)[0].abs() > 0.99


def test_wasserstein_losses_are_means():
    """Equivalence: the written differences of means."""
    real, fake = scores(3), scores(4)
    torch.testing.assert_close(wasserstein_critic(real, fake), fake.mean() - real.mean())
    torch.testing.assert_close(wasserstein_generator(fake), -fake.mean())


def test_interpolates_lie_between():
    """Property: the ends are the pair itself, and each coordinate lies between. A minus fails."""
    g = generator(5)
    real, fake = torch.randn(2, 6, 1, 4, 4, generator=g, dtype=torch.float64)
    alpha = torch.rand(6, generator=g, dtype=torch.float64)
    between = interpolate(real, fake, alpha)
    assert (between <= torch.maximum(real, fake) + 1e-12).all()
    assert (between >= torch.minimum(real, fake) - 1e-12).all()
    assert torch.equal(interpolate(real, fake, torch.ones_like(alpha)), real)
    assert torch.equal(interpolate(real, fake, torch.zeros_like(alpha)), fake)


def test_penalty_of_a_linear_critic_is_the_closed_form():
    """Equivalence: the slope of w·x is w wherever it is taken, so the penalty is (‖w‖ - 1)²."""
    w = torch.tensor([3.0, -4.0, 12.0], dtype=torch.float64, requires_grad=True)  # ‖w‖ = 13
    real, fake = torch.randn(2, 7, 3, generator=generator(0), dtype=torch.float64)
    alpha = torch.rand(7, generator=generator(1), dtype=torch.float64)
    penalty = gradient_penalty(lambda x: x @ w, real, fake, alpha)
    torch.testing.assert_close(penalty, torch.full((7,), 144.0, dtype=torch.float64))
    (slope,) = torch.autograd.grad(penalty.mean(), w)
    torch.testing.assert_close(slope, 2 * (13 - 1) * w / 13)


def test_penalty_has_the_right_gradient():
    """Gradient: the gradient of a gradient against finite differences, for a curved critic."""
    g = generator(2)
    real, fake = torch.randn(2, 5, 3, generator=g, dtype=torch.float64)
    alpha = torch.rand(5, generator=g, dtype=torch.float64)
    first = torch.randn(6, 3, generator=g, dtype=torch.float64, requires_grad=True)
    last = torch.randn(6, generator=g, dtype=torch.float64, requires_grad=True)

    def penalty(first, last):
        return gradient_penalty(lambda x: (x @ first.T).tanh() @ last, real, fake, alpha)

    assert gradcheck(penalty, (first, last))


def test_penalty_of_a_convolutional_critic_reaches_its_weights():
    """Gradient: a central difference along a random direction of all weights of the critic."""
    critic = Critic(8, 2, rng=generator(0)).double()
    g = generator(1)
    real, fake = torch.randn(2, 4, 1, 8, 8, generator=g, dtype=torch.float64)
    alpha = torch.rand(4, generator=g, dtype=torch.float64)
    weights = list(critic.parameters())
    way = [torch.randn(w.shape, generator=g, dtype=torch.float64) for w in weights]

    def penalty(t):
        with torch.no_grad():
            for w, d in zip(weights, way, strict=True):
                w += t * d
        value = gradient_penalty(critic, real, fake, alpha).mean()
        with torch.no_grad():
            for w, d in zip(weights, way, strict=True):
                w -= t * d
        return value.item()

    loss = gradient_penalty(critic, real, fake, alpha).mean()
    slopes = torch.autograd.grad(loss, weights, allow_unused=True)
    along = sum((s * d).sum() for s, d in zip(slopes, way, strict=True) if s is not None).item()
    reach = 1e-6  # Error of order reach² from curvature and 1e-16 / reach from rounding.
    assert along == pytest.approx((penalty(reach) - penalty(-reach)) / (2 * reach), rel=1e-5)


def test_stacked_games_have_penalties_of_their_own():
    """Equivalence: with two leading axes each row's penalty is that of the row alone."""
    critic = mlp((2, 8, 1), "tanh", generator(0)).double()
    real, fake = torch.randn(2, 3, 4, 2, generator=generator(1), dtype=torch.float64)
    alpha = torch.rand(3, 4, generator=generator(2), dtype=torch.float64)

    def score(x):
        return critic(x).squeeze(-1)

    together = gradient_penalty(score, real, fake, alpha)
    apart = torch.stack([gradient_penalty(score, real[i], fake[i], alpha[i]) for i in range(3)])
    torch.testing.assert_close(together, apart)


def stripes(n, rng):
    """Draw pictures whose left or right half is inked, by their label."""
    label = torch.randint(2, (n,), generator=rng)
    images = -torch.ones(n, 1, 8, 8)
    images[label == 0, :, :, :4] = 1
    images[label == 1, :, :, 4:] = 1
    return images, {"label": label}


@pytest.mark.parametrize("objective", [NON_SATURATING, WASSERSTEIN], ids=["plain", "wasserstein"])
def test_a_generator_learns_what_a_label_means(objective):
    """Learning: pictures under a label come nearer to those of the label than to the others."""
    made = Generator(8, 4, 4, classes=2, rng=generator(0))
    critic = Critic(8, 4, classes=2, rng=generator(1))
    history = fit(
        made,
        critic,
        stripes,
        objective,
        steps=150,
        batch_size=16,
        learning_rate=3e-3,
        rng=generator(2),
    )
    assert len(history) == 150
    assert all(math.isfinite(update.critic) for update in history)
    label = torch.arange(2).repeat(20)
    pictures = sample(made, torch.randn(40, 4, generator=generator(3)), label=label)
    left, right = pictures[..., :4].mean((1, 2, 3)), pictures[..., 4:].mean((1, 2, 3))
    assert (left - right)[label == 0].mean() > 0.5
    assert (right - left)[label == 1].mean() > 0.5


def test_same_seed_same_game():
    """Property: two trainings from the same seeds end with the same weights and history."""

    def play():
        made = Generator(8, 4, 2, classes=2, rng=generator(0))
        critic = Critic(8, 2, classes=2, rng=generator(1))
        settings = {"steps": 3, "batch_size": 4, "learning_rate": 1e-3, "rng": generator(2)}
        return fit(made, critic, stripes, WASSERSTEIN, **settings), made.paint.weight

    (first, weights), (again, same) = play(), play()
    assert first == again
    assert torch.equal(weights, same)


def test_ring_is_the_mixture_that_is_written():
    """Property: eight means on the unit circle, the written spread, all modes equally often."""
    points = draw_ring((4000,), generator(0))
    distance, mode = torch.cdist(points, centres()).min(1)
    # In two dimensions the mean square distance is twice the variance; 4,000 draws give 3 %.
    assert distance.square().mean().sqrt().item() == pytest.approx(0.05 * math.sqrt(2), rel=0.1)
    assert torch.bincount(mode, minlength=MODES).min() > 400
    torch.testing.assert_close(centres().norm(dim=1), torch.ones(MODES))


def test_games_in_a_stack_are_independent():
    """Property: each game has weights and draws of its own, and all of it follows the seed."""
    first, again = (
        play_ring(NON_SATURATING, games=2, steps=3, rng=generator(0), shown=16, stops=(1,))
        for _ in range(2)
    )
    assert sorted(first) == [1, 3]
    assert first[3].shape == (2, 16, 2)
    assert torch.equal(first[3], again[3])
    assert not torch.allclose(first[3][0], first[3][1])


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: play_ring(NON_SATURATING, games=0, steps=1, rng=generator(0)), "at least 1"),
        (
            lambda: fit(
                Generator(8, 4, 2),
                Critic(8, 2),
                stripes,
                NON_SATURATING,
                steps=1,
                batch_size=1,
                learning_rate=1e-3,
                rng=generator(0),
            ),
            "batch_size >= 2",
        ),
    ],
)
def test_errors_say_what_was_expected(call, complaint):
    """Property: settings that make no game are refused."""
    with pytest.raises(ValueError, match=complaint):
        call()
