"""The ledger of claims: what the draft states, how it is checked, whether it holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lineart_lib.bindery.arithmetic import evaluate
from lineart_lib.bindery.entries import (
    EntryError,
    read_entries,
    require_id,
    require_keys,
    require_test,
    require_text,
)
from lineart_lib.bindery.published import Published

Result = int | float | str

KINDS = ("regenerated", "arithmetic", "transcribed", "not-reproducible", "contradicted")
RELATIONS = ("equal", "at least", "at most", "magnitude at least")

SECTIONS = {
    "abstract": "Abstract",
    "ch-introduction": "Introduction",
    "ch-background": "Background",
    "sec-history": "A brief history of artificial intelligence",
    "sec-core": "Core principles",
    "sec-supervised": "Supervised learning",
    "sec-optimization": "Optimization",
    "sec-backpropagation": "Backpropagation",
    "sec-nn": "Neural networks",
    "sec-perceptron": "Perceptron",
    "sec-mlp": "Multi-layer perceptron",
    "sec-cnn": "Convolutional neural network",
    "sec-execution": "Eager and graph",
    "sec-generative": "Networks that draw",
    "sec-ae": "Autoencoders",
    "sec-vae": "Variational autoencoders",
    "sec-gan": "Generative adversarial networks",
    "sec-ddm": "Denoising diffusion models",
    "sec-attention": "Attention",
    "sec-mha": "Multi-head self-attention",
    "sec-llm": "Large language models",
    "ch-methodology": "Methodology",
    "sec-objective": "Objective evaluation",
    "sec-subjective": "Subjective evaluation",
    "sec-how-many": "How many people?",
    "sec-reproducibility": "Reproducibility",
    "ch-dataset": "A recipe for data",
    "ch-measuring": "How colours are measured",
    "ch-paintstorch": "PaintsTorch",
    "ch-stenciltorch": "StencilTorch",
    "ch-stablepaint": "StablePaint",
    "ch-copying": "Copy, do not paint",
}
"""Labels of the book's sections, in reading order, and what the ledger calls them."""


class ClaimsError(ValueError):
    """Claims that held stopped holding; the message lists all of them."""


@dataclass(frozen=True)
class Claim:
    """One checkable statement of the draft.

    Parameters
    ----------
    id : str
        Lower-case words joined by hyphens.
    section : str
        A label of `SECTIONS`.
    statement : str
        What the draft states, in our words; MyST.
    kind : str
        One of `KINDS`.
    check : str
        How it is checked, or why it cannot be; MyST.
    value : int, float or str, optional
        What the draft states, as a value.
    tolerance : float
        How far a number may lie from it, at least 0, in the same unit; the edge counts as inside.
    reason : str
        Why the tolerance has its size. Needed when it is not 0.
    relation : str
        One of `RELATIONS`: how the found value must stand to the expected one.
    unit : str
        Of the value.
    recorded : str
        The value that a notebook records.
    expression : str
        For arithmetic: plain numbers and ``+ - * / ** ( )``.
    finding : int, float or str, optional
        For a contradicted claim: what is right instead. This must hold.
    source : str
        Citation keys joined by commas.
    test : str
        The test that shows it, as pytest names it.
    erratum : str
        For a contradicted claim: the id of its entry in errata.yml.
    """

    id: str
    section: str
    statement: str
    kind: str
    check: str
    value: Result | None = None
    tolerance: float = 0.0
    reason: str = ""
    relation: str = "equal"
    unit: str = ""
    recorded: str = ""
    expression: str = ""
    finding: Result | None = None
    source: str = ""
    test: str = ""
    erratum: str = ""

    def __post_init__(self) -> None:
        """Check each field, then what the kind needs."""
        require_id(self.id)
        require_text(self, "statement", "check")
        for field, allowed in (
            ("section", tuple(SECTIONS)),
            ("kind", KINDS),
            ("relation", RELATIONS),
        ):
            if getattr(self, field) not in allowed:
                raise EntryError(field, getattr(self, field), f"one of {', '.join(allowed)}")
        for field in ("value", "finding"):
            got = getattr(self, field)
            if isinstance(got, bool) or not isinstance(got, int | float | str | None):
                raise EntryError(field, got, "a number or a text")
        number = isinstance(self.tolerance, int | float) and not isinstance(self.tolerance, bool)
        if not number or not 0 <= self.tolerance < math.inf:
            raise EntryError("tolerance", self.tolerance, "a number of at least 0")
        if self.tolerance and isinstance(self.expected, str):
            raise EntryError("tolerance", self.tolerance, "0 for a text")
        if self.tolerance and not self.reason.strip():
            raise EntryError("reason", self.reason, "a text, as the tolerance is not 0")
        require_keys(self.source)
        require_test(self.test)
        self._check_kind()

    def _check_kind(self) -> None:
        shown = [name for name in ("recorded", "expression", "test") if getattr(self, name)]
        if self.kind == "regenerated":
            if shown not in (["recorded"], ["test"]):
                raise EntryError(
                    "recorded", self.recorded, "the name of a value, or `test` be set instead"
                )
            if self.recorded and self.value is None:
                raise EntryError("value", None, "what the draft states")
        elif self.kind == "arithmetic":
            if not isinstance(self.value, int | float):
                raise EntryError("value", self.value, "the number that the draft states")
            try:
                evaluate(self.expression)
            except ValueError as error:
                raise EntryError("expression", self.expression, f"arithmetic ({error})") from None
        elif self.kind == "transcribed" and not self.source:
            raise EntryError("source", self.source, "at least one citation key")
        elif self.kind == "contradicted":
            if not self.erratum:
                raise EntryError("erratum", self.erratum, "the id of an entry of errata.yml")
            if not shown and not self.source:
                raise EntryError(
                    "finding", self.finding, "shown by recorded, expression, test or source"
                )
            if (self.recorded or self.expression) and self.finding is None:
                raise EntryError("finding", None, "what is right instead")

    @property
    def expected(self) -> Result | None:
        """What must be found: our own finding where the draft is contradicted."""
        return self.finding if self.kind == "contradicted" else self.value


