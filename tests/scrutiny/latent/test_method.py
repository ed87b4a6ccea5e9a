"""The mediator as what a correlation measures."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.scrutiny.latent.likelihood import simulate_correlations


def correlations(n_dyads, n_pairs, tau, seed):
    """Dyads whose true synchrony follows the model; r from the exact distribution."""
    rng = np.random.default_rng(seed)
    x, e, u = rng.standard_normal((3, n_dyads))
    z = 0.25 - 0.5 * x + tau * e
    r = simulate_correlations(z, n_pairs, rng)
    return pd.DataFrame({"x": x, "r": r, "y": z + 0.3 * u, "n_sessions": n_pairs, "c": e + u})


def test_latent_naive_result_is_the_analysis_of_atanh_r():
    data = correlations(60, 8, 0.6, seed=3)
    result = mediate(data, "x", "r", "y", method="latent", n_draws=1000, rng=1)
    direct = mediate(data.assign(r=np.arctanh(data["r"])), "x", "r", "y", n_draws=1000)
    assert result.naive.table["estimate"].to_numpy() == pytest.approx(
        direct.table["estimate"].to_numpy()
    )


def test_latent_method_leaves_out_dyads_with_two_pairs():
    data = correlations(60, 8, 0.6, seed=3)
    data = data.astype({"n_sessions": "Int64"})
    data.loc[:3, "n_sessions"] = 2
    data.loc[4, "n_sessions"] = pd.NA
    result = mediate(data, "x", "r", "y", method="latent", n_draws=500, rng=1)
    assert (result.n_obs, result.n_dropped) == (55, 5)


def test_latent_effects_on_a_binary_outcome_are_probabilities():
    data = correlations(400, 8, 0.6, seed=3).assign(y=lambda d: (d["y"] > 0.2).astype(int))
    found = mediate(data, "x", "r", "y", method="latent", outcome="probit", n_draws=500, rng=1)
    naive = found.naive.table["estimate"]
    assert -1 < found.table.loc["ACME", "estimate"] < naive["ACME"] < 0
    assert found.table.loc["Total effect", "estimate"] == pytest.approx(
        naive["Total effect"], abs=0.03
    )


def test_latent_clusters_and_covariates_go_together():
    data = correlations(60, 8, 0.6, seed=3).assign(therapist=np.arange(60) % 6)
    options = {"method": "latent", "covariates": ["c"], "n_draws": 500, "rng": 1}
    found = mediate(data, "x", "r", "y", cluster="therapist", **options)
    alone = mediate(data, "x", "r", "y", **options)
    assert found.n_clusters == 6
    assert found.naive.n_clusters == 6
    assert found.paths.loc["a", "estimate"] == pytest.approx(
        alone.paths.loc["a", "estimate"], abs=0.5 * alone.paths.loc["a", "se"]
    )
    assert (found.draws["ACME"] != alone.draws["ACME"]).any()


def test_latent_method_wants_correlations_and_numbers_of_sessions():
    data = correlations(60, 8, 0.6, seed=3)
    with pytest.raises(InputError, match="correlation"):
        mediate(data.assign(r=1.5 * data["r"]), "x", "r", "y", method="latent")
    with pytest.raises(InputError, match="no column 'n_sessions'"):
        mediate(data.drop(columns="n_sessions"), "x", "r", "y", method="latent")


@pytest.mark.parametrize("measure", ["spearman", "shrunken"])
def test_latent_method_refuses_a_synchrony_that_is_not_pearsons(measure):
    """The likelihood is that of Pearson's r; the table's column says by what it was measured."""
    data = correlations(60, 8, 0.6, seed=3).assign(measure="pearson")
    data.loc[3, "measure"] = None
    options = {"method": "latent", "n_draws": 500, "rng": 1}
    assert mediate(data, "x", "r", "y", **options).n_obs == 60
    data.loc[5, "measure"] = measure
    with pytest.raises(InputError, match=f"Pearson's r, but .* measured by '{measure}'"):
        mediate(data, "x", "r", "y", **options)


def test_latent_effects_add_up_and_the_indirect_one_is_a_times_b():
    result = mediate(correlations(60, 8, 0.6, seed=3), "x", "r", "y", method="latent", rng=1)
    estimate, paths = result.table["estimate"], result.paths["estimate"]
    assert estimate["ACME"] == pytest.approx(paths["a"] * paths["b"])
    assert estimate["ACME"] + estimate["ADE"] == pytest.approx(paths["c"])


def test_latent_method_gives_naive_and_corrected_effects_side_by_side():
    """With true ab = -.5 the naive estimate is near zero's side of it, the corrected nearer."""
    data = correlations(300, 4, 0.6, seed=2)
    result = mediate(data, "x", "r", "y", method="latent", n_draws=2000, rng=1)
    corrected = result.table.loc["ACME", "estimate"]
    naive = result.naive.table.loc["ACME", "estimate"]
    assert abs(corrected + 0.5) < abs(naive + 0.5)
    assert result.naive.method == "quasi-bayesian"
