"""The copier as a painter keeps what it was trained to: hints decide, and surroundings hint."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lineart_lib.models.copying import Copier
from lineart_lib.models.correcting import Corrector
from lineart_lib.painters import Method, load_painter
from lineart_lib.recipe.choices import choices
from lineart_lib.training import copy_painter as copy_painters
from lineart_lib.training.copy_painter import CopyPainter, VariedPainter, copy_painter
from lineart_lib.training.runs import WEIGHTS


def test_an_area_takes_the_colour_of_its_hint(drawn_copier):
    """Property: inside a closed frame all paper has the hinted colour, outside it is white."""
    lineart = np.ones((1, 30, 34), np.float32)
    lineart[:, [5, 24], 5:29] = lineart[:, 5:25, [5, 28]] = -1
    hints = np.zeros((4, 30, 34), np.float32)
    hints[:, 12, 10:14] = np.array([1, -1, -1, 1], np.float32)[:, None]
    made = Method(load_painter("copying", "smoke"))(lineart, hints, np.ones_like(lineart))
    assert np.abs(made[:, 6:24, 6:28] - np.array([1, -1, -1])[:, None, None]).max() < 0.05
    assert made[:, :4].min() > 0.95


def test_what_stands_around_a_mask_is_continued(drawn_copier):
    """Property: without any hint, a hole in a red area becomes red."""
    lineart = np.ones((1, 1, 32, 32), np.float32)
    red = np.broadcast_to(np.array([1, -1, -1], np.float32)[:, None, None], (1, 3, 32, 32))
    mask = np.zeros_like(lineart)
    mask[..., 12:20, 12:20] = 1
    made = copy_painter("smoke").paint(lineart, np.zeros((1, 4, 32, 32)), mask, red, [0])
    assert np.abs(made - red)[..., 12:20, 12:20].max() < 0.05


def test_other_weights_have_another_key(drawn_copier):
    """Property: what was measured of old weights is not taken for that of new ones."""
    before = copy_painter("smoke").key
    assert copy_painter("smoke").key == before
    torch.manual_seed(1)
    save_file(Copier((8, 16), keys=4, piece_channels=8).state_dict(), drawn_copier / WEIGHTS)
    assert copy_painter("smoke").key != before


def test_what_was_not_trained_is_named_with_the_command(tmp_path, monkeypatch):
    """Error: where it was looked for, and the mend."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="lineart train copying --profile smoke"):
        load_painter("copying", "smoke")


def test_what_comes_twice_is_decided_once(drawn_copier, monkeypatch):
    """Property: equal rows are asked once, and each row is what it is alone."""
    draw = np.random.default_rng(0)
    lineart = np.where(draw.random((3, 1, 32, 32)) < 0.1, -1, 1).astype(np.float32)
    hints = np.zeros((3, 4, 32, 32), np.float32)
    hints[:, :, 12, 10:14] = np.array([1, -1, -1, 1], np.float32)[:, None]
    lineart[2], hints[1, 2, 12, 10:14] = lineart[0], 1
    planes = (lineart, hints, np.ones_like(lineart), lineart.repeat(3, 1))
    painter = copy_painter("smoke")
    alone = [painter.paint(*(plane[row : row + 1] for plane in planes), [0]) for row in range(3)]
    asked = []
    monkeypatch.setattr(
        copy_painters, "choices", lambda *given: asked.append(given) or choices(*given)
    )
    np.testing.assert_allclose(
        painter.paint(*planes, [0] * 3), np.concatenate(alone), atol=1e-5
    )  # A batch sums in another order.
    assert len(asked) == 2


def test_a_network_without_pieces_paints_pixel_by_pixel():
    """Property: only one that knows pieces of paper lets those that nobody hinted decide as one."""
    lineart = np.ones((1, 1, 32, 32), np.float32)
    lineart[..., 16] = -1
    given = (lineart, np.zeros((1, 4, 32, 32), np.float32), lineart * 0 + 1, lineart.repeat(3, 1))
    torch.manual_seed(0)
    knows, alone = (Copier((8, 16), keys=4, piece_channels=told) for told in (8, 0))
    corrects = Corrector((8, 16))
    torch.nn.init.normal_(corrects.network.leave.weight)  # Else it corrects nothing.
    for network, even in ((knows, True), (alone, False), (corrects, False)):
        left = CopyPainter("drawn", network.eval()).paint(*given, [0])[0, :, :, :14]
        assert (np.ptp(left, axis=(1, 2)).max() < 1e-5) == even


class _Noise:
    """Invents one colour a seed."""

    key, size_px, step, lines = "noise", 128, 1, False

    def paint(self, lineart, hints, mask, composite, seeds):
        """Colour each picture evenly."""
        tones = [np.random.default_rng(seed).uniform(-1, 1, (3, 1, 1)) for seed in seeds]
        return np.stack([np.broadcast_to(t, (3, *lineart.shape[2:])) for t in tones]).astype("f4")


def test_seeds_vary_what_nobody_hinted(drawn_copier):
    """Property: a hinted area is the same for all seeds, a picture without hints is invented."""
    painter = VariedPainter(copy_painter("smoke"), _Noise())
    lineart = np.ones((2, 1, 32, 32), np.float32)
    lineart[..., [5, 24], 5:25] = lineart[..., 5:25, [5, 24]] = -1
    hints = np.zeros((2, 4, 32, 32), np.float32)
    mask = np.ones_like(lineart)
    composite = lineart.repeat(3, 1)
    free = painter.paint(lineart, hints, mask, composite, [0, 1])
    invented = _Noise().paint(lineart, hints, mask, composite, [0, 1])
    np.testing.assert_allclose(free, invented, atol=1e-5)
    hints[:, :, 12, 10:14] = np.array([1, -1, -1, 1], np.float32)[:, None]
    told = painter.paint(lineart, hints, mask, composite, [0, 1])
    assert np.abs(told[0] - told[1])[:, 6:24, 6:24].max() < 0.05
    assert painter.key == f"{copy_painter('smoke').key}\0noise"
