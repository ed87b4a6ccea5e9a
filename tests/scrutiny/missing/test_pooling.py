"""Pooling: Rubin's rules beside statsmodels' on the same completed samples, and by hand."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from dyadsync.intervals import imputed_degrees_of_freedom
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.mediation.sample import MediationData
from dyadsync.scrutiny.missing.pooling import fit_each, pool, total_variance


def completed(n_imputations=5):
    rng = np.random.default_rng(1)
    x, m = rng.standard_normal((2, 30))
    y = m + rng.standard_normal(30)
    samples = []
    for _ in range(n_imputations):
        filled_m, filled_y = m.copy(), y.copy()
        filled_m[:6], filled_y[4:9] = rng.standard_normal(6), rng.standard_normal(5)
        names = {"x": ["x"], "m": ["m"], "y": ["y"], "covariates": []}
        nothing = np.empty((30, 0))
        samples.append(MediationData(x, filled_m[:, None], filled_y, nothing, names=names))
    return samples


class Given:
    """An imputer, as statsmodels' MI wants one, that gives samples that are there already."""

    def __init__(self, samples):
        self.samples = iter(samples)
        self.data = samples[0]

    def update(self):
        self.data = next(self.samples)


def test_estimates_and_standard_errors_are_those_of_statsmodels_on_the_same_samples():
    samples = completed()
    fits = fit_each(
        METHODS["quasi-bayesian"].draw, samples, Settings(100), np.random.default_rng(1)
    )
    pooled = pool(fits)
    arguments = lambda one: (one.y, one.outcome_design)  # noqa: E731
    theirs = sm.MI(Given(samples), sm.OLS, arguments, burn=0, nrep=5, skip=0).fit()
    np.testing.assert_allclose(pooled.estimate.outcome.mean(0), theirs.params)
    np.testing.assert_allclose(pooled.outcome_se, theirs.bse)
    assert pooled.covariance is not None
    np.testing.assert_allclose(pooled.covariance[2:, 2:], theirs.cov_params())


def test_the_draws_spread_as_far_as_rubins_total_variance():
    """Of 20 samples the mixture's variance is W + B (I - 1) / I; 2 % is its Monte Carlo error."""
    fits = fit_each(
        METHODS["quasi-bayesian"].draw, completed(20), Settings(200_000), np.random.default_rng(1)
    )
    pooled = pool(fits)
    b = pooled.estimate.b[:, 0]
    total = total_variance(b, np.array([fit.outcome_se[2] ** 2 for fit in fits]))
    mixture = total - (1 + 1 / 20) * b.var(ddof=1) + b.var()
    assert pooled.draws.b.var() == pytest.approx(mixture, rel=0.02)


def test_total_variance_and_degrees_of_freedom_by_hand():
    """W = 2, B = 1, I = 3: T = 2 + 4/3; lambda = .4, old df 2/.16 = 12.5,
    observed (11/13) 10 (.6) = 5.0769, joined 1/(1/12.5 + 1/5.0769) = 3.6106."""
    estimates = np.array([1.0, 2.0, 3.0])
    total = total_variance(estimates, np.array([1.0, 2.0, 3.0]))
    assert total == pytest.approx(2 + 4 / 3)
    assert imputed_degrees_of_freedom(estimates, float(total), 10) == pytest.approx(
        3.6106, abs=1e-4
    )


def test_draws_are_shared_out_to_the_last_one():
    fits = fit_each(
        METHODS["bootstrap"].draw, completed(3), Settings(101), np.random.default_rng(1)
    )
    assert [len(fit.draws.outcome) for fit in fits] == [34, 34, 33]


def test_a_note_of_some_fits_is_said_once_with_how_many_it_is_true_of():
    fits = fit_each(
        METHODS["quasi-bayesian"].draw, completed(3), Settings(100), np.random.default_rng(1)
    )
    noted = [
        replace(fits[0], notes=("all", "1 of 30 resamples failed.")),
        replace(fits[1], notes=("all", "2 of 30 resamples failed.")),
        replace(fits[2], notes=("all",)),
    ]
    assert pool(noted).notes == ("all", "In 2 of 3 imputations, such as: 1 of 30 resamples failed.")
