"""Carry the protocol out: every method against every test set.

What was measured is kept, one file a method and a set, named by a hash of all that decides it. So
an evaluation that is stopped goes on, and a new method is measured alone.
"""

from __future__ import annotations

import hashlib
import inspect
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import get_args

import numpy as np

from lineart_lib.evaluation import cases as test_cases
from lineart_lib.evaluation import fills, hinting, protocol, scores
from lineart_lib.evaluation.cases import SETS
from lineart_lib.evaluation.hinting import Marks, Shape, careless_marks, neat_marks
from lineart_lib.evaluation.protocol import Curve, Method
from lineart_lib.evaluation.scores import Case
from lineart_lib.recipe import carelessness, energies, hints, regions
from lineart_lib.recipe import marks as recipe_marks
from lineart_lib.recipe.hints import RATIOS
from lineart_lib.recipe.pictures import load_pictures
from lineart_lib.runtime import cpu_threads

_CODE = (scores, protocol, hinting, carelessness, hints, recipe_marks)
"""What decides a score besides the pictures and the method: an edit measures anew."""
_FILLS = (fills, energies, regions)
"""What decides the picture of a fill."""

AT_ONCE = 16
"""Cases whose pictures are kept in memory until they are scored."""


@dataclass(frozen=True)
class TestSet:
    """Cases, and how they are hinted."""

    __test__ = False  # Its name is no test's.

    name: str
    cases: tuple[Case, ...]
    careless: bool = False
    """Whether hints stray and are lost, as in T4."""
    shape: Shape = "scribble"
    """What a hint is: `scribble` or `dot`."""

    @property
    def marks(self) -> Callable[[Case], Marks]:
        """What marks the regions of a case."""
        return partial(careless_marks if self.careless else neat_marks, shape=self.shape)


def load_set(
    name: str,
    profile: str,
    data: Path,
    pictures: int,
    extractor: str = "xdog",
    shape: Shape = "scribble",
) -> TestSet:
    """Load a test set.

    Parameters
    ----------
    name : {"T1", "T2", "T3", "T4"}
    profile : {"smoke", "book", "paper"}
    data : Path
        The data folder, with `openmoji` and `dicebear` prepared.
    pictures : int
        At most so many, evenly spread over the part; half from each source in T3 and T4.
    extractor : str
        Draws the lines of T3: one of `lineart_lib.evaluation.cases.EXTRACTORS`.
    shape : {"scribble", "dot"}
        Of the hints.

    Raises
    ------
    ValueError
        There is no such set, extractor or shape, or fewer than 2 pictures are asked for; or lines
        cover all of them, as those of an untrained extractor may.
    FileNotFoundError
        A source is not prepared, the test parts or what the learned extractor needs.
    """
    if name not in SETS:
        raise ValueError(f"set must be one of {', '.join(SETS)}; got {name!r}")
    if pictures < 2:
        raise ValueError(f"an interval needs 2 pictures at least; got {pictures}")
    if shape not in get_args(Shape):
        raise ValueError(f"shape must be one of {', '.join(get_args(Shape))}; got {shape!r}")
    sources = {"T1": ("openmoji",), "T2": ("dicebear",)}.get(name, ("openmoji", "dicebear"))
    draw = test_cases.extractor(extractor, profile) if name == "T3" else None
    cases: list[Case] = []
    for source in sources:
        part = load_pictures(source, profile, "test", data).spread(pictures // len(sources))
        if draw is not None:
            cases += test_cases.extracted_cases(part, draw)
        else:
            cases += (test_cases.damaged_cases if name == "T4" else test_cases.artist_cases)(part)
    scorable = tuple(case for case in cases if case.bare.any())
    if not scorable:
        raise ValueError(f"{name} cannot be scored: no drawing has paper without ink on it")
    return TestSet(name, scorable, name == "T4", shape)


def evaluate(
    methods: Mapping[str, Method],
    sets: Sequence[TestSet],
    kept: Path,
    ratios: Sequence[float] = RATIOS,
    done: Callable[[], None] = lambda: None,
) -> dict[tuple[str, str], Curve]:
    """Measure every method on every set; what was measured before is read from `kept`.

    Parameters
    ----------
    methods : mapping
        Name to method, see `lineart_lib.evaluation.protocol`. Functions of a module run in
        processes of their own, as many as `lineart_lib.runtime.cpu_threads` says; a network, a
        closure, or a function of a notebook stays in this one, and only scoring is spread.
    sets : sequence of TestSet
    kept : Path
        Folder of the files; made when missing.
    ratios : sequence of float
        Shares of the regions that are hinted.
    done : callable
        Called once for each method, set and case, in this process.

    Returns
    -------
    dict
        By name of the set, then of the method.

    Raises
    ------
    ValueError
        What a method is cannot be told from its source, and it has no `key`.
    """
    keys = {name: _key(name, method) for name, method in methods.items()}
    kept.mkdir(parents=True, exist_ok=True)
    found = {}
    ratios = tuple(ratios)
    with _workers() as spread_map:
        for given in sets:
            digest = _digest(given, ratios)
            marks: list[Marks] = []
            for name, method in methods.items():
                state = hashlib.sha256((keys[name] + digest).encode()).hexdigest()[:16]
                file = kept / f"{given.name}-{name.replace(' ', '-')}-{state}.npy"
                if not file.is_file():
                    marks = marks or list(spread_map(given.marks, given.cases))
                    columns = []
                    for column in _measured(method, given.cases, marks, ratios, spread_map):
                        columns.append(column)
                        done()
                    part = file.with_suffix(".part.npy")
                    np.save(part, np.stack(columns, axis=1))
                    part.replace(file)
                else:
                    for _ in given.cases:
                        done()
                found[given.name, name] = Curve(np.load(file), ratios)
    return found


@contextmanager
def _workers() -> Iterator[Callable]:
    """Give a `map` over processes, or the plain one where there is one thread."""
    count = cpu_threads()
    if count == 1:
        yield map
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn) as pool:
        yield pool.map


