"""Dyads in clusters of few therapists: each way is a call of `mediate`."""

import numpy as np
import pandas as pd

from dyadsync.mediation.mediate import mediate
from dyadsync.scrutiny.clusters.few import clustered_mediation
from tests.reference_tables import dyads


def test_each_way_is_what_mediate_gives():
    found = clustered_mediation(dyads(37), "x", "m", "y", "therapist", n_draws=200, rng=3)
    options = {
        "dyads as independent": {},
        "cluster errors, normal": {"cluster": "therapist"},
        "cluster jackknife, t": {"cluster": "therapist", "small_sample": True},
        "CR2, Satterthwaite's t": {"cluster": "therapist", "vcov": "CR2"},
        "wild cluster bootstrap": {"cluster": "therapist", "method": "wild-cluster"},
        "cluster bootstrap": {"cluster": "therapist", "method": "bootstrap"},
        "random effects, t": {"cluster": "therapist", "method": "mixed", "small_sample": True},
    }
    assert list(found) == list(options)
    for name, way in options.items():
        expected = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=3, **way)
        pd.testing.assert_frame_equal(found[name].table, expected.table)
        pd.testing.assert_frame_equal(found[name].paths, expected.paths)


def test_a_way_that_three_therapists_do_not_allow_is_left_out():
    data = dyads(37).assign(therapist=np.arange(37) % 3)
    found = clustered_mediation(data, "x", "m", "y", "therapist", n_draws=200, rng=3)
    assert "CR2, Satterthwaite's t" in found
    assert "random effects, t" not in found


def test_one_therapist_leaves_the_first_way():
    data = dyads(37).assign(therapist="T1")
    found = clustered_mediation(data, "x", "m", "y", "therapist", n_draws=200, rng=3)
    assert list(found) == ["dyads as independent"]
