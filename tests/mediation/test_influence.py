"""Leaving out dyads and therapists, against refits and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dyadsync.errors import InputError
from dyadsync.mediation.influence import LeftOut, influence, leaving_out
from tests.reference_tables import dyads

COLUMNS = [
    "unit",
    "n_rows",
    "path",
    "estimate",
    "without",
    "change",
    "standardised",
    "influential",
    "sign_changes",
]


def paths(data):
    a = sm.OLS(data["m"], sm.add_constant(data[["x", "c"]])).fit().params["x"]
    b = sm.OLS(data["y"], sm.add_constant(data[["x", "m", "c"]])).fit().params["m"]
    return {"a": a, "b": b, "ab": a * b}


def leave_out(data, unit):
    """The paths without each unit, one refit of everything a unit."""
    units = data.index.to_series() if unit is None else data[unit]
    rows = {code: paths(data[units != code]) for code in sorted(units.unique())}
    return pd.DataFrame.from_dict(rows, orient="index")


def of(table, path):
    return table[table["path"] == path].set_index("unit")


@pytest.mark.parametrize(("unit", "contaminated"), [(None, True), ("therapist", False)])
def test_paths_without_a_unit_equal_refitting(unit, contaminated):
    data = dyads(37, contaminated=contaminated)
    table = influence(data, "x", "m", "y", covariates=["c"], unit=unit)
    assert list(table.columns) == COLUMNS
    without, full = leave_out(data, unit), paths(data)
    for path in ("a", "b", "ab"):
        found = of(table, path)
        assert found.index.equals(without.index)
        assert found["without"].to_numpy() == pytest.approx(without[path].to_numpy())
        assert found["estimate"].to_numpy() == pytest.approx(full[path])
        assert found["change"].to_numpy() == pytest.approx(full[path] - without[path].to_numpy())
        signs = without[path] * full[path] < 0
        assert found["sign_changes"].tolist() == signs.tolist()
        assert signs.any() or not contaminated


def test_standardised_changes_of_a_and_b_are_statsmodels_dfbetas():
    data = dyads(37, contaminated=True)
    table = influence(data, "x", "m", "y", covariates=["c"])
    a = sm.OLS(data["m"], sm.add_constant(data[["x", "c"]])).fit().get_influence().dfbetas[:, 1]
    y_model = sm.OLS(data["y"], sm.add_constant(data[["x", "m", "c"]])).fit()
    assert of(table, "a")["standardised"].to_numpy() == pytest.approx(a, abs=1e-10)
    b = y_model.get_influence().dfbetas[:, 2]
    assert of(table, "b")["standardised"].to_numpy() == pytest.approx(b, abs=1e-10)


def test_therapists_are_left_out_whole():
    data = dyads(37)
    table = of(influence(data, "x", "m", "y", unit="therapist"), "a")
    assert table["n_rows"].to_dict() == data["therapist"].value_counts().to_dict()


def test_rows_keep_the_names_of_the_index_and_missing_rows_are_left_out():
    data = dyads(37)
    data.index = [f"dyad {i}" for i in data.index]
    data.loc["dyad 3", "y"] = np.nan
    units = of(influence(data, "x", "m", "y"), "b").index
    assert len(units) == 36
    assert "dyad 3" not in units
    assert "dyad 4" in units


def test_parallel_mediators_have_their_own_paths():
    data = dyads(37)
    table = influence(data, "x", ["m", "c"], "y")
    assert set(table["path"]) == {f"{path} ({m})" for path in ("a", "b", "ab") for m in "mc"}
    one = influence(data, "x", "m", "y", covariates=["c"])
    # b is the same regression; a is not: c is no predictor of m here.
    expected = of(one, "b")["standardised"].to_numpy()
    assert of(table, "b (m)")["standardised"].to_numpy() == pytest.approx(expected)


def test_a_unit_that_a_covariate_needs_gives_nan():
    data = dyads(37)
    data["only_one"] = (data["therapist"] == 2).astype(float)
    table = of(influence(data, "x", "m", "y", covariates=["only_one"], unit="therapist"), "b")
    assert np.isnan(table.loc[2, "without"])
    assert not table.loc[2, "influential"]
    assert table.drop(index=2)["without"].notna().all()


def test_an_unknown_unit_and_a_single_one_are_refused():
    with pytest.raises(InputError, match="no column 'clinic' for unit="):
        influence(dyads(37), "x", "m", "y", unit="clinic")
    with pytest.raises(InputError, match="unit= names only one cluster; at least two"):
        influence(dyads(37).assign(clinic=1), "x", "m", "y", unit="clinic")


def test_repeated_labels_of_rows_change_nothing():
    rng = np.random.default_rng(3)
    data = pd.DataFrame(rng.standard_normal((12, 3)), columns=["x", "m", "y"])
    repeated = data.set_axis(np.repeat(range(6), 2))
    columns = ["path", "estimate", "without", "change"]
    pd.testing.assert_frame_equal(
        influence(data, "x", "m", "y")[columns], influence(repeated, "x", "m", "y")[columns]
    )


def test_influential_is_a_change_of_more_than_two_over_the_root_of_the_units():
    """The cut-off of Belsley, Kuh & Welsch 1980, doi:10.1002/0471725153."""
    table = influence(dyads(37, contaminated=True), "x", "m", "y")
    expected = table["standardised"].abs() > 2 / np.sqrt(37)
    assert table["influential"].tolist() == expected.tolist()
    assert 0 < table["influential"].sum() < len(table)


def test_standard_error_of_ab_is_the_delta_methods():
    """Sobel 1982, doi:10.2307/270723, with the errors of a and b that leave the unit out."""
    table = influence(dyads(37), "x", "m", "y")
    a, b, ab = (of(table, path) for path in ("a", "b", "ab"))
    se_a, se_b = (one["change"] / one["standardised"] for one in (a, b))
    se = np.sqrt(a["estimate"] ** 2 * se_b**2 + b["estimate"] ** 2 * se_a**2)
    assert ab["standardised"].to_numpy() == pytest.approx((ab["change"] / se).to_numpy())


def test_leaving_out_sums_up_one_path_with_the_largest_change_first():
    table = influence(dyads(37, contaminated=True), "x", "m", "y")
    found, ab = leaving_out(table), of(table, "ab")
    assert found.table["change"].abs().is_monotonic_decreasing
    assert found.table.index[0] == ab["change"].abs().idxmax()
    assert (found.lowest, found.highest) == (ab["without"].min(), ab["without"].max())
    assert found.estimate == ab["estimate"].iloc[0]
    assert found.n_influential == (ab["standardised"].abs() > found.bound).sum()
    assert found.bound == pytest.approx(2 / np.sqrt(37))
    assert leaving_out(table, "a").estimate == of(table, "a")["estimate"].iloc[0]
    with pytest.raises(InputError, match="path is 'c'; it must be one of 'a', 'b', 'ab'"):
        leaving_out(table, "c")


def left_out(without, n_rows=4, path="ab"):
    units = [f"T{place}" for place in range(1, len(without) + 1)]
    table = pd.DataFrame({"n_rows": n_rows, "without": without}, index=units)
    return LeftOut(path, -1.0, table.assign(sign_changes=table["without"] > 0)).in_words()


def test_words_say_what_was_left_out_how_far_it_ranges_and_whose_absence_turns_the_sign():
    assert left_out([-1.5, -0.5]) == (
        "Without one therapist's dyads the ACME ranges from -1.50 to -0.50, "
        "and its sign does not change."
    )
    assert left_out([-1.5, 0.5], n_rows=1, path="b") == (
        "Without one dyad path b ranges from -1.50 to 0.50, and its sign changes without T2."
    )
    assert "ranges from -1.50 to 0.00, " in left_out([-1.5, -0.001])  # zero has no sign
    assert left_out([1.0, -1.0, 0.5]).endswith("its sign changes without T1 or T3.")
    assert left_out([1.0, 2.0, 0.5, 0.1]).endswith("its sign changes without any of 4 of them.")


def test_words_say_what_cannot_be_told():
    assert left_out([-1.5, np.nan, -1.0]).endswith(
        "its sign does not change. Without T2 it cannot be estimated."
    )
    assert left_out([np.nan, np.nan]) == (
        "Without one therapist's dyads the ACME cannot be estimated."
    )
