"""From a drawing's SVG to the SVG that a page can hold inline.

A page holds many drawings, so what is private to one must not leak: its ids get a prefix and its
style sheet is confined to it. The three theme colours become CSS variables.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from lineart_lib.press.style import FAINT, INK, PAPER

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"

VARIABLES = {
    INK: f"var(--lineart-ink, var(--jp-ui-font-color0, {INK}))",
    FAINT: f"var(--lineart-faint, var(--jp-border-color1, {FAINT}))",
    PAPER: f"var(--lineart-paper, var(--jp-layout-color0, {PAPER}))",
}
SYNONYMS = {"#000000": INK, "#000": INK, "black": INK, "#fff": PAPER, "white": PAPER}
COLOURED = ("fill", "stroke", "stop-color", "flood-color", "lighting-color", "color")
REFERRING = ("aria-labelledby", "aria-describedby", "begin", "end")
LENGTH = re.compile(r"^\s*([0-9.]+)\s*(px|pt|in|cm|mm|)\s*$")
PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54}


WIDE_PX = 640
"""From this width on, a page may let the figure scroll on a phone rather than shrink its words."""


def parse(svg: str) -> ElementTree.Element:
    """Read an SVG and refuse what must not enter a page.

    Parameters
    ----------
    svg : str
        A whole document with one ``<svg>`` root that has a ``viewBox``, or a width and a height.

    Returns
    -------
    Element
        The root, always with a ``viewBox``; comments, metadata and doctype are gone.

    Raises
    ------
    ValueError
        When it is not SVG, has no size, or holds a script, an event handler, foreign content or
        a reference to something outside itself.
    """
    try:
        root = ElementTree.fromstring(svg.encode("utf-8"))
    except ElementTree.ParseError as problem:
        raise ValueError(f"the figure must be well-formed SVG: {problem}") from problem
    if root.tag != f"{{{SVG}}}svg":
        raise ValueError(f'the root must be <svg xmlns="{SVG}">; got <{root.tag}>')
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child) == "metadata":
                parent.remove(child)
    for element in root.iter():
        _refuse(element)
    if "viewBox" not in root.attrib:
        width, height = (_pixels(root.get(side, "")) for side in ("width", "height"))
        if not width or not height:
            raise ValueError("the <svg> needs a viewBox, or a width and a height in px or pt")
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    return root


def inline(svg: str, *, name: str, alt: str) -> str:
    """Turn an SVG into one that stands inside a page, follows its theme and fits its width.

    Parameters
    ----------
    svg : str
        A document whose theme colours are ``INK``, ``FAINT`` and ``PAPER``. Plain black counts as
        ``INK``, plain white as ``PAPER``.
    name : str
        Prefix of the ids; the root gets the id ``NAME-svg``.
    alt : str
        What the picture shows, for those who do not see it.

    Returns
    -------
    str
        One ``<svg role="img">`` element without prolog, doctype or script.

    Raises
    ------
    ValueError
        As `parse`; also when a reference leads to an id that does not exist.
    """
    root = parse(svg)
    view_box = root.get("viewBox", "").replace(",", " ").split()
    width = _pixels(root.get("width", "")) or float(view_box[2])
    old_root_id = root.get("id")
    ids = {element.get("id") for element in root.iter() if element.get("id")} - {old_root_id}
    new = {old: f"{name}-{old}" for old in ids}
    if old_root_id:
        new[old_root_id] = f"{name}-svg"
    taken: set[str] = set()
    for element in root.iter():
        _rename(element, new)
        if element.get("id") in taken:  # Matplotlib names equal pictures alike.
            del element.attrib["id"]
        taken.add(element.get("id", ""))
        _theme(element)
        if _local(element) == "style":
            element.text = _confine(element.text or "", f"#{name}-svg", new)
        elif _local(element) == "title":
            element.tag = f"{{{SVG}}}desc"  # A title would pop up as a tooltip over the figure.
    for attribute in ("height", "version", "baseProfile", f"{{{XLINK}}}title"):
        root.attrib.pop(attribute, None)
    root.attrib.update(
        {
            "id": f"{name}-svg",
            "class": "lineart-figure" + (" lineart-wide" if width >= WIDE_PX else ""),
            "width": "100%",
            "role": "img",
            "aria-label": alt,
            "style": "display:block;margin:0 auto;height:auto;"
            f"max-width:{width:.0f}px;fill:{VARIABLES[INK]}",
        }
    )
    if not root.get("preserveAspectRatio"):
        root.set("preserveAspectRatio", "xMidYMid meet")
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _local(element: ElementTree.Element) -> str:
    """Name an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _pixels(length: str) -> float:
    """Convert a CSS length to pixels; 0 when it is relative or missing."""
    match = LENGTH.match(length)
    return float(match[1]) * PIXELS[match[2]] if match else 0.0


