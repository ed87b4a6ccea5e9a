"""Robust methods through `mediate`: MM-regression, Huber's covariance, median regression.

Reference numbers: tests/reference (robmed 1.2.2, WRS2 1.1-7).
"""

from dataclasses import replace

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods import robust
from dyadsync.regression.median_regression import median_regression
from dyadsync.regression.mm import mm_regression
from tests.regression.samples import designs, table


def test_mediate_median_multiplies_the_median_regressions_paths():
    data = table(37, "clean")
    result = mediate(data, "x", "m", "y", method="median", n_draws=1000, rng=1)
    models = designs(data)
    a, b = (median_regression(*models[name])[1] for name in ("m~x", "y~m+x"))
    acme = result.table.loc["ACME"]
    assert acme["estimate"] == pytest.approx(a * b)
    assert acme["ci_lower"] < acme["estimate"] < acme["ci_upper"]


def test_mediate_robust_lists_the_weights_of_every_dyad():
    data = table(120, "contaminated")
    result = mediate(data, "x", "m", "y", method="robust", n_draws=100, rng=1)
    # robustbase gives 7 dyads in each model a weight below .001
    assert (result.weights < 1e-3).sum().to_dict() == {"m": 7, "y": 7}


def test_mediate_robust_bca_is_centred_where_the_draws_are():
    data = table(120, "clean")
    percentile = mediate(data, "x", "m", "y", method="robust", n_draws=5000, rng=1)
    bca = mediate(data, "x", "m", "y", method="robust-bca", n_draws=5000, rng=1)
    assert bca.interval == "bca"
    assert bca.table.loc["ACME", "estimate"] == percentile.table.loc["ACME", "estimate"]
    ends = ["ci_lower", "ci_upper"]
    shift = bca.table.loc["ACME", ends] - percentile.table.loc["ACME", ends]
    assert 0 < shift.abs().max() < 0.1


@pytest.mark.parametrize("method", ["robust", "robust-bca", "huber", "median"])
def test_robust_methods_take_parallel_mediators_covariates_and_clusters(method):
    data = table(120, "contaminated").assign(second=lambda d: d.c + np.sin(17 * d.y))
    result = mediate(
        data,
        "x",
        ["m", "second"],
        "y",
        covariates=["c"],
        cluster="therapist",
        method=method,
        n_draws=200,
        rng=1,
    )
    specific = result.table.loc[["ACME (m)", "ACME (second)"], "estimate"].sum()
    assert result.table.loc["ACME", "estimate"] == pytest.approx(specific)
    assert np.isfinite(result.table.loc[["ACME", "ADE", "Total effect"]]).all(axis=None)


@pytest.mark.parametrize("method", ["robust", "huber", "median"])
def test_one_wild_dyad_does_not_move_the_robust_methods(method):
    data = table(37, "clean")
    wild = data.copy()
    wild.loc[0, "y"] = 1e4
    before, after = (
        mediate(d, "x", "m", "y", method=method, n_draws=1000, rng=1).table.loc["ACME"]
        for d in (data, wild)
    )
    width = before["ci_upper"] - before["ci_lower"]
    assert abs(after["estimate"] - before["estimate"]) < 0.3 * width


def test_mediate_robust_takes_an_interaction_and_a_contrast():
    data = table(120, "clean")
    result = mediate(
        data, "x", "m", "y", interaction=True, contrast=(-1, 1), method="robust", n_draws=500, rng=1
    )
    a = mm_regression(*designs(data)["m~x"]).coef
    X = np.column_stack([np.ones(120), data.x, data.m, data.x * data.m])
    b = mm_regression(X, data.y).coef
    # ACME(t) = (x1 - x0) a (b + d t), here over t = -1, 1
    assert result.table.loc["ACME (control)", "estimate"] == pytest.approx(2 * a[1] * (b[2] - b[3]))
    assert result.table.loc["ACME (treated)", "estimate"] == pytest.approx(2 * a[1] * (b[2] + b[3]))


def test_mediate_robust_refuses_an_exact_fit_with_a_sentence():
    data = table(37, "clean")
    data["y"] = data["x"] + data["m"]
    with pytest.raises(InputError, match="'y' is computed from x, m in 37 of 37 rows"):
        mediate(data, "x", "m", "y", method="robust", n_draws=100)


def test_a_robust_regression_that_had_not_settled_is_named(monkeypatch):
    data = table(37, "clean")
    options = {"method": "robust", "n_draws": 100, "rng": 1}
    assert not any("settled" in note for note in mediate(data, "x", "m", "y", **options).notes)

    def unsettled(X, y, **names):
        return replace(mm_regression(X, y, **names), converged=X.shape[1] == 2)

    monkeypatch.setattr(robust, "mm_regression", unsettled)
    notes = mediate(data, "x", "m", "y", **options).notes
    assert [note for note in notes if "settled" in note] == [
        "The robust regression of 'y' had not settled."
    ]


def test_mediate_huber_refuses_an_interaction():
    with pytest.raises(InputError, match="interaction"):
        mediate(table(37, "clean"), "x", "m", "y", interaction=True, method="huber")
