"""Values come back as they were recorded, and one name has one value."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineart_lib.press import record

VALUES = (
    st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(min_size=1).filter(lambda text: text.strip() and text.isprintable())
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}\.[a-z0-9_]{1,8}", fullmatch=True)


def read(folder: Path) -> dict:
    """Read the values of a publication."""
    return json.loads((folder / "values.json").read_text(encoding="utf-8"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(values=st.dictionaries(NAMES, VALUES, min_size=1, max_size=6))
def test_values_round_trip(by_hand: Path, values: dict):
    """Property: what is recorded is what is returned and what JSON gives back, type included."""
    for name, value in values.items():
        assert record(name, value, "u") == value
    written = read(by_hand)
    for name, value in values.items():
        assert written[name] == {"value": value, "unit": "u"}
        assert type(written[name]["value"]) is type(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.array([3]), 3),
        (torch.tensor(0.25), 0.25),
        (torch.tensor(4), 4),
        (np.str_("SGD"), "SGD"),
    ],
)
def test_scalars_of_libraries_become_plain(publication: Path, value, expected):
    """Equivalence: a NumPy or PyTorch scalar is recorded as the Python number it stands for."""
    got = record("some.value", value)
    assert got == expected
    assert type(got) is type(expected)
    assert read(publication)["some.value"]["value"] == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -np.inf, torch.tensor(float("nan"))])
def test_numbers_that_are_not_finite_are_refused(publication: Path, value):
    """Property: NaN and infinity are refused with the mend: record a text."""
    with pytest.raises(ValueError, match="text instead"):
        record("some.value", value, "%")
    assert not (publication / "values.json").exists()


@pytest.mark.parametrize("value", [True, None, [1], np.zeros(3), torch.zeros(2), 1j, object()])
def test_what_is_no_value_is_refused(publication: Path, value):
    """Property: only one number or a text is a value."""
    with pytest.raises(TypeError, match="must be"):
        record("some.value", value)


@pytest.mark.parametrize(
    "name", ["", "plain", "Mnist.x", "a.", ".a", "a b.c", "1a.b", "a..b", "a-b.c"]
)
def test_an_unfit_name_is_refused(publication: Path, name: str):
    """Property: a name is topic.quantity in lower case."""
    with pytest.raises(ValueError, match=r"topic\.quantity"):
        record(name, 1)


def test_an_empty_text_is_refused(publication: Path):
    """Property: a blank text would leave a hole in a sentence."""
    with pytest.raises(ValueError, match="empty"):
        record("some.value", "  ")


def test_one_run_cannot_record_two_values_under_a_name(publication: Path):
    """Property: the same value twice is fine; another value or unit is refused and kept out."""
    record("some.value", 1.5, "%")
    record("some.value", 1.5, "%")
    for value, unit in ((1.6, "%"), (1.5, "s")):
        with pytest.raises(ValueError, match="already recorded"):
            record("some.value", value, unit)
    assert read(publication) == {"some.value": {"value": 1.5, "unit": "%"}}


def test_by_hand_a_value_may_change(by_hand: Path):
    """Property: a person who runs a cell again replaces its value and keeps the others."""
    record("some.value", 1)
    record("other.value", "kept")
    record("some.value", 2)
    assert {name: entry["value"] for name, entry in read(by_hand).items()} == {
        "some.value": 2,
        "other.value": "kept",
    }


def _record_many(worker: int) -> None:
    for index in range(20):
        record(f"worker_{worker}.value_{index}", index)


def test_processes_lose_nothing_to_each_other(publication: Path):
    """Property: four processes that record at once leave all of their values."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_record_many, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert len(read(publication)) == 80
    assert [path.name for path in publication.iterdir()] == ["values.json"]
