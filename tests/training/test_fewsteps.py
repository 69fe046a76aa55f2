"""The few-step form: its loss as written, that it learns, its dial, and a run that is kept."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from lineart_lib.diffusion.noise import pink_noise
from lineart_lib.diffusion.process import add_noise, cosine_schedule
from lineart_lib.models.fewsteps import FewSteps, given
from lineart_lib.training import fewsteps as module
from lineart_lib.training.fewsteps import FewStepsSettings, few_steps, noise_terms
from lineart_lib.training.loop import fit
from lineart_lib.training.record import SAMPLES
from lineart_lib.training.scenes import make_scenes, scenes_by_step
from lineart_lib.training.settings import LoopSettings
from lineart_lib.training.variations import finished, first_answer, vary

_spec = importlib.util.spec_from_file_location(
    "drawn_squares", Path(__file__).with_name("test_scenes.py")
)
drawn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(drawn)


def network(seed=0):
    """A small network with drawn weights, in evaluation mode."""
    torch.manual_seed(seed)
    return FewSteps((8, 16)).eval()


def a_scene(size=8, staging=drawn.STILL):
    """A batch of squares."""
    scenes = make_scenes(drawn.squares(8), staging, np.random.default_rng(0))
    return scenes_by_step(scenes, size, staging, seed=3)(0, 0, 1)


def test_the_loss_is_the_written_one():
    """Equivalence: a quarter of the batch from nothing, the others noised, as the state draws."""
    scene, model = a_scene(), network()
    torch.manual_seed(4)
    terms = noise_terms(model, scene)
    torch.manual_seed(4)
    schedule = cosine_schedule()
    t = torch.randint(1000, (8,))
    x = add_noise(schedule, scene.colour, t, pink_noise((8, 3, 32, 32)))
    x[:2] = 0
    signal, noise = schedule.at(t, x)
    signal[:2], noise[:2] = 0, 1
    each = (model(x, signal, noise, scene.given) - scene.colour).square().mean((1, 2, 3))
    torch.testing.assert_close(terms["loss"], each.mean())
    torch.testing.assert_close(terms["first"], each[:2].mean())
    torch.testing.assert_close(terms["noised"], each[2:].mean())


def test_it_learns_to_colour_squares(tmp_path):
    """Learning: the error of the first answer falls to a half; that of paper is twice as large."""
    staging = drawn.Staging(bare=0.3, damage=0.0, turned=0.0, masked=0.0)
    scenes = make_scenes(drawn.squares(16), staging, np.random.default_rng(0))
    batches = scenes_by_step(scenes, 8, staging, seed=1)
    settings = LoopSettings(steps=60, learning_rate=1e-2, ema=0.0, log_every=10, device="cpu")
    torch.manual_seed(0)
    run = fit(FewSteps((8, 16)), batches, noise_terms, settings, tmp_path / "run", progress=False)
    assert run.metrics[-1]["first"] < run.metrics[0]["first"] / 2
    scene = batches(999, 0, 1)
    white = (1 - scene.colour).square().mean()
    found = (first_answer(run.model, scene.given) - scene.colour).square().mean()
    assert float(found) < 0.5 * float(white)


def test_the_dial_goes_from_the_first_answer_to_the_seed():
    """Property: at 0 the guide, whatever the seed; farther on seeds differ more; in range."""
    scene, model = a_scene(2), network()
    known = scene.given
    first = first_answer(model, known)
    assert torch.equal(vary(model, known, 0.0, [1, 2]), first)
    assert torch.equal(vary(model, known, 0.0, [1, 2], guide=scene.colour), scene.colour)
    apart = []
    for strength in (0.1, 0.5, 1.0):
        one, two = (vary(model, known, strength, seeds, steps=4) for seeds in ([0, 0], [1, 1]))
        assert float(one.abs().max()) <= 1
        apart.append(float((one - two).abs().mean()))
    assert 0 < apart[0] < apart[1]
    assert apart[2] > 0
    with pytest.raises(ValueError, match="a seed for each of 2 pictures"):
        vary(model, known, 0.5, [1])
    with pytest.raises(ValueError, match="corruption must lie"):
        vary(model, known, 1.5, [1, 2])


def test_a_seed_means_the_same_in_any_batch():
    """Property: alone or beside another picture, up to float32 rounding over four steps."""
    scene, model = a_scene(2), network()
    both = vary(model, scene.given, 0.6, [5, 7], steps=4)
    alone = type(scene.given)(*(plane[1:] for plane in scene.given))
    torch.testing.assert_close(vary(model, alone, 0.6, [7], steps=4)[0], both[1], atol=1e-4, rtol=0)


def test_outside_the_mask_nothing_changes_by_a_bit():
    """Property: in- and out-painting keep the composite; inside, ink stays ink."""
    staging = drawn.Staging(bare=0.0, damage=0.0, turned=0.0, masked=1.0)
    scene, model = a_scene(8, staging), network()
    known = scene.given
    picture = finished(vary(model, known, 1.0, range(8), steps=2), known)
    outside = known.mask == 0
    assert outside.any()
    kept = outside.expand_as(picture)
    assert torch.equal(picture[kept], known.composite[kept])
    ink = ((known.lineart == -1) & ~outside).expand_as(picture)
    assert ink.any()
    assert float(picture[ink].max()) == -1


def test_a_run_is_kept_found_and_resumed(tmp_path, monkeypatch):
    """Property: smoke trains once on both sources and is then loaded, to the bit; a run that was
    stopped by its step goes on to the same weights as one that was not. Sheets change no weight."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    with pytest.raises(FileNotFoundError, match="lineart prepare openmoji --profile smoke"):
        few_steps("smoke")
    with pytest.raises(ValueError, match="profile must be one of smoke, book, paper"):
        few_steps("huge")
    monkeypatch.setattr(module, "prepared_manifest", lambda *_: {"sha256": "0"})
    monkeypatch.setattr(module, "load_pictures", lambda *_: drawn.squares(4))
    first, again = few_steps("smoke"), few_steps("smoke")
    assert (first.trained, again.trained) == (True, False)
    scene = a_scene(2)
    assert torch.equal(
        first_answer(first.model, scene.given), first_answer(again.model, scene.given)
    )
    assert first.config["steps"] == 6
    assert [path.name for path in sorted((first.folder / SAMPLES).iterdir())] == [
        f"{step:08d}.png" for step in range(1, 7)
    ]
    quiet = few_steps("smoke", "quiet")
    assert not (quiet.folder / SAMPLES).exists()
    weights = zip(first.model.parameters(), quiet.model.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in weights)
    with pytest.raises(ValueError, match="batch_size must be at least 4"):
        FewStepsSettings(batch_size=2)


def test_no_hint_gives_a_picture_too():
    """Property: without hints no fill speaks, and two seeds still paint, each its own."""
    staging = drawn.Staging(bare=1.0, damage=0.0, turned=0.0, masked=0.0)
    scenes = make_scenes(drawn.squares(2), staging, np.random.default_rng(0))
    known = given(scenes.choices)
    assert not known.filled.any()
    model = network()
    one, two = (vary(model, known, 1.0, [seed, seed], steps=2) for seed in (0, 1))
    assert not torch.equal(one, two)
    assert torch.equal(one, vary(model, known, 1.0, [0, 0], steps=2))
