"""The two diffusion toys, run in node, against the library and against autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from lineart_lib.diffusion import (
    add_noise,
    cosine_schedule,
    ddim,
    ddpm,
    dpm_solver_pp_2m,
    linear_schedule,
    samplers,
    timesteps,
)
from lineart_lib.live import page

TOYS = ("diffusion-1d", "diffusion-2d")
SCHEDULES = {"linear": linear_schedule, "cosine": cosine_schedule}
MIXTURE = {"weights": [0.3, 0.2, 0.5], "means": [-1.4, 0.2, 1.1], "stds": [0.2, 0.5, 0.1]}
POINTS = [[-1.0, 0.5], [0.3, 0.4], [1.2, -1.5], [0.0, 1.9]]
SPREAD = 0.2


def doubles(values: Any) -> torch.Tensor:
    """Make a float64 tensor."""
    return torch.tensor(values, dtype=torch.float64)


def mixture_at(alpha_bar: float) -> torch.distributions.Distribution:
    """Return the noised mixture of the line, through torch.distributions."""
    means, stds = doubles(MIXTURE["means"]), doubles(MIXTURE["stds"])
    parts = torch.distributions.Normal(
        alpha_bar**0.5 * means, (alpha_bar * stds**2 + 1 - alpha_bar).sqrt()
    )
    weights = torch.distributions.Categorical(doubles(MIXTURE["weights"]))
    return torch.distributions.MixtureSameFamily(weights, parts)


def cloud_at(alpha_bar: float) -> torch.distributions.Distribution:
    """Return the noised cloud of the plane, through torch.distributions."""
    points = alpha_bar**0.5 * doubles(POINTS)
    spread = torch.full_like(points, (alpha_bar * SPREAD**2 + 1 - alpha_bar) ** 0.5)
    parts = torch.distributions.Independent(torch.distributions.Normal(points, spread), 1)
    weights = torch.distributions.Categorical(torch.ones(len(POINTS), dtype=torch.float64))
    return torch.distributions.MixtureSameFamily(weights, parts)


def tweedie(law: torch.distributions.Distribution, x: torch.Tensor, a: float) -> torch.Tensor:
    """Turn the slope of a noised log-density into the mean of the clean value."""
    x = x.clone().requires_grad_()
    law.log_prob(x).sum().backward()
    return (x.detach() + (1 - a) * x.grad) / a**0.5


def test_both_toys_walk_by_the_same_rules() -> None:
    """Equivalence: schedules and samplers are the same modules in both toys."""
    for name in TOYS:
        modules = {path.relative_to(page.FOLDER).as_posix() for path in page.sources(name)}
        assert {"diffusion/samplers.js", "diffusion/schedules.js"} <= modules
        assert page.source(name).count("function walk(") == 1


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_schedules_equal_those_of_the_library(in_node: Callable[..., Any], name: str) -> None:
    """Equivalence: a thousand values in float64, equal to 1e-12."""
    found = in_node("diffusion-1d", "return [...toy.schedules[given.name].alphaBar];", name=name)
    expected = SCHEDULES[name]().alpha_bar
    torch.testing.assert_close(doubles(found), expected, rtol=1e-12, atol=1e-15)


def test_steps_equal_those_of_the_library(in_node: Callable[..., Any]) -> None:
    """Equivalence: the same trailing steps for every number of them, halves rounded alike."""
    found = in_node(
        "diffusion-1d",
        "return Array.from({ length: 250 }, (_, i) => toy.timesteps(i + 1));",
    )
    for n, steps in enumerate(found, start=1):
        assert steps == [*timesteps(1000, n, "trailing").tolist(), -1]


@pytest.mark.parametrize("alpha_bar", [1e-4, 0.2, 0.9, 0.9999])
def test_denoisers_follow_the_exact_score(in_node: Callable[..., Any], alpha_bar: float) -> None:
    """Gradient: the clean mean is Tweedie's formula, with the score taken by autograd."""
    x = torch.linspace(-3, 3, 25, dtype=torch.float64)
    plane = torch.cartesian_prod(x[::4], x[::4])
    line = in_node(
        "diffusion-1d",
        "return [...toy.denoiser(given.mixture)(Float64Array.from(given.x), given.a)];",
        mixture=MIXTURE,
        x=x.tolist(),
        a=alpha_bar,
    )
    # Dividing by the signal's weight magnifies the rounding of autograd by at most 100.
    expected = tweedie(mixture_at(alpha_bar), x, alpha_bar)
    torch.testing.assert_close(doubles(line), expected, rtol=1e-8, atol=1e-9)
    cloud = in_node(
        "diffusion-2d",
        """
        const denoise = toy.denoiser(Float64Array.from(given.points.flat()), given.spread);
        return [...denoise(Float64Array.from(given.x.flat()), given.a)];
        """,
        points=POINTS,
        spread=SPREAD,
        x=plane.tolist(),
        a=alpha_bar,
    )
    expected = tweedie(cloud_at(alpha_bar), plane, alpha_bar)
    torch.testing.assert_close(doubles(cloud).reshape(-1, 2), expected, rtol=1e-8, atol=1e-9)


