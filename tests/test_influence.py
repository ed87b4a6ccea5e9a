"""Leaving out dyads and therapists, against refits and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dyadsync.errors import InputError
from dyadsync.influence import influence, leave_out
from dyadsync.mediation import mediate
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


def paths(data: pd.DataFrame) -> dict[str, float]:
    a = sm.OLS(data["m"], sm.add_constant(data[["x", "c"]])).fit().params["x"]
    b = sm.OLS(data["y"], sm.add_constant(data[["x", "m", "c"]])).fit().params["m"]
    return {"a": a, "b": b, "ab": a * b}


def of(table: pd.DataFrame, path: str) -> pd.DataFrame:
    return table[table["path"] == path].set_index("unit")


@pytest.mark.parametrize("unit", [None, "therapist"])
def test_paths_without_a_unit_equal_refitting(unit):
    data = dyads(37)
    fast = influence(data, "x", "m", "y", covariates=["c"], unit=unit)
    slow = leave_out(data, paths, unit=unit)
    assert list(fast.columns) == COLUMNS == list(slow.columns)
    for path in ("a", "b", "ab"):
        first, second = of(fast, path), of(slow, path)
        assert first.index.equals(second.index)
        assert first["without"].to_numpy() == pytest.approx(second["without"].to_numpy())
        assert first["estimate"].iloc[0] == pytest.approx(second["estimate"].iloc[0])


def test_standardised_changes_of_a_and_b_are_statsmodels_dfbetas():
    data = dyads(37, contaminated=True)
    table = influence(data, "x", "m", "y", covariates=["c"])
    a = sm.OLS(data["m"], sm.add_constant(data[["x", "c"]])).fit().get_influence().dfbetas[:, 1]
    y_model = sm.OLS(data["y"], sm.add_constant(data[["x", "m", "c"]])).fit()
    assert of(table, "a")["standardised"].to_numpy() == pytest.approx(a, abs=1e-10)
    b = y_model.get_influence().dfbetas[:, 2]
    assert of(table, "b")["standardised"].to_numpy() == pytest.approx(b, abs=1e-10)


def test_standardised_change_of_ab_is_its_first_order_change_for_small_ones():
    table = influence(dyads(120), "x", "m", "y")
    a, b, ab = (of(table, path) for path in ("a", "b", "ab"))
    first_order = a["change"] * b["estimate"] + b["change"] * a["estimate"]
    assert (ab["change"] - first_order).abs().max() < 0.1 * ab["change"].abs().max()
    assert ab["standardised"].abs().max() < 2


def test_contaminated_dyads_are_influential():
    clean, contaminated = dyads(37), dyads(37, contaminated=True)
    moved = clean.index[(clean[["m", "y"]] != contaminated[["m", "y"]]).any(axis=1)]
    table = influence(contaminated, "x", "m", "y")
    largest = of(table, "ab")["standardised"].abs().nlargest(len(moved)).index
    assert set(largest) & set(moved)


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


def test_leave_out_standardises_a_mean_by_its_standard_error():
    data = pd.DataFrame({"y": np.random.default_rng(0).standard_normal(30)})
    table = leave_out(data, lambda d: d["y"].mean())
    se = data["y"].std() / np.sqrt(30)  # the jackknife's, exactly, for a mean
    expected = (data["y"] - data["y"].mean()) / 29 / se
    assert table["standardised"].to_numpy() == pytest.approx(expected.to_numpy())


def test_leave_out_takes_any_method_of_mediate():
    data = dyads(37, contaminated=True)

    def acme(table: pd.DataFrame) -> float:
        result = mediate(table, "x", "m", "y", method="robust", n_draws=100, rng=1)
        return float(result.table.loc["ACME", "estimate"])

    table = leave_out(data, acme, unit="therapist")
    assert len(table) == data["therapist"].nunique()
    assert table["without"].notna().all()


def test_unknown_unit_is_refused():
    with pytest.raises(InputError, match="'clinic'"):
        influence(dyads(37), "x", "m", "y", unit="clinic")
    with pytest.raises(InputError, match="'clinic'"):
        leave_out(dyads(37), paths, unit="clinic")


def test_one_unit_is_refused():
    with pytest.raises(InputError, match="two"):
        leave_out(dyads(37).assign(clinic=1), paths, unit="clinic")


def test_repeated_labels_of_rows_change_nothing() -> None:
    rng = np.random.default_rng(3)
    data = pd.DataFrame(rng.standard_normal((12, 3)), columns=["x", "m", "y"])
    repeated = data.set_axis(np.repeat(range(6), 2))
    columns = ["path", "estimate", "without", "change"]
    pd.testing.assert_frame_equal(
        influence(data, "x", "m", "y")[columns], influence(repeated, "x", "m", "y")[columns]
    )
