"""Batches: each picture where it belongs, once, repeatable, and resumable in the middle."""

import json
from functools import partial
from itertools import islice, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from lineart_lib import images
from lineart_lib.recipe.artwork import Artwork
from lineart_lib.recipe.augment import PLAIN
from lineart_lib.recipe.batches import (
    Loading,
    ShardStream,
    Share,
    _shuffled,
    memory_batches,
    pairs_of,
    stream_batches,
)
from lineart_lib.recipe.hints import pixel_hints
from lineart_lib.recipe.kinds import FORM
from lineart_lib.recipe.pictures import load_pictures
from lineart_lib.recipe.shards import ShardWriter, encode

COUNT, SIDE = 330, 8  # two shards, seven row groups
FEW = partial(pixel_hints, pixels=(0, 3))


def numbered(number: int) -> Artwork:
    """Return a drawing of noise of its own."""
    draw = np.random.default_rng(number)
    colours = draw.integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    grey = draw.integers(0, 256, (2, SIDE, SIDE), np.uint8)
    regions = np.zeros((SIDE, SIDE), np.int32)
    planes = dict(zip(("illustration", "colour", "flats"), colours, strict=True))
    told = {"words": (), "lines": "artist"}
    name = f"n{number}"
    return Artwork(name, name, lineart=grey[0], regions=regions, parts=grey[1], **planes, **told)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Write a set of noise as `lineart prepare` would."""
    root = tmp_path_factory.mktemp("data")
    folder = root / "noise" / "smoke"
    folder.mkdir(parents=True)
    listed = []
    for shard, numbers in enumerate((range(200), range(200, COUNT))):
        with ShardWriter(folder / f"train-{shard:05}.parquet") as file:
            for number in numbers:
                file.add(encode(numbered(number)))
        listed.append({"file": file.path.name, "part": "train", "rows": len(numbers)})
    (folder / "manifest.json").write_text(json.dumps({"form": FORM, "shards": listed}))
    return root


def stream(data, loading, **options):
    """Return the stream of the noise."""
    return ShardStream("noise", "smoke", "train", data, loading, **options)


def equal(first, second) -> bool:
    """Tell whether two lists of batches hold the same values."""
    pairs = zip(first, second, strict=False)
    return len(first) == len(second) and all(
        torch.equal(a, b) for x, y in pairs for a, b in zip(x, y, strict=True)
    )


def rows_of(found) -> list[int]:
    """Return the numbers of all pictures of some batches."""
    return [int(row) for batch in found for row in batch.rows]


@pytest.mark.parametrize("kind", ["memory", "stream"])
def test_an_epoch_holds_every_picture_once(data, kind):
    """Equivalence: all pictures, each as it was prepared, in the row that the batch names."""
    pictures = load_pictures("noise", "smoke", "train", data)
    loading = Loading(size=50, augmentation=PLAIN, hints=FEW, even=False)
    if kind == "memory":
        found = list(memory_batches(pairs_of(pictures), loading))
    else:
        found = list(stream(data, loading, buffer=100))
    assert sorted(rows_of(found)) == list(range(COUNT))
    assert rows_of(found) != list(range(COUNT))
    for batch in found:
        rows = batch.rows.numpy()
        np.testing.assert_array_equal(batch.lineart, images.to_lineart(pictures.lineart[rows]))
        np.testing.assert_array_equal(batch.picture, images.to_picture(pictures.illustration[rows]))
        images.check_hints(batch.hints.numpy())
        assert batch.hints.shape == (len(rows), 4, SIDE // 4, SIDE // 4)


@pytest.mark.parametrize("even", [True, False])
def test_ranks_and_workers_share_without_overlap(data, even):
    """Property: no picture comes twice; together all come, or each gets as many batches."""
    loading = Loading(size=16, hints=FEW, even=even)
    groups = stream(data, loading).groups
    shares = [Share(rank, 2, worker, 2) for rank, worker in product(range(2), range(2))]
    found = [list(stream_batches(groups, loading, 3, 0, share, 64)) for share in shares]
    rows = [row for batches in found for row in rows_of(batches)]
    assert len(set(rows)) == len(rows)
    if even:
        assert len({len(batches) for batches in found}) == 1
        assert {len(batch.rows) for batches in found for batch in batches} == {16}
    else:
        assert sorted(rows) == list(range(COUNT))
    pairs = pairs_of(load_pictures("noise", "smoke", "train", data))
    ranks = [rows_of(memory_batches(pairs, loading, 3, 0, Share(rank, 3))) for rank in range(3)]
    together = [row for rank in ranks for row in rank]
    assert len(set(together)) == len(together)
    assert len({len(rank) for rank in ranks}) == 1
    assert even or sorted(together) == list(range(COUNT))


def test_goes_on_where_it_was(data):
    """Determinism: started at batch 4, memory and stream give what an unbroken epoch gave."""
    loading = Loading(size=32, seed=5, hints=FEW)
    pairs = pairs_of(load_pictures("noise", "smoke", "train", data))
    whole = list(memory_batches(pairs, loading, 2))
    assert equal(list(memory_batches(pairs, loading, 2, 4)), whole[4:])
    flow = stream(data, loading, buffer=90)
    flow.position = (2, 0)
    whole = list(flow)
    flow.position = (2, 4)
    assert equal(list(flow), whole[4:])
    assert len(whole) == COUNT // 32


def test_a_loader_with_workers_goes_on_too(data):
    """Determinism: two processes, stopped after five batches: the sixth comes next."""
    loading = Loading(size=16, hints=FEW)

    def taken(position, count):
        flow = stream(data, loading, buffer=50)
        flow.position = position
        loader = DataLoader(flow, batch_size=None, num_workers=2, multiprocessing_context="fork")
        return list(islice(loader, count))

    whole = taken((1, 0), 8)
    assert equal(taken((1, 5), 3), whole[5:])
    assert len(set(rows_of(whole))) == 8 * 16


def test_seed_and_epoch_decide(data):
    """Determinism: the same seed and epoch give the same batches, another of them others."""
    pairs = pairs_of(load_pictures("noise", "smoke", "train", data))
    first, again, seed, epoch = (
        next(memory_batches(pairs, Loading(size=20, seed=s, hints=FEW), e))
        for s, e in ((1, 0), (1, 0), (2, 0), (1, 1))
    )
    assert equal([first], [again])
    assert not torch.equal(first.rows, seed.rows)
    assert not torch.equal(first.rows, epoch.rows)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.integers(1, 9), max_size=8),
    buffer=st.integers(1, 40),
    seed=st.integers(0, 2**32),
)
def test_the_buffer_gives_each_once_and_none_too_early(rows, buffer, seed):
    """Property: a permutation, in which nothing comes before the buffer has read that far."""
    read = [(group, row) for group, count in enumerate(rows) for row in range(count)]
    given_order = list(_shuffled(rows, buffer, np.random.default_rng(seed)))
    assert sorted(given_order) == read
    for place, item in enumerate(given_order):
        assert read.index(item) <= place + buffer - 1
    if buffer == 1:
        assert given_order == read


def test_only_what_waits_is_in_memory(data, monkeypatch):
    """Property: each row group is read once an epoch, and a resumed one reads no spent group."""
    from lineart_lib.recipe import batches

    reads = []

    def noted(path, columns, groups):
        reads.append((path.name, *groups))
        return read_rows(path, columns, groups)

    read_rows = batches.read_rows
    monkeypatch.setattr(batches, "read_rows", noted)
    flow = stream(data, Loading(size=10, hints=FEW, even=False), buffer=1)
    list(flow)
    assert len(reads) == len(set(reads)) == len(flow.groups) == 7
    reads.clear()
    flow.position = (0, 28)  # 280 of 330 pictures are taken: five groups of seven at least
    list(flow)
    assert len(reads) <= 3


def test_says_what_does_not_fit(data, tmp_path):
    """Error: too few pictures, an unknown part, no prepared set; each with its mend."""
    pairs = pairs_of(load_pictures("noise", "smoke", "train", data).subset(range(9)))
    with pytest.raises(ValueError, match="9 pictures are too few for 2 times 8"):
        next(memory_batches(pairs, Loading(size=8), share=Share(0, 2)))
    loading = Loading(size=64)
    with pytest.raises(ValueError, match="too few for 8 workers"):
        next(stream_batches(stream(data, loading).groups, loading, 0, 0, Share(0, 8), 9))
    with pytest.raises(ValueError, match="part must be one of"):
        ShardStream("noise", "smoke", "exam", data, Loading())
    with pytest.raises(FileNotFoundError, match="lineart prepare noise --profile book"):
        ShardStream("noise", "book", "train", data, Loading())
    with pytest.raises(ValueError, match="rank < ranks"):
        Share(2, 2)
