"""Lines out of a coloured picture, and how far they agree with the artist's own.

References
----------
.. [1] Winnemöller, Kyprianidis, Olsen, "XDoG: An eXtended difference-of-Gaussians compendium
   including advanced image stylization", Computers & Graphics 36(6), 2012, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lineart_lib import images

SIGMAS_PX = (0.3, 0.4, 0.5)
"""The three scales at which the dissertation draws the lines of every picture."""


@dataclass(frozen=True)
class XDoG:
    """Settings of the extended difference of Gaussians; the defaults are the dissertation's."""

    sigma_px: float = 0.4
    """Standard deviation of the narrow Gaussian, in pixels of the full-size picture."""
    k: float = 4.5
    """How many times wider the other Gaussian is."""
    gamma: float = 0.95
    """Weight of the wide Gaussian; the paper's tau. Below 1 keeps even paper above `epsilon`."""
    epsilon: float = -0.1
    """Where the difference, of grey in [0, 1], turns from ink into paper."""
    phi: float = 1e9
    """Steepness of the turn; 1e9 makes it a step."""

    def __post_init__(self):
        if not (self.sigma_px > 0 and self.k > 1 and self.gamma >= 0 and self.phi > 0):
            raise ValueError(f"XDoG needs sigma_px > 0, k > 1, gamma >= 0 and phi > 0; got {self}")


@dataclass(frozen=True)
class Agreement:
    """How far found lines and true lines lie on each other."""

    precision: float
    """Share of the found ink that lies near true ink, in [0, 1]; 1 when nothing was found."""
    recall: float
    """Share of the true ink that lies near found ink, in [0, 1]; 1 when there is none."""
    f: float
    """Harmonic mean of both; 0 when both are 0."""


def xdog(grey: NDArray[np.floating], settings: XDoG | None = None) -> NDArray[np.float32]:
    """Draw the lines of a grey picture by the extended difference of Gaussians [1]_.

    ``D = G_sigma - gamma G_(k sigma)`` of grey in [0, 1]; the result is 1 where ``D >= epsilon``,
    else ``1 + tanh(phi (D - epsilon))``. All is in float: in bytes, the difference would wrap.

    Parameters
    ----------
    grey : ndarray
        (1, H, W), in [-1, 1], at full size.
    settings : XDoG, optional
        The dissertation's by default.

    Returns
    -------
    ndarray
        float32, (1, H, W), in [-1, 1]: 1 is paper.

    Raises
    ------
    ValueError
        The grey picture is not as the contract says.
    """
    images.check(grey, "grey", channels=1)
    settings = settings or XDoG()
    light = images.to_unit(np.asarray(grey[0], dtype=np.float64))
    narrow = _blurred(light, settings.sigma_px)
    wide = _blurred(light, settings.sigma_px * settings.k)
    difference = narrow - settings.gamma * wide - settings.epsilon
    # The step is at 0 itself: a constant picture must not turn to ink by rounding.
    soft = 1 + np.tanh(settings.phi * np.minimum(difference, 0))
    return images.from_unit(soft)[None].astype(np.float32)


def _blurred(light: NDArray[np.float64], sigma_px: float) -> NDArray[np.float64]:
    """Blur by a sampled Gaussian, cut at four sigma; the border repeats."""
    side = 2 * int(np.ceil(4 * sigma_px)) + 1
    return cv2.GaussianBlur(
        light, (side, side), sigma_px, sigmaY=sigma_px, borderType=cv2.BORDER_REPLICATE
    )


def threshold(lineart: NDArray[np.floating], level: float = 0.0) -> NDArray[np.float32]:
    """Make each pixel either ink, -1, below `level` in [-1, 1], or paper, 1; shapes are kept."""
    return np.where(lineart < level, np.float32(-1), np.float32(1))


def remove_specks(lineart: NDArray[np.floating], least_px: int = 8) -> NDArray[np.float32]:
    """Erase every connected piece of ink that is smaller than `least_px`.

    Parameters
    ----------
    lineart : ndarray
        (1, H, W), in [-1, 1]; below 0 is ink. Pieces connect through corners too.
    least_px : int
        Area in pixels from which a piece stays; 0 and 1 keep all.

    Returns
    -------
    ndarray
        float32, (1, H, W). Specks become paper, the rest is untouched.

    Raises
    ------
    ValueError
        The lineart is not as the contract says.
    """
    images.check(lineart, "lineart", channels=1)
    ink = (lineart[0] < 0).astype(np.uint8)
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = statistics[:, cv2.CC_STAT_AREA] < least_px
    small[0] = False  # The first piece is the paper.
    return np.where(small[pieces], 1, lineart[0])[None].astype(np.float32)


def extract(
    picture: NDArray[np.floating], settings: XDoG | None = None, least_px: int = 8
) -> NDArray[np.float32]:
    """Return the lineart of a coloured picture: grey, XDoG, threshold, specks away.

    Parameters
    ----------
    picture : ndarray
        (3, H, W), in [-1, 1], at full size; make it smaller afterwards.
    settings : XDoG, optional
        The dissertation's by default, at the middle of its three scales.
    least_px : int
        Pieces of ink below this area go.

    Returns
    -------
    ndarray
        float32, (1, H, W), -1 or 1.
    """
    return remove_specks(threshold(xdog(images.to_grey(picture), settings)), least_px)


def lines_agree(
    found: NDArray[np.floating], true: NDArray[np.floating], tolerance_px: float = 1.0
) -> Agreement:
    """Compare found lines with true ones, forgiving a small shift.

    Parameters
    ----------
    found, true : ndarray
        (1, H, W), in [-1, 1]; below 0 is ink.
    tolerance_px : float
        Distance between pixel centres up to which ink counts as being near; 1 forgives the four
        neighbours.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        The sizes differ.
    """
    images.check(found, "found", channels=1)
    images.check(true, "true", channels=1)
    if found.shape != true.shape:
        raise ValueError(f"found {found.shape} and true {true.shape} lines differ in size")
    precision = _share_near(found[0] < 0, true[0] < 0, tolerance_px)
    recall = _share_near(true[0] < 0, found[0] < 0, tolerance_px)
    both = precision + recall
    return Agreement(precision, recall, 2 * precision * recall / both if both else 0.0)


def _share_near(ink: NDArray[np.bool_], other: NDArray[np.bool_], tolerance_px: float) -> float:
    """Return the share of `ink` that is within the tolerance of `other`; 1 when there is none."""
    if not ink.any():
        return 1.0
    if not other.any():
        return 0.0
    away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float((away[ink] <= tolerance_px + 1e-4).mean())  # Distances are in single precision.
