"""The state of the attention map: digits and who looks at whom, small enough for a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def attention_state(
    images: np.ndarray,
    weights: np.ndarray,
    labels: Sequence[int],
    guesses: Sequence[int],
) -> dict[str, Any]:
    """Write pictures and attention weights as the state of the toy ``attention-map``.

    A weight is rounded to a 255th, which is finer than the percent that the toy shows.

    Parameters
    ----------
    images : ndarray
        uint8 (N, side, side), 0 is background, 255 is full ink.
    weights : ndarray
        (N, layers, heads, 1 + patches, 1 + patches) in [0, 1]: row = who looks, column = at whom.
        Token 0 is the class token; the patches follow line by line.
    labels, guesses : sequence of int
        What each picture shows, and what the network says.

    Returns
    -------
    dict
        For `lineart_lib.press.save_state` and for `lineart_lib.live.widgets.AttentionMap`.

    Raises
    ------
    ValueError
        The shapes do not belong together, or a weight is outside [0, 1].
    """
    count, side = len(images), images.shape[-1]
    layers, heads, tokens = weights.shape[1:4] if weights.ndim == 5 else (0, 0, 0)
    cells = round(max(tokens - 1, 0) ** 0.5)
    fits = (
        images.dtype == "uint8"
        and images.shape == (count, side, side)
        and weights.shape == (count, layers, heads, tokens, tokens)
        and cells > 0
        and cells**2 + 1 == tokens
        and side % cells == 0
        and len(labels) == len(guesses) == count
    )
    if not fits:
        raise ValueError(
            "expected uint8 images (N, side, side), weights (N, layers, heads, tokens, tokens) of "
            "a square of patches and a class token, and N labels and guesses; got "
            f"{images.dtype} {images.shape}, {weights.shape}, {len(labels)} and {len(guesses)}"
        )
    if not ((weights >= 0) & (weights <= 1)).all():
        raise ValueError(
            f"weights must lie in [0, 1]; got {weights.min():.3g} to {weights.max():.3g}"
        )
    small = (255 * weights).round().astype("uint8")
    return {
        "side": side,
        "patch": side // cells,
        "layers": layers,
        "heads": heads,
        "digits": [
            {
                "label": str(label),
                "guess": str(guess),
                "image": base64.b64encode(image.tobytes()).decode(),
                "weights": base64.b64encode(weight.tobytes()).decode(),
            }
            for image, weight, label, guess in zip(images, small, labels, guesses, strict=True)
        ],
    }
