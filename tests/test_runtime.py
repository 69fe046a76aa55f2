"""The project is found, generators are seeded, threads are limited."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lineart_lib.runtime import cpu_threads, data_folder, generator, project_root, set_threads

PROJECT = '[project]\nname = "lineart-lib"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with a package inside it, and start in the depth of it."""
    monkeypatch.delenv("LINEART_ROOT", raising=False)
    monkeypatch.delenv("LINEART_DATA", raising=False)
    deep = tmp_path / "house" / "other" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "house" / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "house" / "other" / "pyproject.toml").write_text('[project]\nname = "other"\n')
    (deep / "pyproject.toml").write_text("not toml [")
    monkeypatch.chdir(deep)
    return tmp_path / "house"


def test_the_root_is_found_past_other_projects(project: Path):
    """Property: only the pyproject.toml of this project counts on the way up."""
    assert project_root() == project
    assert data_folder() == project / ".data"


def test_the_environment_names_root_and_data(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Property: LINEART_ROOT and LINEART_DATA win over the search."""
    monkeypatch.setenv("LINEART_ROOT", str(tmp_path))
    assert project_root() == tmp_path
    monkeypatch.setenv("LINEART_DATA", str(tmp_path / "data"))
    assert data_folder() == tmp_path / "data"


def test_a_missing_root_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Property: outside any project, and with a wrong LINEART_ROOT, the error names the mend."""
    monkeypatch.delenv("LINEART_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="set LINEART_ROOT"):
        project_root()
    monkeypatch.setenv("LINEART_ROOT", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="unset it"):
        project_root()


def test_equal_seeds_give_equal_draws_and_leave_the_global_state():
    """Property: a generator repeats itself, differs by seed, and seeds nothing global."""
    before = torch.get_rng_state()
    first, again, other = (torch.rand(8, generator=generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "0", True, None])
def test_what_is_no_seed_is_refused(seed):
    """Property: a seed is an integer in range."""
    with pytest.raises(ValueError, match="seed must be an integer"):
        generator(seed)


def test_threads_are_limited(monkeypatch: pytest.MonkeyPatch):
    """Equivalence: PyTorch reports the number that was set, by argument or by the environment."""
    before = torch.get_num_threads()
    try:
        assert set_threads(1) == torch.get_num_threads() == 1
        monkeypatch.setenv("LINEART_THREADS", "2")
        assert set_threads() == torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_freed_memory_is_used_again():
    """Equivalence: glibc can be told, and then, after the first time, a large array takes no new
    page from the system; of another library it is said that it cannot."""
    told = subprocess.run(
        [sys.executable, "-c", _ALLOCATE], capture_output=True, text=True, check=True, timeout=120
    )
    kept, faults = told.stdout.split()
    assert kept == str(platform.libc_ver()[0] == "glibc")
    if kept == "True":
        assert int(faults) < 100, "a large array is given back to the system and asked for again"


_ALLOCATE = """
import resource
import numpy as np
from lineart_lib.runtime import keep_memory

def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        np.empty(40 << 20, np.uint8).fill(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

kept = keep_memory()
faults(2)
print(kept, faults(5))
"""


def test_bad_thread_counts_are_refused(monkeypatch: pytest.MonkeyPatch):
    """Property: zero threads and text are refused; without a wish there are one or two."""
    monkeypatch.delenv("LINEART_THREADS", raising=False)
    assert cpu_threads() in (1, 2)
    with pytest.raises(ValueError, match="at least 1"):
        set_threads(0)
    for wish in ("0", "two", "-1"):
        monkeypatch.setenv("LINEART_THREADS", wish)
        with pytest.raises(ValueError, match="LINEART_THREADS"):
            cpu_threads()
