"""Turn the bytes of any picture into uint8 RGB or RGBA, or refuse them with a reason; nothing else.

Limits are looked at before pixels are decoded. Only raster formats that Pillow decodes by itself
are tried, so no other program is ever started. Transparency is composited on white, the paper of
a drawing. Colour profiles are not applied: CMYK becomes RGB by Pillow's plain formula.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "TGA")
_SIXTEEN_BIT = {"I", "I;16", "I;16L", "I;16B", "I;16N"}
_T = TypeVar("_T")


class RefusedError(ValueError):
    """A picture is not taken in.

    Parameters
    ----------
    reason : str
        One stable word with underscores, such as `too_large`: manifests count by it.
    sentence : str
        What came and what was expected.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(f"{reason}: {sentence}")
        self.reason = reason
        self.sentence = sentence


@dataclass(frozen=True)
class DecodeLimits:
    """How much a picture may cost."""

    max_bytes: int = 64 << 20
    """Largest file, in bytes."""
    max_pixels: int = 64_000_000
    """Largest width times height, in pixels: about 0.5 GB while a picture with alpha is decoded."""

    def __post_init__(self) -> None:
        for field in ("max_bytes", "max_pixels"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} must be at least 1; got {getattr(self, field)}")


@dataclass(frozen=True)
class Decoded:
    """A picture, and what had to be done to it."""

    rgb: np.ndarray
    """uint8 of shape (height, width, 3), upright, transparency composited on white."""
    format: str
    """The format of the file, such as `PNG`."""
    mode: str
    """The mode that Pillow found, such as `CMYK`."""
    notes: tuple[str, ...]
    """Any of `alpha`, `first_frame`, `turned`, `sixteen_bit`, `float`: what was reduced."""


def decode(data: bytes, limits: DecodeLimits | None = None) -> Decoded:
    """Decode the bytes of a picture.

    Parameters
    ----------
    data : bytes
        A whole file.
    limits : DecodeLimits, optional
        The default takes files up to 64 MiB and 64 million pixels.

    Returns
    -------
    Decoded

    Raises
    ------
    RefusedError
        `empty`, `too_large`, `not_a_picture`, `truncated` or `damaged`. No other exception leaves
        this function, whatever the bytes are.
    """
    return _opened(data, limits, _decode_open)


def decode_layer(data: bytes, limits: DecodeLimits | None = None) -> np.ndarray:
    """Decode the bytes of a picture and keep its transparency.

    Parameters
    ----------
    data, limits
        As in `decode`.

    Returns
    -------
    ndarray
        uint8 of shape (height, width, 4), upright: red, green, blue, not multiplied by alpha, then
        alpha; 255, opaque, everywhere if the file has none.

    Raises
    ------
    RefusedError
        As in `decode`.
    """
    return _opened(data, limits, _layer_open)


def _opened(data: bytes, limits: DecodeLimits | None, read: Callable[[Image.Image], _T]) -> _T:
    """Look at the limits, open the picture and read it; refuse whatever goes wrong."""
    limits = limits or DecodeLimits()
    if not data:
        raise RefusedError("empty", "the file has no bytes")
    if len(data) > limits.max_bytes:
        raise RefusedError(
            "too_large", f"{len(data):,} bytes; at most {limits.max_bytes:,} are taken"
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > limits.max_pixels:
                raise RefusedError(
                    "too_large",
                    f"{width} x {height} pixels; at most {limits.max_pixels:,} are taken",
                )
            return read(picture)
    except RefusedError:
        raise
    except UnidentifiedImageError as error:
        raise RefusedError(
            "not_a_picture", f"expected one of {', '.join(FORMATS)}; the bytes are none of them"
        ) from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise RefusedError(
            "too_large", f"at most {limits.max_pixels:,} pixels are taken ({_words(error)})"
        ) from error
    except Exception as error:  # decoders raise nearly anything on hostile bytes
        words = _words(error)
        cut = isinstance(error, EOFError) or any(
            sign in words.lower() for sign in ("truncated", "unexpected end", "not enough data")
        )
        if cut:
            raise RefusedError("truncated", f"the file stops early ({words})") from error
        raise RefusedError("damaged", f"the decoder gave up ({words})") from error


def _decode_open(picture: Image.Image) -> Decoded:
    mode, file_format = picture.mode, picture.format or "unknown"
    upright, notes = _upright(picture)
    rgba = _with_alpha(upright)
    if rgba is not None:
        if rgba.getextrema()[3][0] < 255:
            notes.append("alpha")
        white = Image.new("RGBA", rgba.size, "white")
        upright = Image.alpha_composite(white, rgba)
    rgb = np.array(upright.convert("RGB"), dtype=np.uint8)
    return Decoded(rgb, file_format, mode, tuple(notes))


def _layer_open(picture: Image.Image) -> np.ndarray:
    upright, _ = _upright(picture)
    rgba = _with_alpha(upright)
    return np.array(upright.convert("RGB").convert("RGBA") if rgba is None else rgba, np.uint8)


def _upright(picture: Image.Image) -> tuple[Image.Image, list[str]]:
    """Load the first frame, turn it as EXIF says, bring it to 8 bits; say what was done."""
    mode, notes = picture.mode, []
    if getattr(picture, "is_animated", False):
        notes.append("first_frame")
        picture.seek(0)
    picture.load()
    try:
        upright = ImageOps.exif_transpose(picture)
    except Exception:  # a damaged EXIF block says nothing about orientation
        upright = picture
    if picture.getexif().get(0x0112, 1) != 1 and upright is not picture:
        notes.append("turned")
    if mode in _SIXTEEN_BIT:
        notes.append("sixteen_bit")
        upright = _from_wide_integers(upright)
    elif mode == "F":
        notes.append("float")
        upright = _from_floats(upright)
    elif mode == "LAB":
        upright = ImageCms.profileToProfile(
            upright, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    return upright, notes


def _with_alpha(picture: Image.Image) -> Image.Image | None:
    """Return RGBA if the picture has an alpha channel or a transparent colour, else None."""
    if "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
        if picture.mode in {"La", "RGBa"}:  # premultiplied
            picture = picture.convert("LA" if picture.mode == "La" else "RGBA")
        return picture.convert("RGBA")
    return None


def _from_wide_integers(picture: Image.Image) -> Image.Image:
    """Scale 0 to 65535 to 0 to 255, rounding; a wide file that holds 8-bit values keeps them."""
    values = np.asarray(picture).astype(np.int64)
    if values.size and values.max() > 255:
        values = (np.clip(values, 0, 65535) + 128) // 257
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _from_floats(picture: Image.Image) -> Image.Image:
    """Take 0 to 1 as black to white if no value is above 1, else 0 to 255."""
    values = np.asarray(picture, dtype=np.float64)
    if not np.isfinite(values).all():
        raise RefusedError("damaged", "its floats are not all finite numbers")
    scale = 255.0 if values.size and values.max() <= 1.0 else 1.0
    return Image.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
