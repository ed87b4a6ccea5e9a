from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyadsync.claims import (
    CLAIMS,
    claims_table,
    judge,
    publish,
    read_claims,
    read_results,
    replications,
    robust_claims,
    verdict,
)
from dyadsync.errors import InputError

ends = st.floats(-10, 10, allow_nan=False)


@pytest.mark.parametrize(
    ("lower", "upper", "sign", "expected"),
    [
        (0.1, 0.9, 1, "supported"),
        (0.1, 0.9, -1, "contradicted"),
        (-0.9, -0.1, -1, "supported"),
        (-0.9, -0.1, 1, "contradicted"),
        (-0.1, 0.9, 1, "inconclusive"),
        (0.0, 0.9, 1, "inconclusive"),
        (-0.9, 0.0, -1, "inconclusive"),
    ],
)
def test_the_verdict_follows_the_side_of_0_that_the_interval_is_on(
    lower: float, upper: float, sign: int, expected: str
) -> None:
    assert verdict((lower + upper) / 2, lower, upper, sign) == expected


@given(ends, ends)
def test_claiming_the_other_sign_turns_the_verdict_around(one: float, two: float) -> None:
    lower, upper = sorted((one, two))
    turned = {
        "supported": "contradicted",
        "contradicted": "supported",
        "inconclusive": "inconclusive",
    }
    assert verdict(lower, lower, upper, -1) == turned[verdict(lower, lower, upper, 1)]


def test_an_estimate_that_could_not_be_made_decides_nothing() -> None:
    assert verdict(math.nan, math.nan, math.nan, 1) == "inconclusive"


def test_a_reversed_interval_is_refused() -> None:
    with pytest.raises(InputError, match="reversed"):
        verdict(0, 1, -1, 1)


def test_the_abstract_claims_a_negative_b_positive_acme_negative() -> None:
    assert {claim: sign for claim, (_, sign) in CLAIMS.items()} == {"a": -1, "b": 1, "c": -1}


def test_an_unknown_claim_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="a, b, c"):
        judge("d", "least squares", 0, -1, 1)


def test_a_claim_is_robust_only_where_all_methods_agree() -> None:
    claims = [
        judge("a", "least squares", -1, -2, -0.5),
        judge("a", "bootstrap", -1, -2, -0.1),
        judge("b", "least squares", 1, 0.5, 2),
        judge("b", "bootstrap", 1, -0.5, 2),
    ]
    assert robust_claims(claims) == {"a": True, "b": False}


def test_published_claims_come_back_as_they_were(tmp_path: Path) -> None:
    claims = [judge("b", "HC3", 1 / 3, 0.1, 2 / 3), judge("a", "HC3", math.nan, math.nan, math.nan)]
    publish("claims", claims, tmp_path)
    first, second = read_claims(tmp_path)
    assert first == claims[0]
    assert (second.id, second.verdict) == ("a", "inconclusive")
    assert math.isnan(second.estimate)


def test_the_main_claims_come_before_those_of_the_replication(tmp_path: Path) -> None:
    publish("claims_robust", [judge("a", "bootstrap", -1, -2, 1)], tmp_path)
    publish("claims", [judge("a", "least squares", -1, -2, -1)], tmp_path)
    assert [claim.method for claim in read_claims(tmp_path)] == ["least squares", "bootstrap"]


def test_equal_tables_give_equal_bytes_with_full_precision(tmp_path: Path) -> None:
    publish("paths", pd.DataFrame({"path": ["a"], "estimate": [0.1 + 0.2]}), tmp_path)
    assert (tmp_path / "paths.csv").read_bytes() == b"path,estimate\na,0.30000000000000004\n"


def test_a_mapping_may_hold_numpy_numbers_and_what_is_not_a_number(tmp_path: Path) -> None:
    publish("numbers", {"n": np.int64(3), "x": np.array([1.5, np.nan])}, tmp_path)
    assert json.loads((tmp_path / "numbers.json").read_text()) == {"n": 3, "x": [1.5, None]}


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        publish("thing", {"x": object()}, tmp_path)
    with pytest.raises(InputError):
        publish("thing", [1, 2], tmp_path)
    with pytest.raises(InputError, match="lower-case"):
        publish("../thing", {"x": 1}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_by_hand_results_go_beside_the_chapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chapters").mkdir()
    monkeypatch.chdir(tmp_path / "chapters")
    monkeypatch.delenv("DYADSYNC_RESULTS", raising=False)
    publish("table", pd.DataFrame({"x": [1]}))
    assert (tmp_path / "_build" / "results" / "table.csv").is_file()


def test_the_engine_says_where_results_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYADSYNC_RESULTS", str(tmp_path / "here"))
    publish("table", pd.DataFrame({"x": [1]}))
    assert list(read_results()["table"]["x"]) == [1]


def test_the_table_of_claims_has_one_row_a_claim_and_method() -> None:
    table = claims_table([judge("c", "HC3", -1, -2, -0.5)])
    assert list(table.columns) == [
        "claim",
        "text",
        "method",
        "estimate",
        "ci_lower",
        "ci_upper",
        "verdict",
    ]


def test_the_science_never_imports_the_machinery() -> None:
    package = Path(sys.modules["dyadsync"].__file__ or "").parent
    machinery = {"cli.py", "__main__.py"}
    modules = [path for path in package.glob("*.py") if path.name not in machinery]
    assert modules
    for path in modules:
        assert "dyadsync.book" not in path.read_text(encoding="utf-8"), path.name


def test_claims_can_be_read_without_pandas() -> None:
    code = (
        "import sys; from dyadsync.claims import read_claims; read_claims('.'); "
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_replications_keep_the_main_analysis_and_count_agreement_with_it() -> None:
    claims = [
        judge("c", "quasi-Bayesian", -1, -2, -0.5),
        judge("a", "least squares", -1, -2, 0.5),
        judge("a", "HC3", -1.5, -2, -0.5),
        judge("a", "bootstrap", -0.5, -2, 0.5),
    ]
    a, c = replications(claims)
    assert (a.main.method, a.n_agreeing, a.n_methods, a.robust) == ("least squares", 2, 3, False)
    assert (a.lowest, a.highest) == (-1.5, -0.5)
    assert (c.main.method, c.n_methods, c.robust) == ("quasi-Bayesian", 1, True)
