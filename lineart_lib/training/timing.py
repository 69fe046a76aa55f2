"""How long things take: rivals run in turns, and what a compilation costs and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import torch
from torch import nn


def race(
    rivals: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, float]:
    """Time several ways to do the same thing.

    They run in turns, so that a slow moment of the machine meets all of them, and the least time
    counts: whatever else ran can only have added to it.

    Parameters
    ----------
    rivals : mapping of str to callable
        At least one. Each runs once unmeasured before the first round.
    rounds : int
        Measured calls of each, at least 1.
    clock : callable
        Returns seconds.

    Returns
    -------
    dict of str to float
        The least seconds of one call, by rival.

    Raises
    ------
    ValueError
        There is no rival or no round.
    """
    if not rivals or rounds < 1:
        raise ValueError(
            f"expected at least one rival and one round; got {len(rivals)} and {rounds}"
        )
    for run in rivals.values():
        run()
    least = dict.fromkeys(rivals, float("inf"))
    for _ in range(rounds):
        for name, run in rivals.items():
            start = clock()
            run()
            least[name] = min(least[name], clock() - start)
    return least


def in_words(ratio: float) -> str:
    """Say how a new way compares with an old one, given old time over new time.

    Examples
    --------
    >>> in_words(2.5), in_words(0.25), in_words(1.02)
    ('2.5 times as fast', '4.0 times as slow', 'as fast')

    Raises
    ------
    ValueError
        The ratio is not above 0.
    """
    if not ratio > 0:
        raise ValueError(f"the ratio of two times must be above 0; got {ratio}")
    if abs(ratio - 1) < 0.05:
        return "as fast"
    return f"{ratio:.1f} times as fast" if ratio > 1 else f"{1 / ratio:.1f} times as slow"


@dataclass(frozen=True)
class CompileTrial:
    """What `torch.compile` did for a model on one machine."""

    eager_s: float
    """Seconds of one call, operation by operation."""
    compiled_s: float | None
    """Seconds of one call of the compiled model; None where it could not be compiled."""
    compile_s: float | None
    """Seconds that the first call took beyond a usual one; None likewise."""
    problem: str
    """Why it could not be compiled, in one line; empty when it could."""

    @property
    def speedup(self) -> float | None:
        """Eager time over compiled time: above 1 where compiling made calls faster."""
        return None if self.compiled_s is None else self.eager_s / self.compiled_s

    @property
    def break_even_calls(self) -> float | None:
        """Calls after which the compilation has paid for itself; None when it never does."""
        if self.compiled_s is None or self.compiled_s >= self.eager_s:
            return None
        return self.compile_s / (self.eager_s - self.compiled_s)


def compile_trial(
    model: nn.Module | Callable,
    work: Callable[[Callable], object],
    *,
    rounds: int,
    backend: str | Callable = "inductor",
) -> CompileTrial:
    """Measure a model as it is and compiled; a machine that cannot compile says why.

    Parameters
    ----------
    model : nn.Module or callable
        A network or a function of tensors. Not changed, but for what `work` does to it.
    work : callable
        Calls the model that it is given: a prediction, or a training step. It is called with the
        compiled one first.
    rounds : int
        Measured calls of each, at least 1.
    backend : str or callable
        What turns the graph into code. The default needs a C++ compiler on a CPU.

    Returns
    -------
    CompileTrial
    """
    torch.compiler.reset()  # What was compiled before must not shorten the first call.
    compiled = torch.compile(model, backend=backend)
    start = perf_counter()
    try:
        work(compiled)
    # Missing compilers, headers and unsupported systems raise unlike errors; all mean "not here".
    except Exception as error:
        torch.compiler.reset()
        eager = race({"eager": partial(work, model)}, rounds=rounds)["eager"]
        cause = getattr(error, "inner_exception", None) or error.__cause__ or error
        lines = str(cause).strip().splitlines() or [type(cause).__name__]
        return CompileTrial(eager, None, None, lines[0])
    first_s = perf_counter() - start
    times = race(
        {"eager": partial(work, model), "compiled": partial(work, compiled)}, rounds=rounds
    )
    least = max(0.0, first_s - times["compiled"])
    return CompileTrial(times["eager"], times["compiled"], least, "")
