"""One step instead of two: where the likelihoods are the same, and where they are not."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from dyadsync.errors import InputError
from dyadsync.scrutiny.latent.sessions import CommonSpread, one_step_mediation
from tests.scrutiny.latent.samples import correlation_density


def sessions(n_dyads, pairs, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_dyads)
    z = 0.25 - 0.5 * x + 0.6 * rng.normal(size=n_dyads)
    first, own = rng.normal(size=(2, n_dyads, pairs))
    second = np.tanh(z)[:, None] * first + own / np.cosh(z)[:, None]
    changes = pd.DataFrame(
        {
            "dyad_id": np.repeat(np.arange(n_dyads), pairs),
            "patient": 2 * first.ravel(),
            "therapist": 5 + second.ravel(),
        }
    )
    r = [np.corrcoef(*pair)[0, 1] for pair in zip(first, second, strict=True)]
    y = z + 0.7 * rng.normal(size=n_dyads)
    dyads = pd.DataFrame(
        {"dyad_id": np.arange(n_dyads), "synchrony": r, "n_sessions": pairs, "x": x, "y": y}
    )
    return changes, dyads


def test_the_likelihood_with_common_sds_is_that_of_a_wishart_matrix():
    changes, dyads = sessions(5, 6, seed=1)
    spread = CommonSpread.of(changes, dyads["dyad_id"])
    by_dyad = [part[["patient", "therapist"]] for _, part in changes.groupby("dyad_id")]
    sums = np.array([part.cov().to_numpy() * 5 for part in by_dyad])
    sd = np.sqrt(np.einsum("gii->i", sums) / 25)
    differences = []
    for zeta in (-0.8, 0.1, 0.9):
        scale = np.array([[1, np.tanh(zeta)], [np.tanh(zeta), 1]]) * np.outer(sd, sd)
        expected = [stats.wishart.logpdf(one, 5, scale) for one in sums]
        differences.append(spread.log_density(np.full(5, zeta)) - expected)
    np.testing.assert_allclose(differences, np.tile(differences[0], (3, 1)), atol=1e-9)


def test_a_dyad_without_three_sessions_is_refused():
    changes, dyads = sessions(20, 4, seed=3)
    few = changes.drop(changes.index[:2])
    with pytest.raises(InputError, match="at least three sessions"):
        one_step_mediation(few, dyads, "x", "y", n_draws=200, rng=1)


def test_both_one_step_models_find_the_planted_effect():
    """ab = -.5; the common SDs are true here, so that model may only be narrower."""
    changes, dyads = sessions(400, 8, seed=2)
    found = one_step_mediation(changes, dyads, "x", "y", n_draws=3000, rng=1)
    assert ((found["ci_lower"] < -0.5) & (found["ci_upper"] > -0.5)).all()
    assert found["estimate"].to_numpy() == pytest.approx([-0.5, -0.5], abs=0.12)
    width = found["ci_upper"] - found["ci_lower"]
    assert width.iloc[1] < 1.1 * width.iloc[0]


@pytest.mark.parametrize("n", [4, 7])
def test_changes_with_means_and_sds_of_their_own_say_of_rho_what_r_says(n):
    """The normal likelihood of the changes, integrated over means and logs of SDs with flat priors,
    is a constant times the density of r (Jeffreys 1961, Theory of Probability, section 3.9)."""
    rng = np.random.default_rng(n)
    first = rng.normal(size=n)
    second = 0.6 * first + rng.normal(size=n)
    (q1, q12), (_, q2) = np.cov(first, second) * (n - 1)
    r = q12 / np.sqrt(q1 * q2)

    def of_sessions(rho):
        def joint(log_s2, log_s1):
            s1, s2 = np.exp(log_s1) * np.sqrt(q1), np.exp(log_s2) * np.sqrt(q2)
            form = q1 / s1**2 + q2 / s2**2 - 2 * rho * q12 / (s1 * s2)
            return np.exp(
                -(n - 1) * (log_s1 + log_s2 + np.log(1 - rho**2) / 2) - form / 2 / (1 - rho**2)
            )

        return integrate.dblquad(joint, -4, 6, -4, 6, epsabs=1e-9, epsrel=1e-7)[0]

    ratios = [of_sessions(rho) / correlation_density(r, rho, n) for rho in (-0.6, 0.0, 0.5, 0.8)]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-4)
