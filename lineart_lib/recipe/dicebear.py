"""Characters without end: DiceBear draws one for each style and seed, always the same.

Styles come with the package `dicebear-styles`; each says in its `meta` who made it and under which
licence, and nothing here is drawn under a licence that the recipe does not allow.

Lines and colours lie in one file, so one of two rules finds the lines, and a drawing says which:

`artist`
    The style has black ink. Every opaque near-black shape and stroke is drawn in black, all others
    in white, in the file's order: what stays visible is the artist's own ink, solid blacks too.
`contours`
    The style has no outlines, or not around all. Lines of one width are drawn by rule along the
    borders of the flat colours; the style's ink is added as it is. No artist drew these lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version as installed_version
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import cv2
import numpy as np

from lineart_lib.recipe.artwork import PARTS, Artwork, connected_regions
from lineart_lib.recipe.decode import RefusedError
from lineart_lib.recipe.drawing import draw, on_white, repaint
from lineart_lib.recipe.ink import contours, dark, go_on_under, is_ink, rgb_of, without_solids
from lineart_lib.recipe.svg import read_svg

if TYPE_CHECKING:
    from dicebear import Style

LINE_RULES = ("artist", "contours")
_CODES = {name: f"#{number:02x}fe5{number:x}" for number, name in enumerate(PARTS)}
_SLOTS = {
    "hair": ("hair", "facialHair", "headContrast"),
    "skin": ("skin", "base"),
    "clothes": ("clothes", "clothing", "shirt", "body"),
}
_FINER = 3  # contours are drawn so many times larger, then averaged


@dataclass(frozen=True)
class StyleLicence:
    """Whose work a style is, as the style itself says."""

    style: str
    """Name of the style."""
    title: str
    """Name of the work it was made from."""
    creator: str
    """Who made that."""
    name: str
    """Name of the licence, such as `CC BY 4.0`."""
    url: str
    """Where the licence can be read."""
    attribution: str
    """The sentence that credits the work."""


def styles() -> tuple[str, ...]:
    """List the styles of the installed package, by name."""
    found = [f.name for f in files("dicebear_styles").iterdir() if f.name.endswith(".json")]
    return tuple(sorted(name.removesuffix(".json") for name in found))


def package_versions() -> str:
    """Return the versions of the program and of the styles, which together decide each pixel."""
    return " ".join(f"{name} {installed_version(name)}" for name in _PACKAGES)


_PACKAGES = ("dicebear-core", "dicebear-styles")


@cache
def _definition(style: str) -> str:
    if style not in styles():
        raise ValueError(
            f"{style!r} is no style of dicebear-styles; known are {', '.join(styles())}"
        )
    return (files("dicebear_styles") / f"{style}.json").read_text(encoding="utf-8")


def licence_of(style: str) -> StyleLicence:
    """Read a style's licence from its own `meta`.

    Raises
    ------
    ValueError
        There is no such style.
    """
    meta = json.loads(_definition(style)).get("meta", {})
    licence, creator, source = (meta.get(key, {}) for key in ("license", "creator", "source"))
    title = source.get("name") or style
    maker, name, url = creator.get("name", ""), licence.get("name", ""), licence.get("url", "")
    credit = licence.get("text") or f"{title} by {maker}, {name}"
    return StyleLicence(style, title, maker, name.rstrip("."), url, credit)


def require_licence(style: str, allowed: Sequence[str]) -> StyleLicence:
    """Return a style's licence if it is one of those allowed.

    Raises
    ------
    RefusedError
        `licence_not_allowed`.
    """
    licence = licence_of(style)
    if licence.name not in allowed:
        raise RefusedError(
            "licence_not_allowed",
            f"{style} is under {licence.name or 'no licence'!r}; allowed: {', '.join(allowed)}",
        )
    return licence


@lru_cache(maxsize=16)
def _style(name: str) -> Style:
    from dicebear import Style  # A second to import, for those alone who draw characters.

    return Style.from_json(_definition(name))  # validation takes a second


@cache
def slots_of(style: str) -> tuple[str, ...]:
    """Return the names of the colours that a style leaves open, such as `hair` and `skin`."""
    return tuple(json.loads(_definition(style)).get("colors", {}))


def character_svg(style: str, seed: str, colours: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return the SVG of a character without backdrop.

    Parameters
    ----------
    style : str
        Name of a style.
    seed : str
        Any text. The same style, seed and colours always give the same file.
    colours : mapping, optional
        Slot → colours `#rrggbb` to choose among. Other slots keep the style's own.
    """
    options: dict[str, object] = {"seed": f"{style}-{seed}", "backgroundColor": []}
    for slot, choices in (colours or {}).items():
        if slot not in slots_of(style):
            raise ValueError(
                f"{style} has no colour {slot!r}; it has {', '.join(slots_of(style)) or 'none'}"
            )
        options[f"{slot}Color"] = list(choices)
    from dicebear import Avatar

    return str(Avatar(_style(style), options))


