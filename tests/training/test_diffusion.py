"""The training of a denoiser: its examples, its average, and that it learns."""

import copy

import pytest
import torch

from lineart_lib.diffusion import add_noise, as_epsilon, as_x_0, cosine_schedule
from lineart_lib.models.unet import UNet
from lineart_lib.recipe.dataset import Digits
from lineart_lib.training.denoiser import DenoiserSettings, as_signed, train_denoiser
from lineart_lib.training.diffusion import fit, follow, make_examples

SCHEDULE = cosine_schedule(100)


def tiny(seed=0):
    """Make the smallest denoiser, and a generator that has drawn its weights."""
    generator = torch.Generator().manual_seed(seed)
    return UNet(widths=(8, 8), classes=3, generator=generator), generator


@pytest.fixture
def stripes():
    """Three classes of 8 × 8 pictures: dark, bright, and half of each."""
    pictures = torch.full((3, 1, 8, 8), -0.8)
    pictures[1] = 0.8
    pictures[2, :, :4] = 0.8
    return pictures.repeat(20, 1, 1, 1), torch.arange(3).repeat(20)


@pytest.mark.parametrize("prediction", ["epsilon", "x_0", "v"])
def test_a_perfect_answer_gives_picture_and_noise_back(stripes, prediction):
    """Round trip: the answer that is asked for undoes the noise that was added."""
    pictures, labels = (part.double() for part in stripes)
    examples = make_examples(
        SCHEDULE,
        prediction,
        pictures,
        labels.long(),
        torch.Generator().manual_seed(0),
        no_label=3,
        drop=0.0,
    )
    x_0 = as_x_0(prediction, SCHEDULE, examples.answer, examples.x_t, examples.t)
    epsilon = as_epsilon(prediction, SCHEDULE, examples.answer, examples.x_t, examples.t)
    # Dividing by the last steps' small signal loses some of float64's sixteen digits.
    torch.testing.assert_close(x_0, pictures, rtol=0, atol=1e-9)
    again = add_noise(SCHEDULE, x_0, examples.t, epsilon)
    torch.testing.assert_close(again, examples.x_t, rtol=0, atol=1e-9)
    assert torch.equal(examples.labels, labels.long())


def test_labels_are_forgotten_at_the_asked_rate():
    """Property: a tenth of 20,000 labels become "no class", within four standard errors."""
    labels = torch.zeros(20_000, dtype=torch.int64)
    examples = make_examples(
        SCHEDULE,
        "v",
        torch.zeros(20_000, 1, 1, 1),
        labels,
        torch.Generator().manual_seed(0),
        no_label=3,
        drop=0.1,
    )
    assert set(examples.labels.tolist()) == {0, 3}
    share = (examples.labels == 3).double().mean().item()
    assert share == pytest.approx(0.1, abs=4 * (0.1 * 0.9 / 20_000) ** 0.5)
    assert examples.t.min() == 0
    assert examples.t.max() == 99


def test_the_average_follows_its_recurrence():
    """Closed form: after two moves the start has the weight decay²."""
    average, moving = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    start, other = (copy.deepcopy(m).weight.detach() for m in (average, moving))
    follow(average, moving, 0.8)
    follow(average, moving, 0.8)
    torch.testing.assert_close(average.weight.detach(), 0.64 * start + 0.36 * other)


def test_one_seed_gives_one_network(stripes):
    """Property: determinism of loss, weights and average; another seed gives others."""

    def trained(seed):
        model, generator = tiny(seed)
        average, history = fit(
            model,
            *stripes,
            schedule=SCHEDULE,
            prediction="v",
            steps=5,
            batch_size=6,
            learning_rate=1e-3,
            generator=generator,
        )
        return history, [*model.parameters()], [*average.parameters()]

    first, again, other = trained(1), trained(1), trained(2)
    assert first[0] == again[0]
    for ours, theirs in zip(first[1] + first[2], again[1] + again[2], strict=True):
        assert torch.equal(ours, theirs)
    assert first[0] != other[0]


def test_a_denoiser_learns_what_classes_look_like(stripes):
    """Learning: the loss falls by half, and from pure noise the class decides the picture.

    At the last step hardly any signal is left: the best guess is the mean picture of the class.
    """
    model, generator = tiny()
    average, history = fit(
        model,
        *stripes,
        schedule=SCHEDULE,
        prediction="v",
        steps=250,
        batch_size=32,
        learning_rate=5e-3,
        generator=generator,
    )
    assert sum(history[-20:]) < 0.5 * sum(history[:20])
    noise = torch.randn(3, 1, 8, 8, generator=generator)
    t = torch.full((3,), 99)
    with torch.no_grad():
        x_0 = as_x_0("v", SCHEDULE, average(noise, t, torch.arange(3)), noise, t)
    dark, bright, half = x_0[:, 0]
    assert dark.mean() < -0.5
    assert bright.mean() > 0.5
    assert half[:4].mean() > 0.3
    assert half[4:].mean() < -0.3


def test_digits_are_watched_while_it_learns():
    """Learning: on digits that are two shapes, the watched error falls; entries come in order."""
    images = torch.zeros(60, 28, 28, dtype=torch.uint8)
    images[::2, 4:24, 12:16] = 255
    images[1::2, 12:16, 4:24] = 255
    digits = Digits(images, torch.arange(60) % 2)
    settings = DenoiserSettings(widths=(8, 8), updates=120, batch_size=8, learning_rate=5e-3)
    generator = torch.Generator().manual_seed(0)
    metrics = train_denoiser(UNet(settings.widths), digits, digits[:10], settings, generator)
    assert [entry["update"] for entry in metrics] == list(range(10, 121, 10))
    assert metrics[-1]["watch_loss"] < 0.6 * metrics[0]["watch_loss"]
    assert as_signed(digits).unique().tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"prediction": "noise"}, "one of"),
        ({"updates": 0}, "updates must be at least 1"),
        ({"learning_rate": 0.0}, "above 0"),
    ],
)
def test_wrong_settings_are_named(wrong, message):
    """Property: settings are checked when they are made."""
    with pytest.raises(ValueError, match=message):
        DenoiserSettings(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"), [({"drop": 1.5}, "share"), ({"decay": 1.0}, "decay"), ({"steps": 0}, "1")]
)
def test_wrong_training_is_refused(stripes, wrong, message):
    """Property: rates outside their range are refused in words."""
    model, generator = tiny()
    given = {"steps": 1, "batch_size": 2, "learning_rate": 1e-3, "generator": generator, **wrong}
    with pytest.raises(ValueError, match=message):
        fit(model, *stripes, schedule=SCHEDULE, prediction="v", **given)
