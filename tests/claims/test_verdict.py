"""The rule that judges claims, and the agreement of analyses."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyadsync.claims.verdict import (
    CLAIMS,
    agreement_table,
    agreements,
    claims_table,
    excludes_zero,
    judge,
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


def test_an_interval_leaves_out_0_where_the_rule_would_decide() -> None:
    nan = math.nan
    lower = [0.1, -0.9, -0.1, 0.0, -0.9, nan, nan, 0.1]
    upper = [0.9, -0.1, 0.9, 0.9, 0.0, nan, -0.1, nan]
    table = pd.DataFrame({"ci_lower": lower, "ci_upper": upper}, index=list("abcdefgh"))
    found = excludes_zero(table)
    assert found.index[found].tolist() == ["a", "b"]
    decided = [verdict(0.5, *ends, 1) != "inconclusive" for ends in zip(lower, upper, strict=True)]
    assert found.tolist() == decided


def test_a_table_without_rows_leaves_out_nothing() -> None:
    found = excludes_zero(pd.DataFrame({"ci_lower": [], "ci_upper": []}))
    assert (found.sum(), found.dtype) == (0, bool)


def test_an_unknown_claim_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="claim is 'd'; it must be one of 'a', 'b', 'c'"):
        judge("d", "least squares", 0, -1, 1)


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


@pytest.mark.parametrize("sign", [0, 2, -2])
def test_a_claim_claims_a_sign(sign: int) -> None:
    with pytest.raises(InputError, match="must be -1 or 1"):
        verdict(1, 0.5, 2, sign)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_half_a_result_decides_nothing(missing: int) -> None:
    numbers = [0.5, 0.1, 0.9]
    numbers[missing] = math.nan
    assert verdict(*numbers, 1) == "inconclusive"


def test_each_claim_is_summed_up_beside_its_main_analysis() -> None:
    claims = [
        judge("c", "quasi-Bayesian", -1, -2, -0.5),
        judge("a", "least squares", -1, -2, 0.5),
        judge("a", "HC3", -1.5, -2, -0.5),
        judge("a", "bootstrap", 0.5, -2, 0.5),
        judge("a", "median", 0, -1, 0.5),
    ]
    a, c = agreements(claims)
    assert (a.main.method, a.n_agreeing, a.n_analyses, a.n_same_sign) == ("least squares", 3, 4, 2)
    assert (a.others, a.robust) == (("HC3",), False)
    assert (c.main.method, c.n_analyses, c.others, c.robust) == ("quasi-Bayesian", 1, (), True)


def test_the_main_analysis_may_be_named() -> None:
    claims = [
        judge("a", "HC3", -1, -2, 0.5),
        judge("a", "quasi-Bayesian", -1, -2, -0.5),
        judge("b", "HC3", 1, -1, 2),
    ]
    a, b = agreements(claims, main="quasi-Bayesian")
    assert (a.main.method, a.others) == ("quasi-Bayesian", ("HC3",))
    assert b.main.method == "HC3"  # the one named did not judge this claim


def test_methods_that_give_the_same_numbers_are_one_analysis() -> None:
    # path a of the replication: the quasi-Bayesian method and the small-sample t share the t
    # interval of least squares, once from a matrix and once from sums of squares
    least_squares = [-0.3, -0.3 - 0.1 * 3, -0.3 + 0.1 * 3 - 0.2]
    again = [value + 5e-17 for value in least_squares]
    claims = [
        judge("a", "quasi-Bayesian", *least_squares),
        judge("a", "HC3", -0.3, -0.62, -0.02),
        judge("a", "small-sample t", *again),
    ]
    [found] = agreements(claims)
    assert (found.n_methods, found.n_analyses, found.n_agreeing, found.n_same_sign) == (3, 2, 2, 2)
    assert found.robust
    assert found.in_words() == "2 of 2 analyses (3 methods)"


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e4])
def test_rounding_error_is_relative_to_the_numbers(unit: float) -> None:
    def two(error: float) -> int:
        numbers = np.array([-0.3, -0.6, -0.1]) * unit
        claims = [judge("a", "one", *numbers), judge("a", "other", *(numbers + error * unit))]
        return agreements(claims)[0].n_analyses

    assert two(1e-10) == 1
    assert two(1e-8) == 2


def test_an_estimate_of_0_has_no_sign() -> None:
    claims = [judge("a", "one", 0, -1, 1), judge("a", "other", -1, -2, -0.5)]
    assert agreements(claims)[0].n_same_sign == 0


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_an_estimate_or_end_that_differs_makes_another_analysis(changed: int) -> None:
    numbers = [-0.3, -0.6, -1e-12]  # an end near 0 is held to the size of the effect
    other = numbers.copy()
    other[changed] -= 1e-6
    claims = [judge("a", "one", *numbers), judge("a", "other", *other)]
    assert agreements(claims)[0].n_analyses == 2
    other[changed] = numbers[changed] - 1e-10
    claims = [judge("a", "one", *numbers), judge("a", "other", *other)]
    assert agreements(claims)[0].n_analyses == 1


def test_an_end_that_rounding_carries_over_0_is_not_passed_over() -> None:
    claims = [judge("a", "one", -0.3, -0.6, -1e-17), judge("a", "other", -0.3, -0.6, 1e-17)]
    [found] = agreements(claims)
    assert (found.n_analyses, found.n_agreeing, found.robust) == (2, 1, False)


def test_words_name_the_methods_only_where_they_are_more_than_the_analyses() -> None:
    claims = [judge("a", "one", -1, -2, -0.5), judge("a", "other", -1, -3, 1)]
    [found] = agreements(claims)
    assert (found.in_words(), found.robust_in_words) == ("1 of 2 analyses", "not robust")
    assert agreements(claims[:1])[0].robust_in_words == "robust"


def test_the_table_of_agreement_has_a_row_a_claim() -> None:
    claims = [
        judge("b", "HC3", 2, 1, 3),
        judge("b", "quasi-Bayesian", 2, -1, 3),
        judge("b", "small-sample t", 2, -1, 3),
        judge("b", "median regression", -1, -2, 1),
        judge("a", "HC3", -1, -2, np.nan),
    ]
    table = agreement_table(claims, main="quasi-Bayesian")
    assert table.index.tolist() == ["a", "b"]
    assert table.loc["b"].to_dict() == {
        "claim": CLAIMS["b"][0],
        "main analysis": "inconclusive",
        "same verdict": "2 of 3",
        "same sign": "2 of 3",
        "other verdict by": "HC3",
        "robust": "no",
    }
    assert table.loc["a", ["other verdict by", "robust"]].tolist() == ["none", "yes"]