def _measured(
    method: Method,
    cases: Sequence[Case],
    marks: Sequence[Marks],
    ratios: Sequence[float],
    spread_map: Callable,
) -> Iterator[np.ndarray]:
    """Score each case at every share; a method that must stay here colours some, then rests."""
    if _can_be_sent(method):
        yield from spread_map(protocol.measure_case, repeat(method), cases, marks, repeat(ratios))
        return
    for first in range(0, len(cases), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        work = (cases[some], marks[some], repeat(ratios))
        made = list(map(protocol.colour_case, repeat(method), *work))
        yield from spread_map(protocol.score_case, *work, made)


def _can_be_sent(method: Method) -> bool:
    """Tell whether another process can import a method by its name."""
    place, name = getattr(method, "__module__", None), getattr(method, "__qualname__", "<")
    return inspect.isfunction(method) and place != "__main__" and "<" not in name


def _digest(given: TestSet, ratios: Sequence[float]) -> str:
    """Hash what is measured: cases, hints, shares and code."""
    state = hashlib.sha256(repr((given.name, given.careless, given.shape, tuple(ratios))).encode())
    for module in _CODE:
        state.update(inspect.getsource(module).encode())
    for case in given.cases:
        state.update(case.name.encode())
        for plane in (case.lineart, case.artist, case.colour, case.regions):
            state.update(np.ascontiguousarray(plane).tobytes())
    return state.hexdigest()


def _key(name: str, method: Method) -> str:
    """Say what a method is: its own key, the code of the fills, or its source."""
    key = getattr(method, "key", None)
    if key is not None:
        return f"{name}\0{key}"
    if method in fills.FILLS.values():
        return "\0".join([name, *map(inspect.getsource, _FILLS)])
    source = None
    if inspect.isfunction(method) and method.__closure__ is None:
        with suppress(OSError, TypeError):
            source = inspect.getsource(method)
    if source is None:
        raise ValueError(
            f"what {name!r} is cannot be told from its source, so what it scored cannot be kept: "
            "give it an attribute `key`, a string that names its weights and code"
        )
    return f"{name}\0{source}"
