"""Timing and compiling: turns, least times, break-even, and machines that cannot compile."""

import pytest
import torch

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.timing import CompileTrial, compile_trial, in_words, race


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        """Tell the time."""
        return self.now


def test_a_race_is_run_in_turns_and_the_least_time_counts():
    """Property: one unmeasured call each, then turns; the result is the smallest time of each."""
    clock, order = Clock(), []
    durations = {"a": iter([9, 3, 2, 5]), "b": iter([9, 1, 4, 4])}

    def rival(name):
        def run():
            order.append(name)
            clock.now += next(durations[name])

        return run

    least = race({name: rival(name) for name in "ab"}, rounds=3, clock=clock)
    assert least == {"a": 2, "b": 1}
    assert "".join(order) == "abababab"


@pytest.mark.parametrize(("rivals", "rounds"), [({}, 1), ({"a": int}, 0)])
def test_no_race_is_refused(rivals, rounds):
    """Property: without rivals or rounds there is nothing to time."""
    with pytest.raises(ValueError, match="at least one"):
        race(rivals, rounds=rounds)


def test_break_even_is_where_the_totals_meet():
    """Equivalence: compile + n · compiled = n · eager at the number of calls that is given."""
    trial = CompileTrial(eager_s=0.5, compiled_s=0.25, compile_s=10.0, problem="")
    calls = trial.break_even_calls
    assert trial.compile_s + calls * trial.compiled_s == pytest.approx(calls * trial.eager_s)
    assert trial.speedup == 2
    slower = CompileTrial(eager_s=0.25, compiled_s=0.5, compile_s=10.0, problem="")
    assert slower.break_even_calls is None
    assert slower.speedup == 0.5


def test_a_compiled_model_does_the_same_work():
    """Equivalence: the trial hands over the model and a compiled one, which give the same."""
    model = mlp((4, 8, 3), generator=generator(0))
    x = torch.randn(5, 4, generator=generator(1))
    results = []
    trial = compile_trial(model, lambda m: results.append(m(x)), rounds=2, backend="eager")
    assert trial.problem == ""
    assert trial.eager_s > 0
    assert trial.compiled_s > 0
    assert trial.compile_s >= 0
    assert len(results) == 1 + 2 * 3
    # The backend "eager" runs the recorded graph with the same kernels.
    assert all(torch.equal(result, model(x)) for result in results)


def test_where_nothing_compiles_the_trial_says_why():
    """Property: a backend that fails is reported in one line, and eager is still measured."""

    def broken(graph, inputs):
        raise RuntimeError("no C++ compiler found\nlong explanation")

    x = torch.ones(2, 4)
    trial = compile_trial(mlp((4, 3)), lambda m: m(x), rounds=1, backend=broken)
    assert trial.compiled_s is None
    assert trial.compile_s is None
    assert trial.break_even_calls is None
    assert trial.speedup is None
    assert "no C++ compiler found" in trial.problem
    assert "\n" not in trial.problem
    assert trial.eager_s > 0


def test_ratios_in_words():
    """Equivalence: the words have the direction and the factor of the ratio."""
    assert [in_words(r) for r in (2.5, 0.25, 1.02)] == [
        "2.5 times as fast",
        "4.0 times as slow",
        "as fast",
    ]
    with pytest.raises(ValueError, match="above 0"):
        in_words(0)
