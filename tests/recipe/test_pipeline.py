"""The pipeline: whoever works, and however often it is killed, the bytes are the same."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lineart_lib.recipe import units
from lineart_lib.recipe.art import ArtRecipe, read_art_recipe
from lineart_lib.recipe.pipeline import engine
from lineart_lib.recipe.prepare_art import prepare_art

RECIPES = Path(__file__).parents[2] / "data_recipes"
WORK = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_pipeline import few, units
from lineart_lib.recipe.pipeline import engine
from lineart_lib.recipe.prepare_art import prepare_art
if __name__ == "__main__":
    units.UNIT = 6
    prepare_art(few(), "smoke", Path(sys.argv[1]), engine=engine({runner!r}, 2, {address!r}))
"""


def few(characters: int = 24) -> ArtRecipe:
    """Return DiceBear's recipe with three cheap styles, some characters of each, at 32 px."""
    recipe = read_art_recipe(RECIPES / "dicebear.yml")
    styles = tuple(s for s in recipe.styles if s.name in {"dylan", "micah", "personas"})
    smoke = replace(recipe.profiles["smoke"], size_px=32, characters=characters)
    return replace(recipe, styles=styles, profiles={**recipe.profiles, "smoke": smoke})


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Prepare in this process; the manifest holds the hash of every file."""
    folder = prepare_art(few(), "smoke", tmp_path_factory.mktemp("data")).folder
    return (folder / "manifest.json").read_bytes()


def start(folder: Path, runner: str, address: str | None = None) -> subprocess.Popen:
    """Start the same work in a process of its own."""
    code = WORK.format(here=str(Path(__file__).parent), runner=runner, address=address)
    script = folder / "work.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.Popen(
        [sys.executable, script, folder / "data"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_two_workers_of_daft_write_the_same_bytes(expected, tmp_path):
    """Equivalence: Daft's runner in two processes, and units of another size."""
    folder = prepare_art(few(), "smoke", tmp_path, engine=engine("native", 2)).folder
    assert (folder / "manifest.json").read_bytes() == expected
    again = engine("native", 1)(abs, 5)  # a second query in the process is allowed
    assert list(again) == [0, 1, 2, 3, 4]
    assert list(engine("native", 1)(abs, 0)) == []


def test_an_error_of_a_worker_arrives():
    """Error: what a worker raises stops the run, with the worker's words."""
    with pytest.raises(Exception, match="no such unit: 3"):
        list(engine("native", 1)(fail_at_three, 5))


def fail_at_three(number: int) -> int:
    """Raise at one unit."""
    if number == 3:
        raise ValueError("no such unit: 3")
    return number


def test_a_killed_run_goes_on_to_the_same_bytes(expected, tmp_path, monkeypatch):
    """Property: kill -9 in the middle leaves whole files only; the next call ends with the hash."""
    monkeypatch.setattr(units, "UNIT", 6)
    run = start(tmp_path, "native")
    work = tmp_path / "data" / "dicebear" / ".smoke.part"
    until = time.monotonic() + 60
    while len(list(work.glob("staged/*.parquet"))) < 2 and run.poll() is None:
        assert time.monotonic() < until, "nothing was written in a minute"
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    output = run.communicate()[0]
    assert run.returncode == -signal.SIGKILL, output
    assert not (work.parent / "smoke").exists()
    whole = {path.name: path.stat().st_mtime_ns for path in work.glob("staged/*.parquet")}
    assert 2 <= len(whole) < 12
    kept = {}

    def watched(function, count):
        for number in range(count):
            yield function(number)
            now = {path.name: path.stat().st_mtime_ns for path in work.glob("staged/*.parquet")}
            kept.update((name, now[name]) for name in whole if name in now)

    folder = prepare_art(few(), "smoke", tmp_path / "data", engine=watched).folder
    assert kept == whole  # what was whole was not drawn again
    assert (folder / "manifest.json").read_bytes() == expected
    assert [path.name for path in folder.parent.iterdir()] == ["smoke"]


@contextmanager
def cluster_of(workers):
    """Start a head without a core, and nodes of one core each; stop them in the end.

    Ray waits half a minute for a node, in figures that nobody can set. Where other work goes on
    that may be too short, so a start is tried three times.
    """
    from ray.cluster_utils import Cluster

    little = {"object_store_memory": 80_000_000}
    problems = []
    for _ in range(3):
        cluster = Cluster()
        try:
            cluster.add_node(num_cpus=0, include_dashboard=False, **little)
            for _ in range(workers):
                cluster.add_node(num_cpus=1, **little)
            break
        except Exception as problem:  # Ray has no class of its own for it
            problems.append(problem)
            cluster.shutdown()
    else:
        raise RuntimeError(f"three starts failed: {problems}")
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


@pytest.mark.slow
def test_a_cluster_of_two_workers_writes_the_same_bytes(expected, tmp_path, monkeypatch):
    """Equivalence: the same graph on a Ray cluster of two nodes; it takes most of a minute."""
    pytest.importorskip("ray")
    for name in ("RAY_gcs_server_port_wait_time_s", "RAY_worker_register_timeout_seconds"):
        monkeypatch.setenv(name, "180")  # patience, for a busy machine
    with cluster_of(2) as address:
        run = start(tmp_path, "ray", address)
        try:
            output = run.communicate(timeout=900)[0]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode == 0, output[-3000:]
    folder = tmp_path / "data" / "dicebear" / "smoke"
    assert (folder / "manifest.json").read_bytes() == expected


def test_says_which_options_do_not_go_together():
    """Error: an unknown runner, no worker, workers without a runner, an address without Ray."""
    with pytest.raises(ValueError, match="one of here, native, ray; got 'spark'"):
        engine("spark")
    with pytest.raises(ValueError, match="at least 1; got 0"):
        engine("native", 0)
    with pytest.raises(ValueError, match="use the runner native"):
        engine("here", 2)
    with pytest.raises(ValueError, match="only the runner ray has an address"):
        engine("native", 2, "10.0.0.1:6379")
