"""StablePaint as painters: any size, seeds and dial, and weights that are found again."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from lineart_lib.cli import app
from lineart_lib.models.line_features import LineFeatures
from lineart_lib.runtime import generator
from lineart_lib.training import fewsteps, stablepaint
from lineart_lib.training.line_features import PROFILES as FEATURES
from lineart_lib.training.variation_painters import (
    enlarged,
    few_steps_painter,
    shrunk,
    stable_paint_painter,
)

_spec = importlib.util.spec_from_file_location(
    "drawn_squares", Path(__file__).with_name("test_scenes.py")
)
drawn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(drawn)


class _Lines:
    """Stands for the run of F1."""

    model = LineFeatures(FEATURES["smoke"].size, generator(9)).eval()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Both smoke runs, on drawings of squares."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINEART_RUNS", str(tmp_path_factory.mktemp("runs")))
        for module in (fewsteps, stablepaint):
            patch.setattr(module, "prepared_manifest", lambda *_: {"sha256": "0"})
            patch.setattr(module, "load_pictures", lambda *_: drawn.squares(4))
        patch.setattr(stablepaint, "line_features", lambda _: _Lines())
        runs = fewsteps.few_steps("smoke"), stablepaint.stable_paint("smoke")
        yield runs


def planes(height, width, batch=2, seed=0):
    """Draw inputs of a painter: two dots of hints, the right half to be painted."""
    draw = np.random.default_rng(seed)
    lineart = np.ones((batch, 1, height, width), np.float32)
    lineart[:, :, height // 2] = -1
    hints = np.zeros((batch, 4, height, width), np.float32)
    hints[:, :, 2, width - 3] = [0.25, -0.5, 0.75, 1]
    mask = np.zeros((batch, 1, height, width), np.float32)
    mask[..., width // 2 :] = 1
    picture = draw.uniform(-1, 1, (batch, 3, height, width)).astype(np.float32)
    return lineart, hints, mask, np.where(mask == 1, lineart, picture).astype(np.float32)


def test_smaller_inputs_keep_the_colours_of_hints():
    """Property: a single hinted pixel survives at a third of the size, with its colour to the bit;
    masks stay masks; the padding holds no hint."""
    made, size = shrunk(planes(90, 60), 30, 8)
    lineart, hints, mask, composite = made
    assert size == (30, 20)
    assert lineart.shape == (2, 1, 32, 24)
    assert composite.shape == (2, 3, 32, 24)
    there = hints[:, 3] > 0
    assert there.sum() == 2
    assert np.unique(hints[:, :3].transpose(0, 2, 3, 1)[there], axis=0).tolist() == [
        [0.25, -0.5, 0.75]
    ]
    assert set(np.unique(mask)) == {0, 1}
    assert not hints[:, :, 30:].any()
    given = planes(16, 16)
    same, size = shrunk(given, 64, 8)
    assert size == (16, 16)
    assert all(map(np.array_equal, same, given))


def test_enlarged_undoes_the_padding():
    """Property: a flat colour stays flat at any size; without a change of size it is a cut."""
    flat = np.full((1, 3, 16, 16), 0.5, np.float32)
    assert (enlarged(flat, (10, 15), (40, 60)) == 0.5).all()
    draw = np.random.default_rng(0).random((1, 3, 16, 16), dtype=np.float32)
    assert np.array_equal(enlarged(draw, (10, 15), (10, 15)), draw[..., :10, :15])


@pytest.mark.parametrize("size", [(32, 32), (50, 70)])
def test_both_paint_any_size_and_obey_seed_and_dial(trained, size):
    """Property: shape and range; at 0 the seed has no say, at 1 it has; the key knows the dial."""
    given = planes(*size)
    for load in (few_steps_painter, stable_paint_painter):
        still, free = load("smoke", 0.0), load("smoke", 1.0)
        assert still.key != free.key
        assert load("smoke", 1.0).key == free.key
        one, two = (still.paint(*given, seeds) for seeds in ([0, 1], [5, 6]))
        assert one.shape == (2, 3, *size)
        assert one.dtype == np.float32
        assert np.abs(one).max() <= 1
        np.testing.assert_array_equal(one, two)
        one, two, again = (free.paint(*given, seeds) for seeds in ([0, 1], [5, 6], [0, 1]))
        assert np.abs(one - two).max() > 1e-3
        np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("model", ["fewsteps", "stablepaint"])
def test_variations_differ_unless_the_dial_is_at_0(trained, model, tmp_path):
    """Property: the command paints two pictures by default, and one that is said to be all of them
    with `--strength 0`; the first of two is another one with another strength."""
    lines = np.full((32, 32), 255, np.uint8)
    lines[16, 4:28] = 0
    Image.fromarray(lines).save(tmp_path / "line.png")

    def made(*options):
        given = "colorize", tmp_path / "line.png", "--model", model, "--profile", "smoke", "--force"
        into = "--variations", 2, "--out", tmp_path / "made.colours.png", *options
        done = CliRunner().invoke(app, [str(word) for word in (*given, *into)])
        assert done.exit_code == 0, done.output
        names = [word for word in done.stdout.split() if word.endswith(".png")]
        return [np.asarray(Image.open(name)).astype(int) for name in names]

    one, other = made()
    assert np.abs(one - other).max() > 0
    assert len(made("--strength", 0)) == 1
    assert np.abs(made("--strength", 1)[0] - one).max() > 0


def test_the_weights_are_those_of_the_run(trained):
    """Equivalence: loaded without data, to the bit."""
    for run, painter in zip(
        trained, (few_steps_painter("smoke"), stable_paint_painter("smoke")), strict=True
    ):
        pairs = zip(
            run.model.state_dict().values(), painter.model.state_dict().values(), strict=True
        )
        assert all(torch.equal(*pair) for pair in pairs)
        assert not painter.model.training


def test_a_run_that_is_missing_is_named(tmp_path, monkeypatch):
    """Error: the message has the command that trains it."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="lineart train fewsteps --profile book"):
        few_steps_painter("book")
    with pytest.raises(FileNotFoundError, match="lineart train stablepaint --profile book"):
        stable_paint_painter("book")
