"""No file can break the reading of pictures: it is taken in, or refused with a reason."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lineart_lib.recipe.curate import Thresholds, check
from lineart_lib.recipe.decode import Decoded, DecodeLimits, RefusedError, decode
from lineart_lib.recipe.svg import read_svg
from lineart_lib.runtime import project_root

LIMITS = DecodeLimits(max_bytes=4096, max_pixels=10_000)
TAGS = st.sampled_from(["svg", "g", "path", "use", "image", "style", "script", "text", "stop"])
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["url(#a)", "file:///etc/hostname", "#a", "data:image/png;base64,AAAA", "1e99"]
    ),
)
NAMES = st.sampled_from(["id", "href", "fill", "style", "d", "width", "onload", "transform"])


@pytest.fixture(scope="module")
def found():
    """What became of thousands of damaged and hostile files, in a process that is watched."""
    done = subprocess.run(
        [sys.executable, "benchmarks/fuzzing.py", "--pictures", "2000", "--svgs", "400"],
        cwd=project_root(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout, f"the process died: {done.returncode} {done.stderr[-2000:]}"
    return json.loads(done.stdout)


@pytest.mark.parametrize(("kind", "count"), [("pictures", 2000), ("svgs", 400)])
def test_every_file_is_taken_or_refused(found, kind, count):
    """Property: no other exception, no hang, and a reason for each refusal."""
    counts = found[kind]
    assert counts["broken"] == []
    assert counts["taken"] + sum(counts["refused"].values()) == count
    assert counts["taken"] > count / 50  # Else the test would only show that rubbish is refused.
    assert len(counts["refused"]) >= 5


def test_nothing_outside_is_touched(found):
    """Property: no connection, no process, no file but Python's own, whatever a file asks for."""
    assert found["seen"] == []


def test_no_file_costs_much_memory(found):
    """Property: a million pixels of whatever kind never need 700 MB, the libraries included."""
    assert 0 < found["peak_mb"] < 700


def outcome(take):
    """Return what was read, or the refusal."""
    try:
        return take()
    except RefusedError as refusal:
        return refusal


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.binary(max_size=600),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"]),
)
def test_any_bytes_are_a_picture_or_refused(data, start):
    """Property: bytes that nobody made a file of, with and without the start of a known kind."""
    found = outcome(lambda: decode(start + data, LIMITS))
    assert isinstance(found, Decoded) or (found.reason and found.sentence)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.sampled_from(["even", "noise", "stripes"]),
    st.integers(0, 2**32 - 1),
)
def test_any_sound_picture_is_judged(mode, size, kind, seed):
    """Property: a picture of any mode, size and content, thin ones too, passes or is refused."""
    draw = np.random.default_rng(seed)
    shape = (*size[::-1], 4)
    pixels = draw.integers(0, 256, shape, np.uint8)
    if kind != "noise":
        pixels[:] = pixels[0, 0]
        pixels[:, :: 3 if kind == "stripes" else 100] = 255
    file = io.BytesIO()
    picture = Image.fromarray(pixels).convert("L" if mode == "I;16" else mode)
    picture = picture.convert("I;16") if mode == "I;16" else picture
    picture.save(file, "TIFF" if mode in ("CMYK", "I;16") else "PNG")
    decoded = outcome(lambda: decode(file.getvalue()))
    assert isinstance(decoded, Decoded)
    assert decoded.rgb.shape == (*size[::-1], 3)
    found = outcome(lambda: check(decoded.rgb, Thresholds(min_side_px=1)))
    assert found is None or found.reason


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(TAGS, st.dictionaries(NAMES, VALUES, max_size=4)), max_size=12))
def test_any_elements_are_a_drawing_or_refused(elements):
    """Property: any values in SVG's own elements; what is taken refers to nothing outside."""
    from xml.sax.saxutils import quoteattr

    inner = "".join(
        f"<{tag} " + " ".join(f"{k}={quoteattr(v)}" for k, v in given.items()) + "/>"
        for tag, given in elements
    )
    data = f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>'.encode()
    found = outcome(lambda: read_svg(data))
    if isinstance(found, RefusedError):
        assert found.reason
        return
    for element in found.iter():
        assert element.tag.rpartition("}")[2] != "script"
        assert "file:" not in element.get("href", "")
        assert not any("url(" in v and "file:" in v for v in element.attrib.values())
