"""What PaintsTorch and StencilTorch learn from: windows of drawings, hints, masks, by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from lineart_lib import images
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.line_features import LineFeatures
from lineart_lib.recipe.augment import Augmentation, cropped, recoloured
from lineart_lib.recipe.batches import HintMaker
from lineart_lib.recipe.hints import Strokes, pixel_hints, stroke_hints
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.stencils import Stencils, stencil
from lineart_lib.training.colorizers import Lesson
from lineart_lib.training.feed import BatchOf, drawing, share

HintKind = Literal["strokes", "pixels"]


class Drawings(NamedTuple):
    """Drawings in memory, as bytes."""

    lineart: Tensor
    """uint8 (N, 1, H, W)."""
    picture: Tensor
    """uint8 (N, 3, H, W), the illustration, with its lines."""
    flats: Tensor
    """uint8 (N, 3, H, W), one colour a region, without lines."""


@dataclass(frozen=True)
class Lessons:
    """How drawings become lessons; ranges include both ends."""

    batch_size: int = 8
    """Windows in a step, of all processes together, at least 1."""
    side_px: int = 64
    """Side of the windows, a multiple of 16 that divides the drawing's side."""
    changes: Augmentation = field(default_factory=lambda: Augmentation(least_scale=0.5))
    """A window is cut out of the whole drawing and brought to `side_px` from there: with a least
    scale of a half, drawings of twice the side come at their own size, or up to half of it. The
    share of damaged lines is not read."""
    hints: HintKind = "strokes"
    """Strokes, or single pixels: the ablation."""
    strokes: Strokes = field(default_factory=lambda: Strokes(thickness_px=(1, 2), reach_px=(0, 3)))
    """Of the hints, drawn on a quarter of the window. The dissertation's are for a quarter of 128
    pixels; these are narrower and shorter, for one of 16 to 32."""
    pixels: tuple[int, int] = (0, 50)
    """How many pixels, for that kind of hints."""
    hint_from: Literal["picture", "flats"] = "picture"
    """Where hints take their colours; StencilTorch takes them from the flats."""
    stencils: Stencils | None = None
    """Masks for in-painting; None opens the whole window."""
    seed: int = 0
    """Decides drawings, windows, colours, hints and masks."""

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {self.batch_size}")
        if self.side_px < 16 or self.side_px % 16:
            raise ValueError(f"side_px must be a multiple of 16; got {self.side_px}")
        for name, known in (("hints", get_args(HintKind)), ("hint_from", ("picture", "flats"))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {known}; got {getattr(self, name)!r}")


def drawings_of(sources: Sequence[Pictures]) -> Drawings:
    """Take lines, illustrations and flats of loaded pictures of one size, one source after another.

    Raises
    ------
    ValueError
        The sizes differ.
    """
    sizes = {source.lineart.shape[1:] for source in sources}
    if len(sizes) != 1:
        raise ValueError(f"all drawings must be of one size; got {sorted(sizes)}")
    return Drawings(
        *(
            torch.from_numpy(
                np.concatenate([images.to_planes(getattr(source, name)) for source in sources])
            )
            for name in ("lineart", "illustration", "flats")
        )
    )


def lessons_by_step(
    drawings: Callable[[], Drawings], settings: Lessons, lines: LineFeatures | None
) -> BatchOf:
    """Say what each step learns from.

    Parameters
    ----------
    drawings : callable
        Loads them; called once, when the first batch is asked for.
    settings : Lessons
    lines : LineFeatures, optional
        F1, trained; without it the lessons have no features. It is only read.

    Returns
    -------
    callable
        A `BatchOf` that returns `Lesson`. A step draws its drawings with replacement.
    """
    loaded: list[Drawings] = []

    def batch_of(step: int, rank: int, ranks: int) -> Lesson:
        if not loaded:
            loaded.append(drawings())
        draw = drawing(settings.seed, step)
        hand = np.random.default_rng((settings.seed, step))
        rows = torch.randint(len(loaded[0].lineart), (settings.batch_size,), generator=draw)
        some = Drawings(*(images.to_signed(plane[rows]) for plane in loaded[0]))
        lesson = share(lesson_of(some, settings, draw, hand), rank, ranks)
        if lines is None:
            return lesson
        with torch.no_grad():
            return lesson._replace(features=lines.features(lesson.inputs.lineart))

    return batch_of


def lesson_of(
    some: Drawings,
    settings: Lessons,
    draw: torch.Generator,
    hand: np.random.Generator,
) -> Lesson:
    """Cut, mirror, recolour, hint and mask a batch; features are not looked at.

    Parameters
    ----------
    some : Drawings
        float32, in [-1, 1].
    settings : Lessons
    draw : torch.Generator
        Draws windows, mirrors and colours.
    hand : numpy.random.Generator
        Draws hints and masks.

    Raises
    ------
    ValueError
        The side of the windows does not divide that of the drawings.
    """
    changes, side = settings.changes, settings.side_px
    planes = torch.cat(some, dim=1)  # (B, 7, H, W)
    height, width = planes.shape[2:]
    if height % side or width != height:
        raise ValueError(
            f"drawings must be squares whose side is a multiple of {side}; got {height} x {width}"
        )
    turned = torch.rand(len(planes), generator=draw) < changes.mirror
    planes = cropped(planes, changes.least_scale, turned, draw)
    if height > side:
        planes = avg_pool2d(planes, height // side)
    lineart, colours = planes[:, :1], planes[:, 1:]
    if changes.hue_turns or changes.saturation:
        # Picture above flats: what belongs together gets one turn.
        above = torch.cat([colours[:, :3], colours[:, 3:]], dim=2)
        above = recoloured(above, changes.hue_turns, changes.saturation, draw)
        colours = torch.cat(above.split(side, dim=2), dim=1)
    picture, flats = colours[:, :3].contiguous(), colours[:, 3:].contiguous()
    told = picture if settings.hint_from == "picture" else flats
    maker = _maker(settings)
    hints = torch.from_numpy(np.stack([maker(one, hand) for one in told.numpy()]))
    given = inputs_of(lineart, hints)
    if settings.stencils is not None:
        masks = [stencil((side, side), hand, settings.stencils) for _ in range(len(planes))]
        given = inputs_of(lineart, hints, torch.from_numpy(np.stack(masks)), picture)
    return Lesson(given, picture, flats=flats)


def _maker(settings: Lessons) -> HintMaker:
    if settings.hints == "strokes":
        return partial(stroke_hints, settings=settings.strokes)
    return partial(pixel_hints, pixels=settings.pixels, reduction=settings.strokes.reduction)
