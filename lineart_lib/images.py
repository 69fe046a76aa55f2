"""Every conversion of layout, range and colour space: the only place where they happen.

On disk a picture is uint8, (H, W, 3), sRGB. In the library it is float32, (3, H, W), sRGB in
[-1, 1]. A lineart is float32, (1, H, W): 1 is paper, -1 is full ink. A mask is float32, (1, H, W),
in {0, 1}: 1 is present. Hints are float32, (4, H, W): a colour in [-1, 1] multiplied by the mask,
then the mask, in [0, 1]. Leading axes, a batch for example, may stand before these.

Nothing is silently repaired: another shape, type or range raises ValueError with the mend.

References
----------
.. [1] IEC 61966-2-1, "Default RGB colour space: sRGB", 1999.
.. [2] Sharma, Wu, Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
   Supplementary Test Data, and Mathematical Observations", 2005.
.. [3] ITU-R BT.601, luma of R'G'B'.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage import color

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the grey of a picture [3]_; they sum to 1."""
_HALF_RANGE = np.float32(127.5)
_SLACK = 1 / 255
"""Rounding and resampling may leave [-1, 1] by half a step of 8 bits; more is a mistake."""


def to_signed(values):
    """Map bytes 0..255 onto [-1, 1], whatever the layout.

    Parameters
    ----------
    values : ndarray or Tensor
        uint8, any shape. A torch tensor stays one, on its device.

    Returns
    -------
    ndarray or Tensor
        float32, same shape.
    """
    if str(values.dtype).removeprefix("torch.") != "uint8":
        raise ValueError(
            f"expected uint8 in 0..255; got {values.dtype}: was it converted before, or is it "
            "16-bit? read it with 8 bits a channel"
        )
    if isinstance(values, np.ndarray):
        return values / _HALF_RANGE - np.float32(1)
    return values / 127.5 - 1


def to_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Map [-1, 1] onto bytes 0..255, to the nearest, whatever the layout.

    Parameters
    ----------
    values : ndarray
        Floating, any shape, in [-1, 1]. Half a step of 8 bits outside is rounding, and is cut.

    Returns
    -------
    ndarray
        uint8, same shape. ``to_bytes(to_signed(x))`` is x.
    """
    values = np.asarray(values)
    low, high = (values.min(), values.max()) if values.size else (0, 0)
    if not (low >= -1 - _SLACK and high <= 1 + _SLACK):
        raise ValueError(
            f"expected values in [-1, 1]; got [{low:.4g}, {high:.4g}]: clip what a model "
            "makes, and convert from [0, 1] with from_unit"
        )
    return np.rint((np.clip(values, -1, 1) + 1) * _HALF_RANGE).astype(np.uint8)


def to_unit(values):
    """Map [-1, 1] onto [0, 1], for formulas that count light or ink from zero."""
    return (values + 1) / 2


def from_unit(values):
    """Map [0, 1] onto [-1, 1]."""
    return values * 2 - 1


def to_picture(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn pixels as they are on disk into a picture of the library.

    Parameters
    ----------
    pixels : ndarray
        uint8, (..., H, W, 3), sRGB.

    Returns
    -------
    ndarray
        float32, (..., 3, H, W), in [-1, 1], contiguous.
    """
    if pixels.ndim < 3 or pixels.shape[-1] != 3:
        raise ValueError(
            f"pixels must be (..., H, W, 3); got {pixels.shape}: drop alpha by laying the picture "
            "on paper, repeat grey three times"
        )
    return np.ascontiguousarray(np.moveaxis(to_signed(pixels), -1, -3))


def to_planes(pixels):
    """Put the channels of bytes first, without a change of their values.

    Parameters
    ----------
    pixels : ndarray
        uint8: (..., H, W, 3) in colour; (..., H, W) in grey gets a channel.

    Returns
    -------
    ndarray
        uint8, (..., 3, H, W) or (..., 1, H, W), contiguous. `to_signed` of it is a picture of the
        library, so a set may stay in memory as bytes.
    """
    if pixels.dtype != np.uint8 or pixels.ndim < 2:
        raise ValueError(f"expected uint8 (..., H, W, 3); got {pixels.dtype} {pixels.shape}")
    if pixels.ndim > 2 and pixels.shape[-1] == 3:
        return np.ascontiguousarray(np.moveaxis(pixels, -1, -3))
    return np.ascontiguousarray(pixels[..., None, :, :])


