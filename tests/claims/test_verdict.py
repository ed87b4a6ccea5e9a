"""The rule that judges claims, and the agreement of analyses."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyadsync.claims.verdict import CLAIMS, agreements, claims_table, excludes_zero, judge, verdict
from dyadsync.errors import InputError


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
def test_the_verdict_follows_the_side_of_0_that_the_interval_is_on(lower, upper, sign, expected):
    assert verdict((lower + upper) / 2, lower, upper, sign) == expected


def test_a_reversed_interval_is_refused():
    with pytest.raises(InputError, match="reversed"):
        verdict(0, 1, -1, 1)


def test_the_abstract_claims_a_negative_b_positive_acme_negative():
    assert {claim: sign for claim, (_, sign) in CLAIMS.items()} == {"a": -1, "b": 1, "c": -1}


def test_an_interval_leaves_out_0_where_the_rule_would_decide():
    nan = math.nan
    lower = [0.1, -0.9, -0.1, 0.0, -0.9, nan, nan, 0.1]
    upper = [0.9, -0.1, 0.9, 0.9, 0.0, nan, -0.1, nan]
    table = pd.DataFrame({"ci_lower": lower, "ci_upper": upper}, index=list("abcdefgh"))
    found = excludes_zero(table)
    assert found.index[found].tolist() == ["a", "b"]
    decided = [verdict(0.5, *ends, 1) != "inconclusive" for ends in zip(lower, upper, strict=True)]
    assert found.tolist() == decided


def test_a_table_without_rows_leaves_out_nothing():
    found = excludes_zero(pd.DataFrame({"ci_lower": [], "ci_upper": []}))
    assert (found.sum(), found.dtype) == (0, bool)


def test_an_unknown_claim_is_refused_with_those_that_exist():
    with pytest.raises(InputError, match="claim is 'd'; it must be one of 'a', 'b', 'c'"):
        judge("d", "least squares", 0, -1, 1)


@pytest.mark.parametrize("sign", [0, 2, -2])
def test_a_claim_claims_a_sign(sign):
    with pytest.raises(InputError, match="must be -1 or 1"):
        verdict(1, 0.5, 2, sign)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_half_a_result_decides_nothing(missing):
    numbers = [0.5, 0.1, 0.9]
    numbers[missing] = math.nan
    assert verdict(*numbers, 1) == "inconclusive"


def test_each_claim_is_summed_up_beside_its_main_analysis():
    claims = [
        judge("c", "quasi-Bayesian", -1, -2, -0.5),
        judge("a", "least squares", -1, -2, 0.5),
        judge("a", "HC3", -1.5, -2, -0.5),
        judge("a", "bootstrap", 0.5, -2, 0.5),
        judge("a", "median", 0, -1, 0.5),
    ]
    a, c = agreements(claims)
    assert (a.main.method, a.n_methods, a.others) == ("least squares", 4, ("HC3",))
    assert (c.main.method, c.n_methods, c.others) == ("quasi-Bayesian", 1, ())


def test_words_count_the_methods_that_agree():
    support = [judge("a", name, -1, -2, -0.5) for name in ("one", "other")]
    nothing = [judge("a", name, -1, -2, 0.5) for name in ("one", "other")]
    assert agreements(nothing)[0].in_words() == "all 2 methods"
    assert agreements([support[0], nothing[1]])[0].in_words() == "1 of 2 methods"
    assert agreements(support[:1])[0].in_words() == "the main analysis"


ends = st.floats(-10, 10, allow_nan=False)


@given(ends, ends)
def test_claiming_the_other_sign_turns_the_verdict_around(one, two):
    lower, upper = sorted((one, two))
    turned = {
        "supported": "contradicted",
        "contradicted": "supported",
        "inconclusive": "inconclusive",
    }
    assert verdict(lower, lower, upper, -1) == turned[verdict(lower, lower, upper, 1)]


def test_the_table_of_claims_has_one_row_a_claim_and_method():
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
