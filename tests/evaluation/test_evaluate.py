"""An evaluation measures what the protocol says, goes on where it stopped, writes whole files."""

import csv
import json

import numpy as np
import pytest

from lineart_lib.evaluation import protocol
from lineart_lib.evaluation.evaluate import TestSet, evaluate, load_set
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.evaluation.hinting import careless_marks
from lineart_lib.evaluation.scores import Case
from lineart_lib.evaluation.tables import differences, table, write_tables

METHODS = {name: FILLS[name] for name in ("lineart as is", "watershed")}
RATIOS = (0.0, 0.5, 1.0)


@pytest.fixture
def cases():
    """Three drawings of two rooms in random colours."""
    numbers = np.random.default_rng(0)
    made = []
    for name in ("one", "two", "three"):
        lines, regions = np.ones((1, 24, 24), np.float32), np.zeros((24, 24), np.int32)
        lines[:, 4:20, [4, 12, 19]] = lines[:, [4, 19], 4:20] = -1
        colour = np.ones((3, 24, 24), np.float32)
        for number, left in enumerate((5, 13)):
            regions[5:19, left : left + 7] = number + 1
            colour[:, regions == number + 1] = numbers.uniform(-1, 1, (3, 1))
        made.append(Case(name, lines, lines, colour, regions))
    return tuple(made)


def test_it_is_the_protocol_on_every_method_and_set(cases, tmp_path, monkeypatch):
    """Equivalence: curves are those of `measure`."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    sets = [TestSet("T1", cases), TestSet("T4", cases, careless=True)]
    counted = []
    found = evaluate(METHODS, sets, tmp_path, RATIOS, lambda: counted.append(1))
    assert len(counted) == 12
    assert list(found) == [(s, m) for s in ("T1", "T4") for m in METHODS]
    plain = protocol.measure(FILLS["watershed"], cases, RATIOS)
    np.testing.assert_array_equal(found["T1", "watershed"].scores, plain.scores)
    hurried = protocol.measure(FILLS["watershed"], cases, RATIOS, careless_marks)
    np.testing.assert_array_equal(found["T4", "watershed"].scores, hurried.scores)


def test_what_was_measured_is_not_measured_again(cases, tmp_path, monkeypatch):
    """Property: a stopped evaluation goes on; other cases or shares are measured anew."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    calls = []

    def counting(*given):
        calls.append(1)
        return FILLS["watershed"](*given)

    def stopping(*given):
        raise KeyboardInterrupt

    counting.key, stopping.key = "first", "first"
    given = [TestSet("T1", cases)]
    with pytest.raises(KeyboardInterrupt):
        evaluate({"counting": counting, "stopping": stopping}, given, tmp_path, RATIOS)
    first = len(calls)
    again = evaluate({"counting": counting}, given, tmp_path, RATIOS)
    assert len(calls) == first > 0
    np.testing.assert_array_equal(
        again["T1", "counting"].scores, protocol.measure(counting, cases, RATIOS).scores
    )
    for other, ratios in (
        ([TestSet("T1", cases[:2])], RATIOS),
        ([TestSet("T1", cases, careless=True)], RATIOS),
        ([TestSet("T1", cases, shape="dot")], RATIOS),
        (given, (0.0, 1.0)),
    ):
        before = len(calls)
        evaluate({"counting": counting}, other, tmp_path, ratios)
        assert len(calls) > before
    before = len(calls)
    counting.key = "other weights"
    evaluate({"counting": counting}, [TestSet("T1", cases)], tmp_path, RATIOS)
    assert len(calls) > before
    assert not list(tmp_path.glob("*.part*"))


def plain_paper(lineart, hints, mask):
    """Colour nothing: a function of a module, which may run elsewhere."""
    return np.repeat(np.asarray(lineart, np.float32), 3, axis=0)


class Batching:
    """A method of many pictures at once, as a network is."""

    key = "weights 1"

    def __init__(self):
        self.sizes = []

    def __call__(self, lineart, hints, mask):
        """One picture is a batch of one."""
        return self.batch(lineart[None], hints[None], mask[None])[0]

    def batch(self, lineart, hints, mask):
        """Fill each by the watershed."""
        self.sizes.append(len(lineart))
        return np.stack(list(map(FILLS["watershed"], lineart, hints, mask)))


