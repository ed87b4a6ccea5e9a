"""Huber's covariance, against WRS2 1.1-7 (tests/reference)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.regression.huber_covariance import huber_covariance
from dyadsync.regression.predictors import ConvergenceWarning
from tests.regression.samples import table


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_huber_covariance_is_affine_equivariant(seed):
    rng = np.random.default_rng(seed)
    data = rng.standard_t(2, size=(30, 3))
    matrix = rng.standard_normal((3, 3)) + 3 * np.eye(3)
    first, second = (huber_covariance(v, "xmy") for v in (data, data @ matrix + 5))
    assert second[0] == pytest.approx(first[0] @ matrix + 5, rel=1e-6, abs=1e-6)
    assert second[1] == pytest.approx(first[1], rel=1e-6)


def test_the_mean_and_the_covariance_solve_their_equations():
    data = table(37, "contaminated")[["x", "m", "y"]].to_numpy()
    cleaned, weights = huber_covariance(data, "xmy")
    mean, cov = cleaned.mean(axis=0), np.cov(cleaned.T, ddof=0)
    assert mean == pytest.approx(weights @ data / weights.sum(), abs=1e-9)
    distance = np.einsum("ij,jk,ik->i", data - mean, np.linalg.inv(cov), data - mean)
    expected = np.sqrt(np.minimum(1, stats.chi2.ppf(0.95, 3) / distance))
    assert weights == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.column_stack([np.arange(9.0), np.ones(9)]), "m is constant"),
        (np.column_stack([np.arange(9.0), 2 * np.arange(9.0)]), "linear combination"),
    ],
)
def test_huber_covariance_of_bad_data_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        huber_covariance(data, "xmy")


def test_huber_covariance_stopped_early_warns(monkeypatch):
    data = table(37, "contaminated")[["x", "m", "y"]].to_numpy()
    monkeypatch.setattr("dyadsync.regression.huber_covariance._MOST_ITERATIONS", 2)
    with pytest.warns(ConvergenceWarning):
        huber_covariance(data, "xmy")


def test_huber_covariance_is_consistent_at_the_normal():
    data = np.random.default_rng(0).standard_normal((20_000, 3))
    assert np.cov(huber_covariance(data, "xmy")[0].T) == pytest.approx(np.eye(3), abs=0.04)
