"""Divide designs into training, validation and test, by name, so that no design is in two parts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Shares:
    """How large the parts are, as shares of the designs."""

    train: float
    """Share of the training part, in [0, 1]."""
    validation: float
    """Share that settings are chosen on."""
    test: float
    """Share that is looked at in the end."""

    def __post_init__(self) -> None:
        for part in PARTS:
            if not 0 <= getattr(self, part) <= 1:
                raise ValueError(f"{part}: expected a share in 0 to 1; got {getattr(self, part)}")
        total = self.train + self.validation + self.test
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ValueError(f"shares: expected a sum of 1; got {total:g}")


@dataclass(frozen=True)
class Split:
    """The parts, and what near-duplicates changed."""

    parts: Mapping[str, str]
    """Design → `train`, `validation`, `test`, or `left_out`."""
    moved: tuple[str, ...]
    """Designs that moved to training, since a near-duplicate was in another part."""
    left_out: tuple[str, ...]
    """Designs in no part, since they are near-duplicates of a design that is held out."""


def part_of(design: str, shares: Shares, salt: str) -> str:
    """Return the part of one design, from a hash of its name alone.

    A design keeps its part when others come or go. A larger test share keeps those that were in
    the test part.

    Parameters
    ----------
    design : str
        The design's name.
    shares : Shares
    salt : str
        Another salt gives another split.
    """
    digest = hashlib.sha256(f"{salt}\0{design}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < shares.test:
        return "test"
    return "validation" if place >= 1 - shares.validation else "train"


def split(
    designs: Iterable[str],
    shares: Shares,
    salt: str,
    *,
    held_out: Collection[str] = (),
    duplicates: Iterable[Collection[str]] = (),
) -> Split:
    """Divide designs, and keep near-duplicates on one side.

    Parameters
    ----------
    designs : iterable of str
        Names; one that comes twice counts once.
    shares : Shares
    salt : str
    held_out : collection of str
        Designs that are in the test part whatever their hash, such as whole styles.
    duplicates : iterable of collections of str
        Groups of designs that hold near-duplicates of each other. A group that lies in two parts
        moves to training. If one of it is held out, the others that are not leave the set.

    Raises
    ------
    ValueError
        A held-out design, or one of a group, is not among the designs.
    """
    names = dict.fromkeys(designs)
    unknown = [name for name in held_out if name not in names]
    if unknown:
        raise ValueError(f"held_out: {unknown[0]!r} is not among the designs")
    parts = {name: part_of(name, shares, salt) for name in names}
    parts |= dict.fromkeys(held_out, "test")
    moved, left_out = [], []
    for group in _joined(duplicates):
        unknown = sorted(name for name in group if name not in parts)
        if unknown:
            raise ValueError(f"duplicates: {unknown[0]!r} is not among the designs")
        free = sorted(group - set(held_out))
        if len(free) < len(group):
            left_out += free
            parts |= dict.fromkeys(free, "left_out")
        elif len({parts[name] for name in group}) > 1:
            moved += [name for name in free if parts[name] != "train"]
            parts |= dict.fromkeys(free, "train")
    return Split(parts, tuple(sorted(moved)), tuple(sorted(left_out)))


def _joined(groups: Iterable[Collection[str]]) -> list[set[str]]:
    """Join groups that share a name, until none do."""
    joined: list[set[str]] = []
    for group in groups:
        together = set(group)
        for other in [known for known in joined if known & together]:
            together |= other
            joined.remove(other)
        joined.append(together)
    return joined
