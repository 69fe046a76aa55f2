"""What a benchmark measured once comes back whole, and says where it comes from."""

import json
from datetime import date

import pytest

from lineart_lib.evaluation.kept import HERE, keep, kept
from lineart_lib.press import save_table


def test_a_kept_table_comes_back_with_its_origin(tmp_path, monkeypatch):
    """Round trip: columns, rows and caption; the published caption names the command."""
    monkeypatch.setenv("LINEART_PUBLICATION", str(tmp_path / "published"))
    monkeypatch.setattr("sys.argv", ["/elsewhere/preparing.py", "--pictures", "10 20"])
    rows = [["few", 1.5], ["many", None]]
    table = save_table("measured_here", ["what", "MB"], rows, caption="Memory.")
    path = keep(table, tmp_path)
    found = kept("measured_here", tmp_path)
    assert (found.columns, found.rows) == (("what", "MB"), (("few", 1.5), ("many", None)))
    assert found.caption == "Memory."
    told = found.publish("shown_here").caption
    written = json.loads(path.read_text("utf-8"))
    assert told.startswith(
        "Memory. Measured once by `/elsewhere/preparing.py --pictures '10 20'` on "
        f"{written['day']}, at commit {written['commit'][:7]}"
    )
    assert written["machine"] in told
    assert abs((date.today() - date.fromisoformat(written["day"])).days) <= 1


def test_what_nobody_kept_is_named(tmp_path):
    """Error: the name, and the mend."""
    with pytest.raises(FileNotFoundError, match=r"'nothing' is kept in .*with --keep"):
        kept("nothing", tmp_path)


def test_every_table_of_the_book_has_an_origin():
    """Property: what lies in the package names a command of this project, a commit and a day, and
    no smoke number is among them."""
    for path in HERE.glob("*.json"):
        found = json.loads(path.read_text("utf-8"))
        assert found["command"].startswith("benchmarks/")
        assert "smoke" not in found["command"]
        assert len(found["commit"]) == 40
        assert date.fromisoformat(found["day"])
        assert kept(path.stem).rows
