"""The experiments play the games they say, keep them, and change one thing at a time."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lineart_lib import images
from lineart_lib.models.content import LineContent
from lineart_lib.models.line_features import LineFeatures, LineSize
from lineart_lib.models.stenciltorch import GuidedStencilTorch
from lineart_lib.runtime import generator
from lineart_lib.training import ablations as changed
from lineart_lib.training import games, record
from lineart_lib.training.ablations import CHANGES, ablation_settings, ablations
from lineart_lib.training.experiments import EXPERIMENTS
from lineart_lib.training.games import PROFILES, paintstorch, players_of, stenciltorch
from lineart_lib.training.lessons import Drawings, lessons_by_step
from lineart_lib.training.loop import play
from lineart_lib.training.record import SAMPLES
from lineart_lib.training.runs import Run
from lineart_lib.training.sheets import Watched


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """Noise for drawings, and an F1 that has learned nothing."""

    def drawn(sources):
        draw = generator(0)
        sizes = ((6, channels, 64, 64) for channels in (1, 3, 3))
        return Drawings(
            *(torch.randint(256, size, generator=draw, dtype=torch.uint8) for size in sizes)
        )

    def seen(profile):
        some = drawn(())
        hints = torch.zeros(6, 4, 64, 64)
        hints[:, :, 8:12, 8:12] = 1
        return Watched(images.to_signed(some.lineart), hints, images.to_signed(some.picture))

    def features(profile):
        model = LineFeatures(LineSize((8, 8, 16, 16)), generator(0)).eval()
        return Run(model, {"untrained": True}, [], tmp_path, False)

    monkeypatch.setenv("LINEART_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LINEART_THREADS", "1")
    monkeypatch.setattr(games, "prepared_manifest", lambda *_: {"sha256": "0"})
    monkeypatch.setattr(games, "load_pictures", lambda *_: None)
    monkeypatch.setattr(games, "drawings_of", drawn)
    games._drawings.cache_clear()
    monkeypatch.setattr(games, "_watched", seen)
    for module in (games, changed):
        monkeypatch.setattr(module, "line_features", features)
    return tmp_path / "runs"


@pytest.mark.slow
@pytest.mark.parametrize("game", ["paintstorch", "stenciltorch"])
def test_a_whole_step_at_the_paper_size_moves_every_weight(game, tmp_path):
    """Gradient: on one drawing of 512 × 512, F1 read, every loss and the critic's penalty taken, by
    the loop. Every weight of every player moves and stays finite; F1 does not."""
    settings = PROFILES[game]["paper"]
    settings = replace(
        settings,
        lessons=replace(settings.lessons, batch_size=1),
        loop=replace(settings.loop, steps=1, device="cpu"),
    )
    lines = LineFeatures(rng=generator(0)).eval()
    content = LineContent(lines, (0, 2))
    draw = generator(1)
    drawing = Drawings(
        *(
            torch.randint(256, (1, c, 512, 512), generator=draw, dtype=torch.uint8)
            for c in (1, 3, 3)
        )
    )
    players = players_of(settings, content)
    models = {"F1": lines, **{name: player.model for name, player in players.items()}}
    before = {
        (name, key): weight.detach().clone()
        for name, model in models.items()
        for key, weight in model.named_parameters()
    }
    lessons = lessons_by_step(lambda: drawing, settings.lessons, lines)
    run = play(players, lessons, settings.loop, tmp_path / game, progress=False)
    for (name, key), old in before.items():
        new = models[name].get_parameter(key).detach()
        assert bool(new.isfinite().all()), (name, key)
        assert torch.equal(new, old) == (name == "F1"), (name, key)
    first = next(iter(players))
    told = {f"{first}.{term}" for term in ("loss", "adversarial", "content")}
    told |= {f"critic.{term}" for term in ("distance", "penalty", "drift")}
    told.add({"paintstorch": "colour.reconstruction", "stenciltorch": "stencil.guide"}[game])
    assert told <= run.metrics[0].keys()


@pytest.mark.parametrize(("experiment", "kind"), [(paintstorch, 3), (stenciltorch, 2)])
def test_a_game_is_played_once_and_found_again(prepared, experiment, kind):
    """Property: the smoke profile is played by all its players, kept where it says, and loaded to
    the bit; another setting replaces it. Its content loss is named."""
    run = experiment("smoke")
    assert run.trained
    assert run.folder == prepared / experiment.__name__ / "smoke"
    assert len({name.partition(".")[0] for name in run.metrics[-1] if "." in name}) == kind
    assert run.config["content"] == "pixels and F1 by channel, stage 2"
    again = experiment("smoke")
    assert not again.trained
    weights = zip(run.model.parameters(), again.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)
    assert experiment("smoke", learning_rate=3e-3).trained
    assert EXPERIMENTS[experiment.__name__] is experiment


def test_several_games_load_the_drawings_once(prepared, monkeypatch):
    """Property: a second game of the same data reads no file of drawings."""
    asked = []
    monkeypatch.setattr(games, "load_pictures", lambda *given: asked.append(given[0]))
    settings = PROFILES["paintstorch"]["smoke"]
    for seed in (0, 1):
        games.run_game(replace(settings, seed=seed), "smoke", f"played/{seed}")
    assert asked == list(games.SOURCES)


@pytest.mark.parametrize("game", ["paintstorch", "stenciltorch"])
def test_sheets_of_samples_change_no_weight(prepared, game, monkeypatch):
    """Property: with sheets, without them, and stopped while one is written, the weights are equal
    to the bit. A sheet shows lineart, what was made, and the artist's picture."""
    plain = PROFILES[game]["smoke"]
    often = replace(plain, loop=replace(plain.loop, sample_every=1, checkpoint_every=1))
    quiet = games.run_game(often, "smoke", "quiet/smoke")
    assert not (quiet.folder / SAMPLES).exists()
    looked = games.run_game(often, "smoke", "looked/smoke", sampled=True)
    written = record.save_sample

    def stop(folder, step, picture):
        if step == 2:
            raise KeyboardInterrupt
        return written(folder, step, picture)

    monkeypatch.setattr(record, "save_sample", stop)
    with pytest.raises(KeyboardInterrupt):
        games.run_game(often, "smoke", "stopped/smoke", sampled=True)
    monkeypatch.setattr(record, "save_sample", written)
    resumed = games.run_game(often, "smoke", "stopped/smoke", sampled=True)
    for other in (looked, resumed):
        weights = zip(quiet.model.parameters(), other.model.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in weights)
        files = sorted((other.folder / SAMPLES).iterdir())
        assert [file.name for file in files] == [f"{step:08d}.png" for step in (1, 2, 3)]
    sheet = np.asarray(Image.open(files[-1]))
    assert sheet.shape == (6 * 64, 3 * 64, 3)
    some = games.drawings_of(())
    artist = some.picture.permute(0, 2, 3, 1).reshape(-1, 64, 3).numpy()
    assert np.array_equal(sheet[:, 128:], artist)
    # White hints over noise: what is given differs from the lineart there alone.
    lineart = some.lineart.permute(0, 2, 3, 1).reshape(-1, 64, 1).numpy()
    same = (sheet[:, :64] == lineart).all(2).reshape(6, 64, 64)
    assert same[:, 12:].all()
    assert (sheet[8:12, 8:12] == 255).all()
    assert sheet[:, 64:128].std() > 0


