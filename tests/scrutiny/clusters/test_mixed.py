"""Random effects of clusters, against what the slopes within and between must be."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def mixed(data, **options):
    options = {"cluster": "therapist", "n_draws": 2000, "rng": 1} | options
    return mediate(data, "x", "m", "y", method="mixed", **options)


def test_standard_errors_are_those_of_statsmodels():
    from statsmodels.regression.mixed_linear_model import MixedLM

    rng = np.random.default_rng(5)
    therapist = np.repeat(np.arange(12), 6)
    u, v = rng.normal(size=(2, 12))
    x, e, f = rng.normal(size=(3, 72))
    m = -0.5 * x + u[therapist] + e
    data = pd.DataFrame({"x": x, "m": m, "y": 0.5 * m + v[therapist] + f, "therapist": therapist})
    means = data.groupby("therapist")["x"].transform("mean")
    design = np.column_stack([np.ones(72), x, means])
    expected = MixedLM(m, design, therapist).fit(reml=True)
    found = mixed(data)
    assert found.paths.loc["a", "se"] == pytest.approx(expected.bse_fe[1], rel=1e-3)
    between = expected.fe_params[1] + expected.fe_params[2]
    assert f"of m on x {between:.3g}" in " ".join(found.notes)


def test_the_small_sample_draws_are_wider():
    normal, t = (mixed(dyads(37), small_sample=small) for small in (False, True))
    assert t.wider_than(normal) > 0
    np.testing.assert_allclose(t.table["estimate"], normal.table["estimate"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": lambda d: d["therapist"].factorize()[0] % 5}, "same for all"),
        ({"therapist": lambda d: np.arange(37) % 3}, "at least 4 clusters"),
        ({"therapist": lambda d: np.maximum(np.arange(37) - 1, 0)}, "leave nothing within"),
    ],
)
def test_what_clusters_cannot_give_is_an_error_that_says_why(change, message):
    with pytest.raises(InputError, match=message):
        mixed(dyads(37).assign(**change))
