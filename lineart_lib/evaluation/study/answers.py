"""The two files of a study besides its page: the key, which names things, and a rater's answers.

Nothing in a file is believed before it is checked. An answer file that was cut, edited by hand,
made with another study's page, or handed in twice is refused with what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY_FORMAT = "lineart-study-key/1"
ANSWERS_FORMAT = "lineart-study-answers/1"
CHOICES = ("left", "right", "tie")
LOWEST, HIGHEST = 1, 5
MAX_BYTES = 16 << 20


@dataclass(frozen=True)
class Key:
    """What the codes of a page stand for."""

    study: str
    """The study's own code; answers to another page carry another one."""
    title: str
    asks: tuple[str, ...]
    """Any of `opinion`, `pairs`."""
    methods: tuple[str, ...]
    pictures: tuple[str, ...]
    images: dict[str, tuple[int, int]]
    """Code of an image: the numbers of its method and of its picture."""


@dataclass(frozen=True)
class Opinion:
    """One image, rated by itself."""

    image: str
    score: int
    """1, bad, to 5, excellent."""
    repeat: bool
    """Asked before: it counts for consistency alone."""


@dataclass(frozen=True)
class Choice:
    """Two images of one picture, compared."""

    left: str
    right: str
    side: str
    """`left`, `right` or `tie`."""
    repeat: bool

    @property
    def chosen(self) -> str | None:
        """The code of the preferred image; None for a tie."""
        return {"left": self.left, "right": self.right}.get(self.side)


@dataclass(frozen=True)
class Sheet:
    """What one rater answered."""

    rater: str
    opinions: tuple[Opinion, ...]
    choices: tuple[Choice, ...]
    asked: int
    """How many questions the page had for this rater; there may be fewer answers."""


def read_key(path: Path) -> Key:
    """Read a key.

    Raises
    ------
    ValueError
        The file is no key of a study, or a damaged one.
    OSError
        It cannot be read.
    """
    found = _json(path, KEY_FORMAT, "the key that `lineart study make` wrote (OUT.key.json)")
    try:
        methods, pictures = tuple(found["methods"]), tuple(found["pictures"])
        images = {
            code: (methods.index(named["method"]), pictures.index(named["picture"]))
            for code, named in found["images"].items()
        }
        return Key(found["study"], found["title"], tuple(found["asks"]), methods, pictures, images)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is a damaged key ({error!r}): make the study again") from error


def read_sheets(paths: Sequence[Path], key: Key) -> list[Sheet]:
    """Read the answers of all raters.

    Parameters
    ----------
    paths : sequence of Path
        One file a rater, as the page saved it.
    key : Key
        Of the same study.

    Returns
    -------
    list of Sheet
        In the order of the paths.

    Raises
    ------
    ValueError
        There is no file; one is no answer file, is damaged or belongs to another study; or two are
        of one rater.
    OSError
        One cannot be read.
    """
    if not paths:
        raise ValueError("no answers were given: name the JSON files that raters sent")
    of: dict[str, Path] = {}
    sheets = []
    for path in paths:
        sheet = _sheet(path, key)
        if sheet.rater in of:
            raise ValueError(
                f"{of[sheet.rater]} and {path} are both of rater {sheet.rater!r}: keep the "
                "later one, or, if two people took one name, ask one of them to rate again"
            )
        of[sheet.rater] = path
        sheets.append(sheet)
    return sheets


def _sheet(path: Path, key: Key) -> Sheet:
    found = _json(path, ANSWERS_FORMAT, "answers that a study's page saved")
    if found.get("study") != key.study:
        raise ValueError(
            f"{path} answers study {found.get('study')!r}, and the key is of {key.study!r}: "
            "analyse it with the key of its own page"
        )
    rater, asked, rows = found.get("rater"), found.get("asked"), found.get("answers")
    if not isinstance(rater, str) or not rater.strip():
        raise ValueError(f"{path} names no rater; got {rater!r}")
    if not rater.isprintable():  # It will be printed, and could steer the terminal.
        raise ValueError(f"{path}: the rater's name must be printable; got {rater!r}")
    if not isinstance(rows, list) or not _whole(asked) or asked < len(rows):
        raise ValueError(f"{path} is damaged: expected a list of at most {asked!r} answers")
    opinions: list[Opinion] = []
    choices: list[Choice] = []
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(rows, 1):
        try:
            answer = _answer(row, key)
        except (KeyError, TypeError, ValueError) as error:
            said = f"no field {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"{path}: answer {number} of {len(rows)}: {said}") from error
        if isinstance(answer, Opinion):
            unit = (answer.image,)
            opinions.append(answer)
        else:
            unit = tuple(sorted((answer.left, answer.right)))
            choices.append(answer)
        if (unit, answer.repeat) in seen:
            raise ValueError(f"{path}: answer {number} of {len(rows)}: it was given twice")
        seen.add((unit, answer.repeat))
        if answer.repeat and (unit, False) not in seen:
            raise ValueError(f"{path}: answer {number} of {len(rows)} repeats what was not asked")
    return Sheet(rater.strip(), tuple(opinions), tuple(choices), asked)


def _answer(row: Any, key: Key) -> Opinion | Choice:
    if not isinstance(row, dict):
        raise TypeError(f"expected an object; got {type(row).__name__}")
    kind, repeat = row["kind"], row["repeat"]
    if not isinstance(repeat, bool):
        raise TypeError(f"repeat must be true or false; got {repeat!r}")
    if kind not in key.asks:
        raise ValueError(f"kind {kind!r} was not asked; expected {' or '.join(key.asks)}")
    if kind == "opinion":
        image, score = row["image"], row["score"]
        _known(image, key)
        if not _whole(score) or not LOWEST <= score <= HIGHEST:
            raise ValueError(f"a score must be whole, {LOWEST} to {HIGHEST}; got {score!r}")
        return Opinion(image, score, repeat)
    left, right, side = row["left"], row["right"], row["choice"]
    _known(left, key)
    _known(right, key)
    if side not in CHOICES:
        raise ValueError(f"a choice must be one of {', '.join(CHOICES)}; got {side!r}")
    if left == right or key.images[left][1] != key.images[right][1]:
        raise ValueError("the two images are not two versions of one picture")
    return Choice(left, right, side, repeat)


def _known(image: Any, key: Key) -> None:
    if not isinstance(image, str) or image not in key.images:
        raise ValueError(f"there is no image {image!r} in this study")


def _whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _json(path: Path, expected: str, words: str) -> dict[str, Any]:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} has more than {MAX_BYTES:,} bytes: it is not {words}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no whole JSON file ({error}): expected {words}") from error
    form = found.get("format") if isinstance(found, dict) else None
    if form != expected:
        raise ValueError(f"{path} is not {words}: its format is {form!r}, expected {expected!r}")
    return found
