"""Who carries the units of a recipe out: this process, Daft on one machine, or Daft on Ray.

The graph is the same for each: list the units, draw and judge them (or decode, curate and extract
lines and flats, where a recipe has pictures), write each to a file of its own, decide the split
from names and hashes, gather shards. The two parallel steps are `staging.Draw` and
`staging.Gather`; Daft streams the units through them. A picture never travels between workers: a
unit goes in as a number, and what comes back is a number again. Hence the bytes of a shard do not
depend on who made it, nor on how many there were.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineart_lib.recipe.staging import Engine

RUNNERS = ("here", "native", "ray")


def engine(runner: str = "here", workers: int = 1, address: str | None = None) -> Engine:
    """Choose who does the work.

    Parameters
    ----------
    runner : {"here", "native", "ray"}
        `here`: this process, without Daft. `native`: Daft's own runner, in `workers` processes of
        this machine. `ray`: Daft on a Ray cluster, whose nodes must see the data folder under the
        same path and have this library installed.
    workers : int
        Processes at the same time, at least 1; `here` has one.
    address : str, optional
        Of the Ray cluster, such as ``10.0.0.1:6379``. Without one, Ray looks for a cluster that
        was started on this machine, and else starts one for the time of the call.

    Returns
    -------
    callable
        For `prepare_art`.

    Raises
    ------
    ValueError
        The runner is unknown, or the options do not go together.
    ModuleNotFoundError
        Ray is asked for and not installed; the message names the command.
    """
    if runner not in RUNNERS:
        raise ValueError(f"runner must be one of {', '.join(RUNNERS)}; got {runner!r}")
    if workers < 1:
        raise ValueError(f"workers must be at least 1; got {workers}")
    if runner == "here" and workers > 1:
        raise ValueError(f"the runner here has one worker; got {workers}: use the runner native")
    if runner != "ray" and address is not None:
        raise ValueError(f"only the runner ray has an address; got {address!r} for {runner}")
    if runner == "here":
        from lineart_lib.recipe.staging import here

        return here
    if runner == "ray":
        _require_ray()

    def carry_out(function: Callable[[int], int], count: int) -> Iterator[int]:
        return _through_daft(function, count, runner, workers, address)

    return carry_out


def _through_daft(
    function: Callable[[int], int], count: int, runner: str, workers: int, address: str | None
) -> Iterator[int]:
    """Map a function over 0, 1, … count - 1 as a Daft query, one number at a time to a worker."""
    os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
    import daft

    _choose_runner(runner, address)
    if not count:
        return
    step = daft.cls(_Step, use_process=True, max_concurrency=workers)(function)
    numbers = daft.from_pydict({"number": list(range(count))}).into_batches(1)
    query = numbers.select(numbers["number"], step.run(numbers["number"]).alias("result"))
    found = {row["number"]: row["result"] for row in query.iter_rows(results_buffer_size=None)}
    yield from (found[number] for number in range(count))


def _choose_runner(runner: str, address: str | None) -> None:
    """Tell Daft who runs its queries: once for a process, which is Daft's rule."""
    import daft
    from daft.exceptions import DaftCoreException

    with suppress(DaftCoreException):  # it was chosen before; rightly, if it is the same
        if runner == "ray":
            daft.set_runner_ray(address=address, noop_if_initialized=True)
        else:
            daft.set_runner_native()
    chosen = daft.get_or_infer_runner_type()
    if chosen != runner:
        raise ValueError(
            f"Daft runs by {chosen} in this process already, which cannot be changed to {runner}: "
            "start another process"
        )


class _Step:
    """A function that each worker gets once."""

    def __init__(self, function: Callable[[int], int]) -> None:
        import cv2

        cv2.setNumThreads(1)  # the workers are the threads
        self.function = function

    def run(self, number: int) -> int:
        """Call the function; the annotations are what Daft reads the types from."""
        return int(self.function(number))


def _require_ray() -> None:
    from importlib.util import find_spec

    if find_spec("ray") is None:
        raise ModuleNotFoundError(
            'the runner ray needs the package ray: pip install "lineart-lib[cluster]"'
        )