def draw_character(
    style: str,
    seed: str,
    size_px: int,
    *,
    lines: str,
    colours: Mapping[str, Sequence[str]] | None = None,
    line_width: float = 0.016,
    min_ink: float = 0.005,
    max_ink: float = 0.4,
) -> Artwork:
    """Draw a character with its lines, flats, regions and parts.

    Parameters
    ----------
    style, seed, colours
        As in `character_svg`.
    size_px : int
        Side in pixels, 1 to 512.
    lines : {"artist", "contours"}
        The rule by which the lines are found; see the head of this module.
    line_width : float
        Width of drawn contours as a share of the side.
    min_ink, max_ink : float
        Least and most share of all pixels, in [0, 1], that the lines may darken.

    Returns
    -------
    Artwork
        Its design is the style. Under the ink, flats and parts go on from the nearest colour;
        blacks thicker than four lines stay black flats. Translucent shapes are shading: the
        illustration has them, flats do not.

    Raises
    ------
    RefusedError
        `no_lines` or `too_much_ink`.
    """
    if lines not in LINE_RULES or not 1 <= size_px <= 512:
        raise ValueError(f"expected lines of {LINE_RULES}, size 1 to 512; got {lines}, {size_px}")
    root = read_svg(character_svg(style, seed, colours).encode())
    coded = {slot: [_CODES[part]] for part, names in _SLOTS.items() for slot in names}
    coded = {slot: codes for slot, codes in coded.items() if slot in slots_of(style)}
    coded_root = read_svg(character_svg(style, seed, {**(colours or {}), **coded}).encode())
    flat_root = repaint(root, _opaque)
    ink = on_white(draw(repaint(coded_root, _ink_alone), size_px))[..., 0]
    lineart = ink
    if lines == "contours":
        fine = draw(flat_root, size_px * _FINER, crisp=True)
        fine = go_on_under(fine, without_solids(dark(fine), line_width * size_px * _FINER))
        lineart = np.minimum(ink, contours(fine, size_px, line_width))
    share = float((255 - lineart.astype(np.int64)).mean() / 255)
    if share < min_ink:
        raise RefusedError("no_lines", f"{style} {seed}: lines darken {share:.2%} of it")
    if share > max_ink:
        raise RefusedError("too_much_ink", f"{style} {seed}: lines darken {share:.2%} of it")
    picture = on_white(draw(root, size_px))
    flat = draw(flat_root, size_px, crisp=True)
    codes = draw(repaint(coded_root, _opaque), size_px, crisp=True)
    thin = without_solids((ink < 128) | dark(flat), line_width * size_px)
    flat, codes = go_on_under(flat, thin), go_on_under(codes, thin)
    parts = np.where(codes[..., 3] > 0, PARTS.index("other"), 0).astype(np.uint8)
    for number, name in enumerate(PARTS):
        parts[(codes[..., :3] == rgb_of(_CODES[name])).all(-1) & (codes[..., 3] > 0)] = number
    illustration = picture
    if lines == "contours":
        illustration = ((picture.astype(np.uint16) * lineart[..., None] + 127) // 255).astype(
            np.uint8
        )
    around = cv2.dilate(thin.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Artwork(
        name=f"{style}-{seed}",
        design=style,
        lineart=lineart,
        illustration=illustration,
        colour=go_on_under(picture, around),
        flats=on_white(flat),
        regions=connected_regions(flat),
        parts=parts,
        words=(licence_of(style).title.lower(), "character"),
        lines=lines,
    )


def _opaque(colour: str, _: Element, opacity: float) -> str | None:
    return colour if opacity == 1.0 else None


def _ink_alone(colour: str, _: Element, opacity: float) -> str | None:
    if opacity < 1.0:
        return None
    return "#000000" if is_ink(colour) else "#ffffff"
