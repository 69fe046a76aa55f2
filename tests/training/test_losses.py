"""The colorizers' losses against closed forms."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from lineart_lib.runtime import generator
from lineart_lib.training.adversarial import interpolate, slipped_interpolate
from lineart_lib.training.losses import (
    adaptive_weight,
    content_loss,
    critic_terms,
    guide_loss,
    hinge_critic,
    kl_loss,
    perceptual_distance,
)


def pictures(seed, batch=3):
    """Draw pictures in float64."""
    draw = generator(seed)
    return 2 * torch.rand(batch, 3, 4, 4, generator=draw, dtype=torch.float64) - 1


def test_critic_terms_of_a_linear_critic_are_the_closed_form():
    """Equivalence: scores w·x + b have the slope w everywhere, so both forms agree."""
    w = torch.randn(48, generator=generator(0), dtype=torch.float64)
    real, fake, alpha = pictures(1), pictures(2), torch.full((3,), 0.3, dtype=torch.float64)
    score = lambda x: x.flatten(1) @ w + 0.5  # noqa: E731
    for form in ("corrected", "slipped"):
        terms = critic_terms(score, real, fake, alpha, penalty=7.0, drift=0.01, form=form)
        distance = score(real).mean() - score(fake).mean()
        penalty, drift = (w.norm() - 1) ** 2, score(real).square().mean()
        torch.testing.assert_close(terms["distance"], distance)
        torch.testing.assert_close(terms["penalty"], penalty)
        torch.testing.assert_close(terms["drift"], drift)
        torch.testing.assert_close(terms["loss"], -distance + 7 * penalty + 0.01 * drift)


def test_the_slipped_penalty_is_taken_elsewhere():
    """Equivalence: for |x|² / 2 the slope at a point is the point itself, which tells where."""
    real, fake = pictures(1), pictures(2)
    alpha = torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64)
    score = lambda x: x.flatten(1).square().sum(1) / 2  # noqa: E731
    weight = alpha.reshape(3, 1, 1, 1)
    for form, points in (
        ("corrected", weight * real + (1 - weight) * fake),
        ("slipped", weight * real - (1 - weight) * fake),
    ):
        expected = (points.flatten(1).norm(dim=1) - 1).square().mean()
        terms = critic_terms(score, real, fake, alpha, form=form)
        torch.testing.assert_close(terms["penalty"], expected)
    with pytest.raises(ValueError, match="form must be one of"):
        critic_terms(score, real, fake, alpha, form="minus")


def test_slipped_points_leave_the_segment():
    """Property: between two equal pictures there is one point, and the slip leaves it."""
    same = pictures(1)
    alpha = torch.full((3,), 0.25, dtype=torch.float64)
    torch.testing.assert_close(interpolate(same, same, alpha), same)
    torch.testing.assert_close(slipped_interpolate(same, same, alpha), -0.5 * same)


def test_hinge_by_hand():
    """Equivalence: the written maxima; scores beyond the margin cost nothing."""
    real, fake = torch.tensor([0.5, 3.0]), torch.tensor([-2.0, 0.0])
    assert hinge_critic(real, fake).item() == pytest.approx((0.25 + 0.5) / 2)
    assert hinge_critic(real + 2, fake - 2).item() == 0


def twice(x):
    """Stand in for a network: two layers of maps."""
    return [x, x.square()]


def test_content_is_the_mean_over_layers_and_leaves_the_real_picture_alone():
    """Equivalence: mean squared differences by hand; only what was made gets a gradient."""
    made, real = pictures(1).requires_grad_(), pictures(2).requires_grad_()
    loss = content_loss(twice, made, real)
    expected = ((made - real).square().mean() + (made**2 - real**2).square().mean()) / 2
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert float(made.grad.abs().sum()) > 0
    assert real.grad is None


def test_perceptual_distance_looks_at_directions():
    """Equivalence: two minus twice the mean cosine, a layer; a brighter copy has no distance."""
    made, real = pictures(1), pictures(2)
    cosine = torch.cosine_similarity(made, real, dim=1).mean((1, 2))
    found = perceptual_distance(lambda x: [x], made, real)
    # 1e-10 under the root keeps a dark place from dividing by zero.
    torch.testing.assert_close(found, 2 - 2 * cosine, atol=1e-6, rtol=0)
    assert float(perceptual_distance(lambda x: [x], 3 * real, real).max()) < 1e-12
    both = perceptual_distance(lambda x: [x, x], made, real)
    torch.testing.assert_close(both, 2 * found)


def test_guide_counts_only_inside_the_mask():
    """Property: changes outside the mask do not count, inside they count as their mean."""
    flats = pictures(1, 1)
    mask = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    mask[..., :2, :] = 1
    outside = flats + (1 - mask)
    assert guide_loss(outside, flats, mask).item() == 0
    assert guide_loss(flats + 0.5, flats, mask).item() == pytest.approx(0.25)


def test_kl_against_torch():
    """Equivalence: torch's own divergence of Gaussians, summed over a picture."""
    mean, log_variance = pictures(1), pictures(2)
    ours = torch.distributions.Normal(mean, (log_variance / 2).exp())
    prior = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    expected = torch.distributions.kl_divergence(ours, prior).flatten(1).sum(1).mean()
    torch.testing.assert_close(kl_loss(mean, log_variance), expected)
    assert gradcheck(kl_loss, (mean.requires_grad_(), log_variance.requires_grad_()))


def test_adaptive_weight_is_the_ratio_of_gradients():
    """Equivalence: for a linear last layer both gradients are outer products, whose lengths are
    known; λ carries no gradient, and after weighting both losses pull equally hard."""
    draw = generator(0)
    last = torch.randn(2, 5, generator=draw, dtype=torch.float64, requires_grad=True)
    below = torch.randn(5, generator=draw, dtype=torch.float64)
    goal, away = torch.randn(2, 2, generator=draw, dtype=torch.float64)
    out = last @ below
    reconstruction, adversarial = (out - goal).square().sum(), -(out * away).sum()
    weight = adaptive_weight(reconstruction, adversarial, last, delta=0)
    lengths = 2 * (out - goal).norm(), away.norm()  # each times the length of `below`
    torch.testing.assert_close(weight, lengths[0].detach() / lengths[1])
    assert not weight.requires_grad
    pulls = [
        torch.autograd.grad(loss, last, retain_graph=True)[0].norm()
        for loss in (reconstruction, weight * adversarial)
    ]
    torch.testing.assert_close(pulls[0], pulls[1])


def test_adaptive_weight_is_bounded():
    """Property: a flat adversarial loss does not make it infinite."""
    last = torch.ones(3, requires_grad=True)
    flat = 0 * last.sum()
    assert adaptive_weight(last.sum(), flat, last).item() == 1e4
    expected = math.sqrt(3) / 0.5
    assert adaptive_weight(last.sum(), flat, last, delta=0.5).item() == pytest.approx(expected)
