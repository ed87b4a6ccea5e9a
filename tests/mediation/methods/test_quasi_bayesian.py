"""Draws from the coefficients' estimated distribution (numbers of R's: test_validation.py)."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods.quasi_bayesian import quasi_bayesian
from dyadsync.mediation.sample import prepare
from tests.reference_tables import dyads


def sample_of(data, m=("m",), **options):
    return prepare(data, "x", list(m), "y", **options)[0]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"vcov": "HC3"}, {"cov_type": "HC3"}),
        ({"cluster": "therapist"}, {"cov_type": "cluster"}),
    ],
)
def test_standard_error_of_path_c_agrees_with_statsmodels(ours, theirs):
    import statsmodels.formula.api as smf

    data = dyads(37)
    if "cov_type" in theirs and theirs["cov_type"] == "cluster":
        theirs = {**theirs, "cov_kwds": {"groups": data["therapist"]}}
    found = mediate(data, "x", "m", "y", covariates=["c"], n_draws=100, **ours).paths.loc["c"]
    peer = smf.ols("y ~ x + c", data).fit(**theirs)
    assert found.to_list() == pytest.approx([peer.params["x"], peer.bse["x"]], rel=1e-8)


def test_jackknife_standard_error_of_path_c_leaves_out_clusters():
    """CR3 by its definition, the model of the total effect refitted by statsmodels."""
    import statsmodels.formula.api as smf

    data = dyads(37)
    options = {"cluster": "therapist", "small_sample": True, "n_draws": 100}
    found = mediate(data, "x", "m", "y", covariates=["c"], **options).paths.loc["c", "se"]
    full = smf.ols("y ~ x + c", data).fit().params["x"]
    groups = data["therapist"].unique()
    without = [
        smf.ols("y ~ x + c", data[data["therapist"] != one]).fit().params["x"] for one in groups
    ]
    squares = np.sum((np.array(without) - full) ** 2)
    assert found == pytest.approx(np.sqrt((len(groups) - 1) / len(groups) * squares), rel=1e-8)


def test_small_sample_draws_of_clusters_have_one_degree_of_freedom_less_than_clusters():
    """MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969: t(G - 1), here G = 6."""
    options = {"cluster": "therapist", "small_sample": True, "n_draws": 100_000, "rng": 2}
    result = mediate(dyads(37), "x", "m", "y", **options)
    center, se = result.paths.loc["c_prime"]
    scaled = (result.draws["ADE"] - center) / se
    assert np.quantile(scaled, 0.975) == pytest.approx(stats.t.ppf(0.975, 5), rel=0.015)


def test_small_sample_draws_of_each_model_have_its_own_degrees_of_freedom():
    """n - p of the mediator's model is 4, of the outcome's 3, and their scales are independent."""
    sample = sample_of(dyads(37).head(6))
    fit = quasi_bayesian(sample, Settings(200_000, small_sample=True), np.random.default_rng(1))
    a = (fit.draws.a[:, 0] - fit.estimate.a[0]) / fit.mediator_se[0, 1]
    b = (fit.draws.b[:, 0] - fit.estimate.b[0]) / fit.outcome_se[2]
    for scaled, df in ((a, 4), (b, 3)):
        assert np.quantile(scaled, 0.975) == pytest.approx(stats.t.ppf(0.975, df), rel=0.02)
    # Were one chi-square drawn for both, their sizes would correlate (by .3).
    assert abs(stats.spearmanr(abs(a), abs(b)).statistic) < 0.02


def two_mediators():
    data = dyads(37)
    data["second"] = data["c"] + np.sin(7 * data["y"])
    return data


@pytest.mark.parametrize("vcov", ["classical", "HC3"])
def test_covariance_of_parallel_mediators_is_that_of_their_shared_design(vcov):
    """By the textbook's sandwich: (X'X)^-1 X' diag(e1 e2) X (X'X)^-1, or s12 (X'X)^-1."""
    data = two_mediators()
    result = mediate(data, "x", ["m", "second"], "y", vcov=vcov, n_draws=100)
    X = np.column_stack([np.ones(37), data["x"]])
    bread = np.linalg.inv(X.T @ X)
    errors = data[["m", "second"]].to_numpy()
    errors = errors - X @ np.linalg.lstsq(X, errors)[0]
    leverage = np.diag(X @ bread @ X.T)
    if vcov == "classical":
        expected = errors[:, 0] @ errors[:, 1] / (37 - 2) * bread
    else:
        middle = errors.prod(axis=1) / (1 - leverage) ** 2
        expected = bread @ (X.T * middle) @ X @ bread
    assert result.covariance.loc["m", "second"].to_numpy() == pytest.approx(expected, rel=1e-8)


def test_clusters_connect_the_two_models_errors():
    """The cross block of CR1: bread, sums of scores by cluster, each model's own factor."""
    data = dyads(37)
    result = mediate(data, "x", "m", "y", cluster="therapist", n_draws=100)
    roots = []
    one, x, m = np.ones(37), data["x"], data["m"]
    for X, y in ((np.column_stack([one, x]), m), (np.column_stack([one, x, m]), data["y"])):
        errors = y.to_numpy() - X @ np.linalg.lstsq(X, y)[0]
        scores = pd.DataFrame(X * errors[:, None]).groupby(data["therapist"]).sum().to_numpy()
        factor = 6 / 5 * 36 / (37 - X.shape[1])
        roots.append(np.sqrt(factor) * scores @ np.linalg.inv(X.T @ X))
    expected = roots[0].T @ roots[1]
    assert result.covariance.loc["m", "y"].to_numpy() == pytest.approx(expected, rel=1e-8)


def test_draws_have_the_estimated_covariance():
    sample = sample_of(two_mediators(), m=("m", "second"), covariates=["c"])
    fit = quasi_bayesian(sample, Settings(200_000), np.random.default_rng(3))
    draws = np.column_stack([fit.draws.mediator.reshape(200_000, -1), fit.draws.outcome])
    estimate = np.concatenate([fit.estimate.mediator.ravel(), fit.estimate.outcome])
    se = np.sqrt(np.diag(fit.covariance))
    assert abs((draws.mean(axis=0) - estimate) / se).max() < 0.01  # 4.5 Monte Carlo errors
    away = (np.cov(draws.T) - fit.covariance) / np.outer(se, se)
    assert abs(away).max() < 0.015  # 4.7 Monte Carlo errors of a variance


def test_a_covariate_of_one_cluster_only_stops_the_jackknife_by_its_number():
    data = dyads(37).assign(only=lambda d: (d["therapist"] == 3) * d["c"])
    number = sorted(data["therapist"].unique()).index(3) + 1
    options = {"cluster": "therapist", "small_sample": True, "covariates": ["only"]}
    with pytest.raises(InputError, match=f"without cluster number {number} a model cannot"):
        mediate(data, "x", "m", "y", n_draws=100, **options)


def test_clustered_draws_of_both_models_are_joint():
    """The total effect's draws spread as the cluster-robust error of path c says (CR1)."""
    result = mediate(dyads(120), "x", "m", "y", cluster="therapist", n_draws=50_000, rng=1)
    assert result.draws["Total effect"].std() == pytest.approx(
        result.paths.loc["c", "se"], rel=0.02
    )


def test_small_sample_cluster_covariance_is_the_jackknife_over_clusters():
    """CR3 by its definition: leave out each cluster, refit with NumPy's least squares."""
    data = dyads(37)
    result = mediate(data, "x", "m", "y", cluster="therapist", small_sample=True, n_draws=100)
    X = np.column_stack([np.ones(37), data["x"], data["m"]])
    full = np.linalg.lstsq(X, data["y"])[0]
    left_out = np.stack(
        [
            np.linalg.lstsq(X[data["therapist"] != g], data["y"][data["therapist"] != g])[0]
            for g in sorted(data["therapist"].unique())
        ]
    )
    groups = len(left_out)
    expected = (groups - 1) / groups * (left_out - full).T @ (left_out - full)
    assert result.covariance.loc["y", "y"].to_numpy() == pytest.approx(expected, rel=1e-8)