def _refuse(element: ElementTree.Element) -> None:
    """Raise when an element could run code or load something from outside."""
    if _local(element) in ("script", "foreignObject", "iframe"):
        raise ValueError(f"a figure must not hold <{_local(element)}>: draw it with plain shapes")
    for attribute, value in element.attrib.items():
        bare = attribute.rpartition("}")[2]
        if bare.lower().startswith("on"):
            raise ValueError(f"a figure must not hold event handlers; got {bare}={value!r}")
        if bare == "href" and not value.startswith(("#", "data:image/")):
            raise ValueError(f"a figure must not refer outside itself; got {bare}={value!r}")


def _rename(element: ElementTree.Element, new: dict[str, str]) -> None:
    """Give an element's id and its references their prefix."""
    for attribute, value in list(element.attrib.items()):
        if attribute == "id":
            element.set("id", new[value])
        elif attribute in ("href", HREF):
            if value.startswith("#"):
                value = f"#{_known(value[1:], new)}"
            del element.attrib[attribute]
            element.set("href", value)
        elif "url(" in value:
            element.set(attribute, _rename_urls(value, new))
        elif attribute in REFERRING and all(word in new for word in value.split()):
            element.set(attribute, " ".join(new[word] for word in value.split()))


def _rename_urls(text: str, new: dict[str, str]) -> str:
    """Prefix the ids inside every ``url(#id)``."""

    def renamed(match: re.Match[str]) -> str:
        return f"url(#{_known(match[1], new)})"

    text = re.sub(r"""url\(\s*['"]?#([^'")\s]+)['"]?\s*\)""", renamed, text)
    if re.search(r"url\(\s*['\"]?(?!#)", text):
        raise ValueError(f"a figure must not refer outside itself; got {text!r}")
    return text


def _known(old: str, new: dict[str, str]) -> str:
    """Look an id up, or say that it is missing."""
    if old not in new:
        raise ValueError(f"the figure refers to #{old}, but no element has that id")
    return new[old]


def _variable(colour: str) -> str | None:
    """Find the CSS variable of a theme colour."""
    colour = colour.strip().lower()
    return VARIABLES.get(SYNONYMS.get(colour, colour))


def _theme(element: ElementTree.Element) -> None:
    """Replace the theme colours of an element: attributes move into its style."""
    style = _theme_css(element.get("style", ""))
    for attribute in COLOURED:
        variable = _variable(element.get(attribute, ""))
        if variable:
            del element.attrib[attribute]
            if not re.search(rf"(^|;)\s*{attribute}\s*:", style):
                style = f"{style.rstrip('; ')}; {attribute}: {variable}".lstrip("; ")
    if style:
        element.set("style", style)


def _theme_css(css: str) -> str:
    """Replace the theme colours in declarations such as ``fill: #1b1f2a``."""
    pattern = rf"(?<![-\w])({'|'.join(COLOURED)})(\s*:\s*)([^;}}!]+)"

    def themed(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}{_variable(match[3]) or match[3]}"

    return re.sub(pattern, themed, css)


def _confine(css: str, scope: str, new: dict[str, str]) -> str:
    """Limit the rules of a style sheet to one drawing."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    if "@" in css:
        raise ValueError("a figure's <style> must hold plain rules; got an @-rule")
    rules = []
    for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        renamed = re.sub(r"#([\w-]+)", lambda match: f"#{_known(match[1], new)}", selectors)
        scoped = ", ".join(f"{scope} {selector.strip()}" for selector in renamed.split(","))
        rules.append(f"{scoped} {{{_theme_css(_rename_urls(declarations, new))}}}")
    return "\n".join(rules)
