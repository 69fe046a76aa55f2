"""PaintsTorch and StencilTorch as experiments: what each profile plays, and what it leaves."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from torch import Tensor, nn

from lineart_lib.models.content import LineContent, VggContent, content_network
from lineart_lib.models.features import fetched_vgg16, kept_vgg16
from lineart_lib.models.hinted_unet import BOOK, PAPER, GeneratorSize
from lineart_lib.models.inputs import filled_hints_at, inputs_of
from lineart_lib.models.line_features import LineFeatures
from lineart_lib.models.paintstorch import ColourGenerator, Critic, CriticSize, LineGenerator
from lineart_lib.models.stenciltorch import GuidedStencilTorch, StencilTorch
from lineart_lib.recipe.augment import Augmentation
from lineart_lib.recipe.hints import Strokes
from lineart_lib.recipe.pictures import load_pictures, prepared_manifest
from lineart_lib.recipe.stencils import Stencils
from lineart_lib.runtime import data_folder, generator
from lineart_lib.training.colorizers import (
    RATE,
    Weights,
    paintstorch_players,
    stenciltorch_players,
)
from lineart_lib.training.lessons import Drawings, Lessons, drawings_of, lessons_by_step
from lineart_lib.training.line_features import line_features, trained_line_features
from lineart_lib.training.loop import play
from lineart_lib.training.players import Player
from lineart_lib.training.runs import (
    CONFIG,
    Run,
    fill_model,
    of_profile,
    runs_folder,
    trained_folder,
)
from lineart_lib.training.settings import LoopSettings
from lineart_lib.training.sheets import Watched, sheets, watched

Game = Literal["paintstorch", "stenciltorch"]
Vgg = Literal["never", "kept", "fetched"]
SOURCES = ("openmoji", "dicebear")
_VGG = {"never": (), "kept": (kept_vgg16,), "fetched": (kept_vgg16, fetched_vgg16)}


@dataclass(frozen=True)
class GameSettings:
    """Everything that decides the weights, but for the data."""

    game: Game
    """Which networks play."""
    generator: GeneratorSize = BOOK
    """Of the generators; without features the critic has none either."""
    critic_width: int = 16
    """Channels of the critic at half of the window's size."""
    second: bool = True
    """PaintsTorch's second generator; StencilTorch has none."""
    vgg: Vgg = "kept"
    """Whether the content loss looks through VGG16: never; where its weights lie in torch's cache;
    or where they can be fetched too. Else it looks through F1."""
    lessons: Lessons = field(default_factory=Lessons)
    """What is learned from. Its windows are the critic's, so 64 pixels times a power of two."""
    weights: Weights = field(default_factory=Weights)
    """Of the losses."""
    learning_rate: float = RATE
    """The highest one, of all players, above 0."""
    seed: int = 0
    """Decides the first weights."""
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(steps=1))

    def __post_init__(self) -> None:
        if self.game not in get_args(Game):
            raise ValueError(f"game must be one of {get_args(Game)}; got {self.game!r}")
        if self.vgg not in _VGG:
            raise ValueError(f"vgg must be one of {tuple(_VGG)}; got {self.vgg!r}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate}")


def _stencilled(lessons: Lessons) -> Lessons:
    return replace(lessons, hint_from="flats", stencils=Stencils())


def _profiles(game: Game) -> dict[str, GameSettings]:
    dress = _stencilled if game == "stenciltorch" else lambda lessons: lessons
    smoke, book, paper = (
        Lessons(batch_size=2),
        Lessons(),
        Lessons(32, 512, Augmentation(least_scale=1), strokes=Strokes()),
    )
    small = GeneratorSize(8, 16, ((1,), (1,), (1,), (1,)), (4, 4, 4, 4))
    # In float32: mixed precision refuses the gradient of a gradient that the critic's penalty is.
    hours = LoopSettings(steps=100_000, weight_decay=0.0, channels_last=True, sample_every=1000)
    minutes = LoopSettings(
        steps=400, weight_decay=0.0, ema=0.99, channels_last=True, log_every=25, sample_every=100
    )
    seconds = replace(minutes, steps=3, ema=0.5)
    rate = 2e-3
    return {
        "smoke": GameSettings(
            game, small, vgg="never", lessons=dress(smoke), learning_rate=rate, loop=seconds
        ),
        "book": GameSettings(game, lessons=dress(book), learning_rate=rate, loop=minutes),
        "paper": GameSettings(game, PAPER, 64, vgg="fetched", lessons=dress(paper), loop=hours),
    }


PROFILES: dict[Game, dict[str, GameSettings]] = {game: _profiles(game) for game in get_args(Game)}
"""What each profile plays: seconds; minutes, on windows of 64 pixels; and the dissertation's size.
The two shorter ones learn twenty times faster than the dissertation, which has the time not to."""


def paintstorch(profile: str, **changes: Any) -> Run:
    """Return PaintsTorch of a profile, trained when it is not there yet.

    It learns from the training parts of OpenMoji and DiceBear. F1 is trained first where it is
    missing.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings, and which prepared drawings. The run lies in `runs/paintstorch/<profile>/`.
    **changes
        Fields of `GameSettings` to set otherwise. Such a run replaces the profile's own.

    Returns
    -------
    Run
        Its model is a `ColourGenerator` in evaluation mode. Its metrics are those of
        `lineart_lib.training.loop.play` with the players `colour`, `line` and `critic`.

    Raises
    ------
    ValueError
        The profile is unknown, or a setting is out of range.
    FileNotFoundError
        A source is not prepared; the message names the command that does it.
    """
    return _played("paintstorch", profile, changes)


