"""StablePaint's trainings: losses as written, decoder untouched, and the dial when it colours."""

import pytest
import torch
from torch.nn.functional import mse_loss

from lineart_lib.diffusion.process import add_noise, cosine_schedule
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.latent_autoencoder import AutoencoderSize, LatentAutoencoder, PatchCritic
from lineart_lib.models.latent_unet import DenoiserSize
from lineart_lib.models.stablepaint import StablePaint, StablePaintSize
from lineart_lib.runtime import generator
from lineart_lib.training.latents import (
    LatentLesson,
    LatentWeights,
    Rebuilding,
    autoencoder_players,
    colour_variation,
    denoiser_terms,
)
from lineart_lib.training.loop import play
from lineart_lib.training.losses import kl_loss, perceptual_distance
from lineart_lib.training.settings import LoopSettings

SIZE = StablePaintSize(
    AutoencoderSize((8, 16), blocks=1, heads=2, groups=4),
    DenoiserSize((8, 16), blocks=1, looks=1, condition=8, heads=2, groups=4),
)


def same(pictures):
    """Stand in for a content network: the pixels themselves."""
    return [pictures]


def picture(batch=2, seed=0):
    """Draw pictures of 16 × 16."""
    return 2 * torch.rand(batch, 3, 16, 16, generator=generator(seed)) - 1


def players(weights=None, model=None):
    """Seat the autoencoder of pictures and its critic."""
    model = model or StablePaint(SIZE, generator(0))
    both = LatentAutoencoder(model.picture_encoder, model.decoder)
    return autoencoder_players(both, PatchCritic((8, 16), generator(1)), same, weights)


def test_the_autoencoder_minimises_the_written_sum():
    """Equivalence: absolute + 2 · perceptual + 3 · KL for each number + 5 · λ · adversarial."""
    seated = players(LatentWeights(2.0, 3.0, 5.0))
    models = {name: player.model for name, player in seated.items()}
    batch = Rebuilding(picture(), picture())
    torch.manual_seed(4)
    terms = seated["autoencoder"].loss_of(models, batch)
    torch.manual_seed(4)
    made, posterior = models["autoencoder"](batch.planes)
    rebuilt = (made - batch.picture).abs().mean()
    rebuilt = rebuilt + 2 * perceptual_distance(same, made, batch.picture).mean()
    opinion = -models["critic"](made).mean()
    last = models["autoencoder"].decoder.leave.weight
    pulls = [
        torch.autograd.grad(loss, last, retain_graph=True)[0].norm() for loss in (rebuilt, opinion)
    ]
    lever = pulls[0] / (pulls[1] + 1e-6)
    kl = kl_loss(*posterior) / (3 * 16 * 16)
    torch.testing.assert_close(terms["loss"], rebuilt + 3 * kl + 5 * lever * opinion)
    terms["loss"].backward()
    for name, weight in models["autoencoder"].named_parameters():
        assert float(weight.grad.abs().sum()) > 0, name


def test_without_the_critic_nothing_is_asked_of_it():
    """Property: at weight 0 the critic is not called."""
    seated = players(LatentWeights(adversarial=0.0))
    models = {"autoencoder": seated["autoencoder"].model}
    terms = seated["autoencoder"].loss_of(models, Rebuilding(picture(), picture()))
    assert "adversarial" not in terms
    with pytest.raises(ValueError, match="kl must be at least 0"):
        LatentWeights(kl=-1.0)


