"""A step learns from the same rows, whatever the number of processes that share it."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils._pytree import tree_leaves

from lineart_lib.models.line_features import LineFeatures, LineSize
from lineart_lib.recipe.batches import Loading, pairs_of
from lineart_lib.recipe.stencils import Stencils
from lineart_lib.runtime import generator
from lineart_lib.training import copying
from lineart_lib.training.copying import CopySettings
from lineart_lib.training.feed import share
from lineart_lib.training.lessons import Lessons, drawings_of, lessons_by_step
from lineart_lib.training.line_features import FeatureSettings, labelled_by_step
from lineart_lib.training.line_labels import Labelled
from lineart_lib.training.lines import LineSettings, windows_by_step
from lineart_lib.training.pairs import pairs_by_step
from lineart_lib.training.scenes import Staging, make_scenes, scenes_by_step

_spec = importlib.util.spec_from_file_location(
    "drawn_squares", Path(__file__).with_name("test_scenes.py")
)
drawn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(drawn)

SIZE = 4


def copied(monkeypatch):
    """The copier's lessons, of two sources."""
    monkeypatch.setattr(copying, "_learned_from", lambda *_: drawn.squares(3))
    return copying.lessons("smoke", CopySettings(draws=1, batch_size=SIZE))


def windowed(monkeypatch):
    """Lessons of PaintsTorch and StencilTorch, with masks and features."""
    lines = LineFeatures(LineSize((8, 8, 16, 16)), generator(0)).eval()
    settings = Lessons(SIZE, 32, stencils=Stencils())
    return lessons_by_step(lambda: drawings_of([drawn.squares(3)]), settings, lines)


def paired(monkeypatch):
    """StablePaint's pairs with hints."""
    return pairs_by_step(pairs_of(drawn.squares(9)), Loading(SIZE))


def staged(monkeypatch):
    """Scenes of the form in few steps."""
    scenes = make_scenes(drawn.squares(3), Staging(), np.random.default_rng(0))
    return scenes_by_step(scenes, SIZE, Staging(), 0)


def cut(monkeypatch):
    """Windows of the line extractor."""
    settings = LineSettings(batch_size=SIZE, window_px=16)
    return windows_by_step(lambda: pairs_of(drawn.squares(3)), settings)


def labelled(monkeypatch):
    """F1's drawings, words and parts."""
    draw = generator(0)
    lineart = torch.randint(256, (5, 1, 32, 32), generator=draw, dtype=torch.uint8)
    some = Labelled(lineart, torch.rand(5, 3, generator=draw), torch.rand(5, 2, 2, 2))
    return labelled_by_step(lambda: some, FeatureSettings(batch_size=SIZE))


@pytest.mark.parametrize("lessons", [copied, windowed, paired, staged, cut, labelled])
def test_the_shares_of_all_ranks_are_the_batch(lessons, monkeypatch):
    """Equivalence: two ranks' rows joined are one rank's batch, to the bit, at every step; another
    step has others; three ranks cannot share four rows, and both numbers are named."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    batch_of = lessons(monkeypatch)
    whole = [tree_leaves(batch_of(step, 0, 1)) for step in range(3)]
    for step, wanted in enumerate(whole):
        shares = [tree_leaves(batch_of(step, rank, 2)) for rank in range(2)]
        for one, *parts in zip(wanted, *shares, strict=True):
            if one is None:
                continue
            assert [len(part) for part in parts] == [SIZE // 2] * 2
            if one.is_floating_point() and lessons is windowed:
                # F1 sees two rows at a time, not four: sums in another order.
                torch.testing.assert_close(torch.cat(parts), one, rtol=0, atol=1e-5)
            else:
                assert torch.equal(torch.cat(parts), one)
    assert not all(
        a is None or (a.shape == b.shape and torch.equal(a, b))
        for a, b in zip(whole[0], whole[2], strict=True)
    )
    with pytest.raises(ValueError, match="a batch of 4 does not divide among 3 ranks"):
        batch_of(0, 0, 3)


def test_a_share_keeps_the_structure():
    """Property: rows in order, in tuples and dictionaries; what is no tensor stays."""
    batch = {"rows": torch.arange(6), "more": (torch.arange(12).view(6, 2), "name", None)}
    last = share(batch, 2, 3)
    assert last["rows"].tolist() == [4, 5]
    assert last["more"][0].tolist() == [[8, 9], [10, 11]]
    assert last["more"][1:] == ("name", None)
