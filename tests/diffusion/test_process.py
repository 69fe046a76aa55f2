"""The noising process: closed forms, and round trips between the three predictions."""

import pytest
import torch

from lineart_lib.diffusion import (
    Schedule,
    add_noise,
    as_epsilon,
    as_v,
    as_x_0,
    class_denoiser,
    cosine_schedule,
    denoiser,
    guide,
    linear_schedule,
    root_linear_schedule,
    target,
    timesteps,
)

SCHEDULES = {"linear": linear_schedule(), "cosine": cosine_schedule(), "short": linear_schedule(20)}
READ = {"epsilon": as_epsilon, "x_0": as_x_0, "v": as_v}


@pytest.fixture(params=SCHEDULES)
def schedule(request):
    """Each schedule in turn."""
    return SCHEDULES[request.param]


def draw(schedule, seed=0, batch=64):
    """Return clean pictures, noise and steps in float64."""
    generator = torch.Generator().manual_seed(seed)
    x_0 = torch.rand(batch, 1, 4, 4, generator=generator, dtype=torch.float64) * 2 - 1
    epsilon = torch.randn(x_0.shape, generator=generator, dtype=torch.float64)
    return x_0, epsilon, torch.randint(schedule.steps, (batch,), generator=generator)


def test_linear_schedule_is_the_papers():
    """Equivalence: alpha_bar of Ho et al.'s section 4, multiplied out step by step."""
    alpha_bar = 1.0
    for step in range(1000):
        alpha_bar *= 1 - (1e-4 + (0.02 - 1e-4) * step / 999)
    assert linear_schedule().alpha_bar[-1].item() == pytest.approx(alpha_bar, rel=1e-9)


def test_schedules_equal_diffusers():
    """Equivalence: all schedules are diffusers', to its float32."""
    from diffusers import DDPMScheduler

    for ours, name in ((linear_schedule(), "linear"), (cosine_schedule(), "squaredcos_cap_v2")):
        theirs = DDPMScheduler(beta_schedule=name).alphas_cumprod.double()
        torch.testing.assert_close(ours.alpha_bar, theirs, rtol=1e-4, atol=1e-8)
    theirs = DDPMScheduler(beta_start=1e-4, beta_schedule="scaled_linear").alphas_cumprod.double()
    torch.testing.assert_close(root_linear_schedule().alpha_bar, theirs, rtol=1e-4, atol=1e-8)


def test_noising_in_one_jump_is_noising_step_by_step():
    """Property: mean and variance of many single steps are those of the jump (closed form)."""
    schedule = linear_schedule(50)
    alpha_bar = torch.cat([torch.ones(1, dtype=torch.float64), schedule.alpha_bar])
    mean, variance = 1.0, 0.0
    for beta in 1 - alpha_bar[1:] / alpha_bar[:-1]:
        mean, variance = mean * (1 - beta) ** 0.5, variance * (1 - beta) + beta
    signal, noise = schedule.at(49, torch.zeros(1, dtype=torch.float64))
    assert signal.item() == pytest.approx(float(mean), abs=1e-12)
    assert noise.item() ** 2 == pytest.approx(float(variance), abs=1e-12)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("wanted", READ)
def test_predictions_are_interchangeable(schedule, kind, wanted):
    """Property: any prediction, read as any other, is the truth, to 1e-6 in float64.

    The cosine schedule's last step leaves a signal of 1e-5, by which the epsilon form divides:
    float64's 1e-16 grows to 1e-11, far below the bound.
    """
    x_0, epsilon, t = draw(schedule)
    x_t = add_noise(schedule, x_0, t, epsilon)
    output = target(kind, schedule, x_0, t, epsilon)
    read = READ[wanted](kind, schedule, output, x_t, t)
    truth = target(wanted, schedule, x_0, t, epsilon)
    torch.testing.assert_close(read, truth, rtol=0, atol=1e-6)


def test_velocity_keeps_its_size(schedule):
    """Property: (x_t, v) is (x_0, epsilon) turned by an angle, so that norms add up the same."""
    x_0, epsilon, t = draw(schedule)
    x_t, v = add_noise(schedule, x_0, t, epsilon), target("v", schedule, x_0, t, epsilon)
    torch.testing.assert_close(x_t**2 + v**2, x_0**2 + epsilon**2)


def test_guidance_in_x_0_is_guidance_in_epsilon(schedule):
    """Equivalence: the paper's combination of epsilons gives the same clean picture."""
    x_0, epsilon, t = draw(schedule)
    x_t, other = add_noise(schedule, x_0, t, epsilon), epsilon.roll(1, 0)
    w = 1.7
    guided = guide(
        denoiser(lambda x, s: epsilon, schedule, "epsilon"),
        denoiser(lambda x, s: other, schedule, "epsilon"),
        1 + w,
    )(x_t, t)
    paper = as_x_0("epsilon", schedule, (1 + w) * epsilon - w * other, x_t, t)
    torch.testing.assert_close(guided, paper)


@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
def test_a_class_denoiser_is_guidance_between_two_labels(schedule, scale):
    """Equivalence: it equals `guide` on the told and the untold network, then bounded."""
    generator = torch.Generator().manual_seed(2)
    x_t = torch.randn(4, 1, 2, 2, generator=generator, dtype=torch.float64)
    t, labels = torch.full((4,), 10), torch.tensor([0, 1, 2, 0])
    asked = []

    def network(x_t, t, labels):
        asked.append(labels.tolist())
        return torch.tanh(x_t + 0.3 * labels.reshape(-1, 1, 1, 1))

    def of(labels):
        return denoiser(lambda x_t, t: network(x_t, t, labels), schedule, "epsilon")

    expected = guide(of(labels), of(torch.full((4,), 3)), scale)(x_t, t).clamp(-0.5, 0.5)
    asked.clear()
    ours = class_denoiser(network, schedule, "epsilon", labels, 3, scale=scale, clip=0.5)(x_t, t)
    torch.testing.assert_close(ours, expected)
    assert len(asked) == (2 if scale == 3 else 1)  # No call is wasted.


@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
@pytest.mark.parametrize("n", [2, 7, 50, 1000])
def test_timesteps_equal_diffusers(spacing, n):
    """Equivalence: the steps that diffusers visits."""
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(timestep_spacing=spacing)
    scheduler.set_timesteps(n)
    assert timesteps(1000, n, spacing).tolist() == scheduler.timesteps.tolist()


def test_clipping_bounds_the_clean_picture(schedule):
    """Property: with clip, no estimate leaves the range of pictures."""
    x_0, epsilon, t = draw(schedule)
    denoise = denoiser(lambda x, s: 9 * epsilon, schedule, "epsilon", clip=1.0)
    assert denoise(add_noise(schedule, x_0, t, epsilon), t).abs().max() <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Schedule(torch.tensor([0.5, 0.6])), "must not rise"),
        (lambda: Schedule(torch.tensor([1.0, 0.5])), "between 0 and 1"),
        (lambda: Schedule(torch.zeros(2, 2)), "shape"),
        (lambda: linear_schedule(10).at(10, torch.zeros(1)), "from 0 to 9"),
        (lambda: timesteps(10, 11), "between 1 and 10"),
        (lambda: timesteps(10, 5, "odd"), "spacing must be"),
        (lambda: target("eps", linear_schedule(9), *[torch.zeros(1)] * 3), "predicts one of"),
    ],
)
def test_errors_say_what_came_and_what_was_expected(call, message):
    """Property: wrong use is refused early and in words."""
    with pytest.raises(ValueError, match=message):
        call()
