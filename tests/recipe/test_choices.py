"""Choices hold what the fills say, exactly, in labels."""

import numpy as np
import pytest
import torch

from lineart_lib import images
from lineart_lib.evaluation.fills import FILLS as METHODS
from lineart_lib.recipe.choices import (
    FILLS,
    MOST,
    choices,
    painted,
    paper_pieces,
    stack,
    with_surroundings,
)
from lineart_lib.recipe.regions import trapped_ball_regions

RED, BLUE = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0)


@pytest.fixture
def rooms():
    """Two rooms side by side within a frame of paper, the left hinted red, the right blue."""
    lineart = np.ones((1, 24, 32), np.float32)
    lineart[:, 4:20, [4, 16, 28]] = -1
    lineart[:, [4, 19], 4:29] = -1
    colour, present = np.zeros((3, 24, 32), np.float32), np.zeros((24, 32), bool)
    for column, paint in ((9, RED), (22, BLUE)):
        colour[:, 10:13, column] = np.array(paint)[:, None]
        present[10:13, column] = True
    return lineart, images.join_hints(colour, images.to_mask(present))


def test_labels_stand_for_what_the_fills_paint(rooms):
    """Equivalence: painted labels, under the lines, are the pictures of the fills themselves."""
    found = choices(*rooms)
    assert found.counts.tolist() == [3]  # Red, blue, and the paper at the border.
    for number, name in enumerate(FILLS):
        colour = painted(found.fills[:, number], found.colours)[0].numpy()
        under = images.from_unit(images.to_unit(colour) * images.to_unit(rooms[0]))
        mask = np.ones_like(rooms[0])
        taken = found.fills[0, number].numpy() > 0
        np.testing.assert_allclose(
            under[:, taken], METHODS[name](*rooms, mask)[:, taken], atol=1e-6
        )


def test_without_hints_there_is_nothing_to_choose(rooms):
    """Property: no hint gives no colour and no label, but planes of the right form."""
    lineart, hints = rooms
    found = choices(lineart, np.zeros_like(hints))
    assert found.counts.tolist() == [0]
    assert int(found.fills.max()) == int(found.markers.max()) == 0
    assert found.colours.shape == (1, 1, 3)


def test_pieces_are_the_areas_between_the_lines(rooms):
    """Closed form: rooms are pieces, ink is given to the nearest; few are left of many."""
    pieces = paper_pieces(trapped_ball_regions(rooms[0]))
    assert pieces.dtype == np.uint8
    assert len({pieces[0, 0], pieces[10, 10], pieces[10, 20]}) == 3
    assert pieces.min() == 1
    assert pieces[10, 5] == pieces[10, 10]  # ink beside the left room
    assert (pieces[5:19, 5:16] == pieces[10, 10]).all()
    assert paper_pieces(np.zeros((8, 8), np.int32)).max() == 0
    cells = -np.ones((1, 66, 66), np.float32)
    cells[:, 1::4, 1::4] = cells[:, 1::4, 2::4] = 1  # 289 pairs of pixels
    crowd = paper_pieces(trapped_ball_regions(cells))
    assert len(np.unique(crowd)) == MOST
    assert crowd.min() == 1


def test_mirrored_turns_the_chosen_ones_whole(rooms):
    """Property: every plane of a chosen picture is turned, and none of another."""
    one = choices(*rooms)
    both = stack([one, one]).mirrored(torch.tensor([False, True]))
    for name in ("lineart", "markers", "fills", "pieces"):
        plane, whole = getattr(both, name), getattr(one, name)[0]
        assert torch.equal(plane[0], whole), name
        assert torch.equal(plane[1], whole.flip(-1)), name
    assert torch.equal(both.colours[1], one.colours[0])


def test_half_the_size_keeps_lines_closed_and_hints(rooms):
    """Property: both rooms stay areas of their own, each with its hint, and the labels agree with
    those of the whole picture."""
    whole = choices(*rooms)
    half = whole.halved()
    assert half.lineart.shape == (1, 1, 12, 16)
    closed = trapped_ball_regions(half.lineart[0].numpy())
    assert len({closed[0, 0], closed[5, 5], closed[5, 11]}) == 3
    assert set(half.markers.unique().tolist()) == set(whole.markers.unique().tolist())
    seen = half.markers > 0
    under = painted(half.fills[:, FILLS.index("min-cut")], half.colours)
    hints = painted(half.markers, half.colours)
    inside = seen & (half.lineart[:, 0] == 1)
    assert torch.equal(under.movedim(1, -1)[inside], hints.movedim(1, -1)[inside])
    assert torch.equal(half.pieces[0], whole.pieces[0, ::2, ::2])
    assert torch.equal(half.colours, whole.colours)


def test_stacking_pads_the_colours_only(rooms):
    """Property: a picture's own labels, colours and count survive among pictures with more."""
    lineart, hints = rooms
    one, none = choices(lineart, hints), choices(lineart, np.zeros_like(hints))
    both = stack([none, one])
    assert both.counts.tolist() == [0, 3]
    again = both.rows(torch.tensor([1]))
    for name in one._fields:
        torch.testing.assert_close(getattr(again, name), getattr(one, name))


def test_refuses_what_labels_cannot_hold(rooms):
    """Error: too many colours, and pictures of two sizes, are named with the mend."""
    lineart, hints = rooms
    generator = np.random.default_rng(0)
    many = generator.uniform(-1, 1, (3, 24, 32)).astype(np.float32)
    with pytest.raises(ValueError, match="may have 255 colours"):
        choices(lineart, images.join_hints(many, np.ones((1, 24, 32), np.float32)))
    small = choices(lineart[:, :20], hints[:, :20])
    with pytest.raises(ValueError, match="pictures of one size"):
        stack([small, choices(lineart, hints)])


def test_what_stands_around_a_mask_hints_what_is_inside(rooms):
    """Property: near the mask, on paper, the picture's colours; hints that were given stay."""
    lineart, hints = rooms
    composite = np.zeros((3, 24, 32), np.float32)
    composite[:, :, :16] = np.array([-1, 1, -1], np.float32)[:, None, None]
    composite[:, :, 16:] = np.array([1, 1, -1], np.float32)[:, None, None]
    mask = np.zeros_like(lineart)
    mask[:, 8:16, 14:20] = 1
    told = with_surroundings(lineart, hints, mask, composite, reach_px=4)
    given = hints[3] == 1
    np.testing.assert_array_equal(told[:, given], hints[:, given])
    new = (told[3] == 1) & ~given
    assert new[4:20, 10:24].sum() > 50
    assert not (new & (mask[0] == 1)).any()
    assert not (new & (lineart[0] < 0)).any()
    assert not new[:, :9].any()  # too far away
    np.testing.assert_allclose(told[:3, new], composite[:, new], atol=1e-6)
    whole = with_surroundings(lineart, hints, np.ones_like(mask), composite)
    np.testing.assert_array_equal(whole, hints)


def test_a_shaded_surrounding_is_told_by_few_colours(rooms):
    """Property: no more colours than asked for, each near those that it stands for."""
    lineart, hints = rooms
    ramp = np.linspace(-1, 1, 32, dtype=np.float32)
    composite = np.broadcast_to(ramp, (3, 24, 32))
    mask = np.zeros_like(lineart)
    mask[:, :, 12:20] = 1
    told = with_surroundings(lineart, np.zeros_like(hints), mask, composite, colours=3)
    new = told[3] == 1
    assert len(np.unique(told[:3, new], axis=1).T) == 3
    assert np.abs(told[:3, new] - composite[:, new]).max() < 0.3
