"""The samplers: equal to diffusers on the same network and noise, exact where theory is."""

import pytest
import torch

from lineart_lib.diffusion import (
    add_noise,
    cosine_schedule,
    ddim,
    ddpm,
    denoiser,
    dpm_solver_pp_2m,
    keep_known,
    linear_schedule,
    timesteps,
)

# Inputs are float64, but diffusers keeps its schedule in float32: seven digits, lost step by step.
CLOSE = {"rtol": 1e-4, "atol": 2e-5}


def network(x, t):
    """Return a smooth made-up noise prediction that depends on both arguments."""
    return torch.tanh(x * 0.7 + 0.3 * torch.sin(t.to(x) / 100).reshape(-1, 1, 1, 1))


def theirs(scheduler, x, n, generator=None):
    """Run a diffusers scheduler on the network."""
    scheduler.set_timesteps(n)
    for t in scheduler.timesteps:
        output = network(x, t.reshape(1))
        extra = {} if generator is None else {"generator": generator}
        x = scheduler.step(output, t, x, **extra).prev_sample
    return x


@pytest.fixture
def start():
    """Noise to start from."""
    return torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("n", [10, 50, 1000])
def test_ddpm_equals_diffusers(start, n):
    """Equivalence: same network, same noise, same picture."""
    from diffusers import DDPMScheduler

    schedule = linear_schedule()
    ours = ddpm(
        denoiser(network, schedule, "epsilon", clip=1.0),
        schedule,
        start,
        timesteps(1000, n),
        torch.Generator().manual_seed(7),
    )
    scheduler = DDPMScheduler(clip_sample=True)
    expected = theirs(scheduler, start, n, torch.Generator().manual_seed(7))
    torch.testing.assert_close(ours, expected, **CLOSE)


@pytest.mark.parametrize("n", [10, 50])
def test_ddim_equals_diffusers(start, n):
    """Equivalence: same network, same picture, with no fresh noise."""
    from diffusers import DDIMScheduler

    schedule = linear_schedule()
    denoise = denoiser(network, schedule, "epsilon")
    ours = ddim(denoise, schedule, start, timesteps(1000, n))
    scheduler = DDIMScheduler(beta_schedule="linear", clip_sample=False)
    torch.testing.assert_close(ours, theirs(scheduler, start, n), **CLOSE)


@pytest.mark.parametrize("n", [5, 10, 20, 50])
def test_dpm_solver_equals_diffusers(start, n):
    """Equivalence: same network, same picture."""
    from diffusers import DPMSolverMultistepScheduler

    scheduler = DPMSolverMultistepScheduler(beta_schedule="linear", final_sigmas_type="zero")
    expected = theirs(scheduler, start, n)
    schedule = linear_schedule()
    denoise = denoiser(network, schedule, "epsilon")
    ours = dpm_solver_pp_2m(denoise, schedule, start, scheduler.timesteps)
    torch.testing.assert_close(ours, expected, **CLOSE)


def gaussian_denoiser(schedule, mean, deviation):
    """Return the exact posterior mean of x_0 when the data is N(mean, deviation²)."""

    def denoise(x_t, t):
        signal, noise = schedule.at(t, x_t)
        gain = signal * deviation**2 / (signal**2 * deviation**2 + noise**2)
        return mean + gain * (x_t - signal * mean)

    return denoise


def test_ddpm_recovers_a_gaussian():
    """Property: with the exact denoiser, samples have the data's mean and spread.

    20,000 samples: the standard error of the mean is 0.002, of the spread 0.0015; five of each.
    The chain's posterior leaves out the doubt about x_0, so that few steps draw too narrow:
    a thousand are enough for the bias to drown in the error.
    """
    schedule, generator = cosine_schedule(1000), torch.Generator().manual_seed(0)
    noise = torch.randn(20_000, 1, generator=generator)
    denoise = gaussian_denoiser(schedule, 0.4, 0.3)
    x = ddpm(denoise, schedule, noise, timesteps(1000, 1000), generator)
    assert x.mean().item() == pytest.approx(0.4, abs=0.01)
    assert x.std().item() == pytest.approx(0.3, abs=0.0075)