def test_an_ablation_changes_what_it_says_and_nothing_else():
    """Property: every ablation of a profile differs from its game in the fields that it names."""

    def leaves(tree, path=()):
        if isinstance(tree, dict):
            return {k: v for name in tree for k, v in leaves(tree[name], (*path, name)).items()}
        return {".".join(path): tree}

    for name, (game, change) in CHANGES.items():
        plain, changed = (
            leaves(asdict(ablation_settings(one, "book", 1, 50))) for one in (game, name)
        )
        assert {key: v for key, v in changed.items() if plain[key] != v} == change
        assert plain["loop.steps"] == 50
        assert plain["lessons.seed"] == plain["loop.seed"] == plain["seed"] == 1


def test_the_first_network_starts_alike_whoever_sits_beside_it():
    """Property: with or without a second generator, first generator and critic have the same first
    weights; another seed has others."""
    lines = LineContent(LineFeatures(LineSize((8, 8, 16, 16))))
    settings = replace(PROFILES["paintstorch"]["smoke"], seed=4)
    both, alone, other = (
        players_of(changed, lines)
        for changed in (settings, replace(settings, second=False), replace(settings, seed=5))
    )
    assert set(both) - set(alone) == {"line"}
    for name in ("colour", "critic"):
        pairs = zip(both[name].model.parameters(), alone[name].model.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    first = [next(p["colour"].model.parameters()) for p in (both, other)]
    assert not torch.equal(*first)
    guided = players_of(PROFILES["stenciltorch"]["smoke"], lines)["stencil"].model
    assert isinstance(guided, GuidedStencilTorch)


def test_ablations_are_kept_apart(prepared):
    """Property: one folder a name and a seed; what was played is found, on as many threads as
    before."""
    threads = torch.get_num_threads()
    names = ["no features", "slipped penalty"]
    runs = ablations(names, "smoke", [0, 1], 2)
    assert set(runs) == {(name, seed) for name in names for seed in (0, 1)}
    assert all(run.trained and run.metrics[-1]["step"] == 2 for run in runs.values())
    folders = {str(Path(run.folder).relative_to(prepared)) for run in runs.values()}
    assert folders == {
        f"ablations/smoke/{name}-{seed}"
        for name in ("no-features", "slipped-penalty")
        for seed in (0, 1)
    }
    assert not any(run.trained for run in ablations(names, "smoke", [0, 1], 2).values())
    assert torch.get_num_threads() == threads


def test_a_whole_game_is_played_beside_its_ablations(prepared):
    """Property: it lies where the experiment finds it; the ablations alone are returned."""
    runs = ablations(["no features"], "smoke", [0], 2, beside=["paintstorch"])
    assert list(runs) == [("no features", 0)]
    found = paintstorch("smoke")
    assert not found.trained
    assert found.metrics[-1]["step"] == PROFILES["paintstorch"]["smoke"].loop.steps


def test_what_does_not_exist_is_named():
    """Error: profiles, games, ablations, and ways to look through VGG16."""
    with pytest.raises(ValueError, match="profile must be one of smoke, book, paper"):
        paintstorch("huge")
    with pytest.raises(ValueError, match="ablation must be one of"):
        ablation_settings("no luck", "smoke", 0, 1)
    with pytest.raises(ValueError, match="game must be one of"):
        replace(PROFILES["paintstorch"]["smoke"], game="chess")
    with pytest.raises(ValueError, match="vgg must be one of"):
        replace(PROFILES["paintstorch"]["smoke"], vgg="bought")
