"""Agreement with R and with published values, number by number."""

import pandas as pd
import pytest

from tests.reference.validation import (
    compare_exact,
    compare_models,
    compare_with_r,
    require_agreement,
)
from tests.reference_tables import FOLDER, SIZES


@pytest.fixture(scope="module")
def with_r():
    """Every number of R's tables beside ours."""
    return compare_with_r(FOLDER)


@pytest.fixture(scope="module")
def exact():
    """Exact and published values beside ours."""
    return compare_exact()


def test_every_number_of_r_agrees_within_its_tolerance(with_r):
    require_agreement(with_r)
    assert with_r["ok"].all()


def test_medians_clusters_and_slopes_by_dyad_are_those_of_r():
    """lme4 1.1-31, clubSandwich 0.5-8, quantreg 5.94: tests/reference/models.R."""
    models = compare_models(FOLDER)
    require_agreement(models)
    assert models["ok"].all()
    assert set(models["software"]) == {"R lme4", "R clubSandwich", "R quantreg"}


def test_every_exact_value_agrees_to_its_printed_digits(exact):
    require_agreement(exact)
    assert exact["ok"].all()
    # One unit of the last printed digit, never more than eight digits away from the value.
    printed = exact[exact["software"] == "exact"]
    assert (printed["tolerance"] <= 2e-7).all()
    assert set(printed["data"]) == {"pingouin mediation", "statsmodels framing", "pingouin rm_corr"}


def test_every_row_of_rs_tables_is_compared_once(with_r):
    compared = with_r[["data", "case", "quantity", "reference"]].reset_index(drop=True)
    tables = [pd.read_csv(FOLDER / f"dyads_{n}.r.csv").assign(data=f"{n} dyads") for n in SIZES]
    expected = pd.concat(tables, ignore_index=True).rename(columns={"value": "reference"})
    pd.testing.assert_frame_equal(compared, expected[compared.columns], check_dtype=False)


# Tolerances by tests/reference/README.md; numbers of dyads_37.r.csv.
@pytest.mark.parametrize(
    ("case", "quantity", "tolerance"),
    [
        # 5 % of the interval [-.38534399, .048480518]
        ("linear", "ACME.estimate", 0.05 * (0.048480518 + 0.38534399)),
        # 8 % of the interval [-.18233824, -.011221303]
        ("binary outcome logit", "ACME.ci_upper", 0.08 * (0.18233824 - 0.011221303)),
        ("covariate", "ADE.p_value", 0.04),
        ("binary outcome logit", "ADE.p_value", 0.06),
        ("linear", "rho_at_acme_zero", 0.01),
        # 1e-3 of the interval [-.26671216, .10677067], for the estimate and for its ends
        ("linear", "acme_at_rho_0.1", 1e-3 * (0.26671216 + 0.10677067)),
        ("linear", "acme_at_rho_0.1.ci_lower", 1e-3 * (0.26671216 + 0.10677067)),
        # half a percent of the standard error .13809599; 1e-3 of the scale .7935594
        ("mm m~x contaminated", "coef.(Intercept)", 0.005 * 0.13809599),
        ("mm m~x contaminated", "scale", 1e-3 * 0.7935594),
        ("mm m~x clean", "n_weight_below_0.001", 0.0),
        # 1e-3 of the value .070826904; 5 % of the interval [-.06688027, .2316012]
        ("robust mediation contaminated", "indirect.estimate", 1e-3 * 0.070826904),
        (
            "robust mediation contaminated",
            "indirect.ci_upper_percentile",
            0.05 * (0.2316012 + 0.06688027),
        ),
        # 1e-3 and 5 % of the interval [-.16531356, .2478003]
        ("huber covariance contaminated", "indirect.estimate", 1e-3 * (0.2478003 + 0.16531356)),
        ("huber covariance contaminated", "indirect.ci_lower", 0.05 * (0.2478003 + 0.16531356)),
        ("robust correlation contaminated", "winsorized_0.2", 1e-6 * 0.24181448),
    ],
)
def test_tolerance_is_the_documented_one(with_r, case, quantity, tolerance):
    row = with_r.query("data == '37 dyads' and case == @case and quantity == @quantity")
    assert row["tolerance"].item() == pytest.approx(tolerance)


def test_a_wrong_number_stops_with_its_name(with_r):
    wrong = with_r.copy()
    wrong.loc[17, ["ours", "ok"]] = [9.9, False]
    with pytest.raises(AssertionError, match=r"1 of 516 numbers disagree") as caught:
        require_agreement(wrong)
    assert wrong.loc[17, "quantity"] in str(caught.value)


def copied(folder, **changed):
    """R's tables for 37 dyads in another folder, some of R's values changed."""
    for name in ("dyads_37.csv", "dyads_37_contaminated.csv"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    rows = pd.read_csv(FOLDER / "dyads_37.r.csv")
    rows = rows[rows["case"].str.startswith(("mm m~x clean", "robust correlation clean"))]
    rows.assign(**changed).to_csv(folder / "dyads_37.r.csv", index=False)


def test_a_changed_reference_is_found(tmp_path):
    copied(tmp_path, value=0.123)
    assert not compare_with_r(tmp_path)["ok"].any()


@pytest.mark.parametrize("column", ["case", "quantity"])
def test_what_nothing_computes_is_named(tmp_path, column):
    copied(tmp_path, **{column: "probit with a twist"})
    with pytest.raises(KeyError, match="probit with a twist"):
        compare_with_r(tmp_path)


def test_a_folder_without_rs_results_is_no_agreement(tmp_path):
    with pytest.raises(FileNotFoundError, match="no results of R"):
        compare_with_r(tmp_path)


def test_quantities_that_r_defines_otherwise_are_passed_over(tmp_path):
    """R's proportion mediated and BCa ends, as tests/reference/README.md says."""
    copied(tmp_path, case="robust mediation clean", quantity="indirect.ci_lower_bca")
    assert compare_with_r(tmp_path).empty
