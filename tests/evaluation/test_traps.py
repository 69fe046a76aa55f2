"""Each fill fails on its own trap, and by more than bad luck."""

import numpy as np
import pytest

from lineart_lib import images
from lineart_lib.evaluation.fills import FILLS
from lineart_lib.evaluation.scores import score
from lineart_lib.evaluation.traps import traps

SOLVED = 0.25
"""Mean ΔE00 of a right answer: the pixels of a gap may go to either side."""


@pytest.fixture(scope="module")
def differences():
    """Mean ΔE00 by trap and fill."""
    found = {}
    for name, trap in traps().items():
        mask = np.ones_like(trap.case.lineart)
        for fill, colorize in FILLS.items():
            picture = colorize(trap.case.lineart, trap.hints, mask)
            found[name, fill] = score(picture, trap.case, trap.hints).difference
    return found


def test_every_fill_has_a_trap_and_marks_lie_in_its_areas():
    """Property: hints are right: each lies in an area of its colour."""
    made = traps()
    assert list(made) == list(FILLS)
    for trap in made.values():
        colour, mask = images.split_hints(trap.hints)
        where = mask[0] > 0
        np.testing.assert_allclose(colour[:, where], trap.case.colour[:, where], atol=1e-6)
        assert (trap.case.regions[where] > 0).all()


@pytest.mark.parametrize("name", FILLS)
def test_a_fill_fails_on_its_own_trap(differences, name):
    """Property: it is far off on it."""
    assert differences[name, name] > 1.5


@pytest.mark.parametrize(
    ("name", "solver"),
    [
        ("lineart as is", "watershed"),
        ("nearest hint", "watershed"),
        ("watershed", "trapped ball"),
        ("trapped ball", "min-cut"),
        ("optimization", "trapped ball"),
        ("random walker", "trapped ball"),
    ],
)
def test_another_fill_solves_it(differences, name, solver):
    """Property: so it is the fill that fails, not the drawing that is impossible."""
    assert differences[name, solver] < SOLVED


def test_giving_up_is_the_worst_answer_to_a_wide_gap(differences):
    """Property: nobody closes it, but the minimum cut keeps the mark alone."""
    answers = {fill: differences["min-cut", fill] for fill in FILLS if fill != "lineart as is"}
    assert max(answers, key=answers.get) == "min-cut"
    assert answers["min-cut"] > 2 * sorted(answers.values())[-2]
