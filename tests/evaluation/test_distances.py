"""A set of pictures is as far from the artists' as it should be, and the artists' own the least."""

import numpy as np
import pytest
import torch

from lineart_lib.evaluation.distances import FLOOR, as_rows, as_text, set_distances
from lineart_lib.evaluation.evaluate import TestSet
from lineart_lib.evaluation.features import Features
from lineart_lib.evaluation.kernel import kernel_distance
from lineart_lib.evaluation.metrics import frechet_distance
from lineart_lib.evaluation.scores import Case, laid_under

MEANS = Features("mean colours", 3, lambda batch: batch.mean(dim=(2, 3)))


@pytest.fixture
def rooms():
    """Twenty drawings of one room each, in random colours."""
    draw = np.random.default_rng(0)
    made = []
    for number in range(20):
        lines, regions = np.ones((1, 16, 16), np.float32), np.zeros((16, 16), np.int32)
        lines[:, [2, 13], 2:14] = lines[:, 2:14, [2, 13]] = -1
        regions[3:13, 3:13] = 1
        colour = np.ones((3, 16, 16), np.float32)
        colour[:, regions == 1] = draw.uniform(-1, 1, (3, 1)).astype(np.float32)
        made.append(Case(str(number), lines, lines, colour, regions))
    return TestSet("T1", tuple(made))


def grey(lineart, hints, mask):
    """Colour nothing."""
    return np.repeat(lineart, 3, axis=0)


def obedient(lineart, hints, mask):
    """Paint the room in the colour of the hint: the artist's picture."""
    colour = np.ones((3, *lineart.shape[1:]), np.float32)
    hinted = hints[3] > 0
    colour[:, 3:13, 3:13] = hints[:3, hinted].mean(axis=1)[:, None, None]
    return laid_under(colour, lineart)


def test_perfect_pictures_stand_on_the_floor(rooms):
    """Equivalence: who paints what the artist painted is as far as the artist; no colour is not."""
    found = set_distances({"grey": grey, "obedient": obedient}, rooms, MEANS, resamples=20)
    assert list(found) == [FLOOR, "grey", "obedient"]
    for kind in ("frechet", "kernel"):
        floor, good, bad = (getattr(found[n], kind) for n in (FLOOR, "obedient", "grey"))
        assert good.estimate == pytest.approx(floor.estimate, rel=1e-4, abs=1e-6)
        assert bad.estimate > 3 * abs(floor.estimate)
        assert bad.low <= bad.estimate <= bad.high


def test_halves_share_no_drawing_and_distances_are_the_published_ones(rooms):
    """Equivalence: rows of the two halves, told apart by what the method was asked for."""
    asked = []

    def noting(lineart, hints, mask):
        asked.append(hints)
        return grey(lineart, hints, mask)

    found = set_distances({"noting": noting}, rooms, MEANS, ratio=1.0, resamples=20)["noting"]
    shown = {hints.tobytes() for hints in asked}
    first = [rooms.marks(case).hints(1.0).tobytes() in shown for case in rooms.cases]
    assert sum(first) == 10
    truth = [
        laid_under(c.colour, c.artist) for c, f in zip(rooms.cases, first, strict=True) if not f
    ]
    real = MEANS.of(torch.from_numpy(np.stack(truth)))
    made = MEANS.of(torch.from_numpy(np.stack([grey(rooms.cases[0].lineart, None, None)] * 10)))
    assert found.frechet.estimate == pytest.approx(frechet_distance(made, real), abs=1e-6)
    assert found.kernel.estimate == pytest.approx(kernel_distance(made, real), abs=1e-6)


def test_rows_name_the_network(rooms):
    """Property: a number never stands without the features that it was measured on."""
    rows = as_rows(set_distances({"grey": grey}, rooms, MEANS, resamples=20), rooms, MEANS)
    assert [(row["method"], row["distance"]) for row in rows] == [
        (name, kind) for name in (FLOOR, "grey") for kind in ("Fréchet", "kernel")
    ]
    assert {row["features"] for row in rows} == {"mean colours"}
    text = as_text(rows)
    assert text.count("on mean colours") == 2
    assert text.count("grey") == 2


def test_what_cannot_be_parted_is_refused(rooms):
    """Error: too few drawings, and a method under the floor's name."""
    with pytest.raises(ValueError, match="need 4 cases; got 3"):
        set_distances({"grey": grey}, TestSet("T1", rooms.cases[:3]), MEANS)
    with pytest.raises(ValueError, match="name of the floor"):
        set_distances({FLOOR: grey}, rooms, MEANS)
