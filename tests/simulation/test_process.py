"""What trials look like."""

from __future__ import annotations

import numpy as np
import pytest

from dyadsync.simulation.design import Design
from dyadsync.simulation.process import describe_process


def test_trials_look_as_the_prototype_says() -> None:
    found = describe_process(n_trials=1_000, rng=5)
    expected = {
        "correlation of latent synchrony and impairment": (-0.50, 0.02),
        "partial correlation of latent synchrony and fall of symptoms": (0.61, 0.02),
        "standardised indirect effect": (-0.325, 0.02),
        "observed r of dyads, mean": (0.14, 0.02),
        "observed r of dyads, SD": (0.66, 0.01),
        "observed |r| of dyads above .9, share": (0.21, 0.01),
        "HRSD-17 at intake, mean": (21.5, 0.2),
        "fall of HRSD-17, mean": (9.5, 0.3),
        "remission (7 or less at the last week), share": (0.28, 0.02),
        "response (half of intake or less), share": (0.45, 0.02),
        "samples below the limit of quantification, share": (0.046, 0.005),
    }
    for name, (value, tolerance) in expected.items():
        assert found[name] == pytest.approx(value, abs=tolerance), name


def test_therapists_and_reliability_are_as_the_design_implies() -> None:
    found = describe_process(n_trials=1_000, rng=5)
    # between therapists .25^2; within: .10^2, and over 4 sessions the day's .35^2 and the assay
    within = 0.10**2 + (0.35**2 + np.log1p(0.07**2) / 2) / 4
    icc = 0.25**2 / (0.25**2 + within)
    assert found["therapist ICC of the therapists' log oxytocin"] == pytest.approx(icc, abs=0.03)
    assert found["reliability of observed r"] == pytest.approx(0.35, abs=0.02)


def test_one_therapist_has_no_share_of_variance() -> None:
    alone = Design(patients_per_therapist=(12,))
    found = describe_process(alone, n_trials=5, rng=1)
    assert np.isnan(found["therapist ICC of the therapists' log oxytocin"])
