"""Lessons keep together what belongs together, and are the same for the same step."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lineart_lib import images
from lineart_lib.models.line_features import LineFeatures, LineSize
from lineart_lib.recipe.augment import PLAIN, Augmentation
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.stencils import Stencils
from lineart_lib.runtime import generator
from lineart_lib.training.lessons import Lessons, drawings_of, lessons_by_step

SIDE = 64


def pictures(count=6, side=SIDE, seed=0):
    """Halves of two colours with a line between; the illustration is the flats with that line."""
    draw = np.random.default_rng(seed)
    lineart = np.full((count, side, side), 255, np.uint8)
    flats = np.empty((count, side, side, 3), np.uint8)
    for row in range(count):
        where = int(draw.integers(side // 4, 3 * side // 4))
        flats[row, :, :where], flats[row, :, where:] = draw.integers(40, 216, (2, 3))
        lineart[row, :, where : where + 2] = 0
    illustration = np.where(lineart[..., None] == 0, 0, flats).astype(np.uint8)
    names = tuple(f"{seed} {row}" for row in range(count))
    regions = np.ones((count, side, side), np.int32)
    parts = np.zeros((count, side, side), np.uint8)
    told, lines = ((),) * count, ("artist",) * count
    return Pictures(lineart, illustration, flats, flats, regions, parts, names, names, told, lines)


def first(settings, lines=None, step=0):
    """Return the lesson of a step."""
    return lessons_by_step(lambda: drawings_of([pictures()]), settings, lines)(step, 0, 1)


def test_unchanged_windows_are_the_drawings():
    """Equivalence: without any change a lesson holds drawings to the bit, twice as small if asked
    for, and its hints are colours of its own picture."""
    plain = Lessons(4, SIDE, PLAIN)
    lesson = first(plain)
    known = {images.to_picture(one).tobytes() for one in pictures().illustration}
    assert all(one.numpy().tobytes() in known for one in lesson.picture)
    hinted = lesson.inputs.hints
    assert hinted.shape == (4, 4, SIDE // 4, SIDE // 4)
    small = torch.nn.functional.avg_pool2d(lesson.picture, 4)
    for hints, told in zip(hinted, small, strict=True):
        colours = {tuple(c) for c in told.flatten(1).T.tolist()}
        given = {tuple(c) for c in hints[:3, hints[3] == 1].T.tolist()}
        assert all(min(np.abs(np.subtract(c, k)).max() for k in colours) < 1e-6 for c in given)
    half = first(replace(plain, side_px=32))
    same = torch.nn.functional.avg_pool2d(lesson.picture, 2)
    torch.testing.assert_close(half.picture, same)


def test_lines_picture_and_flats_change_alike():
    """Property: after crop, mirror and recolouring the picture is still the flats where paper is
    bare, and black where full ink is."""
    changes = Augmentation(mirror=0.5, least_scale=0.5, hue_turns=0.5, saturation=0.0)
    lesson = first(Lessons(8, SIDE, changes))
    bare = (lesson.inputs.lineart == 1).expand_as(lesson.picture)
    torch.testing.assert_close(lesson.picture[bare], lesson.flats[bare], atol=1e-5, rtol=0)
    ink = (lesson.inputs.lineart == -1).expand_as(lesson.picture)
    assert ink.any()
    assert lesson.picture[ink].max() < -1 + 1e-4
    plain = first(Lessons(8, SIDE, replace(changes, hue_turns=0)))
    assert not torch.allclose(plain.picture, lesson.picture)


def test_masks_open_the_lineart_and_keep_the_picture():
    """Property: the composite is the lineart inside the mask, the picture outside."""
    closed = Stencils(whole=0, window=1)
    lesson = first(Lessons(6, SIDE, hint_from="flats", stencils=closed))
    given, inside = lesson.inputs, lesson.inputs.mask.bool().expand(6, 3, SIDE, SIDE)
    assert 0 < given.mask.mean() < 1
    art = given.lineart.expand_as(lesson.picture)
    assert torch.equal(given.composite[inside], art[inside])
    assert torch.equal(given.composite[~inside], lesson.picture[~inside])
    assert torch.equal(first(Lessons(6, SIDE)).inputs.mask, torch.ones(6, 1, SIDE, SIDE))


def test_features_are_of_the_lines_that_are_given():
    """Equivalence: F1 of the window's lineart, without a gradient."""
    lines = LineFeatures(LineSize((8, 8, 16, 16)), generator(0)).eval()
    lesson = first(Lessons(2, SIDE), lines)
    expected = lines.features(lesson.inputs.lineart)
    torch.testing.assert_close(lesson.features, expected.detach())
    assert not lesson.features.requires_grad
    assert first(Lessons(2, SIDE)).features is None


def test_a_step_is_always_the_same_and_no_two_are():
    """Property: pure in step and seed; another one of either changes the lesson."""
    settings = Lessons(4, SIDE)
    again = first(settings)
    assert torch.equal(first(settings).picture, again.picture)
    assert torch.equal(first(settings).inputs.hints, again.inputs.hints)
    others = lessons_by_step(lambda: drawings_of([pictures()]), settings, None)
    different = [others(1, 0, 1), first(replace(settings, seed=1))]
    assert not any(torch.equal(other.picture, again.picture) for other in different)


def test_what_does_not_fit_is_named():
    """Error: sizes that differ, windows that do not divide the drawing, kinds that do not exist."""
    with pytest.raises(ValueError, match="of one size"):
        drawings_of([pictures(), pictures(side=48)])
    with pytest.raises(ValueError, match="multiple of 48"):
        first(Lessons(2, 48))
    with pytest.raises(ValueError, match="hints must be one of"):
        Lessons(hints="words")
    with pytest.raises(ValueError, match="side_px must be a multiple of 16"):
        Lessons(side_px=40)
