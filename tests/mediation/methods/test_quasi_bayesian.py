"""Draws from the coefficients' estimated distribution (numbers of R's: test_validation.py)."""

import numpy as np
import pytest

from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def test_clustered_draws_of_both_models_are_joint():
    """The total effect's draws spread as the cluster-robust error of path c says (CR1)."""
    result = mediate(dyads(120), "x", "m", "y", cluster="therapist", n_draws=50_000, rng=1)
    assert result.draws["Total effect"].std() == pytest.approx(
        result.paths.loc["c", "se"], rel=0.02
    )


def test_logit_estimates_agree_with_statsmodels_glm():
    import statsmodels.formula.api as smf

    data = dyads(120)
    result = mediate(data, "x", "m", "response", outcome="logit", covariates=["c"], n_draws=100)
    peer = smf.logit("response ~ x + m + c", data).fit(disp=False)
    assert result.models["response"]["estimate"].to_numpy() == pytest.approx(
        peer.params[["Intercept", "x", "m", "c"]].to_numpy(), rel=1e-8
    )
    assert result.models["response"]["se"].to_numpy() == pytest.approx(
        peer.bse[["Intercept", "x", "m", "c"]].to_numpy(), rel=1e-6
    )


@pytest.mark.parametrize("kind", ["HC3", "cluster"])
def test_robust_standard_errors_agree_with_statsmodels(kind):
    import statsmodels.formula.api as smf

    data = dyads(37)
    if kind == "HC3":
        ours, theirs = {"vcov": "HC3"}, {"cov_type": "HC3"}
    else:
        ours = {"cluster": "therapist"}
        theirs = {"cov_type": "cluster", "cov_kwds": {"groups": data["therapist"]}}
    result = mediate(data, "x", "m", "y", n_draws=100, **ours)
    for response, formula in [("m", "m ~ x"), ("y", "y ~ x + m")]:
        peer = smf.ols(formula, data).fit(**theirs)
        assert result.models[response]["se"].to_numpy() == pytest.approx(
            peer.bse.to_numpy(), rel=1e-8
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


def test_small_sample_draws_are_t_distributed():
    """Draws of b have the t distribution's 97.5 % point at n - p degrees of freedom."""
    from scipy import stats

    result = mediate(dyads(37), "x", "m", "y", small_sample=True, n_draws=200_000, rng=2)
    scaled = (result.draws["ADE"] - result.paths.loc["c_prime", "estimate"]) / result.paths.loc[
        "c_prime", "se"
    ]
    assert np.quantile(scaled, 0.975) == pytest.approx(stats.t.ppf(0.975, 37 - 3), abs=0.02)
