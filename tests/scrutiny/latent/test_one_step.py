"""The posterior, from r alone, against one of the session changes by another sampler.

`tests/reference/one_step.json` holds what NumPyro's NUTS finds for `one_step.csv` when nothing is
integrated out (`one_step.py` there is its model and made both).
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from dyadsync.scrutiny.latent.sessions import one_step_mediation
from tests.reference_tables import FOLDER
from tests.scrutiny.latent.samples import fitted

REFERENCE = json.loads((FOLDER / "one_step.json").read_text(encoding="utf-8"))
CHANGES = pd.read_csv(FOLDER / "one_step.csv")


@pytest.fixture(scope="module")
def dyads():
    by_dyad = CHANGES.groupby("dyad_id")
    pairs = by_dyad[["patient", "therapist"]]
    return (
        by_dyad[["x", "y"]]
        .first()
        .assign(synchrony=pairs.corr().iloc[::2, 1].to_numpy(), n_sessions=6)
        .reset_index()
    )


@pytest.fixture(scope="module")
def fit(dyads):
    return fitted(dyads, n_draws=40_000, rng=1)


def monte_carlo_error(level, effective):
    """Of a normal's quantile, in its standard deviations."""
    return np.sqrt(level * (1 - level) / effective) / norm.pdf(norm.ppf(level))


def test_nuts_has_converged():
    for spread in ("own", "common"):
        found = REFERENCE[spread]
        assert found["divergent"] == 0
        for name in ("a", "b", "ab", "c_prime", "tau", "sigma"):
            assert found[name]["r_hat"] < 1.01
            assert found[name]["effective"] > 1000


@pytest.mark.parametrize("name", ["a", "b", "ab", "c_prime", "tau"])
def test_the_posterior_from_r_is_that_of_the_session_changes(fit, name):
    """Within four Monte Carlo errors of both samplers, and .04 SD for five nodes of quadrature."""
    a, b, c_prime = fit.draws.T
    drawn = {"a": a, "b": b, "ab": a * b, "c_prime": c_prime, "tau": fit.tau_draws}[name]
    expected = np.array(REFERENCE["own"][name]["quantiles"])
    sd = (expected[3] - expected[1]) / 2
    levels = np.array(REFERENCE["levels"])
    off = np.abs(np.quantile(drawn, levels) - expected) / sd
    errors = np.hypot(
        monte_carlo_error(levels, REFERENCE["own"][name]["effective"]),
        monte_carlo_error(levels, 30_000),  # what 80,000 weighted proposals are worth, or more
    )
    assert (off < 4 * errors + 0.04).all()


def test_with_common_sds_it_is_that_of_the_session_changes_too(dyads):
    """The shipped model takes the pooled SDs for the true ones, which moves it by little."""
    found = one_step_mediation(CHANGES, dyads, "x", "y", n_draws=20_000, rng=1)
    for row, spread in zip(found.index, ("own", "common"), strict=True):
        low, _, middle, _, high = REFERENCE[spread]["ab"]["quantiles"]
        width = high - low
        assert found.loc[row, "ci_lower"] == pytest.approx(low, abs=0.06 * width)
        assert found.loc[row, "ci_upper"] == pytest.approx(high, abs=0.06 * width)
        assert found.loc[row, "estimate"] == pytest.approx(middle, abs=0.04 * width)
