"""CR2 and Satterthwaite's degrees of freedom, by dense matrices and in balanced designs."""

import numpy as np
import pytest
from scipy import linalg

from dyadsync.mediation.covariance import bias_reduced_covariance
from dyadsync.mediation.models import fit_mediators, fit_outcome
from dyadsync.mediation.sample import MediationData


def sample(x, m, y, cluster):
    return MediationData(x, m[:, None], y, np.empty((len(x), 0)), np.asarray(cluster))


def unequal(seed=1):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(6), [9, 8, 7, 6, 4, 3])
    x, m, y = rng.normal(size=(3, 37)) + rng.normal(size=(3, 6))[:, cluster]
    return sample(x, m, y, cluster)


def test_cr2_is_the_sandwich_with_residuals_adjusted_by_each_clusters_hat_matrix():
    """Pustejovsky & Tipton (2018, doi:10.1080/07350015.2016.1247004), equations 4 and 6, with an
    identity working model; the quadratic form of a variance as one n x n matrix."""
    data = unequal()
    fits = [*fit_mediators(data), fit_outcome(data)]
    covariance, df = bias_reduced_covariance(data, fits)
    start = 0
    for X in (data.mediator_design, data.outcome_design):
        n, p = X.shape
        bread = np.linalg.inv(X.T @ X)
        rest = np.eye(n) - X @ bread @ X.T
        form = np.zeros((p, n, n))
        for g in range(6):
            rows = data.cluster == g
            adjust = np.linalg.inv(linalg.sqrtm(rest[np.ix_(rows, rows)]).real)
            weights = bread @ X[rows].T @ adjust @ rest[rows]
            form += weights[:, :, None] * weights[:, None, :]
        response = data.m[:, 0] if start == 0 else data.y
        part = slice(start, start + p)
        np.testing.assert_allclose(
            np.diag(covariance)[part], np.einsum("i,jik,k->j", response, form, response), rtol=1e-8
        )
        trace, square = np.einsum("jii->j", form), np.einsum("jik,jki->j", form, form)
        np.testing.assert_allclose(df[part], trace**2 / square, rtol=1e-8)
        # Unbiased under the working model: with errors of variance 1 its mean is (X'X)^-1.
        np.testing.assert_allclose(trace, np.diag(bread), rtol=1e-8)
        start += p


def test_two_groups_of_equal_clusters_have_the_t_test_of_their_means():
    """With x the same for all of a cluster, the slope compares 2 x 4 means: df = 8 - 2."""
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(8), 5)
    x = (cluster % 2).astype(float)
    m = rng.normal(size=40) + rng.normal(size=8)[cluster]
    data = sample(x, m, rng.normal(size=40), cluster)
    covariance, df = bias_reduced_covariance(data, [*fit_mediators(data), fit_outcome(data)])
    means = np.array([m[cluster == g].mean() for g in range(8)])
    assert covariance[1, 1] == pytest.approx(
        means[::2].var(ddof=1) / 4 + means[1::2].var(ddof=1) / 4
    )
    assert df[1] == pytest.approx(6)


def test_clusters_of_one_row_are_hc2():
    """CR2 of single rows divides each squared residual by one minus its leverage."""
    data = unequal()
    single = sample(data.x, data.m[:, 0], data.y, np.arange(37))
    fit = fit_mediators(single)[0]
    covariance, _ = bias_reduced_covariance(single, [fit, fit_outcome(single)])
    scaled = (fit.scores / np.sqrt(1 - fit.leverage)[:, None]) @ fit.bread
    np.testing.assert_allclose(covariance[:2, :2], scaled.T @ scaled)
