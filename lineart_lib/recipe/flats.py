"""Flat colours out of a painted picture: smooth, part into regions, one colour each, few colours.

References
----------
.. [1] Xu, Lu, Xu, Jia, "Image Smoothing via L0 Gradient Minimization", ACM Transactions on
   Graphics 30(6), 2011: equation 3 the energy, 8 and 12 the two sub-problems, algorithm 1.
.. [2] Arthur, Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skimage.segmentation import watershed
from sklearn.cluster import KMeans

from lineart_lib import images

WEIGHT = 0.02
"""Weight of a jump against the squared difference, for values in [0, 1]; the paper's lambda."""
_BETA_LAST = 1e5
_MOST_COLOURS = 25


def jumps(picture: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the differences to the right and below; the picture goes on at its other border."""
    return np.roll(picture, -1, -1) - picture, np.roll(picture, -1, -2) - picture


def l0_energy(
    smooth: NDArray[np.floating], picture: NDArray[np.floating], weight: float = WEIGHT
) -> float:
    """Return what L0 smoothing minimises: squared difference + weight × number of jumps [1]_.

    Parameters
    ----------
    smooth, picture : ndarray
        (C, H, W), in [-1, 1]; the energy counts them in [0, 1], as the paper does.
    weight : float
        The paper's lambda.

    Returns
    -------
    float
        A pixel counts as one jump when any of its channels changes by more than rounding.
    """
    across, down = jumps(images.to_unit(np.asarray(smooth, np.float64)))
    size = (np.abs(across) + np.abs(down)).sum(axis=0)
    difference = images.to_unit(smooth) - images.to_unit(picture)
    return float((difference**2).sum() + weight * (size > 1e-4).sum())


def kept_jumps(
    picture: NDArray[np.floating], weight: float, beta: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Solve the first sub-problem: keep the jumps that are worth their price [1]_.

    For each pixel it minimises ``|jumps - kept|² + weight / beta [kept is not 0]`` exactly.

    Parameters
    ----------
    picture : ndarray
        (C, H, W). The channels of a pixel are kept or dropped together.
    weight, beta : float
        The paper's lambda and beta.

    Returns
    -------
    across, down : ndarray
        (C, H, W) each.
    """
    across, down = jumps(picture)
    kept = (across**2 + down**2).sum(axis=0) > weight / beta
    return across * kept, down * kept


def nearest_with_jumps(
    spectrum: NDArray[np.complexfloating],
    across: NDArray[np.floating],
    down: NDArray[np.floating],
    beta: float,
) -> NDArray[np.floating]:
    """Solve the second sub-problem: the picture near to the given one, with those jumps [1]_.

    It minimises ``|S - I|² + beta (|right of S - across|² + |below S - down|²)``: a quadratic
    whose normal equations are diagonal in Fourier space.

    Parameters
    ----------
    spectrum : ndarray
        (C, H, W // 2 + 1), ``scipy.fft.rfft2`` of the picture I.
    across, down : ndarray
        (C, H, W), the wanted jumps.
    beta : float
        Weight of the jumps.

    Returns
    -------
    ndarray
        (C, H, W), the S.
    """
    height, width = across.shape[-2:]
    rows = 4 * np.sin(np.pi * fft.fftfreq(height)) ** 2  # |transform of a difference|².
    columns = 4 * np.sin(np.pi * fft.rfftfreq(width)) ** 2
    # The adjoint of a difference to the right is a difference to the left, with its sign turned.
    back = (np.roll(across, 1, -1) - across) + (np.roll(down, 1, -2) - down)
    numerator = spectrum + beta * fft.rfft2(back)
    return fft.irfft2(numerator / (1 + beta * (rows[:, None] + columns)), s=(height, width))


def l0_smooth(
    picture: NDArray[np.floating], weight: float = WEIGHT, kappa: float = 2.0
) -> NDArray[np.float32]:
    """Flatten a picture and keep its strong edges [1]_.

    The two sub-problems alternate while beta grows from ``2 weight`` to 1e5. That finds a good
    picture, not the best.

    Parameters
    ----------
    picture : ndarray
        (C, H, W), in [-1, 1].
    weight : float
        Price of a jump for values in [0, 1]; 0.001 keeps much, 0.1 little.
    kappa : float
        Growth of beta at each step, above 1; nearer to 1 is slower and a little better.

    Returns
    -------
    ndarray
        float32, (C, H, W), in [-1, 1].

    Raises
    ------
    ValueError
        The picture, the weight or kappa is out of its range.
    """
    if not (weight > 0 and kappa > 1):
        raise ValueError(f"weight must be above 0 and kappa above 1; got {weight} and {kappa}")
    images.check(picture, "picture", channels=picture.shape[0] if picture.ndim == 3 else 3)
    smooth = images.to_unit(np.asarray(picture, dtype=np.float64))
    spectrum = fft.rfft2(smooth)
    beta = 2 * weight
    while beta < _BETA_LAST:
        smooth = nearest_with_jumps(spectrum, *kept_jumps(smooth, weight, beta), beta)
        beta *= kappa
    return images.from_unit(np.clip(smooth, 0, 1)).astype(np.float32)


def flat_regions(
    smooth: NDArray[np.floating], step: float = 0.04, least_px: int = 16
) -> NDArray[np.int32]:
    """Part a smoothed picture into connected areas of nearly one colour.

    Neighbours whose colours differ by less than `step` belong together. Areas that are too small,
    the slopes of soft edges for the most part, are flooded from the larger ones, over the lowest
    differences first.

    Parameters
    ----------
    smooth : ndarray
        (C, H, W), in [-1, 1].
    step : float
        Largest difference of any channel between neighbours of one area, in the same unit.
    least_px : int
        Smallest area in pixels. A picture without any such area is one region.

    Returns
    -------
    ndarray
        int32, (H, W), from 1 to the number of regions, in the order of reading.
    """
    images.check(smooth, "smooth", channels=smooth.shape[0] if smooth.ndim == 3 else 3)
    height, width = smooth.shape[1:]
    across = np.abs(np.diff(smooth, axis=2)).max(axis=0)  # (H, W - 1)
    down = np.abs(np.diff(smooth, axis=1)).max(axis=0)  # (H - 1, W)
    number = np.arange(height * width).reshape(height, width)
    right, below = across < step, down < step
    first = np.concatenate([number[:, :-1][right], number[:-1][below]])
    second = np.concatenate([number[:, 1:][right], number[1:][below]])
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(number.size,) * 2)
    count, areas = connected_components(graph, directed=False)
    large = np.bincount(areas, minlength=count) >= least_px
    if not large.any():
        return np.ones((height, width), np.int32)
    markers = np.where(large, np.cumsum(large), 0)[areas].reshape(height, width).astype(np.int32)
    if large.all():
        return markers
    slope = np.zeros((height, width), smooth.dtype)
    np.maximum(slope[:, 1:], across, out=slope[:, 1:])
    np.maximum(slope[:, :-1], across, out=slope[:, :-1])
    np.maximum(slope[1:], down, out=slope[1:])
    np.maximum(slope[:-1], down, out=slope[:-1])
    return watershed(slope, markers, connectivity=1).astype(np.int32)


