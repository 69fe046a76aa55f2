"""Strokes of a hand: smooth curves through points, drawn in pencil or in ink."""

from __future__ import annotations

import numpy as np

from lineart_lib.press.drawing import element, polyline

Points = list[tuple[float, float]]


def smooth(points: Points, *, steps: int = 5, closed: bool = False) -> np.ndarray:
    """Sample a curve that passes through points.

    Parameters
    ----------
    points : list of (x, y)
        At least two.
    steps : int
        Samples a span between two points.
    closed : bool
        Whether the curve returns to its start.

    Returns
    -------
    ndarray, shape (samples, 2)
        The first sample is the first point; an open curve ends at the last point.

    References
    ----------
    Centripetal Catmull-Rom spline: Yuksel, Schaefer and Keyser, 2011.
    """
    knots = np.asarray(points, dtype=float)
    if len(knots) < 2:
        raise ValueError(f"a stroke needs at least two points; got {len(knots)}")
    if closed:
        knots = np.vstack([knots[-1], knots, knots[:2]])
    else:
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    spans = []
    for p0, p1, p2, p3 in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        t1 = np.sqrt(np.linalg.norm(p1 - p0))
        t2 = t1 + np.sqrt(np.linalg.norm(p2 - p1))
        t3 = t2 + np.sqrt(np.linalg.norm(p3 - p2))
        t = np.linspace(t1, t2, steps, endpoint=False)[:, None]
        a1 = (t1 - t) / t1 * p0 + t / t1 * p1
        a2 = (t2 - t) / (t2 - t1) * p1 + (t - t1) / (t2 - t1) * p2
        a3 = (t3 - t) / (t3 - t2) * p2 + (t - t2) / (t3 - t2) * p3
        b1 = (t2 - t) / t2 * a1 + t / t2 * a2
        b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
        spans.append((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2)
    curve = np.vstack(spans)
    return curve if closed else np.vstack([curve, knots[-2]])


def ink(curve: np.ndarray, *, width: float, colour: str) -> str:
    """Draw a stroke of a pen: thin where it lands and leaves, full between.

    Parameters
    ----------
    curve : ndarray, shape (samples, 2)
        As `smooth` returns it.
    width : float
        Full width in px.
    colour : str
        Of the ink.

    Returns
    -------
    str
        One filled outline.
    """
    along = np.gradient(curve, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    travelled = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    share = travelled / max(travelled[-1], 1e-9)
    pressure = 0.45 + 0.55 * np.sin(np.pi * share) ** 0.7
    offset = normal * (width / 2 * pressure)[:, None]
    outline = np.vstack([curve + offset, (curve - offset)[::-1]])
    return element(
        "path",
        d=polyline(map(tuple, outline), closed=True),
        fill=colour,
        stroke=colour,
        stroke_width=0.3,
        stroke_linejoin="round",
    )


def sketch(
    curve: np.ndarray,
    generator: np.random.Generator,
    *,
    passes: int = 3,
    colour: str,
    looseness: float = 1.0,
) -> str:
    """Draw a curve as one searches for it: several light strokes that overshoot and miss a little.

    Parameters
    ----------
    curve : ndarray, shape (samples, 2)
        The line that is looked for.
    generator : numpy.random.Generator
        Source of the hand's tremor.
    passes : int
        How many tries.
    colour : str
        Of the pencil.
    looseness : float
        How far a try misses, in px.

    Returns
    -------
    str
        One path a try.
    """
    tries = []
    for _ in range(passes):
        samples = len(curve)
        centre = curve.mean(axis=0)
        turn = generator.normal(0, 0.012 * looseness)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        sway = np.linspace(0, 1, samples)[:, None]
        wave = sum(
            generator.normal(0, 0.45 * looseness, 2)
            * np.sin(np.pi * (k * sway + generator.uniform(0, 2)))
            for k in (1, 2, 3)
        )
        moved = (curve - centre) @ rotation.T + centre + wave
        moved = moved + generator.normal(0, 0.6 * looseness, 2)
        length = np.linalg.norm(np.diff(curve, axis=0), axis=1).sum()
        over = generator.uniform(0.02, 0.1, 2) * min(length, 50.0) * looseness
        first, last = moved[0] - moved[1], moved[-1] - moved[-2]
        moved = np.vstack(
            [
                moved[0] + first / max(np.linalg.norm(first), 1e-9) * over[0],
                moved,
                moved[-1] + last / max(np.linalg.norm(last), 1e-9) * over[1],
            ]
        )
        tries.append(
            element(
                "path",
                d=polyline(map(tuple, moved)),
                fill="none",
                stroke=colour,
                stroke_width=round(float(generator.uniform(0.6, 1.15)), 2),
                stroke_opacity=round(float(generator.uniform(0.4, 0.75)), 2),
                stroke_linecap="round",
            )
        )
    return "\n".join(tries)
