"""What a bootstrap makes of its draws."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.methods.bootstrap import bootstrap_fit
from dyadsync.mediation.models import least_squares_estimate
from dyadsync.mediation.sample import prepare
from tests.reference_tables import dyads


def sample_of(**options):
    return prepare(dyads(37), "x", ["m"], "y", **options)[0]


def test_standard_errors_are_standard_deviations_of_the_draws():
    sample = sample_of()
    rng = np.random.default_rng(1)
    draws = Coefficients(rng.standard_normal((9, 1, 2)), rng.standard_normal((9, 3)))
    fit = bootstrap_fit(sample, least_squares_estimate(sample), draws)
    assert fit.mediator_se == pytest.approx(draws.mediator.std(axis=0, ddof=1))
    assert fit.outcome_se == pytest.approx(draws.outcome.std(axis=0, ddof=1))
    through = draws.outcome[:, 1] + draws.mediator[:, 0, 1] * draws.outcome[:, 2]
    estimate = fit.estimate.c_prime + fit.estimate.a[0] * fit.estimate.b[0]
    assert fit.total == pytest.approx((estimate, np.std(through, ddof=1)))


@pytest.mark.parametrize("cluster", [None, "therapist"])
def test_path_c_with_an_interaction_is_the_slope_without_the_mediator(cluster):
    sample = sample_of(interaction=True, cluster=cluster)
    estimate = least_squares_estimate(sample)
    draws = Coefficients(estimate.mediator[None], estimate.outcome[None], True)[[0, 0]]
    model, groups = smf.ols("y ~ x", dyads(37)), pd.factorize(dyads(37)["therapist"])[0]
    clustered = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    peer = model.fit(**(clustered if cluster else {"cov_type": "HC3"}))
    found = bootstrap_fit(sample, estimate, draws).total
    assert found == pytest.approx((peer.params["x"], peer.bse["x"]))
