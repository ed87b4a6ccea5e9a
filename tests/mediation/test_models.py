"""Both models under case weights, against fits of the rows themselves."""

import numpy as np
import pytest
import statsmodels.formula.api as smf

from dyadsync.mediation.models import (
    fit_mediators,
    fit_outcome,
    least_squares_estimate,
    residual_covariance,
    weighted_coefficients,
)
from dyadsync.mediation.sample import prepare
from tests.reference_tables import dyads


@pytest.fixture
def data():
    table = dyads(120)
    return table.assign(second=table["c"] ** 2 + table["y"] / 3)


@pytest.fixture
def counts():
    return np.random.default_rng(2).multinomial(120, np.full(120, 1 / 120), size=4).astype(float)


def rows_of(data, counts):
    return data.loc[np.repeat(data.index, counts.astype(int))]


def test_weighted_fits_are_fits_of_the_repeated_rows(data, counts):
    sample = prepare(data, "x", ["m", "second"], "y", covariates=["c"], interaction=True)[0]
    found = weighted_coefficients(sample, counts)
    for draw, count in enumerate(counts):
        rows = rows_of(data, count)
        for j, name in enumerate(("m", "second")):
            peer = smf.ols(f"{name} ~ x + c", rows).fit().params
            assert found.mediator[draw, j] == pytest.approx(peer.to_numpy())
        peer = smf.ols("y ~ x + m + second + x:m + x:second + c", rows).fit().params
        order = ["Intercept", "x", "m", "second", "x:m", "x:second", "c"]
        assert found.outcome[draw] == pytest.approx(peer[order].to_numpy())


@pytest.mark.parametrize("outcome", ["logit", "probit"])
def test_weighted_fits_of_a_binary_outcome_are_fits_of_the_repeated_rows(data, counts, outcome):
    sample = prepare(data, "x", ["m"], "response", outcome=outcome)[0]
    found = weighted_coefficients(sample, counts)
    for draw, count in enumerate(counts):
        rows = rows_of(data, count)
        peer = getattr(smf, outcome)("response ~ x + m", rows).fit(disp=False, tol=1e-12)
        assert found.outcome[draw] == pytest.approx(peer.params.to_numpy(), rel=1e-6)
        variance = smf.ols("m ~ x", rows).fit().mse_resid
        assert found.mediator_cov[draw, 0, 0] == pytest.approx(variance)


def test_residual_covariance_has_the_divisor_n_minus_p(data):
    sample = prepare(data, "x", ["m", "second"], "y", covariates=["c"])[0]
    fits = [smf.ols(f"{name} ~ x + c", data).fit() for name in ("m", "second")]
    found = residual_covariance(sample, fit_mediators(sample))
    assert np.diag(found) == pytest.approx([fit.mse_resid for fit in fits])
    assert found[0, 1] == pytest.approx(fits[0].resid @ fits[1].resid / (120 - 3))


def test_estimate_is_the_fit_with_weights_of_one(data):
    sample = prepare(data, "x", ["m"], "response", outcome="logit", covariates=["c"])[0]
    estimate = least_squares_estimate(sample)
    weighted = weighted_coefficients(sample, np.ones((1, 120)))
    assert weighted.mediator[0] == pytest.approx(estimate.mediator)
    assert weighted.outcome[0] == pytest.approx(estimate.outcome)
    assert weighted.mediator_cov[0] == pytest.approx(estimate.mediator_cov)


@pytest.mark.parametrize("outcome", ["linear", "logit"])
def test_the_total_effects_model_has_no_mediator(data, outcome):
    y = "y" if outcome == "linear" else "response"
    sample = prepare(data, "x", ["m"], y, outcome=outcome, covariates=["c"])[0]
    peer = {"linear": smf.ols, "logit": smf.logit}[outcome](f"{y} ~ x + c", data)
    options = {} if outcome == "linear" else {"disp": False}
    expected = peer.fit(**options).params.to_numpy()
    assert fit_outcome(sample, total=True).coef == pytest.approx(expected, rel=1e-6)


def test_a_resample_without_a_category_is_not_a_number():
    data = dyads(37).assign(only=lambda d: (d.index == 4).astype(float))
    sample = prepare(data, "x", ["m"], "y", covariates=["only"])[0]
    weights = np.ones((2, 37))
    weights[1, 4] = 0
    found = weighted_coefficients(sample, weights)
    assert np.isfinite(found.mediator[0]).all()
    assert np.isnan(found.mediator[1]).all()
    assert np.isnan(found.outcome[1]).all()


def test_far_off_units_do_not_spoil_the_weighted_fits(counts):
    """Years as dates, say: a mean of 1e6 standard deviations."""
    data = dyads(120)
    shifted = data.assign(x=data["x"] + 1e6)
    slopes = [
        weighted_coefficients(prepare(table, "x", ["m"], "y")[0], counts).outcome[:, 1:]
        for table in (data, shifted)
    ]
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-6)
