"""Pieces of paper and colours read one another, whatever their numbers and their padding."""

import pytest
import torch
from torch import nn

from lineart_lib.models.pieces import (
    Pieces,
    label_means,
    label_medians,
    overlap,
    spread,
    unhinted,
)
from lineart_lib.recipe.choices import Choices
from lineart_lib.runtime import generator

SIDE = 16


def a_batch(count=2, colours=3, pieces=4, seed=0):
    """Random labels: a form, not a drawing."""
    draw = generator(seed)

    def label(most, *shape):
        return torch.randint(0, most + 1, shape, generator=draw, dtype=torch.uint8)

    return Choices(
        torch.ones(count, 1, SIDE, SIDE),
        label(colours, count, SIDE, SIDE),
        label(colours, count, 2, SIDE, SIDE),
        label(pieces, count, SIDE, SIDE),
        torch.rand(count, colours, 3, generator=draw) * 2 - 1,
        torch.full((count,), colours),
    )


def values_of(count=2, told=5, seed=1):
    """Random values of each pixel."""
    return torch.rand(count, SIDE, SIDE, told, generator=generator(seed))


@pytest.fixture
def talk():
    """A small network with drawn weights."""
    torch.manual_seed(0)
    return Pieces(5, 2, width=16, blocks=2, heads=2).eval()


def test_the_numbering_of_pieces_means_nothing(talk):
    """Property: with other numbers each pixel is told the same."""
    batch = a_batch()
    place = torch.tensor([0, 3, 1, 4, 2], dtype=torch.uint8)
    moved = batch._replace(pieces=place[batch.pieces.long()])
    torch.testing.assert_close(talk(values_of(), moved), talk(values_of(), batch))


def test_a_pixel_is_told_what_its_piece_prefers(talk):
    """Property: one answer a piece, and none where there is no piece."""
    batch = a_batch()
    told = talk(values_of(), batch)
    for row in range(2):
        for number in range(5):
            inside = told[row][:, batch.pieces[row] == number]
            assert torch.equal(inside, inside[:, :1].expand_as(inside))
            assert bool((inside == 0).all()) == (number == 0)


def test_a_picture_does_not_depend_on_its_neighbours(talk):
    """Property: more pieces and more colours in another picture of the batch change nothing."""
    small, large = a_batch(1, colours=2, pieces=2, seed=3), a_batch(1, colours=6, pieces=9, seed=4)
    colours = nn.functional.pad(small.colours, (0, 0, 0, 4))
    both = Choices(
        *(torch.cat([getattr(small, name), getattr(large, name)]) for name in small._fields[:4]),
        torch.cat([colours, large.colours]),
        torch.cat([small.counts, large.counts]),
    )
    alone = talk(values_of(1), small)
    together = talk(values_of(1).repeat(2, 1, 1, 1), both)
    torch.testing.assert_close(together[:1, :3], alone)


def test_a_far_piece_changes_what_a_piece_prefers(talk):
    """Property: pieces hear of each other, by the blocks alone."""
    batch = a_batch()
    batch = batch._replace(markers=torch.zeros_like(batch.markers))
    others = batch.pieces[0] > 1
    moved = values_of() + (batch.pieces == 1)[..., None]

    def change(network):
        with torch.no_grad():
            return float(
                (network(moved, batch) - network(values_of(), batch))[0][:, others].abs().max()
            )

    assert change(talk) > 1e-4
    talk.blocks = nn.ModuleList()
    assert change(talk) == 0


def test_nothing_to_talk_about_is_no_error(talk):
    """Property: no piece gives zeros, and no hint a finite answer."""
    batch = a_batch()
    nothing = batch._replace(pieces=torch.zeros_like(batch.pieces))
    assert float(talk(values_of(), nothing).detach().abs().max()) == 0
    silent = batch._replace(
        markers=torch.zeros_like(batch.markers),
        fills=torch.zeros_like(batch.fills),
        counts=torch.zeros_like(batch.counts),
    )
    assert bool(talk(values_of(), silent).isfinite().all())
    assert bool(talk(values_of(), silent._replace(pieces=nothing.pieces)).isfinite().all())


def test_every_weight_gets_a_gradient(talk):
    """Gradient: a loss on the answer reaches all parameters."""
    talk(values_of(), a_batch()).square().mean().backward()
    for name, weight in talk.named_parameters():
        assert weight.grad is not None, name
        assert float(weight.grad.abs().sum()) > 0, name