def test_processes_and_batches_change_no_score(cases, tmp_path, monkeypatch):
    """Equivalence: two processes, and batches of all shares of a case, score as one by one."""
    monkeypatch.setenv("LINEART_THREADS", "2")
    monkeypatch.setattr("lineart_lib.evaluation.evaluate.AT_ONCE", 2)
    batching = Batching()
    methods = {"paper": plain_paper, "batching": batching, **METHODS}
    found = evaluate(methods, [TestSet("T1", cases)], tmp_path, RATIOS)
    for one, other in (("paper", "lineart as is"), ("batching", "watershed")):
        plain = protocol.measure(FILLS[other], cases, RATIOS)
        for name in (one, other):
            np.testing.assert_array_equal(found["T1", name].scores, plain.scores)
    assert batching.sizes == [3, 3, 3]


def test_a_method_says_what_it_is(cases, tmp_path, monkeypatch):
    """Error: a closure without a key could be mistaken for another one."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    factor = np.float32(0.5)
    with pytest.raises(ValueError, match=r"'halved' is cannot be told .* an attribute `key`"):
        evaluate({"halved": lambda *given: factor * given[0]}, [TestSet("T1", cases)], tmp_path)


def test_tables_hold_the_estimates_and_can_be_read_back(cases, tmp_path, monkeypatch):
    """Equivalence: rows are `estimate` under the same draws; CSV and JSON say the same."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    curves = evaluate(METHODS, [TestSet("T1", cases)], tmp_path / "kept", RATIOS)
    rows = table(curves, draws=100)
    leads = differences(curves, draws=100)
    written = write_tables(rows, leads, curves, tmp_path)
    assert sorted(written) == sorted(p for p in tmp_path.iterdir() if p.is_file())
    read = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert len(read) == len(METHODS) * len(protocol.STATISTICS)
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        assert [row["statistic"] for row in csv.DictReader(file)] == [r["statistic"] for r in read]
    weights = protocol.draws(3, np.random.default_rng(0), 100)
    by_hand = protocol.estimate(curves["T1", "watershed"], "pooled PSNR", weights)
    [row] = [r for r in read if (r["method"], r["statistic"]) == ("watershed", "pooled PSNR")]
    assert (row["value"], row["low"], row["high"]) == (by_hand.value, by_hand.low, by_hand.high)
    by_hand = protocol.difference(
        curves["T1", "lineart as is"], curves["T1", "watershed"], "pooled PSNR", weights
    )
    [lead] = [row for row in leads if row["statistic"] == "pooled PSNR"]
    assert (lead["first"], lead["second"]) == tuple(METHODS)
    assert (lead["value"], lead["low"], lead["high"]) == (by_hand.value, by_hand.low, by_hand.high)
    assert json.loads((tmp_path / "differences.json").read_text("utf-8"))[0] == leads[0]
    curve = json.loads((tmp_path / "curves.json").read_text("utf-8"))[1]
    assert curve["ratios"] == list(RATIOS)
    assert curve["ΔE00 under hints"][0] is None  # No hint, no obedience.


def test_a_lone_method_has_no_differences(cases, tmp_path, monkeypatch):
    """Property: the files are there all the same, without a row."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    curves = evaluate({"paper": plain_paper}, [TestSet("T1", cases)], tmp_path / "kept", RATIOS)
    leads = differences(curves, draws=100)
    write_tables(table(curves, draws=100), leads, curves, tmp_path)
    assert leads == []
    assert (tmp_path / "differences.csv").read_text() == ""


def test_unknown_sets_and_lone_pictures_are_refused(tmp_path):
    """Error: the known sets, the least number, and the command that prepares are named."""
    with pytest.raises(ValueError, match="T1, T2, T3, T4; got 'T9'"):
        load_set("T9", "smoke", tmp_path, 10)
    with pytest.raises(ValueError, match="2 pictures"):
        load_set("T1", "smoke", tmp_path, 1)
    with pytest.raises(ValueError, match="shape must be one of scribble, dot; got 'line'"):
        load_set("T1", "smoke", tmp_path, 10, shape="line")
    with pytest.raises(FileNotFoundError, match="lineart prepare openmoji --profile smoke"):
        load_set("T1", "smoke", tmp_path, 10)
