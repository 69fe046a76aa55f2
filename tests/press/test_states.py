"""States of toys: what is saved is what the page reads, and nothing too large gets there."""

import json

import pytest

from lineart_lib.press import save_state


def test_a_state_is_saved_with_its_notebook(publication):
    """Round trip: the file holds the state, its name and who published it."""
    saved = save_state("rings", {"noise": 0.5, "words": "é"})
    assert saved.path == publication / "states" / "rings.json"
    assert json.loads(saved.path.read_text(encoding="utf-8")) == {
        "name": "rings",
        "state": {"noise": 0.5, "words": "é"},
        "notebook": "nb99_test",
    }
    assert str(publication) not in repr(saved)


@pytest.mark.parametrize(
    ("name", "state", "complaint"),
    [
        ("Rings", {}, "lower-case"),
        ("rings", [1], "must be a mapping; got list"),
        ("rings", {"a": float("nan")}, "must be JSON"),
        ("rings", {"a": b"x"}, "must be JSON"),
        ("rings", {"a": "x" * 200_000}, "at most 200,000 bytes; got 200,009"),
    ],
)
def test_unfit_states_are_refused(publication, name, state, complaint):
    """Property: the error says what was expected, and nothing is written."""
    with pytest.raises(ValueError, match=complaint):
        save_state(name, state)
    assert not publication.exists()


def test_a_name_belongs_to_one_notebook(publication, monkeypatch):
    """Property: another notebook cannot take a name over; the same one may save again."""
    save_state("rings", {"noise": 0.5})
    save_state("rings", {"noise": 0.25})
    monkeypatch.setenv("LINEART_NOTEBOOK", "nb98_other")
    with pytest.raises(ValueError, match="already published by nb99_test"):
        save_state("rings", {})
