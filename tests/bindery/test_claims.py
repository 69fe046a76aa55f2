"""A claim holds or it does not, and the ledger says which."""

import pytest

from lineart_lib.bindery.arithmetic import evaluate
from lineart_lib.bindery.claims import Claim, ClaimsError, agrees, judge, read_claims, settle
from lineart_lib.bindery.entries import EntryError
from lineart_lib.bindery.published import Published

BASE = {"id": "a-claim", "section": "sec-mlp", "statement": "It is so.", "check": "Counted"}
REGENERATED = {**BASE, "kind": "regenerated", "value": 97.5, "recorded": "mnist.accuracy"}
TOLERANT = {**REGENERATED, "tolerance": 0.5, "reason": "seeds differ"}
ARITHMETIC = {**BASE, "kind": "arithmetic", "value": 83.87}
CONTRADICTED = {**BASE, "kind": "contradicted", "value": 291, "finding": 321, "erratum": "bias"}


@pytest.fixture
def notebooks(make_published):
    """Stage values of a book run; give a function that stages another profile."""
    return lambda profile="book": Published(make_published(profile=profile))


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (TOLERANT, "holds"),
        ({**REGENERATED, "tolerance": 0.05, "reason": "rounding"}, "broken"),
        ({**REGENERATED, "recorded": "mnist.no_such_value"}, "missing"),
        ({**REGENERATED, "recorded": "mnist.images", "value": 60000}, "holds"),
        ({**REGENERATED, "recorded": "mnist.confused", "value": "4 as 9"}, "holds"),
        ({**REGENERATED, "recorded": "mnist.confused", "value": "7 as 1"}, "broken"),
        ({**BASE, "kind": "regenerated", "test": "tests/test_a.py::test_b"}, "tested"),
        (
            {
                **ARITHMETIC,
                "expression": "(51.16 + 94.40 + 106.05) / 3",
                "tolerance": 0.005,
                "reason": "two digits",
            },
            "holds",
        ),
        ({**ARITHMETIC, "value": 81.63, "expression": "(51.16 + 94.40 + 106.05) / 3"}, "broken"),
        ({**BASE, "kind": "transcribed", "source": "rosenblatt_1958"}, "transcribed"),
        ({**BASE, "kind": "not-reproducible"}, "unreproducible"),
        ({**CONTRADICTED, "expression": "17 * 16 + 32 + 17"}, "contradicted"),
        ({**CONTRADICTED, "expression": "290 + 1"}, "broken"),
        ({**CONTRADICTED, "source": "mccarthy_1955"}, "contradicted"),
        ({**CONTRADICTED, "recorded": "mnist.images", "finding": 60000}, "contradicted"),
        ({**CONTRADICTED, "recorded": "mnist.images"}, "broken"),
    ],
)
def test_each_kind_holds_or_fails(notebooks, entry, status):
    """Property: every kind gets the verdict that a person would give."""
    assert judge(Claim(**entry), notebooks()).status == status


@pytest.mark.parametrize(
    ("relation", "found", "holds"),
    [
        ("equal", 97.0, True),
        ("equal", 98.0, True),
        ("equal", 96.999, False),
        ("equal", 98.001, False),
        ("at least", 97.0, True),
        ("at least", 120.0, True),
        ("at least", 96.999, False),
        ("at most", 98.0, True),
        ("at most", -5.0, True),
        ("at most", 98.001, False),
        ("magnitude at least", -97.0, True),
        ("magnitude at least", -1e30, True),
        ("magnitude at least", 0.0, False),
    ],
)
def test_edges_of_the_tolerance(relation, found, holds):
    """Property: the edge of the tolerance is inside; a hair beyond it is outside."""
    assert agrees(Claim(**{**TOLERANT, "relation": relation}), found) is holds


def test_binary_rounding_is_not_a_failure():
    """Property: 0.1 + 0.2 agrees with 0.3 at tolerance 0, one part in a million does not."""
    claim = Claim(**{**REGENERATED, "value": 0.3})
    assert agrees(claim, 0.1 + 0.2)
    assert not agrees(claim, 0.300001)
    exact = Claim(**{**REGENERATED, "value": 60000})
    assert not agrees(exact, 59999)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("-2 ** 2", -4), ("10 / 4", 2.5), ("+1 - -1", 2)],
)
def test_arithmetic(text, value):
    """Equivalence: the usual precedence of arithmetic."""
    assert evaluate(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abs(1)",
        "__import__('os')",
        "a + 1",
        "1 if 1 else 2",
        "'1'",
        "True + 1",
        "1j",
        "1 / 0",
        "2 ** 1000",
        "(-8) ** 0.5",
        "10.0 ** 64 ** 2",
        "[1]",
        "1 < 2",
        "5 // 2",
        "1e999",
    ],
)
def test_arithmetic_refuses_all_else(text):
    """Property: no names, calls, texts, truth values, imaginary or endless numbers."""
    with pytest.raises(ValueError, match=r"allowed|no value|at most 64|finite"):
        evaluate(text)


