"""Modes counted by hand; precision and recall by loops, and by what they should tell apart."""

import math

import pytest
import torch

from lineart_lib.evaluation.coverage import (
    mode_shares,
    modes_hit,
    nearest_mode,
    precision_recall,
)
from lineart_lib.runtime import generator


def test_modes_are_counted():
    """Equivalence: points counted by hand on a square of four modes."""
    centres = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    points = torch.tensor([[0.1, 0], [0, 0.1], [0.9, 0], [0.5, 0.5], [0, 0.0]])
    modes = nearest_mode(points, centres, 0.2)
    assert modes.tolist() == [0, 0, 2, -1, 0]
    shares = mode_shares(modes, 4)
    assert shares.tolist() == pytest.approx([0.6, 0, 0.2, 0])
    assert modes_hit(shares) == 2
    assert modes_hit(shares, least=1.0) == 1


def test_precision_and_recall_tell_loss_from_invention():
    """Property: dropping a cluster costs recall, inventing one costs precision, neither is free."""
    g = generator(0)

    def cluster(x):
        return torch.randn(150, 2, generator=g) * 0.1 + torch.tensor([x, 0.0])

    real = torch.cat([cluster(0.0), cluster(5.0)])
    same = torch.cat([cluster(0.0), cluster(5.0)])
    dropped = torch.cat([cluster(0.0), cluster(0.0)])
    invented = torch.cat([cluster(0.0), cluster(5.0), cluster(10.0), cluster(15.0)])
    precision, recall = precision_recall(real, same)
    assert min(precision, recall) > 0.85
    precision, recall = precision_recall(real, dropped)
    assert precision > 0.85
    assert recall == pytest.approx(0.5, abs=0.08)
    precision, recall = precision_recall(real, invented)
    assert precision == pytest.approx(0.5, abs=0.08)
    assert recall > 0.85
    assert precision_recall(real, real) == (1.0, 1.0)


def test_precision_is_the_written_definition():
    """Equivalence: loops over rows, as the paper writes it, give the same two shares."""
    g = generator(0)
    rows = lambda count: torch.randn(count, 3, generator=g, dtype=torch.float64).numpy()  # noqa: E731
    a, b = rows(30), rows(25) + 0.7

    def share(points, centres, k):
        inside = 0
        for point in points:
            for i, centre in enumerate(centres):
                others = sorted(math.dist(centre, c) for j, c in enumerate(centres) if j != i)
                if math.dist(point, centre) <= others[k - 1]:
                    inside += 1
                    break
        return inside / len(points)

    found = precision_recall(torch.tensor(a), torch.tensor(b.copy()), 2)
    assert found == pytest.approx((share(b, a, 2), share(a, b, 2)))


def test_what_makes_no_measure_is_refused():
    """Error: too few rows for the neighbours, and a mode that is not there."""
    with pytest.raises(ValueError, match="neighbours"):
        precision_recall(torch.eye(3), torch.eye(3), 3)
    with pytest.raises(ValueError, match="modes must be"):
        mode_shares(torch.tensor([7]), 4)
