"""Batches of pairs for training: lineart, picture and hints, from memory or streamed from shards.

A small set is held as bytes and a batch is one indexing. A large one is read shard by shard
through a shuffle buffer that holds pictures as they lie on disk, packed: 8 kB at 128 pixels.

Each batch has a random generator of its own, seeded by the run's seed and the batch's place. So a
run that starts again at batch n sees what it would have seen, and nothing before n is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from lineart_lib import images
from lineart_lib.recipe.augment import Augmentation, augment
from lineart_lib.recipe.hints import stroke_hints
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.prepare_art import check_form
from lineart_lib.recipe.shards import GROUP, decode_plane, read_rows
from lineart_lib.recipe.split import PARTS

HintMaker = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Draws hints (4, h, w) for a picture (3, H, W) in [-1, 1]."""


class Batch(NamedTuple):
    """Pairs that belong together, row by row."""

    lineart: Tensor
    """float32 (B, 1, H, W), in [-1, 1]."""
    picture: Tensor
    """float32 (B, 3, H, W), in [-1, 1], the illustration."""
    hints: Tensor
    """float32 (B, 4, h, w), drawn from the picture."""
    rows: Tensor
    """int64 (B,): number of each picture in its part."""


@dataclass(frozen=True)
class Loading:
    """How pairs become batches."""

    size: int = 32
    """Pairs in a batch."""
    seed: int = 0
    """Decides the order and every draw."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    hints: HintMaker = stroke_hints
    """One of `recipe.hints`, its settings filled in."""
    even: bool = True
    """Leave out what would make a last batch smaller, or give a rank more batches than another;
    what is left out is drawn anew in each epoch. If False, every picture comes once an epoch."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be at least 1; got {self.size}")


@dataclass(frozen=True)
class Share:
    """Which part of the work is ours, among processes that train together."""

    rank: int = 0
    ranks: int = 1
    worker: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        if not (0 <= self.rank < self.ranks and 0 <= self.worker < self.workers):
            raise ValueError(f"expected rank < ranks and worker < workers; got {self}")


@dataclass(frozen=True)
class Pairs:
    """A part in memory, as bytes."""

    lineart: Tensor
    """uint8 (N, 1, H, W)."""
    picture: Tensor
    """uint8 (N, 3, H, W)."""

    def __len__(self) -> int:
        return len(self.lineart)


def pairs_of(pictures: Pictures) -> Pairs:
    """Take lineart and illustration of loaded pictures, channels first."""
    art, picture = map(images.to_planes, (pictures.lineart, pictures.illustration))
    return Pairs(torch.from_numpy(art), torch.from_numpy(picture))


