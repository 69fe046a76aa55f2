"""Benchmarks measure what they say, keep it when asked to, and fail at their limits."""

import importlib
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import cv2
import numpy as np
import pytest
import torch

from lineart_lib.evaluation.kept import keep, kept
from lineart_lib.recipe.art import read_art_recipe
from lineart_lib.recipe.description import find_recipe
from lineart_lib.recipe.prepare_art import prepare_art
from lineart_lib.runtime import project_root


@pytest.fixture
def benchmark(tmp_path, monkeypatch):
    """Load a benchmark whose tables are kept in an empty folder, and give how to call it."""
    monkeypatch.syspath_prepend(str(project_root() / "benchmarks"))
    monkeypatch.setenv("LINEART_PUBLICATION", str(tmp_path / "published"))
    monkeypatch.setenv("LINEART_THREADS", "1")
    threads = torch.get_num_threads(), cv2.getNumThreads()
    loaded = set()

    def load(name):
        module = importlib.import_module(name)
        loaded.add(name)
        monkeypatch.setattr(module, "keep", lambda table: keep(table, tmp_path))

        def call(*given):
            monkeypatch.setattr(sys, "argv", [f"benchmarks/{name}.py", *given])
            return module.main()

        return module, call

    yield load
    for name in loaded:
        del sys.modules[name]
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])


@pytest.mark.slow
def test_a_stroke_is_timed_alone_and_as_a_user_calls_it(benchmark, drawn_copier, tmp_path, capsys):
    """Property: a row for each method and way, later strokes after the median, and a network needs
    more memory than nothing does; the limit is that of the method it names."""
    _, call = benchmark("strokes")
    given = ("--drawings", "1", "--sides-px", "64", "--profile", "smoke")
    given += ("--methods", "lineart as is", "--painters", "watershed", "copying")
    assert call(*given, "--limit", "0", "--of", "copying", "--keep") == 1
    assert "slower than 0.0 ms: copying" in capsys.readouterr().err
    found = kept("stroke_costs", tmp_path)
    assert found.columns[2:] == tuple(
        f"64 px: {what}" for what in ("median, ms", "nine of ten below, ms", "memory, MB")
    )
    assert [row[:2] for row in found.rows] == [
        ("lineart as is", "alone"),
        ("watershed", "colorize"),
        ("copying", "colorize"),
    ]
    median, late, memory = zip(*(map(float, row[2:]) for row in found.rows), strict=True)
    assert all(a <= b for a, b in zip(median, late, strict=True))
    assert median[2] > median[0]
    assert memory[2] > memory[0] + 50  # PyTorch alone takes more.
    assert "smoke profile" in found.caption
    assert "wall, 1 thread," in found.caption
    assert "--painters watershed copying" in found.origin


def test_pixels_of_a_stroke_are_those_of_its_hints(benchmark):
    """Equivalence: what `colorize` gets is the lineart in grey, and the hint where there is one."""
    module, _ = benchmark("strokes")
    lineart = np.ones((1, 4, 5), np.float32)
    lineart[0, 1] = -1
    hints = np.zeros((4, 4, 5), np.float32)
    hints[:, 2, 3] = [1, -1, -1, 1]
    lines, strokes = module.as_pixels(lineart, hints, np.ones_like(lineart))
    assert (lines == np.where(lineart[0] < 0, 0, 255)).all()
    assert strokes[2, 3].tolist() == [255, 0, 0, 255]
    assert strokes[..., 3].sum() == 255