def test_dpm_solver_converges_a_whole_order_faster_than_ddim():
    """Property: against the exact answer, halving the step divides the error by 2 and by 4.

    For Gaussian data the sampling equation has a closed solution: a point keeps its place in
    units of the standard deviation. Read off between 20 and 80 steps; the slopes of a smooth
    problem come within a fifth of the theory there.
    """
    schedule = linear_schedule(1000)
    denoise = gaussian_denoiser(schedule, 0.4, 0.3)
    start = torch.linspace(-2, 2, 9, dtype=torch.float64).reshape(-1, 1)
    end = 200  # stop early: the last step to the clean picture is first order for both

    def spread(t):
        signal, noise = schedule.at(t, start)
        return signal * 0.4, (signal**2 * 0.09 + noise**2).sqrt()

    def error(sampler, n):
        seen = {}
        steps = torch.linspace(999, end, n + 1, dtype=torch.float64).round().long()
        sampler(
            denoise, schedule, start, steps, callback=lambda t, x, x_0: seen.update({t: x.clone()})
        )
        (mean, deviation), (mean_end, deviation_end) = spread(999), spread(end)
        exact = mean_end + (start - mean) / deviation * deviation_end
        return (seen[end] - exact).abs().max().item()

    orders = {
        sampler: torch.tensor(error(sampler, 20) / error(sampler, 80)).log2().item() / 2
        for sampler in (ddim, dpm_solver_pp_2m)
    }
    assert orders[ddim] == pytest.approx(1, abs=0.3)
    assert orders[dpm_solver_pp_2m] == pytest.approx(2, abs=0.4)


def test_ddim_with_all_noise_is_the_ddpm(start):
    """Equivalence: eta = 1 draws the DDPM's posterior (Song et al., section 4.1)."""
    schedule = linear_schedule(100)
    denoise = denoiser(network, schedule, "epsilon", clip=1.0)
    steps = timesteps(100, 20)
    one = ddim(denoise, schedule, start, steps, torch.Generator().manual_seed(3), eta=1.0)
    two = ddpm(denoise, schedule, start, steps, torch.Generator().manual_seed(3))
    torch.testing.assert_close(one, two)


@pytest.mark.parametrize("sampler", [ddpm, ddim])
def test_known_pixels_stay_exactly(start, sampler):
    """Property: in-painting changes no pixel outside the mask, to the bit, and fills the inside."""
    schedule, generator = linear_schedule(50), torch.Generator().manual_seed(0)
    known = start.clamp(-1, 1)
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., 1:3, 1:3] = 1
    constrain = keep_known(schedule, known, mask, generator)
    denoise = denoiser(network, schedule, "epsilon")
    x = sampler(denoise, schedule, start.flip(0), timesteps(50, 10), generator, constrain=constrain)
    outside = (mask == 0).expand_as(known)
    assert torch.equal(x[outside], known[outside])
    assert not torch.equal(x[~outside], known[~outside])


def test_a_start_with_little_noise_stays_near(start):
    """Property: the more noise the walk starts with, the further it ends from the picture."""
    schedule = linear_schedule(100)
    denoise = gaussian_denoiser(schedule, 0.0, 0.5)
    picture, epsilon = start.clamp(-1, 1), start.flip(0)

    def distance(t):
        steps = torch.arange(t, -1, -1)
        begin = add_noise(schedule, picture, t, epsilon)
        return (ddim(denoise, schedule, begin, steps) - picture).abs().mean().item()

    assert distance(5) < distance(30) < distance(99)


def test_same_seed_same_picture(start):
    """Property: determinism."""
    schedule = linear_schedule(30)
    denoise = denoiser(network, schedule, "epsilon")
    once, again = (
        ddpm(denoise, schedule, start, timesteps(30, 30), torch.Generator().manual_seed(5))
        for _ in range(2)
    )
    assert torch.equal(once, again)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (torch.tensor([1, 5]), "fall strictly"),
        (torch.tensor([5, 5]), "fall strictly"),
        (torch.tensor([], dtype=torch.long), "fall strictly"),
        (torch.tensor([99]), "steps 0 to 29"),
    ],
)
def test_steps_are_checked(start, steps, message):
    """Property: a wrong list of steps is refused in words."""
    schedule = linear_schedule(30)
    with pytest.raises(ValueError, match=message):
        ddim(denoiser(network, schedule, "epsilon"), schedule, start, steps)


def test_fresh_noise_needs_a_generator(start):
    """Property: nothing draws from the global generator."""
    schedule = linear_schedule(30)
    with pytest.raises(ValueError, match="Generator"):
        ddim(lambda x, t: x, schedule, start, timesteps(30, 3), eta=0.5)
