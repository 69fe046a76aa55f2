"""StablePaint's three trainings in one run: kept whole, resumed in the middle, parts untouched."""

import importlib.util
from pathlib import Path

import pytest
import torch

from lineart_lib.models.line_features import LineFeatures
from lineart_lib.models.stablepaint import StablePaint
from lineart_lib.runtime import generator
from lineart_lib.training import stablepaint as module
from lineart_lib.training.line_features import PROFILES as FEATURES
from lineart_lib.training.record import SAMPLES
from lineart_lib.training.runs import CONFIG, METRICS, WEIGHTS
from lineart_lib.training.stablepaint import PROFILES, StablePaintSettings, stable_paint

_spec = importlib.util.spec_from_file_location(
    "drawn_squares", Path(__file__).with_name("test_scenes.py")
)
drawn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(drawn)


class _Lines:
    """Stands for the run of F1: drawn weights, never trained."""

    def __init__(self):
        self.model = LineFeatures(FEATURES["smoke"].size, generator(9)).eval()


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """Drawings of squares as both sources, and an empty folder of runs."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(module, "prepared_manifest", lambda *_: {"sha256": "0"})
    monkeypatch.setattr(module, "load_pictures", lambda *_: drawn.squares(4))
    monkeypatch.setattr(module, "line_features", lambda _: _Lines())
    return tmp_path / "runs" / "stablepaint" / "smoke"


def test_it_trains_three_stages_and_keeps_one_run(prepared):
    """Property: three files and the sheets of all stages, metrics of every stage, each part moved
    by its own stage; a second call loads the same weights to the bit."""
    run = stable_paint("smoke")
    assert run.trained
    assert {path.name for path in prepared.iterdir()} == {WEIGHTS, CONFIG, METRICS, SAMPLES}
    sheets = sorted(path.name for path in (prepared / SAMPLES).iterdir())
    assert sheets == [f"{stage}-{step:08d}.png" for stage in module.STAGES for step in (1, 2, 3, 4)]
    assert [path.name for path in prepared.parent.glob(".*samples")] == []
    assert [entry["stage"] for entry in run.metrics] == [0, 1, 2]
    assert "autoencoder.absolute" in run.metrics[0]
    assert "loss" in run.metrics[2]
    start = StablePaint(PROFILES["smoke"].size, generator(0)).state_dict()
    moved = {
        name.split(".")[0] for name, w in run.model.state_dict().items() if not w.equal(start[name])
    }
    assert moved == {"picture_encoder", "decoder", "context_encoder", "denoiser", "scale"}
    again = stable_paint("smoke")
    assert not again.trained
    same = zip(run.model.state_dict().values(), again.model.state_dict().values(), strict=True)
    assert all(torch.equal(*pair) for pair in same)


def test_a_stopped_run_goes_on_with_the_stages_that_are_done(prepared, monkeypatch):
    """Property: stopped in the last stage, it does not train the first two again, and ends with the
    weights of an undisturbed run, to the bit."""
    whole = stable_paint("smoke", name="undisturbed").model.state_dict()
    right = module.denoiser_terms

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "denoiser_terms", stop)
    with pytest.raises(KeyboardInterrupt):
        stable_paint("smoke")
    assert all((prepared / stage / WEIGHTS).is_file() for stage in ("autoencoder", "context"))
    seen = []
    monkeypatch.setattr(module, "denoiser_terms", right)
    first = module.play

    def watched(*arguments, **options):
        run = first(*arguments, **options)
        seen.append(run.trained)
        return run

    monkeypatch.setattr(module, "play", watched)
    run = stable_paint("smoke")
    assert seen == [False, False, True]
    for name, weight in run.model.state_dict().items():
        assert torch.equal(weight, whole[name]), name


def test_what_it_cannot_do_is_named():
    """Error: a profile or numbers that do not exist."""
    with pytest.raises(ValueError, match="profile must be one of smoke, book, paper"):
        stable_paint("huge")
    with pytest.raises(ValueError, match="three numbers of at least 1"):
        StablePaintSettings(steps=(1, 0, 1))
