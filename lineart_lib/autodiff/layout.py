"""Where the boxes and wires of a computation graph go: columns from left to right, few crossings.

The method is Sugiyama's, in three steps. Every node gets a column, and a wire that skips columns
gets a waypoint in each. The order within the columns is improved by barycentre sweeps and swaps.
Then every column moves as close to its neighbours as its order and spacing allow.

References
----------
K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from lineart_lib.autodiff.engine import Node, topological_order

SWEEPS = 24
"""Most passes over the columns; small graphs settle after three or four."""

STARTS = 8
"""Most orders to start from. From one, about a tenth of small graphs keep a needless crossing."""

Columns = list[list[Hashable]]
"""Nodes and waypoints in each column, from top to bottom."""


@dataclass(frozen=True)
class Wire:
    """One use of a node by another.

    Attributes
    ----------
    operand, consumer : Node
        Where the value comes from, and where it goes.
    slope : float
        d(consumer)/d(operand) through this use.
    waypoints : tuple of float
        Heights at which the wire passes the columns between, in rows.
    """

    operand: Node
    consumer: Node
    slope: float
    waypoints: tuple[float, ...]


@dataclass(frozen=True)
class Layout:
    """A drawn graph in units of columns and rows.

    Attributes
    ----------
    column : dict of Node to int
        0 is the leftmost.
    height : dict of Node to float
        Rows from the top, at least 0; nodes of one column are at least 1 apart.
    wires : list of Wire
        One for each operand of each node.
    crossings : int
        How many pairs of wires cross.
    """

    column: dict[Node, int]
    height: dict[Node, float]
    wires: list[Wire]
    crossings: int


def arrange(root: Node) -> Layout:
    """Lay out every node that `root` was computed from.

    Parameters
    ----------
    root : Node
        The output; it gets the rightmost column.

    Returns
    -------
    Layout
        Every node stands left of all its consumers.
    """
    nodes = topological_order(root)
    column = _assign_columns(nodes)
    columns: Columns = [[] for _ in range(column[root] + 1)]
    for node in nodes:
        columns[column[node]].append(node)
    paths = []
    for consumer in nodes:
        for i, operand in enumerate(consumer.operands):
            between = range(column[operand] + 1, column[consumer])
            waypoints = [(consumer, i, c) for c in between]
            for c, waypoint in zip(between, waypoints, strict=True):
                columns[c].append(waypoint)
            paths.append([operand, *waypoints, consumer])
    left, right = defaultdict(list), defaultdict(list)
    for path in paths:
        for a, b in pairwise(path):
            right[a].append(b)
            left[b].append(a)
    columns = _uncross(columns, left, right)
    height = _place(columns, left, right)
    slopes = [slope for consumer in nodes for slope in consumer.slopes]
    wires = [
        Wire(path[0], path[-1], slope, tuple(height[v] for v in path[1:-1]))
        for path, slope in zip(paths, slopes, strict=True)
    ]
    return Layout(column, {n: height[n] for n in nodes}, wires, _crossings(columns, right))


def _assign_columns(nodes: list[Node]) -> dict[Node, int]:
    """Put every node right before the first of its consumers."""
    distance = {nodes[-1]: 0}  # longest walk to the root, in wires
    for node in reversed(nodes):
        for operand in node.operands:
            distance[operand] = max(distance.get(operand, 0), distance[node] + 1)
    last = max(distance.values())
    return {node: last - distance[node] for node in nodes}


def _crossings(columns: Columns, right: dict) -> int:
    """Count the pairs of wires that cross between neighbouring columns."""
    total = 0
    for column, following in pairwise(columns):
        row = {vertex: i for i, vertex in enumerate(following)}
        ends: list[int] = []
        for vertex in column:
            arrivals = sorted(row[neighbour] for neighbour in right[vertex])
            total += sum(previous > arrival for arrival in arrivals for previous in ends)
            ends += arrivals
    return total


def _uncross(columns: Columns, left: dict, right: dict) -> Columns:
    """Find a good order of each column, from the given order and from a few shuffled ones."""
    shuffle = Random(0).shuffle  # our own: the same graph gives the same drawing
    best, fewest = columns, _crossings(columns, right)
    for start in range(STARTS):
        if fewest == 0:
            break
        candidate = [list(column) for column in columns]
        if start > 0:
            for column in candidate:
                shuffle(column)
        candidate = _swap(_sweep(candidate, left, right), right)
        count = _crossings(candidate, right)
        if count < fewest:
            best, fewest = candidate, count
    return best


def _sweep(columns: Columns, left: dict, right: dict) -> Columns:
    """Order each column by the mean row of its neighbours, to and fro; keep the best order."""
    best, fewest = [list(column) for column in columns], _crossings(columns, right)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        rightward = sweep % 2 == 0
        span = range(1, len(columns)) if rightward else range(len(columns) - 2, -1, -1)
        for c in span:
            row = {vertex: i for i, vertex in enumerate(columns[c - 1 if rightward else c + 1])}
            columns[c] = _sorted_by_mean(columns[c], left if rightward else right, row)
        count = _crossings(columns, right)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    return best


def _sorted_by_mean(column: list, neighbours: dict, row: dict) -> list:
    def mean(item: tuple[int, Hashable]) -> float:
        i, vertex = item
        rows = [row[n] for n in neighbours[vertex]]
        return sum(rows) / len(rows) if rows else float(i)

    return [vertex for _, vertex in sorted(enumerate(column), key=mean)]


def _swap(columns: Columns, right: dict) -> Columns:
    """Exchange vertical neighbours as long as that removes crossings."""
    improved = True
    while improved:
        improved = False
        for c, column in enumerate(columns):
            around = columns[max(c - 1, 0) : c + 2]
            fewest = _crossings(around, right)
            for i in range(len(column) - 1):
                column[i], column[i + 1] = column[i + 1], column[i]
                count = _crossings(around, right)
                if count < fewest:
                    fewest, improved = count, True
                else:
                    column[i], column[i + 1] = column[i + 1], column[i]
    return columns


def _place(columns: Columns, left: dict, right: dict) -> dict[Hashable, float]:
    """Give each vertex a height near the mean of its neighbours', keeping order and spacing."""
    height: dict[Hashable, float] = {}
    for column in columns:
        for i, vertex in enumerate(column):
            height[vertex] = i - (len(column) - 1) / 2.0
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = []
            for vertex in column:
                around = [height[n] for n in (*left[vertex], *right[vertex])]
                wanted.append(sum(around) / len(around) if around else 0.0)
            height.update(zip(column, _spread(wanted, _gaps(column)), strict=True))
    top = min(height.values())
    return {vertex: h - top for vertex, h in height.items()}


def _gaps(column: list) -> list[float]:
    """Say how far each vertex must stay below the one above: a waypoint needs less room."""
    room = [0.5 if isinstance(vertex, Node) else 0.3 for vertex in column]
    return [0.0, *(a + b for a, b in pairwise(room))]


def _spread(wanted: list[float], gaps: list[float]) -> list[float]:
    """Find the heights nearest to those wanted, in squares, that keep the order and the gaps.

    With the gaps taken off, the heights must not decrease: isotonic regression, solved by pooling
    adjacent violators (Barlow et al., 1972).
    """
    offsets, total = [], 0.0
    for gap in gaps:
        total += gap
        offsets.append(total)
    blocks: list[list[float]] = []  # [sum, count]
    for height, offset in zip(wanted, offsets, strict=True):
        blocks.append([height - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    flat = [total / count for total, count in blocks for _ in range(int(count))]
    return [height + offset for height, offset in zip(flat, offsets, strict=True)]
