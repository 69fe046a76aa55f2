"""The dial's scores: painters whose fidelity and variety are known get exactly those."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.dial import turn_dial
from lineart_lib.evaluation.protocol import draws
from lineart_lib.evaluation.scores import Case, laid_under

PALETTE = np.array([[1, 1, 1], [0.2, -0.4, -0.6], [-0.5, 0.1, 0.8]], np.float32)


def a_case(number):
    """Draw two framed regions on paper."""
    regions = np.zeros((24, 24), np.int32)
    regions[2:10, 2 : 8 + number] = 1
    regions[13:22, 4:20] = 2
    lineart = np.ones((1, 24, 24), np.float32)
    lineart[:, 12] = -1
    colour = np.moveaxis(PALETTE[regions], -1, 0).copy()
    return Case(f"case {number}", lineart, lineart, colour, regions)


CASES = [a_case(number) for number in range(3)]


def test_a_painter_without_chance_has_no_variety_and_its_best_is_its_mean():
    """Property: the artist's own picture differs by 0, whatever the dial, and obeys."""

    def paint(lineart, hints, setting, seeds):
        return np.stack([[laid_under(c.colour, c.artist)] * len(seeds) for c in CASES])

    found = turn_dial(paint, CASES, (0.0, 1.0), (0.0, 1.0), range(3))
    assert found.mean.shape == (2, 2, 3)
    for scores in (found.mean, found.best, found.apart):
        assert np.abs(scores).max() == 0
    assert np.isnan(found.obeyed[:, 0]).all()
    assert found.obeyed[:, 1].max() < 1e-4  # A median in float32.


def flats(lineart, seeds):
    """Paint one grey for each seed."""
    flat = np.ones((3, 24, 24), np.float32)
    return np.stack([[laid_under(seed / 4 * flat, one) for seed in seeds] for one in lineart])


@pytest.mark.parametrize("most", [1, 4, 6, 32])
def test_it_does_not_matter_how_many_are_painted_together(most):
    """Property: the same scores; no call has more pictures than said, unless one case has; at 0 one
    seed is painted."""
    sizes = []

    def paint(lineart, hints, setting, seeds):
        sizes.append((setting, len(lineart) * len(seeds)))
        return flats(lineart * (1 + hints[:, 3:].mean()) / 2, seeds)

    def told(most):
        return turn_dial(paint, CASES, (0.0, 1.0), (0.0,), (0, 1), most)

    whole, parts = told(6), told(most)
    for name in ("mean", "best", "apart"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert whole.apart[1].min() > 0
    assert sizes[:2] == [(0.0, 3), (1.0, 6)]
    assert max(count for _, count in sizes[2:]) <= max(most, 2)
    assert sum(count for _, count in sizes[2:]) == 3 + 6


def test_variety_and_best_of_several_are_those_of_the_seeds():
    """Equivalence: seeds that paint one grey each; distances by hand from `images.delta_e`."""
    greys = (-0.5, 0.0, 0.5)

    def paint(lineart, hints, setting, seeds):
        return flats(lineart, [4 * greys[seed] for seed in seeds])

    found = turn_dial(paint, CASES[:1], (0.3,), (0.0,), (0, 1, 2))
    one = lambda value: np.full((3, 1, 1), value, np.float32)  # noqa: E731
    pairs = [(0, 1), (0, 2), (1, 2)]
    apart = [images.delta_e(one(greys[a]), one(greys[b])).item() for a, b in pairs]
    assert found.apart.item() == pytest.approx(np.mean(apart), rel=1e-5)
    bare = CASES[0].bare
    off = [
        images.delta_e(np.broadcast_to(one(grey), CASES[0].colour.shape), CASES[0].colour)[bare]
        for grey in greys
    ]
    assert found.mean.item() == pytest.approx(np.mean(off), rel=1e-5)
    assert found.best.item() == pytest.approx(min(values.mean() for values in off), rel=1e-5)


def test_an_interval_holds_its_mean_and_says_where_nothing_is_known():
    """Property: low ≤ mean ≤ high; without hints nothing can be obeyed."""

    def paint(lineart, hints, setting, seeds):
        rng = np.random.default_rng(int(10 * setting))
        return rng.uniform(-1, 1, (len(lineart), len(seeds), 3, 24, 24)).astype(np.float32)

    found = turn_dial(paint, CASES, (0.5,), (0.0, 1.0), (0, 1))
    weights = draws(3, np.random.default_rng(0), 200)
    told = found.estimate("mean", 0.5, 1.0, weights)
    assert told.value == pytest.approx(found.mean[0, 1].mean())
    assert told.low <= told.value <= told.high
    assert np.isnan(found.estimate("obeyed", 0.5, 0.0, weights).value)


def test_one_seed_is_too_few():
    """Error: variety is between two."""
    with pytest.raises(ValueError, match="two seeds at least; got 1"):
        turn_dial(lambda *_: None, CASES, (0.5,), (0.0,), (0,))
