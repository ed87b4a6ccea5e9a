"""The tables that the book adds to Sphinx."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from dyadsync.book.sphinx_ext import Claims
from dyadsync.claims.results import publish
from dyadsync.claims.verdict import RULE, judge


def test_the_table_of_claims_counts_distinct_analyses(tmp_path: Path) -> None:
    main = [
        judge("a", "quasi-Bayesian", -0.3, -0.6, -0.05),
        judge("b", "quasi-Bayesian", 2.0, 0.1, 4.0),
    ]
    others = [
        judge("a", "small-sample t", -0.3, -0.6, -0.05),
        judge("a", "bootstrap", -0.3, -0.7, 0.1),
        judge("b", "bootstrap", 2.0, 0.2, 3.9),
    ]
    publish("claims", main, tmp_path / "results")
    publish("claims_robust", others, tmp_path / "results")

    class Here(Claims):
        env = SimpleNamespace(srcdir=tmp_path)

    table, rule, robust, box = Here.__new__(Here).run()
    rows = [row.astext().split("\n\n") for row in table.findall(lambda n: n.tagname == "row")]
    assert rows[0] == ["Claim", "Verdict", "Estimate", "Interval", "Same verdict from"]
    assert rows[1][1:] == ["supported", "−0.30", "−0.60 to −0.05", "1 of 2 analyses (3 methods)"]
    assert rows[2][1:] == ["supported", "2.00", "0.10 to 4.00", "2 of 2 analyses"]
    assert rule.astext() == RULE
    assert robust.astext() == "By that rule: (a) not robust, (b) robust."
    assert box.astext().count("small-sample t") == 1
