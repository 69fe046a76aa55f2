"""The split: by name, whole, stable, and with near-duplicates on one side."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineart_lib.recipe.split import PARTS, Shares, part_of, split

SHARES = Shares(0.8, 0.1, 0.1)
NAMES = [f"design-{number}" for number in range(4000)]


def test_shares_are_met():
    """Property: of 4,000 names each part gets its share, within four standard deviations."""
    counts = dict.fromkeys(PARTS, 0)
    for name in NAMES:
        counts[part_of(name, SHARES, "a")] += 1
    for part, share in vars(SHARES).items():
        deviation = (4000 * share * (1 - share)) ** 0.5
        assert abs(counts[part] - 4000 * share) < 4 * deviation


def test_a_part_depends_on_name_and_salt_alone():
    """Determinism: other designs do not matter; another salt gives another split."""
    alone = split(NAMES[:1], SHARES, "a").parts[NAMES[0]]
    among = split(reversed(NAMES), SHARES, "a").parts
    assert among[NAMES[0]] == alone
    assert dict(among) != dict(split(NAMES, SHARES, "b").parts)


def test_a_larger_test_share_keeps_its_designs():
    """Property: what was tested on is never trained on later, when the test part grows."""
    small = {n for n in NAMES if part_of(n, SHARES, "a") == "test"}
    large = {n for n in NAMES if part_of(n, Shares(0.6, 0.1, 0.3), "a") == "test"}
    assert small < large


@settings(deadline=None, max_examples=60)
@given(
    groups=st.lists(st.sets(st.integers(0, 39), min_size=2, max_size=4), max_size=12),
    held=st.sets(st.integers(0, 39), max_size=4),
    salt=st.text(max_size=4),
)
def test_no_group_lies_in_two_parts(groups, held, salt):
    """Property: near-duplicates share a part or leave; held-out designs are always tested on."""
    names = NAMES[:40]
    held_out = [names[n] for n in held]
    named = [{names[n] for n in group} for group in groups]
    done = split(names, SHARES, salt, held_out=held_out, duplicates=named)
    assert set(done.parts) == set(names)
    assert all(done.parts[name] == "test" for name in held_out)
    for group in named:
        assert len({done.parts[name] for name in group} - {"left_out"}) <= 1
    touched = set().union(*named) if named else set()
    for name in names:
        if name not in touched and name not in held_out:
            assert done.parts[name] == part_of(name, SHARES, salt)
    assert set(done.moved) <= touched
    assert {name for name, part in done.parts.items() if part == "left_out"} == set(done.left_out)


def test_a_pair_across_parts_moves_to_training():
    """Equivalence: one tested and one trained design that look alike are both trained on."""
    tested = next(n for n in NAMES if part_of(n, SHARES, "a") == "test")
    trained = next(n for n in NAMES if part_of(n, SHARES, "a") == "train")
    done = split(NAMES, SHARES, "a", duplicates=[{tested, trained}])
    assert done.parts[tested] == done.parts[trained] == "train"
    assert done.moved == (tested,)
    other = next(n for n in NAMES if n != tested and part_of(n, SHARES, "a") == "test")
    assert split(NAMES, SHARES, "a", duplicates=[{tested, other}]).moved == ()


def test_unknown_designs_are_named():
    """Property: a held-out design or a duplicate that is no design is an error."""
    with pytest.raises(ValueError, match="held_out: 'x' is not among"):
        split(["a"], SHARES, "", held_out=["x"])
    with pytest.raises(ValueError, match="duplicates: 'x' is not among"):
        split(["a"], SHARES, "", duplicates=[{"a", "x"}])


@pytest.mark.parametrize(
    ("shares", "complaint"),
    [((0.8, 0.1, 0.2), "expected a sum of 1; got 1.1"), ((1.2, 0.0, -0.2), "train: expected")],
)
def test_shares_are_checked(shares, complaint):
    """Property: shares that are none are refused."""
    with pytest.raises(ValueError, match=complaint):
        Shares(*shares)