def test_it_learns_that_pieces_of_one_kind_share_a_colour():
    """Learning: of two kinds, told by a plane, one piece each is hinted; the others follow."""
    draw = generator(0)
    torch.manual_seed(0)
    talk = Pieces(1, 0, width=32, blocks=2, heads=2)
    pieces = torch.arange(1, 17).view(4, 4).repeat_interleave(4, 0).repeat_interleave(4, 1)
    pieces = pieces.to(torch.uint8).expand(16, -1, -1)

    def kinds_and_hints():
        kinds = torch.randint(0, 2, (16, 16), generator=draw)
        kinds[:, 0], kinds[:, 1] = 0, 1
        shuffled = torch.rand(16, 16, generator=draw).argsort(1)
        kinds = kinds.gather(1, shuffled)
        marked = torch.zeros_like(kinds)
        for kind, origin in ((0, 0), (1, 1)):
            marked.scatter_(1, (shuffled == origin).int().argmax(1, keepdim=True), kind + 1)
        wide = lambda values: values.gather(1, (pieces.flatten(1).long() - 1)).view(16, 16, 16)  # noqa: E731
        colours = torch.rand(16, 2, 3, generator=draw) * 2 - 1
        seen = Choices(
            torch.ones(16, 1, 16, 16),
            wide(marked).to(torch.uint8),
            torch.zeros(16, 0, 16, 16, dtype=torch.uint8),
            pieces,
            colours,
            torch.full((16,), 2),
        )
        return seen, wide(kinds)

    optimizer = torch.optim.Adam(talk.parameters(), lr=3e-3)
    for _ in range(150):
        seen, kinds = kinds_and_hints()
        scores = talk(kinds[..., None].float(), seen)[:, 1:]
        loss = nn.functional.cross_entropy(scores, kinds)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seen, kinds = kinds_and_hints()
    with torch.no_grad():
        right = talk(kinds[..., None].float(), seen)[:, 1:].argmax(1) == kinds
    assert float(right.float().mean()) > 0.95


@pytest.mark.parametrize("fold", [(1, 1), (2, 2), (4, 2)])
def test_means_are_over_the_pixels_of_a_label(fold):
    """Equivalence: the mean of each label's pixels, by a loop; those of a fold share its value."""
    labels, folds = a_batch(pieces=4).pieces, values_of()[:, :: fold[0], :: fold[1]]
    found = label_means(folds, labels, 4)
    values = folds.repeat_interleave(fold[0], 1).repeat_interleave(fold[1], 2)
    for row in range(2):
        for label in range(1, 5):
            wanted = values[row][labels[row] == label].mean(0)
            torch.testing.assert_close(found[row, label - 1], wanted)
    assert float(label_means(values, torch.zeros_like(labels), 3).abs().max()) == 0


def test_medians_are_over_the_pixels_of_a_label():
    """Equivalence: torch's median of each label's pixels, by a loop, and 0 where there are none."""
    labels, values = a_batch(pieces=4).pieces, 2 * values_of() - 1
    found = label_medians(values, labels, 5)
    for row in range(2):
        for label in range(1, 5):
            wanted = values[row][labels[row] == label].median(0).values
            torch.testing.assert_close(found[row, label - 1], wanted)
    assert float(found[:, 4].abs().max()) == 0


def test_each_pixel_gets_what_its_label_has():
    """Equivalence: a table looked up pixel by pixel, and zeros where there is no label."""
    labels, table = a_batch(pieces=4).pieces, values_of()[:, 0, :4]
    found = spread(table, labels)
    for row in range(2):
        for label in range(5):
            wanted = table[row, label - 1] if label else torch.zeros(5)
            inside = found[row][:, labels[row] == label]
            assert torch.equal(inside, wanted[:, None].expand_as(inside))


def test_a_piece_is_unhinted_where_no_marker_lies_in_it():
    """Equivalence: by a loop; those that are left are numbered from 1 on, without a gap."""
    batch = a_batch(colours=2, pieces=6)
    markers = batch.markers * ((batch.pieces == 2) | (batch.pieces == 5))
    markers[1][batch.pieces[1] == 5] = 0
    found = unhinted(batch._replace(markers=markers))
    for row, hinted in enumerate(({2, 5}, {2})):
        free = [number for number in range(1, 7) if number not in hinted]
        for number in range(7):
            inside = found[row][batch.pieces[row] == number]
            wanted = free.index(number) + 1 if number in free else 0
            assert inside.unique().tolist() == [wanted]


def test_overlap_counts_pixels():
    """Equivalence: pixels that have both labels, by a loop."""
    batch = a_batch()
    found = overlap(batch.pieces, batch.markers, 4, 3)
    assert found.shape == (2, 4, 4)
    for first in range(1, 5):
        for second in range(4):
            both = (batch.pieces == first) & (batch.markers == second)
            assert found[:, first - 1, second].tolist() == both.sum((1, 2)).tolist()
