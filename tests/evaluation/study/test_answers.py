"""An answer file is believed only when it is whole, of this study, and nobody else's."""

import copy
import json

import pytest

from lineart_lib.evaluation.study.answers import (
    ANSWERS_FORMAT,
    KEY_FORMAT,
    read_key,
    read_sheets,
)

KEY = {
    "format": KEY_FORMAT,
    "study": "s1",
    "title": "Colours",
    "asks": ["opinion", "pairs"],
    "methods": ["fill", "network"],
    "pictures": ["cat", "dog"],
    "images": {
        "a": {"method": "fill", "picture": "cat"},
        "b": {"method": "network", "picture": "cat"},
        "c": {"method": "fill", "picture": "dog"},
        "d": {"method": "network", "picture": "dog"},
    },
}
SHEET = {
    "format": ANSWERS_FORMAT,
    "study": "s1",
    "rater": "Ada",
    "asked": 4,
    "answers": [
        {"kind": "opinion", "image": "a", "score": 4, "repeat": False},
        {"kind": "opinion", "image": "a", "score": 5, "repeat": True},
        {"kind": "pairs", "left": "d", "right": "c", "choice": "left", "repeat": False},
    ],
}


@pytest.fixture
def files(tmp_path):
    """Write the key, and give a function that writes a sheet and reads all."""
    (tmp_path / "key.json").write_text(json.dumps(KEY))
    key = read_key(tmp_path / "key.json")

    def read(*sheets):
        paths = []
        for number, sheet in enumerate(sheets):
            paths.append(tmp_path / f"{number}.json")
            text = sheet if isinstance(sheet, str) else json.dumps(sheet)
            paths[-1].write_text(text, encoding="utf-8")
        return read_sheets(paths, key)

    return read


def changed(where, value):
    """Return a sheet with one field changed; `where` is a path of keys."""
    sheet = copy.deepcopy(SHEET)
    place = sheet
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    return sheet


def test_a_sound_sheet_is_read_as_it_was_given(files):
    """Equivalence: opinions, choices and repeats are what the page saved."""
    [sheet] = files(SHEET)
    assert (sheet.rater, sheet.asked) == ("Ada", 4)
    assert [(o.image, o.score, o.repeat) for o in sheet.opinions] == [
        ("a", 4, False),
        ("a", 5, True),
    ]
    [choice] = sheet.choices
    assert choice.chosen == "d"


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("study",), "s2", "answers study 's2'"),
        (("format",), "other/1", "is not answers"),
        (("rater",), " ", "names no rater"),
        (("rater",), "Ada\x1b[2J", "must be printable"),
        (("asked",), 2, "at most 2 answers"),
        (("answers", 0, "score"), 6, "1 to 5; got 6"),
        (("answers", 0, "score"), 3.5, "whole"),
        (("answers", 0, "score"), True, "whole"),
        (("answers", 0, "image"), "z", "no image 'z'"),
        (("answers", 0, "kind"), "smell", "was not asked"),
        (("answers", 0, "repeat"), 1, "true or false"),
        (("answers", 2, "choice"), "both", "left, right, tie"),
        (("answers", 2, "right"), "a", "two versions of one picture"),
        (("answers", 1, "repeat"), False, "given twice"),
        (("answers", 0, "repeat"), True, "repeats what was not asked"),
        (("answers", 0), "yes", "expected an object"),
    ],
)
def test_a_tampered_sheet_is_refused(files, where, value, said):
    """Error: what is wrong is named, with the file and the number of the answer."""
    with pytest.raises(ValueError, match=said):
        files(changed(where, value))


def test_a_cut_file_and_a_second_sheet_are_refused(files):
    """Error: half a file, no file, and two files of one rater."""
    with pytest.raises(ValueError, match="no whole JSON"):
        files(json.dumps(SHEET)[:40])
    with pytest.raises(ValueError, match="no answers were given"):
        files()
    with pytest.raises(ValueError, match="both of rater 'Ada'"):
        files(SHEET, SHEET)


def test_a_damaged_key_is_refused(tmp_path):
    """Error: a key that names a method it does not list."""
    broken = copy.deepcopy(KEY)
    broken["images"]["a"]["method"] = "magic"
    (tmp_path / "key.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match="damaged key"):
        read_key(tmp_path / "key.json")