def median_colours(
    picture: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Return the median of each channel over each region.

    Parameters
    ----------
    picture : ndarray
        (C, H, W).
    labels : ndarray
        Integer, (H, W), from 1 to n, each of them present; 0 belongs to no region.

    Returns
    -------
    ndarray
        float32, (n, C).

    Raises
    ------
    ValueError
        The sizes differ, or a label is missing.
    """
    if picture.shape[1:] != labels.shape:
        raise ValueError(f"picture {picture.shape} and labels {labels.shape} differ in size")
    count = int(labels.max())
    missing = np.flatnonzero(np.bincount(labels.ravel(), minlength=count + 1)[1:] == 0)
    if labels.min() < 0 or len(missing):
        raise ValueError(f"labels must be 0 or 1..n, each present; {missing + 1} are missing")
    index = np.arange(1, count + 1)
    medians = [ndimage.median(channel, labels, index) for channel in picture]
    return np.stack(medians, axis=-1).astype(np.float32).reshape(count, len(picture))


def paint(labels: NDArray[np.integer], colours: NDArray[np.floating]) -> NDArray[np.float32]:
    """Give every region, 1 to n of labels (H, W), its colour of (n, C); label 0 becomes paper."""
    table = np.concatenate([np.ones((1, colours.shape[1]), np.float32), colours])
    return np.ascontiguousarray(np.moveaxis(table[labels], -1, 0).astype(np.float32))


def fewer_colours(
    colours: NDArray[np.floating],
    areas_px: NDArray[np.integer],
    count: int = _MOST_COLOURS,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Replace colours by at most `count`, by k-means over the pixels they cover.

    Parameters
    ----------
    colours : ndarray
        (n, C), in [-1, 1].
    areas_px : ndarray
        (n,), how many pixels each covers.
    count : int
        Number of colours that stay; the dissertation's 25 by default.
    seed : int
        Of the first centres, k-means++ [2]_. Equal seeds give equal colours.

    Returns
    -------
    ndarray
        float32, (n, C): each row replaced by the centre of its cluster. No more than `count`
        different rows to begin with come back as they are.
    """
    if count < 1 or len(colours) != len(areas_px):
        raise ValueError(
            f"count must be 1 or more, and each colour needs its area; got {count}, "
            f"{len(colours)} colours and {len(areas_px)} areas"
        )
    if len(np.unique(colours, axis=0)) <= count:
        return np.asarray(colours, np.float32)
    means = KMeans(count, n_init=4, random_state=seed)
    nearest = means.fit_predict(colours, sample_weight=areas_px)
    return means.cluster_centers_[nearest].astype(np.float32)


def flatten(
    picture: NDArray[np.floating],
    weight: float = WEIGHT,
    count: int = _MOST_COLOURS,
    seed: int = 0,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return a picture without light and texture, and its regions.

    Parameters
    ----------
    picture : ndarray
        (3, H, W), in [-1, 1].
    weight, count, seed
        Of `l0_smooth`, and of `fewer_colours`.

    Returns
    -------
    flat, labels : ndarray
        float32, (3, H, W), of at most `count` colours; int32, (H, W), the regions, 1 to n.
    """
    labels = flat_regions(l0_smooth(picture, weight))
    colours = median_colours(picture, labels)
    areas_px = np.bincount(labels.ravel())[1:]
    return paint(labels, fewer_colours(colours, areas_px, count, seed)), labels
