"""The analysis of a study as a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_text(result: Mapping[str, Any]) -> str:
    """Write what `lineart_lib.evaluation.study.analysis.analyse` found as plain text."""
    lines = [
        result["title"],
        f"{_many(result['raters'], 'rater')}, {_many(result['pictures'], 'picture')}, "
        f"{result['answers']:,} of {result['asked']:,} questions answered. "
        "Brackets hold 95 % intervals.",
    ]
    lines += [f"! {note}" for note in result["notes"]]
    opinion, pairs = result["opinion"], result["pairs"]
    if opinion:
        lines += ["", "Mean opinion, 1 (bad) to 5 (excellent)"]
        lines += _table(
            ("method", "mean", "interval", "answers"),
            [(r["method"], *_number(r), str(r["answers"])) for r in opinion["methods"]],
        )
        lines += _differences(opinion["differences"])
        lines.append(f"Agreement of raters (Krippendorff's alpha): {_alpha(opinion['alpha'])}")
        lines.append(f"Same score again: {_share(opinion['same_again'])}")
    if pairs:
        lines += ["", "Preference in pairs, Bradley-Terry strength (log odds, mean 0)"]
        lines += _table(
            ("method", "strength", "interval", "rank", "preferred", "answers"),
            [
                (
                    r["method"],
                    *_number(r),
                    _ranks(r["rank"]),
                    f"{100 * r['preferred']:.0f} %",
                    str(r["answers"]),
                )
                for r in pairs["methods"]
            ],
        )
        lines += _differences(pairs["differences"])
        lines.append(f"Agreement of raters (Krippendorff's alpha): {_alpha(pairs['alpha'])}")
        lines.append(f"Same choice again: {_share(pairs['same_again'])}")
        lines.append(f"Ties: {_share(pairs['ties'])}")
        lines.append(f"Left chosen, of all that chose a side: {_share(pairs['left'])}")
    repeated = [row for row in result["by_rater"] if row["repeated"]]
    if repeated:
        lines += ["", "Same answer again, by rater"]
        lines += _table(
            ("rater", "same", "of", "answers"),
            [
                (r["rater"], str(r["same_again"]), str(r["repeated"]), str(r["answers"]))
                for r in repeated
            ],
        )
    return "\n".join(lines)


def _differences(rows: list[Mapping[str, Any]]) -> list[str]:
    """Say of each two methods whether the study tells them apart."""
    return _table(
        ("of two, the better", "the worse", "by", "interval", "told apart"),
        [(r["better"], r["worse"], *_number(r), "yes" if r["apart"] else "no") for r in rows],
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _number(row: Mapping[str, Any]) -> tuple[str, str]:
    if row["value"] is None:
        return "none", ""
    return f"{row['value']:.2f}", f"[{row['low']:.2f}, {row['high']:.2f}]"


def _ranks(rank: list[int]) -> str:
    return str(rank[0]) if rank[0] == rank[1] else f"{rank[0]}–{rank[1]}"


def _alpha(value: float | None) -> str:
    return (
        "not defined (nothing rated twice, or one answer only)" if value is None else f"{value:.2f}"
    )


def _share(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "none asked"
    low, high = 100 * found["low"], 100 * found["high"]
    return f"{100 * found['value']:.0f} % [{low:.0f}, {high:.0f}] of {found['of']:,}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    ]
