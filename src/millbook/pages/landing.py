"""What the first page shows: one pair of people as one number, the claims, the ways in.

Everything is drawn from what chapters published, as SVG within the page, in the page's colours.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from dyadsync.absent import say_why
from dyadsync.arrays import FloatArray
from dyadsync.claims.published import read_claims
from dyadsync.claims.verdict import CLAIMS, RULE, Agreement, Claim, agreements
from dyadsync.study.words import SHIPPED, words_of
from millbook.numbers import MISSING
from millbook.pages.layout import in_words, number, table

_LONGEST_NAME = 14
_PERSON = '<circle cy="-13" r="10"/><path d="M-19 20v-4a19 17 0 0 1 38 0v4z"/>'


class Pair(SphinxDirective):
    """Two people, their sessions, two curves and one number; the content is the caption."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Draw the pair that a chapter has published as ``pair``."""
        path = Path(self.env.srcdir) / "results" / "pair.json"
        self.env.note_dependency(str(path))
        absent = path.with_name("pair_absent.json")
        if absent.is_file() and not path.is_file():
            reason = json.loads(absent.read_text(encoding="utf-8"))["reason"]
            return [nodes.paragraph("", say_why(reason, markup=False))]
        if not path.is_file():
            raise self.error("No chapter has published a pair.")
        pair = json.loads(path.read_text(encoding="utf-8"))
        figure = nodes.figure(
            "", nodes.raw("", draw_pair(pair, *self._persons()), format="html"), classes=["pair"]
        )
        blocks = self.parse_content_to_nodes()
        figure += nodes.caption("", "", *[part for block in blocks for part in block.children])
        return [figure]

    def _persons(self) -> tuple[str, str]:
        words = self.config.millbook_build.get("words", SHIPPED.as_dict())
        return words["first"], words["second"]


