"""Whether any file can break the reading of pictures: thousands of damaged and hostile ones.

Run from the root of the project, a few minutes on one core::

    .venv/bin/python benchmarks/fuzzing.py --pictures 10000 --svgs 1000

Every file must be taken in or refused with a reason. What counts as broken: another exception, more
than `--seconds` for one file, a connection, a process, or a file opened outside of Python and its
packages. The counts are printed as JSON, with the most memory that was used; the exit code is 1
when something broke. A file that a decoder never comes back from ends the process; its number is
the last that the counter on standard error shows. The tests run a smaller number of the same files.
"""

from __future__ import annotations

import argparse
import base64
import faulthandler
import io
import json
import os
import re
import signal
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

from lineart_lib.recipe.curate import Thresholds, check
from lineart_lib.recipe.decode import DecodeLimits, RefusedError, decode
from lineart_lib.recipe.drawing import draw, layers, repaint
from lineart_lib.recipe.raster import draw_raster
from lineart_lib.recipe.svg import read_svg

LIMITS = DecodeLimits(max_bytes=1 << 20, max_pixels=1_000_000)
THRESHOLDS = Thresholds(min_side_px=16)
SIDE = 40
DRAWN_SIDE = 48
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")


def sound_pictures(rng: np.random.Generator) -> list[bytes]:
    """Return small sound files of every kind that a folder may hold."""
    rgb = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(rgb)
    pen.ellipse((6, 6, 34, 34), fill=(220, 120, 40), outline="black", width=2)
    pen.rectangle((14, 14, 26, 30), fill=(60, 90, 200), outline="black", width=2)
    alpha = rgb.copy()
    alpha.putalpha(Image.fromarray(rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)))
    wide = Image.fromarray(rng.integers(0, 65536, (SIDE, SIDE)).astype(np.uint16))
    turned = Image.Exif()
    turned[0x0112] = 6
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "drawn by hand", zip=True)
    kinds: list[tuple[Image.Image, str, dict]] = [
        (rgb, "PNG", {}),
        (rgb, "PNG", {"pnginfo": notes}),
        (alpha, "PNG", {}),
        (rgb.convert("P"), "PNG", {"transparency": 3}),
        (rgb.convert("L"), "PNG", {}),
        (rgb.convert("1"), "PNG", {}),
        (wide, "PNG", {}),
        (rgb, "JPEG", {"quality": 80}),
        (rgb, "JPEG", {"progressive": True, "exif": turned}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb, "GIF", {"save_all": True, "append_images": [rgb.rotate(90)]}),
        (alpha, "WEBP", {"lossless": True}),
        (rgb, "BMP", {}),
        (rgb, "TIFF", {"compression": "tiff_lzw"}),
        (wide, "TIFF", {}),
        (rgb, "PPM", {}),
        (alpha, "TGA", {"compression": "tga_rle"}),
        (rgb, "ICO", {"sizes": [(32, 32)]}),
    ]
    files = []
    for picture, kind, options in kinds:
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        files.append(buffer.getvalue())
    return files


def sound_drawings(canary: Path, picture: bytes) -> list[bytes]:
    """Return SVG files, sound and hostile ones; the hostile ones want to read the canary.

    One of them embeds a PNG `picture`.
    """
    head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    body = (
        '<g id="line" stroke="#000" stroke-width="2"><path d="M4 4 L60 60 C1 2 3 4 5 6 Z"/></g>'
        '<g id="color" opacity="0.5"><circle cx="30" cy="30" r="20" fill="url(#g)"/></g>'
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
        '<use href="#line" transform="rotate(30) scale(.5)"/>'
    )
    address, number = canary.as_uri(), "9" * 40
    embedded = base64.b64encode(picture).decode()
    bodies = [
        body,
        f'<image width="40" height="40" href="data:image/png;base64,{embedded}"/>',
        f'<image width="64" height="64" href="{address}"/>',
        f'<image width="64" height="64" xlink:href="{canary}"/>',
        '<image width="9" height="9" href="http://127.0.0.1:9/pixel.png"/>',
        f'<style>@import url("{address}");</style>{body}',
        f'<rect width="64" height="64" fill="url({address}#g)"/>',
        "<script>fetch('http://127.0.0.1:9')</script>",
        '<foreignObject><iframe src="http://127.0.0.1:9"/></foreignObject>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        "".join(f'<g id="n{k}">' for k in range(60)) + "</g>" * 60,
        f'<circle r="{number}" cx="-{number}"/><path d="M{number} {number} h1e309"/>',
        '<path stroke="#000" stroke-dasharray="0.0001" d="M0 0 L64 64"/>',
        "<text>hello</text>",
        '<filter id="f"><feGaussianBlur stdDeviation="9999"/></filter><rect filter="url(#f)"/>',
    ]
    files = [f'{head}viewBox="0 0 64 64">{inner}</svg>'.encode() for inner in bodies]
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{address}">]>'
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    files += [f"{kind}{head}><title>&x;&b;</title></svg>".encode() for kind in (entity, bomb)]
    files.append(f'{head}width="{number}" height="1e-30" viewBox="0 0 0 -1">{body}</svg>'.encode())
    return files


