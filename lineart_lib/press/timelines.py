"""Dated events of the book: read them, place them in time, keep their labels apart."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Event:
    """Something that happened, on a date that somebody wrote down."""

    date: str
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
    label: str
    """What the figure prints."""
    event: str
    """What happened, in one sentence."""
    kind: str
    """One of the kinds of its timeline."""
    source: str
    """A key of the bibliography."""

    @property
    def year(self) -> int:
        """The calendar year."""
        return int(self.date[:4])

    @property
    def month(self) -> str:
        """The month and year, such as ``Nov 2022``; the year alone when no month is known."""
        if len(self.date) == 4:
            return self.date
        return f"{MONTHS[int(self.date[5:7]) - 1]} {self.year}"

    @property
    def when(self) -> float:
        """The date as a decimal year; a year alone stands at its middle, a month likewise."""
        return decimal_year(self.date)


@dataclass(frozen=True)
class Winter:
    """Years of little money and little hope, whose ends the histories place differently."""

    label: str
    """Its name."""
    core: tuple[float, float]
    """From and to, where most tellings agree."""
    extent: tuple[float, float]
    """From and to, where any of the tellings named in the book put them."""
    source: str
    """A key of the bibliography."""


@dataclass(frozen=True)
class Era:
    """A name for a stretch of the axis, printed at its left."""

    label: str
    """The words, one line of the figure a line."""
    at: float
    """The decimal year beside which they stand."""


@dataclass(frozen=True)
class Timeline:
    """Events of one figure, in the order of their dates."""

    name: str
    """The name of its figure."""
    title: str
    """What it tells."""
    start: float
    """Top of the axis, a decimal year."""
    end: float
    """Bottom of the axis, a decimal year."""
    tick: int
    """Years between two marks of the axis."""
    height_in: float
    """Height of the figure in inches."""
    kinds: dict[str, str]
    """Key of a kind, and its name in the legend; at most three."""
    events: tuple[Event, ...]
    """The events, earliest first."""
    winters: tuple[Winter, ...]
    """The winters, earliest first."""
    eras: tuple[Era, ...] = ()
    """Names for what happened between them."""

    @property
    def monthly(self) -> bool:
        """Whether the month of every event is known, so that the figure prints it."""
        return all(len(event.date) > 4 for event in self.events)


def decimal_year(date: str) -> float:
    """Place a date on the axis.

    Parameters
    ----------
    date : str
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

    Returns
    -------
    float
        The decimal year of the day, or of the middle of the month or year.

    Raises
    ------
    ValueError
        When the date is written otherwise or does not exist.
    """
    parts = date.split("-")
    try:
        year, *rest = (int(part) for part in parts)
        first = datetime.date(year, *[*rest, 1, 1][:2])
    except (ValueError, TypeError) as problem:
        raise ValueError(f"a date must be YYYY, YYYY-MM or YYYY-MM-DD; got {date!r}") from problem
    if len(parts) > 3 or len(parts[0]) != 4:
        raise ValueError(f"a date must be YYYY, YYYY-MM or YYYY-MM-DD; got {date!r}")
    length = (datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days
    day = (first - datetime.date(year, 1, 1)).days
    half = {1: length / 2, 2: 15.0, 3: 0.5}[len(parts)]
    return year + (day + half) / length


def read_timelines(path: Path) -> dict[str, Timeline]:
    """Read every timeline of a file: each entry that has events.

    Parameters
    ----------
    path : Path
        A YAML file such as ``book/timelines.yml``.

    Returns
    -------
    dict of str to Timeline
        By the name of the figure.

    Raises
    ------
    ValueError
        When events are out of order, outside the axis, or of an unknown kind.
    """
    return {
        name: _timeline(name, entry)
        for name, entry in _read(path).items()
        if isinstance(entry, dict) and "events" in entry
    }


def read_seats(path: Path, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read who sits in the back row and in the front row, from left to right."""
    entry = _read(path)[name]
    return entry["back"], entry["front"]


def spread(targets: Sequence[float], gap: float) -> list[float]:
    """Move positions as little as possible, so that neighbours keep a distance.

    The answer minimizes the sum of squared moves. With the distances subtracted it is an isotonic
    regression, which pooling adjacent violators solves exactly.

    Parameters
    ----------
    targets : sequence of float
        The wanted positions, in ascending order.
    gap : float
        The least distance between neighbours, zero or more, in the same unit.

    Returns
    -------
    list of float
        Positions in the same order, each at least ``gap`` after the one before.

    Raises
    ------
    ValueError
        When the targets do not ascend.

    References
    ----------
    Barlow, Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions, 1972.
    """
    if any(later < earlier for earlier, later in itertools.pairwise(targets)):
        raise ValueError(f"targets must ascend; got {list(targets)}: sort the events first")
    pools: list[list[float]] = []  # Each holds a sum and a count.
    for index, target in enumerate(targets):
        pools.append([target - index * gap, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    means = [total / count for total, count in pools for _ in range(int(count))]
    return [mean + index * gap for index, mean in enumerate(means)]


def describe(timeline: Timeline) -> str:
    """Say in plain text what a timeline shows, event by event, for those who do not see it."""
    events = "; ".join(
        f"{event.month if timeline.monthly else event.year}, {event.label}"
        for event in timeline.events
    )
    winters = "; ".join(
        f"the {winter.label.lower()}, firmly from {winter.core[0]:.0f} to {winter.core[1]:.0f}, "
        f"faintly from {winter.extent[0]:.0f} to {winter.extent[1]:.0f}"
        for winter in timeline.winters
    )
    shaded = f" Shaded to the left of the axis: {winters}." if winters else ""
    return f"A time axis runs downwards, with labels to its right. {events}.{shaded}"


def _read(path: Path) -> dict[str, Any]:
    """Load a YAML file with every date left as text."""
    import yaml

    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def _timeline(name: str, entry: dict[str, Any]) -> Timeline:
    """Check and build one timeline."""
    events = tuple(Event(**event) for event in entry["events"])
    start, end = float(entry["start"]), float(entry["end"])
    for earlier, later in itertools.pairwise(events):
        if later.when < earlier.when:
            raise ValueError(f"{name}: {later.label!r} must stand before {earlier.label!r}")
    for event in events:
        if event.kind not in entry["kinds"]:
            raise ValueError(f"{name}: kind must be of {list(entry['kinds'])}; got {event.kind!r}")
        if not start <= event.when <= end:
            raise ValueError(f"{name}: {event.label!r} ({event.date}) lies outside {start}-{end}")
    winters = tuple(
        Winter(
            winter["label"],
            tuple(float(year) for year in winter["core"]),
            tuple(float(year) for year in winter["extent"]),
            winter["source"],
        )
        for winter in entry["winters"]
    )
    return Timeline(
        name=name,
        title=entry["title"],
        start=start,
        end=end,
        tick=int(entry["tick"]),
        height_in=float(entry["height_in"]),
        kinds=entry["kinds"],
        events=events,
        winters=winters,
        eras=tuple(Era(era["label"], float(era["at"])) for era in entry.get("eras", [])),
    )
