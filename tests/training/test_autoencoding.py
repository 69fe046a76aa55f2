"""Rate, distortion and bounds, held against closed forms and against torch."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from lineart_lib.models.autoencoder import Autoencoder, VariationalAutoencoder
from lineart_lib.runtime import generator
from lineart_lib.training.autoencoding import (
    distortion,
    fit,
    importance_bound,
    kl_to_prior,
    log_weights,
    measure,
)


def clouds(seed=0):
    """Mean and log-variance of six clouds in four dimensions."""
    drawn = torch.randn(2, 6, 4, generator=generator(seed), dtype=torch.float64)
    return drawn[0], drawn[1]


def test_rate_equals_torch():
    """Equivalence: the closed form is torch's divergence of two Gaussians."""
    mean, log_variance = clouds()
    expected = kl_divergence(
        Normal(mean, (log_variance / 2).exp()), Normal(torch.zeros_like(mean), 1.0)
    )
    torch.testing.assert_close(kl_to_prior(mean, log_variance), expected)


def test_rate_equals_monte_carlo():
    """Equivalence: the closed form is the mean of log q - log p, within 5 standard errors."""
    mean, log_variance = clouds(1)
    noise = torch.randn(40_000, 6, 4, generator=generator(2), dtype=torch.float64)
    # With a likelihood of 1, the weights are log p(z) - log q(z | x) alone.
    terms = -log_weights(mean, log_variance, noise, lambda z: torch.zeros(z.shape[:2]))
    error = terms.std(0) / len(terms) ** 0.5
    assert ((terms.mean(0) - kl_to_prior(mean, log_variance).sum(-1)).abs() < 5 * error).all()


def test_rate_is_zero_for_the_prior_alone():
    """Property: no rate where a cloud is the prior; some everywhere else."""
    zero = torch.zeros(3, dtype=torch.float64)
    assert torch.equal(kl_to_prior(zero, zero), zero)
    mean, log_variance = clouds(3)
    assert (kl_to_prior(mean, log_variance) > 0).all()


def test_distortion_equals_torch():
    """Equivalence: minus the log-probability of independent Bernoulli pixels."""
    logits = 3 * torch.randn(5, 784, generator=generator(4), dtype=torch.float64)
    images = (torch.rand(5, 1, 28, 28, generator=generator(5)) < 0.3).double()
    expected = -Bernoulli(logits=logits).log_prob(images.flatten(1)).sum(1)
    torch.testing.assert_close(distortion(logits, images), expected)


def test_distortion_of_grey_is_a_mean_over_black_and_white():
    """Property: it is linear in the picture, so a grey pixel counts as a chance of ink."""
    logits = torch.randn(1, 784, generator=generator(6), dtype=torch.float64)
    grey = torch.full((1, 1, 28, 28), 0.25, dtype=torch.float64)
    ends = [distortion(logits, torch.full_like(grey, value)) for value in (0.0, 1.0)]
    torch.testing.assert_close(distortion(logits, grey), 0.75 * ends[0] + 0.25 * ends[1])


def linear_gaussian():
    """x = W z + noise of variance 0.3, for which evidence and posterior are known."""
    draw = generator(7)
    weight = torch.randn(5, 2, generator=draw, dtype=torch.float64)
    x = torch.randn(8, 5, generator=draw, dtype=torch.float64)
    variance = 0.3
    covariance = weight @ weight.T + variance * torch.eye(5, dtype=torch.float64)
    evidence = MultivariateNormal(torch.zeros(5, dtype=torch.float64), covariance).log_prob(x)
    precision = torch.eye(2, dtype=torch.float64) + weight.T @ weight / variance
    centre = x @ weight @ torch.linalg.inv(precision) / variance

    def log_likelihood(codes):
        return Normal(codes @ weight.T, variance**0.5).log_prob(x).sum(-1)

    return evidence, centre, precision, log_likelihood