def mutated(
    files: list[bytes], count: int, rng: np.random.Generator, written: bool = False
) -> Iterator[bytes]:
    """Yield the sound files, then damaged ones, `count` in all; `written` ones are texts."""
    ways = _WRITTEN if written else _MUTATIONS
    yield from files[:count]
    for _ in range(count - len(files)):
        data = bytearray(files[rng.integers(len(files))])
        for _ in range(rng.integers(1, 4)):
            data = ways[rng.integers(len(ways))](data, files, rng)
        yield bytes(data)


def _flip(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Change a few bytes."""
    for place in rng.integers(0, max(1, len(data)), rng.integers(1, 12)):
        if place < len(data):
            data[place] = rng.integers(256)
    return data


def _head(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Change bytes where sizes and types stand."""
    for place in rng.integers(0, min(64, max(1, len(data))), rng.integers(1, 4)):
        if place < len(data):
            data[place] = (0, 1, 127, 128, 254, 255)[rng.integers(6)]
    return data


def _cut(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Lose the end."""
    return data[: rng.integers(0, len(data) + 1)]


def _repeat(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Repeat a piece."""
    start, end = sorted(rng.integers(0, len(data) + 1, 2))
    return data[:end] + data[start:end] * int(rng.integers(1, 4)) + data[end:]


def _drop(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Leave a piece out."""
    start = rng.integers(0, len(data) + 1)
    return data[:start] + data[start + rng.integers(0, 40) :]


def _splice(data: bytearray, files: list[bytes], rng: np.random.Generator) -> bytearray:
    """Go on as another file."""
    other = files[rng.integers(len(files))]
    return data[: rng.integers(0, len(data) + 1)] + other[rng.integers(0, len(other)) :]


def _noise(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Keep the first bytes, by which the kind is known, and make up the rest."""
    kept = int(rng.integers(0, 40))
    return data[:kept] + bytearray(rng.bytes(int(rng.integers(0, 400))))


def _number(data: bytearray, _: list[bytes], rng: np.random.Generator) -> bytearray:
    """Put an awkward number, colour or reference in place of a number."""
    places = list(re.finditer(rb"-?\d+(\.\d+)?", data))
    if not places:
        return data
    place = places[rng.integers(len(places))]
    return data[: place.start()] + _AWKWARD[rng.integers(len(_AWKWARD))] + data[place.end() :]


_AWKWARD = (b"0", b"-1", b"1e38", b"-1e-38", b"NaN", b"99999", b"50%", b"red", b"url(#g)", b"")
_MUTATIONS: tuple[Callable, ...] = (_flip, _head, _cut, _repeat, _drop, _splice, _noise)
_WRITTEN: tuple[Callable, ...] = (*(_number,) * 8, _flip, _cut, _repeat, _drop, _splice)
"""For files that people write: most damage to XML only shows that it is no XML."""


def take_picture(data: bytes) -> None:
    """Do what a recipe does with a picture of a folder."""
    check(decode(data, LIMITS).rgb, THRESHOLDS)
    draw_raster(data, "file", "file", DRAWN_SIDE, ())


def take_drawing(data: bytes) -> None:
    """Do what a recipe does with a vector drawing; nothing of the canary may be seen."""
    root = read_svg(data)
    pixels = draw(root, DRAWN_SIDE).astype(int)
    draw(layers(root, {"line"}), DRAWN_SIDE)
    draw(repaint(root, lambda colour, *_: colour), DRAWN_SIDE, crisp=True)
    seen = (np.abs(pixels[..., :3] - CANARY).max(axis=2) < 3) & (pixels[..., 3] > 250)
    if seen.any():
        raise AssertionError("a drawing showed the pixels of another file")


CANARY = np.array((13, 211, 97))
"""A colour that no file of ours has."""


class _Slow(Exception):
    """A file took too long."""


def attempt(take: Callable[[bytes], None], files: Iterator[bytes], seconds: float) -> dict:
    """Try every file; count what was taken, refused by reason, and broken.

    An alarm ends what Python runs too long, and the clock is read besides, since a library may
    swallow the alarm. Neither ends what a decoder does outside of Python: a watchdog ends the whole
    process then.
    """
    refused: Counter[str] = Counter()
    broken: list[dict] = []
    taken = 0

    def ring(*_: object) -> None:
        raise _Slow

    signal.signal(signal.SIGALRM, ring)
    for number, data in enumerate(files):
        problem = ""
        os.write(sys.stderr.fileno(), f"\r{take.__name__} {number}".encode())
        faulthandler.dump_traceback_later(4 * seconds, exit=True)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        start = perf_counter()
        try:
            take(data)
            taken += 1
        except RefusedError as refusal:
            problem = "" if refusal.reason and refusal.sentence else "refused without a reason"
            refused[refusal.reason] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            problem = f"{type(error).__name__}: {error}"[:200]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if perf_counter() - start > seconds:
            problem = problem or f"took {perf_counter() - start:.1f} s"
        if problem:
            broken.append({"file": number, "error": problem, "head": data[:60].hex()})
    faulthandler.cancel_dump_traceback_later()
    return {"taken": taken, "refused": dict(sorted(refused.items())), "broken": broken}


def watch() -> list[str]:
    """From now on, note every connection, process, and file outside of Python; return the notes."""
    seen: list[str] = []
    allowed = tuple({str(Path(folder).resolve()) for folder in (sys.prefix, sys.base_prefix)})

    def look(event: str, arguments: tuple) -> None:
        if event.startswith(FORBIDDEN):
            seen.append(event)
        elif event == "open" and isinstance(arguments[0], str):
            path = Path(arguments[0]).resolve()
            if not str(path).startswith(allowed):
                seen.append(f"open {path}")

    sys.addaudithook(look)
    return seen


def peak_mb() -> int:
    """Return the most memory of this program, in MB; 0 where the system does not tell.

    `getrusage` would count the memory of whoever started it, too.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.is_file() else None
    return int(found[1]) // 1024 if found else 0


def keep_counts(found: dict, seconds: float) -> None:
    """Write what became of the files as a table that the book reads."""
    from lineart_lib.evaluation.kept import keep
    from lineart_lib.press import save_table

    kinds = {"pictures": "pictures", "svgs": "vector drawings"}
    told = [found[kind] for kind in kinds]
    reasons = sorted({reason for one in told for reason in one["refused"]})
    tried = [one["taken"] + sum(one["refused"].values()) + len(one["broken"]) for one in told]
    rows = [
        ["tried", *tried],
        ["taken in", *(one["taken"] for one in told)],
        *([f"refused: {why}", *(one["refused"].get(why, 0) for one in told)] for why in reasons),
        ["broken", *(len(one["broken"]) for one in told)],
    ]
    keep(
        save_table(
            "fuzzing_counts",
            ["damaged and hostile files", *kinds.values()],
            rows,
            caption=(
                "What became of them. Broken would be another exception, or more than "
                f"{seconds:g} s. Touched outside of Python's own files: {len(found['seen'])}. "
                f"The most memory was {found['peak_mb']} MB."
            ),
        )
    )


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--svgs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5.0, help="most for one file")
    parser.add_argument("--keep", action="store_true", help="keep the counts for the book")
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # Pillow's own, about every second damaged TIFF.
    rng = np.random.default_rng(given.seed)
    pictures = sound_pictures(rng)
    with tempfile.TemporaryDirectory(prefix="lineart-") as folder:
        canary = Path(folder) / "canary.png"
        Image.new("RGB", (8, 8), tuple(CANARY.tolist())).save(canary)
        drawings = sound_drawings(canary, pictures[0])
        for data in (pictures[0], drawings[0]):  # What is imported late is imported now.
            (take_picture if data is pictures[0] else take_drawing)(data)
        seen = watch()
        found = {
            "pictures": attempt(
                take_picture, mutated(pictures, given.pictures, rng), given.seconds
            ),
            "svgs": attempt(
                take_drawing, mutated(drawings, given.svgs, rng, written=True), given.seconds
            ),
            "seen": sorted(set(seen)),
        }
    found["peak_mb"] = peak_mb()
    os.write(sys.stderr.fileno(), b"\n")
    print(json.dumps(found, indent=1))
    if given.keep:
        keep_counts(found, given.seconds)
    return int(bool(found["pictures"]["broken"] or found["svgs"]["broken"] or found["seen"]))


if __name__ == "__main__":
    sys.exit(main())
