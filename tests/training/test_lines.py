"""Lines are learned from drawings whose lines are known, better than a filter finds them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lineart_lib import images
from lineart_lib.models.line_extractor import extract_lines
from lineart_lib.recipe.art import read_art_recipe
from lineart_lib.recipe.batches import Pairs
from lineart_lib.recipe.description import find_recipe
from lineart_lib.recipe.lineart import extract, lines_agree
from lineart_lib.recipe.pictures import load_pictures
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.runtime import generator, project_root
from lineart_lib.training import experiments, lines
from lineart_lib.training.experiments import EXPERIMENTS, train_experiment
from lineart_lib.training.lines import LineSettings, train_lines, windows
from lineart_lib.training.record import SESSIONS
from lineart_lib.training.runs import CONFIG, METRICS, WEIGHTS


def blots(count, seed):
    """Thin frames of black around colours, beside solid squares of black that are no lines."""
    draw = np.random.default_rng(seed)
    art = np.full((count, 1, 32, 32), 255, np.uint8)
    picture = np.full((count, 3, 32, 32), 255, np.uint8)
    for row in range(count):
        top, left = draw.integers(1, 8, 2)
        side = int(draw.integers(8, 14))
        inner = (slice(top + 1, top + side - 1), slice(left + 1, left + side - 1))
        frame = art[row, 0, top : top + side, left : left + side]
        frame[:] = 0
        art[row, 0][inner] = 255
        picture[row][:, art[row, 0] == 0] = 0
        picture[row][:, inner[0], inner[1]] = draw.integers(60, 255, (3, 1, 1))
        picture[row, :, 24:, top : top + 12] = 0  # dark paint
    return Pairs(torch.from_numpy(art), torch.from_numpy(picture))


def trained(folder, settings, learn, watch):
    """Train on pairs that are there."""
    return train_lines(lambda: learn, lambda: watch, settings, folder, {})


def test_a_few_drawings_are_learned_and_the_filter_is_beaten(tmp_path):
    """Learning: the loss falls to a quarter, and F on other drawings is above XDoG's."""
    learn, watch = blots(24, 0), blots(6, 1)
    settings = LineSettings((8, 16), updates=80, batch_size=6, window_px=32)
    run = trained(tmp_path / "run", settings, learn, watch)
    history = run.metrics
    assert [entry["step"] for entry in history] == list(range(5, 81, 5))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["watch_loss"] < history[0]["watch_loss"] / 4
    found = {"net": [], "filter": []}
    for row in range(len(watch)):
        picture = images.to_signed(watch.picture[row]).numpy()
        true = images.to_signed(watch.lineart[row]).numpy()
        found["net"].append(lines_agree(extract_lines(picture, run.model), true).f)
        found["filter"].append(lines_agree(extract(picture), true).f)
    assert np.mean(found["net"]) > np.mean(found["filter"]) + 0.05
    assert history[-1]["watch_f"] == pytest.approx(np.mean(found["net"]))


def test_same_seed_same_weights(tmp_path):
    """Property: a training is repeatable to the bit, and another seed makes another one."""
    small = LineSettings((8,), updates=3, batch_size=2, window_px=16)
    first, again, other = (
        trained(tmp_path / name, replace(small, seed=seed), blots(4, 0), blots(2, 1))
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    weights = [run.model.state_dict() for run in (first, again, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not all(torch.equal(weights[0][name], weights[2][name]) for name in weights[0])
    assert again.metrics[-1]["watch_loss"] == first.metrics[-1]["watch_loss"]


def test_windows_are_cut_alike_and_keep_their_ink():
    """Property: without colours, window and lines still match: every line is black in both."""
    settings = LineSettings(batch_size=6, window_px=20, coloured_ink=0)
    lineart, picture = windows(blots(8, 2), settings, generator(0))
    assert lineart.shape == (6, 1, 20, 20)
    assert picture.shape == (6, 3, 20, 20)
    # Turning the hues of black moves it by rounding alone.
    assert (picture[(lineart < 0).expand(6, 3, 20, 20)] < -1 + 1e-5).all()
    coloured = windows(blots(8, 2), replace(settings, coloured_ink=1), generator(0))[1]
    ink = coloured[(lineart < 0).expand(6, 3, 20, 20)]
    assert ink.max() > -0.9
    assert ink.max() <= 2 * settings.brightest_ink - 1 + 1e-6


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"updates": 0}, "updates must be at least 1"),
        ({"coloured_ink": 1.5}, r"coloured_ink must lie in \[0, 1\]"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
    ],
)
def test_settings_out_of_range_are_named(changes, said):
    """Error: which field, and what it may be."""
    with pytest.raises(ValueError, match=said):
        LineSettings(**changes)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A few small drawings of one source, and an empty folder of runs."""
    recipe = read_art_recipe(find_recipe("openmoji", project_root()))
    smoke = replace(recipe.profiles["smoke"], size_px=32, designs=40)
    recipe = replace(recipe, profiles=recipe.profiles | {"smoke": smoke})
    prepare_art(recipe, "smoke", tmp_path / "data")
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(lines, "SOURCES", ("openmoji",))
    return tmp_path


def test_a_run_is_kept_whole_and_made_again_by_force(project, monkeypatch):
    """Property: all files; found the second time; the old run outlives a failed new one."""
    asked = []

    def load(name, profile, part, data):
        asked.append(part)
        return load_pictures(name, profile, part, data)

    monkeypatch.setattr(lines, "load_pictures", load)
    first = train_experiment("lines", "smoke")
    assert asked == ["train", "validation"]  # What is tested on is never opened.
    folder = project / "runs" / "lines" / "smoke"
    assert first.folder == folder
    assert {path.name for path in folder.iterdir()} == {WEIGHTS, CONFIG, METRICS, SESSIONS}
    again = train_experiment("lines", "smoke")
    assert (first.trained, again.trained) == (True, False)
    assert again.metrics == first.metrics
    picture = np.random.default_rng(0).uniform(-1, 1, (3, 9, 14)).astype(np.float32)
    ours, theirs = (extract_lines(picture, run.model) for run in (first, again))
    np.testing.assert_array_equal(ours, theirs)
    assert train_experiment("lines", "smoke", force=True).trained

    def fail(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(lines, "ink_loss", fail)
    with pytest.raises(RuntimeError, match="no"):
        train_experiment("lines", "smoke", force=True)
    assert not train_experiment("lines", "smoke").trained


def test_every_experiment_keeps_its_runs_under_its_own_name():
    """Property: the table's names are those of the folders."""
    from lineart_lib.training import digits

    assert set(EXPERIMENTS) >= {digits.EXPERIMENT, lines.EXPERIMENT}
    with pytest.raises(ValueError, match="experiment must be one of copying, digit_classifier"):
        train_experiment("magic", "smoke")
    for train in experiments.EXPERIMENTS.values():
        with pytest.raises(ValueError, match="profile must be one of smoke, book, paper"):
            train("huge")
