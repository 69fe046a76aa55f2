"""The dial from faithful to free: where sampling starts, and how far the way back is."""

import pytest
import torch

from lineart_lib.diffusion.corruption import (
    CORRUPTIONS,
    corrupted,
    corruption_step,
    steps_down,
)
from lineart_lib.diffusion.process import add_noise, denoiser, linear_schedule, root_linear_schedule
from lineart_lib.diffusion.samplers import ddim
from lineart_lib.runtime import generator


def test_the_dissertations_corruptions_as_steps():
    """Property: shares of a thousand steps; none is the guide itself, all is the last step."""
    schedule = root_linear_schedule()
    steps = [corruption_step(schedule, share) for share in CORRUPTIONS]
    assert steps == [-1, 124, 249, 499, 749, 999]
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="corruption must lie"):
            corruption_step(schedule, wrong)


def test_noise_grows_with_corruption_and_none_changes_nothing():
    """Equivalence: noised in one jump to that step; the guide's share of the variance falls."""
    schedule = root_linear_schedule()
    guide, epsilon = torch.randn(2, 3, 4, 8, 8, generator=generator(0), dtype=torch.float64)
    assert corrupted(schedule, guide, 0, epsilon) is guide
    assert torch.equal(
        corrupted(schedule, guide, 0.5, epsilon), add_noise(schedule, guide, 499, epsilon)
    )
    near = [
        torch.corrcoef(
            torch.stack([corrupted(schedule, guide, share, epsilon).flatten(), guide.flatten()])
        )[0, 1].item()
        for share in CORRUPTIONS
    ]
    assert near == sorted(near, reverse=True)
    assert near[0] == pytest.approx(1)
    assert abs(near[-1]) < 0.1


def test_the_way_down_starts_where_the_guide_was_noised():
    """Property: falls from the corruption's step to 0 or above, in no more steps than asked."""
    schedule = linear_schedule(100)
    for share in CORRUPTIONS:
        for n in (1, 8, 1000):
            steps = steps_down(schedule, share, n).tolist()
            length = corruption_step(schedule, share) + 1
            assert len(steps) == min(n, length)
            assert steps == sorted(set(steps), reverse=True)
            assert not steps or (steps[0] == length - 1 and steps[-1] >= 0)
    with pytest.raises(ValueError, match="n must be"):
        steps_down(schedule, 0.5, 0)


@pytest.mark.parametrize("share", [0.125, 0.5, 1.0])
def test_a_perfect_denoiser_leads_back_from_any_corruption(share):
    """Equivalence: told the true latent, the sampler ends at it, wherever it starts."""
    schedule = root_linear_schedule()
    guide, truth, epsilon = torch.randn(3, 1, 4, 4, 4, generator=generator(1), dtype=torch.float64)
    start = corrupted(schedule, guide, share, epsilon)
    denoise = denoiser(lambda x, t: truth, schedule, "x_0")
    found = ddim(denoise, schedule, start, steps_down(schedule, share, 8))
    torch.testing.assert_close(found, truth)