def test_the_second_encoder_learns_before_a_decoder_that_stays(tmp_path):
    """Learning: pictures are rebuilt; then, from lineart and hints, by the same decoder, which
    does not change by a bit."""
    model = StablePaint(SIZE, generator(0))
    lineart = 2 * torch.rand(2, 1, 16, 16, generator=generator(5)) - 1
    real = lineart * torch.tensor([1.0, 0.4, -0.6])[:, None, None]
    settings = LoopSettings(
        steps=40, learning_rate=1e-2, weight_decay=0.0, ema=0.0, log_every=10, device="cpu"
    )

    def train(encoder, planes, name):
        both = LatentAutoencoder(encoder, model.decoder)
        seated = autoencoder_players(
            both,
            PatchCritic((8, 16), generator(1)),
            same,
            LatentWeights(adversarial=0.1),
            learning_rate=1e-2,
        )
        batch = Rebuilding(planes, real)
        run = play(seated, lambda *_: batch, settings, tmp_path / name, progress=False)
        return run.metrics[0], run.metrics[-1]

    first, last = train(model.picture_encoder, real, "pictures")
    assert last["autoencoder.absolute"] < 0.7 * first["autoencoder.absolute"]
    model.decoder.requires_grad_(False)
    before = [weight.clone() for weight in model.decoder.parameters()]
    planes = torch.cat([lineart, torch.zeros(2, 4, 16, 16)], dim=1)
    first, last = train(model.context_encoder, planes, "context")
    assert last["autoencoder.absolute"] < 0.9 * first["autoencoder.absolute"]
    assert all(map(torch.equal, before, model.decoder.parameters()))


def test_the_denoiser_is_asked_what_was_added():
    """Equivalence: steps and noise as the loop's state draws them, and the error of the answer."""
    model = StablePaint(SIZE, generator(0)).denoiser
    latent, context = torch.randn(2, 3, 4, 8, 8, generator=generator(1))
    schedule = cosine_schedule(50)
    for kind in ("epsilon", "v"):
        torch.manual_seed(2)
        terms = denoiser_terms(model, LatentLesson(latent, context), schedule, kind)
        torch.manual_seed(2)
        t = torch.randint(50, (3,))
        epsilon = torch.randn_like(latent)
        x_t = add_noise(schedule, latent, t, epsilon)
        signal, noise = schedule.at(t, latent)
        wanted = epsilon if kind == "epsilon" else signal * epsilon - noise * latent
        torch.testing.assert_close(terms["loss"], mse_loss(model(x_t, t, context), wanted))


def test_the_dial_goes_from_the_context_to_the_seed():
    """Property: without corruption the context is painted, whatever the seed; with more of it two
    seeds differ more; the same seed gives the same picture."""
    model = StablePaint(SIZE, generator(0)).eval()
    lineart = 2 * torch.rand(1, 1, 16, 16, generator=generator(5)) - 1
    inputs = inputs_of(lineart, torch.zeros(1, 4, 4, 4))

    def colour(corruption, seed):
        return colour_variation(model, inputs, corruption, [seed], steps=4)

    still = model.paint(model.context(inputs))
    assert torch.equal(colour(0.0, 0), still)
    assert torch.equal(colour(0.5, 3), colour(0.5, 3))
    apart = [float((colour(c, 0) - colour(c, 1)).abs().mean()) for c in (0.0, 0.02, 0.1)]
    assert 0 == apart[0] < apart[1] < apart[2]
    assert float(colour(1.0, 0).abs().max()) <= 1
    with pytest.raises(ValueError, match="corruption must lie"):
        colour(2.0, 0)


def test_a_seed_gives_its_picture_whatever_else_is_in_the_batch():
    """Property: three drawings in one call are those of three calls, up to the rounding of sums in
    float32, amplified over four steps; noise at a half decides far more than that."""
    model = StablePaint(SIZE, generator(0)).eval()
    lineart = 2 * torch.rand(3, 1, 16, 16, generator=generator(5)) - 1
    hints = torch.zeros(3, 4, 4, 4)

    def colour(rows, seeds):
        inputs = inputs_of(lineart[rows], hints[rows])
        return colour_variation(model, inputs, 0.5, seeds, steps=4)

    together = colour([0, 1, 2], [7, 8, 7])
    for row, seed in enumerate([7, 8, 7]):
        torch.testing.assert_close(together[row], colour([row], [seed])[0], rtol=0, atol=1e-4)
    assert float((together[:1] - colour([0], [8])).abs().max()) > 1e-2
    with pytest.raises(ValueError, match=r"a seed for each of 2 pictures; got \[7\]"):
        colour([0, 1], [7])
