"""Symptom reduction."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dyadsync.errors import InputError
from dyadsync.study.outcome import SYMPTOM_METHODS, symptom_reduction


def with_symptoms(study, rows):
    return replace(study, symptoms=pd.DataFrame(rows, columns=["dyad_id", "time", "outcome"]))


LINE = [("D01", week, 30 - 2 * week) for week in (0, 1, 3, 8)]


@pytest.mark.parametrize(
    ("method", "expected"),
    # a fall of 2 points a week from 30: 16 weeks give 32; the last of week 8 is 14
    [("slope", 32.0), ("difference", 16.0), ("percent", 100 * 16 / 30)],
)
def test_a_straight_fall_gives_the_known_reduction(study, method, expected):
    reduction = symptom_reduction(with_symptoms(study, LINE), method)
    assert reduction["D01"] == pytest.approx(expected)


@pytest.mark.parametrize("method", ["slope", "difference", "percent"])
def test_one_rating_gives_no_reduction(study, method):
    reduction = symptom_reduction(with_symptoms(study, [*LINE, ("D02", 0, 20)]), method)
    assert np.isnan(reduction["D02"])
    assert np.isnan(reduction["D03"])  # no rating at all


def test_planned_weeks_scale_the_slope(study):
    half = replace(study, descriptor={**study.descriptor, "dyadsync:planned_weeks": 8})
    pd.testing.assert_series_equal(symptom_reduction(half), symptom_reduction(study) / 2)


def test_reduction_is_in_the_order_of_the_dyads(study):
    turned = replace(study, dyads=study.dyads.iloc[::-1].reset_index(drop=True))
    for method in SYMPTOM_METHODS:
        reduction = symptom_reduction(turned, method)
        assert reduction.index.tolist() == study.dyads["dyad_id"].tolist()[::-1]
        pd.testing.assert_series_equal(reduction.iloc[::-1], symptom_reduction(study, method))


def test_the_order_of_ratings_does_not_matter(study):
    mixed_up = replace(study, symptoms=study.symptoms.sample(frac=1, random_state=1))
    for method in ("slope", "difference", "percent"):
        pd.testing.assert_series_equal(
            symptom_reduction(mixed_up, method), symptom_reduction(study, method)
        )


def test_an_unknown_method_lists_the_known_ones(study):
    with pytest.raises(InputError, match="'slope', 'mixed', 'difference', 'percent'"):
        symptom_reduction(study, "slopes")


def test_a_mixed_model_that_cannot_be_fitted_is_an_input_error(study):
    two = with_symptoms(study, [("D01", 0, 20), ("D01", 0, 21), ("D02", 0, 21)])
    with pytest.raises(InputError, match="all ratings are of one time"):
        symptom_reduction(two, "mixed")


@pytest.mark.parametrize("fall", [0, 1 / 3])
def test_ratings_on_lines_have_no_mixed_model(study, fall):
    dyads = study.dyads["dyad_id"]
    lines = [(dyad, week, 20 - fall * week) for dyad in dyads for week in range(0, 17, 2)]
    with pytest.raises(InputError, match="no rating departs from its dyad's own line"):
        symptom_reduction(with_symptoms(study, lines), "mixed")
    assert symptom_reduction(with_symptoms(study, lines)).tolist() == pytest.approx(
        [16 * fall] * len(dyads)
    )


def test_a_first_rating_of_0_has_no_percentage(study):
    healthy = with_symptoms(study, [("D01", 0, 0), ("D01", 4, 2), ("D02", 0, 1), ("D02", 4, 0)])
    percent = symptom_reduction(healthy, "percent")
    assert np.isnan(percent["D01"])
    assert percent["D02"] == 100


def test_two_ratings_of_one_week_have_no_slope(study):
    same = with_symptoms(study, [("D01", 3, 20), ("D01", 3, 10)])
    assert np.isnan(symptom_reduction(same, "slope")["D01"])


def test_mixed_slopes_are_those_of_statsmodels_formula_over_the_whole_treatment(study):
    import statsmodels.formula.api as smf

    rows = study.symptoms.assign(part=study.symptoms["time"] / 16)
    fit = smf.mixedlm("outcome ~ part", rows, groups="dyad_id", re_formula="~part").fit(
        reml=True, method=["lbfgs", "bfgs", "cg"]
    )
    expected = -(fit.params["part"] + fit.random_effects["D05"]["part"])
    # statsmodels ends some 1e-5 before the maximum; R's numbers are in test_validation.py.
    assert symptom_reduction(study, "mixed")["D05"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("method", SYMPTOM_METHODS)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(origin=st.floats(-5000, 5000), scale=st.floats(0.01, 400), unit=st.sampled_from([1.0, 0.5]))
def test_reductions_do_not_depend_on_the_origin_and_scale_of_time(
    study, method, origin, scale, unit
):
    """Weeks from intake, days before the end or calendar years: the same reduction."""
    symptoms = study.symptoms.assign(time=(study.symptoms["time"] * unit + origin) * scale)
    planned = {"dyadsync:planned_weeks": 16 * unit * scale}
    moved = replace(study, symptoms=symptoms, descriptor={**study.descriptor, **planned})
    found = symptom_reduction(moved, method)
    # the optimiser of the mixed model stops within its own tolerance
    close = 2e-3 if method == "mixed" else 1e-6
    np.testing.assert_allclose(found, symptom_reduction(study, method), atol=close)


def test_a_slope_on_a_predictor_is_shrunken_with_the_mixed_models_outcome(study):
    """By how much best linear unbiased prediction says: G (G + V)^-1, V the error of own lines."""
    rng = np.random.default_rng(1)
    week = np.array([0, 4, 8, 12, 16])
    predictor, rest, level = rng.normal(size=(3, 1500))
    fall = 4 * predictor + 4 * rest  # by the last week; its variance is 32, that of levels 9
    score = 20 + 3 * level[:, None] - fall[:, None] * week / 16 + 3 * rng.normal(size=(1500, 5))
    names = np.repeat([f"D{i}" for i in range(1500)], 5)
    rows = {"dyad_id": names, "time": np.tile(week, 1500), "outcome": score.ravel()}
    dyads = pd.DataFrame({"dyad_id": names[::5]})
    many = replace(study, symptoms=pd.DataFrame(rows), dyads=dyads)
    slope_on = {
        method: np.polyfit(predictor, symptom_reduction(many, method), 1)[0]
        for method in ("slope", "mixed")
    }
    line = np.column_stack([np.ones(5), week / 16])
    between, error = np.diag([9.0, 32.0]), 9 * np.linalg.inv(line.T @ line)
    kept = (between @ np.linalg.inv(between + error))[1, 1]  # .75
    assert slope_on["slope"] == pytest.approx(4, abs=0.6)
    assert slope_on["mixed"] / slope_on["slope"] == pytest.approx(kept, abs=0.04)