def stenciltorch(profile: str, **changes: Any) -> Run:
    """Return StencilTorch of a profile; all else as `paintstorch`.

    Returns
    -------
    Run
        Its model is a `GuidedStencilTorch`, whose `colorizer` paints; the players are `stencil` and
        `critic`.
    """
    return _played("stenciltorch", profile, changes)


def _played(game: Game, profile: str, changes: dict[str, Any]) -> Run:
    settings = replace(settings_of(game, profile), **changes)
    return run_game(settings, profile, f"{game}/{profile}", sampled=True)


def settings_of(game: Game, profile: str) -> GameSettings:
    """Return what a profile plays; ValueError where there is no such profile."""
    return of_profile(PROFILES[game], profile)


def run_game(settings: GameSettings, profile: str, place: str, sampled: bool = False) -> Run:
    """Play a game on the drawings of a profile, or find that it was played.

    Parameters
    ----------
    settings : GameSettings
    profile : {"smoke", "book", "paper"}
        Of the drawings and of F1.
    place : str
        Folder of the run within that of all runs; a run of other settings there is replaced.
    sampled : bool
        Leave sheets of samples there, of drawings of the validation parts.
    """
    data = data_folder()
    sums = {source: prepared_manifest(source, profile, data)["sha256"] for source in SOURCES}
    lines = line_features(profile)
    content = content_network(lines.model, _VGG[settings.vgg])
    config = {
        "model": settings.game,
        "data": sums,
        "features": lines.config,
        "content": content.name,
        "settings": asdict(settings),
    }
    seen = lines.model if settings.generator.features else None
    sheet = sheets(partial(_watched, profile), partial(_paint, seen), lines=True)
    return play(
        players_of(settings, content),
        lessons_by_step(partial(_drawings, profile, tuple(sums.values())), settings.lessons, seen),
        settings.loop,
        runs_folder() / place,
        sample=sheet if sampled else None,
        config=config,
        replace=True,
    )


@lru_cache(maxsize=1)
def _drawings(profile: str, sums: tuple[str, ...]) -> Drawings:
    """Load what all games of a profile learn from; `sums` of the data tell it from other data."""
    return drawings_of([load_pictures(s, profile, "train", data_folder()) for s in SOURCES])


def _watched(profile: str) -> Watched:
    return watched([load_pictures(s, profile, "validation", data_folder()) for s in SOURCES])


def _paint(lines: LineFeatures | None, model: nn.Module, drawings: Watched) -> Tensor:
    """Colour the drawings of a sheet; F1 stays on the CPU."""
    lineart = drawings.lineart
    small = tuple(side // 4 for side in lineart.shape[2:])
    features = None if lines is None else lines.features(lineart.cpu()).to(lineart.device)
    network = model.colorizer if isinstance(model, GuidedStencilTorch) else model
    return network(inputs_of(lineart, filled_hints_at(drawings.hints, small)), features)


def players_of(settings: GameSettings, content: VggContent | LineContent) -> dict[str, Player]:
    """Make the networks of a game, with drawn weights, and seat them.

    The first networks' weights do not depend on which others there are.
    """
    draw = [generator(settings.seed * 3 + number) for number in range(3)]
    size = settings.generator
    critic = Critic(
        CriticSize(settings.critic_width, size.features, side=settings.lessons.side_px), draw[1]
    )
    rate, weights = settings.learning_rate, settings.weights
    if settings.game == "stenciltorch":
        stencil = GuidedStencilTorch(size, draw[0])
        return stenciltorch_players(stencil, critic, content, weights, rate)
    line = LineGenerator(size, draw[2]) if settings.second else None
    return paintstorch_players(ColourGenerator(size, draw[0]), critic, line, content, weights, rate)


class Trained(NamedTuple):
    """A colorizer from its folder, ready to be used."""

    model: ColourGenerator | StencilTorch
    """In evaluation mode."""
    lines: LineFeatures | None
    """F1, where the colorizer takes its features."""
    side_px: int
    """Side of a drawing whose smallest windows it has seen at their own size."""
    folder: Path
    """Where its weights lie."""


def trained_game(game: Game, profile: str) -> Trained:
    """Load a trained colorizer; no data are needed for that, and nothing is trained.

    Raises
    ------
    FileNotFoundError
        It was not trained; the message names the command that does it.
    ValueError
        F1 was trained anew since, or the weights do not fit their settings.
    """
    folder = trained_folder(game, profile)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    size = GeneratorSize(**config["settings"]["generator"])
    whole = ColourGenerator(size) if game == "paintstorch" else GuidedStencilTorch(size)
    fill_model(whole, folder)
    model = whole if game == "paintstorch" else whole.colorizer
    lines = None
    if size.features:
        lines, known = trained_line_features(profile)
        if known != config["features"]:
            raise ValueError(
                f"{folder} was trained with another F1 than the one of this profile: train it "
                f"again with `lineart train {game} --profile {profile} --force`"
            )
    told = config["settings"]["lessons"]
    side = round(told["side_px"] / told["changes"]["least_scale"])
    return Trained(model.eval(), lines, side, folder)
