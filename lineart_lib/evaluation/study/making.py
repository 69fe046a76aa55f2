"""Make a study: one page that works without a network, and the key that says what its codes mean.

Raters see pictures under random codes, in an order of their own. Nothing in the page tells a
method: pictures are encoded anew, so that no name or note of a file survives, and the key stays
with whoever makes the study.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from pathlib import Path

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
    seed: int = 0
    """Draws the codes; another seed gives another study."""

    def __post_init__(self) -> None:
        if not self.asks or set(self.asks) - set(ASKS):
            raise ValueError(f"asks must be some of {', '.join(ASKS)}; got {self.asks}")
        if not 0 <= self.repeats <= 1:
            raise ValueError(f"repeats must lie in [0, 1]; got {self.repeats}")
        if not self.title.strip():
            raise ValueError("a study needs a title; got an empty one")


def make_study(
    methods: Mapping[str, Path], out: Path, plan: Plan | None = None, given: Path | None = None
) -> tuple[Path, Path]:
    """Write the page and its key.

    Parameters
    ----------
    methods : mapping
        Name of a method to its folder of pictures. All folders hold the same names.
    out : Path
        The page, ending in `.html`. The key is written beside it, as `NAME.key.json`.
    plan : Plan, optional
    given : Path, optional
        Folder of what the methods were given, lineart with hints for example, under the same names;
        raters see it beside.

    Returns
    -------
    tuple of Path
        The page and the key.

    Raises
    ------
    ValueError
        There are fewer than two methods or no picture, the names differ, the sizes of one picture
        differ, or a file is no picture.
    FileNotFoundError
        A folder does not exist.
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
    draw = np.random.default_rng(plan.seed)
    codes = iter(_codes(draw, len(files) * len(names) + 1))
    study = next(codes)
    images, key, pairs = {}, {}, []
    for picture in names:
        here, sizes = {}, {}
        for method in files:
            code = next(codes)
            images[code], sizes[method] = _encoded(files[method][picture])
            key[code] = {"method": method, "picture": picture}
            here[method] = code
        if len(set(sizes.values())) > 1:
            said = ", ".join(f"{m} {w} × {h}" for m, (w, h) in sizes.items())
            raise ValueError(f"{picture}: all methods need one size; got {said}")
        pairs += [sorted((here[a], here[b])) for a, b in combinations(files, 2)]
    order = draw.permutation(sorted(images)).tolist()
    content = {
        "format": ANSWERS_FORMAT,
        "study": study,
        "title": plan.title,
        "asks": list(plan.asks),
        "repeats": plan.repeats,
        "images": {code: images[code] for code in order},
        "given": {
            code: _encoded(shown[named["picture"]])[0] for code, named in key.items() if shown
        },
        "pairs": [pairs[k] for k in draw.permutation(len(pairs))],
    }
    secret = {
        "format": KEY_FORMAT,
        "study": study,
        "title": plan.title,
        "asks": list(plan.asks),
        "methods": list(files),
        "pictures": names,
        "images": key,
    }
    beside = out.with_suffix(".key.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    _write(beside, json.dumps(secret, indent=1, ensure_ascii=False) + "\n")
    _write(out, _page(plan.title, content))
    return out, beside


def _page(title: str, content: Mapping[str, object]) -> str:
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
    return {p.stem: p for p in sorted(folder.iterdir()) if p.suffix.lower() in _ENDINGS}


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


def _codes(draw: np.random.Generator, count: int) -> Sequence[str]:
    """Return different codes of eight letters and digits."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes[draw.bytes(4).hex()] = None
    return list(codes)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
