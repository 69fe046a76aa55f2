"""The book's own ledger: its entries are sound and every name in them exists."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from lineart_lib.bindery.arithmetic import evaluate
from lineart_lib.bindery.claims import KINDS, SECTIONS, agrees, read_claims
from lineart_lib.bindery.errata import GROUPS, read_errata

ROOT = Path(__file__).parents[2]
CLAIMS = read_claims(ROOT / "book" / "claims.yml")
ERRATA = read_errata(ROOT / "book" / "errata.yml")


def functions_of(path: Path) -> set[str]:
    """List the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def bibliography() -> dict[str, str]:
    """Give each entry of references.bib by its key."""
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    return {entry[1]: entry[0] for entry in re.finditer(r"@\w+\{(\w+),.*?\n\}", text, re.S)}


def recorded_names() -> list[str]:
    """List, as patterns, the names that the notebooks pass to ``record``.

    What an f-string fills in, from a loop, may be any word.
    """
    found = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                    found.append(as_pattern(node.args[0]))
    return found


def as_pattern(name: ast.expr) -> str:
    """Turn a text or an f-string into a pattern."""
    if isinstance(name, ast.Constant):
        return re.escape(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(as_pattern(part) for part in name.values)
    return r"\w+"


def test_there_is_a_ledger():
    """Property: every kind and every group is in use, in the order of the draft's sections."""
    assert len(CLAIMS) >= 60
    assert set(Counter(claim.kind for claim in CLAIMS)) == set(KINDS)
    assert {entry.group for entry in ERRATA} == set(GROUPS)
    order = [list(SECTIONS).index(claim.section) for claim in CLAIMS]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "entry", [entry for entry in [*CLAIMS, *ERRATA] if entry.test], ids=lambda entry: entry.id
)
def test_every_test_exists(entry):
    """Property: the test that an entry names is a function of the file that it names."""
    path, _, name = entry.test.partition("::")
    assert name.partition("[")[0] in functions_of(ROOT / path)


@pytest.mark.parametrize(
    "entry", [entry for entry in [*CLAIMS, *ERRATA] if entry.source], ids=lambda entry: entry.id
)
def test_every_source_exists(entry):
    """Property: each citation key is an entry of the bibliography."""
    assert set(re.split(r", ?", entry.source)) <= set(bibliography())


@pytest.mark.parametrize(
    "claim", [claim for claim in CLAIMS if claim.recorded], ids=lambda claim: claim.id
)
def test_every_recorded_value_is_recorded(claim):
    """Property: the code of some notebook records the value under this name."""
    assert any(re.fullmatch(name, claim.recorded) for name in recorded_names())


@pytest.mark.parametrize(
    "claim", [claim for claim in CLAIMS if claim.expression], ids=lambda claim: claim.id
)
def test_every_sum_is_right(claim):
    """Equivalence: the expression has the value that the claim gives, under every profile."""
    assert agrees(claim, evaluate(claim.expression))


@pytest.mark.parametrize(
    "claim",
    [c for c in CLAIMS if c.check.startswith("Date of the cited work") and "," not in c.source],
    ids=lambda claim: claim.id,
)
def test_every_date_is_that_of_its_source(claim):
    """Equivalence: a transcribed year is the year in the bibliography."""
    year = re.search(r"year\s*=\s*\{?(\d{4})", bibliography()[claim.source])
    assert int(year[1]) == claim.value


def test_claims_and_errata_agree():
    """Property: each erratum that a claim names exists, and no two claims share one."""
    named = Counter(claim.erratum for claim in CLAIMS if claim.erratum)
    assert set(named) <= {entry.id for entry in ERRATA}
    assert max(named.values()) == 1


def test_every_test_of_an_error_has_its_erratum():
    """Property: no test of test_errata.py is left without an entry that names it."""
    named = {entry.test.partition("::")[2] for entry in [*ERRATA, *CLAIMS]}
    assert functions_of(ROOT / "tests" / "test_errata.py") <= named
    assert functions_of(ROOT / "tests" / "test_draft_claims.py") <= named
