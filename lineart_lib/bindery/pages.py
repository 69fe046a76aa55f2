"""Write the pages that are made from data into the staged source: claims, errata, provenance,
attribution.

Each page of book/checks holds its own prose and one line, ``<!-- made by the build -->``. What the
build makes takes the place of that line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from lineart_lib.bindery.attribution import attribution_page
from lineart_lib.bindery.claims import (
    KINDS,
    SECTIONS,
    STATUSES,
    Claim,
    ClaimsError,
    Result,
    Verdict,
    read_claims,
    settle,
)
from lineart_lib.bindery.elements import duration, short_commit
from lineart_lib.bindery.errata import GROUPS, Erratum, read_errata
from lineart_lib.bindery.published import SMOKE_NOTE, Published
from lineart_lib.bindery.tables import list_table
from lineart_lib.press.publication import write_text

MARK = "<!-- made by the build -->"


def write_pages(root: Path, source: Path) -> None:
    """Fill the pages of ``book/checks`` in a staged source.

    Parameters
    ----------
    root : Path
        The project: ``book/claims.yml`` and ``book/errata.yml`` are read from it.
    source : Path
        The staged source, with ``_published`` and the pages to fill.

    Raises
    ------
    ClaimsError
        When a claim does not hold under a profile that settles claims.
    ValueError
        When an entry is wrong, or a page lacks its mark.
    """
    published = Published(source / "_published")
    draft = bool(published.build.get("draft"))
    claims = read_claims(root / "book" / "claims.yml")
    errata = read_errata(root / "book" / "errata.yml")
    unknown = {claim.erratum for claim in claims} - {entry.id for entry in errata} - {""}
    if unknown:
        raise ClaimsError(f"claims.yml names errata that errata.yml lacks: {sorted(unknown)}")
    verdicts = settle(claims, published, draft=draft)
    made: dict[str, Callable[[], str]] = {
        "claims": lambda: claims_page(verdicts, published),
        "errata": lambda: errata_page(errata, claims),
        "provenance": lambda: provenance_page(published),
        "attribution": lambda: attribution_page(published.manifests),
    }
    for name, make in made.items():
        page = source / "book" / "checks" / f"{name}.md"
        text = page.read_text(encoding="utf-8")
        if text.count(MARK) != 1:
            raise ValueError(
                f"book/checks/{name}.md must hold the line {MARK} once; got {text.count(MARK)}"
            )
        write_text(page, text.replace(MARK, make()))


def claims_page(verdicts: Sequence[Verdict], published: Published) -> str:
    """Write the ledger: a count, then a table a section."""
    lines = [counts(verdicts), ""]
    if published.is_smoke:
        lines += [
            ":::{warning}",
            f"This is a {SMOKE_NOTE}. Nothing on this page is settled by it.",
            ":::",
            "",
        ]
    for label, title in SECTIONS.items():
        here = [verdict for verdict in verdicts if verdict.claim.section == label]
        if not here:
            continue
        lines += [f"## {title}", "", f"See {{ref}}`{title} <{label}>`.", ""]
        rows = [[_verdict(v), _statement(v), _draft(v.claim), _found(v)] for v in here]
        heads = ["Verdict", "Statement, and how it is checked", "Draft", "Found"]
        lines += [list_table(heads, rows, widths=(20, 50, 16, 14), classes="claims"), ""]
    return "\n".join(lines)


def counts(verdicts: Sequence[Verdict]) -> str:
    """Write how many claims of each kind there are and what became of them."""
    by_kind = {kind: Counter[str]() for kind in KINDS}
    for verdict in verdicts:
        by_kind[verdict.claim.kind][verdict.status] += 1
    rows = []
    for kind, statuses in by_kind.items():
        told = ", ".join(f"{many} {_badge(status)}" for status, many in statuses.items())
        rows.append([kind, f"{statuses.total()}", told or "none"])
    rows.append(["all", f"{len(verdicts)}", ""])
    return list_table(["Kind", "Claims", "Verdicts"], rows, widths=(30, 15, 55))


def errata_page(errata: Sequence[Erratum], claims: Iterable[Claim]) -> str:
    """Write the errata: a table a group."""
    claim_of = {claim.erratum: claim.id for claim in claims if claim.erratum}
    lines = []
    number = 0
    for group, title in GROUPS.items():
        rows = []
        for entry in errata:
            if entry.group != group:
                continue
            number += 1
            shown = []
            if entry.test:
                shown.append(f"shown by `{entry.test}`")
            if entry.id in claim_of:
                shown.append(f"[in the ledger](#claim-{claim_of[entry.id]})")
            right = entry.right + (f" {_cite(entry.source)}" if entry.source else "")
            rows.append(
                [
                    f"(erratum-{entry.id})=\n{number}. {entry.where}".replace(". ", "\\. ", 1),
                    entry.draft,
                    right + (f"\n\n*{'; '.join(shown)}*" if shown else ""),
                ]
            )
        if rows:
            heads = ["Where", "What stands there", "What is right"]
            lines += [f"## {title}", ""]
            lines += [list_table(heads, rows, widths=(20, 36, 44), classes="errata"), ""]
    return "\n".join(lines)


def provenance_page(published: Published) -> str:
    """Write where each notebook's results come from."""
    if not published.provenance:
        return "No notebook has been run for this build."
    rows = []
    for name, facts in sorted(published.provenance.items()):
        digest = str(facts.get("data_hash", ""))
        commit = short_commit(str(facts.get("commit", "")))
        rows.append(
            [
                _notebook(name),
                str(facts.get("profile", "")),
                str(facts.get("seed", "")),
                f"`{commit}`" + (" with local changes" if facts.get("dirty") else ""),
                duration(facts["wall_seconds"]) if "wall_seconds" in facts else "",
                f"{facts['peak_memory_mb']:.0f} MB" if "peak_memory_mb" in facts else "",
                f"`{digest[:12]}`" if digest else "none",
            ]
        )
    heads = ["Notebook", "Profile", "Seed", "Commit", "Time", "Memory", "Data"]
    lines = [list_table(heads, rows, classes="provenance"), "", "## Parameters", ""]
    rows = [
        [_notebook(name), _parameters(facts.get("parameters", {}))]
        for name, facts in sorted(published.provenance.items())
    ]
    lines += [list_table(["Notebook", "Parameters"], rows, widths=(30, 70)), "", "## Versions", ""]
    names = sorted({name for facts in published.provenance.values() for name in _versions(facts)})
    table = []
    for name in names:
        seen: dict[str, list[str]] = {}
        for notebook, facts in sorted(published.provenance.items()):
            if name in _versions(facts):
                seen.setdefault(str(_versions(facts)[name]), []).append(notebook)
        told = [v if len(seen) == 1 else f"{v} ({', '.join(books)})" for v, books in seen.items()]
        table.append([name, "; ".join(told)])
    if table:
        lines.append(list_table(["Package", "Version"], table, widths=(30, 70)))
    return "\n".join(lines)