def test_densities_are_those_of_torch(in_node: Callable[..., Any]) -> None:
    """Equivalence: what is drawn behind the particles is the noised density."""
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)
    line = in_node(
        "diffusion-1d",
        "return given.x.map((v) => toy.density(given.mixture, v, 0.6));",
        mixture=MIXTURE,
        x=x.tolist(),
    )
    torch.testing.assert_close(doubles(line), mixture_at(0.6).log_prob(x).exp())
    plane = torch.cartesian_prod(x, x)
    cloud = in_node(
        "diffusion-2d",
        """
        const points = Float64Array.from(given.points.flat());
        return given.x.map(([x, y]) => toy.density(points, given.spread, x, y, 0.6));
        """,
        points=POINTS,
        spread=SPREAD,
        x=plane.tolist(),
    )
    torch.testing.assert_close(doubles(cloud), cloud_at(0.6).log_prob(plane).exp())


@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm"])
@pytest.mark.parametrize("n", [1, 7, 40])
def test_walks_equal_those_of_the_library(
    in_node: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    schedule: str,
    n: int,
) -> None:
    """Equivalence: same start and same noise, same walk, at every step, in float64."""
    answer = in_node(
        "diffusion-1d",
        """
        let seed = 1;
        const noise = [];
        const normal = () => {
          seed = (seed * 16807) % 2147483647;
          noise.push(4 * (seed / 2147483647) - 2);
          return noise.at(-1);
        };
        const start = Float64Array.of(-1.7, -0.3, 0, 0.4, 2.1);
        const { times, path } = toy.walk(toy.denoiser(given.mixture), given.schedule,
          given.sampler, given.n, start, normal);
        return { times, path: path.map((x) => [...x]), noise };
        """,
        mixture=MIXTURE,
        schedule=schedule,
        sampler=sampler,
        n=n,
    )
    noises = iter(doubles(answer["noise"]).reshape(-1, 5))
    monkeypatch.setattr(samplers, "_noise", lambda x, generator: next(noises).reshape(x.shape))
    process = SCHEDULES[schedule]()

    def denoise(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        a = process.alpha_bar[t[0]].item()
        return tweedie_closed(x_t, a)

    def tweedie_closed(x: torch.Tensor, a: float) -> torch.Tensor:
        weights, means, stds = (doubles(MIXTURE[k]) for k in ("weights", "means", "stds"))
        variance = a * stds**2 + 1 - a
        shares = (
            weights.log() - variance.log() / 2 - (x - a**0.5 * means) ** 2 / (2 * variance)
        ).softmax(dim=1)
        clean = means + a**0.5 * stds**2 / variance * (x - a**0.5 * means)
        return (shares * clean).sum(dim=1, keepdim=True)

    seen = []
    extra = (torch.Generator(),) if sampler == "ddpm" else ()
    last = {"ddpm": ddpm, "ddim": ddim, "dpm": dpm_solver_pp_2m}[sampler](
        denoise,
        process,
        doubles(answer["path"][0]).reshape(-1, 1),
        timesteps(1000, n, "trailing"),
        *extra,
        callback=lambda t, x_t, x_0: seen.append((t, x_t.flatten())),
    )
    assert [t for t, _ in seen] == answer["times"][:-1]
    ways = torch.stack([x for _, x in seen] + [last.flatten()])
    # The first signal is 1e-5 of the variance under the cosine: its square root loses digits.
    torch.testing.assert_close(doubles(answer["path"]), ways, rtol=1e-7, atol=1e-8)
    assert next(noises, None) is None


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm"])
def test_particles_arrive_at_the_data(in_node: Callable[..., Any], sampler: str) -> None:
    """Property: with many steps the distance to the mixture is that of a perfect sample.

    Two perfect samples of 2,000 differ in this distance by a factor of up to about three.
    """
    ours, perfect, far = in_node(
        "diffusion-1d",
        """
        const setting = { mixture: given.mixture, schedule: "cosine", sampler: given.sampler,
          particles: 2000, seed: 3 };
        const at = (steps) => toy.distance(given.mixture,
          toy.simulate({ ...setting, steps }).path.at(-1));
        return [at(250), toy.distance(given.mixture, toy.draw(given.mixture, 2000, 3)), at(2)];
        """,
        mixture=MIXTURE,
        sampler=sampler,
    )
    assert ours < 3 * perfect
    assert far > 2 * ours


def test_distance_equals_scipy(in_node: Callable[..., Any]) -> None:
    """Equivalence: Wasserstein-1 to the exact law, against a sample of two million of it.

    The sample's own error is about the spread over the root of its size, 0.001.
    """
    from scipy.stats import wasserstein_distance

    particles = torch.randn(300, generator=torch.Generator().manual_seed(0)).tolist()
    ours = in_node(
        "diffusion-1d",
        "return toy.distance(given.mixture, given.particles);",
        mixture=MIXTURE,
        particles=particles,
    )
    generator = torch.Generator().manual_seed(1)
    weights, means, stds = (doubles(MIXTURE[k]) for k in ("weights", "means", "stds"))
    part = torch.multinomial(weights, 2_000_000, replacement=True, generator=generator)
    noise = torch.randn(2_000_000, generator=generator, dtype=torch.float64)
    exact = wasserstein_distance(particles, (means[part] + stds[part] * noise).numpy())
    assert ours == pytest.approx(exact, abs=0.005)


def test_an_exact_score_gives_the_training_points_back(in_node: Callable[..., Any]) -> None:
    """Property: particles end on the points, as near as the points' spread says, and reach all.

    The distance to the centre of a plane Gaussian has the mean spread · sqrt(pi / 2).
    """
    found = in_node(
        "diffusion-2d",
        """
        const points = Float64Array.from(given.points.flat());
        const run = toy.simulate({ points, spread: 0.02, schedule: "cosine", sampler: "ddpm",
          steps: 200, particles: 400, seed: 0, start: [0, 0] });
        return toy.quality(points, run.path.at(-1));
        """,
        points=POINTS,
    )
    assert found["reached"] == 1
    # 400 distances have a standard error of 3 %; leaving out the doubt draws too narrow.
    assert 0.6 < found["distance"] / (0.02 * math.sqrt(math.pi / 2)) < 1.1


def test_one_start_has_one_ddim_way_and_many_ddpm_ways(in_node: Callable[..., Any]) -> None:
    """Property: DDIM repeats itself from a start; DDPM's ways begin alike and part."""
    body = """
        const points = toy.clouds.spiral.points();
        const of = (seed) => {
          const run = toy.simulate({ points, spread: 0.06, schedule: "cosine", sampler: "ddim",
            steps: 50, particles: 5, seed, start: [0.5, 0.5] });
          return [[...run.ddim.at(-1)], [...run.ddpm[0]], [...run.ddpm.at(-1)]];
        };
        return [of(1), of(1), of(2)];
    """
    first, again, other = in_node("diffusion-2d", body)
    assert first == again
    assert first[0] == other[0]
    assert set(first[1]) == {0.5}
    assert first[2] != other[2]
    ends = doubles(first[2]).reshape(-1, 2)
    assert (ends - ends[0]).norm(dim=1).max() > 0.1


def test_clouds_lie_in_view(in_node: Callable[..., Any]) -> None:
    """Property: every point is inside the picture, and "nothing" is nothing."""
    clouds = in_node(
        "diffusion-2d",
        "return Object.entries(toy.clouds).map(([name, c]) => [name, [...c.points()]]);",
    )
    sizes = {}
    for name, values in clouds:
        sizes[name] = len(values) // 2
        assert not values or doubles(values).abs().max() < 2.5, name
    assert sizes.pop("empty") == 0
    assert min(sizes.values()) >= 8


def test_noised_data_of_the_library_fit_the_toys_density(in_node: Callable[..., Any]) -> None:
    """Property: noising a sample with the library gives the density that the toy draws.

    20,000 values, the share in each of ten cells has a standard error below 0.0036; four of them.
    """
    generator = torch.Generator().manual_seed(4)
    weights, means, stds = (doubles(MIXTURE[k]) for k in ("weights", "means", "stds"))
    part = torch.multinomial(weights, 20_000, replacement=True, generator=generator)
    noise = torch.randn(2, 20_000, generator=generator, dtype=torch.float64)
    schedule = cosine_schedule()
    x = add_noise(schedule, means[part] + stds[part] * noise[0], 400, noise[1])
    edges = torch.linspace(-2.5, 2.5, 11, dtype=torch.float64)
    shares = torch.histogram(x, edges).hist / len(x)
    fine = torch.linspace(-2.5, 2.5, 1001, dtype=torch.float64)
    heights = in_node(
        "diffusion-1d",
        "const a = toy.schedules.cosine.alphaBar[400];"
        "return given.x.map((v) => toy.density(given.mixture, v, a));",
        mixture=MIXTURE,
        x=((fine[1:] + fine[:-1]) / 2).tolist(),
    )
    expected = doubles(heights).reshape(10, 100).sum(dim=1) * 0.005
    torch.testing.assert_close(shares, expected, rtol=0, atol=0.0145)
