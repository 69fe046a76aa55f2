"""Safe SVG: a file becomes a checked tree or is refused; `drawing` turns the tree into pixels.

A file is refused, with the reasons of `decode.RefusedError`, before anything is drawn when it
declares a document type or entities, holds scripts, styles or text that would need a font, points
outside itself, or would be costly to draw. What passes holds only shapes, gradients, clips, masks,
references to its own parts and embedded raster pictures, so that drawing it reads no other file.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers import expat

from lineart_lib.recipe.decode import DecodeLimits, RefusedError, decode

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)

SHAPES = frozenset(["path", "circle", "ellipse", "line", "rect", "polyline", "polygon"])
GRADIENTS = frozenset({"linearGradient", "radialGradient"})
_DRAWN = (
    SHAPES
    | GRADIENTS
    | frozenset(["svg", "g", "defs", "symbol", "use", "image", "clipPath", "mask", "stop"])
)
SILENT = frozenset({"title", "desc", "metadata"})
_SCRIPTS = frozenset({"script", "foreignObject", "handler", "iframe"})
_REFERENCE = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE | re.DOTALL)
_LAYERED = ("opacity", "mask", "clip-path", "style")
_RASTER = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,", re.IGNORECASE)


@dataclass(frozen=True)
class SvgLimits:
    """How much an SVG may cost to read and to draw."""

    max_bytes: int = 2 << 20
    """Largest file, in bytes."""
    max_elements: int = 20_000
    """Most elements in the file."""
    max_drawn: int = 50_000
    """Most elements drawn, counted again at each reference to them."""
    max_depth: int = 48
    """Deepest nesting, references included."""
    max_attribute: int = 200_000
    """Longest attribute in characters; embedded pictures are bound by `max_bytes` alone."""
    max_layers: int = 64
    """Most drawn elements with opacity, a style, a mask or a clip, each of which costs a picture
    of the size drawn. Dashes count 16 times: a line may fall into a million."""

    def __post_init__(self) -> None:
        for field, value in vars(self).items():
            if value < 1:
                raise ValueError(f"{field} must be at least 1; got {value}")


def read_svg(data: bytes, limits: SvgLimits | None = None) -> ElementTree.Element:
    """Parse an SVG and check that it is safe to draw.

    Parameters
    ----------
    data : bytes
        A whole UTF-8 file.
    limits : SvgLimits, optional

    Returns
    -------
    Element
        The root; `layers`, `repaint` and `draw` take it.

    Raises
    ------
    RefusedError
        `not_svg`, `too_large`, `too_deep`, `too_many_elements`, `doctype`, `script`, `external`,
        `unsupported` or `cycle`.
    """
    limits = limits or SvgLimits()
    if len(data) > limits.max_bytes:
        raise RefusedError(
            "too_large", f"{len(data):,} bytes of SVG; at most {limits.max_bytes:,} are taken"
        )
    root = _parse(data, limits)
    if root.tag != f"{{{_SVG}}}svg":
        raise RefusedError("not_svg", f"expected an svg element of SVG's namespace; got {root.tag}")
    for element in root.iter():
        _check_element(element, limits)
    _check_cost(root, limits)
    return root


def _parse(data: bytes, limits: SvgLimits) -> ElementTree.Element:
    """Build the tree with expat, with the limits looked at while it grows."""
    # The encoding is fixed, so that a declared one cannot pick a decoder.
    parser = expat.ParserCreate("utf-8", namespace_separator="}")
    builder = ElementTree.TreeBuilder()
    count = depth = 0

    def qualified(name: str) -> str:
        return "{" + name if "}" in name else name

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count, depth
        count, depth = count + 1, depth + 1
        if count > limits.max_elements:
            raise RefusedError("too_many_elements", f"more than {limits.max_elements:,} elements")
        if depth > limits.max_depth:
            raise RefusedError("too_deep", f"more than {limits.max_depth} elements in each other")
        builder.start(qualified(tag), {qualified(k): v for k, v in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(qualified(tag))

    def doctype(*_: object) -> None:
        raise RefusedError("doctype", "a document type or an entity is declared; none is allowed")

    def instruction(target: str, _: str) -> None:
        raise RefusedError("external", f"the processing instruction {target[:40]!r} is not allowed")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = doctype
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError, LookupError) as error:
        if isinstance(error, RefusedError):
            raise
        raise RefusedError("not_svg", f"not well-formed XML in UTF-8 ({error})") from error


def local(name: str) -> str:
    """Return the name of a tag or attribute without its namespace."""
    return name.rpartition("}")[2]


def _check_element(element: ElementTree.Element, limits: SvgLimits) -> None:
    tag, name = element.tag, local(element.tag)
    if name.lower() in {script.lower() for script in _SCRIPTS}:
        raise RefusedError("script", f"the element {name} is not allowed")
    if tag.startswith(f"{{{_SVG}}}") and name not in _DRAWN | SILENT:
        raise RefusedError("unsupported", f"the element {name[:40]} is not allowed")
    for key, value in element.attrib.items():
        attribute = local(key).lower()
        if attribute.startswith("on") or "javascript:" in value.lower():
            raise RefusedError("script", f"the attribute {attribute[:40]} of {name} is a script")
        if attribute == "href":
            _check_link(name, value)
            continue
        if len(value) > limits.max_attribute:
            raise RefusedError(
                "too_large", f"an attribute {attribute} of {len(value):,} characters"
            )
        filters = attribute == "filter" and value.strip() != "none"
        if filters or (attribute == "style" and "filter" in value.lower()):
            raise RefusedError("unsupported", f"{name} has a filter; none is allowed")
        if attribute in {"base", "src"} or not _stays_inside(value):
            raise RefusedError(
                "external", f"the attribute {attribute[:40]} of {name} points out of the file"
            )


def _check_link(name: str, value: str) -> None:
    if value.startswith("#"):
        return
    header = _RASTER.match(value)
    if name != "image" or header is None:
        raise RefusedError(
            "external", f"{name} points to {value[:40]!r}; only to #parts is allowed"
        )
    try:
        content = base64.b64decode("".join(value[header.end() :].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError("damaged", "an embedded picture is not base 64") from error
    decode(content, DecodeLimits(max_bytes=2 << 20, max_pixels=4_000_000))


def _stays_inside(value: str) -> bool:
    lowered = value.lower()
    if "\\" in value or "/*" in value or "@" in value or "expression(" in lowered:
        return False  # ways to hide an address in CSS
    if "url" not in lowered:
        return True
    rest = _REFERENCE.sub("", value)
    inside = all(match[2].strip().startswith("#") for match in _REFERENCE.finditer(value))
    return inside and "url(" not in rest.lower()


def _targets(element: ElementTree.Element) -> list[str]:
    found = [
        match[2].strip()[1:] for v in element.attrib.values() for match in _REFERENCE.finditer(v)
    ]
    found += [v[1:] for k, v in element.attrib.items() if local(k) == "href" and v.startswith("#")]
    return found


def _check_cost(root: ElementTree.Element, limits: SvgLimits) -> None:
    """Count what a drawing visits when every reference is followed, and refuse circles."""
    parts = {element.get("id"): element for element in root.iter() if element.get("id")}
    known: dict[ElementTree.Element, tuple[int, int, int]] = {}
    open_elements: set[ElementTree.Element] = set()

    def visit(element: ElementTree.Element, depth: int) -> tuple[int, int, int]:
        if element in known:
            return known[element]
        if element in open_elements:
            raise RefusedError("cycle", "a part refers to itself")
        if depth > limits.max_depth:
            raise RefusedError("too_deep", f"more than {limits.max_depth} parts in each other")
        open_elements.add(element)
        below = [visit(child, depth + 1) for child in element]
        for target in _targets(element):
            if target in parts:
                below.append(visit(parts[target], depth + 1))
        costly = sum(key in element.attrib for key in _LAYERED)
        dashed = "stroke-dasharray" in element.attrib
        costly += 16 * (dashed or "dasharray" in element.get("style", ""))
        drawn = 1 + sum(cost[0] for cost in below)
        layers = costly + sum(cost[1] for cost in below)
        height = 1 + max((cost[2] for cost in below), default=0)
        if drawn > limits.max_drawn:
            raise RefusedError(
                "too_many_elements", f"draws more than {limits.max_drawn:,} elements"
            )
        if layers > limits.max_layers:
            raise RefusedError("too_many_elements", f"more than {limits.max_layers:,} layers")
        if height > limits.max_depth:
            raise RefusedError("too_deep", f"more than {limits.max_depth} parts in each other")
        open_elements.remove(element)
        known[element] = drawn, layers, height
        return known[element]

    visit(root, 1)
