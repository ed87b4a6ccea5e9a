"""What a result says, as a table and in words."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.result import _number, _p_value
from tests.reference_tables import dyads


def test_result_prints_as_text_and_html():
    result = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1, covariates=["c"])
    for text in (repr(result), result._repr_html_()):
        for part in ("ACME", "95% CI", "n = 37", "adjusted for c"):
            assert part in text


def test_contrast_is_printed_without_digits_that_mean_nothing():
    result = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1, contrast=(-1.1657523, 100.0))
    assert "x from -1.166 to 100;" in repr(result)


def test_caption_says_how_the_draws_were_made():
    options = {"n_draws": 200, "rng": 1}
    assert "200 t draws" in repr(mediate(dyads(37), "x", "m", "y", small_sample=True, **options))
    assert "HC3 standard errors" in repr(mediate(dyads(37), "x", "m", "y", vcov="HC3", **options))
    assert "in 6 clusters" in repr(
        mediate(dyads(37), "x", "m", "y", cluster="therapist", **options)
    )


def test_confidence_level_is_printed_as_it_is():
    result = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1, confidence_level=0.975)
    assert "97.5% CI" in repr(result)
    assert "97.5% CI" in result.report()


def test_report_is_one_sentence_with_estimate_interval_and_p():
    report = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1).report()
    assert report.startswith("The indirect effect of x on y through m was -0.135, 95% CI [")
    assert "1,000 draws, n = 37)." in report


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.nan, "n/a"),
        (0.0, "0.000"),
        (-1.346e-05, "-1.35e-05"),
        (0.0099, "0.0099"),
        (0.01, "0.010"),
        (-9.9994, "-9.999"),
        (10.0, "10.00"),
        (99.994, "99.99"),
        (100.0, "100.0"),
    ],
)
def test_numbers_have_as_many_digits_as_their_size_needs(value, text):
    assert _number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(np.nan, "n/a"), (0.00099, "< .001"), (0.001, ".001"), (0.05, ".050"), (1.0, "1.000")],
)
def test_p_values_have_three_decimals(value, text):
    assert _p_value(value) == text


def planted(a, b, c_prime):
    rng = np.random.default_rng(5)
    x, e, u = rng.standard_normal((3, 200))
    m = a * x + e
    return pd.DataFrame({"x": x, "m": m, "y": b * m + c_prime * x + u})


@pytest.mark.parametrize(
    ("paths", "meaningful", "why"),
    [
        ((1, 1, 1), True, None),
        ((-1, 1, -1), True, None),
        ((0.1, 0.1, 0.05), False, "the total effect's interval contains 0"),
        ((1, 1, -1), False, "the total effect's interval contains 0"),
        ((2, 2, -1), False, "the direct and the indirect effect differ in sign"),
        ((1, 1, -3), False, "the direct and the indirect effect differ in sign"),
    ],
)
def test_proportion_mediated_means_something_where_both_effects_agree(paths, meaningful, why):
    result = mediate(planted(*paths), "x", "m", "y", n_draws=500, rng=1)
    assert result.prop_mediated_meaningful is meaningful
    notes = [note for note in result.notes if "proportion mediated" in note]
    assert notes == ([] if why is None else [f"The proportion mediated means nothing here: {why}."])
    words = result.proportion_in_words()
    share = result.table.loc["Prop. mediated", "estimate"]
    assert words == (f"is {share:.2f} here" if why is None else f"means nothing here: {why}")


def test_names_are_escaped_in_html():
    data = dyads(37).rename(columns={"m": "a<b"})
    page = mediate(data, "x", "a<b", "y", n_draws=100, rng=1)._repr_html_()
    assert "a&lt;b" in page
    assert "a<b" not in page


def test_tables_of_a_result_name_models_terms_and_rows():
    data = dyads(37).set_index(pd.Index([f"D{i:02}" for i in range(37)]))
    data.loc["D05", "y"] = np.nan
    result = mediate(data, "x", ["m", "c"], "y", interaction=True, n_draws=100, rng=1)
    assert list(result.table.index[:4]) == ["ACME", "ADE", "Total effect", "Prop. mediated"]
    assert list(result.paths.index) == ["a (m)", "a (c)", "b (m)", "b (c)", "c_prime", "c"]
    assert list(result.models["y"].index) == ["Intercept", "x", "m", "c", "x:m", "x:c"]
    assert result.paths.loc["b (c)", "se"] == result.models["y"].loc["c", "se"]
    assert result.paths.loc["a (c)", "se"] == result.models["c"].loc["x", "se"]
    assert result.paths.loc["c_prime", "se"] == result.models["y"].loc["x", "se"]
    variance = result.covariance.loc[("y", "c"), ("y", "c")]
    assert variance == pytest.approx(result.models["y"].loc["c", "se"] ** 2)
    robust = mediate(data, "x", "m", "y", method="robust", n_draws=100, rng=1)
    assert list(robust.weights.index) == [name for name in data.index if name != "D05"]


def test_draws_are_those_behind_the_table():
    result = mediate(dyads(37), "x", "m", "y", n_draws=999, rng=1, confidence_level=0.8)
    ends = result.draws.quantile([0.1, 0.9])
    for effect in ("ACME", "ADE", "Total effect"):
        row = result.table.loc[effect, ["ci_lower", "ci_upper"]]
        assert row.tolist() == pytest.approx(ends[effect].tolist())


def test_an_effect_is_said_with_its_interval_and_whether_that_leaves_out_zero():
    result = mediate(planted(1, 1, 0), "x", "m", "y", n_draws=500, confidence_level=0.9, rng=1)
    row = result.table.loc["ACME"]
    assert result.in_words() == (
        f"{row.estimate:.2f} (90 % interval {row.ci_lower:.2f} to {row.ci_upper:.2f}, "
        "which leaves out zero)"
    )
    assert result.in_words("ADE").endswith("which contains zero)")


def test_an_interval_is_wider_by_a_share_of_the_other():
    one, other = (
        mediate(dyads(37), "x", "m", "y", n_draws=500, rng=1, vcov=vcov)
        for vcov in ("classical", "HC3")
    )
    reach = [
        result.table.loc["ADE", "ci_upper"] - result.table.loc["ADE", "ci_lower"]
        for result in (one, other)
    ]
    assert other.wider_than(one, "ADE") == pytest.approx(reach[1] / reach[0] - 1)
    assert one.wider_than(one) == 0