def test_settling_lists_everything_that_fails(notebooks):
    """Property: one error names each claim with what was expected, what was found and where."""
    claims = [
        Claim(**TOLERANT),
        Claim(**{**REGENERATED, "id": "too-good", "value": 99.9}),
        Claim(**{**REGENERATED, "id": "lost", "recorded": "mnist.nothing"}),
        Claim(**{**CONTRADICTED, "id": "own-finding", "recorded": "mnist.images"}),
    ]
    with pytest.raises(ClaimsError) as error:
        settle(claims, notebooks())
    message = str(error.value)
    assert message.startswith("3 of 4 claims do not hold")
    assert "too-good: mnist.accuracy must be equal 99.9; found 97.4321 in nb01_shapes" in message
    assert "lost: no notebook recorded 'mnist.nothing'" in message
    assert "own-finding: mnist.images must be equal 321; found 60000" in message
    assert "a-claim" not in message


def test_paper_settles_and_draft_shows(notebooks):
    """Property: paper raises as book does; a draft shows the broken claim instead."""
    wrong = [Claim(**{**REGENERATED, "value": 99.9})]
    with pytest.raises(ClaimsError):
        settle(wrong, notebooks("paper"))
    assert [verdict.status for verdict in settle(wrong, notebooks(), draft=True)] == ["broken"]


def test_smoke_settles_nothing(notebooks):
    """Property: under smoke nothing holds or fails and no number is shown; names must exist."""
    claims = [
        Claim(**TOLERANT),
        Claim(**{**REGENERATED, "value": 1.0}),
        Claim(**{**CONTRADICTED, "recorded": "mnist.images"}),
        Claim(**{**ARITHMETIC, "expression": "1 + 1"}),
    ]
    verdicts = settle(claims, notebooks("smoke"))
    assert {verdict.status for verdict in verdicts} == {"unsettled"}
    assert {verdict.found for verdict in verdicts} == {None}
    with pytest.raises(ClaimsError, match="no notebook recorded"):
        settle([Claim(**{**REGENERATED, "recorded": "mnist.nothing"})], notebooks("smoke"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Two Words"}, "id must be lower-case words joined by hyphens; got 'Two Words'"),
        ({"section": "sec-none"}, "section must be one of abstract,"),
        ({"kind": "guessed"}, "kind must be one of regenerated, arithmetic"),
        ({"relation": "near"}, "relation must be one of equal"),
        ({"statement": " "}, "statement must be a text; got ' '"),
        ({"check": None}, "check must be a text; got None"),
        ({"value": True}, "value must be a number or a text; got True"),
        ({"value": None}, "value must be what the draft states; got None"),
        ({"tolerance": -1}, "tolerance must be a number of at least 0; got -1"),
        ({"tolerance": float("nan")}, "tolerance must be a number of at least 0"),
        ({"tolerance": 1}, "reason must be a text, as the tolerance is not 0"),
        ({"value": "text", "tolerance": 1, "reason": "r"}, "tolerance must be 0 for a text"),
        ({"recorded": ""}, "recorded must be the name of a value, or `test`"),
        ({"test": "test_a"}, "test must be a node such as"),
        ({"source": "two keys"}, "source must be citation keys"),
        ({"kind": "transcribed"}, "source must be at least one citation key"),
        ({"kind": "arithmetic", "expression": "a"}, r"expression must be arithmetic \("),
        ({"kind": "arithmetic", "value": "x"}, "value must be the number that the draft states"),
        ({"kind": "contradicted"}, "erratum must be the id of an entry"),
        ({"kind": "contradicted", "erratum": "e"}, "finding must be what is right instead"),
        ({"kind": "contradicted", "erratum": "e", "recorded": ""}, "finding must be shown by"),
    ],
)
def test_errors_name_field_and_value(change, message):
    """Property: a wrong field is refused with its name, what came and what was expected."""
    with pytest.raises(EntryError, match=message):
        Claim(**{**REGENERATED, **change})


def test_a_wrong_file_lists_every_entry(tmp_path):
    """Property: one error names the file, each entry and each field, known or not."""
    path = tmp_path / "claims.yml"
    path.write_text(
        "- {id: one, section: sec-mlp, statement: s, kind: wrong, check: c}\n"
        "- {id: two, section: sec-mlp, statement: s, kind: not-reproducible}\n"
        "- {id: three, section: sec-mlp, colour: 1, kind: not-reproducible, statement: s,"
        " check: c}\n"
        "- {id: four, section: sec-mlp, statement: s, kind: not-reproducible, check: c}\n"
        "- {id: four, section: sec-mlp, statement: s, kind: not-reproducible, check: c}\n"
        "- five\n"
    )
    with pytest.raises(ValueError, match="entry one") as error:
        read_claims(path)
    lines = str(error.value).splitlines()
    assert len(lines) == 5
    assert all(line.startswith("claims.yml, entry ") for line in lines)
    assert "entry one: kind must be one of" in lines[0]
    assert "entry two: has no field 'check'" in lines[1]
    assert "entry three: 'colour' is no field" in lines[2]
    assert "entry four: the id comes twice" in lines[3]
    assert "entry 6: must be a mapping; got 'five'" in lines[4]
