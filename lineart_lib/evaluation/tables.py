"""Tables of an evaluation: areas with intervals, differences of methods, and the curves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

import numpy as np

from lineart_lib.evaluation import protocol
from lineart_lib.evaluation.protocol import STATISTICS, Curve

Row = dict[str, str | float]
"""Of a table, by column."""


def table(
    curves: Mapping[tuple[str, str], Curve],
    statistics: Sequence[str] = tuple(STATISTICS),
    seed: int = 0,
    draws: int = 1000,
) -> list[Row]:
    """Sum the curves up: a row for each set, method and statistic, with its interval.

    Methods of one set see the same redrawn pictures.
    """
    rows: list[Row] = []
    for (given, name), curve in curves.items():
        weights = _weights(curve, seed, draws)
        for statistic in statistics:
            told = asdict(protocol.estimate(curve, statistic, weights))
            pictures = curve.scores.shape[1]
            rows.append(
                {"set": given, "method": name, "statistic": statistic, **told, "pictures": pictures}
            )
    return rows


def differences(
    curves: Mapping[tuple[str, str], Curve],
    statistics: Sequence[str] = tuple(STATISTICS),
    seed: int = 0,
    draws: int = 1000,
) -> list[Row]:
    """Compare methods two by two on the pictures that both saw: a row for each set and statistic.

    The value is the first method's area less the second's; where its interval holds 0, the two are
    tied.
    """
    rows: list[Row] = []
    for given in dict.fromkeys(one for one, _ in curves):
        names = [name for one, name in curves if one == given]
        weights = _weights(curves[given, names[0]], seed, draws)
        for statistic in statistics:
            found = {
                name: (
                    protocol.area(curves[given, name], statistic)[0],
                    protocol.area(curves[given, name], statistic, weights),
                )
                for name in names
            }
            for first, second in combinations(names, 2):
                value, redrawn = (a - b for a, b in zip(found[first], found[second], strict=True))
                told = asdict(protocol.interval(float(value), redrawn))
                both = {"first": first, "second": second}
                rows.append({"set": given, "statistic": statistic, **both, **told})
    return rows


def _weights(curve: Curve, seed: int, draws: int) -> np.ndarray:
    """Redraw the pictures of a set; equal for all its methods."""
    return protocol.draws(curve.scores.shape[1], np.random.default_rng(seed), draws)


def write_tables(
    rows: Sequence[Row],
    leads: Sequence[Row],
    curves: Mapping[tuple[str, str], Curve],
    folder: Path,
) -> list[Path]:
    """Write `table`, `differences`, both as JSON and CSV, and `curves.json`, each whole or not.

    Parameters
    ----------
    rows, leads : sequence of mapping
        Of `table` and `differences`; the latter are none with a single method.
    curves : mapping
        As `evaluate` returns them.
    folder : Path
        Made when missing.

    Returns
    -------
    list of Path
        What was written.
    """
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
    return [
        *write_rows(rows, folder, "table"),
        *write_rows(leads, folder, "differences"),
        _write(_as_json(drawn), folder / "curves.json"),
    ]


def write_rows(rows: Sequence[Row], folder: Path, name: str) -> list[Path]:
    """Write rows as `NAME.csv` and `NAME.json`, each whole or not; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(_as_csv(rows), folder / f"{name}.csv"),
        _write(_as_json(rows), folder / f"{name}.json"),
    ]


def _write(content: str, path: Path) -> Path:
    part = path.with_name(f".{path.name}.part")
    part.write_text(content, encoding="utf-8")
    return part.replace(path)


def as_text(rows: Sequence[Row], statistic: str) -> str:
    """Write one statistic for a terminal: a block for each set, a line for each method."""
    lines = []
    for row in rows:
        if row["statistic"] == statistic:
            title = f"{row['set']}, {row['pictures']} pictures, {statistic} (95 % interval)"
            if title not in lines:
                lines.append(title)
            interval = f"({row['low']:.2f}–{row['high']:.2f})"
            lines.append(f"  {row['method']:16s} {row['value']:6.2f}  {interval}")
    return "\n".join(lines)


def _as_csv(rows: Sequence[Row]) -> str:
    """Write rows with the names of the first; nothing at all for none."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _as_json(rows: Sequence[Mapping]) -> str:
    return json.dumps(list(rows), indent=1, ensure_ascii=False) + "\n"


def _rounded(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 5) for value in values]