def memory_batches(
    pairs: Pairs, loading: Loading, epoch: int = 0, start: int = 0, share: Share | None = None
) -> Iterator[Batch]:
    """Yield one epoch of batches from memory.

    Parameters
    ----------
    pairs : Pairs
    loading : Loading
    epoch : int
        Each has its own order and draws.
    start : int
        Batches to skip: to go on after n batches, start at n.
    share : Share, optional
        The ranks' rows have none in common. Workers are not needed here.

    Raises
    ------
    ValueError
        There are not enough pictures for one batch a rank.
    """
    share = share or Share()
    shuffle = torch.Generator().manual_seed(_seeds(loading.seed, epoch)[0])
    order = torch.randperm(len(pairs), generator=shuffle)[share.rank :: share.ranks]
    if loading.even:
        order = order[: len(pairs) // share.ranks // loading.size * loading.size]
    if not len(order):
        raise ValueError(
            f"{len(pairs)} pictures are too few for {share.ranks} times {loading.size}: make the "
            "batches smaller"
        )
    for number, rows in enumerate(order.split(loading.size)):
        if number >= start:
            yield _batch(
                pairs.lineart[rows],
                pairs.picture[rows],
                rows,
                loading,
                (epoch, share.rank, 0, number),
            )


class ShardStream(IterableDataset):
    """Batches of one epoch, read from shards; for `DataLoader(stream, batch_size=None)`.

    The workers of a loader share the pictures of their rank, and a row group belongs to one of
    them, so none comes twice. With `num_workers=0` it iterates in this process.

    Parameters
    ----------
    name, profile, part, data
        As in `load_pictures`.
    loading : Loading
    buffer : int
        Pictures among which the next one is drawn; 1 keeps the order within a row group.
    rank, ranks : int
        Of the processes that train together.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load_pictures`.

    Notes
    -----
    Set `position` to (epoch, batches of this rank that were taken) before iterating. The batches of
    several workers come in turns, so the position is the same for any way they are timed; resume
    with the number of workers that was used before.
    """

    def __init__(
        self,
        name: str,
        profile: str,
        part: str,
        data: Path,
        loading: Loading,
        *,
        buffer: int = 2048,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        if part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")
        if buffer < 1:
            raise ValueError(f"buffer must be at least 1; got {buffer}")
        folder = data / name / profile
        if not (folder / "manifest.json").is_file():
            raise FileNotFoundError(
                f"expected prepared drawings in {folder}, found none: make them with "
                f"`lineart prepare {name} --profile {profile}`"
            )
        shards = [s for s in check_form(folder, name, profile)["shards"] if s["part"] == part]
        self.groups = list(_groups(folder, shards))
        self.loading, self.buffer, self.rank, self.ranks = loading, buffer, rank, ranks
        self.position = (0, 0)

    def __len__(self) -> int:
        """Return how many pictures the part has."""
        return sum(group.rows for group in self.groups)

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        place, workers = (info.id, info.num_workers) if info else (0, 1)
        epoch, taken = self.position
        worker = (place + taken) % workers  # a loader always asks its first worker first
        # Of the n batches taken, those of this worker: numbers worker, worker + workers, … below n.
        start = max(0, -(-(taken - worker) // workers))
        yield from stream_batches(
            self.groups,
            self.loading,
            epoch,
            start,
            Share(self.rank, self.ranks, worker, workers),
            self.buffer,
        )


class Group(NamedTuple):
    """A row group: the least that is read at once."""

    path: Path
    number: int
    first: int
    """Number of its first picture in the part."""
    rows: int


def _groups(folder: Path, shards: Sequence[dict[str, Any]]) -> Iterator[Group]:
    first = 0
    for shard in shards:
        for number, start in enumerate(range(0, shard["rows"], GROUP)):
            rows = min(GROUP, shard["rows"] - start)
            yield Group(folder / shard["file"], number, first, rows)
            first += rows


def stream_batches(
    groups: Sequence[Group],
    loading: Loading,
    epoch: int,
    start: int,
    share: Share,
    buffer: int,
) -> Iterator[Batch]:
    """Yield one epoch of batches of one worker; `ShardStream` tells what each parameter means.

    Raises
    ------
    ValueError
        There are not enough pictures for one batch a worker.
    """
    dealt = np.random.default_rng(_seeds(loading.seed, epoch)).permutation(len(groups))
    consumers = share.ranks * share.workers
    hands = [dealt[number::consumers] for number in range(consumers)]
    mine = [groups[number] for number in hands[share.rank + share.ranks * share.worker]]
    rows = sum(group.rows for group in mine)
    if loading.even:
        least = min(sum(groups[number].rows for number in hand) for hand in hands)
        rows = least // loading.size * loading.size
    if not rows:
        raise ValueError(
            f"{len(groups)} row groups are too few for {consumers} workers with batches of "
            f"{loading.size}: use fewer workers, or load the set into memory"
        )
    draw = np.random.default_rng(_seeds(loading.seed, epoch, share.rank, share.worker))
    left = [group.rows for group in mine]  # pictures of each group that are still to come
    packed: dict[int, list[dict[str, Any] | None]] = {}
    waiting: list[tuple[int, int]] = []
    for number, (group, row) in enumerate(_shuffled([g.rows for g in mine], buffer, draw)):
        if number == rows:
            break
        left[group] -= 1
        if number < start * loading.size:
            continue  # taken before: only its place in the order matters
        waiting.append((group, row))
        if len(waiting) == loading.size or number == rows - 1:
            yield _unpacked(mine, packed, waiting, loading, (epoch, share, number // loading.size))
            for done in {group for group, _ in waiting if not left[group]}:
                del packed[done]
            waiting = []


def _shuffled(
    rows: Sequence[int], buffer: int, draw: np.random.Generator
) -> Iterator[tuple[int, int]]:
    """Yield (group, row) as a shuffle buffer gives them; no picture is needed to know the order."""
    held: list[tuple[int, int]] = []
    for group, count in enumerate(rows):
        for row in range(count):
            held.append((group, row))
            if len(held) >= buffer:
                place = int(draw.integers(len(held)))
                held[place], held[-1] = held[-1], held[place]
                yield held.pop()
    yield from (held[place] for place in draw.permutation(len(held)))


def _unpacked(
    groups: Sequence[Group],
    packed: dict[int, list[dict[str, Any] | None]],
    wanted: Sequence[tuple[int, int]],
    loading: Loading,
    place: tuple[int, Share, int],
) -> Batch:
    """Read what is not in memory yet, and decode the pictures of one batch."""
    planes: dict[str, list[np.ndarray]] = {"lineart": [], "illustration": []}
    for number, row in wanted:
        if number not in packed:
            group = groups[number]
            columns = ["height", "width", *planes]
            packed[number] = list(read_rows(group.path, columns, [group.number]))
        found = packed[number][row]
        packed[number][row] = None
        for plane, decoded in planes.items():
            decoded.append(decode_plane(found[plane], plane, found["height"], found["width"]))
    art, picture = (
        torch.from_numpy(images.to_planes(np.stack(decoded))) for decoded in planes.values()
    )
    rows = torch.tensor([groups[number].first + row for number, row in wanted])
    epoch, share, batch = place
    return _batch(art, picture, rows, loading, (epoch, share.rank, share.worker, batch))


def _batch(
    art: Tensor, picture: Tensor, rows: Tensor, loading: Loading, place: tuple[int, ...]
) -> Batch:
    """Convert, augment and hint pictures that are still bytes."""
    first, second = _seeds(loading.seed, *place)
    lines, colours = augment(
        images.to_signed(art),
        images.to_signed(picture),
        loading.augmentation,
        torch.Generator().manual_seed(first),
    )
    draw = np.random.default_rng(second)
    hints = np.stack([loading.hints(one, draw) for one in colours.numpy()])
    return Batch(lines, colours, torch.from_numpy(hints), rows)


def _seeds(*place: int) -> list[int]:
    """Return two seeds that depend on all of a place and on nothing else."""
    return np.random.SeedSequence(place).generate_state(2).tolist()
