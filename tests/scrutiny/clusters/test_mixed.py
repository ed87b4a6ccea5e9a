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


def test_the_slopes_are_those_within_clusters():
    """With the clusters' means in the model, random intercepts give the fixed effects' slopes
    (Mundlak 1978, doi:10.2307/1913646), here from indicator columns."""
    data = dyads(37)
    indicators = pd.get_dummies(data["therapist"], dtype=float).to_numpy()
    found = mixed(data)
    for response, columns, path in (("m", ["x"], "a"), ("y", ["m", "x"], "b")):
        design = np.column_stack([data[columns], indicators])
        expected = np.linalg.lstsq(design, data[response], rcond=None)[0][0]
        assert found.paths.loc[path, "estimate"] == pytest.approx(expected, rel=1e-4)


def test_what_a_cluster_brings_to_all_its_members_is_in_neither_path():
    """Therapists who raise both m and y: least squares takes that for path b, within it is 0."""
    rng = np.random.default_rng(6)
    therapist = np.repeat(np.arange(100), 5)
    u = rng.normal(size=100)[therapist]
    x, e, f = rng.normal(size=(3, 500))
    data = pd.DataFrame({"x": x, "m": -0.5 * x + u + e, "y": u + f, "therapist": therapist})
    found = mixed(data)
    assert abs(found.paths.loc["b", "estimate"]) < 3 * found.paths.loc["b", "se"]
    assert mediate(data, "x", "m", "y", n_draws=200).paths.loc["b", "estimate"] > 0.3
