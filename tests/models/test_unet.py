"""The denoiser: what it may depend on, what it must, and that it learns."""

import math

import pytest
import torch

from lineart_lib.models.unet import UNet, step_embedding


@pytest.fixture
def model():
    """A network whose zero-initialized parts have been moved, so that every path counts."""
    generator = torch.Generator().manual_seed(0)
    model = UNet(widths=(8, 16), generator=generator).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator).to(parameter)
    return model


@pytest.fixture
def batch():
    """Six noised pictures, their steps and their classes."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(6, 1, 12, 8, generator=generator, dtype=torch.float64)
    t = torch.randint(0, 1000, (6,), generator=generator)
    label = torch.arange(6)
    return x, t, label


def test_each_picture_stands_alone(model, batch):
    """Property: reordering the batch reorders the answers, and nothing else."""
    x, t, label = batch
    order = torch.tensor([4, 0, 5, 2, 1, 3])
    mixed = model(x[order], t[order], label[order])
    torch.testing.assert_close(mixed, model(x, t, label)[order], rtol=1e-10, atol=1e-12)


def test_every_input_counts(model, batch):
    """Property: another step, class or picture changes the answer; no class is the last label."""
    x, t, label = batch
    answer = model(x, t, label)
    for other in (
        model(x, (t + 100) % 1000, label),
        model(x, t, label.flip(0)),
        model(x.flip(0), t, label),
        model(x, t),
    ):
        assert ((other - answer).abs().amax(dim=(1, 2, 3)) > 1e-3).all()
    nothing = torch.full_like(label, model.no_label)
    assert torch.equal(model(x, t), model(x, t, nothing))


def test_every_parameter_is_reached(model, batch):
    """Gradient: no weight is dead; the classes that were not asked for get none."""
    model(*batch).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    asked = model.embed_label.weight.grad.abs().sum(dim=1) > 0
    assert asked.tolist() == [True] * 6 + [False] * 5


def test_gradients_are_right(model, batch):
    """Gradient: gradcheck of the picture's path in float64, at torch's default tolerance."""
    x, t, label = (part[:2] for part in batch)
    x = x[:, :, :4, :4].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: model(x, t, label), (x,))


def test_the_layout_in_memory_changes_nothing(model, batch):
    """Equivalence: channels last is the same function, to the rounding of float64."""
    x, t, label = batch
    expected = model(x, t, label)
    last = model.to(memory_format=torch.channels_last)
    torch.testing.assert_close(
        last(x.to(memory_format=torch.channels_last), t, label), expected, rtol=1e-9, atol=1e-10
    )


def test_a_fresh_network_answers_zero():
    """Closed form: the last layer starts at zero, so the first loss is the target's mean square."""
    x = torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    answer = UNet(generator=torch.Generator())(x, torch.tensor([0, 999]))
    assert torch.equal(answer, torch.zeros_like(x))


def test_one_generator_decides_all_weights():
    """Property: equal seeds give equal networks, and the global generator is left alone."""
    before = torch.get_rng_state()
    one, two, other = (
        UNet(generator=torch.Generator().manual_seed(seed)).state_dict() for seed in (3, 3, 4)
    )
    assert all(torch.equal(one[name], two[name]) for name in one)
    drawn = [name for name in one if one[name].std() > 0]
    assert drawn
    assert not any(torch.equal(one[name], other[name]) for name in drawn)
    assert torch.equal(before, torch.get_rng_state())


def test_steps_are_written_as_waves():
    """Closed form: the first pair turns once in 2π steps, pairs have unit length."""
    t = torch.tensor([0, 1, 500, 999])
    waves = step_embedding(t, 6)
    torch.testing.assert_close(waves[:, 0], t.float().cos())
    torch.testing.assert_close(waves[:, 3], t.float().sin())
    slow = 10_000 ** (-2 / 3)
    assert waves[2, 2].item() == pytest.approx(math.cos(500 * slow), abs=1e-5)
    torch.testing.assert_close(waves[:, :3] ** 2 + waves[:, 3:] ** 2, torch.ones(4, 3))


def test_one_batch_is_overfitted():
    """Learning: 150 updates take the error on one noised batch below a twentieth of its start."""
    generator = torch.Generator().manual_seed(0)
    model = UNet(widths=(16, 32), generator=generator)
    x = torch.randn(8, 1, 16, 16, generator=generator)
    epsilon = torch.randn(x.shape, generator=generator)
    t, label = torch.arange(0, 800, 100), torch.arange(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(150):
        loss = (model(x, t, label) - epsilon).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < epsilon.square().mean().item() / 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UNet(widths=(8, 12)), "multiples of 8"),
        (lambda: UNet(widths=(8, 8, 8)), "two multiples"),
        (lambda: UNet(classes=0), "at least one class"),
        (lambda: UNet()(torch.zeros(1, 1, 30, 28), torch.zeros(1)), "multiples of 4"),
        (lambda: UNet()(torch.zeros(1, 3, 28, 28), torch.zeros(1)), "must be"),
        (lambda: step_embedding(torch.zeros(1), 5), "even width"),
    ],
)
def test_wrong_sizes_are_named(make, message):
    """Property: what does not fit is refused in words."""
    with pytest.raises(ValueError, match=message):
        make()
