"""The check of the latent model finds what is wrong, and nothing where nothing is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN
from dyadsync.scrutiny.latent.predictive_check import (
    LatentCheck,
    _skewness,
    check_latent,
    prior_sensitivity,
)
from tests.scrutiny.latent.samples import dyads_of, fitted, planted


def simulated(seed, skewed=False):
    """Dyads as planted, their changes normal or log-normal with the same correlation beneath."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=80)
    z = 0.25 - 0.5 * x + 0.5 * rng.normal(size=80)
    y = z + rng.normal(size=80)
    first, own = rng.normal(size=(2, 80, 8))
    second = np.tanh(z)[:, None] * first + own / np.cosh(z)[:, None]
    if skewed:
        first, second = np.exp(first), np.exp(second)
    r = np.array([np.corrcoef(*pair)[0, 1] for pair in zip(first, second, strict=True)])
    changes = pd.DataFrame(
        {
            "dyad_id": np.repeat(np.arange(80), 8),
            "patient": first.ravel(),
            "therapist": second.ravel(),
        }
    )
    return dyads_of(r, 8, x, y), "x", "y", changes


def test_data_of_the_model_lie_within_its_predictions_and_skewed_ones_do_not():
    found = check_latent(*simulated(1), n_predictions=400, confidence_level=0.99, rng=1)
    assert found.outside() == []
    assert found.in_words() == "all lie within the 99 % prediction intervals"
    skewed = check_latent(*simulated(1, skewed=True), n_predictions=400, rng=1)
    assert {name for name in skewed.outside() if "skewness" in name} == {
        "skewness of the patients' changes",
        "skewness of the therapists' changes",
    }


def test_the_skewness_is_the_mean_of_the_dyads_skewness():
    values = np.random.default_rng(1).exponential(size=(2, 12))
    code = np.repeat([3, 7, 9], 4)
    expected = stats.skew(values.reshape(2, 3, 4), axis=2).mean(1)
    np.testing.assert_allclose(_skewness(values, code), expected)


def test_words_name_what_lies_outside():
    table = pd.DataFrame(
        {"observed": [0.0, 2.0], "lower": [-1.0, -1.0], "upper": [1.0, 1.0]},
        index=["mean of r", "SD of r"],
    )
    found = LatentCheck(table, pd.DataFrame(), 0.9)
    assert found.in_words() == "SD of r lies outside the 90 % prediction interval"


def test_the_priors_are_multiples_of_the_stated_one():
    dyads = dyads_of(*planted(2, 37, 4))
    table = prior_sensitivity(dyads, "x", "y", factors=(1, 2), n_draws=500, rng=1)
    assert table.index.tolist() == ["prior mean 1.00", "prior mean 2.00"]
    seed = int(np.random.default_rng(1).integers(2**32))
    twice = fitted(dyads, n_draws=500, prior_mean=2 * PRIOR_TAU_MEAN, rng=seed)
    assert table.iloc[1].tolist() == pytest.approx([twice.tau, *twice.effects[0]])


def test_a_person_whose_values_never_vary_has_no_skewness_and_no_p_value():
    """0/0 is not known, and what is not known is not more extreme than every prediction."""
    *given, changes = simulated(3)
    found = check_latent(*given, changes.assign(therapist=4.0), n_predictions=200, rng=1)
    row = found.table.loc["skewness of the therapists' changes"]
    assert np.isnan(row["observed"])
    assert np.isnan(row["p_value"])
    assert found.outside() == []
    one = changes["dyad_id"] == changes["dyad_id"].iloc[0]
    some = changes.assign(therapist=changes["therapist"].mask(one, 4.0))
    found = check_latent(*given, some, n_predictions=200, rng=1)
    assert found.table["p_value"].notna().all()
