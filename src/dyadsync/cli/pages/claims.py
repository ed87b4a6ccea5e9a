"""The answer in two sentences; of each claim a number, an interval, and which analyses agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from docutils import nodes

from dyadsync.claims.published_claims import read_claims
from dyadsync.claims.verdict import CLAIMS, RULE, Agreement, Claim, agreements
from dyadsync.cli.pages.credibility import average_synchrony
from dyadsync.cli.pages.of_results import OfResults
from millbook.pages.elements import interval_in_words, number, table

_SENTENCES: dict[str, Callable[[float, str], str]] = {
    "a": lambda slope, _unit: (
        f"A patient one SD more impaired has a synchrony {_size(slope)} "
        f"{'lower' if slope < 0 else 'higher'}."
    ),
    "b": lambda slope, unit: (
        f"Where synchrony is 1 lower, depression falls by {_size(slope)} {unit} "
        f"{'less' if slope > 0 else 'more'}."
    ),
    "c": lambda effect, unit: (
        f"Through synchrony, one SD of impairment {'costs' if effect < 0 else 'adds'} "
        f"{_size(effect)} {unit} of relief."
    ),
}
_ANSWERS = {
    "supported": "Where they do, patients improve more, but most studies of this size miss it.",
    "contradicted": "Where they do, patients improve less.",
    "inconclusive": "Whether patients improve more where they do, these data do not tell.",
}
_SAME = "The same pattern: they were chosen for it."
_OTHER = "Not the whole pattern: they were chosen for it at other settings."
_EFFECTS = {"a": "a", "b": "b", "c": "acme"}


def _size(value: float) -> str:
    return f"<b>{number(abs(value))}</b>"


def answer(claims: list[Claim], pooled: pd.DataFrame) -> str:
    """Say whether the two rise and fall together on average, and whether that helps."""
    average = average_synchrony(pooled)
    together = (
        "In these data, on average they do." if average["ci_lower"] > 0
        else "In these data, on average they do the opposite." if average["ci_upper"] < 0
        else "These data do not tell whether they do on average."
    )  # fmt: skip
    helps = next(claim.verdict for claim in claims if claim.id == "b")
    return f"{together} {_ANSWERS[helps]}"


class Answer(OfResults):
    """The answer to the question of the book."""

    def run(self) -> list[nodes.Node]:
        """Make the paragraph."""
        claims = read_claims(self.path("claims.csv").parent)
        words = answer(claims, self.table("pooled_synchrony"))
        return [nodes.paragraph("", "", nodes.strong("", words))]


class Claims(OfResults):
    """The published claims as a list with intervals; every method's numbers in a box."""

    def run(self) -> list[nodes.Node]:
        """Make a sentence, the list and the box below it."""
        claims = read_claims(self.path("claims.csv").parent)
        level = f"{100 * self._chosen('confidence_level', 0.95):g}\u00a0%"
        in_percent = self._chosen("symptom_method", "slope") == "percent"
        unit = "percentage points" if in_percent else "points"
        shares = self.table("multiverse_verdicts").set_index("effect")["supported"]
        found_of_each = agreements(claims)
        same = all(found.main.verdict == "supported" for found in found_of_each)
        rows = "".join(
            _row(found, level, shares[_EFFECTS[found.main.id]], unit) for found in found_of_each
        )
        box = nodes.admonition("", classes=["dropdown", "claims-rule"])
        box += nodes.title("", "How this is judged, and every method's numbers")
        box += nodes.paragraph("", RULE)
        for letter, text in {claim.id: claim.text for claim in claims}.items():
            lines = [
                [
                    one.method,
                    one.verdict,
                    number(one.estimate),
                    interval_in_words(one.ci_lower, one.ci_upper),
                ]
                for one in claims
                if one.id == letter
            ]
            box += nodes.paragraph("", f"({letter}) {text}:")
            box += table(["Method", "Verdict", "Estimate", f"{level} interval"], lines)
        listed = f'<ol class="claims" role="list">{rows}</ol>'
        return [
            nodes.paragraph("", _SAME if same else _OTHER),
            nodes.raw("", listed, format="html"),
            box,
        ]

    def _chosen(self, name: str, default: Any) -> Any:
        """Read the value of a parameter of this build."""
        for chosen in self.config.millbook_build.get("parameters", {}).values():
            if name in chosen:
                return chosen[name]
        return default


def _row(found: Agreement, level: str, share: float, unit: str) -> str:
    claim = found.main
    return (
        f'<li class="claim {claim.verdict}"><p class="claim-words">'
        f"{_SENTENCES[claim.id](claim.estimate, unit)}</p>{draw_interval(claim)}"
        f'<p class="claim-numbers"><span class="claim-verdict">{claim.verdict}</span> '
        f"by {found.in_words()} ({level}: {interval_in_words(claim.ci_lower, claim.ci_upper)}), "
        f"{100 * share:.0f}\u00a0% of analyses</p></li>"
    )


def draw_interval(claim: Claim) -> str:
    """Draw a claim's estimate and interval on a line with its 0, the claimed side shaded."""
    low, high = min(claim.ci_lower, 0.0), max(claim.ci_upper, 0.0)
    reach = 1.15 * max(-low, high) or 1.0
    at = {name: 180 + 170 * getattr(claim, name) / reach for name in ("estimate", "ci_lower")}
    at["ci_upper"] = 180 + 170 * claim.ci_upper / reach
    left = 10 if CLAIMS[claim.id][1] < 0 else 180
    anchor = "start" if left == 10 else "end"
    return (
        '<svg class="interval" viewBox="0 0 360 44" width="360" height="44" aria-hidden="true">'
        f'<rect class="claimed" x="{left}" y="2" width="170" height="26"/>'
        f'<text class="quiet" x="{left + 6 if left == 10 else left + 164}" y="41" '
        f'text-anchor="{anchor}">as claimed</text>'
        '<line class="zero" x1="180" x2="180" y1="0" y2="30"/>'
        '<text x="180" y="42" text-anchor="middle">0</text>'
        f'<line class="range" x1="{at["ci_lower"]:.1f}" x2="{at["ci_upper"]:.1f}" y1="15" y2="15"/>'
        f'<circle class="estimate" cx="{at["estimate"]:.1f}" cy="15" r="6.5"/></svg>'
    )
