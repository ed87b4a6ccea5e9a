"""What assay noise leaves of a correlation."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.regression.correlation import pearson_correlation
from dyadsync.scrutiny.measurement.assay import assay_attenuation
from tests.made_changes import make_changes, random_changes


def test_the_factor_is_what_noise_in_every_sample_takes():
    # Log changes of SD .3 and .2 that correlate .8, each the difference of two assayed samples.
    rng = np.random.default_rng(1)
    n, cv, rho = 200_000, 0.1, 0.8
    patient = rng.normal(size=n)
    therapist = rho * patient + np.sqrt(1 - rho**2) * rng.normal(size=n)
    noise = cv * (rng.normal(size=(2, n)) - rng.normal(size=(2, n)))
    measured = make_changes(0.3 * patient + noise[0], 0.2 * therapist + noise[1])
    left = assay_attenuation(measured, [cv])["left"].iloc[0]
    r = pearson_correlation(measured["patient"].to_numpy(), measured["therapist"].to_numpy())
    assert r == pytest.approx(rho * left, abs=0.005)
    # by hand: sqrt(.09/.11 x .04/.06)
    assert left == pytest.approx(np.sqrt(0.09 / 0.11 * 0.04 / 0.06), abs=0.005)


def test_variances_are_those_within_dyads():
    changes = random_changes(6, 4, seed=2)
    shifted = changes.assign(patient=changes["patient"] + changes["dyad_id"].cat.codes * 5.0)
    assert assay_attenuation(shifted)["left"].tolist() == pytest.approx(
        assay_attenuation(changes)["left"].tolist()
    )


def test_a_perfect_assay_leaves_all_and_a_poor_one_nothing():
    left = assay_attenuation(random_changes(5), [0.0, 5.0])["left"]
    assert left.tolist() == [1.0, 0.0]


def test_there_is_no_factor_without_a_spread():
    flat = make_changes(np.zeros((3, 4)), np.ones((3, 4)))
    single = random_changes(3).groupby("dyad_id", observed=True).head(1)
    for changes in (flat, single, single.head(0)):
        assert assay_attenuation(changes)["left"].isna().all()


def test_a_negative_cv_is_refused():
    with pytest.raises(InputError, match="not negative"):
        assay_attenuation(random_changes(3), [-0.1])
