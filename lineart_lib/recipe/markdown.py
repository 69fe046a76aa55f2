"""Take the prose out of a chapter: running text stays, everything that is not text goes."""

from __future__ import annotations

import re
import unicodedata

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))
"""The 96 signs that a text may hold: the printable ones of ASCII, and the line break."""

STAND_IN = "#"
"""Stands for a formula, a number that the build fills in, or a reference."""

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "×": "x", "…": "..."}
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})")
_LABEL = re.compile(r"\([\w-]+\)=\s*$")
_MARK = re.compile(r"\s*(?:[-*+]|\d+\.)\s+")


def prose(markdown: str) -> list[str]:
    """Return the paragraphs of a chapter as plain text.

    Fenced blocks (directives, code, exercises), displayed maths, tables, headings, labels and
    comments are dropped. Of a line of text, citations are dropped; inline maths, inline code and
    the build's values and references become `STAND_IN`; of links and emphasis the words stay.

    Parameters
    ----------
    markdown : str
        A chapter in MyST.

    Returns
    -------
    list of str
        One string for each paragraph or item of a list, of signs of `ALPHABET`, without line
        breaks and without doubled spaces.
    """
    markdown = re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)
    paragraphs: list[list[str]] = [[]]
    fence = ""
    for line in _without_displays(markdown).splitlines():
        mark = _FENCE.match(line)
        if fence:
            rest = line.strip()
            if mark and rest == mark[1] and rest[0] == fence[0] and len(rest) >= len(fence):
                fence = ""
            continue
        if mark:
            fence = mark[1]
            paragraphs.append([])
        elif not line.strip() or line.startswith(("#", "|", "%")) or _LABEL.match(line):
            paragraphs.append([])
        elif _MARK.match(line):
            paragraphs.append([_MARK.sub("", line, count=1)])
        else:
            paragraphs[-1].append(line.strip())
    plain = (_plain(" ".join(lines)) for lines in paragraphs)
    return [text for text in plain if any(sign.isalpha() for sign in text)]


def _without_displays(markdown: str) -> str:
    """Drop displayed maths between two lines of dollars."""
    return re.sub(r"^\s*\$\$.*?\$\$\s*$", "", markdown, flags=re.DOTALL | re.MULTILINE)


def _plain(text: str) -> str:
    text = re.sub(r"\s*\{cite(?::\w+)?\}`[^`]*`", "", text)
    text = re.sub(r"\{[\w:-]+\}`[^`]*`", STAND_IN, text)
    text = re.sub(r"`[^`]*`", STAND_IN, text)
    text = re.sub(r"\$[^$]+\$", STAND_IN, text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^<>\s][^<>]*>", "", text)
    text = re.sub(r"\*+|(?<!\w)_+|_+(?!\w)", "", text).translate(_PLAIN)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(sign for sign in text if sign in ALPHABET)
    return re.sub(r"\s+", " ", text).strip()