def draw_pair(pair: dict[str, Any], first: str = "patient", second: str = "therapist") -> str:
    """Draw two people, a curve each over the sessions that both have, and their synchrony.

    Parameters
    ----------
    pair
        ``sessions``, ``patient`` and ``therapist`` (changes, of any unit), ``synchrony``, which is
        None where it cannot be computed.
    first, second
        What the study calls the two persons.

    Returns
    -------
    str
        An SVG element.
    """
    curves = {who: deviations(np.asarray(pair[who], float)) for who in ("patient", "therapist")}
    reach = max(float(np.abs(curve).max()) for curve in curves.values()) or 1.0
    across = np.linspace(100, 272, len(pair["sessions"]))
    parts = []
    for who, name, top in (("patient", first, 62), ("therapist", second, 138)):
        parts.append(f'<g class="{who} person" transform="translate(34 {top})">{_PERSON}</g>')
        parts.append(f'<text class="quiet" x="34" y="{top + 36}">{escape(_short(name))}</text>')
    for x, session in zip(across, pair["sessions"], strict=True):
        parts.append(f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="28" y2="178"/>')
        parts.append(f'<text x="{x:.1f}" y="196">{escape(str(session))}</text>')
    parts.append('<text class="quiet" x="186" y="214">session</text>')
    for who, curve in curves.items():
        points = np.column_stack([across, 103 - 68 * curve / reach])
        parts.append(f'<path class="{who} curve" d="{_smooth(points)}"/>')
        parts += [f'<circle class="{who}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for x, y in points]
    value = pair["synchrony"]
    shown = MISSING if value is None else number(round(value, 2) + 0.0)  # no negative zero
    width = 400 if len(shown) <= len("0.00") else 420  # a minus needs room
    parts.append(f'<text class="large" x="346" y="112">{shown}</text>')
    parts.append('<text class="quiet" x="346" y="134">synchrony</text>')
    sessions = len(pair["sessions"])
    found = "cannot be computed" if value is None else f"is {shown}"
    words = (
        f"A {first} and a {second}, a curve each over {sessions} sessions, and one number: their "
        f"synchrony {found}."
    )
    return (
        f'<svg viewBox="0 0 {width} 220" width="{width}" height="220" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )


def _short(name: str) -> str:
    """Cut a name that has no room below its person."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def deviations(values: FloatArray) -> FloatArray:
    """Measure values from their mean in their standard deviations; none where they are equal."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def _smooth(points: FloatArray) -> str:
    """Lead a path through points, level at highest and lowest ones, so that it invents none."""
    steps = np.diff(points, axis=0)
    slopes = steps[:, 1] / steps[:, 0]
    turns = np.concatenate([[0], np.where(slopes[:-1] * slopes[1:] > 0, 1, 0), [0]])
    means = np.concatenate([[0], (slopes[:-1] + slopes[1:]) / 2, [0]])
    tangents = turns * means
    third = steps[:, 0] / 3
    path = f"M{points[0, 0]:.1f} {points[0, 1]:.1f}"
    for k, (end, width) in enumerate(zip(points[1:], third, strict=True)):
        first = points[k] + [width, width * tangents[k]]
        second = end - [width, width * tangents[k + 1]]
        path += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in (first, second, end))
    return path


class Claims(SphinxDirective):
    """The published claims as a figure with words and intervals; all methods in a box."""

    def run(self) -> list[nodes.Node]:
        """Make the figure, the rule below it and the box."""
        folder = Path(self.env.srcdir)
        descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8-sig"))
        words = words_of(descriptor)
        claims = read_claims(folder / "results", words)
        if not claims:
            raise self.error("No chapter has published claims.")
        found = agreements(claims)
        rows = "".join(map(_claim, found))
        content: list[nodes.Node] = [
            nodes.raw("", f'<ol class="claims" role="list">{rows}</ol>', format="html")
        ]
        box = nodes.admonition("", classes=["dropdown", "claims-rule"])
        box += nodes.title("", "How this is judged, and every method's numbers")
        box += nodes.paragraph("", RULE)
        for letter in sorted({claim.id for claim in claims}):
            lines = [
                [
                    words.tell(one.method),
                    one.verdict_in_words,
                    number(one.estimate),
                    in_words(one.ci_lower, one.ci_upper),
                ]
                for one in claims
                if one.id == letter
            ]
            box += nodes.paragraph("", f"({letter}) {_text(claims, letter)}:")
            box += table(["Method", "Verdict", "Estimate", "Interval"], lines)
        return [*content, box]


def _text(claims: list[Claim], letter: str) -> str:
    return next(claim.text for claim in claims if claim.id == letter)


def _claim(found: Agreement) -> str:
    claim = found.main
    if claim.reason:
        return (
            f'<li class="claim inconclusive"><p class="claim-words">{escape(claim.text)}</p>'
            f'<p class="claim-verdict">{claim.verdict}</p>'
            f'<p class="claim-numbers">{escape(claim.reason)}</p></li>'
        )
    replicated = ""
    if found.n_methods > 1:
        replicated = f"; {found.robust_in_words}: same verdict from {found.in_words()}"
    return (
        f'<li class="claim {claim.verdict}"><p class="claim-words">{escape(claim.text)}</p>'
        f'<p class="claim-verdict">{claim.verdict}</p>{draw_interval(claim)}'
        f'<p class="claim-numbers"><b>{number(claim.estimate)}</b>, interval '
        f"{in_words(claim.ci_lower, claim.ci_upper)}{replicated}</p></li>"
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


class Door(SphinxDirective):
    """A way into the book: a title that leads to a page, and words below it."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "to": directives.unchanged_required,
        "query": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Make the door; the page it leads to is checked like any other link."""
        door = nodes.container(classes=["door"])
        words = nodes.inline("", self.arguments[0], classes=["std", "std-doc"])
        link = addnodes.pending_xref(
            "",
            words,
            refdomain="std",
            reftype="doc",
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
            reftarget=self.options["to"],
        )
        title = nodes.paragraph("", "", link, classes=["door-title"])
        title["query"] = self.options.get("query", "")
        door += title
        door += self.parse_content_to_nodes()
        return [door]


def _add_queries(_app: Sphinx, document: nodes.document, _page: str) -> None:
    """Add to doors' addresses what they ask of the page behind."""
    for title in document.findall(nodes.paragraph):
        if title.get("query"):
            for link in title.findall(nodes.reference):
                link["refuri"] += f"?{title['query']}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("pair", Pair)
    app.add_directive("claims", Claims)
    app.add_directive("door", Door)
    app.connect("doctree-resolved", _add_queries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