@pytest.mark.slow
def test_a_large_drawing_is_timed_by_every_model(benchmark, drawn_copier, tmp_path, capsys):
    """Property: each model works at its own size, the parts add up, and no drawing may be slower
    than the limit; only sizes that are asked for are compared."""
    _, call = benchmark("colouring")
    given = ("--drawings", "1", "--models", "watershed", "copying", "--profile", "smoke", "--keep")
    assert call(*given, "--limit", "0") == 1
    assert "slower than 0.0 s: watershed, copying" in capsys.readouterr().err
    rows = kept("colouring_times", tmp_path).rows
    assert [row[:2] for row in rows] == [("watershed", "256"), ("copying", "128")]
    for row in rows:
        colouring, writing, both, slowest = map(float, row[2:])
        assert both == pytest.approx(colouring + writing, abs=0.011)  # Two digits each.
        assert slowest >= both > 0
    assert not (tmp_path / "colouring_sizes.json").exists()
    assert call(*given[:3], "watershed", "--keep", "--sizes-px", "64", "512", "--limit", "0") == 0
    sizes = kept("colouring_sizes", tmp_path).rows
    assert [row[:2] for row in sizes] == [("watershed", "64"), ("watershed", "512")]
    assert float(sizes[1][2]) == 0  # At the full size it is the same picture.
    assert float(sizes[0][2]) > 0


@pytest.mark.slow
def test_ways_to_train_differ_in_what_their_rows_name(benchmark, tmp_path, monkeypatch):
    """Property: the first comparison changes the arithmetic alone, the second the data alone, the
    third both; ratios are those of the rates."""
    for name, fewer in (("openmoji", {"designs": 40}), ("dicebear", {"characters": 2})):
        recipe = read_art_recipe(find_recipe(name, project_root()))
        few = replace(recipe.profiles["smoke"], **fewer)
        recipe = replace(recipe, profiles=recipe.profiles | {"smoke": few})
        prepare_art(recipe, "smoke", tmp_path / "data")
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    module, call = benchmark("training")
    settings = module.copying.PROFILES["smoke"]
    fast = replace(settings, loop=replace(settings.loop, channels_last=True))
    monkeypatch.setitem(module.copying.PROFILES, "smoke", fast)
    given = ("--turns", "1", "--drawings", "2", "--profile", "smoke", "--keep")
    assert call(*given, "--least", "1e9") == 1
    rows = kept("training_rates", tmp_path).rows
    assert [row[0] for row in rows] == ["copying", "copying", "copying", "paintstorch"]
    plain, ours = ([row[place].split("; ") for row in rows] for place in (1, 2))
    same = [[a == b for a, b in zip(*pair, strict=True)] for pair in zip(plain, ours, strict=True)]
    assert same == [[False, True], [True, False], [False, False], [False, False]]
    for *_, slow, quick, ratio in rows:
        assert float(ratio) == pytest.approx(float(quick) / float(slow), rel=0.3)


def test_turns_that_would_differ_in_their_drawings_are_refused(benchmark, capsys):
    """Property: before anything is read, the error names what came and what is expected."""
    module, call = benchmark("training")
    with pytest.raises(SystemExit):
        call("--steps", "1")
    assert f"multiple of {module.TOGETHER}; got 1" in capsys.readouterr().err


def test_rates_are_medians_with_what_was_spent_before(benchmark, monkeypatch):
    """Equivalence: by seconds of our own, ways take turns, one slow turn of five changes nothing,
    and what came before a step is added to it."""
    module, _ = benchmark("training")
    order = []
    lengths = {"slow": [2.0] * 5, "quick": [1.0, 50.0, 1.0, 1.0, 1.0]}

    @contextmanager
    def attending(way):
        def seconds(steps):
            order.append((way.words, steps))
            return lengths[way.words].pop(0)

        yield seconds

    monkeypatch.setattr(module, "attending", attending)
    ways = {name: module.Way(name, stopwatch, 8) for name in lengths}
    ways["quick"] = ways["quick"]._replace(before_s=0.6)
    found = module.rates(ways, turns=5, steps=2)
    assert found == pytest.approx({"slow": 8 / 2, "quick": 8 / 1.6})
    assert order == [("slow", 2), ("quick", 2)] * 5


def test_a_way_goes_its_steps_in_a_process_of_its_own(benchmark):
    """Property: as many steps as asked are timed there, whether memory is kept or not."""
    module, _ = benchmark("training")
    for keeps in (False, True):
        with module.attending(module.Way("", stopwatch, 1, keeps)) as seconds:
            assert seconds(1) >= 0.05
            assert seconds(3) >= 0.15  # The mean of steps that take ever longer.


def stopwatch():
    """Make a step that takes 50 ms more each time."""
    lengths = count(1)
    return lambda: time.sleep(next(lengths) / 20)
