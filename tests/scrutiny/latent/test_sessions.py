"""One step instead of two: where the likelihoods are the same, and where they are not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.scrutiny.latent.sessions import CommonSpread, one_step_mediation


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
