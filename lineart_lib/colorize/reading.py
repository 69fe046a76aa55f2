"""Drawings, hints and masks as they come: any mode, any size, from files or arrays.

Arrays have the layout of a file: uint8, (H, W), (H, W, 3) or (H, W, 4), sRGB, alpha last.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib.recipe.decode import DecodeLimits, RefusedError, decode, decode_layer

Bytes = NDArray[np.uint8]
Source = str | PathLike[str] | Bytes
_OPAQUE_SHARE = 0.95
_SLACK_PX = 1.0


def read_drawing(source: Source, limits: DecodeLimits | None = None) -> Bytes:
    """Return a picture as uint8 (H, W, 3); transparency is laid on white paper.

    Parameters
    ----------
    source : path or ndarray
        Files as `lineart_lib.recipe.decode.decode` takes them: 16 bits a channel become 8, CMYK
        becomes RGB, and a photograph is turned upright.
    limits : DecodeLimits, optional
        How much a file may cost.

    Raises
    ------
    ValueError
        The file is refused, or the array is no picture. Says which, why and the mend.
    OSError
        The file cannot be read.
    """
    if not isinstance(source, np.ndarray):
        return _opened(source, "lineart", lambda data: decode(data, limits).rgb)
    rgba = _as_rgba(source, "lineart")
    if (rgba[..., 3] == 255).all():
        return np.ascontiguousarray(rgba[..., :3])
    colour, alpha = rgba[..., :3].astype(np.uint16), rgba[..., 3:].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def read_hints(source: Source, size: tuple[int, int], limits: DecodeLimits | None = None) -> Bytes:
    """Return hints as uint8 (H, W, 4): a colour where alpha is 255, nothing where it is 0.

    Half-transparent pixels count as painted from alpha 128 on. No stroke is lost when the hints
    are larger than the drawing: a pixel takes the last of those that fall into it.

    Parameters
    ----------
    source : path or ndarray
        Strokes on a transparent ground.
    size : (int, int)
        Height and width of the drawing; hints of another size must have its aspect.

    Raises
    ------
    ValueError
        There is no transparency, no stroke, or the aspect differs.
    OSError
        The file cannot be read.
    """
    if isinstance(source, np.ndarray):
        rgba = _as_rgba(source, "hints")
    else:
        rgba = _opened(source, "hints", lambda data: decode_layer(data, limits))
    named = "hints" if isinstance(source, np.ndarray) else f"hints {source}"
    painted = rgba[..., 3] >= 128
    if painted.mean() > _OPAQUE_SHARE:
        raise ValueError(
            f"{named}: expected strokes on a transparent ground; {painted.mean():.0%} of it is "
            "opaque: export the layer of the strokes alone, as PNG with transparency"
        )
    if not painted.any():
        raise ValueError(f"{named}: no pixel is painted: draw strokes, or leave the hints out")
    _check_aspect(rgba.shape[:2], size, named)
    clean = rgba * painted[..., None]
    clean[painted, 3] = 255
    if rgba.shape[:2] == size:
        return clean
    if rgba.shape[0] <= size[0]:
        return cv2.resize(clean, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    made = np.zeros((*size, 4), np.uint8)
    y, x = np.nonzero(painted)
    made[y * size[0] // rgba.shape[0], x * size[1] // rgba.shape[1]] = clean[y, x]
    return made


def read_mask(source: Source, size: tuple[int, int], limits: DecodeLimits | None = None) -> NDArray:
    """Return a mask as bool (H, W): True where to paint.

    Parameters
    ----------
    source : path or ndarray
        White, from mid-grey on, where to paint, black elsewhere. Or, if it has transparency, opaque
        where to paint, whatever the colour.
    size : (int, int)
        Height and width of the drawing; masks of another size must have its aspect.

    Raises
    ------
    ValueError
        The file is refused, the aspect differs, or nothing is to be painted.
    OSError
        The file cannot be read.
    """
    if isinstance(source, np.ndarray):
        rgba = _as_rgba(source if source.dtype != bool else source * np.uint8(255), "mask")
    else:
        rgba = _opened(source, "mask", lambda data: decode_layer(data, limits))
    named = "mask" if isinstance(source, np.ndarray) else f"mask {source}"
    _check_aspect(rgba.shape[:2], size, named)
    transparent = (rgba[..., 3] < 255).any()
    inside = rgba[..., 3] >= 128 if transparent else rgba[..., :3].mean(axis=-1) >= 127.5
    if not inside.any():
        raise ValueError(
            f"{named}: nothing is to be painted: make it white, or opaque, where to paint"
        )
    if inside.shape == size:
        return inside
    inside = cv2.resize(inside.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    return inside > 0


def _opened(source: str | PathLike[str], what: str, read) -> Bytes:
    """Read a file and decode it; an error tells its name."""
    path = Path(source)
    if path.is_dir():
        raise ValueError(f"{what} {path}: expected a picture, got a folder")
    try:
        return read(path.read_bytes())
    except RefusedError as error:
        raise RefusedError(error.reason, f"{what} {path}: {error.sentence}") from error


def _as_rgba(pixels: Bytes, what: str) -> Bytes:
    """Return an array of a file's layout as (H, W, 4)."""
    if pixels.dtype != np.uint8:
        raise ValueError(
            f"{what} must be uint8 in 0..255; got {pixels.dtype}: divide 16 bits by 257, or "
            "convert with images.to_pixels"
        )
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or 0 in pixels.shape:
        raise ValueError(
            f"{what} must be (H, W), (H, W, 3) or (H, W, 4), not empty; got {pixels.shape}: the "
            "channels come last"
        )
    if pixels.shape[2] == 4:
        return pixels
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.concatenate([np.broadcast_to(pixels, (*pixels.shape[:2], 3)), opaque], axis=2)


def _check_aspect(got: tuple[int, ...], size: tuple[int, int], named: str) -> None:
    """Refuse sizes that no scaling brings onto the drawing within a pixel of either."""
    height, width = got
    across = abs(width * size[0] / height - size[1]) / max(1.0, size[0] / height)
    down = abs(height * size[1] / width - size[0]) / max(1.0, size[1] / width)
    if min(across, down) > _SLACK_PX:
        raise ValueError(
            f"{named}: {width} x {height} pixels beside a drawing of {size[1]} x {size[0]}: "
            "expected the same size, or the same shape at another size; export both from one canvas"
        )
