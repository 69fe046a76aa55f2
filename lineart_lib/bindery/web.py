"""Hold finished pages to what the book promises: nothing from outside, words for every picture."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

_THEBE = re.compile(
    r"\s*<script>const THEBE_JS_URL\b.*?</script>"
    r'|\s*<script[^>]*\bsrc="[^"]*sphinx-thebe\.js[^"]*"[^>]*></script>'
    r'|\s*<script type="text/x-thebe-config">.*?</script>'
    r"|\s*<script>kernelName = .*?</script>"
    r'|\s*<link[^>]*\bhref="[^"]*sphinx-thebe\.css[^"]*"[^>]*/?>',
    flags=re.DOTALL,
)
_OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", flags=re.IGNORECASE)
_CSS_OUTSIDE = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")
_NO_WORDS = re.compile(r"^[0-9a-f]{12,}$|\.(?:png|jpe?g|svg|gif|webp)$|^_?images?/")
_LOADS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_LINKS_ONLY = {"canonical", "next", "prev", "author", "license", "search", "index"}


def clean(page: str) -> str:
    """Take out of a page what Jupyter Book puts in for a service that this book does not use.

    Parameters
    ----------
    page : str
        HTML.

    Returns
    -------
    str
        The page without thebe, whose constant names another host.
    """
    return _THEBE.sub("", page)


def faults(page: str) -> list[str]:
    """List what is wrong with a page.

    Parameters
    ----------
    page : str
        HTML.

    Returns
    -------
    list of str
        What it loads from outside (links that a reader may follow are fine), and pictures
        without words.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.end_picture()
    return reader.faults


def outside_style(css: str) -> list[str]:
    """List the addresses outside the site that a style sheet loads."""
    return _CSS_OUTSIDE.findall(css)


class _Reader(HTMLParser):
    """Walk a page and note its faults."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._style = False
        self._svg = 0
        self._nameless: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        found = {name: value or "" for name, value in attrs}
        self._look_for_outside(tag, found)
        if tag == "img" and not self._is_hidden(found):
            alt = found.get("alt", "").strip()
            if not alt or _NO_WORDS.search(alt):
                self.faults.append(f"picture {found.get('src', '?')[:80]} has alt text {alt!r}")
        if tag == "svg":
            self._svg += 1
            named = found.get("aria-label", "").strip() or found.get("aria-labelledby")
            if self._svg == 1 and not named and not self._is_hidden(found):
                self._nameless = found.get("id") or found.get("class") or "without an id"
        if tag == "title" and self._svg:
            self._nameless = None
        self._style = tag == "style"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element without content."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a drawing or of a style."""
        self._style = False
        if tag == "svg":
            self._svg = max(0, self._svg - 1)
            if not self._svg:
                self.end_picture()

    def handle_data(self, data: str) -> None:
        """Look into styles."""
        if self._style:
            self.faults += [f"style loads {address}" for address in outside_style(data)]

    def end_picture(self) -> None:
        """Note a drawing that ended without a name."""
        if self._nameless is not None:
            self.faults.append(f"drawing {self._nameless[:80]} has no aria-label and no title")
        self._nameless = None

    def _look_for_outside(self, tag: str, found: dict[str, str]) -> None:
        if tag == "link" and set(found.get("rel", "").split()) & _LINKS_ONLY:
            return
        for name in _LOADS.get(tag, ()):
            for address in self._addresses(name, found.get(name, "")):
                if _OUTSIDE.match(address):
                    self.faults.append(f"{tag} loads {address}")
        self.faults += [
            f"style loads {address}" for address in outside_style(found.get("style", ""))
        ]

    @staticmethod
    def _addresses(name: str, value: str) -> list[str]:
        if name == "srcset":
            return [part.split()[0] for part in value.split(",") if part.split()]
        return [value.strip()]

    @staticmethod
    def _is_hidden(found: dict[str, str]) -> bool:
        return found.get("aria-hidden") == "true" or found.get("role") in {"presentation", "none"}


def check_site(folder: Path) -> list[str]:
    """Clean every page of a site in place and list the faults of all, each with its page.

    Parameters
    ----------
    folder : Path
        The root of the HTML.

    Returns
    -------
    list of str
        Empty when the site keeps its promises.
    """
    found = []
    for path in sorted(folder.rglob("*.html")):
        where = path.relative_to(folder).as_posix()
        if where.startswith("_static/"):
            continue
        page = path.read_text(encoding="utf-8")
        cleaned = clean(page)
        if cleaned != page:
            path.write_text(cleaned, encoding="utf-8")
        found += [f"{where}: {fault}" for fault in faults(cleaned)]
    for path in (folder / "_static").glob("sphinx-thebe.*"):
        path.unlink()
    for path in sorted(folder.rglob("*.css")):
        where = path.relative_to(folder).as_posix()
        style = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{where}: style loads {address}" for address in outside_style(style)]
    return found
