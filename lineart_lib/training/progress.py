"""Show how far a training is and when it will be done."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from tqdm import tqdm

from lineart_lib.training.settings import LoopSettings

PLAIN = "LINEART_PLAIN_PROGRESS"
"""Environment variable: lines instead of a moving bar, as the build of the book has it."""


class Progress:
    """A bar over the budget on a terminal; else one line for each tenth of it.

    Parameters
    ----------
    name : str
        Shown before the bar.
    settings : LoopSettings
        Says whether the budget is one of steps or of minutes.
    begin : float
        Part of the budget that was spent before, in [0, 1].
    shown : bool
        False shows nothing.
    """

    def __init__(
        self, name: str, settings: LoopSettings, begin: float = 0.0, *, shown: bool = True
    ) -> None:
        self._name, self._begin, self._started = name, begin, time.perf_counter()
        self._told = _tenths(begin)
        moving = sys.stderr.isatty() and not os.environ.get(PLAIN)
        self._lines = shown and not moving
        self._total = settings.steps or 60 * settings.minutes
        unit = "steps" if settings.steps else "s"
        self._bar = tqdm(
            total=self._total,
            initial=begin * self._total,
            desc=f"  {name}",
            bar_format="{desc} {percentage:3.0f}% |{bar:24}| {n:.0f}/{total:.0f} "
            + unit
            + " {elapsed}<{remaining}{postfix}",
            disable=not (shown and moving),
            file=sys.stderr,
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, fraction: float, step: int, means: Mapping[str, float] | None = None) -> None:
        """Tell how much of the budget is spent, and the last means when there are new ones."""
        if means:
            self._bar.set_postfix({n: f"{v:.4g}" for n, v in means.items()}, refresh=False)
        self._bar.update(fraction * self._total - self._bar.n)
        if self._lines and _tenths(fraction) > self._told:
            self._told = _tenths(fraction)
            seconds = time.perf_counter() - self._started
            left = seconds * (1 - fraction) / max(fraction - self._begin, 1e-9)
            print(
                f"  {self._name:<26} {fraction:4.0%}  step {step:>7}  "
                f"{tqdm.format_interval(seconds)} < {tqdm.format_interval(left)}",
                file=sys.stderr,
                flush=True,
            )


def _tenths(fraction: float) -> int:
    return int(10 * fraction + 1e-9)
