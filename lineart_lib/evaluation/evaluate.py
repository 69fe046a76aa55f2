"""Carry the protocol out: methods against test sets, a table with intervals, and the curves.

What was measured is kept, one file a method and a set, named by a hash of all that decides it. So
an evaluation that is stopped goes on, and a new method is measured alone.
"""

from __future__ import annotations

import csv
import hashlib
import inspect
import io
import json
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lineart_lib.evaluation import fills, protocol, scores
from lineart_lib.evaluation.protocol import SETS, STATISTICS, Curve, Extractor, Method
from lineart_lib.evaluation.scores import Case
from lineart_lib.recipe import energies, regions
from lineart_lib.recipe.hints import RATIOS
from lineart_lib.recipe.pictures import Pictures, load_pictures
from lineart_lib.runtime import cpu_threads

_CODE = (fills, energies, regions, scores, protocol)
"""What decides a score besides the pictures: an edit measures anew."""


@dataclass(frozen=True)
class TestSet:
    """Cases, and how they are hinted."""

    __test__ = False  # Its name is no test's.

    name: str
    cases: tuple[Case, ...]
    careless: bool = False
    """Whether hints are moved and lost, as in T4."""

    @property
    def hints(self) -> Callable[[Case, float], np.ndarray]:
        """What hints a case."""
        return protocol.careless_hints if self.careless else protocol.hints_of


def load_set(
    name: str, profile: str, data: Path, pictures: int, extractor: Extractor | None = None
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
    extractor : callable, optional
        Draws the lines of T3; the recipe's XDoG by default.

    Raises
    ------
    ValueError
        There is no such set, or fewer than 2 pictures are asked for.
    FileNotFoundError
        A source is not prepared.
    """
    if name not in SETS:
        raise ValueError(f"set must be one of {', '.join(SETS)}; got {name!r}")
    if pictures < 2:
        raise ValueError(f"an interval needs 2 pictures at least; got {pictures}")
    sources = {"T1": ("openmoji",), "T2": ("dicebear",)}.get(name, ("openmoji", "dicebear"))
    cases: list[Case] = []
    for source in sources:
        part = _spread(load_pictures(source, profile, "test", data), pictures // len(sources))
        if name == "T3":
            cases += protocol.extracted_cases(part, extractor)
        else:
            cases += (protocol.damaged_cases if name == "T4" else protocol.artist_cases)(part)
    return TestSet(name, tuple(case for case in cases if case.bare.any()), name == "T4")


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
        Name to function. Functions that can be pickled run in processes of their own, as many as
        `lineart_lib.runtime.cpu_threads` says.
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
    """
    kept.mkdir(parents=True, exist_ok=True)
    found = {}
    with _workers() as spread:
        for given in sets:
            digest = _digest(given, ratios)
            for name, method in methods.items():
                file = kept / f"{given.name}-{name.replace(' ', '-')}-{_key(name, digest)}.npy"
                if not file.is_file():
                    columns = []
                    unit = partial(_one, method, given.hints, tuple(ratios))
                    for column in spread(unit, given.cases):
                        columns.append(column)
                        done()
                    part = file.with_suffix(".part.npy")
                    np.save(part, np.concatenate(columns, axis=1))
                    part.replace(file)
                else:
                    for _ in given.cases:
                        done()
                found[given.name, name] = Curve(np.load(file), tuple(ratios))
    return found


def table(
    curves: Mapping[tuple[str, str], Curve],
    statistics: Sequence[str] = tuple(STATISTICS),
    seed: int = 0,
    draws: int = 1000,
) -> list[dict[str, str | float]]:
    """Sum the curves up: a row for each set, method and statistic, with its interval.

    Methods of one set see the same redrawn pictures.
    """
    rows: list[dict[str, str | float]] = []
    for (given, name), curve in curves.items():
        weights = protocol.draws(curve.scores.shape[1], np.random.default_rng(seed), draws)
        for statistic in statistics:
            found = protocol.estimate(curve, statistic, weights)
            rows.append(
                {
                    "set": given,
                    "method": name,
                    "statistic": statistic,
                    **asdict(found),
                    "pictures": curve.scores.shape[1],
                }
            )
    return rows


def write_table(
    rows: Sequence[Mapping[str, str | float]],
    curves: Mapping[tuple[str, str], Curve],
    folder: Path,
) -> None:
    """Write `table.json`, `table.csv` and `curves.json`, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    drawn = [
        {
            "set": given,
            "method": name,
            "ratios": curve.ratios,
            **{
                statistic: _rounded(protocol.summary(curve, statistic)[0])
                for statistic in STATISTICS
            },
        }
        for (given, name), curve in curves.items()
    ]
    for name, content in {
        "table.csv": text.getvalue(),
        "table.json": json.dumps(list(rows), indent=1, ensure_ascii=False) + "\n",
        "curves.json": json.dumps(drawn, indent=1, ensure_ascii=False) + "\n",
    }.items():
        part = folder / f".{name}.part"
        part.write_text(content, encoding="utf-8")
        part.replace(folder / name)


def _one(
    method: Method,
    hints: Callable[[Case, float], np.ndarray],
    ratios: Sequence[float],
    case: Case,
) -> np.ndarray:
    """Measure one case: (ratios, 1, scores)."""
    return protocol.measure(method, [case], ratios, hints).scores


@contextmanager
def _workers() -> Iterator[Callable]:
    """Give a `map` over processes; with one core, the plain one."""
    count = cpu_threads()
    if count == 1:
        yield map
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn) as pool:

        def spread(unit: Callable, cases: Sequence[Case]) -> Iterator[np.ndarray]:
            """Run lambdas and closures here: they cannot be sent."""
            method = unit.args[0]
            sendable = "<" not in getattr(method, "__qualname__", "<")
            return pool.map(unit, cases) if sendable else map(unit, cases)

        yield spread


def _spread(pictures: Pictures, most: int) -> Pictures:
    """Take at most so many pictures, evenly spread over the part."""
    if len(pictures) <= most:
        return pictures
    return pictures.subset(np.linspace(0, len(pictures) - 1, most).round().astype(int))


def _digest(given: TestSet, ratios: Sequence[float]) -> str:
    """Hash what is measured: cases, hints, shares and code."""
    state = hashlib.sha256(repr((given.name, given.careless, tuple(ratios))).encode())
    for module in _CODE:
        state.update(inspect.getsource(module).encode())
    for case in given.cases:
        state.update(case.name.encode())
        for plane in (case.lineart, case.artist, case.colour, case.regions):
            state.update(np.ascontiguousarray(plane).tobytes())
    return state.hexdigest()


def _key(method: str, digest: str) -> str:
    return hashlib.sha256(f"{method}\0{digest}".encode()).hexdigest()[:16]


def _rounded(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 5) for value in values]
