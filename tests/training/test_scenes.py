"""Scenes: hints lie where they should, and what belongs together is changed together."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lineart_lib import images
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.runtime import generator
from lineart_lib.training.scenes import (
    Staging,
    boxes,
    joined,
    make_scenes,
    random_strokes,
    scenes_by_step,
    spread,
    turns,
)

COLOURS = np.array([[255, 255, 255], [220, 40, 30], [30, 120, 220]], np.uint8)
STILL = Staging(bare=0.0, damage=0.0, turned=0.0, masked=0.0)


def squares(count=4, side=32, seed=0):
    """Draw two framed squares on white paper, a red and a blue one, at drawn places."""
    draw = np.random.default_rng(seed)
    lineart = np.full((count, side, side), 255, np.uint8)
    regions = np.zeros((count, side, side), np.int32)
    half = side // 2
    for row in range(count):
        for label, left in ((1, 0), (2, half)):
            y, x = draw.integers(1, half - 9), left + draw.integers(1, half - 11)
            lineart[row, y : y + 11, x : x + 11] = 0
            lineart[row, y + 1 : y + 10, x + 1 : x + 10] = 255
            regions[row, y : y + 11, x : x + 11] = label
    colour = COLOURS[regions]
    picture = np.where(lineart[..., None] == 0, np.uint8(0), colour)
    parts = np.zeros_like(lineart)
    names = tuple(f"squares {number}" for number in range(count))
    lines = ("artist",) * count
    return Pictures(
        lineart, picture, colour, colour, regions, parts, names, names, ((),) * count, lines
    )


def test_a_stroke_stays_in_its_region_and_has_its_colour():
    """Property: one region at least is hinted; wherever a hint is, it has that region's colour."""
    art = squares(1).row(0)
    colour = images.to_picture(art.colour)
    seen = set()
    for seed in range(20):
        hints = random_strokes(colour, art.regions, np.random.default_rng(seed))
        there = hints[3] > 0
        assert there.any()
        assert not there[art.regions == 0].any()
        np.testing.assert_array_equal(hints[:3, there], colour[:, there])
        seen.add(tuple(np.unique(art.regions[there])))
    assert len(seen) > 1
    assert not random_strokes(colour, np.zeros_like(art.regions), np.random.default_rng(0)).any()


def test_fills_are_asked_about_the_hints():
    """Equivalence: where a square is hinted, every fill gives all of it its true colour."""
    pictures = squares(8)
    scenes = make_scenes(pictures, STILL, np.random.default_rng(0))
    found = scenes.choices
    hinted = 0
    for row in range(len(scenes)):
        for label in (1, 2):
            inside = torch.from_numpy(pictures.regions[row] == label)
            inside &= torch.from_numpy(pictures.lineart[row] == 255)
            if (found.markers[row][inside] > 0).any():
                hinted += 1
                for fill in range(3):
                    colours = found.colours[row][found.fills[row, fill][inside].long() - 1]
                    true = images.to_signed(torch.from_numpy(COLOURS[label]))
                    torch.testing.assert_close(colours, true.expand_as(colours))
    assert hinted >= 6


def test_picture_hints_and_fills_change_together():
    """Property: turned and mirrored, a hint still has the colour of the layer under it."""
    scenes = make_scenes(squares(8), STILL, np.random.default_rng(0))
    batch_of = scenes_by_step(scenes, 32, replace(STILL, turned=1.0), seed=1)
    scene = batch_of(0, 0, 1)
    there = scene.given.hints[:, 3:] > 0
    off = (scene.given.hints[:, :3] - scene.colour).abs() * there
    # The border of white paper is a hint too; nothing else is but regions.
    assert float(off.max()) < 1e-5
    assert len(scene.colour.flatten(2).transpose(1, 2).reshape(-1, 3).unique(dim=0)) > 30
    again = batch_of(0, 0, 1)
    assert all(map(torch.equal, scene.given, again.given))
    assert not torch.equal(batch_of(1, 0, 1).colour, scene.colour)


def test_drawings_without_hints_keep_their_colours():
    """Property: no colour appears that was not drawn."""
    scenes = make_scenes(squares(8), replace(STILL, bare=1.0), np.random.default_rng(0))
    scene = scenes_by_step(scenes, 32, replace(STILL, turned=1.0), seed=1)(0, 0, 1)
    assert not scene.given.filled.any()
    known = images.to_signed(torch.from_numpy(COLOURS))
    pixels = scene.colour.permute(0, 2, 3, 1).reshape(-1, 1, 3)
    assert float((pixels - known).abs().amax(2).amin(1).max()) < 1e-5


def test_the_composite_shows_lines_inside_and_the_picture_outside():
    """Equivalence: pixel by pixel; masks are boxes or the rest of one, and none where not asked."""
    scenes = make_scenes(squares(8), STILL, np.random.default_rng(0))
    scene = scenes_by_step(scenes, 16, replace(STILL, masked=1.0), seed=2)(0, 0, 1)
    lineart, mask = scene.given.lineart, scene.given.mask.bool()
    picture = torch.where(lineart < 1, -1.0, scene.colour)
    expected = torch.where(mask, lineart.expand(-1, 3, -1, -1), picture)
    torch.testing.assert_close(scene.given.composite, expected)
    covered = boxes(torch.ones(400, dtype=torch.bool), (20, 20), generator(0)).mean((1, 2, 3))
    assert float(covered.min()) > 0.02
    assert float(covered.max()) < 0.98
    assert float(covered.mean()) == pytest.approx(0.5, abs=0.05)
    assert boxes(torch.zeros(3, dtype=torch.bool), (8, 8), generator(0)).eq(1).all()


def test_turns_leave_greys_and_those_that_were_not_chosen():
    """Property: a grey stays, red does not; the identity elsewhere."""
    matrix = turns(torch.tensor([True, True, False]), generator(0))
    grey, red = torch.full((3,), 0.3), torch.tensor([1.0, -1.0, -1.0])
    torch.testing.assert_close(matrix @ grey, grey.expand(3, 3))
    assert float((matrix[:2] @ red - red).abs().amax(1).min()) > 0.1
    assert torch.equal(matrix[2], torch.eye(3))


def test_sources_stand_behind_each_other_and_can_be_thinned():
    """Property: rows in order; evenly spread rows of a part."""
    first, second = (
        make_scenes(squares(count, seed=count), STILL, np.random.default_rng(0)) for count in (2, 3)
    )
    both = joined([first, second])
    assert len(both) == 5
    assert torch.equal(both.colour[2:], second.colour)
    assert torch.equal(both.choices.markers[:2], first.choices.markers)
    assert spread(squares(5), 3).names == ("squares 0", "squares 2", "squares 4")
    assert len(spread(squares(5), 0)) == 5
    with pytest.raises(ValueError, match="turned must lie in"):
        Staging(turned=2.0)
