"""Train our few-step form of StablePaint, and keep it (experiment `fewsteps`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from lineart_lib.diffusion.noise import Colour, draw_noise
from lineart_lib.diffusion.process import Schedule, add_noise, cosine_schedule
from lineart_lib.models.fewsteps import FewSteps, given
from lineart_lib.recipe.choices import choices, stack
from lineart_lib.recipe.pictures import load_pictures, prepared_manifest
from lineart_lib.recipe.smaller import smaller
from lineart_lib.runtime import data_folder
from lineart_lib.training.loop import fit
from lineart_lib.training.machines import place
from lineart_lib.training.players import Terms
from lineart_lib.training.runs import Run, of_profile, runs_folder
from lineart_lib.training.scenes import (
    Scene,
    Staging,
    joined,
    make_scenes,
    scenes_by_step,
    spread,
)
from lineart_lib.training.settings import LoopSettings
from lineart_lib.training.sheets import Watched, sheets, watched
from lineart_lib.training.variations import first_answer

EXPERIMENT = "fewsteps"
SOURCES = ("openmoji", "dicebear")
FIRST = 0.25
"""Share of each batch that asks for the first answer, from nothing."""


@dataclass(frozen=True)
class FewStepsSettings:
    """Everything that decides the weights, but for the data."""

    widths: tuple[int, ...] = (32, 64, 96, 128)
    """Of the network, at a half, a quarter … of the size; multiples of 8."""
    size_px: int = 64
    """Side of the drawings to learn from; it divides the side of the prepared ones."""
    drawings: int = 0
    """Most of each source, evenly spread over the part; 0 takes all."""
    staging: Staging = field(default_factory=Staging)
    """How hints, colours and masks are drawn."""
    noise: Colour = "pink"
    """What is added to colours."""
    batch_size: int = 16
    """Drawings in a step, of all processes together, at least 4 for each."""
    steps: int = 800
    """Updates, at least 1."""
    learning_rate: float = 2e-3
    """The highest one, above 0."""
    ema: float = 0.99
    """Decay of the averaged weights, in [0, 1)."""
    precision: str = "fast"
    """Of the loop."""
    seed: int = 0
    """Decides first weights, hints, batches and noise."""

    def __post_init__(self) -> None:
        if self.batch_size < 4 or self.steps < 1 or self.drawings < 0:
            raise ValueError(
                "batch_size must be at least 4, steps at least 1, drawings at least 0; got "
                f"{self.batch_size}, {self.steps} and {self.drawings}"
            )


PROFILES = {
    "smoke": FewStepsSettings((8, 16), 32, drawings=12, batch_size=4, steps=6, ema=0.5),
    "book": FewStepsSettings(),
    "paper": FewStepsSettings((64, 128, 192, 256, 256, 256), 512, steps=100_000, ema=0.999),
}
"""What each profile trains."""


def few_steps(profile: str, name: str = EXPERIMENT, **changes) -> Run:
    """Return the few-step colorizer of a profile, trained when it is not there yet.

    It learns from the training parts of OpenMoji and DiceBear.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings, and which prepared drawings. The run lies in `runs/<name>/<profile>/`; one
        that was stopped goes on from its last checkpoint.
    name : str
        Of the run. Give a run with other settings a name of its own.
    **changes
        Fields of `FewStepsSettings` to set otherwise.

    Returns
    -------
    Run
        Its model is a `FewSteps` in evaluation mode.

    Raises
    ------
    ValueError
        The profile is unknown, or a setting is out of range.
    FileNotFoundError
        A source is not prepared; the message names the command that does it.
    """
    settings = replace(of_profile(PROFILES, profile), **changes)
    data = data_folder()
    sums = {source: prepared_manifest(source, profile, data)["sha256"] for source in SOURCES}
    loop = LoopSettings(
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        ema=settings.ema,
        precision=settings.precision,
        channels_last=True,
        seed=settings.seed,
        sample_every=max(1, settings.steps // 4),
    )

    @cache
    def batches():
        parts = [load_pictures(source, profile, "train", data) for source in SOURCES]
        rng = np.random.default_rng(settings.seed)
        small = [smaller(spread(part, settings.drawings), settings.size_px) for part in parts]
        scenes = [make_scenes(part, settings.staging, rng) for part in small]
        return scenes_by_step(joined(scenes), settings.batch_size, settings.staging, settings.seed)

    def drawings() -> Watched:
        parts = [load_pictures(source, profile, "validation", data) for source in SOURCES]
        return watched(parts, settings.size_px)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = FewSteps(settings.widths)
    folder = runs_folder() / name / profile
    folder.parent.mkdir(parents=True, exist_ok=True)
    return fit(
        model,
        lambda step, rank, ranks: batches()(step, rank, ranks),
        partial(noise_terms, noise=settings.noise),
        loop,
        folder,
        sample=sheets(drawings, _paint, lines=False) if name == EXPERIMENT else None,
        config={"model": "FewSteps", "data": sums, **asdict(settings)},
        replace=True,
    )


def _paint(model: FewSteps, drawings: Watched) -> Tensor:
    """Give the first answer to the drawings of a sheet."""
    pairs = zip(drawings.lineart.cpu().numpy(), drawings.hints.cpu().numpy(), strict=True)
    seen = given(stack([choices(art, hints) for art, hints in pairs]))
    return first_answer(model, place(seen, drawings.lineart.device, False))


def noise_terms(
    model: FewSteps, scene: Scene, noise: Colour = "pink", schedule: Schedule | None = None
) -> Terms:
    """Ask for the colour layer, from a noised one or from nothing.

    The first quarter of a batch starts from nothing, as the first answer does; the others are
    noised, each to a step of its own. Steps and noise come from torch's global generator, whose
    state the loop sets.

    Parameters
    ----------
    model : FewSteps
    scene : Scene
    noise : {"pink", "white"}
    schedule : Schedule, optional
        The cosine of a thousand steps by default.

    Returns
    -------
    dict
        ``loss``, the mean squared error of the colour layer, values in [-1, 1]; ``first`` and
        ``noised``, the same of both parts.

    Raises
    ------
    ValueError
        There are fewer than 4 scenes, so that a quarter of them is none.
    """
    schedule = schedule or cosine_schedule()
    colour, count = scene.colour, len(scene.colour)
    if count < 4:
        raise ValueError(
            f"each process needs at least 4 scenes of a batch, got {count}: make batch_size larger"
        )
    t = torch.randint(schedule.steps, (count,), device=colour.device)
    drawn = draw_noise(noise, tuple(colour.shape)).to(colour)
    x = add_noise(schedule, colour, t, drawn)
    signal, sigma = schedule.at(t, colour)
    first = torch.arange(count, device=colour.device) < max(1, round(FIRST * count))
    flag = first[:, None, None, None]
    x = x.masked_fill(flag, 0)
    guess = model(x, signal.masked_fill(flag, 0), sigma.masked_fill(flag, 1), scene.given)
    each = (guess - colour).square().flatten(1).mean(1)
    return {"loss": each.mean(), "first": each[first].mean(), "noised": each[~first].mean()}
