"""Autoencoders: a draw that knows its gradient, codes of the size that was asked for."""

import pytest
import torch

from lineart_lib.models.autoencoder import (
    Autoencoder,
    VariationalAutoencoder,
    paint,
    reparametrize,
)
from lineart_lib.runtime import generator


def test_reparametrized_draw_has_the_right_gradient():
    """Gradient: of the draw by mean and log-variance, against finite differences in float64."""
    mean, log_variance, noise = torch.randn(
        3, 4, 5, generator=generator(0), dtype=torch.float64
    ).unbind()
    torch.autograd.gradcheck(
        lambda m, v: reparametrize(m, v, noise),
        (mean.requires_grad_(), log_variance.requires_grad_()),
    )


def test_gradient_of_an_expectation_is_exact_on_average():
    """Equivalence: for f(z) = z², E f is m² + s², and its gradient is (2m, s²) by log-variance."""
    mean = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    log_variance = torch.tensor(-0.4, dtype=torch.float64, requires_grad=True)
    half = torch.randn(100_000, generator=generator(1), dtype=torch.float64)
    noise = torch.cat([half, -half])  # Pairs cancel the odd terms.
    reparametrize(mean, log_variance, noise).square().mean().backward()
    torch.testing.assert_close(mean.grad, 2 * mean.detach(), rtol=1e-10, atol=1e-10)
    # The standard error of the mean of 100,000 squares of noise is √(2 / 1e5) = 0.0045.
    variance = log_variance.detach().exp()
    torch.testing.assert_close(log_variance.grad, variance, rtol=0.02, atol=0)


def test_draws_have_the_mean_and_the_variance():
    """Property: draws of one cloud have its mean and variance, within five standard errors."""
    mean = torch.tensor([2.0, -1.0], dtype=torch.float64)
    log_variance = torch.tensor([0.5, -3.0], dtype=torch.float64)
    draws = 50_000
    noise = torch.randn(draws, 2, generator=generator(2), dtype=torch.float64)
    z = reparametrize(mean, log_variance, noise)
    spread = log_variance.exp()
    assert ((z.mean(0) - mean).abs() < 5 * (spread / draws).sqrt()).all()
    assert ((z.var(0) - spread).abs() < 5 * spread * (2 / draws) ** 0.5).all()


@pytest.mark.parametrize("latent", [1, 2, 16])
def test_both_share_the_body(latent):
    """Property: a variational model has only its last encoder layer doubled."""
    plain = Autoencoder(latent, rng=generator(0))
    cloud = VariationalAutoencoder(latent, rng=generator(0))
    sizes = [sum(p.numel() for p in m.parameters()) for m in (plain, cloud)]
    assert sizes[1] - sizes[0] == latent * (64 + 1)
    images = torch.rand(3, 1, 28, 28, generator=generator(1))
    assert plain.encode(images).shape == cloud.encode(images).shape == (3, latent)


def test_no_noise_is_the_middle_of_the_cloud():
    """Equivalence: with zero noise a variational model decodes its mean."""
    model = VariationalAutoencoder(3, rng=generator(0))
    images = torch.rand(4, 1, 28, 28, generator=generator(1))
    logits, mean, _ = model(images, torch.zeros(4, 3))
    torch.testing.assert_close(logits, model.logits(model.encode(images)))
    torch.testing.assert_close(mean, model.encode(images))


def test_painted_pixels_are_the_means_of_bernoullis():
    """Property: whatever the code, pixels lie in [0, 1] and are the logistic of the logits."""
    model = Autoencoder(2, rng=generator(0))
    codes = 100 * torch.randn(5, 2, generator=generator(1))
    pictures = paint(model, codes)
    assert pictures.shape == (5, 1, 28, 28)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    odds = pictures.flatten(1).double().logit()
    inner = odds.abs() < 8  # Further out float32 has rounded the logistic.
    assert inner.any()
    torch.testing.assert_close(
        odds[inner], model.logits(codes).double()[inner].detach(), rtol=1e-2, atol=1e-3
    )


@pytest.mark.parametrize("kind", [Autoencoder, VariationalAutoencoder])
def test_same_seed_same_weights_and_no_empty_code(kind):
    """Property: first weights come from the generator passed; a code of no numbers is refused."""
    first, again, other = (kind(2, rng=generator(seed)) for seed in (0, 0, 1))
    images = torch.rand(2, 1, 28, 28, generator=generator(3))
    assert torch.equal(first.encode(images), again.encode(images))
    assert not torch.equal(first.encode(images), other.encode(images))
    with pytest.raises(ValueError, match="latent must be at least 1"):
        kind(0)
