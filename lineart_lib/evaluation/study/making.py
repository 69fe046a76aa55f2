"""Make a study: one page that works without a network, and the key that says what its codes mean.

Raters see pictures under random codes, in an order of their own. Nothing in the page tells a
method: pictures are encoded anew, so that no name or note of a file survives, and the key stays
with whoever makes the study.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from lineart_lib.evaluation.study.answers import ANSWERS_FORMAT, KEY_FORMAT
from lineart_lib.recipe.decode import RefusedError, decode

ASKS = ("opinion", "pairs")
"""What may be asked: 1 to 5 points for each picture, and the better of two."""
PAGE = Path(__file__).parent / "page"
_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}


@dataclass(frozen=True)
class Plan:
    """How a study is laid out."""

    title: str = "Which colours are better?"
    asks: tuple[str, ...] = ASKS
    repeats: float = 0.1
    """Share of the questions that a rater is asked again: how far do they agree with themselves?"""
    most: int | None = None
    """Most questions of each kind for one rater, repeats not counted; each rater gets others. None
    asks everybody everything."""
    seed: int = 0
    """Draws the codes and orders, together with the pictures themselves."""

    def __post_init__(self) -> None:
        if not self.asks or set(self.asks) - set(ASKS):
            raise ValueError(f"asks must be some of {', '.join(ASKS)}; got {self.asks}")
        if not 0 <= self.repeats <= 0.5:
            raise ValueError(
                f"repeats must lie in [0, 0.5], since what comes again was in the first half; got "
                f"{self.repeats}"
            )
        if self.most is not None and self.most < 1:
            raise ValueError(f"a rater needs a question at least; got most={self.most}")
        if not self.title.strip():
            raise ValueError("a study needs a title; got an empty one")

    def questions(self, methods: int, pictures: int) -> int:
        """Return how many questions one rater is asked, repeats counted."""
        total = 0
        for ask in self.asks:
            each = methods if ask == "opinion" else math.comb(methods, 2)
            once = min(each * pictures, self.most or each * pictures)
            total += once + math.floor(once * self.repeats + 0.5)  # As the page rounds.
        return total


class Study(NamedTuple):
    """What was made."""

    page: Path
    key: Path
    questions: int
    """For each rater."""


def make_study(
    methods: Mapping[str, Path],
    out: Path,
    plan: Plan | None = None,
    given: Path | None = None,
    *,
    force: bool = False,
) -> Study:
    """Write the page and its key.

    The same pictures, names and plan give the same files; anything else gives a study with a code
    and with image codes of its own, so that no answer is taken for another study's.

    Parameters
    ----------
    methods : mapping
        Name of a method to its folder of pictures. All folders hold the same names.
    out : Path
        The page, ending in `.html`. The key is written beside it, as `NAME.key.json`.
    plan : Plan, optional
    given : Path, optional
        Folder of what the methods were given, lineart with hints for example, under the same names;
        raters see it above.
    force : bool
        Write over another study. Its answers cannot be read without its key.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        There are fewer than two methods or no picture, the names differ, the sizes of one picture
        differ, or a file is no picture.
    FileNotFoundError
        A folder does not exist.
    FileExistsError
        Another study lies there already.
    """
    plan = plan or Plan()
    if out.suffix != ".html":
        raise ValueError(f"the page must end in .html; got {out.name}")
    if len(methods) < 2:
        raise ValueError(f"a comparison needs two methods; got {', '.join(methods) or 'none'}")
    files = {name: _pictures(folder) for name, folder in methods.items()}
    names = _same_names(files)
    shown = _pictures(given) if given else {}
    if given and set(names) - set(shown):
        missing = sorted(set(names) - set(shown))
        raise ValueError(f"{given} lacks {', '.join(missing[:5])}: add it, or leave the folder out")
    images = {picture: _versions(picture, files) for picture in names}
    sources = [_encoded(shown[picture])[0] for picture in names] if shown else []
    page, key = _laid_out(plan, images, sources)
    beside = out.with_suffix(".key.json")
    texts = {
        beside: json.dumps(key, indent=1, ensure_ascii=False) + "\n",
        out: _page(plan.title, page),
    }
    for path, text in texts.items():
        if not force and path.exists() and path.read_text(encoding="utf-8") != text:
            raise FileExistsError(
                f"{path} is of another study, and answers to it need its key: choose another name, "
                "or --force"
            )
    out.parent.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        _write(path, text)
    return Study(out, beside, plan.questions(len(files), len(names)))


def _versions(picture: str, files: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
    """Return the data address of one picture by each method; all have one size."""
    found = {method: _encoded(paths[picture]) for method, paths in files.items()}
    if len({size for _, size in found.values()}) > 1:
        said = ", ".join(f"{method} {w} × {h}" for method, (_, (w, h)) in found.items())
        raise ValueError(f"{picture}: all methods need one size; got {said}")
    return {method: address for method, (address, _) in found.items()}


def _laid_out(
    plan: Plan, images: Mapping[str, Mapping[str, str]], sources: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw codes and orders: what the page holds, and the key."""
    methods = list(next(iter(images.values())))
    state = hashlib.sha256(json.dumps([asdict(plan), images, sources]).encode())
    draw = np.random.default_rng(int.from_bytes(state.digest(), "big"))
    codes = _codes(draw, len(images) * len(methods) + 1)
    study = codes.pop()
    named = {codes.pop(): (method, number) for number in range(len(images)) for method in methods}
    names = list(images)
    of = {place: code for code, place in named.items()}
    pairs = [
        sorted((of[one, number], of[two, number]))
        for number in range(len(images))
        for one, two in combinations(methods, 2)
    ]
    order = draw.permutation(sorted(named)).tolist()
    about = {"study": study, "title": plan.title, "asks": list(plan.asks)}
    page = {
        "format": ANSWERS_FORMAT,
        **about,
        "repeats": plan.repeats,
        "most": plan.most,
        "images": {code: images[names[named[code][1]]][named[code][0]] for code in order},
        "given": list(sources),
        "given_of": {code: named[code][1] for code in order if sources},
        "pairs": [pairs[k] for k in draw.permutation(len(pairs))],
    }
    key = {
        "format": KEY_FORMAT,
        **about,
        "methods": methods,
        "pictures": names,
        "images": {
            code: {"method": method, "picture": names[number]}
            for code, (method, number) in named.items()
        },
    }
    return page, key