def _badge(status: str) -> str:
    symbol, text = STATUSES[status]
    return f"{symbol} {text}"


def _verdict(verdict: Verdict) -> str:
    return f"**{_badge(verdict.status)}**"


def _statement(verdict: Verdict) -> str:
    claim = verdict.claim
    cited = f" {_cite(claim.source)}" if claim.source else ""
    parts = [f"*{claim.kind}*: {claim.check.rstrip('.')}."]
    if claim.reason:
        parts.append(f"Tolerance: {claim.reason.rstrip('.')}.")
    if claim.expression:
        parts.append(f"Computed: `{claim.expression}`.")
    if verdict.notebook:
        parts.append(f"Found in {_notebook(verdict.notebook)} as `{claim.recorded}`.")
    if claim.test:
        parts.append(f"Shown by `{claim.test}`.")
    if claim.erratum:
        parts.append(f"[Erratum](#erratum-{claim.erratum}).")
    return f"(claim-{claim.id})=\n{claim.statement}{cited}\n\n{' '.join(parts)}"


def _draft(claim: Claim) -> str:
    if claim.value is None:
        return ""
    sign = {"equal": "", "at least": "≥ ", "at most": "≤ ", "magnitude at least": "|·| ≥ "}
    said = claim.kind != "contradicted"  # The relation and the tolerance belong to our finding.
    margin = f" ± {_plain(claim.tolerance)}" if claim.tolerance and said else ""
    return f"{sign[claim.relation] if said else ''}{_plain(claim.value)}{margin}{_unit(claim)}"


def _found(verdict: Verdict) -> str:
    if verdict.found is None:
        if verdict.claim.finding is not None and verdict.status == "contradicted":
            return f"{_plain(verdict.claim.finding)}{_unit(verdict.claim)}"
        return ""
    return f"{_plain(verdict.found)}{_unit(verdict.claim)}"


def _unit(claim: Claim) -> str:
    return f"\N{NO-BREAK SPACE}{claim.unit}" if claim.unit else ""


def _plain(value: Result) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and abs(value) > 9999 else str(value)


def _cite(keys: str) -> str:
    return f"{{cite}}`{keys.replace(' ', '')}`"


def _notebook(name: str) -> str:
    return f"[{name}](../../notebooks/{name}.ipynb)"


def _parameters(chosen: dict[str, Any]) -> str:
    own = {key: value for key, value in chosen.items() if key not in ("profile", "seed")}
    return ", ".join(f"`{key} = {value}`" for key, value in own.items()) or "as written"


def _versions(facts: dict[str, Any]) -> dict[str, Any]:
    return facts.get("versions", {})
