"""StablePaint's parts: the paper's sizes, one latent space, gradients, and that they learn."""

import os

import pytest
import torch

from lineart_lib.models.blocks import parameters
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.latent_autoencoder import (
    AutoencoderSize,
    LatentDecoder,
    LatentEncoder,
    PatchCritic,
)
from lineart_lib.models.latent_unet import DenoiserSize, LatentUNet
from lineart_lib.models.stablepaint import BOOK, PAPER, StablePaint, StablePaintSize
from lineart_lib.runtime import generator

TINY = StablePaintSize(
    AutoencoderSize((8, 16), blocks=1, heads=2, groups=4),
    DenoiserSize((8, 16), blocks=1, looks=1, condition=8, heads=2, groups=4),
)
PAPER_SIDE = 512 if os.environ.get("LINEART_TEST_PAPER") == "1" else 128
"""Of the picture in the slow test: 512 takes five minutes and 12 GB, so it must be asked for."""


def example(batch=2, side=16, seed=0):
    """Draw inputs and a picture."""
    draw = generator(seed)
    lineart, picture = (
        2 * torch.rand(batch, channels, side, side, generator=draw) - 1 for channels in (1, 3)
    )
    mask = (torch.rand(batch, 1, side // 4, side // 4, generator=draw) < 0.3).float()
    colour = 2 * torch.rand(batch, 3, side // 4, side // 4, generator=draw) - 1
    return inputs_of(lineart, torch.cat([colour * mask, mask], dim=1)), picture


def test_parameters_at_the_paper_and_the_book_size():
    """Property: the numbers that docstrings and book state, part by part."""
    with torch.device("meta"):
        counted = [
            [parameters(part) for part in StablePaint(size).children()] for size in (PAPER, BOOK)
        ]
        critic = parameters(PatchCritic())
    assert counted == [
        [36_523_400, 56_571_651, 36_525_704, 34_741_636],
        [207_928, 372_323, 208_216, 1_034_148],
    ]
    assert critic == 3_916_801


def test_shapes_at_the_paper_size():
    """Property: 512 × 512 pixels become 32 × 32 × 4 and back, by both encoders."""
    with torch.device("meta"):
        model = StablePaint(PAPER)
        inputs = inputs_of(torch.empty(1, 1, 512, 512), torch.empty(1, 4, 128, 128))
        context, latent = model.context(inputs), model.latent(torch.empty(1, 3, 512, 512))
        assert context.shape == latent.shape == (1, 4, 32, 32)
        assert model.denoiser(latent, torch.empty(1), context).shape == (1, 4, 32, 32)
        assert model.decoder(latent).shape == (1, 3, 512, 512)
        assert PatchCritic()(torch.empty(1, 3, 512, 512)).shape == (1, 1, 16, 16)


@pytest.mark.slow
def test_a_step_at_the_paper_size_reaches_every_weight():
    """Gradient: both encoders, decoder, critic and denoiser, whose latent is always 32 × 32.

    Every weight of the paper's networks gets a gradient. The picture is 128 × 128 unless
    LINEART_TEST_PAPER=1 asks for 512 × 512; the weights are the same.
    """
    inputs, picture = example(1, PAPER_SIDE)
    model, critic = StablePaint(PAPER, generator(0)), PatchCritic(rng=generator(1))
    for posterior in (model.picture_encoder(picture), model.context_posterior(inputs)):
        latent = posterior.sample(generator(2))
        (model.decoder(latent).mean() + posterior.log_variance.mean()).backward()
    critic(picture).mean().backward()
    draw = generator(3)
    noisy, context = (torch.randn(1, 4, 32, 32, generator=draw) for _ in range(2))
    model.denoiser(noisy, torch.tensor([500]), context).square().mean().backward()
    for name, weight in (*model.named_parameters(), *critic.named_parameters()):
        assert weight.grad is not None, name
        assert bool(weight.grad.isfinite().all()), name


def test_every_weight_gets_a_gradient():
    """Gradient: in a tiny model, none of them zero throughout."""
    inputs, picture = example()
    model, critic = StablePaint(TINY, generator(0)), PatchCritic((8, 16), generator(1))
    posterior = model.picture_encoder(picture)
    made = model.decoder(posterior.sample(generator(2)))
    context = model.context_posterior(inputs)
    noise = torch.randn(context.mean.shape, generator=generator(3))
    told = model.denoiser(noise, torch.tensor([3, 70]), context.mean)
    loss = (
        critic(made).square().mean() + told.square().mean() + context.log_variance.square().mean()
    )
    loss.backward()
    for name, weight in (*model.named_parameters(), *critic.named_parameters()):
        assert weight.grad is not None, name
        assert float(weight.grad.abs().sum()) > 0, name


@pytest.mark.parametrize("size", [(16, 16), (8, 24)])
def test_pictures_are_in_range_at_any_size(size):
    """Property: whatever the latent, [-1, 1] comes out, and the size that went in."""
    model = StablePaint(TINY, generator(0))
    picture = 2 * torch.rand(2, 3, *size, generator=generator(1)) - 1
    latent = model.latent(picture)
    assert latent.shape == (2, 4, size[0] // 2, size[1] // 2)
    painted = model.paint(1000 * latent)
    assert painted.shape == picture.shape
    assert float(painted.abs().max()) <= 1
    posterior = model.picture_encoder(1000 * picture)
    assert float(posterior.log_variance.detach().max()) <= 20


def test_a_sample_has_the_spread_that_is_told():
    """Property: mean and spread of many draws, and the same draw from the same seed."""
    posterior = LatentEncoder(3, TINY.autoencoder, generator(0))(example()[1])
    many = torch.stack([posterior.sample(generator(seed)) for seed in range(2000)]).detach()
    spread = (posterior.log_variance / 2).exp().detach()
    # 2,000 draws: a mean is known to 2 % of the spread; 512 numbers, so five of these at most.
    assert float(((many.mean(0) - posterior.mean.detach()) / spread).abs().max()) < 0.12
    torch.testing.assert_close(many.std(0), spread, rtol=0.1, atol=0)
    assert torch.equal(posterior.sample(generator(7)), posterior.sample(generator(7)))


def test_the_scale_gives_latents_a_spread_of_one():
    """Property: after it is set, and painting undoes it."""
    model = StablePaint(TINY, generator(0))
    pictures = example(8)[1]
    before = model.paint(model.latent(pictures))
    model.set_scale(pictures)
    assert float(model.latent(pictures).std().detach()) == pytest.approx(1, abs=1e-5)
    # The decoder sees the same latent, up to a product and a quotient in float32.
    torch.testing.assert_close(model.paint(model.latent(pictures)), before, atol=1e-5, rtol=0)
    torch.nn.init.zeros_(model.picture_encoder.body[-1].weight)
    torch.nn.init.zeros_(model.picture_encoder.body[-1].bias)
    with pytest.raises(ValueError, match="train the autoencoder"):
        model.set_scale(pictures)


def test_step_and_context_change_the_answer():
    """Property: the denoiser reads both; the step is one of a thousand."""
    model = LatentUNet(TINY.denoiser, generator(0))
    draw = generator(1)
    x, context = (torch.randn(1, 4, 8, 8, generator=draw) for _ in range(2))
    answer = model(x, torch.tensor([10]), context)
    assert not torch.allclose(model(x, torch.tensor([900]), context), answer)
    assert not torch.allclose(model(x, torch.tensor([10]), 0 * context), answer)


def test_a_picture_is_learned_and_the_context_finds_its_latent():
    """Learning: the autoencoder paints four pictures again; then the second encoder maps their
    lineart and hints to where the pictures lie, with the decoder left alone."""
    inputs, _ = example(4)
    picture = inputs.lineart.repeat(1, 3, 1, 1) * torch.tensor([1.0, -0.5, 0.2])[:, None, None]
    model = StablePaint(TINY, generator(0))
    parts = [*model.picture_encoder.parameters(), *model.decoder.parameters()]
    loss_of = lambda: (model.decoder(model.latent(picture)) - picture).square().mean()  # noqa: E731
    first, last = descend(parts, loss_of, 40)
    assert last < 0.4 * first
    latent = model.latent(picture).detach()
    parts = list(model.context_encoder.parameters())
    first, last = descend(parts, lambda: (model.context(inputs) - latent).square().mean(), 40)
    assert last < 0.4 * first


def test_noise_is_learned_under_a_context():
    """Learning: one noised batch is told apart from its noise."""
    model = LatentUNet(TINY.denoiser, generator(0))
    draw = generator(1)
    x, noise, context = (torch.randn(2, 4, 8, 8, generator=draw) for _ in range(3))
    t = torch.tensor([100, 800])
    first, last = descend(
        list(model.parameters()), lambda: (model(x, t, context) - noise).square().mean(), 40
    )
    assert last < 0.4 * first


def descend(weights, loss_of, updates):
    """Minimise a loss with Adam; return its first and its last value."""
    optimizer = torch.optim.Adam(weights, lr=1e-2)
    losses = []
    for _ in range(updates):
        loss = loss_of()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[0], losses[-1]


def test_what_does_not_fit_is_named():
    """Error: channels, sides and sizes that the parts do not take."""
    model = StablePaint(TINY)
    picture = example(side=16)[1]
    with pytest.raises(ValueError, match=r"expected \(B, 3, H, W\)"):
        model.latent(picture[:, :2])
    with pytest.raises(ValueError, match="multiples of 4; got 18 x 18"):
        model.context(inputs_of(torch.zeros(1, 1, 18, 18), torch.zeros(1, 4, 18, 18)))
    latent = model.latent(picture)
    with pytest.raises(ValueError, match="context must be"):
        model.denoiser(latent, torch.tensor([1]), latent[:1])
    with pytest.raises(ValueError, match="x must be"):
        model.denoiser(latent[:, :, :7], torch.tensor([1]), latent)
    with pytest.raises(ValueError, match="one number of latent channels"):
        StablePaintSize(AutoencoderSize(latent=8))
    with pytest.raises(ValueError, match="at least two multiples"):
        AutoencoderSize((128,))
    with pytest.raises(ValueError, match="at least 1"):
        AutoencoderSize(blocks=0)
    with pytest.raises(ValueError, match="widths must be multiples"):
        DenoiserSize((60,))
    with pytest.raises(ValueError, match="looks must lie"):
        DenoiserSize(looks=5)
    assert LatentDecoder(TINY.autoencoder)(latent).shape == picture.shape