def _page(title: str, content: Mapping[str, Any]) -> str:
    """Fill the template; `<` is escaped in the data, so that no text can end the script."""
    data = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    filled = (PAGE / "study.html").read_text(encoding="utf-8")
    for name, text in {
        "title": escape(title),
        "style": (PAGE / "study.css").read_text(encoding="utf-8"),
        "script": (PAGE / "study.js").read_text(encoding="utf-8"),
        "data": data,  # Last: what it holds is not filled again.
    }.items():
        filled = filled.replace(f"<!-- {name} -->", text)
    return filled


def _pictures(folder: Path) -> dict[str, Path]:
    """Return the pictures of a folder by name without ending."""
    if not folder.is_dir():
        raise FileNotFoundError(f"expected a folder of pictures at {folder}; there is none")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _ENDINGS:
            continue
        if path.stem in found:
            raise ValueError(
                f"{folder} holds {found[path.stem].name} and {path.name}, which are one name: "
                "rename one of them"
            )
        found[path.stem] = path
    return found


def _same_names(files: Mapping[str, Mapping[str, Path]]) -> list[str]:
    """Return the names that all folders hold, or say which folder differs."""
    first, *others = files
    names = sorted(files[first])
    if not names:
        raise ValueError(f"the folder of {first} holds no picture")
    for other in others:
        differ = sorted(set(names) ^ set(files[other]))
        if differ:
            raise ValueError(
                f"{first} and {other} must hold the same pictures; only one of them has "
                f"{', '.join(differ[:5])}"
            )
    return names


def _encoded(path: Path) -> tuple[str, tuple[int, int]]:
    """Decode a picture and encode its pixels alone: a data address, and the size."""
    try:
        rgb = decode(path.read_bytes()).rgb
    except RefusedError as refusal:
        raise ValueError(f"{path} is no picture that can be shown: {refusal.sentence}") from refusal
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", optimize=True)
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/png;base64,{text}", (rgb.shape[1], rgb.shape[0])


def _codes(draw: np.random.Generator, count: int) -> list[str]:
    """Return different codes of eight letters and digits."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes[draw.bytes(4).hex()] = None
    return list(codes)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