@dataclass(frozen=True)
class Verdict:
    """What became of a claim in one build.

    Parameters
    ----------
    claim : Claim
        The claim.
    status : str
        A key of `STATUSES`.
    found : int, float, str or None
        The value found, when there is one.
    notebook : str
        Where it was found.
    """

    claim: Claim
    status: str
    found: Result | None = None
    notebook: str = ""


STATUSES = {
    "holds": ("✓", "holds"),
    "tested": ("✓", "shown by a test"),
    "contradicted": ("✗", "contradicted"),
    "transcribed": ("§", "from its source"),
    "unreproducible": ("—", "not reproducible"),
    "unsettled": ("○", "not settled"),
    "broken": ("!", "does not hold"),
    "missing": ("!", "no value"),
}
"""Symbol and text of each verdict: the meaning never hangs on the symbol or a colour alone."""


def read_claims(path: Path) -> list[Claim]:
    """Read claims.yml; see `lineart_lib.bindery.entries.read_entries` for the errors."""
    return read_entries(path, Claim)


def agrees(claim: Claim, found: Result) -> bool:
    """Say whether a found value stands to the expected one as the claim says.

    The edge of the tolerance is inside; a slack of 1e-9 of the numbers absorbs rounding in binary.
    """
    expected = claim.expected
    if isinstance(found, str) or isinstance(expected, str):
        return str(found).strip() == str(expected).strip()
    assert expected is not None
    slack = claim.tolerance + 1e-9 * max(1.0, abs(expected), claim.tolerance)
    if claim.relation == "at least":
        return found >= expected - slack
    if claim.relation == "at most":
        return found <= expected + slack
    if claim.relation == "magnitude at least":
        return abs(found) >= abs(expected) - slack
    return abs(found - expected) <= slack


def judge(claim: Claim, published: Published) -> Verdict:
    """Check one claim against what the notebooks published."""
    notebook = ""
    found: Result | None = None
    if claim.recorded:
        entry = published.values.get(claim.recorded)
        if entry is None:
            return Verdict(claim, "missing")
        found, notebook = entry["value"], entry.get("notebook", "")
    elif claim.expression:
        found = evaluate(claim.expression)
    if claim.kind == "transcribed":
        return Verdict(claim, "transcribed")
    if claim.kind == "not-reproducible":
        return Verdict(claim, "unreproducible")
    if published.is_smoke:
        return Verdict(claim, "unsettled", None, notebook)
    if found is None:
        return Verdict(claim, "contradicted" if claim.kind == "contradicted" else "tested")
    if not agrees(claim, found):
        return Verdict(claim, "broken", found, notebook)
    return Verdict(
        claim, "contradicted" if claim.kind == "contradicted" else "holds", found, notebook
    )


def settle(claims: Sequence[Claim], published: Published, *, draft: bool = False) -> list[Verdict]:
    """Check every claim.

    Parameters
    ----------
    claims : sequence of Claim
        The ledger.
    published : Published
        What the notebooks published. Under its profile ``smoke`` nothing is settled.
    draft : bool
        Let claims be broken or without a value: the page shows it.

    Raises
    ------
    ClaimsError
        Listing every claim that does not hold, and every value that no notebook recorded.
    """
    verdicts = [judge(claim, published) for claim in claims]
    wrong = [verdict for verdict in verdicts if verdict.status in ("broken", "missing")]
    if wrong and not draft:
        lines = "\n".join(f"  {_complaint(verdict)}" for verdict in wrong)
        raise ClaimsError(f"{len(wrong)} of {len(claims)} claims do not hold:\n{lines}")
    return verdicts


def _complaint(verdict: Verdict) -> str:
    claim = verdict.claim
    if verdict.status == "missing":
        return f"{claim.id}: no notebook recorded {claim.recorded!r}: record it or mend the name"
    where = claim.recorded or claim.expression
    margin = f" ± {claim.tolerance:g}" if claim.tolerance else ""
    return (
        f"{claim.id}: {where} must be {claim.relation} {claim.expected}{margin}; "
        f"found {verdict.found}{f' in {verdict.notebook}' if verdict.notebook else ''}: "
        "mend the code, or the claim and the prose around it"
    )