def test_bounds_stand_below_the_evidence_and_close_with_draws():
    """Equivalence: ELBO = log p(x) - KL(q ‖ posterior), and importance sampling closes the gap."""
    evidence, centre, precision, log_likelihood = linear_gaussian()
    log_variance = -precision.diagonal().log().expand(8, 2)  # Best independent coordinates.
    noise = torch.randn(100_000, 8, 2, generator=generator(8), dtype=torch.float64)
    weights = log_weights(centre, log_variance, noise, log_likelihood)
    elbo, tight = weights.mean(0), importance_bound(weights)
    posterior = MultivariateNormal(centre, precision_matrix=precision)
    chosen = MultivariateNormal(centre, torch.diag_embed(log_variance.exp()))
    gap = kl_divergence(chosen, posterior)
    assert gap.min() > 0.01  # The coordinates of the posterior do depend on each other.
    assert (elbo < evidence).all()
    error = weights.std(0) / len(weights) ** 0.5
    assert ((elbo - (evidence - gap)).abs() < 5 * error).all()
    torch.testing.assert_close(tight, evidence, rtol=0, atol=0.02)
    assert (tight > elbo).all()


def test_gap_vanishes_at_the_true_posterior():
    """Equivalence: where q is the posterior, every weight is log p(x), draw by draw."""
    weight, variance = 1.7, 0.4
    x = torch.tensor([[0.3], [-2.0]], dtype=torch.float64)
    precision = 1 + weight**2 / variance
    mean = x * weight / variance / precision
    log_variance = torch.full_like(x, -math.log(precision))
    noise = torch.randn(9, 2, 1, generator=generator(9), dtype=torch.float64)
    weights = log_weights(
        mean,
        log_variance,
        noise,
        lambda z: Normal(weight * z, variance**0.5).log_prob(x).sum(-1),
    )
    evidence = Normal(0.0, (weight**2 + variance) ** 0.5).log_prob(x).squeeze(1)
    torch.testing.assert_close(weights, evidence.expand(9, 2))


def test_negative_elbo_has_the_right_gradient():
    """Gradient: of distortion and rate by every input, against finite differences in float64."""
    draw = generator(10)
    decoder = torch.randn(2, 784, generator=draw, dtype=torch.float64)
    images = torch.rand(2, 1, 28, 28, generator=draw, dtype=torch.float64)
    mean, log_variance, noise = torch.randn(3, 2, 2, generator=draw, dtype=torch.float64).unbind()

    def loss(m, v):
        lost = distortion((m + (v / 2).exp() * noise) @ decoder, images)
        return lost + kl_to_prior(m, v).sum(-1)

    torch.autograd.gradcheck(loss, (mean.requires_grad_(), log_variance.requires_grad_()))


def bars(n, seed):
    """Pictures with one bright column each: sixteen numbers of a set are plenty."""
    images = torch.zeros(n, 1, 28, 28)
    columns = torch.randint(6, 22, (n,), generator=generator(seed))
    images[torch.arange(n), :, :, columns] = 1
    return images


@pytest.mark.parametrize("kind", [Autoencoder, VariationalAutoencoder])
def test_a_few_pictures_are_learned(kind):
    """Learning: the cost of 16 pictures falls to less than a third of what it is at first."""
    images = bars(16, 11)
    model = kind(8, (64, 32), rng=generator(12))
    before = sum(measure(model, images, generator(13)))
    history = fit(
        model, images, images, updates=250, batch_size=16, learning_rate=5e-3, rng=generator(14)
    )
    assert [entry.update for entry in history] == [50, 100, 150, 200, 250]
    after = history[-1].held_distortion + history[-1].held_rate
    assert after < before / 3


def test_a_heavy_rate_makes_the_code_say_nothing():
    """Property: with a very large β the rate collapses to almost nothing; with 0 it does not."""
    images = bars(32, 15)
    rates = {}
    for beta in (0.0, 1000.0):
        model = VariationalAutoencoder(2, (32,), rng=generator(16))
        history = fit(
            model,
            images,
            images,
            updates=200,
            batch_size=32,
            learning_rate=1e-2,
            rng=generator(17),
            beta=beta,
        )
        rates[beta] = history[-1].held_rate
    assert rates[1000.0] < 0.05 < 1 < rates[0.0]


def test_same_seed_same_history_and_bad_numbers_are_refused():
    """Property: a training is repeatable; a number out of range is named."""
    images = bars(8, 18)

    def run(**changes):
        model = VariationalAutoencoder(2, (8,), rng=generator(0))
        usual = {"updates": 3, "batch_size": 4, "learning_rate": 1e-3}
        return fit(model, images, images, **(usual | changes), rng=generator(1))

    assert run() == run()
    with pytest.raises(ValueError, match="at least 1 and beta at least 0"):
        run(beta=-1.0)
    with pytest.raises(ValueError, match="updates"):
        run(updates=0)
