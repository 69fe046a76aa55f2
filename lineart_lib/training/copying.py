"""Train the network that copies hints, and keep it.

A bank of hinted linearts is drawn first, since the fills that it listens to take longer than a
step of the network. A batch takes some of it, mirrored and recoloured. What drawings are of is
learned first from small ones, which cost less; where a colour ends, from whole ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import permutations
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lineart_lib import images
from lineart_lib.models.copying import SHARPNESS, Copier, Decision, mix_colours, paint_decision
from lineart_lib.recipe.choices import FILLS, Choices, choices, in_fours, mirrored, stack
from lineart_lib.recipe.pictures import Pictures, load_pictures, prepared_manifest
from lineart_lib.recipe.practice import Practice
from lineart_lib.runtime import data_folder
from lineart_lib.training.bank import MANY, TOGETHER, Bank, batch_rows, draw_banks
from lineart_lib.training.feed import BatchOf, drawing, share
from lineart_lib.training.loop import fit
from lineart_lib.training.machines import place
from lineart_lib.training.players import Terms
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

EXPERIMENT = "copying"
SOURCES = ("openmoji", "dicebear")
ALIKE = 8 / 127.5
"""Two colours that differ by no more than 8 steps of 8 bits in any channel count as one."""
LEAST = 1e-30
"""A right colour counts as at least so likely, so that no loss is infinite."""
_CHANNELS = torch.tensor(list(permutations(range(3))))


@dataclass(frozen=True)
class CopySettings:
    """Everything that decides the weights, but for the data."""

    sources: tuple[str, ...] = SOURCES
    """Prepared sets whose training parts are learned from, at least one."""
    widths: tuple[int, ...] = (48, 96, 144, 192)
    """Channels of the U-Net, at a half of the picture's size first; multiples of 8."""
    keys: int = 16
    """Length of queries and keys."""
    prior: bool = True
    """Whether the network hears the fills; False is the ablation. (Pieces are cut as one of the
    fills cuts them.)"""
    piece_channels: int = 32
    """What pieces of paper are told of each pixel; 0, the ablation, does without pieces."""
    draws: int = 2
    """Hinted linearts in the bank for each drawing, at least 1."""
    most: int | None = None
    """Drawings of each source, evenly spread, at least 1; None takes all."""
    batch_size: int = 8
    """Drawings in a step, of all processes together, at least 1."""
    small: float = 0.8
    """Share of the steps, the first ones, whose drawings have half their size; in [0, 1]. A budget
    of minutes has none."""
    recoloured: float = 0.5
    """Share of the hinted drawings whose channels are exchanged, so that hints decide and not
    habits; in [0, 1]."""
    practice: Practice = field(default_factory=Practice)
    """What is drawn for the bank."""
    mix: float = 2.0
    """Weight of the squared error of the mixed colours, at least 0."""
    own: float = 0.3
    """Weight of the absolute error of the colour of its own, at least 0."""
    under_lines: float = 0.1
    """Weight of pixels under a line, beside 1 for bare paper; in [0, 1]."""
    seed: int = 0
    """Decides the first weights, the bank, the order and the colours."""
    loop: LoopSettings = field(
        default_factory=lambda: LoopSettings(
            steps=2500,
            learning_rate=2e-3,
            ema=0.99,
            precision="fast",
            channels_last=True,
            sample_every=250,
        )
    )

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("sources must name one prepared set at least; got none")
        for name in ("draws", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.most is not None and self.most < 1:
            raise ValueError(f"most must be at least 1, or None; got {self.most}")
        for name in ("small", "recoloured", "under_lines"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1]; got {getattr(self, name)}")
        for name in ("piece_channels", "mix", "own"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0; got {getattr(self, name)}")


class Lesson(NamedTuple):
    """A batch to learn from."""

    choices: Choices
    """What the network reads."""
    colour: Tensor
    """float32 (B, 3, H, W), in [-1, 1]: what is under the lines."""
    right: Tensor
    """bool (B, K, H, W): which hinted colours are right, see `right_colours`."""
    miss: Tensor
    """float32 (B, H, W): how far the nearest hinted colour is, see `right_colours`."""
    bare: Tensor
    """bool (B, 1, H, W): paper, in the artist's lines and in those that are given."""


def lesson(
    bank: Bank, index: Tensor, settings: CopySettings, draw: torch.Generator, small: bool = False
) -> Lesson:
    """Take entries of a bank, mirror half of them, and exchange the channels of some.

    White and black stay what they are: a border that is white paper remains one. Small ones have
    half their size, see `Choices.halved`.
    """
    found, rows = bank.choices.rows(index), bank.rows[index]
    truth, paper = [plane[rows] for plane in (bank.colour, bank.flats)], bank.paper[rows]
    if small:
        found, truth = found.halved(), [plane[..., ::2, ::2] for plane in truth]
        paper = in_fours(paper).amin((-3, -1))
    planes = [*map(images.to_signed, truth), paper & (found.lineart >= 0.99)]
    turned = torch.rand(len(index), generator=draw) < 0.5
    found = found.mirrored(turned)
    colour, flats, bare = (mirrored(plane, turned) for plane in planes)
    kept = torch.rand(len(index), generator=draw) >= settings.recoloured
    kept |= found.counts == 0  # Without a hint, habits are all there is.
    order = _CHANNELS[torch.randint(len(_CHANNELS), (len(index),), generator=draw)]
    order[kept] = torch.arange(3)
    colours = found.colours.gather(2, order[:, None].expand_as(found.colours))
    wide = order[:, :, None, None].expand_as(colour)
    colour, flats = colour.gather(1, wide), flats.gather(1, wide)
    seen = found._replace(colours=colours)
    return Lesson(seen, colour, *right_colours(seen, (colour, flats)), bare)


def copy_loss(model: torch.nn.Module, batch: Lesson, settings: CopySettings) -> Terms:
    """Return the terms of the loss.

    ``choice``: minus the logarithm of how likely any right colour is, in nats. A hint is right
    where its colour is that of the picture, shaded or flat. Where none is, what comes nearest is
    right: a hint, or the colour of its own. ``mix``: the squared error of the mixed colours, in
    [0, 4]. ``own``: the absolute error of the colour of its own, in [0, 2]. Each is a mean over
    pixels, those under lines counting less.
    """
    decision = model(batch.choices)
    with torch.autocast(decision.own.device.type, enabled=False):
        return _terms(decision, batch, settings)


def _terms(decision: Decision, batch: Lesson, settings: CopySettings) -> Terms:
    weight = pixel_weights(batch, settings)
    alone = (decision.own.detach() - batch.colour).abs().mean(dim=1) < batch.miss  # (B, H, W)
    right = torch.cat([alone[:, None], batch.right & ~alone[:, None]], dim=1)
    likely = decision.scores.softmax(dim=1)
    mixed = mix_colours(likely, decision.own, batch.choices.colours)
    hit = (likely * right).sum(dim=1).clamp(min=LEAST)
    terms = {
        "choice": -(weight[:, 0] * hit.log()).sum(),
        "mix": (weight * (mixed - batch.colour) ** 2).sum() / 3,
        "own": (weight * (decision.own - batch.colour).abs()).sum() / 3,
    }
    loss = terms["choice"] + settings.mix * terms["mix"] + settings.own * terms["own"]
    return {"loss": loss, **terms}


def pixel_weights(batch: Lesson, settings: CopySettings) -> Tensor:
    """Say what each pixel counts: float32 (B, 1, H, W), with a sum of 1; those under lines less."""
    weight = torch.where(batch.bare, 1.0, settings.under_lines)
    return weight / weight.sum()


def right_colours(seen: Choices, truths: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Say which hinted colours are right, and how far off the nearest one is.

    Parameters
    ----------
    seen : Choices
    truths : sequence of Tensor
        float32 (B, 3, H, W), in [-1, 1]: a colour that is alike to one of them is right.

    Returns
    -------
    right : Tensor
        bool (B, K, H, W): all that are alike; where none is, the nearest to the first truth. None
        in a picture without hints.
    miss : Tensor
        float32 (B, H, W): mean difference of the channels to the nearest; 0 where one is alike,
        infinite in a picture without hints.
    """
    real, far = seen.real[..., None, None], None
    right = torch.zeros_like(real)
    for truth in truths:
        red, green, blue = (
            (seen.colours[..., channel, None, None] - truth[:, None, channel]).abs_()
            for channel in range(3)
        )
        right = right | (torch.maximum(torch.maximum(red, green), blue) <= ALIKE)
        if far is None:
            far = red.add_(green).add_(blue).masked_fill_(~real, torch.inf)
    right = right & real
    least, nearest = far.min(dim=1)  # (B, H, W)
    some = right.any(dim=1)
    numbers = torch.arange(far.shape[1], device=far.device)[:, None, None]
    right = right | (real & ~some[:, None] & (numbers == nearest[:, None]))
    return right, torch.where(some, 0.0, least / 3)


PROFILES: dict[str, CopySettings] = {
    "smoke": CopySettings(
        widths=(8, 16),
        piece_channels=8,
        draws=1,
        most=8,
        batch_size=2,
        loop=LoopSettings(steps=6, ema=0.5),
    ),
    "book": CopySettings(),
    "paper": CopySettings(
        widths=(64, 128, 192, 256),
        draws=16,
        batch_size=16,
        small=0.5,
        loop=LoopSettings(
            steps=100_000,
            learning_rate=1e-3,
            precision="bf16-mixed",
            channels_last=True,
            sample_every=1000,
        ),
    ),
}
"""What each profile trains: seconds, minutes, and as good as this network gets."""


Banks = dict[tuple, Bank]
"""Banks that were drawn, by all that decides them."""


def copier(profile: str, variant: str = "", banks: Banks | None = None, **changes: Any) -> Run:
    """Return the copier of a profile, trained when it is not there yet.

    It learns from the training parts of its sources, OpenMoji and DiceBear unless changed. The two
    styles that DiceBear holds out are never seen.

    Parameters
    ----------
    profile : {"smoke", "book", "paper"}
        Which settings, and which prepared drawings. The run lies in `runs/copying/<profile>/`.
    variant : str
        Name of an ablation, whose run lies beside, in `<profile>-<variant>/`.
    banks : dict, optional
        Give the same one to several ablations, and what they share is drawn once.
    **changes
        Fields of `CopySettings` to set otherwise. Without a variant, such a run replaces the
        profile's own.

    Returns
    -------
    Run
        Its model is a `Copier` in evaluation mode; `copy_loss` tells its metrics.

    Raises
    ------
    ValueError
        The profile is unknown, or a setting is out of range.
    FileNotFoundError
        A source is not prepared; the message names the command that does it.
    """
    settings = replace(of_profile(PROFILES, profile), **changes)
    loss = partial(copy_loss, settings=settings)
    make = partial(_network, asdict(settings))
    return learn_from_banks(make, "Copier", loss, settings, profile, variant, banks)


def learn_from_banks(
    make: Callable[[], torch.nn.Module],
    kind: str,
    loss: Callable[[torch.nn.Module, Lesson], Terms],
    settings: CopySettings,
    profile: str,
    variant: str,
    banks: Banks | None = None,
) -> Run:
    """Make a network and train it on banks of hinted linearts; `kind` names it and its loss.

    The seed of the settings decides its first weights. The rest, and what is raised, is as in
    `copier`.
    """
    data = data_folder()
    sums = {name: prepared_manifest(name, profile, data)["sha256"] for name in settings.sources}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = make()
    return fit(
        model,
        lessons(profile, settings, banks),
        loss,
        settings.loop,
        runs_folder() / EXPERIMENT / "-".join(filter(None, (profile, variant))),
        config={
            "model": kind,
            "data": sums,
            "rows": [MANY, TOGETHER],
            "settings": asdict(settings),
        },
        sample=None
        if variant
        else sheets(partial(_watched, settings, profile), _paint, lines=False),
        replace=True,
    )


def _watched(settings: CopySettings, profile: str) -> Watched:
    names = settings.sources
    return watched([load_pictures(s, profile, "validation", data_folder()) for s in names])


def _paint(model: torch.nn.Module, drawings: Watched) -> Tensor:
    """Colour the drawings of a sheet, each hint copied exactly."""
    pairs = zip(drawings.lineart.cpu().numpy(), drawings.hints.cpu().numpy(), strict=True)
    seen = stack([choices(art, hints) for art, hints in pairs])
    seen = place(seen, drawings.lineart.device, False)
    return paint_decision(model(seen), seen.colours, SHARPNESS)


def load_copier(profile: str) -> Copier:
    """Return the copier of a profile as it was trained, without its data.

    Raises
    ------
    FileNotFoundError
        It was not trained; the message names the command that does it.
    ValueError
        The weights do not fit their settings, as those of an earlier version.
    """
    folder = trained_folder(EXPERIMENT, profile)
    settings = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["settings"]
    model = _network(settings)
    fill_model(model, folder)
    return model.eval()


def _network(settings: Mapping[str, Any]) -> Copier:
    """Make the network of settings, as they are or as they were written down."""
    heard = FILLS if settings["prior"] else ()
    return Copier(settings["widths"], settings["keys"], heard, settings["piece_channels"])


def lessons(profile: str, settings: CopySettings, banks: Banks | None = None) -> BatchOf:
    """Say what each step learns from; banks are drawn when a step first asks for one.

    Those that are there are taken, and those that are drawn are left there.
    """
    banks = {} if banks is None else banks
    decided = (profile, settings.most, settings.draws, settings.practice, settings.seed)

    def batch_of(step: int, rank: int, ranks: int) -> Lesson:
        turn, number = divmod(step, len(settings.sources))
        key = (settings.sources[number], *decided)
        if key not in banks:
            names = [name for name in settings.sources if (name, *decided) not in banks]
            sources = [_learned_from(name, profile, settings.most) for name in names]
            drawn = draw_banks(sources, settings.draws, settings.practice, settings.seed)
            banks.update(zip([(name, *decided) for name in names], drawn, strict=True))
        rows = batch_rows(banks[key], settings.batch_size, turn, (settings.seed, number))
        small = step < settings.small * (settings.loop.steps or 0)
        found = lesson(banks[key], rows, settings, drawing(settings.seed, step), small)
        return share(found, rank, ranks)

    return batch_of


def _learned_from(source: str, profile: str, most: int | None) -> Pictures:
    """Load the training part of a source, or so much of it."""
    pictures = load_pictures(source, profile, "train", data_folder())
    return pictures if most is None else pictures.spread(most)