def to_pixels(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Turn a picture of the library into pixels to write on disk.

    Parameters
    ----------
    picture : ndarray
        Floating, (..., 3, H, W), in [-1, 1].

    Returns
    -------
    ndarray
        uint8, (..., H, W, 3), sRGB, contiguous. ``to_pixels(to_picture(x))`` is x.
    """
    check(picture, "picture", channels=3)
    return np.ascontiguousarray(np.moveaxis(to_bytes(picture), -3, -1))


def to_lineart(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn grey pixels, uint8 (..., H, W), into a lineart (..., 1, H, W) in [-1, 1]."""
    if pixels.ndim < 2:
        raise ValueError(f"grey pixels must be (..., H, W); got {pixels.shape}")
    return to_signed(pixels)[..., None, :, :]


def to_grey_pixels(lineart: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Turn a lineart (..., 1, H, W) in [-1, 1] into grey pixels, uint8 (..., H, W)."""
    check(lineart, "lineart", channels=1)
    return to_bytes(lineart)[..., 0, :, :]


def to_mask(present: NDArray) -> NDArray[np.float32]:
    """Turn booleans, or bytes that are 0 or 255, into a mask.

    Parameters
    ----------
    present : ndarray
        bool or uint8, (..., H, W).

    Returns
    -------
    ndarray
        float32, (..., 1, H, W), in {0, 1}.
    """
    if present.dtype == np.uint8 and np.isin(present, (0, 255)).all():
        present = present == 255
    if present.dtype != bool or present.ndim < 2:
        raise ValueError(
            f"a mask comes from bool, or from bytes that are 0 or 255, (..., H, W); got "
            f"{present.dtype} {present.shape}: threshold a soft one first"
        )
    return present.astype(np.float32)[..., None, :, :]


def to_mask_pixels(mask: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Turn a mask (..., 1, H, W) in {0, 1} into bytes (..., H, W) that are 0 or 255."""
    check_mask(mask)
    return np.where(mask[..., 0, :, :] == 1, np.uint8(255), np.uint8(0))


def join_hints(colour: NDArray[np.floating], mask: NDArray[np.floating]) -> NDArray[np.float32]:
    """Premultiply a colour by the mask and put the mask behind it.

    Parameters
    ----------
    colour : ndarray
        (..., 3, H, W), in [-1, 1]; what it holds where the mask is 0 is forgotten.
    mask : ndarray
        (..., 1, H, W), in [0, 1]; in between where hints were pooled.

    Returns
    -------
    ndarray
        float32, (..., 4, H, W).
    """
    check(colour, "colour", channels=3)
    check(mask, "mask", channels=1, low=0)
    if colour.shape[:-3] + colour.shape[-2:] != mask.shape[:-3] + mask.shape[-2:]:
        raise ValueError(f"colour {colour.shape} and mask {mask.shape} are of different sizes")
    return np.concatenate([colour * mask, mask], axis=-3).astype(np.float32)


def split_hints(
    hints: NDArray[np.floating],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the colour and the mask of hints; the converse of `join_hints`.

    Returns
    -------
    colour : ndarray
        float32, (..., 3, H, W), in [-1, 1]; 0 where the mask is 0.
    mask : ndarray
        float32, (..., 1, H, W), in [0, 1].
    """
    check_hints(hints)
    mask = np.asarray(hints[..., 3:, :, :], dtype=np.float32)
    colour = np.zeros_like(hints[..., :3, :, :], dtype=np.float32)
    np.divide(hints[..., :3, :, :], mask, out=colour, where=mask > 0)
    return np.clip(colour, -1, 1), mask


def to_grey(picture: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the luma of a picture, (..., 3, H, W), as grey (..., 1, H, W); both in [-1, 1]."""
    check(picture, "picture", channels=3)
    red, green, blue = (np.asarray(picture[..., i, :, :], np.float32) for i in range(3))
    grey = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return np.clip(grey, -1, 1)[..., None, :, :]


def to_linear(picture: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the light, in [0, 1], that sRGB values in [-1, 1] stand for [1]_; same shape."""
    encoded = to_unit(np.asarray(picture))
    power = ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, power)


def from_linear(light: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the sRGB values in [-1, 1] of light in [0, 1] [1]_; same shape."""
    light = np.asarray(light)
    power = 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055
    return from_unit(np.where(light <= 0.0031308, light * 12.92, power))


def to_lab(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return CIELAB under D65, 2°: L in [0, 100], a and b about [-110, 110].

    Parameters
    ----------
    picture : ndarray
        (..., 3, H, W), sRGB in [-1, 1].

    Returns
    -------
    ndarray
        float64, (..., 3, H, W).
    """
    check(picture, "picture", channels=3)
    unit = to_unit(np.asarray(picture, dtype=np.float64))
    return color.rgb2lab(np.clip(unit, 0, 1), channel_axis=-3)


def delta_e(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the CIEDE2000 difference of two pictures at each pixel [2]_.

    Parameters
    ----------
    first, second : ndarray
        (..., 3, H, W), sRGB in [-1, 1], of the same shape.

    Returns
    -------
    ndarray
        float64, (..., H, W), at least 0; about 1 is just visible, black to white is 100.
    """
    if first.shape != second.shape:
        raise ValueError(f"pictures of one shape are compared; got {first.shape}, {second.shape}")
    return color.deltaE_ciede2000(to_lab(first), to_lab(second), channel_axis=-3)


def check(values: NDArray, name: str, *, channels: int, low: float = -1) -> None:
    """Refuse an array that is not (..., channels, H, W) or leaves [low, 1]."""
    if values.ndim < 3 or values.shape[-3] != channels or 0 in values.shape:
        raise ValueError(
            f"{name} must be (..., {channels}, H, W); got {values.shape}: the channels come first"
        )
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(f"{name} must be floating; got {values.dtype}: convert with images.to_*")
    if not (values.min() >= low - _SLACK and values.max() <= 1 + _SLACK):
        raise ValueError(
            f"{name} must be in [{low}, 1]; got [{values.min():.4g}, {values.max():.4g}]"
        )


def check_mask(mask: NDArray) -> None:
    """Refuse a mask that is not (..., 1, H, W) with values in {0, 1}."""
    check(mask, "mask", channels=1, low=0)
    if not ((mask == 0) | (mask == 1)).all():
        raise ValueError("mask must hold 0 and 1 only: threshold a soft one first")


def check_hints(hints: NDArray) -> None:
    """Refuse hints that are not (..., 4, H, W), or whose colour was not premultiplied."""
    if hints.ndim < 3 or hints.shape[-3] != 4:
        raise ValueError(
            f"hints must be (..., 4, H, W); got {hints.shape}: did you drop the mask channel?"
        )
    check(hints, "hints", channels=4)
    mask = hints[..., 3:, :, :]
    if mask.min() < 0 or not (np.abs(hints[..., :3, :, :]) <= mask + _SLACK).all():
        raise ValueError(
            "the colour of hints must be premultiplied by a mask in [0, 1]: build them with "
            "join_hints"
        )
