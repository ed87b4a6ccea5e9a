"""Huber's covariance, against WRS2 1.1-7 (tests/reference)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    first, second = huber_covariance(data), huber_covariance(data @ matrix + 5)
    assert second.cov == pytest.approx(matrix.T @ first.cov @ matrix, rel=1e-6, abs=1e-6)
    assert second.mean == pytest.approx(first.mean @ matrix + 5, rel=1e-6, abs=1e-6)


def test_cleaned_rows_have_hubers_mean_and_covariance():
    moments = huber_covariance(table(37, "contaminated")[["x", "m", "y"]].to_numpy())
    assert moments.cleaned.mean(axis=0) == pytest.approx(moments.mean, abs=1e-9)
    assert np.cov(moments.cleaned.T, ddof=0) == pytest.approx(moments.cov, abs=1e-9)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.column_stack([np.arange(9.0), np.ones(9)]), "column 1 of the data is constant"),
        (np.column_stack([np.arange(9.0), 2 * np.arange(9.0)]), "linear combination"),
        (np.full((9, 2), np.nan), "finite"),
        (np.random.default_rng(0).standard_normal((3, 2)), "too few"),
    ],
)
def test_huber_covariance_of_bad_data_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        huber_covariance(data)


def test_huber_covariance_stopped_early_warns(monkeypatch):
    data = table(37, "contaminated")[["x", "m", "y"]].to_numpy()
    monkeypatch.setattr("dyadsync.regression.huber_covariance._MOST_ITERATIONS", 2)
    with pytest.warns(ConvergenceWarning):
        assert not huber_covariance(data).converged


def test_huber_covariance_is_consistent_at_the_normal():
    data = np.random.default_rng(0).standard_normal((20_000, 3))
    assert huber_covariance(data).cov == pytest.approx(np.eye(3), abs=0.04)
