"""The paths as correlations, against pingouin and regressions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.api as sm

from dyadsync.claims.verdict import CLAIMS, verdict
from dyadsync.errors import InputError
from dyadsync.regression.correlation import correlation
from dyadsync.replication.correlations import partial_residuals, path_correlations
from tests.reference_tables import dyads


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    table = dyads(37)
    table.loc[table.index[4], "y"] = np.nan
    return table


@pytest.fixture(scope="module")
def found(data: pd.DataFrame) -> pd.DataFrame:
    return path_correlations(data, "x", "m", "y", n_resamples=300, rng=2)


def test_freed_columns_are_the_residuals_of_statsmodels(data: pd.DataFrame) -> None:
    freed = partial_residuals(data, "x", ["m", "y"])
    complete = data.dropna(subset=["x", "m", "y"])
    assert freed.index.equals(complete.index)
    for name in ("m", "y"):
        expected = sm.OLS(complete[name], sm.add_constant(complete["x"])).fit().resid
        assert freed[name].to_numpy() == pytest.approx(expected.to_numpy())


def test_the_slope_between_freed_columns_is_path_b(data: pd.DataFrame) -> None:
    """Frisch & Waugh (1933), doi:10.2307/1907330."""
    freed = partial_residuals(data, "x", ["m", "y"])
    complete = data.dropna(subset=["x", "m", "y"])
    b = sm.OLS(complete["y"], sm.add_constant(complete[["x", "m"]])).fit().params["m"]
    assert (freed["m"] * freed["y"]).sum() / (freed["m"] ** 2).sum() == pytest.approx(b)


def test_pearsons_r_of_path_b_is_the_partial_correlation(
    data: pd.DataFrame, found: pd.DataFrame
) -> None:
    expected = pingouin.partial_corr(data.dropna(), "m", "y", "x")["r"].item()
    assert found.loc[("b", "pearson"), "r"] == pytest.approx(expected)


def test_path_a_is_the_correlation_of_the_complete_dyads(
    data: pd.DataFrame, found: pd.DataFrame
) -> None:
    complete = data.dropna(subset=["x", "m", "y"])
    expected = correlation(
        complete["x"], complete["m"], ["pearson", "spearman"], n_resamples=300, rng=2
    )
    assert found.loc[("a", "pearson"), "r"] == expected.loc["pearson", "r"]
    assert found.loc["a", "n"].drop("skipped").eq(36).all()


def test_pingouin_gives_the_same_coefficients(found: pd.DataFrame) -> None:
    theirs = found["pingouin"].dropna()
    assert theirs.index.get_level_values("method").unique().tolist() == [
        "pearson",
        "spearman",
        "percentage bend",
    ]
    assert found.loc[theirs.index, "r"].to_numpy() == pytest.approx(theirs.to_numpy())


def test_each_coefficient_is_judged_by_the_claim_of_its_path(found: pd.DataFrame) -> None:
    for (path, _), row in found.iterrows():
        sign = CLAIMS[path][1]
        assert row["verdict"] == verdict(row["r"], row["ci_lower"], row["ci_upper"], sign)
    assert found.loc["a", "verdict"].iloc[0] == "supported"


def test_data_without_the_column_are_refused(data: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no column 'z'"):
        path_correlations(data, "x", "z", "y")
