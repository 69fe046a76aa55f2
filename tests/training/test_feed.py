"""Batches are functions of the step, made in time, and shared out without overlap."""

import threading

import pytest
import torch

from lineart_lib.recipe.augment import Augmentation
from lineart_lib.recipe.batches import Loading, Pairs, memory_batches
from lineart_lib.runtime import generator
from lineart_lib.training.feed import Feed
from lineart_lib.training.machines import place
from lineart_lib.training.pairs import pairs_by_step


def told(step, rank, ranks):
    """Return the arguments, to see who asked for what."""
    return step, rank, ranks


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_each_step_gets_its_own_parts(ahead):
    """Property: the second of two ranks, in two parts, is ranks 2 and 3 of 4, from any step on."""
    with Feed(told, 1, 2, parts=2, ahead=ahead, last=9) as feed:
        for step in range(4, 9):
            assert feed(step) == [(step, 2, 4), (step, 3, 4)]


def test_batches_are_made_beforehand_but_not_past_the_end():
    """Property: while step 0 is computed the next two are made; there is no step 3 to make."""
    made, ready = [], threading.Event()

    def batch_of(step, rank, ranks):
        made.append(step)
        if step == 2:
            ready.set()
        return step

    with Feed(batch_of, 0, 1, ahead=5, last=3) as feed:
        feed(0)
        assert ready.wait(30)
        assert [feed(1), feed(2)] == [[1], [2]]
    assert made == [0, 1, 2]


def test_an_error_of_a_batch_comes_at_its_step():
    """Property: what went wrong beforehand is told when the batch is wanted."""

    def batch_of(step, rank, ranks):
        if step == 1:
            raise ValueError("no pictures left")
        return step

    with Feed(batch_of, 0, 1) as feed:
        assert feed(0) == [0]
        with pytest.raises(ValueError, match="no pictures left"):
            feed(1)


def pairs(count):
    """Make pairs of noise."""
    draw = generator(0)
    lineart = torch.randint(256, (count, 1, 8, 8), generator=draw, dtype=torch.uint8)
    return Pairs(lineart, torch.randint(256, (count, 3, 8, 8), generator=draw, dtype=torch.uint8))


def test_pairs_by_step_are_the_epochs_of_memory_batches():
    """Equivalence: step after step the same rows and hints as epoch after epoch."""
    held, loading = pairs(13), Loading(size=4, seed=3, augmentation=Augmentation())
    batch_of = pairs_by_step(held, loading)
    wanted = [batch for epoch in range(2) for batch in memory_batches(held, loading, epoch)]
    assert len(wanted) == 6
    for step, batch in enumerate(wanted):
        for ours, theirs in zip(batch_of(step, 0, 1), batch, strict=True):
            assert torch.equal(ours, theirs)
    rows = [set(batch_of(4, rank, 2).rows.tolist()) for rank in range(2)]
    assert not rows[0] & rows[1]
    with pytest.raises(ValueError, match="13 pictures are too few for 1 times 16"):
        pairs_by_step(held, Loading(size=16))(0, 0, 1)
    with pytest.raises(ValueError, match="even=True"):
        pairs_by_step(held, Loading(even=False))


def test_a_batch_is_placed_without_a_change_of_its_values():
    """Property: structure and values stay; maps, and only they, get the channels last."""
    maps, row = torch.arange(48.0).view(2, 3, 2, 4), torch.arange(3)
    given = {"maps": maps, "labels": maps.long(), "rest": (row, "name", 4)}
    found = place(given, torch.device("cpu"), True)
    assert torch.equal(found["maps"], maps)
    assert found["maps"].is_contiguous(memory_format=torch.channels_last)
    assert found["labels"] is given["labels"]
    assert found["rest"][0] is row
    assert found["rest"][1:] == ("name", 4)
