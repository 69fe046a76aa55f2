"""What preparing costs: memory from a thousand to many drawings, and pictures a second by workers.

Run from the root of the project. The default takes about five minutes on two cores::

    .venv/bin/python benchmarks/preparing.py --pictures 1000 10000 100000

draws a hundred thousand characters too, which takes half an hour on one core. Two tables,
`preparing_memory` and `preparing_rates`, go to the folder of publication
(``LINEART_PUBLICATION``, else ``build/by-hand``). With ``--growth 1.5`` it fails when the largest
run needs more than that many times the memory of the smallest.
"""

from __future__ import annotations

import argparse
import sys

from lineart_lib.evaluation.kept import keep
from lineart_lib.evaluation.preparation import measure
from lineart_lib.press import save_table
from lineart_lib.runtime import project_root

WAYS = (("here", 1), ("native", 1), ("native", 2), ("pool", 1), ("pool", 2))
WORDS = {"here": "this process", "native": "Daft", "pool": "pool of processes"}


def main() -> int:
    """Measure, write the tables, and say whether memory keeps to its promise."""
    parser = argparse.ArgumentParser(description="measure the preparation of drawings")
    parser.add_argument("--pictures", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--side-px", type=int, default=16)
    parser.add_argument("--rate-pictures", type=int, default=1500, help="0 leaves rates out")
    parser.add_argument("--rate-side-px", type=int, default=64)
    parser.add_argument("--growth", type=float, help="most that memory may grow, as a ratio")
    parser.add_argument("--keep", action="store_true", help="keep the tables for the book")
    asked = parser.parse_args()
    root = project_root()
    rows, most = [], []
    for pictures in asked.pictures:
        cost = measure(root, pictures, asked.side_px, "native", 1)
        most.append(max(cost.driver_mb, cost.worker_mb))
        cells = [f"{cost.pictures:,}", f"{cost.driver_mb:.0f}", f"{cost.worker_mb:.0f}"]
        rows.append([*cells, f"{cost.rate:.0f}"])
        print("  ".join(rows[-1]), flush=True)
    table = save_table(
        "preparing_memory",
        ["drawings", "driver, MB", "worker, MB", "drawings a second"],
        rows,
        caption=(
            f"Most resident memory while generated characters of {asked.side_px} pixels a side are "
            "prepared by Daft with one worker."
        ),
    )
    print(f"table: {table.path}")
    if asked.keep:
        keep(table)
    if asked.rate_pictures:
        rows = []
        for way, workers in WAYS:
            cost = measure(root, asked.rate_pictures, asked.rate_side_px, way, workers)
            rows.append([WORDS[way], workers, f"{cost.rate:.1f}", cost.sha256[:8]])
            print(*rows[-1], sep="  ", flush=True)
        table = save_table(
            "preparing_rates",
            ["who works", "workers", "drawings a second", "hash of the files"],
            rows,
            caption=(
                f"{asked.rate_pictures:,} characters of {asked.rate_side_px} pixels a side, "
                "prepared in different ways; equal hashes are equal files."
            ),
        )
        print(f"table: {table.path}")
        if asked.keep:
            keep(table)
    if asked.growth is not None and most[-1] > asked.growth * most[0]:
        print(f"memory grew from {most[0]:.0f} to {most[-1]:.0f} MB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
