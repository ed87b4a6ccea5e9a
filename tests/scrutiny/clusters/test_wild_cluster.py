"""The wild cluster bootstrap, against refitting one of its samples by hand."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.clusters.wild_cluster import WEBB, studentised_draws
from tests.reference_tables import dyads


def test_webbs_weights_have_mean_0_variance_1_and_six_values():
    """Webb (2023), doi:10.1111/caje.12661: +-sqrt(1/2), +-1, +-sqrt(3/2)."""
    assert len(set(WEBB)) == 6
    assert WEBB.sum() == pytest.approx(0)
    assert (WEBB**2).mean() == pytest.approx(1)


def test_a_draw_is_the_t_statistic_of_the_refitted_sample_on_the_samples_scale():
    data = dyads(37)
    cluster = np.unique(data["therapist"], return_inverse=True)[1]
    X = np.column_stack([np.ones(37), data["x"]])
    fit = fit_linear(X, data["m"].to_numpy())
    weights = np.random.default_rng(3).choice(WEBB, size=(5, 6))

    def errors(of):
        sums = np.stack([of.scores[cluster == g].sum(0) for g in range(6)]) @ of.bread
        return np.sqrt((sums**2).sum(0))

    drawn = studentised_draws(X, fit, cluster, weights)
    for row, w in zip(drawn, weights, strict=True):
        again = fit_linear(X, X @ fit.coef + w[cluster] * fit.residuals)
        t = (again.coef - fit.coef) / errors(again)
        np.testing.assert_allclose((row - fit.coef) / errors(fit), t)


def test_wild_draws_keep_the_estimates_and_their_cluster_robust_errors():
    options = {"cluster": "therapist", "n_draws": 500, "rng": 1}
    wild = mediate(dyads(37), "x", "m", "y", method="wild-cluster", **options)
    usual = mediate(dyads(37), "x", "m", "y", **options)
    np.testing.assert_allclose(wild.paths, usual.paths)
    assert wild.table["estimate"].equals(usual.table["estimate"])


def test_without_clusters_there_is_nothing_to_turn():
    with pytest.raises(InputError, match=r"method='wild-cluster' is for clusters"):
        mediate(dyads(37), "x", "m", "y", method="wild-cluster")
