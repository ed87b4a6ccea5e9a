"""Resamples, leaving out, and what becomes of fits that fail."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation import resampling
from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.resampling import (
    jackknife_draws,
    leave_one_out,
    resample_counts,
    resample_draws,
)
from dyadsync.mediation.sample import prepare
from tests.reference_tables import dyads


def sample_of(n=37, **options):
    return prepare(dyads(37).head(n), "x", ["m"], "y", **options)[0]


@pytest.fixture(params=[2_000_000, 100])
def _blocks(request, monkeypatch):
    monkeypatch.setattr(resampling, "_BLOCK_WEIGHTS", request.param)


@pytest.mark.usefixtures("_blocks")
def test_a_resample_has_as_many_rows_as_the_sample():
    counts = np.concatenate(list(resample_counts(sample_of(), 501, np.random.default_rng(1))))
    assert counts.shape == (501, 37)
    assert (counts.sum(axis=1) == 37).all()
    # A row is drawn Binomial(37, 1/37) times: mean 1, variance 36/37.
    assert counts.mean(axis=0) == pytest.approx(np.ones(37), abs=4 * np.sqrt(1 / 501))
    assert counts.var() == pytest.approx(36 / 37, abs=0.05)


@pytest.mark.usefixtures("_blocks")
def test_clusters_are_resampled_whole():
    sample = sample_of(cluster="therapist")
    counts = np.concatenate(list(resample_counts(sample, 50, np.random.default_rng(1))))
    first = [np.flatnonzero(sample.cluster == g)[0] for g in range(6)]
    assert (counts == counts[:, first][:, sample.cluster]).all()
    assert (counts[:, first].sum(axis=1) == 6).all()


@pytest.mark.usefixtures("_blocks")
def test_each_row_or_cluster_is_left_out_once():
    weights = np.concatenate(list(leave_one_out(sample_of())))
    assert weights.tolist() == (1 - np.eye(37)).tolist()
    sample = sample_of(cluster="therapist")
    weights = np.concatenate(list(leave_one_out(sample)))
    assert weights.shape == (6, 37)
    assert (weights == (sample.cluster != np.arange(6)[:, None])).all()


def failing(n_failed):
    """A fit that fails for the first rows left out, or the first resamples."""

    def fit(weights):
        draws = Coefficients(np.ones((len(weights), 1, 2)), np.ones((len(weights), 3)))
        draws.outcome[:n_failed] = np.nan
        return draws

    return fit


def test_one_failed_fit_in_five_is_left_out_and_said():
    draws, notes = jackknife_draws(sample_of(10), failing(2))
    assert len(draws.outcome) == 8
    assert notes == ("2 of 10 jackknife samples could not be fitted and were left out.",)
    assert jackknife_draws(sample_of(10), failing(0))[1] == ()


def test_more_than_one_failed_fit_in_five_is_refused():
    with pytest.raises(InputError, match="In 3 of 10 jackknife samples a model could not"):
        jackknife_draws(sample_of(10), failing(3))
    with pytest.raises(InputError, match="In 21 of 100 resamples"):
        resample_draws(sample_of(), failing(21), 100, np.random.default_rng(1))
