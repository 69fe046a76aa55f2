"""The pages made from data hold every entry, in words, with links that lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from lineart_lib.bindery.claims import STATUSES, Claim, ClaimsError, settle
from lineart_lib.bindery.errata import Erratum
from lineart_lib.bindery.pages import (
    MARK,
    claims_page,
    errata_page,
    list_table,
    provenance_page,
    write_pages,
)
from lineart_lib.bindery.published import Published

CLAIM = Claim(
    id="accuracy",
    section="sec-mlp",
    statement="It reaches 97.5 %, with math $x^2$.",
    kind="regenerated",
    check="Mean over seeds",
    value=97.5,
    tolerance=0.5,
    reason="seeds differ",
    unit="%",
    recorded="mnist.accuracy",
)
WRONG = Claim(
    id="count",
    section="sec-supervised",
    statement="There are 291.",
    kind="contradicted",
    check="Counted",
    value=291,
    finding=321,
    expression="300 + 21",
    erratum="bias",
    test="tests/test_errata.py::test_regression_parameters",
)
ERRATUM = Erratum(
    id="bias",
    group="formulas",
    where="Regression",
    draft="291.",
    right="321.",
    test="tests/test_errata.py::test_regression_parameters",
)
ENTRIES = """
- {id: accuracy, section: sec-mlp, statement: It is 97.5, kind: regenerated, check: Mean,
   value: 97.5, tolerance: 0.5, reason: seeds, recorded: mnist.accuracy}
"""


@pytest.fixture
def project(tmp_path, make_published):
    """Make a project with one claim and a staged source; return both folders."""

    def make(profile: str = "book", claims: str = ENTRIES, errata: str = "[]") -> tuple[Path, Path]:
        root, source = tmp_path / "root", tmp_path / "source"
        make_published(profile=profile)
        (root / "book").mkdir(parents=True, exist_ok=True)
        (root / "book/claims.yml").write_text(claims)
        (root / "book/errata.yml").write_text(errata)
        (source / "book/checks").mkdir(parents=True, exist_ok=True)
        for name in ("claims", "errata", "provenance", "attribution"):
            (source / f"book/checks/{name}.md").write_text(f"# {name}\n\n{MARK}\n")
        return root, source

    return make


def test_pages_build_without_a_warning(make_book, make_published):
    """Property: the three pages are sound MyST: links, targets, math and tables resolve."""
    published = Published(make_published())
    claims = claims_page(settle([CLAIM, WRONG], published), published)
    labels = "# Home\n\n(sec-mlp)=\n## A\n\n(sec-supervised)=\n## B\n"
    book = make_book(
        {
            "book/checks/claims": f"# Claims\n\n{claims}",
            "book/checks/errata": f"# Errata\n\n{errata_page([ERRATUM], [WRONG])}",
            "book/checks/provenance": f"# Provenance\n\n{provenance_page(published)}",
            "book/home": labels,
            "notebooks/nb01_shapes": "# Shapes\n",
        },
        config='\nsource_suffix = {".md": "markdown"}\n',
    )
    # The tiny book has no notebooks, only pages of their names, and a toctree of its own.
    ignored = ("nb01_shapes.ipynb", "toctree contains reference", "isn't included in any toctree")
    left = [line for line in book.warnings.splitlines() if not any(i in line for i in ignored)]
    assert left == []
    page = book.page("book/checks/claims")
    assert 'href="errata.html#erratum-bias"' in page
    assert 'href="claims.html#claim-count"' in book.page("book/checks/errata")
    for text in ("✓ holds", "✗ contradicted", "97.5 ± 0.5", "97.43", "291", "321", r"\(x^2\)"):
        assert text in page


def test_claims_page_under_smoke(make_published):
    """Property: it says that nothing is settled, and shows no number of the run."""
    published = Published(make_published(profile="smoke"))
    page = claims_page(settle([CLAIM], published), published)
    assert "numbers are not results" in page
    assert "○ not settled" in page
    assert "97.43" not in page


def test_verdicts_differ_in_words():
    """Property: no two verdicts share their text, so no meaning hangs on symbol or colour."""
    texts = [text for _, text in STATUSES.values()]
    assert len(set(texts)) == len(texts)


def test_provenance_page_tells_all(make_published):
    """Property: each notebook with its profile, seed, commit, time, memory, data and versions."""
    page = provenance_page(Published(make_published()))
    row = page[page.index("nb01_shapes") :]
    for text in ("book", "7", "`0123456`", "12\N{NO-BREAK SPACE}s", "410 MB", "`cdcdcdcdcdcd`"):
        assert text in row
    for text in ("epochs = 10", "3.11.9", "2.0"):
        assert text in page


def test_versions_that_differ_are_told_apart(make_published):
    """Property: when two notebooks ran on different versions, the page says which on which."""
    folder = make_published()
    runs = json.loads((folder / "provenance.json").read_text())
    runs["nb02_other"] = {**runs["nb01_shapes"], "versions": {"torch": "9.9"}}
    (folder / "provenance.json").write_text(json.dumps(runs))
    page = provenance_page(Published(folder))
    assert "2.0 (nb01_shapes); 9.9 (nb02_other)" in page


def test_pages_are_filled_once_and_keep_their_prose(project):
    """Property: the mark gives way to what is made; the prose around it stays."""
    root, source = project()
    write_pages(root, source)
    for name in ("claims", "errata", "provenance", "attribution"):
        page = (source / f"book/checks/{name}.md").read_text()
        assert page.startswith(f"# {name}\n")
        assert MARK not in page
    assert "97.43" in (source / "book/checks/claims.md").read_text()


def test_a_page_without_its_mark_is_refused(project):
    """Property: nothing is silently left out."""
    root, source = project()
    (source / "book/checks/errata.md").write_text("# Errata\n")
    with pytest.raises(ValueError, match=r"book/checks/errata\.md must hold the line .* got 0"):
        write_pages(root, source)


def test_a_broken_claim_stops_the_build(project):
    """Property: the error leaves write_pages under book, not under smoke."""
    wrong = ENTRIES.replace("97.5, tolerance: 0.5", "99.5, tolerance: 0.5")
    with pytest.raises(ClaimsError, match="accuracy"):
        write_pages(*project(claims=wrong))
    write_pages(*project(profile="smoke", claims=wrong))


def test_an_unknown_erratum_is_refused(project):
    """Property: a claim cannot lead to an erratum that does not exist."""
    entries = "- {id: a, section: sec-mlp, statement: s, kind: contradicted, check: c,"
    entries += " erratum: nowhere, source: mnist}"
    with pytest.raises(ClaimsError, match="nowhere"):
        write_pages(*project(claims=entries))


def test_list_table_keeps_cells_apart():
    """Property: as many cells as given, lines of one cell stay in it, an empty one stays a cell."""
    table = list_table(["a", "b"], [["one\n\ntwo", ""], ["x", "y"]])
    assert len(re.findall(r"^\* - ", table, re.M)) == 3
    assert len(re.findall(r"^  - ", table, re.M)) == 3
    assert "* - one\n\n    two\n" in table
