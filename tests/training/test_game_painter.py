"""The dissertation's colorizers behind the painters' door: their own pictures, found by name."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lineart_lib.models.hinted_unet import GeneratorSize
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.line_features import LineFeatures, LineSize
from lineart_lib.models.paintstorch import ColourGenerator
from lineart_lib.models.stenciltorch import GuidedStencilTorch
from lineart_lib.runtime import generator
from lineart_lib.training.game_painter import game_painter, painter_of

SIZE = GeneratorSize(8, 16, ((1,), (1,), (1,), (1,)), (4, 4, 4, 4))
LINES = LineSize((8, 8, 16, 16))


def given(batch=3, side=32):
    """Draw lineart, hints that fill whole squares of four pixels, and a mask."""
    draw = np.random.default_rng(0)
    lineart = draw.uniform(-1, 1, (batch, 1, side, side)).astype(np.float32)
    small = draw.uniform(-1, 1, (batch, 4, side // 4, side // 4)).astype(np.float32)
    small[:, 3] = draw.random(small[:, 3].shape) < 0.3
    small[:, :3] *= small[:, 3:]
    hints = small.repeat(4, axis=2).repeat(4, axis=3)
    mask = np.zeros_like(lineart)
    mask[..., 5:20, 9:] = 1
    picture = draw.uniform(-1, 1, (batch, 3, side, side)).astype(np.float32)
    composite = np.where(mask == 1, lineart, picture).astype(np.float32)
    return lineart, hints, mask, composite


def test_it_paints_what_the_network_paints():
    """Equivalence: the network's own picture of lineart, quarter hints and F1; in parts or whole.

    A batch cut into parts sums in another order, so a rounding of float32 is allowed.
    """
    lines, network = LineFeatures(LINES, generator(1)), ColourGenerator(SIZE, generator(0)).eval()
    painter = painter_of(network, lines.eval())
    lineart, hints, mask, composite = given()
    art, told = torch.from_numpy(lineart), torch.from_numpy(hints[..., ::4, ::4].copy())
    with torch.no_grad():
        expected = network(inputs_of(art, told), lines.features(art))
    made = painter.paint(lineart, hints, mask, composite, [0, 0, 0])
    np.testing.assert_allclose(made, expected, atol=1e-5, rtol=0)
    one = type(painter)(painter.key, network, lines, at_once=1)
    np.testing.assert_allclose(one.paint(*given(), [1, 2, 3]), made, atol=1e-5, rtol=0)


def test_stenciltorch_keeps_the_surroundings():
    """Property: outside the mask the composite, to the bit; the guide is left behind."""
    painter = painter_of(GuidedStencilTorch(SIZE, generator(0)), LineFeatures(LINES, generator(1)))
    lineart, hints, mask, composite = given()
    made = painter.paint(lineart, hints, mask, composite, [0] * 3)
    outside = np.repeat(mask, 3, axis=1) == 0
    assert np.array_equal(made[outside], composite[outside])
    assert not np.allclose(made[~outside], composite[~outside])


def test_keys_tell_weights_apart():
    """Property: equal weights have equal keys, others have others; so has another F1."""
    lines, others = (LineFeatures(LINES, generator(seed)) for seed in (1, 2))
    keys = [
        painter_of(ColourGenerator(SIZE, generator(seed)), seen).key
        for seed, seen in ((0, lines), (0, lines), (3, lines), (0, others))
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("game", ["paintstorch", "stenciltorch"])
def test_a_run_is_found_without_its_data(game, tmp_path, monkeypatch):
    """Property: weights and sizes come from the run's folder; what is missing or stale is named."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"lineart train {game} --profile smoke"):
        game_painter(game, "smoke")
    lines, known = LineFeatures(LINES, generator(1)), {"widths": [8, 8, 16, 16], "words": 32}
    kinds = {"paintstorch": ColourGenerator, "stenciltorch": GuidedStencilTorch}
    network = kinds[game](SIZE, generator(0))
    told = {"side_px": 32, "changes": {"least_scale": 0.5}}
    settings = {"generator": vars(SIZE), "lessons": told}
    config = {"settings": settings, "features": known}
    for name, model, kept in ((game, network, config), ("line_features", lines, known)):
        folder = tmp_path / name / "smoke"
        folder.mkdir(parents=True)
        save_file(model.state_dict(), folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(kept))
    painter = game_painter(game, "smoke")
    assert painter.key == painter_of(network, lines).key
    assert (painter.size_px, painter.step, painter.lines) == (64, 16, True)
    (tmp_path / "line_features" / "smoke" / "config.json").write_text(
        json.dumps(known | {"seed": 1})
    )
    with pytest.raises(ValueError, match="another F1"):
        game_painter(game, "smoke")
